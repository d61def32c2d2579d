"""The README's tables are true: every setting is documented, and every proof that it names exists."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks.quoting import as_markdown
from shared.config import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_VARIABLE = re.compile(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", re.MULTILINE)
_PROOF = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_setting_is_documented_and_no_other() -> None:
    """Given the configuration table, it names exactly the settings that the code reads."""
    documented = {name for row in _VARIABLE.findall(README) for name in re.findall(r"[A-Z_]+", row)}

    assert documented == {field.name.upper() for field in fields(Settings)}


@pytest.mark.parametrize("guarantee", [f"G{number}" for number in range(1, 8)])
def test_every_guarantee_names_a_proof(guarantee: str) -> None:
    """Given a guarantee of the README, its row names at least one test."""
    rows = [line for line in README.splitlines() if line.startswith(f"| **{guarantee}")]

    assert len(rows) == 1
    assert _PROOF.search(rows[0])


@pytest.mark.parametrize(("file", "name"), sorted(set(_PROOF.findall(README))))
def test_every_proof_exists(file: str, name: str) -> None:
    """Given a test that the README names, it is there under that name."""
    source = (ROOT / file).read_text(encoding="utf-8")

    assert not name or f"def {name}(" in source


def test_the_figures_are_those_of_the_stored_measurement() -> None:
    """Given the results file that the README names, its table is that file's, figure by figure."""
    [named] = set(re.findall(r"benchmarks/results/\d{4}-\d\d-\d\d\.json", README))
    measured = json.loads((ROOT / named).read_text(encoding="utf-8"))

    assert as_markdown(measured) in README
    assert measured["measured_at"].startswith(Path(named).stem)
