"""Bad input on the road is kept, mended, replayed and told once; and what may go wrong with a request."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import Change, Findings
from tests.faults.load import Accepted, Planned
from tests.faults.people import SUBJECT
from tests.faults.road import changed, intercept, prasan, put, put_events, to_bytes, with_project
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

QUEUE, EXCHANGE, KEY = "partners.audiences", "projects.events", "projects.milestone.reached.v1"
FIVE_MEGABYTES = "ส" * (5 * 1024 * 1024 // 3 + 1)


def unknown_version(body: bytes) -> bytes:
    return changed(body, type="projects.milestone.reached.v9")


# what is wrong → (how the event is broken, the cause that is kept)
BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "is no text": (lambda body: b"\xff\xfe\x00" + body[7:], "not-json"),
    "is cut short": (lambda body: body[: len(body) // 2], "not-json"),
    "is no event": (lambda body: b"[1, 2, 3]", "not-an-object"),
    "lacks its subject": (lambda body: changed(body, subject=""), "wrong-attribute"),
    "does not fit its schema": (lambda body: with_project(body, visibility="everybody"), "wrong-schema"),
    "has a version that nobody knows": (unknown_version, "unknown-type"),
    "is of five megabytes": (lambda body: with_project(body, surprise=FIVE_MEGABYTES), "too-large"),
}


@pytest.mark.timeout(180)
def test_broken_events_are_kept_with_their_cause_mended_and_told_once(world: World, tmp_path: Path) -> None:
    """Undecodable, cut, wrong, unknown, huge: each is a dead letter until a mended one is replayed."""
    changes, bodies = _intercepted(world, "broken events are mended and replayed", [("reach",)] * len(BROKEN))
    for (break_it, cause), body in zip(BROKEN.values(), bodies, strict=True):
        put(world.stack, EXCHANGE, KEY, break_it(body))
        letter = until(lambda: _newest_letter(world), f"a dead letter because of {cause}")
        assert (letter["service"], letter["queue"], letter["cause"]) == ("partners", QUEUE, cause)
        _mend(world, letter["id"], body, tmp_path)
        _mend(world, letter["id"], body, tmp_path)  # the operator's hand slips: nobody is told twice
    faults = _faults(world.conclude("broken events are mended and replayed", changes))
    assert not faults, faults
    assert not world.dead_letters()


def test_a_known_id_with_other_content_is_kept_apart(world: World) -> None:
    """The second event under one id is nobody's news: it stays as a dead letter, the first one holds."""
    changes, (body,) = _intercepted(world, "a known id comes with other content", [("reach",)])
    put_events(world.stack, body)
    findings = world.conclude("a known id comes with other content", changes)
    put_events(world.stack, with_project(body, title={"th": "คนละเรื่อง"}))
    letter = until(lambda: _newest_letter(world), "a dead letter")
    assert letter["cause"] == "conflicting-duplicate"
    faults = _faults(findings)
    assert not faults, faults
    world.forget_letter(letter["service"], letter["id"])


def test_replayed_events_change_nothing(world: World) -> None:
    """Every event three times, at both exchanges of the road: everybody is told once."""
    changes, bodies = _intercepted(world, "every event comes three times", [("reach",), ("cancel",)])
    put_events(world.stack, *bodies, *bodies, *bodies)
    faults = _faults(world.conclude("every event comes three times", changes))
    assert not faults, faults
    for change in changes:
        for service in ("projects", "partners"):
            world.services.post(service, f"/v1/events/{change.event_id}/republish")
    world.stack.broker.wait_until_drained()
    faults = _faults(world.findings(changes))
    assert not faults, faults


def test_events_out_of_order_end_with_the_newest(world: World) -> None:
    """The cancellation overtakes the rescheduling before it: what is no longer true is not sent."""
    changes, (older, newer) = _intercepted(world, "events come out of order", [("reschedule", "cancel")])
    put_events(world.stack, newer)
    world.settle(changes[1:])
    put_events(world.stack, older)
    faults = _faults(world.conclude("events come out of order", changes))
    assert not faults, faults
    states = {word.state for word in world.words(changes[0])}
    assert states == {"superseded"}


