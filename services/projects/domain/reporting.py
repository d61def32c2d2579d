"""Reporting on a milestone: what each command of the table changes, and what it refuses.

A command is refused whole, before anything is changed; what it makes is a new project with the
milestone in it, both at the project's next version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.projects.domain.criteria import State
from services.projects.domain.identity import event_id
from services.projects.domain.milestones import (
    ALREADY,
    MOVES,
    REACHED,
    Alert,
    Confirmation,
    Milestone,
)
from services.projects.domain.projects import Project, refuse_ended
from services.projects.domain.texts import Text
from shared.errors import Conflict, FieldError, Invalid
from shared.thai import number


@dataclass(frozen=True)
class Report:
    """What somebody says about a milestone. Each command reads its own part of it.

    `by` is the subject of the caller; `today` the date in Asia/Bangkok at `now`; `states` how the
    milestone's criteria stand; `hold` how long sending waits for a recall; `plan` has the plan fields
    (title, description, criteria) to amend.
    """

    by: str
    now: datetime
    today: date
    hold: timedelta = timedelta()
    reached_on: date | None = None
    due_date: date | None = None
    status: str | None = None
    title: Text | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    reason: Text | None = None
    note: Text | None = None
    evidence: Text | None = None
    states: tuple[State, ...] = ()
    confirm_unmet: bool = False


@dataclass(frozen=True)
class Reported:
    """What a command made: the project as it is now, its milestone, and that milestone before."""

    command: str
    project: Project
    milestone: Milestone
    before: Milestone | None
    reason: Text | None = None
    concerns: tuple[str, ...] = ()

    @property
    def happened(self) -> str:
        return MOVES[self.command].happened

    @property
    def alert(self) -> Alert | None:
        """The alert that this command caused; none if the milestone is historic or nobody is told."""
        told = MOVES[self.command].alerts and not self.milestone.historic
        return self.milestone.alerts[-1] if told else None


def reported(project: Project, milestone_id: str, command: str, report: Report) -> Reported | None:
    """What the command makes of the milestone; None if it would change nothing (only `amend` may).

    Raises NotFound, Conflict (the table, the hold, unmet criteria, a completed project), Invalid.
    """
    before = project.milestone(milestone_id)
    if before.status not in MOVES[command].outcomes:
        raise Conflict(ALREADY[before.status])
    after = CHANGES[command](before, report)
    if after.status not in MOVES[command].outcomes[before.status]:
        raise Conflict("status-out-of-reach", before=before.status, after=after.status)
    if after.is_open and not before.is_open:
        refuse_ended(project)
    if command == "amend" and after == before:
        return None
    return _sealed(project, before, after, command, report)


def _sealed(project: Project, before: Milestone, after: Milestone, command: str, report: Report) -> Reported:
    """The new version of both, with the alert remembered where partners are told."""
    newer = project.changed(report.now)
    after = replace(after, version=newer.version, updated_at=report.now)
    if MOVES[command].alerts and not before.historic:
        alert = Alert(
            event_id(project.id, newer.version),
            MOVES[command].happened,
            report.now,
            report.now + report.hold,
        )
        undone = replace(before, before=None, alerts=(), reminders=())
        after = replace(after, alerts=(*before.alerts, alert), before=undone)
    elif command != "recall":
        after = replace(after, before=None)
    return Reported(
        command,
        newer.with_milestone(after),
        after,
        before,
        report.reason,
        CONCERNS.get(command, _none)(before),
    )


def _start(milestone: Milestone, report: Report) -> Milestone:
    return replace(milestone, status=MOVES["start"].outcomes[milestone.status][0])


def _reach(milestone: Milestone, report: Report) -> Milestone:
    unmet = tuple(state for state in report.states if not state.met)
    if unmet and not report.confirm_unmet:
        raise Conflict("criteria-unmet", errors=_missing(report.states))
    confirmed = Confirmation(report.by, report.now, tuple(s.as_unmet() for s in unmet)) if unmet else None
    return replace(
        milestone,
        status=REACHED,
        reached_on=_not_in_the_future(report),
        note=report.note,
        evidence=report.evidence,
        reason=None,
        confirmed=confirmed,
    )


def _reschedule(milestone: Milestone, report: Report) -> Milestone:
    if report.due_date is None or report.due_date == milestone.due_date:
        raise Invalid(errors=[FieldError("/due_date", "same-due-date")])
    return replace(milestone, due_date=report.due_date, reason=report.reason, note=report.note)


def _cancel(milestone: Milestone, report: Report) -> Milestone:
    return replace(milestone, status="cancelled", reason=report.reason, note=report.note)


def _correct(milestone: Milestone, report: Report) -> Milestone:
    """Sets right what was reported. An open milestone can be corrected only if somebody was told of it."""
    if milestone.is_open and not milestone.told:
        raise Conflict("nothing-to-correct")
    status = report.status or milestone.status
    reached = status == REACHED
    if report.reached_on and not reached:
        raise Invalid(errors=[FieldError("/reached_on", "not-reached")])
    corrected = replace(
        milestone,
        status=status,
        title=report.title or milestone.title,
        due_date=report.due_date or milestone.due_date,
        reached_on=(_not_in_the_future(report) if report.reached_on else milestone.reached_on)
        if reached
        else None,
        note=report.note or milestone.note,
        evidence=report.evidence or milestone.evidence,
        confirmed=milestone.confirmed if reached else None,
        reason=report.reason,
    )
    if corrected == milestone:
        raise Invalid(errors=[FieldError("", "nothing-corrected")])
    return corrected


def _amend(milestone: Milestone, report: Report) -> Milestone:
    return replace(milestone, **report.plan)


def _recall(milestone: Milestone, report: Report) -> Milestone:
    """Takes back the last alert while nothing of it can have been sent. Nothing may have followed it."""
    alert = milestone.alerts[-1] if milestone.alerts else None
    if alert is None or alert.recalled or milestone.before is None:
        raise Conflict("nothing-to-recall")
    if report.now >= alert.hold_until:
        raise Conflict("hold-passed")
    alerts = (*milestone.alerts[:-1], replace(alert, recalled=True))
    return replace(milestone.before, alerts=alerts, reminders=milestone.reminders)


CHANGES: Mapping[str, Callable[[Milestone, Report], Milestone]] = {
    "start": _start,
    "reach": _reach,
    "reschedule": _reschedule,
    "cancel": _cancel,
    "correct": _correct,
    "amend": _amend,
    "recall": _recall,
}


def _none(milestone: Milestone) -> tuple[str, ...]:
    return ()


def _everything_told(milestone: Milestone) -> tuple[str, ...]:
    return tuple(alert.event_id for alert in milestone.told)


def _last_alert(milestone: Milestone) -> tuple[str, ...]:
    return (milestone.alerts[-1].event_id,)


# Which earlier events an event is about: a correction reaches whoever heard any of them.
CONCERNS: Mapping[str, Callable[[Milestone], tuple[str, ...]]] = {
    "correct": _everything_told,
    "recall": _last_alert,
}


def _not_in_the_future(report: Report) -> date:
    """The day reported, today if none was. Raises Invalid for one that is still to come."""
    day = report.reached_on or report.today
    if day > report.today:
        raise Invalid(errors=[FieldError("/reached_on", "date-in-the-future", {"today": str(report.today)})])
    return day


_UNMET_CODES = {"indicator_at_least": "indicator-below-target", "areas_covered": "areas-uncovered"}


def _missing(found: Iterable[State]) -> list[FieldError]:
    return [_field_of(position, state) for position, state in enumerate(found) if not state.met]


def _field_of(position: int, state: State) -> FieldError:
    """Names the criterion and what is missing."""
    params = {
        "indicator": state.criterion.indicator_id,
        "value": number(state.value or 0),
        "target": number(state.target or 0),
        "areas": ", ".join(state.areas),
    }
    code = "indicator-unmeasured" if state.value is None else _UNMET_CODES[state.criterion.kind]
    return FieldError(f"/criteria/{position}", code, params)
