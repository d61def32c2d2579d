"""Retries get the first answer, and creations the same id."""

from __future__ import annotations

import pytest

from shared.errors import IdempotencyMismatch
from shared.http.answers import Answer
from shared.http.fields import IDENTIFIER
from shared.http.idempotency import derived_id, record, remembered
from shared.http.pagination import PageQuery, page
from shared.http.request import IdempotencyKey

KEY = IdempotencyKey("k1", "hash-1", "somchai")
ANSWER = Answer({"id": "1", "title": "ก"}, status=201, version=4)


def test_a_retry_gets_the_first_answer() -> None:
    """Status, body and version, as they were then."""
    document = {"_id": "1", "version": 9, "requests": [record(KEY, ANSWER)]}

    assert remembered(document, KEY) == ANSWER


def test_another_request_under_the_same_key_is_refused() -> None:
    """The caller has mixed something up; nothing is done."""
    document = {"requests": [record(KEY, ANSWER)]}

    with pytest.raises(IdempotencyMismatch):
        remembered(document, IdempotencyKey("k1", "hash-2", "somchai"))


@pytest.mark.parametrize(
    "other", [None, IdempotencyKey("k2", "hash-1", "somchai"), IdempotencyKey("k1", "hash-1", "malee")]
)
def test_another_key_or_another_caller_is_another_request(other: IdempotencyKey | None) -> None:
    """Two callers may count from 1 each."""
    assert remembered({"requests": [record(KEY, ANSWER)]}, other) is None
    assert remembered({}, other) is None


def test_a_creation_has_the_same_id_at_every_retry() -> None:
    """A ULID's text that depends on caller and key alone."""
    assert derived_id("somchai", "k1") == derived_id("somchai", "k1")
    assert len({derived_id("somchai", "k1"), derived_id("malee", "k1"), derived_id("somchai", "k2")}) == 3
    assert IDENTIFIER.fullmatch(derived_id("สมชาย", "k 1"))
    assert len(derived_id("a", "b")) == 26


def test_a_page_knows_whether_there_is_a_next_one() -> None:
    """One item more than asked for is looked up, and never shown."""
    items = [{"id": str(number)} for number in range(4)]

    assert page(items, 3) == {"items": items[:3], "next": "2"}
    assert page(items[:3], 3) == {"items": items[:3], "next": None}
    assert page([], 3) == {"items": [], "next": None}
    assert page(items, 1, lambda item: f"x{item['id']}")["next"] == "x0"


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"after": "$gt"}, {"page": "2"}]
)
def test_a_page_is_asked_for_in_one_way(query: dict[str, str]) -> None:
    """At most 200 at once; an unknown parameter is refused rather than ignored."""
    assert PageQuery().validate(query) != {}
    assert PageQuery().load({}) == {"after": None, "limit": 50}
