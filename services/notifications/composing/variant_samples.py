"""The same alerts where they look otherwise: other readers, other corrections, first mails, links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.notifications.composing.notice import notice
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person
from services.notifications.composing.samples import (
    EVENTS,
    MILESTONE,
    READERS,
    SOURCE,
    SPONSOR,
    Data,
    Readers,
    Sample,
    about,
    text,
)
from services.notifications.composing.wording import wording

WITH_LINKS = Office(links=True, portal="https://prasan.lamphun.example.org/")
_REACHED = {"status": "reached", "reached_on": "2026-11-23"}
_WRONG = text("บันทึกคลาดเคลื่อน", "It was recorded wrongly")

_TEMPLE = text("วัดตัวอย่างลำพูน", "Example Temple of Lamphun")
_MONKS: Readers = {
    "th": Person("พระครูตัวอย่าง ธมฺมธโร", "นมัสการ", "เจ้าอาวาส", _TEMPLE),
    "en": Person("Phra Khru Tuayang", "Venerable", "Abbot", _TEMPLE),
}
_BENEFICIARY: Data = {
    "code": "beneficiary",
    "partner_id": "partner-7",
    "partner": _TEMPLE,
    "kinds": ["community"],
    "pledge": None,
}
_NOBODYS: Readers = {language: Person("", "") for language in ("th", "en")}
_SUBSCRIBER: Data = {
    "code": "subscriber",
    "partner_id": "partner-8",
    "partner": text("วิทยาลัยตัวอย่างลำพูน", "Example College of Lamphun"),
    "kinds": ["academia"],
    "facets": {
        "areas": ["5101"],
        "sectors": ["environment"],
        "event_types": ["projects.milestone.reached.v1"],
    },
}


@dataclass(frozen=True)
class Variant:
    """An alert; `imported`: it is the first mail to somebody whose data came from elsewhere."""

    sample: Sample
    office: Office = Office()  # noqa: RUF009 - it is frozen: sharing it is safe
    imported: bool = False

    def notice(self, language: str) -> dict[str, str]:
        """The value of its slot."""
        if not self.imported:
            return {}
        return {"notice": notice(SOURCE, "public_task", self.office, wording(language))}


def variants() -> tuple[Variant, ...]:
    """What a reader sees once, or seldom."""
    return (
        Variant(_reached("reached-first", SPONSOR), imported=True),
        Variant(_reached("reached-links", SPONSOR), WITH_LINKS),
        Variant(Sample("reached-monk", _last(), (_BENEFICIARY,), _MONKS)),
        Variant(Sample("reached-subscriber", _bare(), (_SUBSCRIBER,), _NOBODYS)),
        Variant(_corrected("due", {"due_date": "2026-12-15"}, {})),
        Variant(_corrected("not-reached", {}, _REACHED)),
        Variant(_corrected("cancelled", {"status": "cancelled"}, {})),
        Variant(_corrected("title", {}, {"title": text("อบรมคัดแยกขยะ 5 ครั้ง", "5 waste-sorting trainings")})),
    )


def _reached(name: str, reason: Data) -> Sample:
    return Sample(name, EVENTS["reached"], (reason,), READERS)


def _last() -> Data:
    """Nothing comes after it."""
    event = about("reached", _REACHED, {}, next=None)
    project = {**event["data"]["project"], "progress": {"milestones": 5, "reached": 5}}
    return {**event, "data": {**event["data"], "project": project}}


def _bare() -> Data:
    """No programme, no results, no plan of what comes next; and late."""
    event = about("reached", {**_REACHED, "due_date": "2026-11-16"}, {}, next=None, results=[])
    return {**event, "data": {**event["data"], "project": {**event["data"]["project"], "programme": None}}}


def _corrected(name: str, milestone: dict[str, Any], before: dict[str, Any]) -> Sample:
    right = {**MILESTONE, **milestone}
    event = about("corrected", right, before, reason=_WRONG, concerns=["project-1:6"])
    return Sample(f"corrected-{name}", event, (SPONSOR,), READERS)
