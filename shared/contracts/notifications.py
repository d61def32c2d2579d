"""What the notifications service says happened."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.facets import Contract

DELIVERY_STATES = (
    "held", "pending", "sending", "accepted", "retry_wait", "failed", "uncertain",
    "suppressed", "superseded", "by_hand", "in_digest", "bounced", "complained",
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
    """A mail server said that this address does not exist or takes no mail, or its owner complained."""

    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    fingerprint = fields.String(required=True)
    why = fields.String(required=True, metadata={"description": "RFC 3463 code, as 5.1.1; or complaint"})


MODES = ("immediate", "daily", "weekly")
WISHED_BY = ("reply", "unsubscribe", "one_click")


class Wish(Contract):
    """What a contact wants from now on. `wish` counts the wishes of a contact: a lower one is older."""

    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    wish = fields.Integer(required=True, validate=validate.Range(min=1))
    by = fields.String(required=True, validate=validate.OneOf(WISHED_BY))


class ContactUnsubscribed(Wish):
    """No more news: of one project or, where `project_id` is null, of anything."""

    project_id = fields.String(allow_none=True)


class PreferencesChanged(Wish):
    """News in another rhythm (null: as before); `resumed` takes every earlier stop back."""

    mode = fields.String(allow_none=True, validate=validate.OneOf(MODES))
    resumed = fields.Boolean(required=True)


class ReplyReceived(Contract):
    """A contact answered a mail with a question for the coordinator.

    `sealed` is `{"name": text, "text": text}`, encrypted by `shared.sealing`: people write what they like.
    """

    reply_id = fields.String(required=True)
    contact_id = fields.String(required=True)
    delivery_id = fields.String(required=True)
    event_id = fields.String(required=True)
    project_id = fields.String(required=True, allow_none=True)
    milestone_id = fields.String(required=True, allow_none=True)
    sealed = fields.String(required=True)
