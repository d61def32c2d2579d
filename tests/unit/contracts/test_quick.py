"""The quick check is never more lenient than marshmallow, and knows every event of ours."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.quick import quick_check
from shared.contracts.registry import EVENT_TYPES
from tests.contract.samples import golden

SAMPLES = golden()
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "51",
            "th",
            "2026-11-23",
            "2569-13-40",
            "2026-02-30T00:00:00Z",
            "1",
            "true",
            "5101\n",
            "x" * 4001,
        ]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything within a sample."""
    if isinstance(part, dict):
        inner = part.items()
    elif isinstance(part, list):
        inner = enumerate(part)  # type: ignore[assignment]  # an index is a key as well here
    else:
        return [path]
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


def spoil(data: Any, path: tuple[Any, ...], value: Any, remove: bool) -> Any:
    """A copy in which the place at `path` is another value, or gone."""
    if not path:
        return value
    spoiled = copy.deepcopy(data)
    target = spoiled
    for step in path[:-1]:
        target = target[step]
    if remove:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return spoiled


@pytest.mark.parametrize("event_type", SAMPLES)
def test_golden_samples_are_known_quickly(event_type: str) -> None:
    """Every field and validator that an event uses is in the tables."""
    assert quick_check(EVENT_TYPES[event_type]())(SAMPLES[event_type]["data"])


@settings(max_examples=400)
@given(st.data())
def test_what_is_accepted_quickly_is_accepted_by_marshmallow(data: st.DataObject) -> None:
    """Whatever stands wherever in an event, or is missing there."""
    event_type = data.draw(st.sampled_from(sorted(SAMPLES)))
    sample = SAMPLES[event_type]["data"]
    path = data.draw(st.sampled_from(places(sample)))
    spoiled = spoil(sample, path, data.draw(STRANGE), remove=data.draw(st.booleans()))
    schema = EVENT_TYPES[event_type]()
    if quick_check(schema)(spoiled):
        assert schema.validate(spoiled) == {}


class Part(Schema):
    class Meta:
        unknown = EXCLUDE

    x = fields.Integer(required=True)


class Hooked(Part):
    @validates_schema
    def refuse(self, data: Any, **_: Any) -> None:
        raise ValidationError("no")


UNKNOWN_TO_IT = {
    "a field of another kind": {"x": fields.Email()},
    "a validator of another kind": {"x": fields.String(validate=validate.URL())},
    "a function as validator": {"x": fields.String(validate=lambda value: None)},
    "a date in another format": {"x": fields.Date(format="%d/%m/%Y")},
    "another key": {"x": fields.String(data_key="y")},
    "many": {"x": fields.Nested(Part, many=True)},
    "nested, unknown refused": {"x": fields.Nested(Part, unknown=RAISE)},
    "nested, with a hook": {"x": fields.Nested(Hooked)},
}
DATA: list[dict[str, Any]] = [{"x": "a"}, {"x": "2026-11-23"}, {"x": [{"x": 1}]}, {"x": {"x": 1}}, {"y": "a"}]


@pytest.mark.parametrize("what", UNKNOWN_TO_IT)
def test_what_it_does_not_know_is_left_to_marshmallow(what: str) -> None:
    """It is never sure of those."""
    schema = Schema.from_dict(UNKNOWN_TO_IT[what])(unknown=EXCLUDE)
    assert not any(quick_check(schema)(data) for data in DATA if "x" in data)


def test_a_schema_that_refuses_unknown_fields_is_left_to_marshmallow() -> None:
    """Only contracts that ignore what they do not know are checked quickly."""
    assert not quick_check(Part(unknown=RAISE))({"x": 1})
    assert not quick_check(Hooked())({"x": 1})
    assert quick_check(Part())({"x": 1, "y": 2})
