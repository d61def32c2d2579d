"""Events that were ever published can be read for ever: their names, envelopes and payloads are frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from services.partners.domain.relevance import has_audience
from shared.contracts.envelope import Event, event_from_dict
from shared.contracts.registry import EVENT_TYPES, read_event
from shared.messaging.reconciler import WITH_AUDIENCE
from shared.messaging.topology import QUEUES, SERVICES, queues_hearing
from tests.contract.samples import golden

SAMPLES = golden()


def test_every_type_has_a_golden_sample() -> None:
    """A new type brings its own; a type that disappears breaks whoever still holds its events."""
    assert set(SAMPLES) == set(EVENT_TYPES)


@pytest.mark.parametrize("event_type", SAMPLES)
def test_a_golden_sample_is_read_and_written_as_it_is(event_type: str) -> None:
    """What was written then is understood now, and would be written the same."""
    event = read_event(json.dumps(SAMPLES[event_type]).encode())
    assert event.type == event_type
    assert event.to_dict() == SAMPLES[event_type]


@pytest.mark.parametrize("event_type", SAMPLES)
def test_a_golden_sample_shows_every_field(event_type: str) -> None:
    """So that renaming or dropping one breaks this test, at any depth."""
    missing = list(fields_not_shown(EVENT_TYPES[event_type](), SAMPLES[event_type]["data"], ""))
    assert missing == []


def fields_not_shown(schema: Schema, sample: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path}{name} is unknown to the schema" for name in sample.keys() - schema.fields.keys())
    for name, field in schema.fields.items():
        if name not in sample:
            yield f"{path}{name}"
        else:
            yield from nested_not_shown(field, sample[name], f"{path}{name}.")


def nested_not_shown(field: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(field, fields.List):
        for item in value:
            yield from nested_not_shown(field.inner, item, path)
    elif isinstance(field, fields.Nested) and value is not None:
        yield from fields_not_shown(field.schema, value, path)


@pytest.mark.parametrize("event_type", SAMPLES)
def test_consumers_ignore_what_they_do_not_know(event_type: str) -> None:
    """A newer producer may say more."""
    sample = SAMPLES[event_type]
    newer = {**sample, "dataschema": "x", "data": {**sample["data"], "added_later": {"th": "ใหม่"}}}
    assert read_event(json.dumps(newer).encode()).extensions == {"dataschema": "x"}


def test_the_type_says_who_published_it() -> None:
    """`{service}.{subject}.{what happened}.v{n}`, and `source` agrees."""
    for event_type, sample in SAMPLES.items():
        service, _, happened, version = event_type.split(".")
        assert service in SERVICES
        assert sample["source"] == f"prasan/{service}"
        assert happened.replace("_", "").isalpha()
        assert version.removeprefix("v").isdigit()


def test_every_published_type_is_bound_to_a_queue() -> None:
    """Nothing is said that nobody hears, and no queue waits for what nobody says."""
    heard = {event_type: queues_hearing(event_type) for event_type in EVENT_TYPES}
    assert [event_type for event_type, queues in heard.items() if not queues] == []
    assert {queue for queues in heard.values() for queue in queues} == set(QUEUES)


def test_no_golden_sample_carries_an_address() -> None:
    """Events never do."""
    assert "@" not in json.dumps(SAMPLES)


def test_one_content_has_one_fingerprint_whatever_the_order_of_its_keys() -> None:
    """Stored and read again, an event is still itself; with another content it is not."""
    sample = SAMPLES["projects.milestone.reached.v1"]
    event = event_from_dict(sample)
    turned = event_from_dict({**sample, "data": dict(reversed(sample["data"].items()))})
    assert turned.fingerprint == event.fingerprint
    assert changed(event, hold_seconds=1).fingerprint != event.fingerprint


def changed(event: Event, **data: Any) -> Event:
    return event_from_dict({**event.to_dict(), "data": {**event.data, **data}})


def test_the_reconciler_expects_audiences_of_exactly_the_events_that_get_one() -> None:
    """Shared code may not read the partners' table; this compares the two."""
    assert set(WITH_AUDIENCE) == {t for t in EVENT_TYPES if has_audience(t, historic=False)}
