"""People by hand, out of spreadsheets, copied and erased: the operator's commands over the running system."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import amqp
import openpyxl
import pytest
from bson import Binary
from cryptography.fernet import InvalidToken

from prasan.demo.province import Province, until
from prasan.importing.forms import FORMS
from prasan.importing.template import write_template
from shared.errors import Unreadable
from shared.messaging.topology import SERVICES
from shared.sealing import Sealer
from tests.e2e.test_operator import as_json, run
from tests.e2e.world import QUIET, SOON, World, counts

DAY = "30/11/2569"


def spreadsheet(kind: str, path: Path, **sheets: list[Mapping[str, Any]]) -> str:
    """The template with these rows in it."""
    write_template(kind, path)
    book = openpyxl.load_workbook(path)
    for form in FORMS[kind]:
        names = [column.name for column in form.columns]
        for number, row in enumerate(sheets.get(form.name, []), start=3):
            for name, value in row.items():
                book[form.title("th")].cell(number, names.index(name) + 1, value)
    book.save(path)
    return str(path)


def project_row(name: str) -> Mapping[str, Any]:
    return {
        "code": "A", "title_th": f"โครงการนำเข้า {name}", "agency_th": "สำนักงานตัวอย่าง",
        "coordinator_id": "phimchai", "coordinator_th": "พิมพ์ใจ ตัวอย่าง", "office_th": "สำนักงานจังหวัดลำพูน",
        "telephone": "0 5300 0000", "fiscal_year": 2570, "missions": "5", "sectors": "สิ่งแวดล้อม",
        "areas": "จังหวัดลำพูน (51)", "visibility": "เผยแพร่ทั่วไป", "project_status": "ดำเนินการอยู่",
    }  # fmt: skip


class TestImport:
    """`prasan import`."""

    def test_what_a_spreadsheet_says_is_there_and_nobody_was_told(self, world: World, tmp_path: Path) -> None:
        """Partners, contacts, projects, milestones; the first report reaches them, by mail or by hand."""
        address = f"{world.name}-imported@example.org"
        people = spreadsheet(
            "partners",
            tmp_path / "partners.xlsx",
            partners=[{"code": "P", "name_th": f"องค์กรนำเข้า {world.name}", "kinds": "ส่วนราชการ"}],
            contacts=[
                {"partners": "P", "person_th": "สมหญิง นำเข้า", "address": address,
                 "basis": "ความยินยอม", "basis_source": "แบบฟอร์ม", "basis_recorded_on": "1 ต.ค. 2569"},
                {"partners": "P", "person_th": "ป้าแดง นำเข้า", "by_hand": "โทร 0 5300 0001",
                 "basis": "ความยินยอม", "basis_source": "แบบฟอร์ม"},
            ],
        )  # fmt: skip
        plans = spreadsheet(
            "projects",
            tmp_path / "projects.xlsx",
            projects=[project_row(world.name)],
            milestones=[
                {"project": "A", "title_th": "อบรมนำเข้า", "due_date": DAY},
                {"project": "A", "title_th": "เสร็จแล้ว", "due_date": "1 ต.ค. 2569",
                 "milestone_status": "แล้วเสร็จ", "reached_on": "1 ต.ค. 2569"},
            ],
        )  # fmt: skip
        mails = len(world.province.stack.mailbox.messages())

        assert as_json(world.province, "import", people, "--dry-run")["rows"] == {
            "partners": 1,
            "contacts": 2,
        }
        first = as_json(world.province, "import", people)
        second = as_json(world.province, "import", plans)
        again = run(world.province, "import", people)

        assert (first["counts"], second["counts"]) == ({"created": 3}, {"created": 3})
        assert again.exit_code == 0 and "imported before" in again.stderr
        time.sleep(2 * QUIET)
        assert len(world.province.stack.mailbox.messages()) == mails
        self._report(world, first["results"], second["results"], address)

    def _report(self, world: World, people: list[Any], plans: list[Any], address: str) -> None:
        partner_id, project_id, milestone_id = people[0]["id"], plans[0]["id"], plans[1]["id"]
        body = {"project_id": project_id, "role": "sponsor"}
        world.services.post("partners", f"/v1/partners/{partner_id}/engagements", body)
        answer = world.report(milestone_id, "reach")
        outcome = world.settled(milestone_id, answer["event_id"])
        assert counts(outcome) == {"accepted": 1, "by_hand": 1}
        told = [mail for mail in world.province.stack.mailbox.messages() if address in mail.recipients]
        assert len(told) == 1
        self._by_hand(world, project_id, milestone_id, answer["event_id"])

    def _by_hand(self, world: World, project_id: str, milestone_id: str, event_id: str) -> None:
        """The call list, told, told again, undone, told."""
        (item,) = as_json(world.province, "by-hand", "list", "--project", project_id)
        assert item["name"] == "ป้าแดง นำเข้า" and item["reach_by"] == "โทร 0 5300 0001"
        assert "ป้าแดง" in run(world.province, "by-hand", "list", "--milestone", milestone_id).stdout
        for arguments in ((), (), ("--undo",), ("--how", "line", "--by", "กำนัน")):
            result = run(world.province, "by-hand", "told", item["id"], *arguments)
            assert result.exit_code == 0, result.output
        sentence = until(lambda: _says_told(world.outcome(milestone_id, event_id)), SOON)
        assert "แจ้งด้วยตนเองแล้ว 1" in sentence
        assert as_json(world.province, "by-hand", "list", "--project", project_id) == []

    def test_one_wrong_cell_and_nothing_is_there(self, world: World, tmp_path: Path) -> None:
        """Exit 1; the service's own objection is said by row and column, too."""
        row = {**project_row(world.name), "programme": "ไม่มีแผนงานนี้"}
        plans = spreadsheet("projects", tmp_path / "p.xlsx", projects=[row])

        result = run(world.province, "import", plans)

        assert result.exit_code == 1 and "row 3 column Programme (N)" in result.stderr
        found = world.services.get("projects", "/v1/projects", q=f"นำเข้า {world.name}")
        assert found["items"] == []


