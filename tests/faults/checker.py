"""What was promised against what arrived, in the manner of Jepsen's total-queue checker.

Accepted changes, each with the people it concerns, against the messages that the mail server took and the
ledger's own word. Nothing here asks a service: whoever calls it brings all three.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SENDER_DOMAIN = "lamphun.example.org"
UNFINISHED = frozenset({"held", "pending", "sending", "retry_wait"})
GATE = ("lost", "unexpected", "doubled", "miscounted")
SHOWN = 3  # of each kind, where a test complains
MOST_COPIES = 2  # of a delivery in doubt: the message itself, and once more


@dataclass(frozen=True)
class Change:
    """A report that was answered with success, and what must come of it.

    `mails`: contact id → address; `digests`: the same, of those who read of it in a digest; `by_hand`:
    contacts without an address; `left_out`: why → how many; `refused`: addresses to which the mail server
    said no for good; `returned`: contact id → as what their mail came back after it was taken.
    """

    event_id: str
    milestone_id: str
    version: int
    mails: Mapping[str, str]
    by_hand: frozenset[str] = frozenset()
    left_out: Mapping[str, int] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """One message that the mail server took, for one address."""

    message_id: str
    address: str


@dataclass(frozen=True)
class Word:
    """What the ledger says of one delivery. `doubts`: how often it was left uncertain."""

    event_id: str
    contact_id: str
    state: str
    why: str | None = None
    doubts: int = 0


@dataclass
class Findings:
    """The gate is `lost`, `unexpected`, `doubled` and `miscounted` empty; `uncertain` is bounded by who asks.

    `unfinished` are deliveries that the ledger still means to make.
    """

    changes: int = 0
    deliveries: int = 0
    lost: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What must not be, the first few of each kind; empty if all is well."""
        return [
            f"{name} {number} of {len(found)}: {evidence}"
            for name in GATE
            for found in [getattr(self, name)]
            for number, evidence in enumerate(found[:SHOWN], 1)
        ]

    def kinds(self) -> set[str]:
        """Which of the things that must not be there are."""
        return {name for name in GATE if getattr(self, name)}


def message_id(event_id: str, contact_id: str) -> str:
    """The Message-ID that every copy of this delivery bears (written out here on purpose: a change of it
    would make copies that a mailbox cannot recognise)."""
    digest = hashlib.sha256(f"{event_id}\n{contact_id}".encode()).hexdigest()[:40]
    return f"<{digest}@{SENDER_DOMAIN}>"


def check(changes: Collection[Change], taken: Iterable[Taken], words: Iterable[Word]) -> Findings:
    """What is wrong; what people read in digests has a checker of its own."""
    findings = Findings(changes=len(changes))
    copies = Counter(taken)
    ledger = {(word.event_id, word.contact_id): word for word in words}
    newest = newest_versions(changes)
    for change in changes:
        overtaken = change.version < newest[change.milestone_id]
        for contact_id, address in change.mails.items():
            count = copies.pop(Taken(message_id(change.event_id, contact_id), address), 0)
            word = ledger.pop((change.event_id, contact_id), None)
            word = _as_it_was_sent(word, change.returned.get(contact_id))
            _judge(findings, word, name_of(change, contact_id), count, overtaken, address in change.refused)
        for contact_id in change.by_hand:
            word = ledger.pop((change.event_id, contact_id), None)
            _judge_by_hand(findings, word, name_of(change, contact_id), overtaken)
        for contact_id in change.digests:
            ledger.pop((change.event_id, contact_id), None)
    findings.unexpected += [f"mail {mail.message_id} to {mail.address}" for mail in copies]
    findings.unexpected += [f"delivery {event_id} to {contact_id}" for event_id, contact_id in ledger]
    return findings


