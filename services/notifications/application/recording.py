"""An audience page becomes dispatches, once, however often it arrives."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications.application.ports import Recorder
from services.notifications.composing.happening import check as check_happening
from services.notifications.domain import states
from services.notifications.domain.dispatches import Dispatch, dispatch_id, slices
from services.notifications.domain.recipients import Recipient
from services.notifications.domain.restoring import held_back
from services.notifications.domain.subjects import ALERTING, RECALLED, Alert, due_at
from shared.clock import Clock, from_timestamp
from shared.contracts.envelope import Event
from shared.contracts.pages import contacts_of
from shared.contracts.registry import check as check_event
from shared.errors import Unreadable
from shared.failpoints import failpoint

WITH_MILESTONE = frozenset({*ALERTING, RECALLED})
IN_DIGESTS = (
    "projects.indicator.measured.v1",
    "projects.project.started.v1",
    "projects.project.completed.v1",
)
TOLD = frozenset({*ALERTING, *IN_DIGESTS})


class Recording:
    """The handler of `notifications.audiences`. `wake` tells the senders of this process."""

    def __init__(self, recorder: Recorder, clock: Clock, wake: Callable[[], None]) -> None:
        self._recorder = recorder
        self._clock = clock
        self._wake = wake
        self._turn = threading.Lock()  # pages recorded side by side would all come later, the first mail too
        self._recorded: deque[tuple[str, str]] = deque(maxlen=16)

    def record(self, event: Event) -> None:
        """Store the page, what it says about milestone and project, and its dispatches.

        Raises Unreadable for an event that no mail can be about, ConflictingDuplicate for a known page with
        other content. Everything may be stored again without effect: a crash in between costs nothing.
        """
        with self._turn:
            self._record(event)

    def _record(self, event: Event) -> None:
        about = event.data["about"]
        _check(event, about)
        now = self._clock.now()
        self._record_about(about, now)
        self._recorder.add_page(_page(event, about, now), event.fingerprint)
        if about["type"] in TOLD and event.data["contacts"]:
            self._add_dispatches(event, about, now)

    def _record_about(self, about: dict[str, Any], now: datetime) -> None:
        """Once for all pages that this process sees of the event."""
        fingerprint = _fingerprint(about)
        if (about["id"], fingerprint) in self._recorded:
            return
        alert = {"_id": about["id"], "about": about, "recorded_at": now}
        self._recorder.add_alert(alert, fingerprint)
        project = about["data"].get("project")
        if project:
            self._recorder.note_visibility(project["id"], project["version"], project["visibility"])
        if about["type"] in WITH_MILESTONE:
            self._note(about, now)
        self._recorded.append((about["id"], fingerprint))

    def _note(self, about: dict[str, Any], now: datetime) -> None:
        milestone_id, recalled = about["data"]["milestone"]["id"], about["data"].get("concerns") or []
        if about["type"] == RECALLED and recalled:
            self._recorder.note_recall(milestone_id, recalled)
        else:
            steps = tuple(about["data"].get("steps") or ())
            alert = Alert(about["id"], about["type"], about["version"], _due_at(about, now), steps)
            self._recorder.note_alert(milestone_id, alert)

    def _add_dispatches(self, event: Event, about: dict[str, Any], now: datetime) -> None:
        due = _due_at(about, now)
        state = states.HELD if due > now else states.PENDING
        dispatches = [
            Dispatch(
                id=dispatch_id(about["id"], event.data["page"], number),
                version=1,
                event_id=about["id"],
                event_version=about["version"],
                page_id=event.id,
                slice=number,
                project_id=about["data"]["project"]["id"],
                milestone_id=about["data"]["milestone"]["id"] if "milestone" in about["data"] else "",
                recorded_at=now,
                event=_kind(about),
                recipients=tuple(Recipient(c["contact_id"], state, None, due) for c in members),
            )
            for number, members in slices(event.data["contacts"])
        ]
        self._recorder.add_dispatches(self._held_back(dispatches, about), event.fingerprint)
        failpoint("dispatch.stored")
        self._wake()

    def _held_back(self, dispatches: Sequence[Dispatch], about: dict[str, Any]) -> Sequence[Dispatch]:
        """What was reported before a restore may have been told already, by dispatches that the backup did
        not have."""
        restore = self._recorder.last_restore()
        if restore is None or from_timestamp(about["time"]) > restore.at:
            return dispatches
        by_hand = self._recorder.without_address(r.contact for d in dispatches for r in d.recipients)
        return [
            replace(
                dispatch,
                version=restore.base,
                recipients=tuple(held_back(r, r.contact not in by_hand) for r in dispatch.recipients),
            )
            for dispatch in dispatches
        ]


def _kind(about: dict[str, Any]) -> str:
    """`milestone.reached` of projects.milestone.reached.v1; `milestones.overdue` of one of a crowd."""
    kind: str = about["type"].partition(".")[2].rpartition(".")[0]
    return kind.replace("milestone.", "milestones.") if about["data"].get("together") else kind


def _due_at(about: dict[str, Any], now: datetime) -> datetime:
    if "hold_seconds" not in about["data"]:
        return now  # it waits for a digest, and nobody can recall it
    return due_at(from_timestamp(about["time"]), about["data"]["hold_seconds"], now)


def _check(event: Event, about: dict[str, Any]) -> None:
    """Raises Unreadable where no mail could be composed later."""
    contacts_of(event.data)
    if event.id != f"{about['id']}:{event.data['page']}":
        raise Unreadable("wrong-id", event.id)
    if about["type"] in ALERTING:
        check_happening(about)
    else:
        check_event(replace(event, type=about["type"], data=about["data"]))


def _page(event: Event, about: dict[str, Any], now: datetime) -> dict[str, Any]:
    data = about["data"]
    return {
        "_id": event.id,
        "event_id": about["id"],
        "page": event.data["page"],
        "project_id": data["project"]["id"] if "project" in data else data["project_id"],
        "milestone_id": data["milestone"]["id"] if "milestone" in data else None,
        "recorded_at": now,
        "reasons": event.data["reasons"],
        "contacts": event.data["contacts"],
    }


def _fingerprint(about: dict[str, Any]) -> str:
    """What every page of one event must agree on."""
    content = json.dumps([about["type"], about["version"], about["data"]], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
