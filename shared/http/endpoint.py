"""`@endpoint`: a service method answers one method and path, once all of the request is checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from eventlet.event import Event
from marshmallow import RAISE, Schema
from nameko.extensions import Entrypoint, register_entrypoint
from werkzeug.routing import Rule
from werkzeug.wrappers import Request as WsgiRequest
from werkzeug.wrappers import Response

from shared.auth import ROLES, Caller
from shared.errors import Forbidden, NotFound
from shared.http.answers import Answer, to_response
from shared.http.bodies import LARGEST_BODY, read_json
from shared.http.fields import IDENTIFIER
from shared.http.request import ANONYMOUS, Request, idempotency_of, if_match_of, language_of
from shared.http.server import ApiServer
from shared.http.validation import Nothing, checked_body, checked_query

Method = TypeVar("Method", bound=Callable[..., Answer])
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})


class Endpoint(Entrypoint):
    """One method and path of the API; see `endpoint` for the parameters."""

    server = ApiServer()

    def __init__(
        self,
        method: str,
        path: str,
        *,
        roles: Collection[str] = (),
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        answer: type[Schema] | None = None,
        status: int = 200,
        if_match: bool = False,
        idempotent: bool = False,
        public: bool = False,
        max_body: int = LARGEST_BODY,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        unknown = set(roles) - set(ROLES)
        if unknown:
            raise ValueError(f"{method} {path} asks for roles that there are not: {sorted(unknown)}")
        self.method, self.path, self.status = method, path, status
        self.roles = frozenset(roles)
        self.body, self.query, self.answer = body, query, answer
        self.if_match, self.idempotent, self.public = if_match, idempotent, public
        self.max_body = max_body

    def setup(self) -> None:
        self._body_schema = (self.body or Nothing)(unknown=RAISE)
        self._query_schema = (self.query or Nothing)(unknown=RAISE)
        self._answer_schema = self.answer() if self.answer else None
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.drain()  # answer what has begun, take nothing new, while dependencies still work
        self.server.unregister_provider(self)

    def get_url_rule(self) -> Rule:
        return Rule(self.path, methods=[self.method])

    def handle_request(self, wsgi: WsgiRequest, values: Mapping[str, str]) -> Response:
        """The method's answer. Raises what `problems.as_refusal` turns into a problem document."""
        caller = self._authorised(wsgi)
        wsgi.environ["prasan.caller"] = caller.subject
        if not all(IDENTIFIER.fullmatch(value) for value in values.values()):
            raise NotFound("no-such-path")
        return to_response(
            self._perform(self._checked(wsgi, caller), values), self.status, self._answer_schema
        )

    def _authorised(self, wsgi: WsgiRequest) -> Caller:
        if self.public:
            return ANONYMOUS
        caller = self.server.authenticate(wsgi.headers.get("Authorization", ""))
        if not caller.has_any(self.roles):
            raise Forbidden("role-missing", roles=", ".join(sorted(self.roles)))
        return caller

    def _checked(self, wsgi: WsgiRequest, caller: Caller) -> Request:
        version = if_match_of(wsgi, self.if_match)
        query = checked_query(self._query_schema, wsgi.args)
        raw = {} if self.method in _WITHOUT_BODY else read_json(wsgi, self.max_body)
        return Request(
            caller=caller,
            body=checked_body(self._body_schema, raw),
            query=query,
            if_match=version,
            idempotency=idempotency_of(wsgi, raw, caller) if self.idempotent else None,
            language=language_of(wsgi),
            traceparent=wsgi.environ["prasan.traceparent"],
        )

    def _perform(self, request: Request, values: Mapping[str, str]) -> Answer:
        """Runs the method in a worker of nameko's, and waits for what it returns or raises."""
        done = Event()
        self.container.spawn_worker(self, (request,), values, handle_result=partial(_hand_over, done))
        answer = done.wait()
        if not isinstance(answer, Answer):
            raise TypeError(f"{self.method_name} returned {type(answer).__name__} instead of an Answer")
        return answer


def endpoint(method: str, path: str, **options: Any) -> Callable[[Method], Method]:
    """Makes a service method answer `method path`.

    The method takes `(self, request: Request, **path values)` and returns an `Answer`.

    roles     who may: any of these roles; empty means everybody with a valid token
    body      schema of the JSON body; unknown members are refused; without one, any body is
    query     schema of the query; unknown parameters are refused
    answer    schema that the answer's body passes through, and the OpenAPI document shows
    status    of an answer that does not say its own
    if_match  True requires If-Match (428 without)
    idempotent  True honours Idempotency-Key
    public    True asks for no token
    max_body  bytes, 1 MiB unless told otherwise
    """

    def register(function: Method) -> Method:
        register_entrypoint(function, Endpoint(method, path, **options))
        return function

    return register


def _hand_over(done: Event, worker: object, result: Any, exc_info: Any) -> tuple[Any, Any]:
    done.send(result, exc_info)
    return result, exc_info
