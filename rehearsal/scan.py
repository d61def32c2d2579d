"""Prints the TCP ports of an address that answer: `scan.py ADDRESS [--likely]`.

All of them, or with --likely those on which something of ours might listen. Run in a namespace of its own.
"""

from __future__ import annotations

import asyncio
import sys

LIKELY = (80, 443, 1025, 2019, 3000, 4369, 5671, 5672, 8001, 8002, 8003, 8004, 8024, 8025, 8080, 8081, 8443,
           8444, 9090, 15672, 15692, 25672, 27017)  # fmt: skip
_AT_ONCE = 500
_SECONDS = 1.5


async def _answers(address: str, port: int, room: asyncio.Semaphore) -> int | None:
    async with room:
        try:
            async with asyncio.timeout(_SECONDS):
                _, writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            return None
        writer.close()
        return port


async def scan(address: str, ports: range | tuple[int, ...]) -> None:
    room = asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(*(_answers(address, port, room) for port in ports))
    print(*filter(None, found))


if __name__ == "__main__":
    asyncio.run(scan(sys.argv[1], LIKELY if "--likely" in sys.argv else range(1, 65_536)))
