"""What headers say: versions, keys, languages, traces."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WsgiRequest

from shared.auth import Caller
from shared.errors import PreconditionRequired, Refusal
from shared.http.request import (
    idempotency_of,
    if_match_of,
    language_of,
    request_hash,
    traceparent_of,
)

CALLER = Caller("somchai", frozenset({"coordinator"}))


def request(**headers: str) -> WsgiRequest:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return WsgiRequest(EnvironBuilder(method="POST", path="/v1/notes", headers=named).get_environ())


@pytest.mark.parametrize(
    ("header", "version"), [('"3"', 3), ('W/"3"', 3), (' "0" ', 0), ('"123456789012"', 123456789012)]
)
def test_if_match_names_the_version_that_was_seen(header: str, version: int) -> None:
    """Strong or weak: proxies that compress make a strong one weak."""
    assert if_match_of(request(If_Match=header), required=True) == version


@pytest.mark.parametrize(
    "header",
    ["*", "3", '"a"', '"3", "4"', '""', '"-1"', '"3', 'w/"3"', '"1234567890123456"', '"๓"', "", '"3"x'],
)
def test_what_is_no_version_of_ours_is_refused(header: str) -> None:
    """`*` would overwrite what nobody has looked at; a list would leave open which one."""
    with pytest.raises(Refusal) as refused:
        if_match_of(request(If_Match=header), required=True)

    assert (refused.value.status, refused.value.code) == (400, "if-match-unreadable")


def test_if_match_is_missed_only_where_it_is_required() -> None:
    """428 tells the caller to look first."""
    assert if_match_of(request(), required=False) is None
    with pytest.raises(PreconditionRequired):
        if_match_of(request(), required=True)


@pytest.mark.parametrize("key", ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", '"q"', "with blank", "x" * 255])
def test_an_idempotency_key_is_printable_ascii(key: str) -> None:
    """Whatever clients make of it, up to 255 characters."""
    found = idempotency_of(request(Idempotency_Key=key), {}, CALLER)

    assert found is not None
    assert (found.key, found.subject) == (key, "somchai")


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "กุญแจ", "a\tb", "\x7f"])
def test_another_idempotency_key_is_refused(key: str) -> None:
    """Before anything has been done."""
    environ = EnvironBuilder(method="POST", path="/").get_environ()
    environ["HTTP_IDEMPOTENCY_KEY"] = key

    with pytest.raises(Refusal) as refused:
        idempotency_of(WsgiRequest(environ), {}, CALLER)

    assert refused.value.code == "idempotency-key-unreadable"


def test_a_request_without_a_key_promises_nothing() -> None:
    """The header is optional."""
    assert idempotency_of(request(), {}, CALLER) is None


def test_the_hash_covers_method_path_and_body() -> None:
    """The order of members does not make another request; anything else does."""
    same = request_hash("POST", "/v1/notes", {"a": 1, "b": "ก"})

    assert request_hash("POST", "/v1/notes", {"b": "ก", "a": 1}) == same
    assert request_hash("POST", "/v1/notes", {"a": 1, "b": "ข"}) != same
    assert request_hash("POST", "/v1/notes/1", {"a": 1, "b": "ก"}) != same
    assert request_hash("PUT", "/v1/notes", {"a": 1, "b": "ก"}) != same
    assert request_hash("POST", "/v1/notes", {"a": "1", "b": "ก"}) != same


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "th"),
        ("th", "th"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("th-TH,th;q=0.9,en;q=0.8", "th"),
        ("en;q=0.1,th;q=0.9", "th"),
        ("fr,en;q=0.5", "en"),
        ("en-GB, th;q=0.5", "en"),
        ("en-US,th", "en"),
        ("th,en-US", "th"),
        ("th-TH ; q=0.3 , en-GB ; q=0.4", "en"),
        ("fr", "th"),
        ("*", "th"),
        ("en;q=0", "th"),
        ("EN", "en"),
        (";;;,,=", "th"),
        ("en;q=abc", "th"),
        ("x" * 5000, "th"),
    ],
)
def test_the_answer_is_in_the_callers_language(header: str, language: str) -> None:
    """Thai unless English is preferred; nonsense is no reason to refuse anybody."""
    assert language_of(request(Accept_Language=header)) == language


def test_a_trace_is_continued_or_begun() -> None:
    """W3C trace context; what cannot be read is replaced, not repeated into our logs."""
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert traceparent_of(given) == given
    for broken in ("", "00-x", given.upper(), given + "\r\nX: 1", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"):
        begun = traceparent_of(broken)
        assert begun != broken
        assert traceparent_of(begun) == begun