def _says_told(outcome: Any) -> str:
    sentence = outcome["sentence"]["th"]
    return sentence if "แจ้งด้วยตนเองแล้ว" in sentence else ""


class TestPerson:
    """`prasan contact`."""

    @pytest.fixture
    def person(self, world: World) -> Iterator[dict[str, str]]:
        """Somebody who has left a trace wherever one can be left."""
        name, address = f"ศรีสุดา{world.name}", f"srisuda.{world.name}@example.org"
        project = world.project()
        contact = world.sponsor(project, name={"th": name, "en": f"Srisuda {world.name}"}, address=address)
        answer = world.report(project.milestones[0], "reach")
        world.wait_for_mails(contact)
        world.settled(project.milestones[0], answer["event_id"])
        _leave_traces(world.province, contact.id, name, address, project.id)
        yield {"id": contact.id, "name": name, "address": address}

    def test_a_copy_is_complete_readable_and_private(
        self, world: World, person: dict[str, str], tmp_path: Path
    ) -> None:
        """As JSON and as a page; found by the address."""
        (found,) = as_json(world.province, "contact", "find", person["address"].upper())
        assert found["id"] == person["id"]
        files = as_json(world.province, "contact", "export", person["id"], "--out", str(tmp_path))["files"]
        copy, page = json.loads(Path(files[0]).read_text("utf-8")), Path(files[1]).read_text("utf-8")

        assert copy["notifications"]["deliveries"][0]["message"]["text"].count(person["name"])
        assert copy["projects"]["questions"] and copy["notifications"]["incoming"]
        assert page.count(person["name"]) >= 3 and person["address"] in page and '<html lang="th">' in page
        assert "<script>" not in page and "://" not in page
        assert {Path(file).stat().st_mode & 0o777 for file in files} == {0o600}

    def test_a_withdrawn_basis_stops_the_next_mail(self, world: World) -> None:
        """Told to the sender at once."""
        project = world.project()
        contact = world.sponsor(project)
        assert run(world.province, "contact", "withdraw", contact.id).exit_code == 0
        time.sleep(QUIET)
        answer = world.report(project.milestones[0], "reach")
        outcome = world.settled(project.milestones[0], answer["event_id"])
        assert outcome["left_out"] == {"no_lawful_basis": 1} and world.mails(contact) == []

    def test_erased_nothing_is_left_in_any_database_but_tombstone_and_hash(
        self, world: World, person: dict[str, str]
    ) -> None:
        """Every document of every collection of all three is searched for name and address: as it stands,
        unpacked, decoded and unsealed."""
        assert _traces(world.province, person) != []  # the search finds what is there

        result = run(world.province, "contact", "erase", person["id"], "--yes")
        assert result.exit_code == 0, result.output

        until(lambda: _traces(world.province, person) == [], SOON)
        time.sleep(2 * QUIET)
        assert _traces(world.province, person) == []
        with world.province.stack.database.client() as client:
            tombstone = client["partners"].contacts.find_one({"_id": person["id"]})
            assert set(tombstone) <= {
                "_id", "version", "created_at", "updated_at", "erased_at", "erased_fingerprint",
                "unfinished_since", "outbox",
            }  # fmt: skip
            suppressed = client["notifications"].suppressions.find_one(
                {"_id": tombstone["erased_fingerprint"]}
            )
            assert suppressed["active"]
        assert run(world.province, "contact", "export", person["id"]).exit_code == 1

    def test_erasing_somebody_unknown_is_refused(self, world: World) -> None:
        """And asks first."""
        assert run(world.province, "contact", "erase", "nobody", "--yes").exit_code == 1


