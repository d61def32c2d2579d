"""Contacts on the wire. Whoever may not see addresses gets answers without the member."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.partners.application.contacts import MOST_PARTNERS, NO_PREFERENCES
from services.partners.schemas.fields import Kept, YesNo, language, one_of
from shared.contracts.partners import LAWFUL_BASES
from shared.http.fields import BilingualLine, Identifier, Instant, Line, PlainDate
from shared.http.pagination import PageQuery
from shared.http.strict import Several, WholeNumber, amending
from shared.preferences import EVENT_KEYS, MODES, WAYS, WEEKDAYS

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def _hour() -> WholeNumber:
    return WholeNumber(required=True, validate=validate.Range(min=0, max=23))


class QuietHours(Schema):
    """Hours in Asia/Bangkok in which nothing is sent; 20 to 7 crosses midnight."""

    start = _hour()
    end = _hour()


class DigestTime(Schema):
    """When this contact's digests go, in Asia/Bangkok; the weekday counts for weekly ones."""

    weekday = one_of(WEEKDAYS, allow_none=True, load_default=None)
    hour = WholeNumber(allow_none=True, load_default=None, validate=validate.Range(min=0, max=23))


Events = Schema.from_dict(
    {EVENT_KEYS[name]: one_of(ways) for name, ways in WAYS.items()}, name="EventPreferences"
)


class Preferences(Schema):
    """How the contact wants to be told. What is null or not named is as it is usual for its role and its
    organisation; `events` names what is to come otherwise than `mode` says."""

    mode = one_of(MODES, allow_none=True, load_default=None)
    events = fields.Nested(Events, load_default=dict)
    digest = fields.Nested(DigestTime, allow_none=True, load_default=None)
    quiet_hours = fields.Nested(QuietHours, allow_none=True, load_default=None)


class Basis(Schema):
    """Why the law lets us tell this person (PDPA, ม.24), and how we know.

    Without `recorded_at` and `recorded_by` it is recorded now, by the caller.
    """

    basis = one_of(LAWFUL_BASES, required=True)
    source = Line(300, required=True)
    recorded_at = Instant()
    recorded_by = Line(200)
    retention_until = PlainDate(allow_none=True)
    withdrawn_at = Instant(allow_none=True)


class Bases(Schema):
    """By purpose; a purpose that is not named has no basis, and is not served."""

    alerts = fields.Nested(Basis)


class NewContact(Schema):
    """`address` null: told by hand, as `by_hand` says (a telephone number, a LINE name)."""

    name = BilingualLine(200, required=True)
    salutation = Line(60, min=0, load_default="")
    position = BilingualLine(200, allow_none=True, load_default=None)
    language = language(load_default="th")
    address = Line(LONGEST_ADDRESS, allow_none=True, load_default=None)
    by_hand = BilingualLine(300, allow_none=True, load_default=None)
    partner_ids = Several(Identifier(), least=1, most=MOST_PARTNERS, required=True)
    preferences = fields.Nested(Preferences, load_default=lambda: dict(NO_PREFERENCES))
    lawful_bases = fields.Nested(Bases, load_default=dict)
    unsubscribed = YesNo(load_default=False)
    muted_projects = Several(Identifier(), most=500, load_default=list)


class Suppressed(Schema):
    """A mail server said that the address does not exist or takes no mail."""

    why = fields.String(required=True, metadata={"description": "RFC 3463 code, as 5.1.1"})
    at = Instant(required=True)


class ContactSchema(NewContact, Kept):
    address = Line(LONGEST_ADDRESS, allow_none=True)
    by_hand = BilingualLine(300, allow_none=True)
    has_address = fields.Boolean(required=True)
    unsubscribed = YesNo(required=True)
    unsubscribed_at = Instant(allow_none=True)
    suppressed = fields.Nested(Suppressed, allow_none=True)


class ContactQuery(PageQuery):
    partner_id = Identifier()
    language = language()


class Tombstone(Schema):
    """What remains of an erased contact."""

    id = Identifier(required=True)
    version = fields.Integer(required=True)
    erased_at = Instant(required=True)


AmendedContact = amending(NewContact)
