"""A process that uses pymongo in many greenlets and prints how long its loop ever stood still, in ms.

Run as a process: `python -m tests.integration.messaging.ticker MONGO_URI`.
"""

# ruff: noqa: E402 - eventlet patches before any other import
import eventlet

eventlet.monkey_patch()

import sys
import time
from typing import Any

from pymongo.collection import Collection

from shared.mongo import DATABASE_DOWN, Document, connect

SECONDS = 6.0
GREENLETS = 30


def tick(until: float, stalls: list[float]) -> None:
    while (before := time.monotonic()) < until:
        time.sleep(0.01)
        stalls.append(time.monotonic() - before - 0.01)


def work(collection: Collection[Document], until: float, done: list[str]) -> None:
    while time.monotonic() < until:
        try:
            collection.update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
            done.append("written")
        except DATABASE_DOWN:
            done.append("down")
            time.sleep(0.1)


def main(uri: str) -> None:
    until = time.monotonic() + SECONDS
    stalls: list[float] = []
    done: list[str] = []
    with connect(uri) as client:
        pool: Any = eventlet.GreenPool()
        pool.spawn(tick, until, stalls)
        print("started", flush=True)
        for _ in range(GREENLETS):
            pool.spawn(work, client.get_default_database()["ticks"], until, done)
        pool.waitall()
    print(f"stall={max(stalls) * 1000:.0f} written={done.count('written')} down={done.count('down')}")
    print(f"after={done[-1]}")


if __name__ == "__main__":
    main(sys.argv[1])
