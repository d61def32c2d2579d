"""The REST surface of partners, as callers in each role see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from services.partners.service.wiring import LOCALE
from shared.i18n import SHARED_LOCALE, Catalogue, texts_of
from shared.testing.service import ServiceProcess
from tests.integration.partners.rest import Partners, contact_body, partner_body
from tests.integration.projects.api import Api, new_key, ok, refused, wrong_fields

Signed = Callable[..., Api]
HIDDEN = {
    "null": ("a\u0000b", "control-character"),
    "turned around": ("a\u202eb", "control-character"),
    "line break": ("a\r\nBcc: x@example.org", "line-break"),
}


def mail() -> str:
    """An address that no other test has."""
    return f"{uuid.uuid4().hex}@example.org"


# Partners -----------------------------------------------------------------------------------------


def test_a_partner_is_made_read_changed_and_ended(manager: Partners) -> None:
    """Each change asks for the version seen, and leaves what it does not name."""
    made = manager.api.post("/v1/partners", partner_body(kinds=["jppcc", "chamber"], missions=[5, 1]))
    partner = ok(made, 201)
    path = f"/v1/partners/{partner['id']}"

    changed = manager.api.patch(path, {"name": {"th": "หอการค้า", "en": "Chamber"}}, '"1"')
    ended = manager.end(path, changed.headers["etag"])

    assert (made.headers["location"], made.headers["etag"]) == (path, '"1"')
    assert (ok(changed)["missions"], changed.headers["etag"]) == ([1, 5], '"2"')
    assert ended.status_code == 204
    read = ok(manager.api.get(path))
    assert (read["version"], read["ended_at"] is not None) == (3, True)
    refused(manager.api.patch(path, {"kinds": ["agency"]}, '"3"'), 409, "partner-ended")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"kinds": []}, [("/kinds", "wrong-length")]),
        ({"kinds": ["bank"]}, [("/kinds/0", "not-a-choice")]),
        ({"kinds": ["jppcc"]}, [("/missions", "jppcc-needs-missions")]),
        ({"missions": [5]}, [("/missions", "only-jppcc-has-missions")]),
        ({"kinds": ["jppcc"], "missions": [7]}, [("/missions/0", "not-a-choice")]),
        ({"name": {"en": "Only English"}}, [("/name/th", "required")]),
        ({"name": {"th": "ก" * 201}}, [("/name/th", "too-long")]),
        ({"areas": ["519999"]}, [("/areas/0", "unknown-area")]),
        ({"budget": 5}, [("/budget", "unknown-field")]),
    ],
)
def test_a_wrong_partner_is_refused_naming_each_field(manager: Partners, changes: Any, errors: Any) -> None:
    """Nothing is stored."""
    assert wrong_fields(manager.api.post("/v1/partners", partner_body(**changes))) == errors


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_characters_are_refused(manager: Partners, hidden: str) -> None:
    """What could forge a header or hide what it says never gets in."""
    text, code = HIDDEN[hidden]

    assert wrong_fields(manager.api.post("/v1/partners", partner_body(name={"th": text}))) == [
        ("/name/th", code)
    ]


def test_thai_emoji_right_to_left_and_html_are_words(manager: Partners) -> None:
    """What is only unusual comes back as it was."""
    name = {"th": '<b>ชุมชน</b> 🎉👩‍👩‍👧 "คำ" & ว่า', "en": "שלום مرحبا <script>"}

    assert manager.partner(name=name)["name"] == name


def test_lists_are_filtered_and_paged(manager: Partners) -> None:
    """By kind and mission, with a cursor, without what has ended."""
    made = [manager.partner(kinds=["jppcc", "academia"], missions=[6]) for _ in range(3)]
    manager.end(f"/v1/partners/{made[0]['id']}")
    wanted = {"kind": "academia", "mission": 6}

    first = ok(manager.api.get("/v1/partners", **wanted, limit=1))
    second = ok(manager.api.get("/v1/partners", **wanted, after=first["next"]))
    ended = ok(manager.api.get("/v1/partners", **wanted, ended="true"))

    assert [each["id"] for each in first["items"] + second["items"]] == [each["id"] for each in made[1:]]
    assert second["next"] is None
    assert [each["id"] for each in ended["items"]] == [made[0]["id"]]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"kind": "bank"}, {"colour": "red"}])
def test_a_wrong_query_is_refused(manager: Partners, query: Any) -> None:
    """Unknown parameters too, so that a typing error does not list everything."""
    (field, _), *_ = wrong_fields(manager.api.get("/v1/partners", **query))

    assert field.startswith("?") and field.endswith(next(iter(query)))


# Preconditions and retries --------------------------------------------------------------------------


def test_changes_ask_for_the_version(manager: Partners) -> None:
    """428 without, 412 for an older one."""
    partner = manager.partner()
    path = f"/v1/partners/{partner['id']}"
    ok(manager.api.patch(path, {"kinds": ["agency"]}, '"1"'))

    refused(manager.api.patch(path, {"kinds": ["cluster"]}), 428, "precondition-required")
    refused(manager.api.patch(path, {"kinds": ["cluster"]}, '"1"'), 412, "precondition-failed")
    refused(manager.end(path, None), 428, "precondition-required")
    refused(manager.end(path), 412, "precondition-failed")


def test_a_retry_gets_the_first_answer(manager: Partners) -> None:
    """The same key and body create once; another body is refused; another kind is another thing."""
    key = new_key()
    first = manager.api.post("/v1/partners", partner_body(), key=key)
    again = manager.api.post("/v1/partners", partner_body(), key=key)
    other = manager.api.post("/v1/partners", partner_body(kinds=["agency"]), key=key)
    contact = manager.api.post("/v1/contacts", contact_body(first.json()["id"]), key=key)

    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    refused(other, 422, "idempotency-mismatch")
    assert ok(contact, 201)["id"] != first.json()["id"]


# Contacts -------------------------------------------------------------------------------------------


def test_addresses_are_for_partner_managers_and_operators(manager: Partners, signed: Signed) -> None:
    """A coordinator sees how somebody is told by hand, a viewer not even that."""
    address = mail()
    by_hand = {"th": "โทร. 0 5300 0000", "en": None}
    contact = manager.contact(manager.partner(), address=address, by_hand=by_hand)
    path = f"/v1/contacts/{contact['id']}"

    seen = {role: signed(role).get(path) for role in ("viewer", "coordinator", "partner_manager", "operator")}

    assert {role: ok(answer).get("address") for role, answer in seen.items()} == {
        "viewer": None,
        "coordinator": None,
        "partner_manager": address,
        "operator": address,
    }
    assert {role: "address" in answer.json() for role, answer in seen.items()}["viewer"] is False
    assert "by_hand" not in seen["viewer"].json() and seen["coordinator"].json()["by_hand"] == by_hand
    assert all(answer.json()["has_address"] for answer in seen.values())
    listed = signed("viewer").get("/v1/contacts", partner_id=contact["partner_ids"][0])
    assert address not in listed.text and len(ok(listed)["items"]) == 1


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("viewer", "POST", "/v1/partners"),
        ("coordinator", "POST", "/v1/contacts"),
        ("operator", "POST", "/v1/partners"),
        ("viewer", "POST", "/v1/audience/preview"),
        ("coordinator", "GET", "/v1/contacts/x/export"),
        ("coordinator", "POST", "/v1/contacts/x/erase"),
        ("partner_manager", "POST", "/v1/events/x/republish"),
    ],
)
def test_each_role_may_do_what_it_is_for(signed: Signed, role: str, method: str, path: str) -> None:
    """Everything else is forbidden before anything is looked at."""
    refused(signed(role).client.request(method, path, json={}), 403, "role-missing")


def test_nothing_answers_without_a_token(partners_process: ServiceProcess) -> None:
    """But for the two questions about health."""
    assert httpx.get(f"{partners_process.url}/v1/contacts").status_code == 401
    assert httpx.get(f"{partners_process.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"address": "not an address"}, [("/address", "not-an-email-address")]),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, [("/address", "line-break")]),
        ({"address": f"{'a' * 250}@example.org"}, [("/address", "too-long")]),
        ({"partner_ids": []}, [("/partner_ids", "wrong-length")]),
        ({"partner_ids": ["unknown"]}, [("/partner_ids/0", "partner-not-found")]),
        ({"language": "lo"}, [("/language", "not-a-choice")]),
        (
            {"preferences": {"quiet_hours": {"start": 24, "end": 7}}},
            [("/preferences/quiet_hours/start", "out-of-range")],
        ),
        ({"lawful_bases": {"marketing": {}}}, [("/lawful_bases/marketing", "unknown-field")]),
        (
            {"lawful_bases": {"alerts": {"basis": "consent"}}},
            [("/lawful_bases/alerts/source", "required")],
        ),
        (
            {
                "lawful_bases": {
                    "alerts": {"basis": "consent", "source": "ก", "retention_until": "2570-01-01"}
                }
            },
            [("/lawful_bases/alerts/retention_until", "buddhist-era-year")],
        ),
        ({"unsubscribed": "yes"}, [("/unsubscribed", "not-a-yes-or-no")]),
    ],
)
def test_a_wrong_contact_is_refused_naming_each_field(manager: Partners, changes: Any, errors: Any) -> None:
    """Nothing is stored, and no address is quoted."""
    body = {**contact_body(manager.partner()["id"]), **changes}

    answer = manager.api.post("/v1/contacts", body)

    assert wrong_fields(answer) == errors
    assert str(changes.get("address")) not in answer.text


def test_a_taken_address_is_refused_in_thai(manager: Partners) -> None:
    """With what to do instead."""
    address, partner = mail(), manager.partner()
    manager.contact(partner, address=address)
    body = contact_body(partner["id"], address=address.upper())

    answer = manager.api.client.post("/v1/contacts", json=body, headers={"Accept-Language": "th"})

    problem = refused(answer, 409, "address-taken")
    assert "หนึ่งที่อยู่อีเมล" in problem["detail"]


def test_unsubscribing_is_kept_with_its_moment(manager: Partners) -> None:
    """Told by telephone that somebody wants no more mail; and later that they do."""
    contact = manager.contact(manager.partner())
    path = f"/v1/contacts/{contact['id']}"

    left = ok(manager.api.patch(path, {"unsubscribed": True}, '"1"'))
    still = ok(manager.api.patch(path, {"unsubscribed": True}, '"2"'))
    back = ok(manager.api.patch(path, {"unsubscribed": False}, '"3"'))

    assert left["unsubscribed"] and left["unsubscribed_at"] == still["unsubscribed_at"]
    assert (back["unsubscribed"], back["unsubscribed_at"]) == (False, None)


def test_a_person_gets_a_copy_and_is_forgotten(manager: Partners) -> None:
    """Export in JSON; erasure by version, asked again the same answer; then there is no such contact."""
    address = mail()
    contact = manager.contact(manager.partner(), address=address)
    path = f"/v1/contacts/{contact['id']}"

    export = ok(manager.api.get(f"{path}/export"))
    unseen = manager.api.post(f"{path}/erase")
    erased = manager.api.post(f"{path}/erase", etag='"1"')
    again = manager.api.post(f"{path}/erase", etag='"1"')

    assert export["contact"]["address"] == address
    refused(unseen, 428, "precondition-required")
    assert ok(erased) == ok(again)
    assert set(erased.json()) == {"id", "version", "erased_at"}
    refused(manager.api.get(path), 404, "contact-not-found")
    refused(manager.api.get(f"{path}/export"), 404, "contact-not-found")
    assert contact["id"] not in manager.api.get("/v1/contacts", limit=200).text


# Engagements and subscriptions ----------------------------------------------------------------------


def test_an_engagement_is_made_listed_changed_and_ended(manager: Partners) -> None:
    """Under its partner, and in the list of a project."""
    partner, project = manager.partner(), new_key()
    person = manager.contact(partner)
    pledge = {"quantity": 10, "done": 3, "unit": {"th": "ครั้ง", "en": "sessions"}}
    made = manager.engage(partner, project, role="head", contact_id=person["id"], pledge=pledge)
    path = f"/v1/partners/{partner['id']}/engagements/{made['id']}"

    changed = ok(manager.api.patch(path, {"pledge": {**pledge, "done": 10}, "contact_id": None}, '"1"'))
    listed = ok(manager.api.get("/v1/engagements", project_id=project))
    own = ok(manager.api.get(f"/v1/partners/{partner['id']}/engagements"))
    ended = manager.end(path, '"2"')

    assert (changed["pledge"]["done"], changed["contact_id"], changed["scope"]["milestones"]) == (
        10,
        None,
        [],
    )
    assert [each["id"] for each in listed["items"]] == [each["id"] for each in own["items"]] == [made["id"]]
    assert ended.status_code == 204
    assert ok(manager.api.get("/v1/engagements", project_id=project))["items"] == []
    refused(
        manager.api.get(f"/v1/partners/{new_key()}/engagements/{made['id']}"), 404, "engagement-not-found"
    )


def test_a_person_of_another_partner_cannot_have_the_role(manager: Partners) -> None:
    """The coordinator speaks for the office that has the role."""
    person = manager.contact(manager.partner())
    body = {"project_id": "p", "role": "coordinator", "contact_id": person["id"]}

    answer = manager.api.post(f"/v1/partners/{manager.partner()['id']}/engagements", body)

    assert wrong_fields(answer) == [("/contact_id", "not-a-contact-of-the-partner")]


def test_nothing_is_added_to_a_partner_that_is_not_there(manager: Partners) -> None:
    """Neither to an unknown one nor to one that has ended."""
    ended = manager.partner()
    manager.end(f"/v1/partners/{ended['id']}")
    body = {"project_id": "p", "role": "sponsor"}

    refused(manager.api.post("/v1/partners/unknown/engagements", body), 404, "partner-not-found")
    refused(manager.api.post("/v1/partners/unknown/subscriptions", {}), 404, "partner-not-found")
    refused(manager.api.get("/v1/partners/unknown/engagements"), 404, "partner-not-found")
    refused(manager.api.post(f"/v1/partners/{ended['id']}/subscriptions", {}), 409, "partner-ended")


def test_a_subscription_that_is_too_broad_is_refused_with_what_to_do(manager: Partners) -> None:
    """500 combinations are stored, 501 are refused; the number is named."""
    partner = manager.partner()
    path = f"/v1/partners/{partner['id']}/subscriptions"
    wide = {"project": [f"p{i}" for i in range(100)], "mission": [1, 2, 3, 4, 5]}
    wider = {**wide, "mission": [1, 2, 3, 4, 5, 6]}

    made = ok(manager.api.post(path, {"facets": wide}), 201)
    answer = manager.api.post(path, {"facets": wider})

    problem = refused(answer, 422, "invalid")
    assert problem["errors"][0]["field"] == "/facets"
    assert problem["errors"][0]["code"] == "too-many-combinations"
    assert "600" in problem["errors"][0]["message"]
    assert "keys" not in made
    ok(manager.api.patch(f"{path}/{made['id']}", {"facets": {}}, '"1"'))


@pytest.mark.parametrize(
    ("facets", "errors"),
    [
        ({"area": ["9999"]}, [("/facets/area/0", "unknown-area")]),
        ({"event_type": ["milestone.recalled"]}, [("/facets/event_type/0", "not-a-choice")]),
        ({"sector": ["space"]}, [("/facets/sector/0", "not-a-choice")]),
        ({"project": ["a|b"]}, [("/facets/project/0", "not-an-identifier")]),
        ({"project": ["*"]}, [("/facets/project/0", "not-an-identifier")]),
        ({"mission": [5, 5]}, [("/facets/mission/1", "repeated")]),
        ({"colour": ["red"]}, [("/facets/colour", "unknown-field")]),
    ],
)
def test_a_wrong_subscription_is_refused(manager: Partners, facets: Any, errors: Any) -> None:
    """What could never meet, or would forge a match key, is not stored."""
    path = f"/v1/partners/{manager.partner()['id']}/subscriptions"

    assert wrong_fields(manager.api.post(path, {"facets": facets})) == errors


# The surface itself -----------------------------------------------------------------------------------


def test_the_openapi_document_is_valid(operator: Api) -> None:
    """And shows every path."""
    document = ok(operator.get("/openapi.json"))

    validate(document)
    assert "/v1/audience/preview" in document["paths"]


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_refusal_has_words_in_both_languages(language: str) -> None:
    """Title and detail of each problem, and each field's message, are in both catalogues alike."""
    own = _keys(language)

    assert own == _keys("th")
    assert {key.rpartition(".")[0] for key in own if key.endswith(".title")} == {
        key.rpartition(".")[0] for key in own if key.endswith(".detail")
    }
    assert all(Catalogue(SHARED_LOCALE, LOCALE).text(language, key) != key for key in own)


def _keys(language: str) -> set[str]:
    return set(texts_of(LOCALE / f"{language}.po"))
