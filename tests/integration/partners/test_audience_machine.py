"""A directory that changes at random, over a real database, against a list that looks at everybody."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from services.partners.domain.consent import Candidate
from services.partners.domain.facets import FACETS
from services.partners.domain.occasion import occasion_of
from services.partners.domain.reasons import Engagement, Subscription
from shared.contracts.facets import PARTNER_KINDS, ROLES
from shared.testing.clock import FixedClock
from shared.testing.database import Database
from tests.integration.partners.world import BASIS, MANAGER, World
from tests.unit.partners.test_audience import expected
from tests.unit.partners.test_facets import some

KINDS = tuple(kind for kind in PARTNER_KINDS if kind != "jppcc")
PLACES = ("51", "5101", "510112", "5102", "510201")
MISSIONS = (4, 5)
FEW_FACETS = st.fixed_dictionaries(
    {},
    optional={
        "project": some(["p1", "p2"], 2),
        "programme": some(["eco-town", "innopolis"], 1),
        "mission": some(MISSIONS, 2),
        "area": some(PLACES, 2),
        "sector": some(("environment", "health"), 1),
        "event_type": some(["milestone.reached", "milestone.cancelled"], 1),
    },
)
SCOPES = st.fixed_dictionaries({"milestones": some(["milestone", "other"], 2), "areas": some(PLACES, 2)})


class Directory(RuleBasedStateMachine):
    """What a partner manager does, and in between events, whose audience must be what the list says."""

    server: Database
    partners = Bundle("partners")
    contacts = Bundle("contacts")
    engagements = Bundle("engagements")
    subscriptions = Bundle("subscriptions")

    def __init__(self) -> None:
        super().__init__()
        self.client = self.server.client()
        self.name = f"machine_{uuid.uuid4().hex}"
        self.world = World(self.client[self.name], FixedClock())
        self.kinds: dict[str, list[str]] = {}
        self.missions: dict[str, list[int]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.roles: dict[str, dict[str, Any]] = {}
        self.interests: dict[str, tuple[str, dict[str, Any]]] = {}
        self.versions: dict[str, int] = {}

    @initialize(target=contacts, facets=st.lists(FEW_FACETS, min_size=4, max_size=4))
    def people_there_already(self, facets: list[dict[str, Any]]) -> Any:
        """Four partners with an interest and a contact each, two of them on the jppcc for one mission."""
        made = []
        for number, each in enumerate(facets):
            partner = self.add_partner([KINDS[number]], [MISSIONS[number]] if number < 2 else [])
            self.subscribe(partner, each)
            made.append(self.add_contact([partner], True))
        return multiple(*made)

    def teardown(self) -> None:
        self.client.drop_database(self.name)
        self.client.close()

    @rule(target=partners, kinds=some(KINDS, 2, 1), missions=some(MISSIONS, 1))
    def add_partner(self, kinds: list[str], missions: list[int]) -> str:
        kinds = [*kinds, "jppcc"] if missions else kinds
        made = self.world.partner(*kinds, missions=missions)
        self.kinds[made], self.missions[made] = kinds, missions
        self.versions[made] = 1
        return made

    @rule(
        target=contacts,
        speaks_for=st.lists(partners, min_size=1, max_size=2, unique=True),
        basis=st.booleans(),
    )
    def add_contact(self, speaks_for: list[str], basis: bool) -> Any:
        speaks_for = [each for each in speaks_for if each in self.kinds]
        if not speaks_for:
            return multiple()
        made = self.world.contact(*speaks_for, lawful_bases=BASIS if basis else {})["id"]
        self.people[made] = {"partner_ids": speaks_for, "basis": basis, "unsubscribed": False}
        self.versions[made] = 1
        return made

    @rule(contact=contacts, unsubscribed=st.booleans(), basis=st.booleans())
    def change_contact(self, contact: str, unsubscribed: bool, basis: bool) -> None:
        if contact in self.people:
            changes = {"unsubscribed": unsubscribed, "lawful_bases": BASIS if basis else {}}
            self.world.use_cases.contacts.change(contact, self.seen(contact), changes, MANAGER)
            self.people[contact] |= {"unsubscribed": unsubscribed, "basis": basis}

    @rule(contact=contacts)
    def erase_contact(self, contact: str) -> None:
        if self.people.pop(contact, None):
            self.world.use_cases.forgetting.erase(contact, self.seen(contact), MANAGER)

    @rule(target=engagements, partner=partners, role=st.sampled_from(ROLES), scope=SCOPES, one=st.booleans())
    def engage(self, partner: str, role: str, scope: dict[str, Any], one: bool) -> Any:
        speakers = [key for key, person in self.people.items() if partner in person["partner_ids"]]
        if partner not in self.kinds:
            return multiple()
        contact = speakers[0] if one and speakers else None
        made = self.world.engage(partner, role, project_id="p1", scope=scope, contact_id=contact)["id"]
        self.roles[made] = {"partner_id": partner, "role": role, "contact_id": contact, **scope}
        self.versions[made] = 1
        return made

    @rule(engagement=engagements)
    def end_engagement(self, engagement: str) -> None:
        known = self.roles.get(engagement)
        if known and known["partner_id"] in self.kinds:
            del self.roles[engagement]
            self.world.use_cases.engagements.end(engagement, self.seen(engagement))

    @rule(target=subscriptions, partner=partners, facets=FEW_FACETS)
    def subscribe(self, partner: str, facets: dict[str, Any]) -> Any:
        if partner not in self.kinds:
            return multiple()
        made = self.world.subscribe(partner, **facets)["id"]
        self.interests[made] = (partner, facets)
        self.versions[made] = 1
        return made

    @rule(subscription=subscriptions, facets=FEW_FACETS)
    def change_subscription(self, subscription: str, facets: dict[str, Any]) -> None:
        partner, _ = self.interests.get(subscription, (None, None))
        if partner in self.kinds:
            changes = {"facets": facets}
            self.world.use_cases.subscriptions.change(subscription, self.seen(subscription), changes, MANAGER)
            self.interests[subscription] = (str(partner), facets)

    @rule(subscription=subscriptions)
    def end_subscription(self, subscription: str) -> None:
        if self.interests.pop(subscription, None):
            self.world.use_cases.subscriptions.end(subscription, self.seen(subscription))

    @rule(partner=partners)
    def end_partner(self, partner: str) -> None:
        if self.kinds.pop(partner, None):
            self.world.use_cases.partners.end(partner, self.seen(partner))

    @rule(
        kind=st.sampled_from(["reached", "rescheduled", "cancelled", "corrected", "updated"]),
        visibility=st.sampled_from(["internal", "partners", "public", "public", "public"]),
        programme=st.sampled_from(["eco-town", "innopolis", None]),
        missions=some(MISSIONS, 2),
        sectors=some(("environment", "health"), 2),
        areas=some(PLACES, 2),
    )
    def something_happens(self, kind: str, visibility: str, **facets: Any) -> None:
        project = {"id": "p1", "visibility": visibility, "facets": facets}
        event = self.world.event(f"milestone.{kind}", project=project)
        self.world.handle(event)
        self.world.handle(event)

        told, left_out = self.world.told(event), self.world.left_out(event)
        outcomes = {key: ("told", sorted(codes)) for key, codes in told.items()}
        outcomes |= {key: (why, []) for key, why in left_out.items()}
        assert outcomes == self.expected(occasion_of(event.type, event.data))

    def expected(self, occasion: Any) -> dict[str, tuple[str, list[str]]]:
        known = {
            "partners": self.kinds,
            "engagements": [Engagement(**role) for role in self.roles.values()],
            "seats": [
                key for key, missions in self.missions.items() if set(missions) & set(occasion.missions)
            ],
            "subscriptions": [
                Subscription(partner, {facet: facets.get(facet, []) for facet in FACETS})
                for partner, facets in self.interests.values()
            ],
            "told_before": {},
        }
        people = [
            Candidate(
                key,
                1,
                tuple(person["partner_ids"]),
                "public_task" if person["basis"] else None,
                person["unsubscribed"],
            )
            for key, person in self.people.items()
        ]
        found = {person.id: expected(occasion, known, person) for person in people}
        return {
            key: (outcome[0], sorted(code for code, _ in outcome[1]))
            for key, outcome in found.items()
            if outcome
        }

    def seen(self, record_id: str) -> int:
        """The version to name in the next change of this record."""
        self.versions[record_id] += 1
        return self.versions[record_id] - 1


def test_the_stored_audience_is_what_a_list_of_everybody_says(database_server: Database) -> None:
    """Whatever was added, changed, ended or erased before, in any order."""
    Directory.server = database_server
    run_state_machine_as_test(
        Directory,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            phases=[Phase.generate],  # shrinking over a database takes minutes and ids differ each time
            suppress_health_check=list(HealthCheck),
        ),
    )
