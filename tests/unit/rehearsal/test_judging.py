"""What is called well, lost and doubled, and how it is told."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rehearsal.mailbox import Mail
from rehearsal.report import FAILED, NO_TIME, NOT_HERE, OK, Line, passed, show, store
from rehearsal.scan import scan
from rehearsal.steps.running import in_bytes
from rehearsal.world import Report, World, Wrong, message_id

REPORT = Report("event:3", "milestone")


class Api:
    """The ledger and the outcome as given."""

    def __init__(self, doubts: int = 0, relevant: int = 2, told: tuple[str, ...] = ("a", "hand")) -> None:
        self._told = [{"contact_id": each, "state": "accepted", "doubts": doubts} for each in told]
        count = {"state": "accepted", "count": len(told)}
        alert = {"event_id": REPORT.event_id, "relevant": relevant, "waiting": 0, "counts": [count]}
        self._outcome = {"alerts": [alert]}

    def get(self, path: str, **query: Any) -> Any:
        return self._outcome

    def items(self, path: str, **query: Any) -> Any:
        return iter(self._told)


class Mailbox:
    """So many copies of the one mail."""

    def __init__(self, copies: int) -> None:
        self._copies = copies

    def mails(self) -> list[Mail]:
        return [
            Mail(str(n), message_id(REPORT.event_id, "a"), "a@example.org", "") for n in range(self._copies)
        ]


def world(copies: int, **ledger: Any) -> World:
    made = World(Api(**ledger), Mailbox(copies))  # type: ignore[arg-type]  # as much of both as is needed
    made.readers, made.by_hand = {"a": "a@example.org"}, {"hand"}
    return made


def test_one_copy_for_everybody_is_well() -> None:
    assert "1 mails, lost 0, doubled 0, uncertain 0" in world(1).check(REPORT)


@pytest.mark.parametrize(
    ("copies", "ledger", "complaint"),
    [
        (0, {}, "lost"),
        (2, {}, "doubled"),
        (3, {"doubts": 1}, "doubled"),
        (1, {"told": ("a",)}, "too few or too many"),
        (1, {"told": ("a", "hand", "stranger")}, "too few or too many"),
        (1, {"relevant": 5}, "the outcome says"),
    ],
)
def test_anything_else_is_not(copies: int, ledger: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Wrong, match=complaint):
        world(copies, **ledger).check(REPORT)


@pytest.mark.parametrize("copies", [0, 1, 2])
def test_a_delivery_in_doubt_may_have_arrived_or_not_or_once_more(copies: int) -> None:
    assert "uncertain 1" in world(copies, doubts=1).check(REPORT)


def line(verdict: str, told: str = "") -> Line:
    return Line("key", "title", verdict, 1.4, told)


def test_it_is_well_when_something_was_done_and_nothing_failed() -> None:
    assert passed([line(OK), line(NOT_HERE), line(NO_TIME)])
    assert not passed([line(OK), line(FAILED)])
    assert not passed([line(NOT_HERE)])
    assert not passed([])


def test_the_table_shows_what_was_said_as_it_was_said() -> None:
    """Whatever a command printed may hold brackets, line ends and Thai."""
    page = io.StringIO()
    lines = [line(OK, "[red]ลำพูน\n\tสะอาด[/]"), line(FAILED, "x" * 1000)]
    show(lines, ["mongo:8"], Console(file=page, width=150))
    assert "[red]ลำพูน สะอาด[/]" in page.getvalue()
    assert "1 ok, 1 failed, 0 not possible here, 0 no time" in page.getvalue()
    assert "mongo:8" in page.getvalue()


def test_figures_are_stored(tmp_path: Path) -> None:
    store(tmp_path / "new" / "results.json", [line(OK)], {"seconds": 1.23456}, [])
    stored = json.loads((tmp_path / "new" / "results.json").read_text())
    assert stored["figures"] == {"seconds": 1.235}
    assert stored["steps"][0]["verdict"] == "ok"


@pytest.mark.parametrize(
    ("text", "amount"), [("12.5MiB", 12.5 * 2**20), ("512B", 512), ("1.2GiB", 1.2 * 2**30)]
)
def test_the_engine_s_amounts_are_read(text: str, amount: float) -> None:
    assert in_bytes(text) == amount


def test_the_scan_tells_an_open_port_from_a_closed_one(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as listening, socket.socket() as bound:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        bound.bind(("127.0.0.1", 0))
        ports = (listening.getsockname()[1], bound.getsockname()[1])
        asyncio.run(scan("127.0.0.1", ports))
    assert capsys.readouterr().out == f"{ports[0]}\n"
