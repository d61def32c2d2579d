"""Questions on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from shared.http.fields import Identifier, Instant


class QuestionSchema(Schema):
    """What a contact asked by answering an alert; who it is, and how to reach them, partners knows."""

    id = Identifier(required=True)
    asked_at = Instant(required=True)
    contact_id = Identifier(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    project_id = Identifier(required=True)
    milestone_id = Identifier(required=True, allow_none=True)
    event_id = Identifier(required=True)
    delivery_id = Identifier(required=True)
