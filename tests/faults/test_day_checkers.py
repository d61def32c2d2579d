"""The checkers of digests, of answers and of what comes back: whatever goes wrong, they notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.answer_checker import Became, Came, check_answers
from tests.faults.checker import Change, Findings, Taken, Word, check, message_id, miscounts
from tests.faults.digest_checker import Shown, check_digests

EVENT, NEWER, ADDRESS = "01JEVENT:4", "01JEVENT:5", "one@example.org"
CHANGE = Change(EVENT, "m1", 4, {}, digests={"c1": ADDRESS})
WORD = Word(EVENT, "c1", "accepted")
SHOWN = Shown("<digest@example.org>", ADDRESS, ("m1",))


def of_digests(shown: list[Shown], word: Word | None = WORD) -> Findings:
    return check_digests([CHANGE], shown, [word] if word else [])


def test_news_that_stand_once_in_one_digest_are_well() -> None:
    """Told, and shown where the ledger says so."""
    findings = of_digests([SHOWN])
    assert not findings.faults() and not findings.unfinished and not findings.uncertain
    assert (findings.changes, findings.deliveries) == (1, 1)


WRONG_DIGESTS: list[tuple[str, str, list[Shown], Word | None]] = [
    ("nobody recorded it", "lost", [], None),
    ("no digest shows it", "lost", [], WORD),
    ("it was superseded by nothing", "lost", [], replace(WORD, state="superseded")),
    ("it was suppressed", "lost", [], replace(WORD, state="suppressed")),
    ("two digests show it", "unexpected", [SHOWN, replace(SHOWN, message_id="<second@example.org>")], WORD),
    ("a stranger reads it", "unexpected", [SHOWN, Shown("<x@example.org>", "x@example.org", ("m1",))], WORD),
    ("a digest is empty", "unexpected", [SHOWN, replace(SHOWN, message_id="<e>", milestones=())], WORD),
    ("the digest came twice", "doubled", [SHOWN, SHOWN], WORD),
    ("one digest shows it twice", "doubled", [replace(SHOWN, milestones=("m1", "m1"))], WORD),
    ("in doubt it came three times", "doubled", [SHOWN] * 3, replace(WORD, doubts=1)),
]


@pytest.mark.parametrize(
    ("kind", "shown", "word"), [c[1:] for c in WRONG_DIGESTS], ids=[c[0] for c in WRONG_DIGESTS]
)
def test_a_wrong_digest_is_found(kind: str, shown: list[Shown], word: Word | None) -> None:
    """Each kind of wrong is called by its name."""
    assert of_digests(shown, word).kinds() == {kind}


def test_what_waits_for_its_digest_is_unfinished_and_what_is_in_doubt_counted() -> None:
    """Neither is a fault by itself."""
    waiting = of_digests([], replace(WORD, state="in_digest"))
    doubted = of_digests([SHOWN, SHOWN], replace(WORD, doubts=1))
    nobody_knows = of_digests([], replace(WORD, state="uncertain", doubts=2))
    assert not waiting.faults() and len(waiting.unfinished) == 1
    assert not doubted.faults() and len(doubted.uncertain) == 1
    assert not nobody_knows.faults() and len(nobody_knows.uncertain) == 1


def test_of_two_news_the_newer_is_shown() -> None:
    """Or both, where the first digest had gone before the second was reported."""
    newer = Change(NEWER, "m1", 5, {}, digests={"c1": ADDRESS})
    words = [replace(WORD, state="superseded"), Word(NEWER, "c1", "accepted")]
    second = replace(SHOWN, message_id="<second@example.org>")
    assert not check_digests([CHANGE, newer], [SHOWN], words).faults()
    assert not check_digests([CHANGE, newer], [SHOWN, second], [WORD, words[1]]).faults()


CAME = Came("c1", ADDRESS, "daily", {"mode": "daily"}, version=1)
BECAME = Became({"version": 2, "mode": "daily"}, ("accepted",), copies=1)
QUESTION = replace(CAME, kind="ask", wanted={}, asked=True)
ASKED = Became({"version": 1}, ("accepted",), copies=1, questions=1)
BOUNCE = replace(CAME, kind="bounce", wanted={"suppressed": "5.1.1"}, acknowledged=False)
SUPPRESSED = Became({"version": 2, "suppressed": "5.1.1"})

WELL = [(CAME, BECAME), (QUESTION, ASKED), (BOUNCE, SUPPRESSED)]


@pytest.mark.parametrize(("came", "became"), WELL, ids=[came.kind for came, _ in WELL])
def test_what_was_done_once_and_said_once_is_well(came: Came, became: Became) -> None:
    """An answer, a question and a bounce."""
    findings = check_answers([came], {"c1": became})
    assert not findings.faults() and not findings.uncertain
    assert findings.deliveries == 1


WRONG_ANSWERS: list[tuple[str, str, Came, Became]] = [
    ("nothing was done", "lost", CAME, replace(BECAME, contact={"version": 1, "mode": "immediate"})),
    ("it was done twice", "doubled", CAME, replace(BECAME, contact={"version": 3, "mode": "daily"})),
    ("nobody said so", "lost", CAME, replace(BECAME, letters=(), copies=0)),
    ("it was said and never taken", "lost", CAME, replace(BECAME, copies=0)),
    ("it was said twice", "doubled", CAME, replace(BECAME, copies=2)),
    ("there are two letters", "doubled", CAME, replace(BECAME, letters=("accepted", "accepted"))),
    ("the question is lost", "lost", QUESTION, replace(ASKED, questions=0)),
    ("the question is asked twice", "doubled", QUESTION, replace(ASKED, questions=2)),
    ("a question changed something", "doubled", QUESTION, replace(ASKED, contact={"version": 2})),
    ("a bounce suppressed nothing", "lost", BOUNCE, replace(SUPPRESSED, contact={"version": 1})),
    ("a bounce was answered", "doubled", BOUNCE, replace(SUPPRESSED, letters=("accepted",), copies=1)),
]


@pytest.mark.parametrize(
    ("kind", "came", "became"), [c[1:] for c in WRONG_ANSWERS], ids=[c[0] for c in WRONG_ANSWERS]
)
def test_a_wrong_answer_is_found(kind: str, came: Came, became: Became) -> None:
    """Each kind of wrong is called by its name."""
    assert check_answers([came], {"c1": became}).kinds() == {kind}


@pytest.mark.parametrize(("state", "copies"), [("uncertain", 0), ("uncertain", 1), ("sending", 0)])
def test_an_acknowledgement_whose_sender_died_is_in_doubt(state: str, copies: int) -> None:
    """Whether it arrived or not; it is counted, and it is no fault."""
    findings = check_answers([CAME], {"c1": replace(BECAME, letters=(state,), copies=copies)})
    assert not findings.faults() and len(findings.uncertain) == 1


RETURNED = Change(EVENT, "m1", 4, {"c1": ADDRESS}, returned={"c1": "bounced"})
TAKEN = [Taken(message_id(EVENT, "c1"), ADDRESS)]


@pytest.mark.parametrize(
    ("change", "taken", "state", "kinds"),
    [
        (RETURNED, TAKEN, "bounced", set()),
        (RETURNED, TAKEN, "accepted", {"lost"}),
        (RETURNED, [], "bounced", {"lost"}),
        (RETURNED, TAKEN * 2, "bounced", {"doubled"}),
        (replace(RETURNED, returned={}), TAKEN, "bounced", {"lost"}),
        (Change(NEWER, "m1", 5, {}, left_out={"suppressed": 1}), TAKEN, "bounced", {"unexpected"}),
    ],
    ids=["well", "not counted", "never taken", "sent twice", "without a reason", "sent to afterwards"],
)
def test_what_came_back_was_sent_once_and_counts_as_come_back(
    change: Change, taken: list[Taken], state: str, kinds: set[str]
) -> None:
    """Of an address from which mail came back, one mail, counted as such, and none after it."""
    assert check([change], taken, [Word(EVENT, "c1", state)]).kinds() == kinds


@pytest.mark.parametrize("outcome", [lambda told: told, lambda told: {**told, "relevant": 0}])
def test_a_reader_of_digests_counts_in_the_partition(outcome: Callable[[Any], Any]) -> None:
    """Whoever reads of it in a digest is one of the relevant."""
    told = {
        "relevant": 1,
        "counts": [{"state": "in_digest", "why": "daily/2026-11-24T08:00", "count": 1}],
        "waiting": 0,
        "surplus": 0,
        "left_out": {},
    }
    assert bool(miscounts(CHANGE, outcome(told))) == (outcome(told) != told)
