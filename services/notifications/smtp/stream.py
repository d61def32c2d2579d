"""The bytes of a connection: writes that say how far they got, and replies read line by line."""

from __future__ import annotations

import ssl
from typing import Any

from services.notifications.domain.replies import Reply

_CHUNK = 16 * 1024
_LONGEST_REPLY = 64 * 1024  # bytes that a server may say at once before it is not taken for one


class Broken(Exception):
    """The connection ended, timed out, or carries something that is no SMTP."""


class NotWritten(Broken):
    """Of what was to be written, the first `count` bytes may have reached the server, no more."""

    def __init__(self, count: int, cause: object) -> None:
        super().__init__(str(cause))
        self.count = count


class Stream:
    """One socket, after its greeting. All waits end after `timeout` seconds unless told otherwise."""

    def __init__(self, sock: Any, timeout: float) -> None:
        self._sock = sock
        self._timeout = timeout
        self._buffer = b""
        self._encrypted = isinstance(sock, ssl.SSLSocket) or hasattr(sock, "cipher")
        sock.settimeout(timeout)

    def write(self, data: bytes) -> None:
        """All of it. Raises NotWritten."""
        sent = 0
        view = memoryview(data)
        while sent < len(data):
            try:
                sent += self._sock.send(view[sent : sent + _CHUNK] if self._encrypted else view[sent:])
            except (OSError, ValueError) as error:
                # A plain socket that fails has taken nothing of this call; TLS may have sent its record.
                raise NotWritten(min(sent + _CHUNK, len(data)) if self._encrypted else sent, error) from error

    def read_reply(self, timeout: float | None = None) -> Reply:
        """The next reply; of several lines, the first one's text. Raises Broken."""
        if timeout is not None:
            self._sock.settimeout(timeout)
        try:
            first = line = self._read_line()
            while line[3:4] == b"-":
                line = self._read_line()
        finally:
            if timeout is not None:
                self._sock.settimeout(self._timeout)
        if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in (b" ", b""):
            raise Broken("not SMTP")
        return Reply(int(line[:3]), first[4:].decode("ascii", "replace").strip())

    def _read_line(self) -> bytes:
        while True:
            line, found, rest = self._buffer.partition(b"\n")
            if found:
                self._buffer = rest
                return line.rstrip(b"\r")
            if len(self._buffer) > _LONGEST_REPLY:
                raise Broken("reply without end")
            self._buffer += self._receive()

    def _receive(self) -> bytes:
        try:
            data: bytes = self._sock.recv(_CHUNK)
        except (OSError, ValueError) as error:  # a timeout is an OSError
            raise Broken(str(error) or type(error).__name__) from error
        if not data:
            raise Broken("connection closed")
        return data

    def close(self) -> None:
        """At once, saying nothing."""
        try:
            self._sock.close()
        except OSError:
            return
