"""Bounces and complaints: what they change in the ledger, and which addresses they suppress."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.domain.dispatches import Lease
from services.notifications.intake.storage.incoming import raw_of
from services.notifications.mail.tokens import BOUNCE, STOP
from shared.messaging.retention import RETENTION
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.intake.world import Intake
from tests.unit.intake.mails import QMAIL, complaint, dsn, mail


def bounce(intake: Intake, delivery: str, status: str, **given: str) -> str:
    """What becomes of a bounce of this delivery."""
    return intake.comes(dsn(intake.signed.address(BOUNCE, delivery), status, **given), null_sender=True)


def suppressed(intake: Intake) -> list[str]:
    """Why addresses were suppressed, as partners hear it."""
    return [event["data"]["why"] for event in intake.events("suppressions")]


def state(intake: Intake, delivery: str, contact: str = "c1") -> tuple[str, str | None]:
    return intake.states(delivery.rpartition(":0:0:")[0])[contact]


@pytest.mark.parametrize(
    ("status", "action", "outcome", "after", "why"),
    [
        ("5.1.1", "failed", "bounced_gone", ("bounced", "5.1.1"), ["5.1.1"]),
        ("5.2.2", "failed", "bounced_refused", ("bounced", "5.2.2"), []),
        ("5.7.1", "failed", "bounced_refused", ("bounced", "5.7.1"), []),
        ("4.4.7", "failed", "bounced_expired", ("bounced", "4.4.7"), []),
        ("4.4.1", "delayed", "bounced_delayed", ("accepted", None), []),
        ("2.1.5", "delivered", "bounced_delivered", ("accepted", None), []),
    ],
)
def test_what_a_bounce_does_depends_on_its_class(
    intake: Intake, status: str, action: str, outcome: str, after: tuple[str, str | None], why: list[str]
) -> None:
    """One table: gone, refused, expired, delayed, delivered."""
    delivery = intake.told_delivery()

    assert bounce(intake, delivery, status, action=action) == outcome

    assert state(intake, delivery) == after
    assert suppressed(intake) == why


def test_the_outcome_of_a_milestone_hears_of_a_bounce(intake: Intake) -> None:
    """With the dispatch's next version and absolute counts."""
    delivery = intake.told_delivery()
    before = intake.events()[-1]

    bounce(intake, delivery, "5.1.1")
    bounce(intake, delivery, "5.1.1", recipient="C1@EXAMPLE.ORG")

    (after,) = intake.events()[1:]
    assert after["data"]["dispatch_version"] == before["data"]["dispatch_version"] + 1
    assert after["data"]["outcomes"] == [{"state": "bounced", "why": "5.1.1", "count": 1}]


def test_an_unstructured_bounce_counts_like_any_other(intake: Intake) -> None:
    """From servers that write their own."""
    delivery = intake.told_delivery()
    raw = QMAIL.format(to=intake.signed.address(BOUNCE, delivery)).encode()

    assert intake.comes(raw, null_sender=True) == "bounced_gone"
    assert state(intake, delivery) == ("bounced", "5.1.1")


def test_the_third_refusal_within_thirty_days_suppresses(intake: Intake) -> None:
    """A full mailbox once is no reason."""
    intake.know("c1")
    for number, expected in enumerate(([], [], ["5.2.2"]), 1):
        event = intake.tell("c1", version=20 + number, milestone_id=f"m{number}")
        intake.turn()
        bounce(intake, f"{event}:0:0:0", "5.2.2")
        assert suppressed(intake) == expected
        intake.clock.advance(hours=24 * 9)


def test_a_dead_mailbox_behind_a_forwarding_one_suppresses_nothing_at_once(intake: Intake) -> None:
    """It is not the address that we write to."""
    delivery = intake.told_delivery()

    bounce(intake, delivery, "5.1.1", recipient="old-account@elsewhere.example.org")

    assert state(intake, delivery) == ("bounced", "5.1.1")
    assert suppressed(intake) == []


