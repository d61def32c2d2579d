"""Free ports on loopback that stay free while their server is down for a moment."""

from __future__ import annotations

import os
import random
import socket
import time

# Below Linux's range for outgoing connections (32768 and up): a port from that range may be taken by
# somebody's outgoing connection between a kill and the restart that a test waits for.
LOWEST, HIGHEST = 15_000, 32_000

SHARES = 4  # of that range, for test workers beside each other: a port is not given to the next while its
# server is down and others still speak to it
_handed_out: set[int] = set()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on and that no worker of this test run has handed out."""
    size = (HIGHEST - LOWEST) // SHARES
    lowest = LOWEST + size * _share()
    for _ in range(1_000):
        port = random.randint(lowest, lowest + size - 1)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise RuntimeError("no free port found on 127.0.0.1")


def _share() -> int:
    """Of this worker, as pytest-xdist names it: gw0, gw1 and so on."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return int(number) % SHARES


def is_free(port: int) -> bool:
    """True when a server could bind this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int, timeout: float = 0.5) -> bool:
    """True when something accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout).close()
    except OSError:
        return False
    return True


def wait_until_free(port: int, seconds: float = 10.0) -> None:
    """Returns once the port can be bound; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"port {port} is still taken after {seconds:.0f} s")
        time.sleep(0.05)
