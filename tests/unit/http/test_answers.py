"""Answers and problems as they go out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import Schema, fields
from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError
from werkzeug.exceptions import MethodNotAllowed, NotFound

from shared.errors import Conflict, DependencyDown, FieldError, Invalid, Unavailable, VersionConflict
from shared.http.answers import Answer, to_json, to_response
from shared.http.problems import as_refusal, to_problem
from shared.i18n import SHARED_LOCALE, Catalogue

CATALOGUE = Catalogue(SHARED_LOCALE)


class Named(Schema):
    name = fields.String()


def problem(error: Exception, language: str = "th", if_match: bool = False) -> tuple[Any, dict[str, Any]]:
    response = to_problem(as_refusal(error, if_match), CATALOGUE, language, "/v1/x")
    return response, json.loads(response.get_data())


def test_a_body_passes_through_its_schema() -> None:
    """What the schema does not name stays inside."""
    response = to_response(Answer({"name": "ก", "secret": 1}), 200, Named())

    assert response.get_data(as_text=True) == '{"name":"ก"}'
    assert response.content_type == "application/json"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer({}), 201),
        (Answer({}, status=202), 202),
        (Answer(), 204),
        (Answer([]), 201),
        (Answer("", status=200), 200),
    ],
)
def test_the_status_is_the_answers_or_the_endpoints(answer: Answer, status: int) -> None:
    """A body of None with no status of its own is 204."""
    assert to_response(answer, 201, None).status_code == status


def test_a_version_is_a_strong_etag() -> None:
    """The very text that If-Match takes."""
    assert to_response(Answer({}, version=3), 200, None).headers["ETag"] == '"3"'


def test_a_header_with_a_line_break_is_an_error_of_ours() -> None:
    """Nothing that a caller typed can add a header to the answer."""
    with pytest.raises(ValueError, match="newline"):
        to_response(Answer({}, headers={"Location": "/v1/x\r\nSet-Cookie: a=b"}), 201, None)


def test_json_has_one_form_for_times_and_sets() -> None:
    """Instants in UTC with milliseconds, days as days, sets in order; NaN is never written."""
    value = {"at": datetime(2026, 11, 22, 3, tzinfo=UTC), "on": date(2026, 11, 22), "areas": {"5102", "5101"}}

    assert to_json(value) == b'{"at":"2026-11-22T03:00:00.000Z","on":"2026-11-22","areas":["5101","5102"]}'
    with pytest.raises(ValueError, match="Out of range"):
        to_json(float("nan"))
    with pytest.raises(TypeError, match="object"):
        to_json(object())


def test_a_problem_says_what_happened_in_both_languages() -> None:
    """RFC 9457, with the language named."""
    for language, title in (("th", "ข้อมูลบางช่องไม่ถูกต้อง"), ("en", "Some fields are wrong")):
        response, document = problem(Invalid(errors=[FieldError("/due", "too-long", {"max": 5})]), language)

        assert response.content_type == "application/problem+json"
        assert response.headers["Content-Language"] == language
        assert document["type"] == "urn:prasan:problem:invalid"
        assert (document["title"], document["status"], document["instance"]) == (title, 422, "/v1/x")
        assert document["errors"][0]["field"] == "/due"
        assert "5" in document["errors"][0]["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (VersionConflict(), 409, "changed-meanwhile"),
        (NotFound(), 404, "no-such-path"),
        (MethodNotAllowed(valid_methods=["GET", "HEAD"]), 405, "method-not-allowed"),
        (DependencyDown("broker", "amqp://u:p@h"), 503, "unavailable"),
        (AutoReconnect("database:27017: connection closed"), 503, "unavailable"),
        (ServerSelectionTimeoutError("database:27017"), 503, "unavailable"),
        (KeyError("somchai@example.org"), 500, "unexpected"),
        (RecursionError(), 500, "unexpected"),
        (Conflict("nobody-wrote-words-for-this"), 409, "nobody-wrote-words-for-this"),
    ],
)
def test_any_error_becomes_a_problem_without_our_insides(error: Exception, status: int, code: str) -> None:
    """No address, no host, no password, no traceback leaves the house."""
    response, document = problem(error)

    assert (response.status_code, document["status"]) == (status, status)
    assert document["type"] == f"urn:prasan:problem:{code}"
    assert document["detail"] and "problem." not in document["detail"]
    for inside in ("somchai", "27017", "u:p@h", "Traceback", "Error"):
        assert inside not in response.get_data(as_text=True)


def test_a_stale_version_is_the_callers_when_they_named_it() -> None:
    """412 to who sent If-Match, 409 to who did not."""
    assert as_refusal(VersionConflict(), had_if_match=True).status == 412
    assert as_refusal(VersionConflict(), had_if_match=False).status == 409


def test_problems_carry_the_headers_of_their_status() -> None:
    """Allow, Retry-After and WWW-Authenticate, where HTTP asks for them."""
    assert problem(MethodNotAllowed(valid_methods=["HEAD", "GET"]))[0].headers["Allow"] == "GET, HEAD"
    assert problem(DependencyDown("database"))[0].headers["Retry-After"] == "5"
    assert problem(Unavailable("stopping", retry_after=60))[0].headers["Retry-After"] == "60"


def test_what_is_down_is_named_in_the_callers_words() -> None:
    """`database` is ฐานข้อมูล to a Thai reader."""
    assert "ฐานข้อมูล" in problem(DependencyDown("database"))[1]["detail"]
    assert "the message broker" in problem(DependencyDown("broker"), "en")[1]["detail"]
