"""The audience of an event, against a matcher that looks at everybody, one rule after another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain.audience import Audience, audience_of
from services.partners.domain.consent import Candidate
from services.partners.domain.occasion import Occasion, occasion_of
from services.partners.domain.reasons import (
    MOST_REASONS,
    Engagement,
    Matches,
    Reason,
    Subscription,
    reasons_by_partner,
)
from services.partners.domain.relevance import RELEVANCE
from shared.contracts.facets import PARTNER_KINDS, PROVINCE_ROLES, ROLES
from shared.contracts.registry import EVENT_TYPES
from tests.unit.partners.occasions import candidate, event_data, occasion, partner
from tests.unit.partners.test_facets import AREAS, area_met, asked_facets, brute_force, occasions, some

PARTNERS = ("p1", "p2", "p3", "p4")
PEOPLE = ("c1", "c2", "c3", "c4", "c5")
BASES = st.sampled_from(["public_task", "consent", None])


def some_of(keys: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A dictionary that holds any of the keys."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values))


world = st.fixed_dictionaries(
    {
        "partners": some_of(PARTNERS, some(PARTNER_KINDS, 3, 1)),
        "engagements": st.lists(
            st.builds(
                Engagement,
                partner_id=st.sampled_from(PARTNERS),
                role=st.sampled_from(ROLES),
                milestones=some(["milestone", "other"], 2).map(tuple),
                areas=some(AREAS, 2).map(tuple),
                contact_id=st.sampled_from([None, None, *PEOPLE]),
            ),
            max_size=5,
        ),
        "seats": some(PARTNERS, 2),
        "subscriptions": st.lists(
            st.builds(Subscription, partner_id=st.sampled_from(PARTNERS), facets=asked_facets), max_size=5
        ),
        "people": st.lists(
            st.builds(
                Candidate,
                id=st.sampled_from(PEOPLE),
                version=st.integers(1, 9),
                partner_ids=some(PARTNERS, 3).map(tuple),
                basis=BASES,
                unsubscribed=st.booleans(),
                suppressed=st.booleans(),
            ),
            unique_by=lambda person: person.id,
            max_size=5,
        ),
        "told_before": some_of(PEOPLE, some(PARTNER_KINDS, 2, 1)),
    }
)
events = st.builds(
    lambda event, visibility, kind: Occasion(
        **{**vars(event), "visibility": visibility, "event_type": f"milestone.{kind}"}
    ),
    occasions,
    st.sampled_from(["internal", "partners", "public"]),
    st.sampled_from(["reached", "rescheduled", "cancelled", "corrected", "recalled", "updated"]),
)


def resolved(event: Occasion, world: dict[str, Any]) -> Audience:
    matches = Matches(
        {key: partner(key, *kinds) for key, kinds in world["partners"].items()},
        world["engagements"],
        world["seats"],
        world["subscriptions"],
    )
    before = {
        key: [Reason("told_before", partner("p0", *kinds))] for key, kinds in world["told_before"].items()
    }
    return audience_of(event, reasons_by_partner(event, matches), world["people"], before)


def expected(
    event: Occasion, world: dict[str, Any], person: Candidate
) -> tuple[str, set[tuple[str, str]]] | None:
    """(why or "told", {(code, partner)}) by the words of the design, or None for somebody not concerned."""
    reasons: list[tuple[str, str, list[str]]] = []
    alert = event.event_type not in ("milestone.recalled", "milestone.updated")
    for partner_id in person.partner_ids if alert else ():
        kinds = world["partners"].get(partner_id)
        if kinds is None:
            continue
        for e in world["engagements"]:
            mine = e.partner_id == partner_id and e.contact_id in (None, person.id)
            milestone = not e.milestones or event.milestone_id in e.milestones
            area = not e.areas or any(area_met(wanted, event.areas) for wanted in e.areas)
            if mine and milestone and area:
                reasons.append((e.role, partner_id, kinds))
        if partner_id in world["seats"]:
            reasons.append(("jppcc", partner_id, kinds))
        for s in world["subscriptions"]:
            if s.partner_id == partner_id and brute_force(s.facets, event):
                reasons.append(("subscriber", partner_id, kinds))
    if event.event_type == "milestone.corrected" and person.id in world["told_before"]:
        reasons.append(("told_before", "p0", world["told_before"][person.id]))
    if not reasons:
        return None
    seen = {
        (code, partner_id)
        for code, partner_id, kinds in reasons
        if event.visibility == "public"
        or code in PROVINCE_ROLES
        or (event.visibility == "partners" and kinds != ["media"])
    }
    if not seen:
        return "not_visible", set()
    if person.basis is None:
        return "no_lawful_basis", set()
    if person.unsubscribed:
        return "unsubscribed", set()
    return ("suppressed", set()) if person.suppressed else ("told", seen)


@given(events, world)
def test_the_audience_is_what_a_matcher_that_looks_at_everybody_finds(event: Occasion, world: Any) -> None:
    """Everybody is told with exactly their reasons, or left out with why, or not concerned."""
    audience = resolved(event, world)

    told = {r.contact_id: ("told", {(x.code, x.partner.id) for x in r.reasons}) for r in audience.relevant}
    left = {each.contact_id: (each.why, set()) for each in audience.left_out}
    wanted = {person.id: expected(event, world, person) for person in world["people"]}
    assert told | left == {key: outcome for key, outcome in wanted.items() if outcome}
    assert not told.keys() & left.keys()


@given(events, world)
def test_both_parts_are_in_the_order_of_contact_ids(event: Occasion, world: Any) -> None:
    """Pages can be cut from them."""
    audience = resolved(event, world)

    for part in (audience.relevant, audience.left_out):
        ids = [each.contact_id for each in part]
        assert ids == sorted(set(ids))


def test_every_reason_is_given() -> None:
    """A sponsor that also subscribes and sits on the jppcc hears all three."""
    matches = Matches(
        {"partner": partner("partner", "industry", "jppcc")},
        [Engagement("partner", "sponsor", pledge={"quantity": 10, "unit": {"th": "ครั้ง"}, "done": 10})],
        ["partner"],
        [Subscription("partner", {"area": ["5101"]})],
    )

    (told,) = audience_of(occasion(), reasons_by_partner(occasion(), matches), [candidate()]).relevant

    assert [reason.code for reason in told.reasons] == ["sponsor", "jppcc", "subscriber"]
    assert told.reasons[0].to_dict()["pledge"]["done"] == 10
    assert told.reasons[2].to_dict()["facets"] == {"area": ["5101"]}


@pytest.mark.parametrize(
    ("visibility", "kinds", "role", "is_told"),
    [
        ("public", ("media",), "advisor", True),
        ("partners", ("media",), "advisor", False),
        ("partners", ("media", "academia"), "advisor", True),
        ("partners", ("agency",), "advisor", True),
        ("partners", ("media",), "coordinator", True),
        ("internal", ("agency",), "advisor", False),
        ("internal", ("agency",), "head", True),
    ],
)
def test_visibility_comes_before_everything(
    visibility: str, kinds: tuple[str, ...], role: str, is_told: bool
) -> None:
    """internal reaches only the province's own roles; partners never reaches media."""
    event = occasion(visibility=visibility)
    matches = Matches({"partner": partner("partner", *kinds)}, [Engagement("partner", role)])

    audience = audience_of(
        event, reasons_by_partner(event, matches), [candidate(basis=None if not is_told else "consent")]
    )

    assert [each.why for each in audience.left_out] == ([] if is_told else ["not_visible"])
    assert len(audience.relevant) == is_told


