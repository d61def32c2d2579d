"""What a template may use: everything one mail says, already in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.notifications.composing.cleaning import clean_data, cut_clean
from services.notifications.composing.happening import (
    DUE_SOON,
    OVERDUE,
    correction_of,
    day,
    day_of,
    event_of,
    kind_of,
    reached_day,
    tone_of,
)
from services.notifications.composing.office import Office
from services.notifications.composing.wording import Wording
from shared.calendar import working_days
from shared.thai import full_date, in_language, number, short_date

LONGEST_SUBJECT = 110  # characters as a reader sees them; mailboxes show about 70
LONGEST_PREHEADER = 110
MOST_RESULTS = 12
REMINDERS = (DUE_SOON, OVERDUE)
CORRECTABLE = ("title", "status", "reached_on", "due_date", "note")


@dataclass(frozen=True)
class Correction:
    """One thing that was said wrong: its name, what was said, what is right."""

    label: str
    said: str
    right: str


@dataclass(frozen=True)
class Letter:
    """The context of `templates/<event>/`. Dates are written out; '' and () are left out of the mail."""

    language: str
    event: str
    kind: str
    province: str
    title: str
    subject_key: str
    subject_date: str
    status: str
    happened: str
    preheader: str
    note: str
    reason: str
    project: str
    progress: str
    results: tuple[str, ...]
    plan: str
    before: str
    after: str
    corrections: tuple[Correction, ...]
    next: str
    change: str
    safety: str
    coordinator: str
    office: str
    telephone: str


def write_letter(about: Mapping[str, Any], office: Office, words: Wording) -> Letter:
    """The letter about a checked event."""
    data = clean_data(about["data"], words("link_removed"))
    kind, language = kind_of(about), words.language
    tone = tone_of(kind)
    milestone, project = data["milestone"], data["project"]
    days = _Days(about, kind, words)
    title = in_language(milestone["title"], language)
    province = office.province(words)
    said = {"province": province, "title": title, **days.said()}
    news = f"corrected.{correction_of(data)}".rstrip(".") if kind == "corrected" else kind
    project_title = in_language(project["title"], language)
    coordinator = project["coordinator"]
    return Letter(
        language=language,
        event=event_of(about),
        kind=kind,
        province=province,
        title=title,
        subject_key=f"subject.{tone_of(news)}",
        subject_date=days.short(),
        status=words(f"status.{tone}", date=days.short()),
        happened=words(f"happened.{news}", **said),
        preheader=cut_clean(
            words(f"preheader.{tone}", **days.aside(), project=project_title), LONGEST_PREHEADER
        ),
        note=in_language(milestone.get("note"), language) if kind != "corrected" else "",
        reason=in_language(data.get("reason"), language),
        project=_project(project, project_title, words),
        progress=_progress(project["progress"], words),
        results=tuple(_results(data["results"], words)),
        plan=full_date(days.due, language),
        before=full_date(days.was_due, language),
        after=words("fact.after", date=full_date(days.due, language), shift=days.said()["shift"]),
        corrections=tuple(_corrections(data, words)) if kind == "corrected" else (),
        next=_next(data, words, tone),
        change=words("change.reminder") if tone in REMINDERS else office.change(words),
        safety=office.safety(words),
        coordinator=in_language(coordinator["name"], language),
        office=in_language(coordinator["office"], language),
        telephone=coordinator["telephone"],
    )


def subject(letter: Letter, words: Wording) -> str:
    """One line; a long title is cut, never the outcome before it."""
    bare = words(letter.subject_key, date=letter.subject_date, title="")
    title = cut_clean(letter.title, LONGEST_SUBJECT - len(bare))
    return words(letter.subject_key, date=letter.subject_date, title=title)


class _Days:
    """The days of one event, and how it writes them."""

    def __init__(self, about: Mapping[str, Any], kind: str, words: Wording) -> None:
        milestone, before = about["data"]["milestone"], about["data"].get("before") or {}
        self.words, self.kind = words, kind
        self.due = day(milestone["due_date"])
        self.was_due = day(before.get("due_date") or self.due)
        self.reached = reached_day(about)
        self.told = day_of(about)
        self.is_reached = milestone["status"] == "reached"

    def said(self) -> dict[str, str]:
        """What the sentence needs."""
        language = self.words.language
        happened = self.reached if self.is_reached else self.due
        return {
            "date": full_date(happened, language),
            "before": full_date(self.was_due, language),
            "after": full_date(self.due, language),
            "timing": self.timing(),
            "shift": self.left() if tone_of(self.kind) in REMINDERS else self.shift(),
        }

    def aside(self) -> dict[str, str]:
        """What the preheader needs: the day that the subject does not name."""
        shown = self.reached if self.kind == "reached" else self.was_due
        date = short_date(shown, self.words.language)
        return {**self.said(), "date": date}

    def short(self) -> str:
        return short_date(self.reached if self.is_reached else self.due, self.words.language)

    def timing(self) -> str:
        """Early or late against the plan."""
        counted = self._counted("timing", "late", "early", self.due, self.reached)
        return counted or self.words("timing.on_plan")

    def shift(self) -> str:
        """Later or earlier than it was planned before."""
        return self._counted("shift", "later", "earlier", self.was_due, self.due) or self.words("shift.none")

    def left(self) -> str:
        """How long until it is due, or since it was."""
        if self.told == self.due:
            return self.words("left.today")
        return self._counted("left", "before", "since", self.told, self.due) or self.words("left.none")

    def _counted(self, key: str, after: str, ahead: str, planned: date, actual: date) -> str:
        days = working_days(planned, actual)
        return self.words.counted(f"{key}.{after if days > 0 else ahead}", days) if days else ""


def _project(project: Mapping[str, Any], title: str, words: Wording) -> str:
    programme = project.get("programme")
    if not programme:
        return title
    return words("fact.project", project=title, programme=in_language(programme["title"], words.language))


def _progress(progress: Mapping[str, int], words: Wording) -> str:
    if not progress["milestones"]:
        return ""
    return words("fact.progress", reached=progress["reached"], all=progress["milestones"])


def _results(results: list[Mapping[str, Any]], words: Wording) -> Iterator[str]:
    for result in results[:MOST_RESULTS]:
        yield words(
            "fact.result",
            label=in_language(result["label"], words.language),
            value=number(result["value"]),
            target=number(result["target"]),
            unit=in_language(result["unit"], words.language),
        )
    if len(results) > MOST_RESULTS:
        yield words("fact.more", count=len(results) - MOST_RESULTS)


def _corrections(data: Mapping[str, Any], words: Wording) -> Iterator[Correction]:
    before, now = data.get("before") or data["milestone"], data["milestone"]
    for name in CORRECTABLE:
        said, right = _written(name, before.get(name), words), _written(name, now.get(name), words)
        if said != right:
            yield Correction(words(f"correction.field.{name}"), said, right)


def _written(name: str, value: Any, words: Wording) -> str:
    if not value:
        return words("correction.nothing")
    if name == "status":
        return words(f"milestone.{value}")
    if name in ("title", "note"):
        return in_language(value, words.language)
    return full_date(day(value), words.language)


def _next(data: Mapping[str, Any], words: Wording, tone: str) -> str:
    following, progress = data.get("next"), data["project"]["progress"]
    if tone in REMINDERS:
        return words(f"next.{tone}", date=full_date(day(data["milestone"]["due_date"]), words.language))
    if following is None:
        complete = 0 < progress["milestones"] == progress["reached"]
        return words("next.complete" if complete else "next.none")
    same = following["id"] == data["milestone"]["id"]
    return words(
        "next.same" if same else "next.milestone",
        title=in_language(following["title"], words.language),
        date=full_date(day(following["due_date"]), words.language),
    )
