"""The WSGI application: finds the endpoint, answers every error as a problem document, logs one line."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from werkzeug.routing import Map
from werkzeug.wrappers import Request as WsgiRequest
from werkzeug.wrappers import Response

from shared.errors import Refusal, Unavailable
from shared.http.metrics import observe
from shared.http.problems import Unexpected, as_refusal, to_problem
from shared.http.request import language_of

if TYPE_CHECKING:
    from shared.http.server import ApiServer

NO_ROUTE = "-"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger("http")


class Application:
    """Called by eventlet's server, once a request, each in its own greenlet."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._routes = Map(strict_slashes=True, merge_slashes=False)
        for provider in server._providers:
            rule = provider.get_url_rule()
            rule.endpoint = provider
            self._routes.add(rule)
        self._adapter = self._routes.bind("localhost")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started = time.perf_counter()
        request = WsgiRequest(environ, shallow=True)
        response = self._respond(request)
        if self._server.draining:
            environ["prasan.hang_up"]()
        self._observe(request, response, time.perf_counter() - started)
        return response(environ, start_response)

    def _respond(self, request: WsgiRequest) -> Response:
        try:
            refuse_ambiguous_framing(request)
            if self._server.draining:  # on a connection that was kept open
                raise Unavailable("stopping", retry_after=1)
            provider, values = self._adapter.match(request.path, request.method)
            request.environ["prasan.route"] = provider.path
            response: Response = provider.handle_request(request, values)
            return response
        except Exception as error:
            return self._problem(request, error)

    def _problem(self, request: WsgiRequest, error: Exception) -> Response:
        refusal = as_refusal(error, "If-Match" in request.headers)
        if isinstance(refusal, Unexpected):
            _log.error("unexpected", route=request.environ.get("prasan.route", NO_ROUTE), exc_info=error)
        if _has_unread_body(request):
            request.environ["prasan.hang_up"]()
        instance = quote(request.environ.get("RAW_PATH_INFO", request.path), safe="/%:@!$&'()*+,;=~-._")
        return to_problem(refusal, self._server.catalogue, language_of(request), instance)

    def _observe(self, request: WsgiRequest, response: Response, seconds: float) -> None:
        observe(
            request.method if request.method in _METHODS else NO_ROUTE,
            request.environ.get("prasan.route", NO_ROUTE),
            response.status_code,
            seconds,
            request.environ.get("prasan.caller", NO_ROUTE),
            request.headers.get("traceparent", ""),
        )


def refuse_ambiguous_framing(request: WsgiRequest) -> None:
    """Raises Refusal where a proxy and we could disagree about where the request ends (RFC 9112, 6.3)."""
    lengths = [value for name, value in request.environ["headers_raw"] if name.lower() == "content-length"]
    encoding = request.headers.get("Transfer-Encoding")
    if len(lengths) > 1 or not all(value.isascii() and value.isdigit() for value in lengths):
        raise AmbiguousFraming()
    if encoding is not None and (encoding.lower() != "chunked" or lengths):
        raise AmbiguousFraming()


class AmbiguousFraming(Refusal):
    default_code = "ambiguous-length"


def _has_unread_body(request: WsgiRequest) -> bool:
    """Whether bytes of this request may still be on their way, so that the next cannot be told from them."""
    body = request.environ["wsgi.input"]
    chunked = body.chunked_input and body.chunk_length != 0
    return bool(
        chunked or body.position < (body.content_length or 0) or "Transfer-Encoding" in request.headers
    )
