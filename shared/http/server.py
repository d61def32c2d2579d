"""The HTTP server of a service: nameko's, with problem documents, bounded clients and a graceful end."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import eventlet
import structlog
from eventlet import wsgi
from nameko.web.server import WebServer

from shared.auth import Caller, verify_token
from shared.clock import Clock, SystemClock
from shared.errors import Misconfigured, Unauthorised
from shared.http import connections
from shared.http.application import Application
from shared.http.revocations import RevocationList
from shared.i18n import SHARED_LOCALE, Catalogue
from shared.messaging.health import Probe, probes
from shared.mongo import Mongo, database_errors

BACKLOG = 512  # connections that wait to be accepted
DRAIN_SECONDS = 20.0  # how long requests that have begun may take when the service stops

_log = structlog.get_logger("http")


class ApiServer(WebServer):
    """One a process, shared by all of its endpoints.

    Reads `WEB_SERVER_ADDRESS`, `PRASAN_SECRET_KEY` and `PREVIOUS_TOKEN_SECRETS` from the container's
    configuration, and `catalogues`, a sequence of locale directories, from the service class.
    """

    mongo = Mongo()

    def __init__(self) -> None:
        super().__init__()
        self._sock: Any = None
        self.clock: Clock = SystemClock()
        self.draining = False
        self.description: dict[str, Any] | None = None  # the OpenAPI document

    def setup(self) -> None:
        directories: Iterable[Path] = getattr(self.container.service_cls, "catalogues", ())
        self.catalogue = Catalogue(SHARED_LOCALE, *directories)
        self.revocations = RevocationList(self._revoked, self.clock)
        # what /readyz asks; made once, since probes remember their answers for a while
        self.probes: Mapping[str, Probe] = {"database": self.mongo.ping, **probes(self.container)}
        self._secret: str = self.container.config["PRASAN_SECRET_KEY"]
        self._previous: Sequence[str] = self.container.config["PREVIOUS_TOKEN_SECRETS"]
        self._places = eventlet.semaphore.Semaphore(connections.MOST_CONNECTIONS)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: the real port where the configuration says 0."""
        host, port = self._sock.getsockname()[:2]
        return host, port

    def authenticate(self, authorization: str) -> Caller:
        """The caller behind an Authorization header. Raises Unauthorised."""
        scheme, _, token = authorization.partition(" ")
        if not authorization:
            raise Unauthorised("token-missing")
        if scheme.lower() != "bearer":
            raise Unauthorised("token-invalid")
        caller = verify_token(self._secret, token.strip(), self.clock.now(), self._previous)
        self.revocations.check(caller)
        return caller

    def start(self) -> None:
        if self._sock is None:
            # eventlet shares ports between processes unless told not to: two services on one would take turns
            try:
                self._sock = eventlet.listen(self.bind_addr, backlog=BACKLOG, reuse_port=False)
            except OSError as error:
                address = self.container.config["WEB_SERVER_ADDRESS"]
                raise Misconfigured(
                    f"HTTP_ADDRESS {address} cannot be listened on: {error.strerror}"
                ) from error
            self._sock.settimeout(None)
            self._serv = self.get_wsgi_server(self._sock, self.get_wsgi_app())
            self._gt = self.container.spawn_managed_thread(self.run)

    def get_wsgi_app(self) -> Application:
        return Application(self)

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, **_: Any) -> wsgi.Server:
        return wsgi.Server(
            sock,
            sock.getsockname(),
            wsgi_app,
            protocol=connections.Protocol,
            debug=False,
            log_output=False,  # the application writes one structured line a request
            keepalive=connections.SLOWEST_SOCKET,
            socket_timeout=connections.SLOWEST_SOCKET,
        )

    def run(self) -> None:
        """Accepts until stopped; nothing that a client does ends the loop."""
        while not self.draining:
            self._places.acquire()
            try:
                sock, address = self._sock.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                self._places.release()
                _log.warning("cannot accept", error=type(error).__name__, errno=error.errno)
                eventlet.sleep(0.1)  # out of file descriptors, most likely
                continue
            eventlet.spawn(self._serve, sock, address)

    def _serve(self, sock: Any, address: Any) -> None:
        try:
            sock.settimeout(connections.SLOWEST_SOCKET)
            self._serv.process_request([address, sock, wsgi.STATE_IDLE])
        except (OSError, eventlet.Timeout):
            sock.close()  # the client went away, or was too slow
        except Exception:
            _log.exception("connection failed")
            sock.close()
        finally:
            self._places.release()

    def drain(self) -> None:
        """Takes no more connections; returns when every request that has begun is answered, or in 20 s."""
        if self._sock is None:
            return
        if not self.draining:
            self.draining = True
            self._gt.kill()
            self._sock.close()
        with eventlet.Timeout(DRAIN_SECONDS, False):
            while self._serv.outstanding_requests:
                eventlet.sleep(0.01)

    def stop(self) -> None:
        self.drain()

    def endpoints(self) -> list[Any]:
        """Every endpoint of the service."""
        return list(self._providers)

    def _revoked(self) -> Iterable[str]:
        with database_errors():
            return [document["_id"] for document in self.mongo.database.revocations.find({}, {"_id": 1})]