def test_a_reason_that_may_not_be_seen_is_not_named_beside_one_that_may() -> None:
    """Somebody of a radio station and of a college hears as the college."""
    event = occasion(visibility="partners")
    both = {"radio": partner("radio", "media"), "college": partner("college", "academia")}
    matches = Matches(both, (), (), [Subscription("radio", {}), Subscription("college", {})])

    (told,) = audience_of(
        event, reasons_by_partner(event, matches), [candidate("c", "radio", "college")]
    ).relevant

    assert [reason.partner.id for reason in told.reasons] == ["college"]


def test_a_role_of_one_person_is_not_a_reason_for_colleagues() -> None:
    """The province's coordinator is one person of an office."""
    matches = Matches({"partner": partner()}, [Engagement("partner", "coordinator", contact_id="c1")])
    people = [candidate("c1"), candidate("c2")]

    audience = audience_of(occasion(), reasons_by_partner(occasion(), matches), people)

    assert [each.contact_id for each in audience.relevant] == ["c1"]
    assert audience.left_out == []


def test_very_many_reasons_are_bounded() -> None:
    """A contact with a thousand subscriptions still fits into a page."""
    many = [Subscription("partner", {"area": ["5101"], "project": ["project", str(i)]}) for i in range(1000)]
    different = [Engagement("partner", "sponsor", pledge={"quantity": i}) for i in range(1000)]
    matches = Matches({"partner": partner()}, different, (), many)

    (told,) = audience_of(occasion(), reasons_by_partner(occasion(), matches), [candidate()]).relevant

    assert len(told.reasons) == MOST_REASONS


@pytest.mark.parametrize("event_type", [f"projects.{name}.v1" for name in RELEVANCE if "milestone" in name])
def test_an_occasion_reads_the_data_of_its_event(event_type: str) -> None:
    """What the schema lets through is understood."""
    by_time = {"rule": "overdue_8", "steps": ["overdue_1", "overdue_8"]} if "due" in event_type else {}
    data = EVENT_TYPES[event_type]().load(event_data(**by_time))

    found = occasion_of(event_type, data)

    assert found.steps == tuple(by_time.get("steps", ()))
    assert (found.project_id, found.milestone_id, found.missions) == ("project", "milestone", (5,))
    assert found.meeting_areas() == {"510112", "5101", "51"}
