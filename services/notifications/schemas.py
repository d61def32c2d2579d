"""The REST surface of notifications, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.notifications.domain.by_hand import HOW
from services.notifications.domain.states import STATES
from services.notifications.domain.waiting import CAUSES
from shared.contracts.facets import LANGUAGES, Text
from shared.contracts.partners import About, Reason
from shared.http.fields import Identifier, Instant, Line
from shared.http.pagination import PageQuery
from shared.http.strict import AreaCode
from shared.preferences import PERIODS


class DeliveryQuery(PageQuery):
    """By event, milestone or contact; by state alone only by_hand, failed, uncertain or bounced."""

    event = Identifier(load_default=None)
    milestone = Identifier(load_default=None)
    contact = Identifier(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class DispatchQuery(PageQuery):
    event = Identifier(required=True)


class DeliverySchema(Schema):
    """One message to one contact."""

    id = Identifier(required=True, metadata={"description": "{dispatch id}:{position}"})
    event_id = Identifier(required=True)
    project_id = Identifier(required=True, allow_none=True)
    milestone_id = Identifier(required=True, allow_none=True)
    contact_id = Identifier(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    why = fields.String(allow_none=True)
    due_at = Instant(allow_none=True)
    refusals = fields.Integer(required=True, metadata={"description": "how often it was put off"})
    doubts = fields.Integer(required=True, metadata={"description": "how often it was left uncertain"})
    recorded_at = Instant(required=True)


class ByHandQuery(PageQuery):
    """`district`: what concerns this area, by the project's areas."""

    project = Identifier(load_default=None)
    milestone = Identifier(load_default=None)
    district = AreaCode(load_default=None)
    told = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class Told(Schema):
    """By whom (the caller unless said otherwise), when (now), and how somebody was told."""

    how = fields.String(required=True, validate=validate.OneOf(HOW))
    by = Line(200, load_default=None, allow_none=True)
    at = Instant(load_default=None, allow_none=True)
    note = Line(500, load_default=None, allow_none=True)


class TellingSchema(Schema):
    by = fields.String(required=True)
    at = Instant(required=True)
    how = fields.String(required=True, validate=validate.OneOf(HOW))
    note = fields.String(required=True, allow_none=True)


class ByHandSchema(DeliverySchema):
    """Somebody to be told by telephone or LINE: how to reach them, and what to read out or paste.

    `text` is null where the contact was erased; `told` once somebody has told them.
    """

    version = fields.Integer(required=True, metadata={"description": "of `told`, also the ETag"})
    name = fields.String(required=True)
    position = fields.String(allow_none=True)
    reach_by = fields.String(allow_none=True)
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    project = fields.Nested(Text, required=True)
    milestone = fields.Nested(Text, required=True, allow_none=True)
    text = fields.Nested(Text, required=True, allow_none=True)
    told = fields.Nested(TellingSchema, required=True, allow_none=True)


class AttemptSchema(Schema):
    """One conversation with the mail server; its words are quoted without the address."""

    at = Instant(required=True)
    verdict = fields.String(required=True)
    code = fields.Integer(allow_none=True)
    enhanced = fields.String(allow_none=True)
    text = fields.String(required=True)


class MessageSchema(Schema):
    language = fields.String(required=True)
    subject = fields.String(required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)


class DeliveryDetail(DeliverySchema):
    """A delivery with its reasons, its attempts and the message as it was sent."""

    reasons = fields.List(fields.Dict(), required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    message = fields.Nested(MessageSchema, allow_none=True)


class OutcomeSchema(Schema):
    state = fields.String(required=True)
    why = fields.String(allow_none=True)
    count = fields.Integer(required=True)


class DispatchSchema(Schema):
    id = Identifier(required=True)
    version = fields.Integer(required=True)
    event_id = Identifier(required=True)
    recipients = fields.Integer(required=True)
    due_at = Instant(allow_none=True)
    outcomes = fields.List(fields.Nested(OutcomeSchema), required=True)


class DispatchesSchema(Schema):
    """What was recorded of one event: which audience pages, and their dispatches."""

    event_id = Identifier(required=True)
    pages = fields.List(fields.Integer(), required=True)
    items = fields.List(fields.Nested(DispatchSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PreviewRequest(Schema):
    """An event as an audience page carries it, which need not have happened yet."""

    about = fields.Nested(About, required=True)
    language = fields.String(load_default="th", validate=validate.OneOf(LANGUAGES))
    reasons = fields.List(fields.Nested(Reason), load_default=list, validate=validate.Length(max=50))


class DigestItem(Schema):
    """One piece of news; `left_out` says why the digest would not show it."""

    delivery_id = Identifier(required=True)
    event_id = Identifier(required=True)
    event = fields.String(required=True, metadata={"description": "as milestone.reached"})
    project_id = Identifier(required=True)
    milestone_id = Identifier(required=True, allow_none=True)
    left_out = fields.String(required=True, allow_none=True)


class DigestSchema(Schema):
    """The digest that is due next; `message` is null where nothing would be sent."""

    contact_id = Identifier(required=True)
    due_at = Instant(required=True, allow_none=True)
    period = fields.String(required=True, allow_none=True, validate=validate.OneOf(PERIODS))
    items = fields.List(fields.Nested(DigestItem), required=True)
    message = fields.Nested(MessageSchema, required=True, allow_none=True)


class EditionSchema(Schema):
    """All daily or weekly digests of one hour: how many, with how many pieces of news in them, and how many
    are in which state."""

    id = Identifier(required=True, metadata={"description": "`{period}:{day and hour in Thailand}`"})
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    due_at = Instant(required=True)
    digests = fields.Integer(required=True)
    news = fields.Integer(required=True)
    counts = fields.List(fields.Nested(OutcomeSchema), required=True)


class NewSuppression(Schema):
    address = Line(254, required=True)
    why = Line(200, load_default=None, allow_none=True)


class SuppressionSchema(Schema):
    """An address that nothing is sent to, by its keyed hash."""

    id = Identifier(required=True)
    version = fields.Integer(required=True)
    why = fields.String(required=True)
    at = Instant(required=True)
    by = fields.String(required=True)


class RestoredQuery(PageQuery):
    event = Identifier(load_default=None)


class ReleaseRequest(Schema):
    """Of one event, or of all."""

    event = Identifier(load_default=None, allow_none=True)


class Released(Schema):
    """`deliveries`: how many were let go now; `dispatches_left`: asked again, these are next."""

    deliveries = fields.Integer(required=True)
    dispatches_left = fields.Integer(required=True)


class QueueSchema(Schema):
    """How many deliveries wait for the same; `next_at`: when the first of them is looked at again, null where
    no time ends the wait.

    `pause`, `mail_mode` and `restored` wait for an operator; `hold` until a report can no longer be taken
    back; `due` are next.
    """

    cause = fields.String(required=True, validate=validate.OneOf(CAUSES))
    count = fields.Integer(required=True)
    next_at = Instant(required=True, allow_none=True)


class SendingSchema(Schema):
    """Whether mails go out at present, and what waits for what."""

    mode = fields.String(required=True)
    paused = fields.Boolean(required=True)
    by = fields.String(allow_none=True)
    at = Instant(allow_none=True)
    waiting_dispatches = fields.Integer(required=True)
    waiting = fields.List(fields.Nested(QueueSchema), required=True)
    rests_for_seconds = fields.Float(required=True)
