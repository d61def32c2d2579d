"""Adds the base image and Debian's packages to a CycloneDX document.

`debian.py DOCUMENT BASE` reads lines of `package version architecture` from standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote


def base_image(name: str) -> dict[str, Any]:
    """The component for the image that ours is built on, as python:3.13.13-slim-trixie."""
    image, _, tag = name.partition(":")
    purl = f"pkg:docker/{image}@{quote(tag, safe='')}"
    return {"type": "container", "bom-ref": purl, "name": image, "version": tag, "purl": purl}


def packages(lines: Iterable[str]) -> list[dict[str, Any]]:
    """A component for each package."""
    return [_package(*line.split()) for line in lines if line.strip()]


def _package(name: str, version: str, architecture: str) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe='')}?arch={architecture}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def main(document: Path, base: str) -> None:
    content = json.loads(document.read_text(encoding="utf-8"))
    content["components"] += [base_image(base), *packages(sys.stdin)]
    document.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
