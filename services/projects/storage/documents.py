"""Aggregates as documents, and the smallest change from one version of a document to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from services.projects.application.ports import Remembered, Reply
from services.projects.domain.shapes import from_plain, to_plain
from shared.clock import to_timestamp

Document = dict[str, Any]
REMEMBERED = 50  # answers kept in one document; ids derived from keys keep older ones from doing harm
NOT_OURS = {"outbox": 0}  # what the relay needs and a reader of the state does not

# Arrays that grow: their items are written one by one instead of all again.
_GROWING = ("milestones", "measurements")


@dataclass(frozen=True)
class Difference:
    """What an update has to set, to unset and to push."""

    set: Document = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    push: Document = field(default_factory=dict)


def to_document(aggregate: Any) -> Document:
    """The aggregate under its id."""
    plain: Document = stored(aggregate)
    return {"_id": plain.pop("id"), **plain}


def stored(value: Any) -> Any:
    """A value as it stands in a document: instants as they are, since MongoDB has a type for them, and
    without what is None, since every member of a document costs at each update of it."""
    return _known(to_plain(value))


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(inner) for name, inner in value.items() if inner is not None}
    return [_known(item) for item in value] if isinstance(value, list) else value


def from_document(shape: type[Any], document: Mapping[str, Any]) -> Any:
    return from_plain(shape, {**document, "id": document["_id"]})


def difference(before: Any, after: Any) -> Difference:
    """From one version of an aggregate to another. The version itself is the outbox store's to set."""
    found = Difference()
    for name in (member.name for member in fields(after) if member.name != "version"):
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if name in _GROWING:
            _add_items(found, name, old, new)
        elif new is None:
            found.unset.append(name)
        else:
            found.set[name] = stored(new)
    return found


def _add_items(found: Difference, name: str, before: Sequence[Any], after: Sequence[Any]) -> None:
    for position, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            found.set[f"{name}.{position}"] = stored(new)
    if len(after) > len(before):
        found.push[name] = {"$each": [stored(item) for item in after[len(before) :]]}


def remembered_document(remembered: Remembered) -> Document:
    """The answer as one text: its members are nobody's business here."""
    reply = remembered.reply
    return {
        "key": remembered.key,
        "hash": remembered.request_hash,
        "status": reply.status,
        "version": reply.version,
        "body": json.dumps(reply.body, ensure_ascii=False, default=_instant),
    }


def remembered_of(document: Mapping[str, Any]) -> dict[str, Remembered]:
    """What the document remembers, by key; the request that made it is never forgotten."""
    made_by = [document["made_by"]] if document.get("made_by") else []
    return {known["key"]: _remembered(known) for known in (*made_by, *document.get("requests", ()))}


def _remembered(known: Mapping[str, Any]) -> Remembered:
    reply = Reply(json.loads(known["body"]), known["version"], known["status"])
    return Remembered(known["key"], known["hash"], reply)


def _instant(value: datetime) -> str:
    return to_timestamp(value)
