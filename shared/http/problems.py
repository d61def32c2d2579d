"""Errors as problem documents (RFC 9457), in the caller's language, without a word about our insides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shared.errors import (
    Conflict,
    DependencyDown,
    FieldError,
    NotFound,
    PreconditionFailed,
    Refusal,
    Unavailable,
    VersionConflict,
)
from shared.http.answers import COMMON_HEADERS, to_json
from shared.i18n import Catalogue
from shared.mongo import DATABASE_DOWN

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER = 5  # seconds; dependencies are asked again at about this pace
_LONGEST_INSTANCE = 500


class MethodNotAllowed(Refusal):
    status, default_code = 405, "method-not-allowed"


class Unexpected(Refusal):
    """Our own fault; the log has the rest."""

    status, default_code = 500, "unexpected"


def as_refusal(error: BaseException, had_if_match: bool = False) -> Refusal:
    """Any error as one that can be answered; what nobody expected becomes `unexpected` and says nothing."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, DependencyDown):
        return Unavailable(dependency=error.dependency)
    if isinstance(error, DATABASE_DOWN):
        return Unavailable(dependency="database")
    if isinstance(error, VersionConflict):
        return PreconditionFailed() if had_if_match else Conflict("changed-meanwhile")
    if isinstance(error, HTTPException):
        return _from_werkzeug(error)
    return Unexpected()


def _from_werkzeug(error: HTTPException) -> Refusal:
    if error.code == 405:
        return MethodNotAllowed(allowed=", ".join(sorted(getattr(error, "valid_methods", None) or ())))
    if error.code == 404:
        return NotFound("no-such-path")
    return Refusal()


def to_problem(refusal: Refusal, catalogue: Catalogue, language: str, instance: str) -> Response:
    """The document, with the headers that its status asks for."""
    document: dict[str, Any] = {
        "type": f"urn:prasan:problem:{refusal.code}",
        "title": _text(catalogue, language, refusal, "title"),
        "status": refusal.status,
        "detail": _text(catalogue, language, refusal, "detail"),
        "instance": instance[:_LONGEST_INSTANCE],
    }
    if refusal.errors:
        document["errors"] = [_field(error, catalogue, language) for error in refusal.errors]
    headers = {**COMMON_HEADERS, "Content-Language": language, **_headers_for(refusal)}
    return Response(to_json(document), refusal.status, headers, content_type=PROBLEM_TYPE)


def _text(catalogue: Catalogue, language: str, refusal: Refusal, part: str) -> str:
    """By the code; a code that no catalogue knows falls back to what its kind says."""
    for code in (refusal.code, refusal.default_code):
        key = f"problem.{code}.{part}"
        if catalogue.has(key):
            return catalogue.text(language, key, **_named(refusal.params, catalogue, language))
    return catalogue.text(language, f"problem.bad-request.{part}")


def _named(params: Mapping[str, Any], catalogue: Catalogue, language: str) -> dict[str, Any]:
    """A value that the catalogue has a word for, as `dependency.database`, is said in that word."""
    keys = {name: f"{name}.{value}" for name, value in params.items()}
    return {
        name: catalogue.text(language, keys[name]) if catalogue.has(keys[name]) else value
        for name, value in params.items()
    }


def _field(error: FieldError, catalogue: Catalogue, language: str) -> dict[str, Any]:
    key = f"field.{error.code}" if catalogue.has(f"field.{error.code}") else "field.wrong-value"
    message = catalogue.text(language, key, **(error.params or {}))
    return {"field": error.field, "code": error.code, "message": message}


def _headers_for(refusal: Refusal) -> Mapping[str, str]:
    if refusal.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if refusal.status == 405:
        return {"Allow": str(refusal.params.get("allowed", ""))}
    if refusal.status == 503:
        return {"Retry-After": str(refusal.params.get("retry_after", RETRY_AFTER))}
    return {}
