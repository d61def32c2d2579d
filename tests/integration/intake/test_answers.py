"""Answers by one word change what the contact gets, and the contact is told so at its own address."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.intake.application.answering import (
    MOST_ACKNOWLEDGEMENTS,
    MOST_ANSWERS,
    TOKENS_LAST,
)
from services.notifications.mail.tokens import BOUNCE, REPLY, STOP, SignedAddresses
from services.notifications.storage.restoring import Restore, RestoreNotes
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Fault, Mailbox
from tests.integration.intake.world import Intake
from tests.unit.intake.mails import dsn, mail

UNSUBSCRIBED = "notifications.contact.unsubscribed.v1"
PREFERENCES = "notifications.preferences.changed.v1"


def answer(intake: Intake, text: str, delivery: str | None = None, **given: Any) -> str:
    """A contact who was told answers; what became of the answer."""
    delivery = delivery or intake.told_delivery()
    return intake.comes(mail(intake.signed.address(REPLY, delivery), text, **given))


@pytest.mark.parametrize(
    ("text", "outcome", "event_type", "data"),
    [
        ("หยุด", "stop", UNSUBSCRIBED, {"project_id": None}),
        ("Unsubscribe me, please", "stop", UNSUBSCRIBED, {"project_id": None}),
        ("หยุดโครงการนี้ครับ", "stop_project", UNSUBSCRIBED, {"project_id": "01JPRJ"}),
        ("รายวัน", "daily", PREFERENCES, {"mode": "daily", "resumed": False}),
        ("ขอรายสับดาห์ค่ะ\n\nกมลวรรณ", "weekly", PREFERENCES, {"mode": "weekly", "resumed": False}),
        ("immediatly", "immediate", PREFERENCES, {"mode": "immediate", "resumed": False}),
        ("รับต่อ", "resume", PREFERENCES, {"mode": None, "resumed": True}),
    ],
)
def test_one_word_becomes_a_wish(
    intake: Intake, text: str, outcome: str, event_type: str, data: dict[str, Any]
) -> None:
    """Published with the contact and the number of the wish, never with an address."""
    delivery = intake.told_delivery()
    project = intake.database["dispatches"].find_one()["project_id"]  # type: ignore[index]  # there is one

    assert answer(intake, text, delivery) == outcome

    (event,) = intake.wished()
    assert event["type"] == event_type
    expected = {**data, **({"project_id": project} if data.get("project_id") else {})}
    assert {name: event["data"][name] for name in expected} == expected
    assert (event["data"]["contact_id"], event["data"]["wish"], event["data"]["by"]) == ("c1", 1, "reply")
    assert "@" not in str(event)


def test_the_contact_is_told_what_was_done_and_how_to_undo_it(intake: Intake, mailbox: Mailbox) -> None:
    """At the address that we know, from the null sender, marked so that no machine answers it."""
    delivery = intake.told_delivery()
    answer(intake, "รายสัปดาห์", delivery, sender="colleague@elsewhere.example.org")

    intake.acknowledging.send_waiting()

    told = mailbox.messages()[-1]
    message = message_from_bytes(told.data)
    assert (told.recipients, told.envelope_from) == (("c1@example.org",), "<>")
    assert str(make_header(decode_header(message["Subject"]))) == "เปลี่ยนเป็นสรุปรายสัปดาห์แล้ว"
    assert message["Auto-Submitted"] == "auto-replied"
    assert (message["Precedence"], message["X-Auto-Response-Suppress"]) == ("bulk", "All")
    assert message["In-Reply-To"] == message["References"]
    assert message["In-Reply-To"].startswith("<answer-")
    assert intake.signed.read(REPLY, message["Reply-To"].strip("<>")) is not None
    assert "«ทันที» «รายวัน» หรือ «หยุด»" in plain(message)
    assert "พิมพ์ใจ ตัวอย่าง" in plain(message)


def plain(message: Message) -> str:
    part = next(each for each in message.walk() if each.get_content_type() == "text/plain")
    return bytes(part.get_payload(decode=True)).decode()


def test_an_answer_to_an_acknowledgement_undoes_it(intake: Intake, mailbox: Mailbox) -> None:
    """Its Reply-To is signed like that of the mail that was answered."""
    answer(intake, "หยุด")
    intake.acknowledging.send_waiting()
    reply_to = message_from_bytes(mailbox.messages()[-1].data)["Reply-To"].strip("<>")

    assert intake.comes(mail(reply_to, "รับต่อ")) == "resume"
    assert [event["data"].get("resumed") for event in intake.wished()] == [None, True]


def test_a_mail_is_handled_once_however_often_it_is_fetched(intake: Intake) -> None:
    """By whichever road: what servers add on the way does not matter."""
    raw = mail(intake.signed.address(REPLY, intake.told_delivery()), "รายวัน")

    for trace in (b"", b"", b"Received: from here\r\n by there\r\nDelivered-To: x@y\r\n"):
        intake.comes(trace + raw)
    intake.comes(raw.replace(b"\n", b"\r\n"))

    assert intake.database["incoming"].count_documents({}) == 1
    assert len(intake.wished()) == 1
    assert intake.database["acknowledgements"].count_documents({}) == 1


def test_an_old_answer_sent_once_more_takes_nothing_back(intake: Intake) -> None:
    """By whoever has seen it on its way, whatever servers have written above it since."""
    to = intake.signed.address(REPLY, intake.told_delivery())
    old = mail(to, "หยุด")
    assert intake.comes(old) == "stop"
    assert intake.comes(mail(to, "รับต่อ")) == "resume"
    intake.clock.advance(days=3)
    for replayed in (old, b"Received: from elsewhere.example.org\r\n" + old):
        assert not intake.taking.take(replayed, "lmtp", [to])
    intake.handle()
    assert len(intake.wished()) == 2


@pytest.mark.parametrize("missing", ["Subject", "Date", "From", "Message-ID", "MIME-Version"])
def test_a_mail_that_lacks_a_header_is_followed(intake: Intake, missing: str) -> None:
    """Only the signed address counts; one without a sender is answered at the contact's own address."""
    to = intake.signed.address(REPLY, intake.told_delivery())
    whole = message_from_bytes(mail(to, "รายวัน"))
    del whole[missing]
    assert intake.comes(whole.as_bytes()) == "daily"
    assert intake.acknowledging.send_waiting() == 1


