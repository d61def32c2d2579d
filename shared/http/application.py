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

from shared.errors import Unavailable
from shared.http.framing import leaves_much_unread, refuse_ambiguous
from shared.http.metrics import observe
from shared.http.problems import Unexpected, as_refusal, to_problem
from shared.http.request import language_of, traceparent_of

if TYPE_CHECKING:
    from shared.http.server import ApiServer

NO_ROUTE = "-"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger("http")


class Application:
    """Called by eventlet's server, once a request, each connection in its own greenlet."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        routes = Map(strict_slashes=True, merge_slashes=False)
        for provider in server.endpoints():
            rule = provider.get_url_rule()
            rule.endpoint = provider
            routes.add(rule)
        self._routes = routes.bind("localhost")  # the Host header decides nothing here

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started = time.perf_counter()
        request = WsgiRequest(environ, shallow=True)
        environ["prasan.traceparent"] = traceparent_of(environ.get("HTTP_TRACEPARENT", ""))
        response = self._respond(request)
        if self._server.draining or leaves_much_unread(environ):
            environ["prasan.hang_up"]()
        self._observe(request, response, time.perf_counter() - started)
        return response(environ, start_response)

    def _respond(self, request: WsgiRequest) -> Response:
        try:
            refuse_ambiguous(request.environ)
            if self._server.draining:  # on a connection that was kept open
                raise Unavailable("stopping", retry_after=1)
            provider, values = self._routes.match(request.path, request.method)
            request.environ["prasan.route"] = provider.path
            response: Response = provider.handle_request(request, values)
            return response
        except Exception as error:
            return self._problem(request, error)

    def _problem(self, request: WsgiRequest, error: Exception) -> Response:
        refusal = as_refusal(error, "If-Match" in request.headers)
        if isinstance(refusal, Unexpected):
            route = request.environ.get("prasan.route", NO_ROUTE)
            _log.error("unexpected", route=route, trace=_trace(request), exc_info=error)
        instance = quote(
            request.environ.get("RAW_PATH_INFO", ""), safe="/%:@!$&'()*+,;=~-._", encoding="latin1"
        )
        return to_problem(refusal, self._server.catalogue, language_of(request), instance)

    def _observe(self, request: WsgiRequest, response: Response, seconds: float) -> None:
        observe(
            request.method if request.method in _METHODS else NO_ROUTE,
            request.environ.get("prasan.route", NO_ROUTE),
            response.status_code,
            seconds,
            request.environ.get("prasan.caller", NO_ROUTE),
            _trace(request),
        )


def _trace(request: WsgiRequest) -> str:
    """The trace id within the W3C trace context, to find an event's request again."""
    traceparent: str = request.environ["prasan.traceparent"]
    return traceparent.split("-")[1]
