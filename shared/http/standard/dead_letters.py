"""Messages that could not be handled: what they are, why, and how they go back."""

from __future__ import annotations

import base64
from typing import Any

from marshmallow import Schema, fields, validate
from nameko.extensions import DependencyProvider

from shared.contracts.envelope import LARGEST_EVENT
from shared.http.answers import Answer, to_json
from shared.http.endpoint import endpoint
from shared.http.fields import Identifier, Instant, Line
from shared.http.pagination import PageQuery, page, page_schema
from shared.http.request import Request
from shared.messaging.dead_letters import DeadLetterBox, DeadLetters

STATES = ("waiting", "replayed")


class LetterBox(DependencyProvider):
    """`letter_box = LetterBox()` injects the box that holds the service's dead letters."""

    box = DeadLetterBox()

    def get_dependency(self, worker: object) -> DeadLetterBox:
        return self.box


class DeadLettersQuery(PageQuery):
    queue = Identifier()
    cause = Identifier()
    state = fields.String(validate=validate.OneOf(STATES))


class DeadLetterSummary(Schema):
    id = Identifier(required=True)
    queue = fields.String(required=True)
    cause = fields.String(required=True)
    detail = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    deaths = fields.Integer(required=True)
    at = Instant(required=True)
    last_at = Instant(required=True)
    replays = fields.Integer(required=True)
    replayed_at = Instant(required=True, allow_none=True)
    routing_key = fields.String(required=True)
    message_id = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "bytes"})
    truncated = fields.Boolean(required=True)
    sha256 = fields.String(required=True)


class DeadLetter(DeadLetterSummary):
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    body = fields.String(required=True)
    body_encoding = fields.String(required=True, validate=validate.OneOf(("utf-8", "base64")))


class ReplayRequest(Schema):
    body = fields.Dict(
        keys=Line(200),
        load_default=None,
        allow_none=True,
        metadata={"description": "the mended event; without one, the message goes back as it was"},
    )


class DeadLetterEndpoints:
    """/v1/dead-letters"""

    letter_box: Any = LetterBox()

    @endpoint(
        "GET",
        "/v1/dead-letters",
        roles={"operator"},
        query=DeadLettersQuery,
        answer=page_schema(DeadLetterSummary),
    )
    def list_dead_letters(self, request: Request) -> Answer:
        """The messages that this service could not handle, with why."""
        query = dict(request.query)
        after, limit = query.pop("after"), query.pop("limit")
        found = self._letters.list(after, limit + 1, **query)
        return Answer(page([_summary(letter) for letter in found], limit))

    @endpoint("GET", "/v1/dead-letters/<letter_id>", roles={"operator"}, answer=DeadLetter)
    def show_dead_letter(self, request: Request, letter_id: str) -> Answer:
        """One message whole, as it arrived."""
        return Answer(_whole(self._letters.get(letter_id)))

    @endpoint(
        "POST",
        "/v1/dead-letters/<letter_id>/replay",
        roles={"operator"},
        body=ReplayRequest,
        answer=DeadLetter,
        max_body=LARGEST_EVENT + 1024,
    )
    def replay_dead_letter(self, request: Request, letter_id: str) -> Answer:
        """Puts the message, or a mended one, back into the queue that it came from."""
        mended = request.body["body"]
        letter = self._letters.replay(letter_id, None if mended is None else to_json(mended))
        return Answer(_whole(letter))

    @property
    def _letters(self) -> DeadLetters:
        letters: DeadLetters = self.letter_box.letters
        return letters


def _summary(letter: dict[str, Any]) -> dict[str, Any]:
    return {"id": letter["_id"], **letter}


def _whole(letter: dict[str, Any]) -> dict[str, Any]:
    text, encoding = _readable(bytes(letter["body"]))
    return {**_summary(letter), "body": text, "body_encoding": encoding}


def _readable(body: bytes) -> tuple[str, str]:
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
