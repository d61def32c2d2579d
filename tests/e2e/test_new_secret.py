"""The secret key changed as docs/operations.md says, one process after the other, while the system works."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

import pytest

from prasan.demo.province import Province
from prasan.services import ServiceRefused
from services.notifications.mail.tokens import REPLY, STOP, SignedAddresses
from shared.testing.service import ServiceProcess
from tests.e2e.world import World, counts

FROM = "prasan@lamphun.example.org"


def restart(processes: Sequence[ServiceProcess], **settings: str) -> None:
    """All of them with these settings; ready when it returns."""
    for process in processes:
        process.stop()
        process.environment.update(settings)
        process.launch()
    for process in processes:
        process.wait_until_ready()


@pytest.fixture
def keys(province: Province) -> Iterator[tuple[str, str]]:
    """The key that everything was made under so far, and a new one; the first is used again afterwards."""
    old, new = province.stack.environment("projects")["PRASAN_SECRET_KEY"], secrets.token_urlsafe(48)
    yield old, new
    restart(province.stack.processes(), PRASAN_SECRET_KEY=old, PRASAN_SECRET_KEY_PREVIOUS=new)


@pytest.mark.timeout(180)
def test_a_new_secret_loses_nothing_that_the_old_one_made(
    world: World, province: Province, keys: tuple[str, str]
) -> None:
    """Announced first, then used: mailed addresses are read, tokens are valid, a suppressed address stays
    suppressed, one address stays one contact, and at no moment is a sealed contact unreadable."""
    old, new = keys
    project = world.project(milestones=5)
    partner_id = world.partner()
    world.engage(partner_id, project, "sponsor")
    told, suppressed = world.contact(partner_id), world.contact(partner_id)
    world.services.post("notifications", "/v1/suppressions", {"address": suppressed.address})
    answer = world.report(project.milestones[0], "reach")
    (mail,) = world.wait_for_mails(told)

    processes = province.stack.processes()
    restart(processes, PRASAN_SECRET_KEY_PREVIOUS=new, PRASAN_FINGERPRINT_KEY=old)
    people = [told]
    for number, process in enumerate(processes, 1):
        restart([process], PRASAN_SECRET_KEY=new, PRASAN_SECRET_KEY_PREVIOUS=old)
        people.append(world.contact(partner_id))  # sealed under one key or the other
        answer = world.report(project.milestones[number], "reach")
        outcome = world.settled(project.milestones[number], answer["event_id"])
        assert counts(outcome)["accepted"] == len(people)
        # Left out as soon as partners has heard of it too.
        assert counts(outcome).get("suppressed", 0) + outcome["left_out"].get("suppressed", 0) == 1

    assert all(world.mails(person) for person in people) and not world.mails(suppressed)
    with pytest.raises(ServiceRefused) as refused:
        world.contact(partner_id, address=suppressed.address)
    assert refused.value.code == "address-taken"
    addresses = SignedAddresses(new, FROM, [old])
    headers = mail.message
    assert addresses.read(REPLY, headers["Reply-To"].strip("<>"))
    stop = headers["List-Unsubscribe"].removeprefix("<mailto:").partition("?")[0]
    assert addresses.read(STOP, stop.replace("%2B", "+"))
    letters = world.services.items("notifications", "/v1/dead-letters", state="waiting")
    assert not [letter for letter in letters if letter["cause"] == "unreadable-seal"]