def _judge(
    findings: Findings, word: Word | None, name: str, count: int, overtaken: bool, refused: bool
) -> None:
    """One delivery by mail, with the number of copies that were taken."""
    findings.deliveries += 1
    if word is None:
        findings.lost.append(f"{name}: the ledger has no word of it")
        return
    if word.doubts or word.state == "uncertain":
        findings.uncertain.append(name)
    if count > (MOST_COPIES if word.doubts else 1):
        findings.doubled.append(f"{name}: {count} copies, {word.state}, {word.doubts} doubts")
    if word.state in UNFINISHED:
        findings.unfinished.append(f"{name}: {word.state} {word.why}")
        return
    _VERDICTS.get(word.state, _unknown)(findings, word, name, count, overtaken, refused)


def _as_it_was_sent(word: Word | None, returned: str | None) -> Word | None:
    """What came back was taken before; without a reason to come back the ledger may not say that it did."""
    if word is None or returned is None:
        return word
    return replace(word, state="accepted" if word.state == returned else f"{word.state}, not {returned}")


def _accepted(f: Findings, word: Word, name: str, count: int, overtaken: bool, refused: bool) -> None:
    if not count:
        f.lost.append(f"{name}: accepted, says the ledger, and the mail server never took it")


def _uncertain(f: Findings, word: Word, name: str, count: int, overtaken: bool, refused: bool) -> None:
    """Whatever arrived is what "uncertain" says."""


def _superseded(f: Findings, word: Word, name: str, count: int, overtaken: bool, refused: bool) -> None:
    if not overtaken:
        f.lost.append(f"{name}: superseded by {word.why}, and nothing newer was accepted")
    if count:
        f.unexpected.append(f"{name}: superseded, and sent")


def _failed(f: Findings, word: Word, name: str, count: int, overtaken: bool, refused: bool) -> None:
    if not refused:
        f.lost.append(f"{name}: failed ({word.why}), and the mail server never refused it")
    if count:
        f.unexpected.append(f"{name}: failed, and sent")


def _unknown(f: Findings, word: Word, name: str, count: int, overtaken: bool, refused: bool) -> None:
    f.lost.append(f"{name}: {word.state} ({word.why})")


_VERDICTS = {
    "accepted": _accepted,
    "uncertain": _uncertain,
    "superseded": _superseded,
    "failed": _failed,
}


def _judge_by_hand(findings: Findings, word: Word | None, name: str, overtaken: bool) -> None:
    allowed = {"by_hand", "superseded"} if overtaken else {"by_hand"}
    findings.deliveries += 1
    if word is not None and word.state in UNFINISHED:
        findings.unfinished.append(f"{name}: {word.state} {word.why}")
    elif word is None or word.state not in allowed:
        findings.lost.append(f"{name}: to be told by hand, and the ledger says {word and word.state}")


def miscounts(change: Change, outcome: Mapping[str, Any]) -> list[str]:
    """Where projects' outcome of a change is no exact partition of its audience."""
    told = sum(count["count"] for count in outcome["counts"])
    expected = len(change.mails) + len(change.by_hand) + len(change.digests)
    rules = {
        f"relevant {outcome['relevant']}, not {expected}": outcome["relevant"] == expected,
        f"the counts add up to {told} of {expected}": told == expected,
        f"{outcome['waiting']} still wait": outcome["waiting"] == 0,
        f"{outcome['surplus']} too many": outcome["surplus"] == 0,
        f"left out {outcome['left_out']}, not {dict(change.left_out)}": outcome["left_out"]
        == dict(change.left_out),
    }
    return [f"{change.event_id}: {complaint}" for complaint, holds in rules.items() if not holds]


def newest_versions(changes: Iterable[Change]) -> Mapping[str, int]:
    """Milestone id → the version of the newest of these changes."""
    newest: dict[str, int] = defaultdict(int)
    for change in changes:
        newest[change.milestone_id] = max(newest[change.milestone_id], change.version)
    return newest


def name_of(change: Change, contact_id: str) -> str:
    """How a delivery is called in what is found."""
    return f"{change.event_id} to {contact_id}"
