"""Every word this service may say stands in both catalogues."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.projects
from shared.i18n import SHARED_LOCALE, Catalogue, texts_of

SOURCES = Path(services.projects.__file__).parent
LOCALE = SOURCES / "locale"
_RAISED = re.compile(
    r"(?:Conflict|Forbidden|NotFound|Unavailable|PreconditionFailed)\(\s*\"([a-z-]+)\""
    r"|\"(milestone-(?:not|already)-[a-z]+)\""
)
_FIELD = re.compile(
    r"FieldError\([^)]*?, \"([a-z-]+)\"|wrong\(\s*\"([a-z-]+)\"|_id\", \"(unknown-[a-z]+)\"", re.DOTALL
)
_PLACEHOLDER = re.compile(r"{(\w+)}")
WORDS = Catalogue(SHARED_LOCALE, LOCALE)


def codes(pattern: re.Pattern[str]) -> list[str]:
    found = {
        code
        for file in SOURCES.rglob("*.py")
        for groups in pattern.findall(file.read_text(encoding="utf-8"))
        for code in groups
        if code
    }
    return sorted(found)


@pytest.mark.parametrize("code", [*codes(_RAISED), "project-already-in-progress", "project-already-planned"])
def test_every_refusal_has_a_title_and_a_detail(code: str) -> None:
    for part in ("title", "detail"):
        assert WORDS.has(f"problem.{code}.{part}"), f"problem.{code}.{part}"


@pytest.mark.parametrize("code", codes(_FIELD))
def test_every_wrong_field_has_a_message(code: str) -> None:
    assert WORDS.has(f"field.{code}")


def test_both_languages_say_the_same_things() -> None:
    """The same keys with the same placeholders, and nothing of our own hides a word of shared's."""
    thai, english = (texts_of(LOCALE / f"{language}.po") for language in ("th", "en"))
    assert thai.keys() == english.keys()
    for key in thai:
        assert set(_PLACEHOLDER.findall(thai[key])) == set(_PLACEHOLDER.findall(english[key])), key
    assert not thai.keys() & texts_of(SHARED_LOCALE / "th.po").keys()
