"""Withdrawal and retention: no basis, no mail; and nobody is kept longer than the law allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.partners.domain.consent import ended_at
from shared.contracts.envelope import Event
from shared.errors import Conflict, Invalid, PreconditionFailed
from shared.testing.clock import FixedClock
from tests.integration.partners.world import BASIS, MANAGER, World


def with_basis(world: World, **basis: Any) -> dict[str, Any]:
    bases = {"alerts": {**BASIS["alerts"], **basis}}
    return world.contact(world.partner(), address="somying@example.org", lawful_bases=bases)


def bases_told(world: World, contact: dict[str, Any]) -> list[str | None]:
    told: list[Event] = [e for e in world.publish() if e.subject == f"contacts/{contact['id']}"]
    return [event.data.get("lawful_basis", "erased") for event in told]


def test_a_withdrawn_basis_reaches_the_sender_at_once(world: World) -> None:
    """The person is left out of the next audience, and what waits is not sent."""
    contact = with_basis(world)

    after = world.use_cases.consenting.withdraw(contact["id"], 1, "alerts", None, MANAGER)

    assert after["lawful_bases"]["alerts"]["withdrawn_at"] == world.clock.now()
    assert bases_told(world, contact) == ["public_task", None]


def test_withdrawn_twice_is_withdrawn_once(world: World) -> None:
    """Also by somebody who saw an older version; the first day stands."""
    contact = with_basis(world)
    first = world.use_cases.consenting.withdraw(contact["id"], 1, "alerts", None, MANAGER)

    again = world.use_cases.consenting.withdraw(contact["id"], 1, "alerts", None, MANAGER)

    assert again["version"] == first["version"] == 2


def test_what_cannot_be_withdrawn_is_refused(world: World) -> None:
    """Nothing there, a day to come, an older version."""
    nobody = world.contact(world.partner(), lawful_bases={})
    contact, withdraw = with_basis(world), world.use_cases.consenting.withdraw
    with pytest.raises(Conflict):
        withdraw(nobody["id"], 1, "alerts", None, MANAGER)
    with pytest.raises(Invalid):
        withdraw(contact["id"], 1, "alerts", world.clock.now() + timedelta(days=1), MANAGER)
    with pytest.raises(PreconditionFailed):
        withdraw(contact["id"], 7, "alerts", None, MANAGER)


def test_a_basis_that_lapses_is_told_once_without_anybody_doing_anything(
    world: World, clock: FixedClock
) -> None:
    """On the day after its last; not again at every sweep, nor by another replica."""
    contact = with_basis(world, retention_until="2026-11-24")
    assert world.use_cases.retaining.sweep() == 0

    clock.advance(days=2)
    assert [world.use_cases.retaining.sweep(), world.replica().retaining.sweep()] == [1, 0]

    assert bases_told(world, contact) == ["public_task", None]


def test_a_renewed_basis_may_lapse_again(world: World, clock: FixedClock) -> None:
    """What was told of the first says nothing about the second."""
    contact = with_basis(world, retention_until="2026-11-24")
    clock.advance(days=2)
    world.use_cases.retaining.sweep()
    renewed = {"alerts": {**BASIS["alerts"], "retention_until": "2026-12-01"}}
    world.use_cases.contacts.change(contact["id"], 2, {"lawful_bases": renewed}, MANAGER)
    clock.advance(days=10)

    assert world.use_cases.retaining.sweep() == 1
    assert bases_told(world, contact) == ["public_task", None, "public_task", None]


@pytest.mark.parametrize("how", ["withdrawn", "lapsed"])
def test_a_year_after_the_last_basis_ended_the_person_is_erased(
    world: World, clock: FixedClock, how: str
) -> None:
    """As by hand: a tombstone, and the hash to suppress."""
    contact = with_basis(world, **({"retention_until": "2026-11-23"} if how == "lapsed" else {}))
    if how == "withdrawn":
        world.use_cases.consenting.withdraw(contact["id"], 1, "alerts", None, MANAGER)
    clock.advance(days=364)
    world.use_cases.retaining.sweep()
    assert world.use_cases.contacts.get(contact["id"])["address"]

    clock.advance(days=3)
    assert world.use_cases.retaining.sweep() == 1

    kept = world.database.contacts.find_one({"_id": contact["id"]})
    assert kept["erased_at"] and "somying" not in str(kept)
    assert world.use_cases.retaining.sweep() == 0


def test_who_has_a_basis_or_never_had_one_is_kept(world: World, clock: FixedClock) -> None:
    """Told by nobody, but not forgotten either: somebody is still to record a basis."""
    kept = [with_basis(world)["id"], world.contact(world.partner(), lawful_bases={})["id"]]
    clock.advance(days=5_000)

    world.use_cases.retaining.sweep()

    assert all(world.use_cases.contacts.get(contact_id) for contact_id in kept)


@pytest.mark.parametrize(
    ("bases", "ended"),
    [
        ({}, None),
        ({"alerts": {}}, None),
        ({"alerts": {"retention_until": "2026-11-23"}}, None),
        ({"alerts": {"retention_until": "2026-11-22"}}, "2026-11-22T17:00:00+00:00"),
        ({"alerts": {"retention_until": "2024-02-29"}}, "2024-02-29T17:00:00+00:00"),
    ],
)
def test_a_basis_ends_with_its_last_day_in_the_province(
    clock: FixedClock, bases: dict[str, Any], ended: str | None
) -> None:
    """At midnight in Bangkok."""
    expected = datetime.fromisoformat(ended) if ended else None
    assert ended_at(bases, clock.now()) == expected
