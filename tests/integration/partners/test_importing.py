"""An import of partners: whole or not at all, once, silent, and resumed after a crash."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.partners.schemas.imports import NewImport
from shared.auth import Caller
from shared.errors import Invalid
from shared.imports.running import Importer
from tests.integration.partners.world import MANAGER, World
from tests.integration.projects.api import Api, ok

SHA = "0" * 64
ROLES = frozenset({"partner_manager"})


def partner(code: str = "P1", **given: Any) -> dict[str, Any]:
    name = {"th": f"องค์กร {code}"}
    return {"row": 3, "code": code, "name": name, "kinds": ["community"], **given}


def person(*partners: str, **given: Any) -> dict[str, Any]:
    usual = {"row": 3, "partners": list(partners or ("P1",)), "name": {"th": "สมหญิง ใจดี"}}
    return {**usual, "address": "somying@example.org", **given}


def handed_in(world: World, partners: list[Any], contacts: list[Any], by: str = "manager") -> dict[str, Any]:
    body = {"file": "partners.xlsx", "sha256": SHA, "partners": partners, "contacts": contacts}
    return world.use_cases.imports.hand_in(NewImport().load(body), Caller(by, ROLES))


def results(world: World, identity: str) -> list[tuple[str, int, str]]:
    found = world.use_cases.import_store.results(identity, 0, 10_000)
    return [(each["sheet"], each["row"], each["what"]) for each in found]


def imported(world: World, partners: list[Any], contacts: list[Any]) -> list[tuple[str, int, str]]:
    answer = handed_in(world, partners, contacts)
    world.use_cases.importer.run()
    return results(world, answer["id"])


def test_rows_become_partners_and_their_contacts(world: World) -> None:
    """Joined by the codes of the file, which are not kept; with when the contact was imported."""
    found = imported(world, [partner("P1"), partner("P2", row=4)], [person("P1", "P2")])

    assert found == [("partners", 3, "created"), ("partners", 4, "created"), ("contacts", 3, "created")]
    (contact,) = world.database.contacts.find()
    assert len(contact["partner_ids"]) == 2 and contact["imported_at"]
    assert "code" not in world.database.partners.find_one()


def test_an_import_alerts_nobody_and_only_contacts_are_told_of(world: World) -> None:
    """The sender learns of new contacts, and nothing else is said."""
    imported(world, [partner()], [person()])

    assert [event.type for event in world.publish()] == ["partners.contact.changed.v1"]
    assert world.database.audience_pages.count_documents({}) == 0


def test_the_history_says_who_imported_what_and_names_nobody(world: World) -> None:
    """One event for the whole import."""
    imported(world, [partner()], [person()])

    (event,) = world.database.events.find({"type": "partners.import.finished.v1"})
    assert event["envelope"]["actor"] == "manager"
    assert event["envelope"]["data"]["counts"] == {"created": 2}
    assert "somying" not in str(event) and "สมหญิง" not in str(event)


def test_the_rows_are_forgotten_once_they_are_applied(world: World) -> None:
    """What names people stands with the contacts only."""
    imported(world, [partner()], [person()])

    (kept,) = world.database.imports.find()
    assert kept["state"] == "done" and "rows" not in kept
    assert "somying" not in str(kept) and "สมหญิง" not in str(kept)


def test_the_same_rows_are_the_same_import(world: World) -> None:
    """Whoever hands them in again; nothing is added."""
    first = handed_in(world, [partner()], [person()])
    world.use_cases.importer.run()

    again = handed_in(world, [partner()], [person()], by="somebody else")

    assert again["id"] == first["id"] and again["known"] and not first["known"]
    assert world.use_cases.importer.run() == 0
    assert world.database.contacts.count_documents({}) == 1


def test_a_known_address_is_merged_and_nothing_of_it_overwritten(world: World) -> None:
    """The contact speaks for one more partner; name, wishes and withdrawal stay."""
    there = world.partner()
    known = world.contact(there, address="Somying@example.org", unsubscribed=True)

    found = imported(world, [partner()], [person(name={"th": "ชื่ออื่น"})])

    after = world.use_cases.contacts.get(known["id"])
    assert found[-1] == ("contacts", 3, "merged")
    assert after["name"]["th"] == "สมชาย ใจดี" and after["unsubscribed_at"]
    assert len(after["partner_ids"]) == 2 and after["partner_ids"][0] == there
    assert world.database.contacts.count_documents({}) == 1


def test_a_changed_file_adds_only_what_is_new(world: World) -> None:
    """What the first import made is found again, also who has no address."""
    by_hand = person(row=4, address=None, by_hand={"th": "โทร"}, name={"th": "ป้าแดง"})
    imported(world, [partner()], [person(), by_hand])

    found = imported(
        world, [partner(), partner("P9", row=9)], [person(), by_hand, person(row=5, address="b@example.org")]
    )

    assert found == [
        ("partners", 3, "existing"),
        ("partners", 9, "created"),
        ("contacts", 3, "merged"),
        ("contacts", 4, "existing"),
        ("contacts", 5, "created"),
    ]


def test_who_asked_to_be_forgotten_does_not_come_back_by_a_spreadsheet(world: World) -> None:
    """Known by the hash alone."""
    contact = world.contact(world.partner(), address="somying@example.org")
    world.use_cases.forgetting.erase(contact["id"], 1, MANAGER)

    assert imported(world, [partner()], [person()])[-1] == ("contacts", 3, "erased")
    assert world.database.contacts.count_documents({"address": {"$exists": True}}) == 0


class Dies(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("dies_at", [1, 99, 100])
def test_a_crash_anywhere_loses_no_row_and_doubles_none(world: World, dies_at: int) -> None:
    """Another process goes on, applies the open batch again and finds its rows there."""
    people = [person(row=n, address=f"p{n}@example.org") for n in range(3, 123)]
    answer = handed_in(world, [partner()], people)
    applying = world.use_cases.imports

    class Dying:
        count = 0

        def apply(self, *given: Any) -> Any:
            Dying.count += 1
            if Dying.count > dies_at:
                raise Dies
            return applying.apply(*given)

    with pytest.raises(Dies):
        _importer(world, Dying()).run()
    world.replica().importer.run()

    found = results(world, answer["id"])
    assert [what for _, _, what in found] == ["created"] * 121
    assert world.database.contacts.count_documents({}) == 120
    assert len([e for e in world.publish() if e.type == "partners.contact.changed.v1"]) == 120


def test_two_replicas_at_once_make_each_row_once(world: World) -> None:
    """Whoever comes second stops."""
    answer = handed_in(world, [partner()], [person()])
    other, applying = world.replica(), world.use_cases.imports

    class Slow:
        def apply(self, *given: Any) -> Any:
            other.importer.run()
            return applying.apply(*given)

    _importer(world, Slow()).run()

    assert results(world, answer["id"]) == [("partners", 3, "created"), ("contacts", 3, "created")]
    assert world.database.partners.count_documents({}) == 1


def test_a_row_that_nobody_foresaw_does_not_stop_the_others(world: World) -> None:
    """It is counted as refused, and the import comes to its end."""
    answer = handed_in(world, [partner()], [person(), person(row=4, address="b@example.org")])
    applying = world.use_cases.imports

    class Broken:
        def apply(self, under: Any, row: Any, codes: Any) -> Any:
            if row.number == 3 and row.sheet == "contacts":
                raise TypeError("nobody foresaw this")
            return applying.apply(under, row, codes)

    _importer(world, Broken()).run()

    assert [what for _, _, what in results(world, answer["id"])] == ["created", "refused", "created"]


WRONG: dict[str, Callable[[], tuple[list[Any], list[Any]]]] = {
    "/partners/1/code": lambda: ([partner(), partner(row=4, name={"th": "อื่น"})], []),
    "/partners/1/name": lambda: ([partner(), partner("P2", row=4, name={"th": "องค์กร P1"})], []),
    "/partners/0/missions": lambda: ([partner(kinds=["jppcc"])], []),
    "/contacts/0/partners/0": lambda: ([partner()], [person("P7")]),
    "/contacts/0/address": lambda: ([partner()], [person(address="no address")]),
    "/contacts/1/address": lambda: ([partner()], [person(), person(row=4, address="SOMYING@example.org")]),
    "/partners": lambda: ([], []),
}


@pytest.mark.parametrize("field", WRONG)
def test_one_wrong_row_refuses_the_whole(world: World, field: str) -> None:
    """Named by its place, and nothing is stored."""
    with pytest.raises(Invalid) as refused:
        handed_in(world, *WRONG[field]())

    assert field in [error.field for error in refused.value.errors]
    assert "example.org" not in str(refused.value.errors)
    assert world.database.imports.count_documents({}) == 0


def test_hostile_names_stay_names(world: World) -> None:
    """HTML, emoji, right-to-left letters and formulas are texts here."""
    names = ["<b>x</b>", "👩‍🌾", "مرحبا", "=1+1", "'; DROP TABLE", "$where", "a.b.c"]
    people = [
        person(row=n + 3, address=f"p{n}@example.org", name={"th": names[n % len(names)]}) for n in range(200)
    ]

    found = imported(world, [partner()], people)

    assert {what for _, _, what in found} == {"created"}


def _importer(world: World, applying: Any) -> Importer:
    return Importer("partners", world.use_cases.import_store, applying, lambda event: None, world.clock)


class TestOverRest:
    """As any caller may try it."""

    def body(self, **given: Any) -> dict[str, Any]:
        name = uuid.uuid4().hex
        rows = {"partners": [partner(name={"th": name})], "contacts": [person(address=f"{name}@example.org")]}
        return {"file": "partners.xlsx", "sha256": SHA, **rows, **given}

    def test_it_is_checked_stored_and_applied(self, signed: Callable[..., Api]) -> None:
        """Checking stores nothing; handing in answers at once; the results come page by page."""
        api, body = signed("operator"), self.body()
        assert api.post("/v1/imports?check=true", body).status_code == 204
        answer = ok(api.post("/v1/imports", body), 202)
        path = f"/v1/imports/{answer['id']}"
        deadline = time.monotonic() + 60
        while ok(api.get(path))["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.2)

        first = ok(api.get(f"{path}/results", limit=1))
        second = ok(api.get(f"{path}/results", limit=1, after=first["next"]))
        assert [page["items"][0]["what"] for page in (first, second)] == ["created", "created"]
        assert second["next"] is None
        assert ok(api.post("/v1/imports", body), 202)["known"]
        assert answer["id"] in [each["id"] for each in ok(api.get("/v1/imports", limit=200))["items"]]

    def test_only_keepers_of_personal_data_may(self, signed: Callable[..., Api]) -> None:
        """Neither viewers nor coordinators."""
        for role in ("viewer", "coordinator"):
            assert signed(role).post("/v1/imports", self.body()).status_code == 403
            assert signed(role).get("/v1/imports").status_code == 403

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"sha256": "x"}, 422),
            ({"colour": "red"}, 422),
            ({"partners": [{"row": 0}]}, 422),
            ({"partners": [partner(kinds=["club"])]}, 422),
            ({"contacts": [person(address="a\r\nBcc: b@example.org")]}, 422),
            ({"contacts": [person()] * 5_001}, 422),
            ({"file": "x" * 13_000_000}, 413),
        ],
    )
    def test_what_is_no_import_is_refused_whole(
        self, signed: Callable[..., Api], given: dict[str, Any], status: int
    ) -> None:
        """With a problem document."""
        refused = signed("operator").post("/v1/imports", self.body(**given))
        assert refused.status_code == status
        assert refused.headers["Content-Type"].startswith("application/problem+json")

    def test_an_unknown_import_is_not_found(self, signed: Callable[..., Api]) -> None:
        """Nor its results."""
        for path in ("/v1/imports/nothing", "/v1/imports/nothing/results"):
            assert signed("operator").get(path).status_code == 404
