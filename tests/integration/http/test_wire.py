"""What no well-behaved client sends, byte for byte over a socket."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.http.conftest import ExampleProcess, Tokens

JSON_POST = b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@contextmanager
def connection(example: ExampleProcess) -> Iterator[socket.socket]:
    with socket.create_connection(example.address, timeout=10) as wire:
        yield wire


def everything(wire: socket.socket) -> bytes:
    """All that comes until the server hangs up, or is silent for a while."""
    received = b""
    wire.settimeout(3)
    try:
        while part := wire.recv(65536):
            received += part
    except TimeoutError:
        pass
    return received


def talk(example: ExampleProcess, *parts: bytes) -> bytes:
    with connection(example) as wire:
        for part in parts:
            wire.sendall(part)
        wire.shutdown(socket.SHUT_WR)
        return everything(wire)


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]


@pytest.fixture
def bearer(token: Tokens) -> bytes:
    return f"Authorization: Bearer {token('coordinator')}\r\n".encode()


@pytest.mark.parametrize(
    "path", [b"/v1/./notes", b"/../etc/passwd", b"/v1/notes;a=b", b"http://evil/healthz", b"*"]
)
def test_a_path_is_taken_as_it_is(example: ExampleProcess, path: bytes) -> None:
    """Nothing is normalised, so no proxy in front sees another path than we do."""
    received = talk(example, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert statuses(received) == [404]
    assert json.loads(received.split(b"\r\n\r\n", 1)[1])["instance"] == path.decode()


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nContent-Length: 50\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5_0\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: five\r\n",
        b"Content-Length: \xd9\xa5\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding\x0b: chunked\r\n",
        b"X: a\x00b\r\n",
        b"X: one\r\n two\r\n",
        b"X Y: 1\r\n",
    ],
)
def test_a_request_whose_end_is_unclear_is_refused_and_the_connection_ended(
    example: ExampleProcess, bearer: bytes, lines: bytes
) -> None:
    """What follows is never taken for a second request: a proxy in front may have meant it as a body."""
    smuggled = b"DELETE /v1/notes/smuggled HTTP/1.1\r\nHost: x\r\n" + bearer + b"\r\n"

    received = talk(
        example,
        b"POST /v1/notes HTTP/1.1\r\nHost: x\r\n" + bearer + lines + b"\r\n" + smuggled,
    )

    assert statuses(received) == [400]


def test_a_body_in_chunks_is_read_to_its_end(example: ExampleProcess, bearer: bytes) -> None:
    """And the next request on the same connection is understood."""
    body = json.dumps({"title": {"th": "ก"}, "due": "2026-12-18"}).encode()
    head = JSON_POST + b"Transfer-Encoding: chunked\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[place : place + 1]) for place in range(len(body)))

    received = talk(
        example,
        head + bearer + b"\r\n",
        chunks + b"0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
    )

    assert statuses(received) == [201, 200]


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-5\r\nhello\r\n", b"5\r\nhel", b"ffffffffff\r\n" + b"x" * 100]
)
def test_broken_chunks_are_refused(example: ExampleProcess, bearer: bytes, chunks: bytes) -> None:
    """400 or a closed connection, never a half-read body."""
    head = JSON_POST + b"Transfer-Encoding: chunked\r\n"

    received = talk(example, head + bearer + b"\r\n" + chunks)

    assert statuses(received) in ([400], [413], [])


def test_a_body_that_breaks_off_changes_nothing(example: ExampleProcess, bearer: bytes) -> None:
    """The client died in the middle: 400, if anybody still listens."""
    head = JSON_POST + b"Content-Length: 5000\r\n"

    assert statuses(talk(example, head + bearer + b"\r\n" + b'{"title": ')) == [400]


def test_two_requests_at_once_get_two_answers_in_order(example: ExampleProcess) -> None:
    """HTTP pipelining."""
    received = talk(
        example,
        b"GET /healthz HTTP/1.1\r\n\r\n"
        b"GET /nowhere HTTP/1.1\r\n\r\n"
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
    )

    assert statuses(received) == [200, 404, 200]


@pytest.mark.parametrize(
    "start",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1 extra words\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"\r\n\r\n\r\n",
        b"\x00" * 100,
    ],
)
def test_what_is_not_http_is_turned_away_without_a_word_of_it(example: ExampleProcess, start: bytes) -> None:
    """A status at most; the service lives on, and its log repeats nothing."""
    received = talk(example, start)

    assert all(400 <= status < 506 for status in statuses(received))
    assert b"GARBAGE" not in received and b"Python" not in received
    assert "GARBAGE" not in example.log()
    assert httpx.get(f"{example.url}/healthz").status_code == 200


def test_expect_100_continue_is_answered_before_the_body(example: ExampleProcess, bearer: bytes) -> None:
    """And a body too large is refused before the client has sent it."""
    head = (
        b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        + bearer
    )
    body = json.dumps({"title": {"th": "ก"}, "due": "2026-12-18"}).encode()

    with connection(example) as wire:
        wire.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))
        assert wire.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        wire.sendall(body)
        assert statuses(wire.recv(5000)) == [201]
    with connection(example) as wire:
        wire.sendall(head + b"Content-Length: 5000000\r\n\r\n")
        assert statuses(everything(wire)) == [413]


def test_a_client_that_vanishes_disturbs_nobody(example: ExampleProcess, bearer: bytes) -> None:
    """Resets at every stage; the service answers the next one."""
    before = len(example.log())
    for start in (
        b"",
        b"GET",
        b"GET /v1/slow/3 HTTP/1.1\r\n" + bearer + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
    ):
        with connection(example) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # RST
            wire.sendall(start)
    time.sleep(0.5)

    assert httpx.get(f"{example.url}/healthz").status_code == 200
    assert "Traceback" not in example.log()[before:]


def test_who_sends_headers_a_byte_at_a_time_is_hung_up_on(slow_example: ExampleProcess) -> None:
    """A deadline for the whole of the headers, not for each byte; others are served meanwhile."""
    with connection(slow_example) as wire:
        began = time.monotonic()
        wire.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            while time.monotonic() - began < 15:
                wire.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() - began < 8
    assert httpx.get(f"{slow_example.url}/healthz").status_code == 200


def test_who_sends_a_body_a_byte_at_a_time_is_told_so(slow_example: ExampleProcess, bearer: bytes) -> None:
    """408, and the connection is over."""
    head = JSON_POST + b"Content-Length: 1000\r\n"

    with connection(slow_example) as wire:
        wire.sendall(head + bearer + b"\r\n{")
        assert statuses(everything(wire)) == [408]


def test_a_silent_connection_is_closed(slow_example: ExampleProcess) -> None:
    """Idle connections do not pile up."""
    with connection(slow_example) as wire:
        assert everything(wire) == b""
