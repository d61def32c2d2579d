"""One milestone, many immediate contacts: from the report until the mail server accepted the last mail."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import contenders
from benchmarks.contenders import Content
from benchmarks.sink import Sink
from benchmarks.system import System

PATIENCE = 300.0  # seconds


def measure(mails: int, rounds: int, repeats: int, console: Console) -> dict[str, Any]:
    """Rates in mails a second, without and with DKIM, the processor seconds of each part meanwhile, and each
    service's memory over the repeats."""
    content = sample(console)
    fanout: dict[str, list[float]] = {name: [] for name in ("prasan", "floor", "celery", "post_office")}
    spent = []
    with Sink() as sink, System(sink.port, mails) as system:
        send(system, sink, mails)  # caches filled, connections open
        for number in range(1, rounds + 1):
            console.print(f"fan-out, round {number} of {rounds}")
            fanout["floor"].append(contenders.floor(content, mails))
            before = system.processor_seconds()
            fanout["prasan"].append(send(system, sink, mails))
            spent.append(system.spent_since(before))
            fanout["floor"].append(contenders.floor(content, mails))
            fanout["celery"].append(contenders.celery(content, mails, system.stack.broker.uri()))
            fanout["post_office"].append(contenders.post_office(content, mails))
        memory = _grow(system, sink, mails, repeats, console)
        signed = _signed(system, sink, mails, content, console)
    return {"fanout": fanout, "memory_mb": memory, "fanout_dkim": signed, "fanout_processor_s": spent}


def send(system: System, sink: Sink, mails: int) -> float:
    """Mails a second of one alert to everybody."""
    milestone = system.new_milestone()
    before = sink.accepted
    began = time.time()
    system.report(milestone)
    ended = sink.wait_for(before + mails, PATIENCE)
    system.rest()
    return mails / (ended - began)


def sample(console: Console) -> Content:
    """One of Prasan's own mails, as a partner gets it: what all contenders send."""
    console.print("composing the mail that all contenders send")
    with System(None, 1) as system:
        system.report(system.new_milestone())
        message = system.stack.mailbox.wait_for(1, 60)[0]
    return Content(message.subject, message.body("plain"), message.body("html"), message.data)


def _grow(system: System, sink: Sink, mails: int, repeats: int, console: Console) -> list[dict[str, float]]:
    memory = []
    for number in range(1, repeats + 1):
        send(system, sink, mails)
        memory.append(system.memory())
        console.print(f"memory after fan-out {number} of {repeats}: {memory[-1]}")
    return memory


def _signed(
    system: System, sink: Sink, mails: int, content: Content, console: Console
) -> dict[str, list[float]]:
    """The same with a 2048-bit RSA signature on every mail."""
    console.print("fan-out with DKIM")
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "dkim.pem"
        subprocess.run(
            ["openssl", "genrsa", "-traditional", "-out", str(key), "2048"], check=True, capture_output=True
        )
        settings = {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "bench", "DKIM_KEY_FILE": str(key)}
        system.restart_sender(settings)
        prasan = send(system, sink, mails)
        celery = contenders.celery(content, mails, system.stack.broker.uri(), key)
    return {"prasan": [prasan], "celery": [celery]}
