"""Does the service in this container answer? `python -m shared.alive` is the image's health check.

Nothing but sockets is imported: it runs every few seconds beside each service.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping

PATIENCE = 4.0  # seconds
_QUESTION = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"


def answers(host: str, port: int) -> bool:
    """True if /healthz there says 200 in time."""
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as connection:
            connection.sendall(_QUESTION)
            status = connection.makefile("rb").readline(100).split(b" ")
    except OSError:
        return False
    return status[1:2] == [b"200"]


def main(environment: Mapping[str, str] = os.environ) -> int:
    """0 if the service at HTTP_ADDRESS answers, 1 if not."""
    port = environment.get("HTTP_ADDRESS", "").rpartition(":")[2]
    return 0 if port.isdecimal() and answers("127.0.0.1", int(port)) else 1


if __name__ == "__main__":
    sys.exit(main())
