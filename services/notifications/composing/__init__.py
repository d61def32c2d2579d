"""Events become mails: composed once per event and language, then filled for each contact.

`compose` → `prepare` once; `slots` and `Prepared.fill` for each contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.composing.filling import Composed, Prepared, fill, prepare
from services.notifications.composing.happening import check
from services.notifications.composing.letter import write_letter
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person
from services.notifications.composing.reference import reference
from services.notifications.composing.rendering import render_html, render_subject, render_text
from services.notifications.composing.slots import slots
from services.notifications.composing.wording import wording

__all__ = ["Composed", "Office", "Person", "Prepared", "compose", "fill", "prepare", "reference", "slots"]


def compose(about: Mapping[str, Any], language: str, office: Office) -> Composed:
    """The mail about an alerting event, with slot marks where contacts differ.

    `about` is `contracts.partners.About`. Raises Unreadable where its type is no alert or its data do
    not fit their schema.
    """
    check(about)
    words = wording(language)
    letter = write_letter(about, office, words)
    subject = render_subject(letter, words)
    return Composed(subject, render_text(letter, words), render_html(letter, words, subject))
