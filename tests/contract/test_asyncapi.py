"""The AsyncAPI document is valid, describes the events that exist, and is the one that is committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from shared.contracts.asyncapi.catalogue import catalogue
from shared.contracts.asyncapi.document import document
from shared.contracts.asyncapi.summaries import SUMMARIES
from shared.contracts.registry import EVENT_TYPES
from shared.messaging.topology import QUEUES
from tests.contract.samples import HERE, golden

DOCS = Path(__file__).parents[2] / "docs" / "events"
DOCUMENT = document()
SAMPLES = golden()


def payload_validator(event_type: str) -> Draft7Validator:
    payload = {"$ref": f"#/components/messages/{event_type}/payload"}
    return Draft7Validator({**payload, "components": DOCUMENT["components"]})


def test_the_document_is_asyncapi_3() -> None:
    """By the AsyncAPI Initiative's own JSON Schema, see NOTICE."""
    schema = json.loads((HERE / "asyncapi-3.0.0.schema.json").read_text(encoding="utf-8"))
    errors = [
        f"{'/'.join(map(str, e.path))}: {e.message}"[:300]
        for e in Draft7Validator(schema).iter_errors(DOCUMENT)
    ]
    assert errors == []


def test_every_type_and_every_queue_is_described() -> None:
    """One message a type, one sentence each, one channel a queue."""
    assert set(DOCUMENT["components"]["messages"]) == set(EVENT_TYPES) == set(SUMMARIES)
    assert {queue.name for queue in QUEUES} < set(DOCUMENT["channels"])


def test_every_reference_leads_somewhere() -> None:
    """Within the document."""
    for reference in references(DOCUMENT):
        found = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for item in part for found in references(item)] if isinstance(part, list) else []


@pytest.mark.parametrize("event_type", SAMPLES)
def test_golden_samples_are_what_the_document_describes(event_type: str) -> None:
    """An integrator who validates by the document accepts what Prasan sends."""
    assert list(payload_validator(event_type).iter_errors(SAMPLES[event_type])) == []


@pytest.mark.parametrize("event_type", SAMPLES)
def test_the_document_refuses_what_is_none_of_its_events(event_type: str) -> None:
    """Without data, with another type, or without a required field."""
    sample, validator = SAMPLES[event_type], payload_validator(event_type)
    required = EVENT_TYPES[event_type]().fields
    name = next(name for name, field in required.items() if field.required)
    spoiled = {key: value for key, value in sample["data"].items() if key != name}
    for wrong in ({**sample, "data": 1}, {**sample, "type": "other.x.y.v1"}, {**sample, "data": spoiled}):
        assert not validator.is_valid(wrong)


def test_the_committed_document_and_catalogue_are_current() -> None:
    """If this fails: python -m shared.contracts.asyncapi"""
    assert json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8")) == DOCUMENT
    assert (DOCS / "README.md").read_text(encoding="utf-8") == catalogue()


def test_the_document_is_the_same_every_time() -> None:
    """Key for key, so that a diff of it is a change of contract."""
    assert json.dumps(document()) == json.dumps(DOCUMENT)
