"""What a digest is called: by the ledger while news waits for it, and by itself once it has closed."""

from __future__ import annotations

from datetime import datetime

from shared.calendar import BANGKOK
from shared.preferences import PERIODS

_LOCAL = "%Y-%m-%dT%H:%M"


def label(period: str, slot: datetime) -> str:
    """Why a delivery waits: `weekly/2026-11-26T12:00`, in Thailand's time."""
    return f"{period}/{slot.astimezone(BANGKOK):{_LOCAL}}"


def period_of(label: str) -> str:
    """daily or weekly."""
    return label.partition("/")[0]


def slot_of(label: str) -> datetime:
    """When a digest of that name is due. Raises ValueError for what is no such name."""
    period, _, local = label.partition("/")
    if period not in PERIODS:
        raise ValueError(f"{label!r} is no digest's name")
    return datetime.strptime(local, _LOCAL).replace(tzinfo=BANGKOK)


def digest_id(contact: str, slot: datetime) -> str:
    """`{contact}:{year month day hour in Thailand}`: one for each contact and slot, whoever closes it."""
    return f"{contact}:{slot.astimezone(BANGKOK):%y%m%d%H}"
