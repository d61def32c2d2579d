"""The image's health check: it says what the service says, and never waits for long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from shared import alive


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


def answer(server: socket.socket, line: bytes) -> None:
    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(line)

    threading.Thread(target=serve, daemon=True).start()


def health(server: socket.socket) -> int:
    return alive.main({"HTTP_ADDRESS": f"0.0.0.0:{server.getsockname()[1]}"})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", 0),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        (b"HTTP/1.1 2000 200\r\n\r\n", 1),
        (b"\xff\xfe", 1),
        (b"", 1),
    ],
)
def test_it_says_what_the_service_says(listening: socket.socket, line: bytes, code: int) -> None:
    """Only a 200 is healthy."""
    answer(listening, line)
    assert health(listening) == code


def test_a_frozen_service_is_not_healthy(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and says nothing."""
    monkeypatch.setattr(alive, "PATIENCE", 0.05)
    assert health(listening) == 1


@pytest.mark.parametrize("address", ["", "8001", "0.0.0.0:", "0.0.0.0:eighty", "0.0.0.0:1"])
def test_no_service_is_not_healthy(address: str) -> None:
    """Neither is an address that is none, nor a port where nobody listens."""
    assert alive.main({"HTTP_ADDRESS": address} if address else {}) == 1