def test_repeating_a_step_after_a_crash_changes_nothing(intake: Intake) -> None:
    """The process died after the wish and before the mail's end."""
    delivery = intake.told_delivery()
    intake.taking.take(mail(intake.signed.address(REPLY, delivery), "รายวัน"), "lmtp")
    (incoming,) = intake.book.waiting(intake.clock.now(), 10)

    for _ in range(3):
        intake.handling.handle(incoming)

    assert len(intake.wished()) == 1
    assert intake.database["acknowledgements"].count_documents({}) == 1


def test_the_mail_programs_unsubscribe_stops_everything_whatever_it_says(intake: Intake) -> None:
    """`mailto:` of List-Unsubscribe, with an empty body."""
    address = intake.signed.address(STOP, intake.told_delivery())

    assert intake.comes(mail(address, "", subject="unsubscribe")) == "stop"
    assert intake.wished()[0]["data"]["by"] == "unsubscribe"


def test_more_than_one_word_is_a_question(intake: Intake) -> None:
    """Sealed on its way, without the quoted mail, without addresses."""
    text = (
        "ขอเลื่อนวันอบรมได้ไหมคะ\nติดต่อ me@company.example.org\n\n"
        "ในวันที่ จ. 23 พ.ย. 2026 จังหวัดลำพูน <prasan@lamphun.example.org> เขียนว่า:\n> ตอบกลับด้วยคำว่า «หยุด»\n"
    )

    assert answer(intake, text) == "ask"

    (question,) = intake.asked()
    assert question["text"] == "ขอเลื่อนวันอบรมได้ไหมคะ\nติดต่อ [redacted]"
    assert question["name"] == "กมลวรรณ ใจงาม"


@pytest.mark.parametrize(
    ("text", "outcome"), [("รับทราบครับ ขอบคุณ", "noted"), ("ok", "noted"), ("  \n\n", "empty")]
)
def test_thanks_and_nothing_ask_for_nothing(intake: Intake, text: str, outcome: str) -> None:
    """Nobody is told anything about them."""
    assert answer(intake, text) == outcome
    assert intake.database["acknowledgements"].count_documents({}) == 0


# Who may say so -------------------------------------------------------------------------------------------


def test_only_the_signature_counts_never_the_sender(intake: Intake) -> None:
    """Whoever writes from the contact's address without its token is read by a person."""
    intake.told_delivery()
    raw = mail("prasan@lamphun.example.org", "หยุด", sender="c1@example.org")

    assert intake.comes(raw) == "unmatched"
    assert intake.wished() == []


@pytest.mark.parametrize("purpose", [BOUNCE, REPLY, STOP])
def test_a_forged_token_is_kept_and_does_nothing(intake: Intake, purpose: str) -> None:
    """Another secret, another contact's signature, another purpose."""
    delivery = intake.told_delivery()
    genuine = intake.signed.address(purpose, delivery)
    other = SignedAddresses("another secret, longer than it has to be", "prasan@lamphun.example.org")
    forged = [
        other.address(purpose, delivery),
        genuine[: genuine.index("@") - 1] + ("0" if genuine[genuine.index("@") - 1] != "0" else "1")
        + genuine[genuine.index("@") :],
        genuine.replace(f"+{purpose}", "+q"),
    ]  # fmt: skip
    for address in forged:
        assert intake.comes(mail(address, "หยุด")) == "forged"
    assert intake.wished() == []