def test_hostile_texts_do_no_harm(world: World) -> None:
    """CR LF, HTML, right-to-left overrides, emoji in a title: one mail each, and none of it is obeyed."""
    hostile = (
        "ลวง\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u202e🌾<img src=x onerror=alert(1)>"
    )
    changes, (body,) = _intercepted(world, "a title is hostile", [("reach",)])
    before = len(world.stack.mailbox.messages())
    put_events(world.stack, with_project(body, title={"th": hostile, "en": hostile}))
    faults = _faults(world.conclude("a title is hostile", changes))
    assert not faults, faults
    for mail in world.stack.mailbox.messages()[before:]:
        assert mail.message["Bcc"] is None and not mail.message.defects
        assert "<script" not in mail.body("html") and "<img src=x" not in mail.body("html")


def test_two_reports_at_once_with_one_key_are_one(world: World) -> None:
    """Both get the same answer, and everybody is told once."""
    (planned,) = world.plan(1, [("reach",)])
    key = uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        answers = [done.result() for done in [pool.submit(_reach, world, planned, key) for _ in range(8)]]
    assert len({answer["event_id"] for answer in answers}) == 1
    scenario, accepted = (
        "one report comes eight times at once",
        Accepted(answers[0]["event_id"], planned, "reach"),
    )
    faults = _faults(world.conclude(scenario, world.remember(scenario, [accepted])))
    assert not faults, faults


def test_a_lost_answer_is_given_again(world: World) -> None:
    """The caller hangs up before the answer and asks again with its key: one report, the first answer."""
    (planned,) = world.plan(1, [("reach",)])
    key, path = uuid.uuid4().hex, f"/v1/milestones/{planned.id}"
    _send_and_hang_up(world, f"{path}/reach", key, planned.version)
    until(lambda: world.services.get("projects", path)["status"] == "reached", "the report is stored")
    answer = _reach(world, planned, key)
    assert answer["event_id"] == _reach(world, planned, key)["event_id"]
    scenario, accepted = "an answer is lost", Accepted(answer["event_id"], planned, "reach")
    faults = _faults(world.conclude(scenario, world.remember(scenario, [accepted])))
    assert not faults, faults


def _intercepted(
    world: World, scenario: str, commands: list[tuple[str, ...]]
) -> tuple[list[Change], list[bytes]]:
    """One report after the other, and their events as partners would have had them, in the same order."""
    planned, changes = world.plan(len(commands), commands), list[Change]()
    count = sum(map(len, commands))
    bodies = intercept(
        world.stack,
        "partners",
        QUEUE,
        count,
        lambda: changes.extend(world.remember(scenario, world.report(planned))),
    )
    by_id = {json.loads(body)["id"]: body for body in bodies}
    return changes, [by_id[change.event_id] for change in changes]


def _newest_letter(world: World) -> dict[str, Any] | None:
    waiting = prasan(world.stack, "dead-letters", "list")
    return max(waiting, key=lambda letter: letter["last_at"], default=None)


def _mend(world: World, letter_id: str, body: bytes, directory: Path) -> None:
    file = directory / "mended.json"
    file.write_bytes(body)
    prasan(world.stack, "dead-letters", "replay", letter_id, "--body", str(file))


def _reach(world: World, planned: Planned, key: str) -> Any:
    path = f"/v1/milestones/{planned.id}/reach"
    return world.services.post("projects", path, {}, key=key, if_match=planned.version)


def _send_and_hang_up(world: World, path: str, key: str, version: int) -> None:
    process = world.stack.service("projects")
    body = to_bytes({})
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {world.stack.token(subject=SUBJECT)}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f'If-Match: "{version}"',
        f"Idempotency-Key: {key}",
    )
    head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    with socket.create_connection(("127.0.0.1", process.port), 5) as connection:
        connection.sendall(head.encode() + body)


def _faults(findings: Findings) -> list[str]:
    """Nothing has ended here: nothing may be uncertain either."""
    return [*findings.faults(), *findings.uncertain]
