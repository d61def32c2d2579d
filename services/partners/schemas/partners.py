"""Partners on the wire."""

from __future__ import annotations

from marshmallow import Schema

from services.partners.schemas.fields import Kept, ended, mission, one_of
from shared.contracts.facets import PARTNER_KINDS
from shared.http.fields import BilingualLine, Instant
from shared.http.pagination import PageQuery
from shared.http.strict import AreaCode, Several, amending


class NewPartner(Schema):
    """`missions`: those for which a jppcc sits, and only it. `areas`: where the organisation is at home;
    for people to read, nothing is matched by it."""

    name = BilingualLine(200, required=True)
    kinds = Several(one_of(PARTNER_KINDS), least=1, most=10, required=True)
    missions = Several(mission(), most=6, load_default=list)
    areas = Several(AreaCode(), load_default=list)


class PartnerSchema(NewPartner, Kept):
    ended_at = Instant(allow_none=True, dump_default=None)


class PartnerQuery(PageQuery):
    kind = one_of(PARTNER_KINDS)
    mission = mission(from_text=True)
    ended = ended()


AmendedPartner = amending(NewPartner)
