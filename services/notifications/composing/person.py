"""Whom a mail addresses, and how it opens: «เรียน คุณ…», for a monk «นมัสการ พระครู…»."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notifications.composing.cleaning import clean
from services.notifications.composing.wording import Wording
from shared.thai import in_language


@dataclass(frozen=True)
class Person:
    """A contact as a letter names it; its address is not part of it.

    `salutation` is an opening (เรียน, นมัสการ), a title (คุณ, ดร., พระครู, Mr), both (เรียน คุณ) or '';
    `organisation` is a text in Thai and perhaps English.
    """

    name: str
    salutation: str
    position: str | None = None
    organisation: Mapping[str, str | None] | None = None


def greeting(person: Person, words: Wording) -> str:
    """The opening line: salutation and name, position, organisation, as far as they are known."""
    organisation = in_language(person.organisation, words.language)
    parts = (_titled_name(person, words), person.position or "", organisation)
    cleaned = [clean(part, words("link_removed")) for part in parts if part.strip()]
    if not any(cleaned):
        return words("greeting.nobody")
    named = words("greeting.separator").join(filter(None, cleaned))
    return words("greeting.monk" if is_monk(person, words) else "greeting", person=named)


def is_monk(person: Person, words: Wording) -> bool:
    """Whether the salutation is one that only monks bear."""
    return person.salutation.strip().startswith(words.monks)


def _titled_name(person: Person, words: Wording) -> str:
    title = _title(person.salutation.strip(), words)
    joined = title and _is_thai(title[-1]) and _is_thai(person.name.strip()[:1])
    return f"{title}{'' if joined else ' '}{person.name.strip()}".strip()


def _title(salutation: str, words: Wording) -> str:
    """The title in the reader's language: คุณ of «เรียน คุณ», nothing of «เรียน» alone."""
    opening = next((opening for opening in words.openings if salutation.startswith(opening)), "")
    title = salutation.removeprefix(opening).strip()
    return words.titles.get(title, title)


def _is_thai(character: str) -> bool:
    return "\u0e00" <= character <= "\u0e7f"
