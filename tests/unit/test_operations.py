"""docs/operations.md is true: it names every variable and alert, and only commands and tests that exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml

from prasan.cli import main
from shared.config import Settings

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in ("operations.md", "operations.th.md")}
PAGE = PAGES["operations.md"]
VARIABLES = re.compile(r"^\| (`[A-Z][A-Z_]+`(?:, `[A-Z_]+`)*) \|", re.MULTILINE)
ALERTS = re.compile(r"^\| `([A-Z][a-z]\w+)` \|", re.MULTILINE)
READ_BY_THE_SCRIPTS = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "PRASAN_VERSION"}


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_variable_is_explained_and_no_other() -> None:
    """What compose passes on, what the scripts read, and what the services read."""
    documented = {name for row in VARIABLES.findall(PAGE) for name in re.findall(r"[A-Z_]+", row)}
    compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    settings = {field.name.upper() for field in fields(Settings)}

    assert documented == compose | settings | READ_BY_THE_SCRIPTS


def test_every_alert_is_explained_and_no_other() -> None:
    """Whoever is woken by one finds its row."""
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]

    assert set(ALERTS.findall(PAGE)) == {rule["alert"] for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("name", PAGES)
def test_every_command_exists(name: str) -> None:
    """`make …` is a target, `cli …` and its second word are commands of prasan."""
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", PAGES[name], re.MULTILINE)) <= targets()
    for command, second in re.findall(r"(?:\bcli|run --rm cli) ([a-z][a-z-]+)(?: ([a-z]+))?", PAGES[name]):
        found = main.commands[command]
        if second and isinstance(found, click.Group):
            assert second in found.commands, (command, second)


@pytest.mark.parametrize("name", PAGES)
def test_every_reference_exists(name: str) -> None:
    """Links to files and to headings, and the tests that are named as proof."""
    text = PAGES[name]
    headings = {_anchor(line) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", text):
        assert not target or (ROOT / "docs" / target).exists(), target
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings
    assert all((ROOT / test).exists() for test in re.findall(r"`(tests/[\w/]+\.py)`", text))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
