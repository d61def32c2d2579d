"""Writes docs/events/asyncapi.json, and README.md beside it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shared.contracts.asyncapi.catalogue import catalogue
from shared.contracts.asyncapi.document import document


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/events/asyncapi.json"),
    show_default=True,
)
def main(out: Path) -> None:
    """Write the AsyncAPI document to OUT and the catalogue beside it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (out.parent / "README.md").write_text(catalogue(), encoding="utf-8")


if __name__ == "__main__":
    main()
