"""Between dataclasses and plain values (dicts, lists, ISO dates), by the types of their fields.

One place instead of a pair of functions for every class: what is stored, answered and read from a
request all have the shape of the domain.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Shape = TypeVar("Shape")
Reading = Callable[[Any], Any]


def to_plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, days as text; instants stay instants."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def from_plain(shape: type[Shape], value: Mapping[str, Any]) -> Shape:
    """The dataclass that `to_plain` wrote. Unknown members are ignored; those that may be None or have a
    default may be missing. Raises TypeError for any other that is."""
    made: Shape = _reading_of(shape)(value)
    return made


def _reading_of(hint: Any) -> Reading:
    reading: Reading = _reading(hint)
    return reading


@cache
def _reading(hint: Any) -> Reading:
    """How to read a value of this type. Types are few, so each is worked out once."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return _optional(inner)
    if origin is tuple:
        return _items(arguments[0])
    if isinstance(hint, type) and is_dataclass(hint):
        return _members(hint)
    return _SCALARS.get(hint, _as_it_is)


def _optional(inner: Any) -> Reading:
    return lambda value: None if value is None else _reading_of(inner)(value)


def _items(inner: Any) -> Reading:
    return lambda values: tuple(map(_reading_of(inner), values))


def _members(shape: Any) -> Reading:
    hints = get_type_hints(shape)
    names = tuple(field.name for field in fields(shape))
    absent = {name: None for name in names if _may_be_none(hints[name]) and not _has_default(shape, name)}

    def read(value: Any) -> Any:
        if isinstance(value, shape):
            return value
        known = {name: _reading_of(hints[name])(value[name]) for name in names if name in value}
        return shape(**{**absent, **known})

    return read


def _may_be_none(hint: Any) -> bool:
    return type(None) in get_args(hint)


def _has_default(shape: Any, name: str) -> bool:
    return hasattr(shape, name)  # a dataclass keeps a field's default as an attribute of the class


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _as_it_is(value: Any) -> Any:
    return value


_SCALARS: Mapping[Any, Reading] = {date: _day, float: float}
