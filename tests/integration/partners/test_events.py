"""partners over the real broker: what it hears, what it says, and what it does with what it cannot read."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from shared.contracts.envelope import LARGEST_EVENT, Event
from shared.contracts.registry import read_event
from shared.sealing import Sealer
from shared.testing.broker import Broker
from shared.testing.database import Database as Server
from shared.testing.service import ServiceProcess
from tests.integration.partners.conftest import DATABASE, Tell, environment
from tests.integration.partners.rest import Partners
from tests.integration.partners.world import SECRET
from tests.integration.projects.api import Api, eventually, ok, refused
from tests.unit.partners.occasions import event_data

QUEUE, FEEDBACK = "partners.audiences", "partners.feedback"
Said = Callable[[], list[Event]]
Stored = Database[dict[str, Any]]


@pytest.fixture
def said(broker: Broker, partners_process: ServiceProcess) -> Iterator[Said]:
    """Everything that partners has said since the test began."""
    heard: list[Event] = []
    with broker.connection() as connection:
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True, auto_delete=True).queue
        channel.queue_bind(queue, "partners.events", "#")

        def listen() -> list[Event]:
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                body = message.body if isinstance(message.body, bytes) else message.body.encode()
                heard.append(read_event(body))
            return heard

        yield listen


@pytest.fixture
def project(manager: Partners) -> dict[str, Any]:
    """A project that no other test has, with a sponsor of three contacts."""
    project_id = uuid.uuid4().hex
    partner = manager.partner()
    manager.engage(partner, project_id)
    people = [manager.contact(partner)["id"] for _ in range(3)]
    return {"id": project_id, "partner": partner, "people": sorted(people)}


def happened(to: dict[str, Any], /, name: str = "milestone.reached", version: int = 1, **data: Any) -> Event:
    """An event of the project, as projects would say it."""
    given = {"project": {"id": to["id"], **data.pop("project", {})}}
    milestone = {"milestone": {"id": f"m-{to['id']}", **data.pop("milestone", {})}}
    return Event(
        id=f"{to['id']}:{version}",
        type=f"projects.{name}.v1",
        source="prasan/projects",
        subject=f"milestones/m-{to['id']}",
        time=datetime.now(UTC),
        version=version,
        data=event_data(**given, **milestone, **data),
        actor="phimchai",
    )


def resolved(said: Said, event: Event) -> dict[str, Any]:
    """The head of the event's audience, once it is said."""

    def heads() -> list[Event]:
        return [e for e in said() if e.id == f"{event.id}:head"]

    return dict(eventually(heads, 60)[0].data)


def told(said: Said, event: Event) -> list[str]:
    """Contact ids in the pages said about the event, all of which may come after its head."""

    def pages() -> list[Event]:
        found = {e.id: e for e in said() if e.type.endswith("page.v1") and e.data["about"]["id"] == event.id}
        return list(found.values()) if len(found) == whole else []

    whole = resolved(said, event)["pages"]
    return sorted(
        contact["contact_id"] for page in eventually(pages, 60) for contact in page.data["contacts"]
    )


def dead_letter(operator: Api, body: bytes) -> dict[str, Any]:
    """The dead letter with this body, once it is kept."""
    wanted = hashlib.sha256(body).hexdigest()

    def find() -> list[dict[str, Any]]:
        letters = ok(operator.get("/v1/dead-letters", limit=200))["items"]
        return [letter for letter in letters if letter["sha256"] == wanted]

    return dict(eventually(find)[0])


def test_an_event_becomes_pages_and_a_head(project: Any, tell: Tell, said: Said, operator: Api) -> None:
    """Everybody concerned, by every reason; and the same over REST, page by page."""
    event = happened(project)

    tell(QUEUE, event.to_bytes())

    assert resolved(said, event)["relevant"] == 3
    assert told(said, event) == project["people"]
    first = ok(operator.get(f"/v1/audiences/{event.id}", limit=2))
    rest = ok(operator.get(f"/v1/audiences/{event.id}", after=first["next"]))
    assert (first["complete"], first["pages"], first["relevant"], first["left_out"]) == (True, 1, 3, {})
    assert [each["contact_id"] for each in first["items"] + rest["items"]] == project["people"]
    assert rest["next"] is None
    assert first["items"][0]["reasons"][0]["code"] == "sponsor"


