"""Puts one task a mail on the broker: `celery_enqueue.py COUNT CONTENT.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from celery_app import app, send


def main() -> None:
    count, content = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    with app.producer_pool.acquire() as producer:
        for number in range(count):
            arguments = (f"contact{number}@example.org", content["subject"], content["text"], content["html"])
            send.apply_async(arguments, producer=producer)


if __name__ == "__main__":
    main()
