"""What differs between two readers of the same mail, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.composing.cleaning import clean_data
from services.notifications.composing.happening import kind_of, tone_of
from services.notifications.composing.person import Person, greeting, is_monk
from services.notifications.composing.reasons import Reason, part, part_label, why
from services.notifications.composing.wording import Wording, wording

# Who has something to do after which event, in the order in which one speaks for a contact of several.
ACTS: Mapping[str, Sequence[str]] = {
    "reached": (),
    "later": ("implementer", "sponsor", "media"),
    "earlier": ("implementer", "sponsor", "media"),
    "cancelled": ("implementer", "sponsor", "media"),
    "corrected": ("media",),
    "due_soon": ("coordinator", "implementer"),
    "overdue": ("coordinator", "head", "secretariat"),
}


def slots(
    about: Mapping[str, Any], reasons: Sequence[Reason], person: Person, language: str, reference: str
) -> dict[str, str]:
    """The values for `fill`: greeting, part_label, part (may be ''), why, action, closing, reference."""
    words = wording(language)
    data, kind = about["data"], tone_of(kind_of(about))
    told = clean_data(list(reasons), words("link_removed"))
    monk = ".monk" if is_monk(person, words) else ""
    return {
        "greeting": greeting(person, words),
        "part_label": part_label(told, words),
        "part": part(told, words),
        "why": why(told, clean_data(person.organisation, words("link_removed")), data, words),
        "action": _action(kind, told, words),
        "closing": words(f"closing.{kind}{monk}"),
        "reference": reference,
    }


def _action(kind: str, reasons: Sequence[Reason], words: Wording) -> str:
    """Whether this contact must do anything: the first of its roles that does, else that it need not."""
    roles = {reason["code"] for reason in reasons}
    if any("media" in reason.get("kinds", ()) for reason in reasons):
        roles.add("media")
    acting = next((f".{role}" for role in ACTS[kind] if role in roles), "")
    return words(f"action.{kind}{acting}")
