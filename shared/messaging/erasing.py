"""What dead letters hold about an erased person."""

from __future__ import annotations

from typing import Any

from bson import Binary
from pymongo.database import Database

from shared.messaging.dead_letters import COLLECTION
from shared.mongo import database_errors

ERASED = Binary(b'{"erased":true}')


def erase_dead_letters(database: Database[dict[str, Any]], queue: str, contact_id: str) -> int:
    """Bodies of this queue that name the contact go; how many. Only a queue whose messages are about one
    person each may be asked for. The letters are few, and each is looked at. Raises DependencyDown."""
    name, erased = contact_id.encode(), 0
    with database_errors():
        for letter in database[COLLECTION].find({"queue": queue}, {"body": 1, "mended_body": 1}):
            if name in bytes(letter.get("body", b"")) + bytes(letter.get("mended_body", b"")):
                nothing = {"body": ERASED, "detail": "", "headers": {}, "truncated": True}
                change = {"$set": nothing, "$unset": {"mended_body": ""}}
                database[COLLECTION].update_one({"_id": letter["_id"]}, change)
                erased += 1
    return erased
