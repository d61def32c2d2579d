"""The lawful basis of telling somebody (PDPA, ม.24), and who is left out for the want of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.calendar import BANGKOK, local_day

PURPOSES = ("alerts",)
ALERTS = "alerts"

NOT_VISIBLE, NO_BASIS = "not_visible", "no_lawful_basis"
UNSUBSCRIBED, SUPPRESSED = "unsubscribed", "suppressed"

Bases = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Candidate:
    """A contact, as far as it matters whether and when it may be told."""

    id: str
    version: int
    partner_ids: tuple[str, ...]
    basis: str | None
    unsubscribed: bool = False
    suppressed: bool = False
    muted_projects: tuple[str, ...] = ()


def effective_basis(bases: Bases, now: datetime, purpose: str = ALERTS) -> str | None:
    """The basis that holds for a purpose now: recorded, not withdrawn, within its retention."""
    basis = bases.get(purpose)
    if basis is None or _withdrawn(basis, now) or _expired(basis, now):
        return None
    return str(basis["basis"])


def ended_at(bases: Bases, now: datetime) -> datetime | None:
    """When the last basis ended; None while one holds, or where there never was one."""
    ends = [_end(basis) for basis in bases.values()]
    known = [end for end in ends if end is not None and end <= now]
    return max(known) if known and len(known) == len(ends) else None


def obstacle(candidate: Candidate, project_id: str = "") -> str | None:
    """Why this contact may not be told of this project, or None. The law comes before the wish, the wish
    before the address."""
    if candidate.basis is None:
        return NO_BASIS
    if candidate.unsubscribed or project_id in candidate.muted_projects:
        return UNSUBSCRIBED
    return SUPPRESSED if candidate.suppressed else None


def _end(basis: Mapping[str, Any]) -> datetime | None:
    """Withdrawal, or the end of the last day of its retention in the province, whichever is first."""
    until, withdrawn_at = basis.get("retention_until"), basis.get("withdrawn_at")
    lapsed = (
        datetime.combine(date.fromisoformat(until) + timedelta(days=1), time(), BANGKOK) if until else None
    )
    return min((end for end in (withdrawn_at, lapsed) if end is not None), default=None)


def _withdrawn(basis: Mapping[str, Any], now: datetime) -> bool:
    withdrawn_at = basis.get("withdrawn_at")
    return withdrawn_at is not None and bool(withdrawn_at <= now)


def _expired(basis: Mapping[str, Any], now: datetime) -> bool:
    until = basis.get("retention_until")
    return until is not None and date.fromisoformat(until) < local_day(now)
