"""Lists in pages: `?after=&limit=` in, `{"items": […], "next": cursor or null}` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from shared.http.fields import Identifier

LARGEST_PAGE = 200
USUAL_PAGE = 50


class PageQuery(Schema):
    """The two parameters of every list; a list's own query schema inherits from this."""

    after = Identifier(load_default=None, metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(
        load_default=USUAL_PAGE,
        validate=validate.Range(min=1, max=LARGEST_PAGE),
        metadata={"description": "how many items at most"},
    )


@cache
def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a page of such items."""
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(required=True, allow_none=True),
    }
    return Schema.from_dict(members, name=f"{item.__name__.removesuffix('Schema')}Page")


def page(found: Sequence[Any], limit: int, cursor: Callable[[Any], str] | str = "id") -> dict[str, Any]:
    """A page out of up to `limit + 1` found items: the one too many only says that there is a next page.

    `cursor` is the member that orders the list, or a function that reads it from an item.
    """
    items = list(found[:limit])
    more = len(found) > limit
    read = cursor if callable(cursor) else lambda item: str(item[cursor])
    return {"items": items, "next": read(items[-1]) if more and items else None}