def test_the_traceparent_and_the_actor_go_on(project: Any, tell: Tell, said: Said) -> None:
    """One thread from the report to the mail."""
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    event = replace(happened(project), traceparent=traceparent)

    tell(QUEUE, event.to_bytes())

    resolved(said, event)
    (page,) = [e for e in said() if e.id == f"{event.id}:0"]
    assert (page.traceparent, page.actor, page.subject) == (traceparent, "phimchai", event.subject)


def test_duplicates_and_replays_say_nothing_new(project: Any, tell: Tell, said: Said, stored: Stored) -> None:
    """Ten times the same, and one that came late."""
    newer = happened(project, "milestone.cancelled", version=2, milestone={"status": "cancelled"})
    older = happened(project, version=1)
    tell(QUEUE, newer.to_bytes())
    resolved(said, newer)

    for _ in range(10):
        tell(QUEUE, older.to_bytes())
    resolved(said, older)
    last = happened(project, "milestone.updated", version=3, milestone={"status": "cancelled"})
    tell(QUEUE, last.to_bytes())
    resolved(said, last)

    assert sum(e.id == f"{older.id}:0" for e in said()) == 1
    assert told(said, older) == told(said, newer) == project["people"]
    known = stored.milestones.find_one({"_id": f"m-{project['id']}"})
    assert known is not None and (known["version"], known["milestone"]["status"]) == (3, "cancelled")


