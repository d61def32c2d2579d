"""What comes back of an alert: in any order, any number of times, and never a contact twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.contracts.envelope import Event
from tests.integration.projects.api import Api, Body, Projects, eventually, ok, refused

Tell = Callable[[str, str, bytes], None]
HEAD, DISPATCH = "partners.audience.resolved.v1", "notifications.dispatch.changed.v1"


def head(alert: Body, relevant: int, **left_out: int) -> Event:
    """The audience of an alert, resolved."""
    data = {
        "event_id": alert["event_id"],
        "event_type": "projects.milestone.reached.v1",
        "project_id": alert["project_id"],
        "milestone_id": alert["id"],
        "pages": 1,
        "relevant": relevant,
        "left_out": left_out,
    }
    return _event(f"{alert['event_id']}:head", HEAD, "prasan/partners", data, 1)


def dispatch(alert: Body, slice_number: int, version: int, **counts: int) -> Event:
    """The newest counts of one dispatch; `suppressed__unsubscribed=1` has a why."""
    name = f"{alert['event_id']}:0:{slice_number}"
    outcomes = [
        {"state": state.partition("__")[0], "why": state.partition("__")[2] or None, "count": count}
        for state, count in counts.items()
    ]
    data = {
        "dispatch_id": name,
        "dispatch_version": version,
        "event_id": alert["event_id"],
        "project_id": alert["project_id"],
        "milestone_id": alert["id"],
        "outcomes": outcomes,
    }
    return _event(f"{name}:{version}", DISPATCH, "prasan/notifications", data, version)


def _event(event_id: str, kind: str, source: str, data: Body, version: int) -> Event:
    return Event(event_id, kind, source, f"dispatches/{event_id}", SystemClock().now(), version, data)


@pytest.fixture
def say(tell: Tell) -> Callable[[Event], None]:
    def publish(event: Event) -> None:
        exchange = "partners.events" if event.type == HEAD else "notifications.events"
        tell(exchange, event.type, event.to_bytes())

    return publish


@pytest.fixture
def alert(phimchai: Projects) -> Body:
    """A milestone reported reached."""
    reached: Body = ok(phimchai.tell(phimchai.new_milestone(), "reach"))
    return reached


def outcome(api: Api, alert: Body) -> Body:
    alerts: list[Body] = ok(api.get(f"/v1/milestones/{alert['id']}/outcome"))["alerts"]
    return alerts[0]


def settled(api: Api, alert: Body, **expected: Any) -> Body:
    """The outcome once it says this."""

    def look() -> Body | None:
        found = outcome(api, alert)
        return found if all(found[name] == value for name, value in expected.items()) else None

    found: Body = eventually(look)
    return found


def test_before_anything_is_heard_nobody_knows(phimchai: Projects, alert: Body) -> None:
    found = outcome(phimchai.api, alert)
    assert (found["relevant"], found["waiting"], found["counts"]) == (None, None, [])
    assert found["sentence"]["th"] == "กำลังหาผู้ที่เกี่ยวข้อง"


def test_the_outcome_is_a_partition_with_a_sentence(
    phimchai: Projects, alert: Body, say: Callable[[Event], None]
) -> None:
    """14 relevant = 11 accepted + 1 bounced + 1 by hand + 1 not recorded yet; 2 left out beside it."""
    say(dispatch(alert, 0, 3, accepted=10, bounced=1))
    say(head(alert, 14, unsubscribed=2))
    say(dispatch(alert, 1, 2, accepted=1, by_hand=1))
    found = settled(phimchai.api, alert, relevant=14, waiting=1)
    assert sum(each["count"] for each in found["counts"]) + found["waiting"] == found["relevant"]
    assert (found["surplus"], found["left_out"]) == (0, {"unsubscribed": 2})
    assert found["sentence"]["th"] == (
        "เกี่ยวข้อง 14 ราย: ส่งถึงระบบอีเมลปลายทางแล้ว 11 · ตีกลับ 1 · แจ้งด้วยตนเอง 1 · รอบันทึกรายการส่ง 1"
        " (ไม่อยู่ในรายการแจ้ง 2 ราย: หยุดรับข่าวแล้ว 2)"
    )
    assert found["sentence"]["en"].startswith("14 concerned: accepted by their mail server 11 · bounced 1")


def test_the_newest_counts_win_in_any_order_and_any_number(
    phimchai: Projects, alert: Body, say: Callable[[Event], None]
) -> None:
    """Version 3, then 1, 3 and 2 again: nothing is counted twice, nothing goes back."""
    say(head(alert, 5))
    for version in (3, 1, 3, 2):
        counts = {1: {"pending": 5}, 2: {"sending": 5}, 3: {"accepted": 4, "uncertain": 1}}[version]
        say(dispatch(alert, 0, version, **counts))
    say(head(alert, 5))
    say(dispatch(alert, 9, 1, accepted=0 + 1))  # one more than the audience has: never hidden
    found = settled(phimchai.api, alert, surplus=1)
    assert {each["state"]: each["count"] for each in found["counts"]} == {"accepted": 5, "uncertain": 1}


def test_states_with_a_cause_are_told_apart(
    phimchai: Projects, alert: Body, say: Callable[[Event], None]
) -> None:
    say(head(alert, 3))
    say(dispatch(alert, 0, 1, suppressed__unsubscribed=1, suppressed__erased=1, superseded__recalled=1))
    found = settled(phimchai.api, alert, waiting=0)
    assert [(each["state"], each["why"]) for each in found["counts"]] == [
        ("superseded", "recalled"),
        ("suppressed", "erased"),
        ("suppressed", "unsubscribed"),
    ]
    assert "หยุดรับข่าวแล้ว 1" in found["sentence"]["th"]


def test_nobody_concerned_is_said_plainly(
    phimchai: Projects, alert: Body, say: Callable[[Event], None]
) -> None:
    say(head(alert, 0))
    assert settled(phimchai.api, alert, relevant=0)["sentence"]["en"] == "Nobody is concerned"


def test_a_recalled_alert_says_so(phimchai: Projects, alert: Body) -> None:
    ok(phimchai.tell(alert, "recall"))
    assert outcome(phimchai.api, alert)["recalled"] is True


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda body: b"\xff\x00 not json", "not-json"),
        (lambda body: json.dumps({**json.loads(body), "specversion": "9"}).encode(), "unknown-specversion"),
        (lambda body: json.dumps({**json.loads(body), "data": {}}).encode(), "wrong-schema"),
        (
            lambda body: body.replace(b"dispatch.changed.v1", b"dispatch.changed.v9"),
            "unknown-type",
        ),
        (lambda body: body[:-1] + b" " * (4 * 1024 * 1024 + 1) + b"}", "too-large"),
    ],
    ids=["undecodable", "unknown version", "wrong schema", "unknown type", "too large"],
)
def test_an_unreadable_outcome_is_kept_with_its_cause(
    operator: Api, alert: Body, tell: Tell, spoil: Callable[[bytes], bytes], cause: str
) -> None:
    """It becomes a dead letter, and what comes behind it is handled."""
    spoilt = spoil(dispatch(alert, 7, 1, accepted=1).to_bytes())
    tell("notifications.events", DISPATCH, spoilt)

    def kept() -> Any:
        letters = ok(operator.get("/v1/dead-letters", cause=cause))["items"]
        return [letter for letter in letters if letter["queue"] == "projects.outcomes"]

    assert eventually(kept)


def test_a_known_dispatch_version_with_other_counts_is_kept_and_not_believed(
    phimchai: Projects, operator: Api, alert: Body, say: Callable[[Event], None]
) -> None:
    say(head(alert, 2))
    say(dispatch(alert, 0, 1, accepted=2))
    settled(phimchai.api, alert, waiting=0)
    say(dispatch(alert, 0, 1, bounced=2))
    eventually(lambda: ok(operator.get("/v1/dead-letters", cause="conflicting-duplicate"))["items"])
    assert outcome(phimchai.api, alert)["counts"][0]["state"] == "accepted"


def test_dead_letters_are_for_operators(phimchai: Projects) -> None:
    refused(phimchai.api.get("/v1/dead-letters"), 403, "role-missing")
