"""prasan migrate, backup and restore against a real database server: what is refused, what an interruption
leaves, and what becomes of databases that were not read at one moment."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from pymongo import MongoClient

from prasan.backup import loading, restoring
from prasan.cli import main
from shared.messaging.topology import SERVICES
from shared.migrations import Schema
from shared.testing.database import Database
from tests.integration.prasan.test_answers import Stranger, stranger
from tests.restore import old_dump

__all__ = ["stranger"]  # the fixture

NOWHERE = "http://127.0.0.1:1"
Documents = dict[str, Any]


@dataclass
class Place:
    """Three databases that no other test has, and a file."""

    server: Database
    client: MongoClient[Documents]
    file: Path
    names: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, service: str) -> Any:
        return self.client[self.names[service]]

    def run(self, *arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--lang", "en"], env={**self.environment, **environment})

    def as_json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def restore(self, *options: str) -> Any:
        return self.as_json("restore", str(self.file), "--yes", *options)

    def again(self) -> Any:
        """Backed up as it stands, and restored over itself."""
        self.file = self.file.with_name(f"{uuid4().hex}.backup")
        assert self.run("backup", str(self.file)).exit_code == 0
        return self.restore("--replace")

    def content(self) -> Mapping[str, Any]:
        """Everything in all three."""
        return {
            f"{service}/{name}": sorted(self[service][name].find(), key=lambda d: str(d["_id"]))
            for service in SERVICES
            for name in self[service].list_collection_names()
        }

    def outbox(self, service: str, collection: str, document_id: str) -> list[str]:
        """The ids of the events that wait there."""
        found = self[service][collection].find_one({"_id": document_id}) or {}
        return [event["id"] for event in found.get("outbox", ())]

    def dispatch(self) -> Documents:
        found: Documents = self["notifications"]["dispatches"].find_one({"_id": old_dump.DISPATCH})
        return found


@pytest.fixture
def place(database_server: Database, tmp_path: Path) -> Iterator[Place]:
    """Empty databases, and the old dump as the file."""
    names = {service: f"{service}_{uuid4().hex}" for service in SERVICES}
    with database_server.client() as client:
        place = Place(database_server, client, tmp_path / "old.backup", names)
        place.file.write_bytes(old_dump.FILE.read_bytes())
        place.environment = {
            "PRASAN_SECRET_KEY": old_dump.SECRET,
            **{f"PRASAN_MONGO_URI_{s.upper()}": database_server.uri(names[s]) for s in SERVICES},
            **{f"{service.upper()}_URL": NOWHERE for service in SERVICES},
        }
        yield place
        for name in names.values():
            client.drop_database(name)


@pytest.fixture
def restored(place: Place) -> Place:
    """With the old dump in it."""
    place.restore()
    return place


# Migrating ------------------------------------------------------------------------------------------


def test_migrate_says_what_it_made_and_then_nothing(place: Place) -> None:
    """Given empty databases, every step is made and shown; again, nothing is."""
    first, second = place.as_json("migrate"), place.as_json("migrate")

    assert {row["service"] for row in first} == set(SERVICES)
    assert {row["made"] for row in first} == {"now"} and {row["made"] for row in second} == {"before"}


def test_migrate_touches_nothing_if_one_database_is_newer(place: Place) -> None:
    """Given one that newer code wrote, the other two stay as they are."""
    Schema(place["notifications"]).set_version(1_000)
    result = place.run("migrate")

    assert result.exit_code == 1 and "newer version of Prasan" in result.stderr
    assert place["projects"].list_collection_names() == []


@pytest.mark.parametrize("arguments", [("migrate",), ("backup", "x.backup"), ("restore", "x.backup")])
def test_a_missing_setting_is_named(place: Place, arguments: tuple[str, ...]) -> None:
    """Given no address of one database: exit 4, and the variable."""
    result = place.run(*arguments, PRASAN_MONGO_URI_PARTNERS="")
    assert result.exit_code == 4 and "PRASAN_MONGO_URI_PARTNERS" in result.stderr


def test_an_unreadable_address_is_named_and_not_shown(place: Place) -> None:
    """Given an address that is none, its password stays out of the message."""
    result = place.run("migrate", PRASAN_MONGO_URI_PARTNERS="mongo//partners:s3cret@x")
    assert result.exit_code == 4 and "PRASAN_MONGO_URI_PARTNERS" in result.stderr
    assert "s3cret" not in result.output and "Traceback" not in result.output


def test_a_silent_database_is_said_to_be_silent(place: Place) -> None:
    """Given nobody at the address: exit 3."""
    silent = "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200"
    result = place.run("migrate", PRASAN_MONGO_URI_PARTNERS=silent)
    assert result.exit_code == 3 and "database does not answer" in result.stderr


def test_a_dump_of_an_older_schema_is_upgraded(restored: Place) -> None:
    """Given a dump from before versions, its dispatches have the marks of today and the index for them."""
    dispatches = restored["notifications"]["dispatches"]

    assert restored.dispatch().keys().isdisjoint({"waits_for", "waits_for_mail_mode", "attention"})
    assert restored.dispatch()["marks"] == ["restored", "state/by_hand"]
    assert {"marks_1", "due_at_1", "outbox.id_1"} <= dispatches.index_information().keys()
    assert not {"waits_for_1", "attention_1"} & dispatches.index_information().keys()
    assert restored["partners"]["contacts"].index_information()["one_address"]["unique"]
    assert {row["made"] for row in restored.as_json("migrate")} == {"before"}


# Backing up -----------------------------------------------------------------------------------------


def test_a_backup_on_standard_output_is_a_backup(restored: Place) -> None:
    """Given -, the bytes go there and nothing else does."""
    result = restored.run("backup", "-")
    assert result.exit_code == 0
    restored.file.write_bytes(result.stdout_bytes)
    assert restored.restore("--replace")["counts"]["projects"]["projects"] == 1


def test_a_backup_overwrites_nothing(restored: Place) -> None:
    """Given a file of that name, it stays."""
    restored.file.write_bytes(b"precious")
    result = restored.run("backup", str(restored.file))
    assert result.exit_code == 1 and "is there already" in result.stderr
    assert restored.file.read_bytes() == b"precious"


def test_a_full_disk_is_one_message_and_leaves_nothing(
    restored: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no room left, neither the file nor a part of it stays."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = restored.run("backup", str(tmp_path / "new.backup"))
    assert result.exit_code == 1 and "No space left" in result.stderr and "Traceback" not in result.output
    assert list(tmp_path.glob("new.backup*")) == []


def test_a_place_that_is_not_there_is_one_message(restored: Place, tmp_path: Path) -> None:
    """Given a folder that does not exist, it is said."""
    result = restored.run("backup", str(tmp_path / "nowhere" / "new.backup"))
    assert result.exit_code == 1 and "could not be written" in result.stderr


def test_what_processes_hold_is_not_kept(restored: Place) -> None:
    """Given leases of running processes, the backup leaves them out."""
    restored["projects"]["leases"].insert_one({"_id": "relay", "holder": "somebody"})
    restored.again()
    assert "leases" not in restored["projects"].list_collection_names()


# What a restore refuses -----------------------------------------------------------------------------


def test_a_full_database_is_refused_without_replace(restored: Place) -> None:
    """Given data, nothing is touched and --replace is named; with it, the old is gone."""
    restored["projects"]["projects"].insert_one({"_id": "mine", "version": 1})
    before = restored.content()
    result = restored.run("restore", str(restored.file), "--yes")

    assert result.exit_code == 1 and "--replace" in result.stderr and restored.content() == before
    restored.restore("--replace")
    assert restored["projects"]["projects"].find_one({"_id": "mine"}) is None


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda content: content[:-100], "damaged"),
        (lambda content: content[:3000] + b"\0" + content[3001:], "damaged"),
        (lambda content: b"", "no backup"),
        (lambda content: b"a letter", "no backup"),
    ],
)
def test_a_bad_file_touches_nothing(restored: Place, damage: Any, word: str) -> None:
    """Given a file that is no whole backup, the databases stay as they are even with --replace."""
    restored.file.write_bytes(damage(restored.file.read_bytes()))
    before = restored.content()
    result = restored.run("restore", str(restored.file), "--yes", "--replace")

    assert result.exit_code == 1 and word in result.stderr and "Traceback" not in result.output
    assert restored.content() == before


def test_another_key_is_named(place: Place) -> None:
    """Given another PRASAN_SECRET_KEY, that is what is said."""
    result = place.run(
        "restore", str(place.file), "--yes", PRASAN_SECRET_KEY="another-Wm3kZ0pXr9sLv5tYb8nHc1dGf4jAe6u"
    )
    assert result.exit_code == 1 and "PRASAN_SECRET_KEY" in result.stderr
    assert place["projects"].list_collection_names() == []


def test_a_missing_file_is_named(place: Place) -> None:
    """Given no such file: exit 1 and its name."""
    result = place.run("restore", str(place.file) + ".x", "--yes")
    assert result.exit_code == 1 and "old.backup.x cannot be read" in result.stderr


def test_a_backup_of_newer_code_is_refused(restored: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a file of a schema that this code does not know, nothing is touched."""
    monkeypatch.setattr("prasan.backup.making._version", lambda place: 1_000)
    newer = restored.file.with_name("newer.backup")
    assert restored.run("backup", str(newer)).exit_code == 0
    before = restored.content()
    result = restored.run("restore", str(newer), "--yes", "--replace")

    assert result.exit_code == 1 and "newer version of Prasan" in result.stderr
    assert restored.content() == before


