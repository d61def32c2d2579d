"""The process over HTTP: whether it lives and is ready, its figures, and the page that stops all mails.

Stopping is a POST (RFC 8058): whoever only looks at the address changes nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import DependencyDown

STOP_PAGE = "/unsubscribe/"
LARGEST_FORM = 10_000  # bytes
LONGEST_PATH = 300  # characters
_TEXT = "text/plain; charset=utf-8"

Ready = Callable[[], Mapping[str, str]]
Stop = Callable[[str], bool]

log = structlog.get_logger(__name__)


class Pages:
    """`ready` says how each part is (`ok`, or what is wrong); `stop` takes the last part of a page's address
    and says whether it was genuine."""

    def __init__(self, address: str, ready: Ready, stop: Stop) -> None:
        host, _, port = address.rpartition(":")
        handler = type("Handler", (_Handler,), {"ready": staticmethod(ready), "stop": staticmethod(stop)})
        self._server = ThreadingHTTPServer((host, int(port)), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="pages", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    ready: Ready
    stop: Stop
    timeout = 10  # seconds for a request
    server_version, sys_version = "Prasan", ""

    def do_GET(self) -> None:  # http.server names its hooks after methods
        if self.path == "/healthz":
            self._say(200, "alive\n")
        elif self.path == "/readyz":
            found = self.ready()
            # A mailbox that is away for a day makes the process no less ready for when it is back.
            status = 200 if all(found.get(name, "ok") == "ok" for name in ("database", "lmtp")) else 503
            self._say(status, json.dumps(dict(found)) + "\n", "application/json")
        elif self.path == "/metrics":
            self._say(200, generate_latest().decode(), CONTENT_TYPE_LATEST)
        elif self.path.startswith(STOP_PAGE):
            self._say(405, "POST only\n", _TEXT, {"Allow": "POST"})
        else:
            self._say(404, "nothing is here\n")

    def do_POST(self) -> None:  # the same
        if not self.path.startswith(STOP_PAGE) or len(self.path) > LONGEST_PATH:
            return self._say(404, "nothing is here\n")
        if self._form() is None:
            return self._say(413, "too large\n")
        try:
            genuine = self.stop(self.path.removeprefix(STOP_PAGE))
        except DependencyDown:
            return self._say(503, "please try again\n", _TEXT, {"Retry-After": "30"})
        return self._say(200, "done\n") if genuine else self._say(404, "nothing is here\n")

    def _form(self) -> bytes | None:
        """Whatever it says: the address alone decides. None where it is too large."""
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST_FORM:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _say(
        self, status: int, text: str, content_type: str = _TEXT, headers: Mapping[str, str] | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        fields: dict[str, Any] = {
            "Content-Type": content_type,
            "Content-Length": len(body),
            "Cache-Control": "no-store",
            **(headers or {}),
        }
        for name, value in fields.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as http.server names it
        """Requests are not logged: their paths hold signed tokens."""
