"""The checker itself: whatever goes wrong with a mail, it notices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.notifications.mail.message import MailForm, Sender
from tests.faults.checker import SENDER_DOMAIN, Change, Findings, Taken, Word, check, message_id, miscounts

EVENT, NEWER = "01JEVENT:4", "01JEVENT:5"
PEOPLE = {"c1": "one@example.org", "c2": "two@example.org"}
CHANGE = Change(EVENT, "m1", 4, PEOPLE, frozenset({"c3"}), {"unsubscribed": 1})
MAILS = [Taken(message_id(EVENT, contact_id), address) for contact_id, address in PEOPLE.items()]
BY_HAND = Word(EVENT, "c3", "by_hand", "no_address")
WORDS = [Word(EVENT, "c1", "accepted"), Word(EVENT, "c2", "accepted"), BY_HAND]


REFUSED = replace(CHANGE, refused=frozenset({"one@example.org"}))


def checked(mails: list[Taken], words: list[Word], change: Change = CHANGE) -> Findings:
    return check([change], mails, words)


def with_first(state: str, why: str | None = None, doubts: int = 0) -> list[Word]:
    """The ledger, with this word of the first contact."""
    return [Word(EVENT, "c1", state, why, doubts), *WORDS[1:]]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """Everybody told once, who has no address by hand: no fault, and everything counted."""
    findings = checked(MAILS, WORDS)
    assert not findings.faults() and not findings.uncertain and not findings.unfinished
    assert (findings.changes, findings.deliveries) == (1, 3)


LOST: list[tuple[str, list[Taken], list[Word]]] = [
    ("the mail server never took it", MAILS[1:], WORDS),
    ("the ledger has no word of it", MAILS[1:], WORDS[1:]),
    ("who has no address was forgotten", MAILS, WORDS[:2]),
    ("who has no address was suppressed", MAILS, [*WORDS[:2], Word(EVENT, "c3", "suppressed")]),
    ("it failed although nobody refused it", MAILS[1:], with_first("failed", "5.7.1")),
    ("it was superseded by nothing", MAILS[1:], with_first("superseded", "cancelled")),
    ("it was suppressed although everything allowed it", MAILS[1:], with_first("suppressed", "erased")),
]


@pytest.mark.parametrize(("mails", "words"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
def test_a_lost_delivery_is_found(mails: list[Taken], words: list[Word]) -> None:
    """Whoever was not told, and for no good reason, is lost."""
    findings = checked(mails, words)
    assert len(findings.lost) == 1 and findings.kinds() == {"lost"}
    assert findings.faults() == [f"lost 1 of 1: {findings.lost[0]}"]


UNEXPECTED: list[tuple[str, list[Taken], list[Word]]] = [
    ("a mail about something never reported", [*MAILS, Taken("<x@example.org>", "one@example.org")], WORDS),
    ("a mail to a stranger", [*MAILS, Taken(MAILS[0].message_id, "stranger@example.org")], WORDS),
    (
        "a delivery to somebody who was left out",
        MAILS,
        [*WORDS, Word(EVENT, "c9", "suppressed")],
    ),
    ("a mail that failed and yet was taken", MAILS, with_first("failed", "5.7.1")),
]


@pytest.mark.parametrize(
    ("mails", "words"), [case[1:] for case in UNEXPECTED], ids=[case[0] for case in UNEXPECTED]
)
def test_an_unexpected_mail_is_found(mails: list[Taken], words: list[Word]) -> None:
    """Whatever no accepted change called for is unexpected."""
    findings = checked(mails, words, REFUSED)
    assert len(findings.unexpected) == 1 and findings.kinds() == {"unexpected"}


def test_a_doubled_mail_is_found() -> None:
    """Two copies of a delivery that was never in doubt are one too many."""
    assert len(checked([*MAILS, MAILS[0]], WORDS).doubled) == 1


def test_a_second_copy_in_doubt_is_counted_and_no_fault() -> None:
    """A delivery in doubt may arrive twice, not three times."""
    words = with_first("accepted", doubts=1)
    twice = checked([*MAILS, MAILS[0]], words)
    assert len(twice.uncertain) == 1 and not twice.faults()
    assert len(checked([*MAILS, MAILS[0], MAILS[0]], words).doubled) == 1


def test_an_uncertain_end_without_a_mail_is_uncertain_not_lost() -> None:
    """The ledger said that it does not know: that is its word, and it is counted."""
    findings = checked(MAILS[1:], with_first("uncertain", "final", 2))
    assert len(findings.uncertain) == 1 and not findings.faults()


@pytest.mark.parametrize("state", ["held", "pending", "sending", "retry_wait"])
def test_what_the_ledger_still_means_to_send_is_unfinished(state: str) -> None:
    """Neither lost nor told: whoever asks decides whether that is still in order."""
    findings = checked(MAILS[1:], with_first(state))
    assert len(findings.unfinished) == 1 and not findings.faults()


def test_what_the_mail_server_refused_for_good_may_fail() -> None:
    """A 5xx of the mail server is a reason."""
    findings = checked(MAILS[1:], with_first("failed", "5.7.1"), REFUSED)
    assert not findings.faults()


def test_what_a_newer_change_overtook_may_be_superseded_but_not_also_sent() -> None:
    """The newer alert reaches everybody; the older one is superseded, or was sent before."""
    newer = Change(NEWER, "m1", 5, PEOPLE)
    mails = [Taken(message_id(NEWER, c), a) for c, a in PEOPLE.items()]
    words = [Word(NEWER, c, "accepted") for c in PEOPLE]
    old = [Word(EVENT, c, "superseded", "cancelled") for c in (*PEOPLE, "c3")]
    assert not check([CHANGE, newer], mails, [*words, *old]).faults()
    assert check([CHANGE, newer], [*mails, MAILS[0]], [*words, *old]).kinds() == {"unexpected"}


def test_the_message_id_is_the_one_that_mails_bear() -> None:
    """The checker's formula and the sender's agree."""
    form = MailForm(
        Sender(f"prasan@{SENDER_DOMAIN}", "ประสาน"), EVENT, "projects.milestone.reached.v1", "แล้วเสร็จ"
    )
    assert form.message_id("c1") == message_id(EVENT, "c1")


EXACT: dict[str, Any] = {
    "relevant": 3,
    "counts": [
        {"state": "accepted", "why": None, "count": 2},
        {"state": "by_hand", "why": "no_address", "count": 1},
    ],
    "waiting": 0,
    "surplus": 0,
    "left_out": {"unsubscribed": 1},
}


def test_an_exact_partition_has_no_miscount() -> None:
    """Two mails and one by hand are three; one was left out."""
    assert miscounts(CHANGE, EXACT) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"relevant": 2},
        {"relevant": None},
        {"counts": EXACT["counts"][:1]},
        {"waiting": 1},
        {"surplus": 1},
        {"left_out": {}},
    ],
    ids=str,
)
def test_a_partition_that_is_not_exact_is_found(wrong: dict[str, Any]) -> None:
    """One too few, one too many, one forgotten: each is a miscount."""
    assert miscounts(CHANGE, {**EXACT, **wrong})
