"""A small service on the real server, run as a process of its own by the tests beside it."""

# ruff: noqa: E402  eventlet patches before any other import
import eventlet

eventlet.monkey_patch()

import os
import signal
import sys
from datetime import date
from typing import Any

import structlog
from marshmallow import Schema, fields, validate
from nameko.containers import ServiceContainer

from shared.config import Settings
from shared.errors import Conflict, DependencyDown, NotFound, VersionConflict
from shared.http import Answer, Request, StandardEndpoints, bodies, connections, endpoint
from shared.http.fields import BilingualLine, Identifier, Line, Paragraph, PlainDate
from shared.http.idempotency import derived_id, record, remembered
from shared.http.pagination import PageQuery, page, page_schema
from shared.http.server import ApiServer
from shared.logging import configure_logging
from shared.mongo import MongoDatabase


class NoteRequest(Schema):
    title = BilingualLine(60, required=True)
    text = Paragraph(2000)
    due = PlainDate(required=True)
    count = fields.Integer(strict=True, validate=validate.Range(min=1, max=5))
    kind = fields.String(validate=validate.OneOf(("press", "radio")))
    tags = fields.List(Line(20), validate=validate.Length(max=3))


class Note(Schema):
    id = Identifier(required=True)
    version = fields.Integer(required=True)
    title = BilingualLine(60, required=True)
    due = PlainDate(required=True)
    text = Paragraph(2000, allow_none=True)


class NotesQuery(PageQuery):
    kind = fields.String(validate=validate.OneOf(("press", "radio")))


FAILURES: dict[str, Exception] = {
    "missing": NotFound(),
    "state": Conflict("conflict"),
    "broker": DependencyDown("broker", "amqp://projects:hunter2@broker"),
    "version": VersionConflict(),
    "bug": KeyError("somchai@example.org"),
}


class Example(StandardEndpoints):
    """Notes, kept in the database."""

    name = "projects"
    database = MongoDatabase()

    @endpoint(
        "POST", "/v1/notes", roles={"coordinator"}, body=NoteRequest, answer=Note, status=201, idempotent=True
    )
    def add_note(self, request: Request) -> Answer:
        """Keep a note."""
        key = request.idempotency
        note_id = derived_id(request.caller.subject, key.key if key else os.urandom(8).hex())
        known = self.database.notes.find_one({"_id": note_id})
        if known:
            return remembered(known, key) or Answer(_shown(known))
        note = {"_id": note_id, "version": 1, **request.body, "due": request.body["due"].isoformat()}
        answer = Answer(_shown(note), status=201, version=1, headers={"Location": f"/v1/notes/{note_id}"})
        self.database.notes.insert_one({**note, "requests": [record(key, answer)] if key else []})
        return answer

    @endpoint("GET", "/v1/notes", query=NotesQuery, answer=page_schema(Note))
    def list_notes(self, request: Request) -> Answer:
        """All notes."""
        after, limit = request.query["after"], request.query["limit"]
        found = (
            self.database.notes.find({"_id": {"$gt": after}} if after else {}).sort("_id", 1).limit(limit + 1)
        )
        return Answer(page([_shown(note) for note in found], limit))

    @endpoint("GET", "/v1/notes/<note_id>", answer=Note)
    def show_note(self, request: Request, note_id: str) -> Answer:
        """One note."""
        note = self.database.notes.find_one({"_id": note_id})
        if note is None:
            raise NotFound()
        return Answer(_shown(note), version=note["version"])

    @endpoint("POST", "/v1/notes/<note_id>/publish", roles={"coordinator"}, if_match=True)
    def publish_note(self, request: Request, note_id: str) -> Answer:
        """Echo what was understood of the headers."""
        seen = {"if_match": request.if_match, "language": request.language, "trace": request.traceparent}
        return Answer(seen, version=(request.if_match or 0) + 1)

    @endpoint("DELETE", "/v1/notes/<note_id>", roles={"coordinator"})
    def drop_note(self, request: Request, note_id: str) -> Answer:
        """Nothing to say."""
        return Answer()

    @endpoint("GET", "/v1/failures/<kind>")
    def fail(self, request: Request, kind: str) -> Answer:
        """Fail in the way that is asked for."""
        raise FAILURES[kind]

    @endpoint("GET", "/v1/slow/<tenths>")
    def slow(self, request: Request, tenths: str) -> Answer:
        """Take a while."""
        structlog.get_logger("example").info("slow begun")
        eventlet.sleep(int(tenths) / 10)
        return Answer({"slept": int(tenths), "today": date(2026, 11, 22)})


def _shown(note: dict[str, Any]) -> dict[str, Any]:
    return {"id": note["_id"], **{name: value for name, value in note.items() if name != "requests"}}


def be_impatient() -> None:
    """Seconds where a real server waits a minute, so that the tests of slow clients are quick."""
    connections.SLOWEST_HEADERS, connections.SLOWEST_SOCKET, bodies.SLOWEST_BODY = 2, 3, 2


def main() -> None:
    if "--impatient" in sys.argv:
        be_impatient()
    configure_logging("INFO", Example.name)
    container = ServiceContainer(Example, Settings.from_environment().nameko_config(Example.name))
    container.start()
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn(container.stop))
    host, port = container.shared_extensions[ApiServer].address
    sys.stdout.write(f"listening on http://{host}:{port}\n")
    sys.stdout.flush()
    container.wait()


if __name__ == "__main__":
    main()
