"""Subscriptions on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.partners.domain.relevance import SUBSCRIBABLE
from services.partners.schemas.fields import Kept, ended, mission, one_of
from shared.contracts.facets import SECTORS
from shared.http.fields import BilingualLine, Identifier, Instant
from shared.http.pagination import PageQuery
from shared.http.strict import AreaCode, Several, amending

MOST_VALUES = 500


class FacetsSchema(Schema):
    """An empty facet means any; all that are not empty must meet. A district hears of its sub-districts
    and of what concerns the province."""

    project = Several(Identifier(), most=MOST_VALUES)
    programme = Several(Identifier(), most=MOST_VALUES)
    mission = Several(mission())
    area = Several(AreaCode())
    sector = Several(one_of(SECTORS))
    event_type = Several(one_of(SUBSCRIBABLE))


class NewSubscription(Schema):
    """What a partner wants to hear of."""

    label = BilingualLine(200, allow_none=True, load_default=None)
    facets = fields.Nested(FacetsSchema, load_default=dict)


class SubscriptionSchema(NewSubscription, Kept):
    partner_id = Identifier(required=True)
    ended_at = Instant(allow_none=True, dump_default=None)


class SubscriptionQuery(PageQuery):
    ended = ended()


AmendedSubscription = amending(NewSubscription)
