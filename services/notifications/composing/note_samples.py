"""Acknowledgements, codes and the notice as invented readers get them, to be looked at and tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notifications.composing.notes import KINDS, NoteMail, acknowledge, data_notice, entry_code
from services.notifications.composing.notice import notice
from services.notifications.composing.office import Office
from services.notifications.composing.samples import EVENTS, PROJECT, READERS, SOURCE, Data, overfull
from services.notifications.composing.wording import wording

NUMBER = "LPN-7K4M"
UNTIL = datetime(2026, 11, 23, 5, 10, tzinfo=UTC)


@dataclass(frozen=True)
class NoteSample:
    """A note; `write` takes the language and the office."""

    name: str
    event: str
    write: Callable[[str, Office], NoteMail]


def _acknowledgement(kind: str, name: str = "", project: Data | None = PROJECT) -> NoteSample:
    return NoteSample(
        f"acknowledgement-{name or kind}",
        "acknowledgement",
        lambda language, office: acknowledge(kind, READERS[language], language, office, NUMBER, project),
    )


def _notice(language: str, office: Office) -> NoteMail:
    told = notice(SOURCE, "public_task", office, wording(language), alone=True)
    return data_notice(told, READERS[language], language, office, NUMBER)


def notes() -> tuple[NoteSample, ...]:
    """Each kind of acknowledgement, one overfull, two without a project, the code, the notice."""
    full = overfull(EVENTS["reached"])["data"]["project"]
    return (
        *map(_acknowledgement, KINDS),
        _acknowledgement("stop_project", "overfull", full),
        _acknowledgement("stop", "stop-unsigned", None),
        _acknowledgement("ask", "ask-unsigned", None),
        NoteSample(
            "code",
            "code",
            lambda language, office: entry_code("482 913", UNTIL, READERS[language], language, office),
        ),
        NoteSample("notice", "notice", _notice),
    )
