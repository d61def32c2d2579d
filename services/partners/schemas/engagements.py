"""Engagements on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.partners.schemas.fields import Kept, ended, one_of
from shared.contracts.facets import ROLES
from shared.http.fields import BilingualLine, Identifier, Instant
from shared.http.pagination import PageQuery
from shared.http.strict import AreaCode, Number, Several, amending


class Scope(Schema):
    """What of the project the partner takes part in; empty lists mean all of it."""

    milestones = Several(Identifier(), most=500, load_default=list)
    areas = Several(AreaCode(), load_default=list)
    quantity = Number(least=0, allow_none=True, load_default=None)


class EngagementPledge(Schema):
    """10 of 10 sessions."""

    quantity = Number(least=0, required=True)
    done = Number(least=0, allow_none=True, load_default=None)
    unit = BilingualLine(60, required=True)


def _everything() -> dict[str, object]:
    return {"milestones": [], "areas": [], "quantity": None}


class NewEngagement(Schema):
    """`contact_id`: the one person who has the role; null means everybody of the partner."""

    project_id = Identifier(required=True)
    role = one_of(ROLES, required=True)
    scope = fields.Nested(Scope, load_default=_everything)
    pledge = fields.Nested(EngagementPledge, allow_none=True, load_default=None)
    contact_id = Identifier(allow_none=True, load_default=None)


class EngagementSchema(NewEngagement, Kept):
    partner_id = Identifier(required=True)
    ended_at = Instant(allow_none=True, dump_default=None)


class PartnerEngagementQuery(PageQuery):
    project_id = Identifier()
    role = one_of(ROLES)
    ended = ended()


class EngagementQuery(PartnerEngagementQuery):
    partner_id = Identifier()


AmendedEngagement = amending(NewEngagement, "project_id")