def test_a_running_service_is_not_disturbed(place: Place, stranger: Stranger) -> None:
    """Given a service that answers, it has to be stopped first."""
    stranger.respond = lambda path, query: (200, "application/json", b'{"status": "ok"}')
    result = place.run("restore", str(place.file), "--yes", PARTNERS_URL=stranger.url)

    assert result.exit_code == 1 and "Stop the services" in result.stderr and "partners" in result.stderr
    assert place["projects"].list_collection_names() == []


def test_nobody_to_ask_means_no(place: Place) -> None:
    """Given no terminal and no --yes, nothing happens."""
    result = place.run("restore", str(place.file))
    assert result.exit_code == 1 and "--yes" in result.stderr
    assert place["projects"].list_collection_names() == []


# What an interruption leaves ------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["empty", "load", "rejoin", "end"])
def test_an_interrupted_restore_is_simply_run_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Given a restore killed behind any of its steps, no service starts, and the next run makes it whole."""
    where = restoring if step == "rejoin" else loading
    whole = getattr(where, step)

    def killed(*arguments: Any) -> None:
        if step != "end":
            whole(*arguments)
        raise Killed

    monkeypatch.setattr(where, step, killed)
    with pytest.raises(Killed):
        CliRunner().invoke(
            main, ["restore", str(place.file), "--yes"], env=place.environment, catch_exceptions=False
        )
    assert all(Schema(place[service]).restore_under_way() for service in SERVICES)

    monkeypatch.setattr(where, step, whole)
    answer = place.restore()

    assert not any(Schema(place[service]).restore_under_way() for service in SERVICES)
    assert answer["held"] == 3 and place["projects"]["events"].count_documents({}) == 4
    assert len(place.outbox("notifications", "dispatches", old_dump.DISPATCH)) == 1


# What becomes of three databases that were not read at one moment ------------------------------------


def test_what_was_unfinished_is_held_and_the_rest_is_as_it_was(restored: Place) -> None:
    """Given one by hand and three not sent, the three wait, and whoever has an address is in doubt."""
    found = {r["contact"]: r for r in restored.dispatch()["recipients"]}

    assert found[old_dump.BY_HAND]["state"] == "by_hand"
    held = {old_dump.BY_MAIL, old_dump.QUIET, old_dump.ERASED}
    assert {found[each]["state"] for each in held} == {"held"}
    assert {found[each]["why"] for each in held} == {"restored"}
    assert found[old_dump.BY_MAIL]["doubts"] == 1
    assert "due_at" not in restored.dispatch() and "lease" not in restored.dispatch()


def test_versions_leap_above_all_that_was_given(restored: Place) -> None:
    """Given any document whose version makes ids or ETags, it is at the base of this restore."""
    base = restored.again()["base"]
    places = {
        "projects": ("projects",),
        "partners": ("partners", "contacts", "engagements"),
        "notifications": ("dispatches", "suppressions"),
    }
    versions = {
        document["version"]
        for service, names in places.items()
        for name in names
        for document in restored[service][name].find()
    }
    assert versions == {base}


def test_a_second_restore_leaps_further(restored: Place) -> None:
    """Given versions that went on after a restore, the next one begins above them."""
    late = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
    restored["projects"]["projects"].update_one({}, {"$set": {"version": late}})
    assert restored.again()["base"] == late + 1


def test_every_contact_is_told_again_and_nobody_comes_back(restored: Place) -> None:
    """Given contacts and a tombstone, each waits with its newest state, the erased one as erased."""
    contacts = {d["_id"]: d for d in restored["partners"]["contacts"].find()}
    newest = {key: d["outbox"][-1] for key, d in contacts.items()}

    assert all(event["version"] == contacts[key]["version"] for key, event in newest.items())
    assert newest[old_dump.ERASED]["type"] == "partners.contact.erased.v1"
    assert newest[old_dump.BY_MAIL]["type"] == "partners.contact.changed.v1"
    assert "example.org" not in json.dumps(newest)


def test_a_page_that_the_ledger_missed_is_said_again(restored: Place) -> None:
    """Given pages or dispatches that came after the ledger was read, partners says them again."""
    restored["notifications"]["dispatches"].delete_many({})
    restored.again()
    assert restored.outbox("partners", "audience_pages", f"{old_dump.REACHED}:0") == [f"{old_dump.REACHED}:0"]


def test_an_event_without_its_audience_is_said_again(restored: Place) -> None:
    """Given a report of which partners knew nothing yet, projects says it again, once."""
    for name in ("audiences", "audience_pages"):
        restored["partners"][name].delete_many({})
    restored.again()
    assert restored.outbox("projects", "projects", old_dump.PROJECT) == [old_dump.REACHED]
    restored.again()
    assert restored.outbox("projects", "projects", old_dump.PROJECT) == [old_dump.REACHED]


def test_a_head_that_projects_missed_is_said_again(restored: Place) -> None:
    """Given an audience whose head was on its way, partners says it again."""
    restored["projects"]["audiences"].delete_many({})
    restored.again()
    assert restored.outbox("partners", "audiences", old_dump.REACHED) == [f"{old_dump.REACHED}:head"]


def test_what_happened_behind_the_reading_is_forgotten_whole(restored: Place) -> None:
    """Given history and outcomes of what the documents do not know, they go: half a fact is none."""
    history = restored["projects"]["events"]
    ahead = {**history.find_one({"_id": old_dump.REACHED}), "_id": f"{old_dump.PROJECT}:9", "version": 2**40}
    history.insert_one(ahead)
    restored["projects"]["outcomes"].insert_one({"_id": "unknown:0:0", "version": 3, "event_id": "unknown"})
    restored["projects"]["audiences"].insert_one({"_id": "unknown"})
    restored["projects"]["projects"].update_one({}, {"$set": {"version": 2**30}})

    answer = restored.again()

    assert answer["forgotten"] == 3
    assert history.find_one({"_id": ahead["_id"]}) is None
    assert restored["projects"]["outcomes"].find_one({"_id": "unknown:0:0"}) is None


def test_what_a_lane_had_written_down_counts_as_known(restored: Place) -> None:
    """Given a dispatch that was being sent, who was told by its attempts is told, the rest is held."""
    dispatch = restored.dispatch()
    for recipient in dispatch["recipients"]:
        recipient |= {"state": "pending", "due_at": datetime.now(UTC)}
        for name in ("why", "doubts"):
            recipient.pop(name, None)
    lease = {"token": "t", "lane": "gone/1", "until": datetime.now(UTC)}
    restored["notifications"]["dispatches"].update_one(
        {}, {"$set": {"recipients": dispatch["recipients"], "lease": lease}}
    )
    attempt = {"position": 0, "at": datetime.now(UTC), "verdict": "taken", "code": 250}
    restored["notifications"]["attempts"].insert_one(
        {
            "_id": f"{old_dump.DISPATCH}:{dispatch['version']}",
            "dispatch_id": old_dump.DISPATCH,
            "attempts": [{**attempt, "enhanced": None, "text": "", "language": "th", "slots": {}}],
        }
    )
    restored.again()

    assert [r["state"] for r in restored.dispatch()["recipients"]] == ["accepted", "held", "held", "held"]
    assert "lanes" not in restored["notifications"].list_collection_names()


def test_a_suppression_that_partners_missed_is_said_again(restored: Place) -> None:
    """Given an address that takes no mail, and partners does not know, it is told once more."""
    contact = restored["notifications"]["contacts"].find_one({"_id": old_dump.BY_MAIL})
    fingerprint = contact["address_fingerprint"]
    restored["notifications"]["suppressions"].insert_one(
        {"_id": fingerprint, "version": 1, "active": True, "why": "5.1.1", "at": datetime.now(UTC), "by": "x"}
    )
    restored.again()
    assert len(restored.outbox("notifications", "suppressions", fingerprint)) == 1


def test_what_people_answered_is_kept_and_nothing_is_said_to_them_twice(restored: Place) -> None:
    """Given a mail that nobody has handled, a wish that nobody has heard of and acknowledgements to be sent:
    the first two are taken up, the others may have been sent and are in doubt."""
    now, contact = datetime.now(UTC), old_dump.BY_MAIL
    database = restored["notifications"]
    wish = {"id": f"{contact}:wish:3", "type": "notifications.contact.unsubscribed.v1"}
    database["incoming"].insert_one({"_id": "mail", "version": 1, "state": "new", "due_at": now, "raw": b"x"})
    database["wishes"].insert_one({"_id": contact, "version": 3, "sources": ["mail"], "outbox": [wish]})
    letter = {"_id": "letter", "state": "pending", "due_at": now, "attempts": 0, "contact_id": contact}
    database["acknowledgements"].insert_many([letter, {**letter, "_id": "under way", "state": "sending"}])
    answer = restored.again()

    mail = database["incoming"].find_one({"_id": "mail"})
    assert mail and (mail["state"], mail["raw"], "due_at" in mail) == ("new", b"x", True)
    wishes = database["wishes"].find_one({"_id": contact})
    assert wishes and wishes["version"] == answer["base"] and wishes["sources"] == ["mail"]
    assert restored.outbox("notifications", "wishes", contact) == [f"{contact}:wish:3"]
    for found in database["acknowledgements"].find():
        assert (found["state"], found["why"], "due_at" in found) == ("uncertain", "restored", False)
