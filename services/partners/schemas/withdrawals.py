"""Withdrawals on the wire."""

from __future__ import annotations

from marshmallow import Schema

from services.partners.domain.consent import ALERTS, PURPOSES
from services.partners.schemas.fields import one_of
from shared.http.fields import Instant


class Withdrawal(Schema):
    """Of which purpose, and when (now)."""

    purpose = one_of(PURPOSES, load_default=ALERTS)
    at = Instant(load_default=None, allow_none=True)