def _leave_traces(province: Province, contact_id: str, name: str, address: str, project_id: str) -> None:
    """A dead letter in each queue that hears of people, a mail that came in, a question."""
    letter = {"id": contact_id, "name": name, "address": address}
    with province.stack.broker.connection() as connection:
        channel = connection.channel()
        for queue in ("notifications.contacts", "partners.feedback", "projects.questions"):
            message = amqp.Message(json.dumps(letter), delivery_mode=2)
            channel.basic_publish_confirm(message, exchange="replay", routing_key=queue)
    with province.stack.database.client() as client:
        raw = Binary(zlib.compress(f"From: {name} <{address}>\n\nหยุด".encode()))
        mail = {"contact_id": contact_id, "raw": raw, "envelope_to": [], "outcome": "wish"}
        client["notifications"].incoming.insert_one({"_id": contact_id, **mail})
        asked = {"contact_id": contact_id, "project_id": project_id, "name": name, "text": f"{name}: เมื่อไร"}
        asked |= {"asked_at": datetime.now(UTC), "delivery_id": "d", "event_id": "e", "milestone_id": "m"}
        client["projects"].questions.insert_one({"_id": contact_id, **asked})
        until(lambda: all(client[service].dead_letters.count_documents({}) for service in SERVICES), SOON)


def _traces(province: Province, person: Mapping[str, str]) -> list[str]:
    """database.collection of every document in which the person can be read."""
    sealer = Sealer(province.stack.environment("partners")["PRASAN_SECRET_KEY"])
    words = (person["name"], person["address"])
    found = []
    with province.stack.database.client() as client:
        for service in SERVICES:
            for collection in client[service].list_collection_names():
                for document in client[service][collection].find():
                    if any(word.casefold() in text for text in _readable(document, sealer) for word in words):
                        found.append(f"{service}.{collection}")
    return found


def _readable(value: Any, sealer: Sealer) -> Iterator[str]:
    """Every text inside, however it is packed, encoded or sealed."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name).casefold()
            yield from _readable(inner, sealer)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _readable(inner, sealer)
    elif isinstance(value, bytes):
        yield from _readable(_unpacked(value).decode("utf-8", "replace"), sealer)
    else:
        text = str(value)
        yield text.casefold()
        yield from _hidden(text, sealer)


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def _hidden(text: str, sealer: Sealer) -> Iterator[str]:
    """What JSON, a seal or base64 hides."""
    if text.startswith("gAAAA"):
        try:
            yield json.dumps(sealer.open(text), ensure_ascii=False).casefold()
        except (Unreadable, InvalidToken):
            return
    if text.startswith(("{", "[")):
        try:
            yield from _readable(json.loads(text), sealer)
        except ValueError:
            return
    elif len(text) > 40 and text.isascii() and " " not in text:
        try:
            yield base64.b64decode(text, validate=True).decode("utf-8", "replace").casefold()
        except ValueError:
            return
