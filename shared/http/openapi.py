"""The OpenAPI 3.1 document of a service, from the very schemas that validate its requests."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from shared.http.fields import Instant, PlainDate

if TYPE_CHECKING:
    from shared.http.endpoint import Endpoint

_PATH_VALUE = re.compile(r"<(?:\w+:)?(\w+)>")


class FieldProblem(Schema):
    field = fields.String(required=True, metadata={"description": "JSON pointer, or ?name in the query"})
    code = fields.String(required=True)
    message = fields.String(required=True)


class Problem(Schema):
    """RFC 9457"""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblem))


def openapi(title: str, version: str, endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The document that describes these endpoints."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    spec = APISpec(title=title, version=version, openapi_version="3.1.0", plugins=[plugin])
    plugin.converter.field_mapping[PlainDate] = ("string", "date")  # type: ignore[union-attr]  # set by APISpec
    plugin.converter.field_mapping[Instant] = ("string", "date-time")  # type: ignore[union-attr]  # the same
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for each in sorted(endpoints, key=lambda endpoint: (endpoint.path, endpoint.method)):
        spec.path(_PATH_VALUE.sub(r"{\1}", each.path), operations={each.method.lower(): _operation(each)})
    return spec.to_dict()


def _operation(each: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": each.method_name,
        "summary": _summary(each),
        "parameters": _parameters(each),
        "responses": _responses(each),
        "security": [] if each.public else [{"token": []}],
    }
    if each.roles:
        operation["x-roles"] = sorted(each.roles)
    if each.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": each.body}}}
    return operation


def _summary(each: Endpoint) -> str:
    method = getattr(each.container.service_cls, each.method_name)
    return (inspect.getdoc(method) or each.method_name.replace("_", " ")).splitlines()[0]


def _parameters(each: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        for name in _PATH_VALUE.findall(each.path)
    ]
    if each.query:
        parameters.append({"in": "query", "schema": each.query})
    if each.if_match:
        parameters.append(_header("If-Match", "the ETag of the version you have seen", required=True))
    if each.idempotent:
        parameters.append(_header("Idempotency-Key", "a retry with the same key gets the first answer"))
    return parameters


def _header(name: str, description: str, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"in": "header", "name": name, "description": description, "required": required, "schema": schema}


def _responses(each: Endpoint) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": "done"}
    if each.answer:
        answered["content"] = {"application/json": {"schema": each.answer}}
    if each.if_match:
        answered["headers"] = {"ETag": {"description": "the new version", "schema": {"type": "string"}}}
    return {str(each.status): answered, **{status: _problem(text) for status, text in _refusals(each)}}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": Problem}}}


def _refusals(each: Endpoint) -> Iterable[tuple[str, str]]:
    """Which problems an endpoint can answer with, by what it declares."""
    changes = each.method not in ("GET", "DELETE")
    table = (
        (not each.public, "401", "no valid token"),
        (bool(each.roles), "403", "the caller's roles do not allow it"),
        ("<" in each.path, "404", "there is none of that id"),
        (changes, "409", "the state does not allow it"),
        (each.if_match, "412", "somebody changed it since"),
        (changes, "413", "the body is too large"),
        (changes, "415", "the body is not JSON in UTF-8"),
        (bool(each.body or each.query or each.idempotent), "422", "fields are wrong, each named"),
        (each.if_match, "428", "If-Match is missing"),
        (not each.public, "503", "a dependency is down; try again"),
        (True, "default", "any other problem"),
    )
    return [(status, text) for applies, status, text in table if applies]


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    """The class's name without `Schema`."""
    if isinstance(schema, str):
        return schema.removesuffix("Schema")
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema") or kind.__name__