UNREADABLE = {
    "not UTF-8": (b"\xff\xfe\x00", "not-json"),
    "not JSON": (b"{", "not-json"),
    "a list": (b"[]", "not-an-object"),
    "no CloudEvent": (b'{"specversion": "0.3"}', "unknown-specversion"),
    "nothing in it": (b'{"specversion": "1.0"}', "missing-attribute"),
    "nested too deeply": (b"[" * 100_000, "not-json"),
    "5 MB": (b'{"specversion": "1.0", "x": "' + b"x" * 5_000_000 + b'"}', "too-large"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_kept_with_its_cause(kind: str, tell: Tell, operator: Api) -> None:
    """And the queue goes on."""
    body, cause = UNREADABLE[kind]

    tell(QUEUE, body)

    letter = dead_letter(operator, body)
    assert (letter["queue"], letter["cause"], letter["size"]) == (QUEUE, cause, len(body))
    assert letter["truncated"] == (len(body) > LARGEST_EVENT)


WRONG: dict[str, dict[str, Any]] = {
    "unknown version": {"type": "projects.milestone.reached.v9"},
    "unknown visibility": {"project": {"visibility": "everybody"}},
    "no project": {"data": {"milestone": {}}},
    "text for a number": {"hold_seconds": "soon"},
    "an area elsewhere": {
        "project": {"facets": {"missions": [5], "sectors": [], "areas": ["10"], "programme": None}}
    },
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_breaks_its_contract_is_kept(kind: str, project: Any, tell: Tell, operator: Api) -> None:
    """Nothing of it is half handled."""
    changes = dict(WRONG[kind])
    event_type, data = changes.pop("type", None), changes.pop("data", None)
    event = happened(project, **changes)
    event = replace(event, type=event_type or event.type, data=data or event.data)
    body = event.to_bytes() + b" " * len(uuid.uuid4().hex)

    tell(QUEUE, body)

    assert dead_letter(operator, body)["cause"] in ("unknown-type", "wrong-schema")
    refused(operator.get(f"/v1/audiences/{event.id}"), 404, "audience-not-found")


def test_a_known_id_with_other_content_is_kept(project: Any, tell: Tell, said: Said, operator: Api) -> None:
    """The first stands; the other one is for a person to look at."""
    event = happened(project)
    tell(QUEUE, event.to_bytes())
    resolved(said, event)
    other = replace(event, data={**event.data, "hold_seconds": 60}).to_bytes()

    tell(QUEUE, other)

    assert dead_letter(operator, other)["cause"] == "conflicting-duplicate"


def test_a_mended_dead_letter_has_its_audience(project: Any, tell: Tell, said: Said, operator: Api) -> None:
    """Replayed with what was missing, it goes the way of all events."""
    event = happened(project)
    broken = {**event.to_dict(), "data": {**event.data, "hold_seconds": "soon"}}
    body = json.dumps(broken).encode()
    tell(QUEUE, body)
    letter = dead_letter(operator, body)

    ok(operator.post(f"/v1/dead-letters/{letter['id']}/replay", {"body": event.to_dict()}))

    assert resolved(said, event)["relevant"] == 3


def test_hostile_words_go_through_as_words(project: Any, tell: Tell, said: Said) -> None:
    """HTML, emoji, right-to-left, line breaks, and a year of the Buddhist era in an event."""
    title = {"th": "<img src=x onerror=alert(1)> 🎉 שלום\r\nBcc: x@example.org", "en": None}
    event = happened(project, milestone={"title": title, "due_date": "2569-11-30"})

    tell(QUEUE, event.to_bytes())

    resolved(said, event)
    (page,) = [e for e in said() if e.id == f"{event.id}:0"]
    assert page.data["about"]["data"]["milestone"]["title"] == title


def test_a_measurement_tells_nobody(project: Any, tell: Tell, said: Said, operator: Api) -> None:
    """It is no dead letter either."""
    data = {
        "indicator_id": "i",
        "project_id": project["id"],
        "title": {"th": "ครัวเรือน", "en": None},
        "unit": {"th": "ครัวเรือน", "en": None},
        "areas": [],
    }
    measured = replace(happened(project), id="i:1", type="projects.indicator.measured.v1", data=data)
    reached = happened(project)

    tell(QUEUE, measured.to_bytes())
    tell(QUEUE, reached.to_bytes())

    resolved(said, reached)
    refused(operator.get("/v1/audiences/i:1"), 404, "audience-not-found")


# Preview ----------------------------------------------------------------------------------------------


def test_a_preview_says_who_why_when_and_who_not(
    manager: Partners, project: Any, tell: Tell, said: Said, signed: Callable[..., Api]
) -> None:
    """Before it is reported, from what is known of the milestone; and it stores nothing."""
    quiet = manager.contact(
        project["partner"],
        address=f"{uuid.uuid4().hex}@example.org",
        preferences={"quiet_hours": {"start": 0, "end": 23}},
    )
    left = manager.contact(project["partner"], unsubscribed=True)
    planned = happened(project, "milestone.planned", milestone={"status": "planned", "reached_on": None})
    tell(QUEUE, planned.to_bytes())
    coordinator = signed("coordinator")
    body = {"event_type": "milestone.reached", "milestone_id": f"m-{project['id']}"}

    def known() -> Any:
        answer = coordinator.post("/v1/audience/preview", body)
        return answer if answer.status_code == 200 else None

    answer = ok(eventually(known))

    found = {item["contact_id"]: item for item in answer["items"]}
    assert (answer["relevant"], answer["left_out"]) == (4, {"unsubscribed": 1})
    assert {found[each]["when"]["how"] for each in project["people"]} == {"by_hand"}
    assert found[quiet["id"]]["when"]["how"] in ("after_quiet_hours", "after_hold")
    assert (found[left["id"]]["why_not"], found[left["id"]]["when"]) == ("unsubscribed", None)
    assert found[quiet["id"]]["reasons"][0]["code"] == "sponsor"
    assert "example.org" not in json.dumps(answer)
    assert not [e for e in said() if e.id.startswith(planned.id)]


def test_a_preview_comes_in_pages(project: Any, signed: Callable[..., Api]) -> None:
    """Of a whole snapshot that was given, for an event that nobody has heard of."""
    body = {"event_type": "milestone.cancelled", "data": event_data(project={"id": project["id"]})}
    api = signed("partner_manager")

    first = ok(api.client.post("/v1/audience/preview", json=body, params={"limit": 2}))
    second = ok(api.client.post("/v1/audience/preview", json=body, params={"after": first["next"]}))

    assert [item["contact_id"] for item in first["items"] + second["items"]] == project["people"]
    assert (first["relevant"], second["next"]) == (3, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"event_type": "milestone.reached"}, 422),
        ({"event_type": "milestone.reached", "milestone_id": "a", "project_id": "b"}, 422),
        ({"event_type": "milestone.recalled", "milestone_id": "a"}, 422),
        ({"event_type": "milestone.reached", "milestone_id": "unknown"}, 404),
        ({"event_type": "milestone.reached", "project_id": "unknown"}, 404),
        ({"event_type": "milestone.reached", "data": {"project": {"id": "x"}}}, 422),
    ],
)
def test_a_preview_of_nothing_is_refused(signed: Callable[..., Api], body: Any, status: int) -> None:
    """With what is missing."""
    assert signed("coordinator").post("/v1/audience/preview", body).status_code == status


