"""Peer: Celery, one task a mail, over the same broker, as its users write it.

Each worker process keeps its connection open, which is the faster of the usual ways.
"""

from __future__ import annotations

import os
import smtplib
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_AMQP"])
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=64)


@cache
def _connection() -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"]))


def _signed(body: bytes) -> bytes:
    key = os.environ.get("BENCH_DKIM_KEY")
    if not key:
        return body
    import dkim

    return dkim.sign(body, b"bench", b"example.org", Path(key).read_bytes()) + body


@app.task(name="send")
def send(address: str, subject: str, text: str, html: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "bench@example.org", address, subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    _connection().sendmail("bench@example.org", [address], _signed(message.as_bytes()))