def test_redirected_mail_says_nothing_about_the_contacts_address(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """MAIL_MODE=redirect."""
    intake = Intake(database, mailbox, clock, mail_mode="redirect", mail_redirect_to="all@example.org")
    bounce(intake, intake.told_delivery(), "5.1.1", recipient="")
    assert suppressed(intake) == []


def test_a_bounce_waits_while_its_dispatch_is_being_sent(intake: Intake) -> None:
    """The lane's settlement would otherwise overwrite it."""
    delivery = intake.told_delivery()
    lease = Lease("t", "lane", intake.clock.now())
    dispatches = intake.database["dispatches"]
    dispatches.update_one(
        {}, {"$set": {"lease": {"token": lease.token, "lane": "lane", "until": lease.until}}}
    )
    intake.taking.take(dsn(intake.signed.address(BOUNCE, delivery), "5.1.1"), "lmtp", (), True)
    intake.handling.handle_waiting()
    assert state(intake, delivery)[0] == "accepted"

    dispatches.update_one({}, {"$unset": {"lease": ""}})
    assert intake.handling.handle_waiting() == 0
    intake.clock.advance(seconds=3)
    intake.handling.handle_waiting()

    assert state(intake, delivery) == ("bounced", "5.1.1")


def test_a_bounce_of_somebody_never_told_changes_nothing(intake: Intake) -> None:
    """States go one way only."""
    intake.know("c1", unsubscribed=True)
    event = intake.tell("c1")
    intake.turn()

    bounce(intake, f"{event}:0:0:0", "5.1.1")

    assert state(intake, f"{event}:0:0:0") == ("suppressed", "unsubscribed")


def test_a_person_who_writes_to_the_bounce_address_is_not_taken_for_a_bounce(intake: Intake) -> None:
    """Nothing is changed by it."""
    delivery = intake.told_delivery()
    assert intake.comes(mail(intake.signed.address(BOUNCE, delivery), "หยุด")) == "automatic"
    assert state(intake, delivery) == ("accepted", None)


# Complaints -----------------------------------------------------------------------------------------------


def test_a_complaint_marks_the_delivery_and_stops_mail_to_the_address(intake: Intake) -> None:
    """Found by the signed addresses in the mail that the provider sends back."""
    delivery = intake.told_delivery()
    stop = intake.signed.address(STOP, delivery).replace("+", "%2B")

    outcome = intake.comes(complaint(f"From: prasan@lamphun.example.org\nList-Unsubscribe: <mailto:{stop}>"))

    assert outcome == "complained"
    assert state(intake, delivery) == ("complained", "abuse")
    assert suppressed(intake) == ["complaint"]


def test_a_complaint_after_a_bounce_and_twice_is_one(intake: Intake) -> None:
    """The strongest word stays."""
    delivery = intake.told_delivery()
    back = f"Return-Path: <{intake.signed.address(BOUNCE, delivery)}>"
    bounce(intake, delivery, "5.2.2")

    intake.comes(complaint(back))
    intake.comes(complaint(back))

    assert state(intake, delivery) == ("complained", "abuse")
    assert suppressed(intake) == ["complaint"]


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_reports_change_nothing(intake: Intake, kind: str) -> None:
    """They ask for nothing."""
    delivery = intake.told_delivery()
    back = f"Return-Path: <{intake.signed.address(BOUNCE, delivery)}>"

    assert intake.comes(complaint(back, kind)) == "automatic"
    assert state(intake, delivery) == ("accepted", None)


def test_a_forged_complaint_is_kept_and_does_nothing(intake: Intake) -> None:
    """Anybody can send a report."""
    intake.told_delivery()
    forged = "prasan+b01jproject.12.0.0.0-000000000000@lamphun.example.org"
    assert intake.comes(complaint(f"Return-Path: <{forged}>")) == "forged"
    assert suppressed(intake) == []


# What is kept ---------------------------------------------------------------------------------------------


def test_everything_is_kept_as_it_came_until_its_retention_ends(intake: Intake) -> None:
    """Unreadable mails too, with their cause."""
    assert intake.comes(b"\x00\x01 no headers at all") == "unreadable"
    kept = intake.newest()
    assert kept["cause"] == "no-headers"
    assert kept["expires_at"] - kept["received_at"] == RETENTION
    assert raw_of(kept) == b"\x00\x01 no headers at all"
    indexes = intake.database["incoming"].index_information()
    assert any(each.get("expireAfterSeconds") == 0 for each in indexes.values())


def test_a_mail_that_nobody_foresaw_stops_no_other(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept as unreadable with the kind of the error, never its text."""
    delivery = intake.told_delivery()
    monkeypatch.setattr(type(intake.found), "find", lambda self, token: 1 / 0)

    assert intake.comes(mail(intake.signed.address(STOP, delivery), "")) == "unreadable"
    assert intake.newest()["cause"] == "unexpected-ZeroDivisionError"