def test_a_token_moves_nobody_but_its_own_contact(intake: Intake) -> None:
    """Who forwards an alert hands on no more than that alert's contact."""
    intake.know("c1", "c2")
    event = intake.tell("c1", "c2")
    intake.turn()
    for_c2 = intake.signed.address(REPLY, f"{event}:0:0:1")

    intake.comes(mail(for_c2, "หยุด", sender="c1@example.org"))

    assert [event["data"]["contact_id"] for event in intake.wished()] == ["c2"]


def test_tokens_of_two_contacts_in_one_mail_move_nobody(intake: Intake) -> None:
    """It is kept as unreadable: nobody can say who speaks."""
    intake.know("c1", "c2")
    event = intake.tell("c1", "c2")
    intake.turn()
    both = ", ".join(intake.signed.address(REPLY, f"{event}:0:0:{n}") for n in (0, 1))

    assert intake.comes(mail(both, "หยุด")) == "unreadable"
    assert intake.newest()["cause"] == "several-contacts"


def test_an_old_token_still_stops_but_asks_for_nothing_else(intake: Intake) -> None:
    """Whoever wants no more mail is never told that the time is over."""
    delivery = intake.told_delivery()
    intake.clock.advance(seconds=TOKENS_LAST.total_seconds() + 1)

    assert answer(intake, "รายวัน", delivery) == "expired"
    assert answer(intake, "หยุด", delivery) == "stop"


def test_a_token_of_a_delivery_that_is_gone_is_kept_for_a_person(intake: Intake) -> None:
    """After its retention."""
    delivery = intake.told_delivery()
    intake.database["dispatches"].delete_many({})

    assert answer(intake, "หยุด", delivery) == "unknown"


def test_an_erased_contact_is_not_written_to_nor_moved(intake: Intake) -> None:
    """The token in an old mail of theirs works for nobody."""
    delivery = intake.told_delivery()
    intake.hear(intake.erased_event("c1", 9))

    assert answer(intake, "รายวัน", delivery) == "erased"
    intake.acknowledging.send_waiting()
    assert intake.wished() == []


def test_tokens_outlive_a_change_of_the_key(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """Mails lie in mailboxes for years."""
    first, second = "the first secret key of these tests 0123", "the second secret key of these tests 012"
    before = Intake(database, mailbox, clock, prasan_secret_key=first)
    address = before.signed.address(REPLY, before.told_delivery())
    after = Intake(
        database,
        mailbox,
        clock,
        prasan_secret_key=second,
        prasan_secret_key_previous=first,
        prasan_fingerprint_key=first,
    )
    assert after.comes(mail(address, "รายวัน")) == "daily"


# Loops and floods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=vacation"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<list.example.org>"},
        {"Return_Path": "<>"},
        {"subject": "Automatic reply: away"},
        {"subject": "ตอบกลับอัตโนมัติ: ไม่อยู่ที่สำนักงาน"},
        {"sender": "MAILER-DAEMON@example.org"},
    ],
)
def test_automatic_mail_changes_nothing_and_is_not_answered(intake: Intake, headers: dict[str, str]) -> None:
    """RFC 3834, whatever word stands in it."""
    assert answer(intake, "หยุด", **headers) == "automatic"
    assert intake.wished() == []
    assert intake.database["acknowledgements"].count_documents({}) == 0


def test_two_machines_that_answer_each_other_come_to_an_end(intake: Intake) -> None:
    """One that marks nothing: after some acknowledgements there are none, later its answers are dropped."""
    delivery = intake.told_delivery()

    outcomes = [answer(intake, f"I am away number {n}", delivery) for n in range(MOST_ANSWERS + 5)]

    assert intake.database["acknowledgements"].count_documents({}) == MOST_ACKNOWLEDGEMENTS
    assert outcomes == ["ask"] * MOST_ANSWERS + ["too_many"] * 5
    assert answer(intake, "หยุด", delivery) == "stop"
    intake.clock.advance(seconds=timedelta(days=1, seconds=1).total_seconds())
    assert answer(intake, "รายวัน", delivery) == "daily"


# Acknowledgements -----------------------------------------------------------------------------------------


