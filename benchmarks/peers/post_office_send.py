"""Peer: django-post_office: queue all mails, then send the queue, with its own defaults for threads.

`post_office_send.py COUNT CONTENT.json`; SQLite as its database.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings


def configure() -> None:
    settings.configure(
        SECRET_KEY="benchmark only",
        INSTALLED_APPS=["post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(os.environ["BENCH_SMTP_PORT"]),
        POST_OFFICE={"BATCH_SIZE": 5000, "THREADS_PER_PROCESS": 5, "LOG_LEVEL": 1},
        USE_TZ=True,
    )
    django.setup()


def main() -> None:
    configure()
    from django.core.management import call_command
    from post_office import mail

    count, content = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    call_command("migrate", verbosity=0)
    print("ready", flush=True)
    sys.stdin.readline()
    mail.send_many(
        [
            {
                "sender": "bench@example.org",
                "recipients": [f"contact{number}@example.org"],
                "subject": content["subject"],
                "message": content["text"],
                "html_message": content["html"],
            }
            for number in range(count)
        ]
    )
    mail.send_queued(processes=1, log_level=1)


if __name__ == "__main__":
    main()
