"""An event in a few lines, as a digest shows it among others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.notifications.composing.cleaning import clean_data
from services.notifications.composing.happening import day, day_of, reached_day
from services.notifications.composing.wording import Wording
from shared.areas import covered_subdistricts
from shared.calendar import working_days
from shared.contracts.registry import EVENT_TYPES
from shared.errors import Unreadable
from shared.thai import in_language, number, short_date

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """What happened to one thing: `heading` is the group that it stands in, `facts` follow its title."""

    heading: str
    title: str
    facts: tuple[str, ...]
    asking: str


def kind_in_digest(about: Data) -> str:
    """As reached, later, measured. Raises Unreadable where its type is told in no digest."""
    if about["type"] not in _KINDS:
        raise Unreadable("not-in-a-digest", about["type"])
    return _KINDS[about["type"]](about["data"])


def line(about: Data, words: Wording) -> Line:
    """The lines about an event (`contracts.partners.About`) in the reader's language.

    Raises Unreadable where its type is told in no digest, or its data do not fit their schema.
    """
    schema = _SCHEMAS.get(about["type"])
    errors = schema.validate(dict(about["data"])) if schema else None
    if errors:
        raise Unreadable("wrong-schema", errors)
    kind = kind_in_digest(about)
    data = clean_data(about["data"], words("link_removed"))
    project, coordinator = data["project"], data["project"]["coordinator"]
    subject = data.get("milestone") or (data if "indicator_id" in data else project)
    return Line(
        heading=words(f"line.heading.{kind}"),
        title=_title(in_language(subject["title"], words.language), project, words),
        facts=tuple(_FACTS[kind](about, data, words)),
        asking=words(
            "line.asking",
            name=in_language(coordinator["name"], words.language),
            telephone=coordinator["telephone"],
        ),
    )


def _title(title: str, project: Data, words: Wording) -> str:
    programme = project.get("programme")
    if not programme:
        return title
    return words("line.title", title=title, programme=in_language(programme["title"], words.language))


def _reached(about: Data, data: Data, words: Wording) -> Iterator[str]:
    on, due = reached_day(about), day(data["milestone"]["due_date"])
    late = working_days(due, on)
    timing = words.counted(f"timing.{'late' if late > 0 else 'early'}", late) if late else ""
    yield words("line.reached", date=short_date(on, words.language), timing=timing or words("timing.on_plan"))
    following = data.get("next")
    if following:
        yield words(
            "line.next",
            title=in_language(following["title"], words.language),
            date=short_date(day(following["due_date"]), words.language),
        )


def _moved(about: Data, data: Data, words: Wording) -> Iterator[str]:
    before, after = day(data["before"]["due_date"]), day(data["milestone"]["due_date"])
    days = working_days(before, after)
    shift = (
        words.counted(f"shift.{'later' if days > 0 else 'earlier'}", days) if days else words("shift.none")
    )
    yield words(
        "line.moved",
        before=short_date(before, words.language),
        after=short_date(after, words.language),
        shift=shift,
    )
    reason = in_language(data.get("reason"), words.language)
    if reason:
        yield words("line.reason", reason=" ".join(reason.split()))


def _due_soon(about: Data, data: Data, words: Wording) -> Iterator[str]:
    yield words("line.due_soon", date=_due(data, words))


def _overdue(about: Data, data: Data, words: Wording) -> Iterator[str]:
    yield words("line.overdue", date=_due(data, words))
    yield words("spoken.line", label=words("label.next"), text=words("next.overdue"))


def _due(data: Data, words: Wording) -> str:
    return short_date(day(data["milestone"]["due_date"]), words.language)


def _measured(about: Data, data: Data, words: Wording) -> Iterator[str]:
    """Of an indicator whose figures may not leave the service there is none to show."""
    if data["value"] is None:
        return
    unit = in_language(data["unit"], words.language)
    on = short_date(day(data["measured_on"]) if data["measured_on"] else day_of(about), words.language)
    value, target = number(data["value"]), data["target"]
    if target is None:
        yield words("line.measured", value=value, unit=unit, date=on)
    else:
        yield words("line.measured.target", value=value, target=number(target), unit=unit, date=on)
    covered = len(covered_subdistricts(data["areas"]))
    if covered:
        yield words("line.covered", count=covered)
    yield words("line.project", project=in_language(data["project"]["title"], words.language))


def _started(about: Data, data: Data, words: Wording) -> Iterator[str]:
    milestones = data["project"]["progress"]["milestones"]
    yield words("line.started", date=short_date(day_of(about), words.language))
    if milestones:
        yield words("line.planned", count=milestones)


def _completed(about: Data, data: Data, words: Wording) -> Iterator[str]:
    yield words("line.completed", date=short_date(day_of(about), words.language))
    reached = data["project"]["progress"]["reached"]
    if reached:
        yield words("line.all_reached", count=reached)


def _direction(data: Data) -> str:
    earlier = day(data["milestone"]["due_date"]) < day(data["before"]["due_date"])
    return "earlier" if earlier else "later"


def _always(kind: str) -> Callable[[Data], str]:
    return lambda data: kind


_KINDS: Mapping[str, Callable[[Data], str]] = {
    "projects.milestone.reached.v1": _always("reached"),
    "projects.milestone.rescheduled.v1": _direction,
    "projects.milestone.due_soon.v1": _always("due_soon"),
    "projects.milestone.overdue.v1": _always("overdue"),
    "projects.indicator.measured.v1": _always("measured"),
    "projects.project.started.v1": _always("started"),
    "projects.project.completed.v1": _always("completed"),
}
_SCHEMAS = {name: EVENT_TYPES[name]() for name in _KINDS}
_FACTS: Mapping[str, Callable[[Data, Data, Wording], Iterator[str]]] = {
    "reached": _reached,
    "later": _moved,
    "earlier": _moved,
    "due_soon": _due_soon,
    "overdue": _overdue,
    "measured": _measured,
    "started": _started,
    "completed": _completed,
}