# Republishing and feedback --------------------------------------------------------------------------------


def test_an_audience_is_published_again_under_the_same_ids(
    project: Any, tell: Tell, said: Said, operator: Api
) -> None:
    """For a reader that missed it: all of it, or one page."""
    event = happened(project)
    tell(QUEUE, event.to_bytes())
    resolved(said, event)
    before = len(said())

    whole = operator.post(f"/v1/events/{event.id}/republish")
    one = operator.post(f"/v1/events/{event.id}:0/republish")

    assert ok(whole, 202)["event_ids"] == [f"{event.id}:0", f"{event.id}:head"]
    assert ok(one, 202)["event_ids"] == [f"{event.id}:0"]
    again = eventually(lambda: said()[before:] if len(said()) >= before + 3 else None)
    assert [e.id for e in again] == [f"{event.id}:0", f"{event.id}:head", f"{event.id}:0"]
    assert {e.fingerprint for e in again if e.id == f"{event.id}:0"} == {
        e.fingerprint for e in said()[:before] if e.id == f"{event.id}:0"
    }
    refused(operator.post("/v1/events/unknown:1/republish"), 404, "event-not-found")


def test_a_dead_address_comes_back_to_the_contact(manager: Partners, tell: Tell, operator: Api) -> None:
    """Over the queue of feedback; about somebody unknown it changes nothing."""
    address = f"{uuid.uuid4().hex}@example.org"
    contact = manager.contact(manager.partner(), address=address)
    event = Event(
        id=f"dispatch-{contact['id']}:1",
        type="notifications.address.suppressed.v1",
        source="prasan/notifications",
        subject=f"contacts/{contact['id']}",
        time=datetime.now(UTC),
        version=1,
        data={
            "contact_id": contact["id"],
            "contact_version": 1,
            "fingerprint": Sealer(SECRET).fingerprint(address),
            "why": "5.1.1",
        },
    )
    tell(FEEDBACK, replace(event, data={**event.data, "contact_id": "nobody"}).to_bytes())

    tell(FEEDBACK, event.to_bytes())

    def suppressed() -> Any:
        return ok(operator.get(f"/v1/contacts/{contact['id']}"))["suppressed"]

    assert eventually(suppressed)["why"] == "5.1.1"


# Crashes and replicas -------------------------------------------------------------------------------------


DURABLE_STEPS = (
    "audience.page_stored",
    "audience.head_stored",
    "consumer.handled",
    "relay.published",
    "relay.recorded",
    "relay.removed",
)


@pytest.fixture
def second(broker: Broker, database_server: Server, run_dir: Path) -> Iterator[ServiceProcess]:
    """Another replica over the same database and queues; not started."""
    process = ServiceProcess("partners", environment(broker, database_server.uri(DATABASE)), run_dir, 1)
    yield process
    process.kill()


@pytest.mark.slow
def test_a_crash_after_any_durable_step_loses_and_doubles_nothing(
    partners_process: ServiceProcess, second: ServiceProcess, project: Any, tell: Tell, said: Said
) -> None:
    """A replica that dies by SIGKILL at each place in turn, an event each; the next one finishes."""
    partners_process.stop()
    events = [happened(project, version=version) for version, _ in enumerate(DURABLE_STEPS, 1)]
    for place, event in zip(DURABLE_STEPS, events, strict=True):
        second.launch(failpoints=f"{place}=crash@1")
        tell(QUEUE, event.to_bytes())
        eventually(lambda: not second.running, 60)

    partners_process.start()

    for event in events:
        assert resolved(said, event)["relevant"] == 3
        assert told(said, event) == project["people"]
        assert len({e.fingerprint for e in said() if e.id == f"{event.id}:0"}) == 1


def test_two_replicas_share_the_work(
    second: ServiceProcess, manager: Partners, project: Any, tell: Tell, said: Said
) -> None:
    """Twenty events, each told to everybody once, whoever handled them."""
    second.start()
    events = [happened(project, version=version) for version in range(1, 21)]

    for event in events:
        tell(QUEUE, event.to_bytes())

    for event in events:
        resolved(said, event)
        assert told(said, event) == project["people"]
        assert len({e.fingerprint for e in said() if e.id == f"{event.id}:0"}) == 1
