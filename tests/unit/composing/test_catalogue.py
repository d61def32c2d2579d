"""Both catalogues hold every key, with the same placeholders, and no key that nothing uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from services.notifications.composing.rendering import TEMPLATES
from services.notifications.composing.wording import LOCALE
from shared.contracts.partners import REASONS

SOURCE = Path(LOCALE.parent, "composing")


def _texts(language: str) -> dict[str, str]:
    with (LOCALE / f"{language}.po").open("rb") as file:
        entries = [message for message in read_po(file, abort_invalid=True) if message.id]
    keys = [str(message.id) for message in entries]
    assert len(keys) == len(set(keys))
    assert not [message.id for message in entries if message.fuzzy]
    return {
        str(message.id): str(message.string) for message in entries if str(message.id).startswith("mail.")
    }


THAI, ENGLISH = _texts("th"), _texts("en")


def test_both_languages_have_the_same_keys() -> None:
    """No reader sees a key, and no Thai word stands in an English mail for want of an English one."""
    assert THAI.keys() ^ ENGLISH.keys() == set()
    assert not [key for key, text in (THAI | ENGLISH).items() if not text]


def test_both_languages_fill_the_same_places() -> None:
    """What one language says about, the other says about."""
    differing = {key for key in THAI if _places(THAI[key]) != _places(ENGLISH[key])}
    assert differing == set()


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


def test_every_key_is_used() -> None:
    """By name in a template or in the code, or as one of a family that the code names by its beginning."""
    files = [*SOURCE.glob("*.py"), *TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    names = set(re.findall(r"[\"']([a-z_.]+?)(?:\.?\{|[\"'])", sources))
    unused = [key for key in THAI if not _used(key.removeprefix("mail."), names)]
    assert unused == []


def _used(key: str, names: set[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:length]) in names for length in range(1, len(parts) + 1))


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_code_of_the_contract_has_its_words(code: str) -> None:
    """In one place that a non-programmer can read."""
    assert f"mail.why.{code}" in THAI


def test_the_words_are_those_that_were_agreed() -> None:
    """หมุดหมาย means something else to officials; หลักฐาน and ผู้บริจาค are the wrong register."""
    everything = " ".join(THAI.values())
    for wrong in ("หมุดหมาย", "หลักฐาน", "ผู้บริจาค", "แจ้งเตือน", "ได้รับแล้ว", "อ่านแล้ว", "ล่าช้า"):
        assert wrong not in everything
    assert "ขั้นตอนสำคัญ" in everything


def test_no_word_that_a_reader_sees_stands_in_the_code() -> None:
    """Thai in the code is only in comments, docstrings and invented samples."""
    for file in SOURCE.glob("*.py"):
        if not file.name.endswith("samples.py"):
            code = re.sub(r'"""[\s\S]*?"""|#.*', "", file.read_text(encoding="utf-8"))
            assert not re.search("[\u0e01-\u0e5b]", code), file.name
    for file in [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]:
        assert not re.search("[\u0e01-\u0e5b]", file.read_text(encoding="utf-8")), file.name