def test_nothing_is_acknowledged_while_mail_is_held(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """It waits like every other mail."""
    intake = Intake(database, mailbox, clock)
    answer(intake, "หยุด")
    held = Intake(database, mailbox, clock, mail_mode="hold")

    assert held.acknowledging.send_waiting() == 0
    assert intake.acknowledging.send_waiting() == 1


def test_an_acknowledgement_waits_for_the_mail_server(intake: Intake, mailbox: Mailbox) -> None:
    """And is sent once."""
    answer(intake, "หยุด")
    before = len(mailbox.messages())
    mailbox.misbehave(Fault("rcpt", reply="451 4.3.0 later"))
    intake.acknowledging.send_waiting()
    mailbox.behave()

    intake.acknowledging.send_waiting()
    assert len(mailbox.messages()) == before
    intake.clock.advance(minutes=2)
    intake.acknowledging.send_waiting()
    intake.acknowledging.send_waiting()
    assert len(mailbox.messages()) == before + 1


def test_an_acknowledgement_whose_sender_died_is_uncertain_and_not_sent_again(intake: Intake) -> None:
    """What was asked for was done."""
    answer(intake, "หยุด")
    (letter,) = intake.letters.due(intake.clock.now(), 5)
    assert intake.letters.claim(letter, intake.clock.now())

    intake.clock.advance(hours=1)
    intake.acknowledging.send_waiting()

    stored = intake.database["acknowledgements"].find_one()
    assert stored is not None
    assert (stored["state"], stored["why"]) == ("uncertain", "abandoned")


# One click ------------------------------------------------------------------------------------------------


def test_one_click_stops_and_after_resuming_stops_again(intake: Intake) -> None:
    """The page's address is signed, and is good for nothing else."""
    delivery = intake.told_delivery()
    page = intake.signed.page(delivery)

    assert intake.stopping.stop(page)
    answer(intake, "รับต่อ", delivery)
    assert intake.stopping.stop(page)

    assert [event["type"] for event in intake.wished()] == [UNSUBSCRIBED, PREFERENCES, UNSUBSCRIBED]
    assert intake.wished()[0]["data"]["by"] == "one_click"
    assert not intake.stopping.stop(page[:-1] + "x")
    assert not intake.stopping.stop("../../healthz")


# Digests --------------------------------------------------------------------------------------------------


def test_an_answer_to_a_digest_is_followed_and_asks_its_first_coordinator(intake: Intake) -> None:
    """A digest of several projects does not say which of them to stop: a person finds out."""
    intake.told_delivery()
    contact = "01KARM8P2T7Y9A1C3E5G7J9K1N"
    intake.know(contact)
    own = intake.database["dispatches"].find_one() or {}
    digest = {
        **{name: value for name, value in own.items() if name != "outbox"},
        "_id": f"{contact}:26112612",
        "page_id": "",
        "project_id": "",
        "milestone_id": "",
        "recipients": [{"contact": contact, "state": "accepted"}],
    }
    intake.database["dispatches"].insert_one(digest)
    members = [{"project_id": each, "event_id": own["event_id"]} for each in ("p1", "p2", "p1")]
    intake.database["digests"].insert_one({"_id": digest["_id"], "members": members})
    delivery = f"{contact}:26112612:0"

    assert answer(intake, "รายวัน", delivery) == "daily"
    assert answer(intake, "หยุดโครงการนี้", delivery) == "ask"
    assert intake.newest()["project_id"] == "p1"
    assert (
        intake.comes(dsn(intake.signed.address(BOUNCE, delivery), "5.2.2"), null_sender=True)
        == "bounced_refused"
    )
    stored = intake.database["dispatches"].find_one({"_id": digest["_id"]}) or {}
    assert stored["recipients"][0]["state"] == "bounced"
    assert "outbox" not in stored


@pytest.mark.parametrize("how", ["kept before it", "fetched again after it"])
def test_a_mail_from_before_a_restore_is_followed_and_not_answered_twice(
    intake: Intake, mailbox: Mailbox, how: str
) -> None:
    """Whether its sender was answered between the backup and the restore nobody knows: it is in doubt. What
    comes later is answered."""
    to = intake.signed.address(REPLY, intake.told_delivery())
    before, came_at = mail(to, "รายวัน"), intake.clock.now()
    if how == "kept before it":
        intake.taking.take(before, "imap")
    intake.clock.advance(3600)
    RestoreNotes(intake.database).write(Restore(intake.clock.now(), 1000))
    intake.clock.advance(60)
    if how == "fetched again after it":
        intake.taking.take(before, "imap", came_at=came_at)
    intake.handle()
    intake.acknowledging.send_waiting()
    assert [event["data"]["mode"] for event in intake.wished()] == ["daily"]
    (letter,) = intake.database["acknowledgements"].find()
    assert (letter["state"], letter["why"], "due_at" in letter) == ("uncertain", "restored", False)

    assert intake.comes(mail(to, "รายสัปดาห์")) == "weekly"
    intake.acknowledging.send_waiting()
    assert [m.subject for m in mailbox.messages() if m.envelope_from == "<>"] == ["เปลี่ยนเป็นสรุปรายสัปดาห์แล้ว"]
