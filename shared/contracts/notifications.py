"""What the notifications service says happened."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.facets import Contract

DELIVERY_STATES = (
    "held", "pending", "sending", "accepted", "retry_wait", "failed", "uncertain",
    "suppressed", "superseded", "by_hand", "bounced",
)  # fmt: skip


class OutcomeCount(Contract):
    """How many deliveries of the dispatch are in one state, for one cause."""

    state = fields.String(required=True, validate=validate.OneOf(DELIVERY_STATES))
    why = fields.String(allow_none=True)
    count = fields.Integer(required=True, validate=validate.Range(min=1))


class DispatchChanged(Contract):
    """Absolute counts of one dispatch at one version: keep the newest and sum over dispatches."""

    dispatch_id = fields.String(required=True)
    dispatch_version = fields.Integer(required=True)
    event_id = fields.String(required=True)
    project_id = fields.String(required=True)
    milestone_id = fields.String(required=True)
    outcomes = fields.List(fields.Nested(OutcomeCount), required=True)


class AddressSuppressed(Contract):
    """A mail server said that this address does not exist or takes no mail."""

    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    fingerprint = fields.String(required=True)
    why = fields.String(required=True, metadata={"description": "RFC 3463 code, as 5.1.1"})
