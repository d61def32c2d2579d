"""What the partners service says happened."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.facets import LANGUAGES, ROLES, Contract, Text
from shared.preferences import MODES, WEEKDAYS

REASONS = (*ROLES, "jppcc", "subscriber", "told_before")
LEFT_OUT = ("no_lawful_basis", "unsubscribed", "suppressed", "not_visible")
LAWFUL_BASES = ("public_task", "consent", "legitimate_interest", "contract")


class About(Contract):
    """The event that the audience is for; `data` is that event's own data, whole."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    time = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    data = fields.Dict(required=True)


class Pledge(Contract):
    """A contact's own part: 10 of 10 sessions."""

    quantity = fields.Float(required=True)
    done = fields.Float(allow_none=True)
    unit = fields.Nested(Text, required=True)


class Reason(Contract):
    """Why one contact is told, by which of its organisations."""

    code = fields.String(required=True, validate=validate.OneOf(REASONS))
    partner_id = fields.String(required=True)
    partner = fields.Nested(Text, required=True)
    kinds = fields.List(fields.String(), load_default=list)
    pledge = fields.Nested(Pledge, allow_none=True)
    facets = fields.Dict(
        allow_none=True,
        metadata={"description": "for a subscriber: the non-empty facets of the subscription that met"},
    )


class Relevant(Contract):
    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    reasons = fields.List(
        fields.Integer(validate=validate.Range(min=0)),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "places, from 0, in the page's own `reasons`"},
    )


class AudiencePage(Contract):
    """Up to 500 relevant contacts in the order of their ids. An event without any has one empty page,
    so that whoever sends learns what became of the milestone."""

    about = fields.Nested(About, required=True)
    page = fields.Integer(required=True, validate=validate.Range(min=0))
    reasons = fields.List(
        fields.Nested(Reason),
        required=True,
        metadata={"description": "each once, however many are told for it"},
    )
    contacts = fields.List(fields.Nested(Relevant), required=True, validate=validate.Length(max=500))


class AudienceResolved(Contract):
    """The head of an audience, published after its last page."""

    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    project_id = fields.String(required=True)
    milestone_id = fields.String(allow_none=True)
    pages = fields.Integer(required=True, validate=validate.Range(min=1))
    relevant = fields.Integer(required=True, validate=validate.Range(min=0))
    left_out = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LEFT_OUT)),
        values=fields.Integer(validate=validate.Range(min=1)),
        required=True,
    )


class QuietHours(Contract):
    """Local hours (Asia/Bangkok) in which nothing is sent; `start` 20 and `end` 7 cross midnight."""

    start = fields.Integer(required=True, validate=validate.Range(min=0, max=23))
    end = fields.Integer(required=True, validate=validate.Range(min=0, max=23))


class DigestTime(Contract):
    """When digests go, in Asia/Bangkok; null: when it is usual."""

    weekday = fields.String(allow_none=True, validate=validate.OneOf(WEEKDAYS))
    hour = fields.Integer(allow_none=True, validate=validate.Range(min=0, max=23))


class Preferences(Contract):
    """How the contact wants to be told, as `shared.preferences` reads it; null: as it is usual."""

    mode = fields.String(allow_none=True, validate=validate.OneOf(MODES))
    events = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "kind of news, as milestone_reached → immediate, daily, weekly or never"},
    )
    digest = fields.Nested(DigestTime, allow_none=True)


class ContactChanged(Contract):
    """A contact as the sender must know it.

    `sealed` is the person, encrypted by `shared.sealing`, so that no address stands in an event:
    `{"address": text or null, "name": text, "salutation": text, "position": text or null, "by_hand": text or
    null, "source": text}`: name, position and how to reach them by hand in the contact's own language, the
    address with its domain in ASCII, and where the register has the person from. `fingerprint` is the keyed
    hash of the address, or null where there is none and the contact is told by hand.
    """

    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    sealed = fields.String(required=True)
    fingerprint = fields.String(allow_none=True)
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    quiet_hours = fields.Nested(QuietHours, allow_none=True)
    preferences = fields.Nested(Preferences, allow_none=True)
    imported_at = fields.DateTime(
        allow_none=True,
        metadata={"description": "when the person's data came from elsewhere, of which it has to be told"},
    )
    lawful_basis = fields.String(allow_none=True, validate=validate.OneOf(LAWFUL_BASES))
    unsubscribed = fields.Boolean(required=True)
    muted_projects = fields.List(
        fields.String(),
        load_default=list,
        metadata={"description": "projects of which the contact wants no news"},
    )


class ContactErased(Contract):
    """A tombstone: nothing of the person remains but the version and the hash to suppress."""

    contact_id = fields.String(required=True)
    contact_version = fields.Integer(required=True)
    fingerprint = fields.String(allow_none=True)
