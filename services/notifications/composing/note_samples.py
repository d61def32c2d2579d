"""Acknowledgements, codes and the notice as invented readers get them, to be looked at and tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notifications.composing.notes import KINDS, NoteMail, acknowledge, data_notice, entry_code
from services.notifications.composing.notice import notice
from services.notifications.composing.office import Office
from services.notifications.composing.samples import EVENTS, PROJECT, READER, SOURCE, overfull
from services.notifications.composing.wording import wording

NUMBER = "LPN-7K4M"
UNTIL = datetime(2026, 11, 23, 5, 10, tzinfo=UTC)


@dataclass(frozen=True)
class NoteSample:
    """A note; `write` takes the language and the office."""

    name: str
    event: str
    write: Callable[[str, Office], NoteMail]


def _acknowledgement(kind: str) -> NoteSample:
    return NoteSample(
        f"acknowledgement-{kind}",
        "acknowledgement",
        lambda language, office: acknowledge(kind, READER, language, office, NUMBER, PROJECT),
    )


def _notice(language: str, office: Office) -> NoteMail:
    told = notice(SOURCE, "public_task", office, wording(language))
    return data_notice(told, READER, language, office, NUMBER)


def notes() -> tuple[NoteSample, ...]:
    """Each kind of acknowledgement, one overfull, one without a project, the code, the notice."""
    full = overfull(EVENTS["reached"])["data"]["project"]
    return (
        *map(_acknowledgement, KINDS),
        NoteSample(
            "acknowledgement-overfull",
            "acknowledgement",
            lambda language, office: acknowledge("stop_project", READER, language, office, NUMBER, full),
        ),
        NoteSample(
            "acknowledgement-unsigned",
            "acknowledgement",
            lambda language, office: acknowledge("stop", READER, language, office, NUMBER),
        ),
        NoteSample(
            "code",
            "code",
            lambda language, office: entry_code("482 913", UNTIL, READER, language, office),
        ),
        NoteSample("notice", "notice", _notice),
    )
