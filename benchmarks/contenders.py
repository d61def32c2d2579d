"""The others: the floor, Celery, django-post_office and bare kombu, each sending the same mails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kombu import Connection

from benchmarks.bare_kombu import EXCHANGE
from benchmarks.peers_environment import PYTHON as PEER_PYTHON
from benchmarks.sink import CLIENT_CPU, Sink, pinned

HERE = Path(__file__).parent
PEERS = HERE / "peers"
CELERY_WORKERS = 2
_PATIENCE = 300.0  # seconds


@dataclass(frozen=True)
class Content:
    """One alert as the peers get it: parts for those that compose, and the whole message for the floor."""

    subject: str
    text: str
    html: str
    message: bytes


def floor(content: Content, count: int) -> float:
    """Mails a second over one smtplib connection."""
    with Sink() as sink, tempfile.NamedTemporaryFile() as file:
        file.write(content.message)
        file.flush()
        program = [sys.executable, "-m", "benchmarks.floor", str(sink.port), str(count), file.name]
        seconds = float(subprocess.run(pinned(program, CLIENT_CPU), check=True, capture_output=True).stdout)
    return count / seconds


def celery(content: Content, count: int, amqp: str, dkim_key: Path | None = None) -> float:
    """Mails a second from the first enqueued until the last is accepted."""
    with Sink() as sink, _parts(content) as parts:
        environment = _environment(sink, dkim_key) | {"BENCH_AMQP": amqp}
        worker = [
            str(PEER_PYTHON), "-m", "celery", "-A", "celery_app", "worker", "--loglevel", "ERROR",
            "--concurrency", str(CELERY_WORKERS),
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip
        with _running(worker, environment):
            time.sleep(5)  # until its two workers have connected
            began = time.time()
            enqueue = [str(PEER_PYTHON), "celery_enqueue.py", str(count), parts.name]
            with _running(enqueue, environment):
                ended = sink.wait_for(count, _PATIENCE)
    return count / (ended - began)


def post_office(content: Content, count: int, dkim_key: Path | None = None) -> float:
    """Mails a second from the first queued until the last is accepted."""
    with Sink() as sink, _parts(content) as parts, tempfile.TemporaryDirectory() as folder:
        environment = _environment(sink, dkim_key) | {"BENCH_DATABASE": f"{folder}/db.sqlite3"}
        with _running(
            [str(PEER_PYTHON), "post_office_send.py", str(count), parts.name], environment
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdout.readline()
            began = time.time()
            process.stdin.write(b"\n")
            process.stdin.flush()
            ended = sink.wait_for(count, _PATIENCE)
    return count / (ended - began)


def bare_kombu(content: Content, count: int, amqp: str) -> list[float]:
    """Seconds from publishing until accepted, one message after the other."""
    with Sink() as sink:
        consumer = [sys.executable, "-m", "benchmarks.bare_kombu", amqp, str(sink.port)]
        confirmed = Connection(amqp, transport_options={"confirm_publish": True})
        with _running(consumer, dict(os.environ), folder=HERE.parent) as process, confirmed as connection:
            assert process.stdout is not None
            process.stdout.readline()
            producer = connection.Producer(exchange=EXCHANGE, routing_key="bare")
            taken = []
            for number in range(1, count + 1):
                began = time.time()
                producer.publish(content.message, content_type="text/plain", delivery_mode=2, mandatory=True)
                taken.append(sink.wait_for(number, 30) - began)
    return taken


def _environment(sink: Sink, dkim_key: Path | None) -> dict[str, str]:
    key = {"BENCH_DKIM_KEY": str(dkim_key)} if dkim_key else {}
    return {**os.environ, "BENCH_SMTP_PORT": str(sink.port), **key}


def _parts(content: Content) -> tempfile._TemporaryFileWrapper[str]:
    file = tempfile.NamedTemporaryFile("w", suffix=".json")  # noqa: SIM115  the caller's with closes it
    json.dump({"subject": content.subject, "text": content.text, "html": content.html}, file)
    file.flush()
    return file


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], folder: Path = PEERS
) -> Iterator[subprocess.Popen[bytes]]:
    """A program on the client's processor, ended with the context however that ends."""
    process = subprocess.Popen(
        pinned(command, CLIENT_CPU),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
