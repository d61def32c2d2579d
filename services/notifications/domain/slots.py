"""What a digest is called: by the ledger while news waits for it, and by itself once it has closed."""

from __future__ import annotations

from datetime import datetime

from shared.calendar import BANGKOK


def label(period: str, slot: datetime) -> str:
    """Why a delivery waits: `weekly/2026-11-26T12:00`, in Thailand's time."""
    return f"{period}/{slot.astimezone(BANGKOK):%Y-%m-%dT%H:%M}"


def period_of(label: str) -> str:
    """daily or weekly."""
    return label.partition("/")[0]


def digest_id(contact: str, slot: datetime) -> str:
    """`{contact}:{year month day hour in Thailand}`: one for each contact and slot, whoever closes it."""
    return f"{contact}:{slot.astimezone(BANGKOK):%y%m%d%H}"
