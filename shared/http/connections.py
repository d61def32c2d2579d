"""One client connection: bounded in time and size, and never read past a refused request."""

from __future__ import annotations

import socket
from typing import Any

import eventlet
from nameko.web.server import HttpOnlyProtocol

MOST_CONNECTIONS = 500
SLOWEST_SOCKET = 60  # seconds without a byte
SLOWEST_HEADERS = 15  # seconds from the first byte of a request to the end of its headers
_LINGER_BYTES = 16 * 1024 * 1024
_LINGER_SECONDS = 5


class Protocol(HttpOnlyProtocol):
    """HTTP/1.1 that hangs up on who sends headers a byte at a time.

    `environ["prasan.hang_up"]()` ends the connection after the present answer.
    """

    _deadline: eventlet.Timeout | None = None
    _patient = True

    def _read_request_line(self) -> bytes:
        if self._wait_for_first_byte():
            self._deadline = eventlet.Timeout(SLOWEST_HEADERS)
        line: bytes = super()._read_request_line()
        return line

    def _wait_for_first_byte(self) -> bool:
        try:
            return bool(self.rfile.peek(1))
        except (OSError, ValueError):
            return False

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except eventlet.Timeout:
            self._patient = False
            raise
        finally:
            self._stop_deadline()

    def get_environ(self) -> dict[str, Any]:
        self._stop_deadline()
        environ: dict[str, Any] = super().get_environ()
        environ["prasan.hang_up"] = self._hang_up
        # what the parser could not read it puts into the "body" of the headers, together with all after it
        environ["prasan.malformed"] = bool(self.headers.defects or self.headers.get_payload())
        return environ

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _hang_up(self) -> None:
        self.close_connection = 1

    def finish(self) -> None:
        if self._patient:
            self._linger()
        super().finish()

    def _linger(self) -> None:
        """Reads on a little before closing: else a reset overtakes the answer (RFC 9112, 9.6)."""
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            with eventlet.Timeout(_LINGER_SECONDS, False):
                left = _LINGER_BYTES
                while left > 0 and (data := self.connection.recv(65536)):
                    left -= len(data)
        except (OSError, ValueError):
            pass  # the client is gone already

    def send_error(self, code: int, *_: Any) -> None:
        """What is not even HTTP gets a status and no words: nothing of it is echoed or logged."""
        head = f"HTTP/1.1 {int(code)} Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.wfile.write(head.encode())
        self.close_connection = 1
