"""The floor: one smtplib connection sending ready-made messages, nothing decided and nothing kept.

Run as a program so that it has the client's processor to itself:
`python -m benchmarks.floor PORT COUNT MESSAGE_FILE` prints the seconds it took.
"""

from __future__ import annotations

import smtplib
import sys
import time
from pathlib import Path


def main() -> None:
    port, count, message = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.ehlo()
        started = time.time()
        for number in range(count):
            connection.sendmail("bench@example.org", [f"contact{number}@example.org"], message)
        print(time.time() - started)


if __name__ == "__main__":
    main()
