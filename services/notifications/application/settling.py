"""What a dispatch becomes when a claim ends, and the event that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications.application.ports import Attempt, Settlement
from services.notifications.domain.dispatches import Dispatch, outcomes
from services.notifications.domain.recipients import Recipient
from shared.contracts.envelope import Event

CHANGED = "notifications.dispatch.changed.v1"
SOURCE = "prasan/notifications"
_FIRST_CLAIM = 2  # the version of a dispatch that was never settled before


def settlement(
    dispatch: Dispatch, recipients: Sequence[Recipient], attempts: Sequence[Attempt], now: datetime
) -> Settlement:
    """The dispatch with its new recipients; with an event if its outcome is new to whoever listens."""
    after = replace(dispatch, recipients=tuple(recipients))
    if not dispatch.milestone_id:  # nobody counts the outcome of a digest, or of what is no milestone's
        return Settlement(after, attempts)
    news = outcomes(after.recipients)
    if dispatch.version > _FIRST_CLAIM and news == outcomes(dispatch.recipients):
        return Settlement(after, attempts)
    return Settlement(after, attempts, outcome_event(dispatch, dispatch.version + 1, news, now).to_dict())


def outcome_event(dispatch: Dispatch, version: int, news: list[dict[str, Any]], now: datetime) -> Event:
    """Absolute counts of this dispatch at the version that its settlement gives it."""
    return Event(
        id=f"{dispatch.id}:{version}",
        type=CHANGED,
        source=SOURCE,
        subject=f"dispatches/{dispatch.id}",
        time=now,
        version=version,
        data={
            "dispatch_id": dispatch.id,
            "dispatch_version": version,
            "event_id": dispatch.event_id,
            "project_id": dispatch.project_id,
            "milestone_id": dispatch.milestone_id,
            "outcomes": news,
        },
    )
