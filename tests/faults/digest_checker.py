"""What digests showed against what was reported: each milestone's news once, in one digest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tests.faults.checker import MOST_COPIES, Change, Findings, Word, name_of, newest_versions

TOLD, DOUBTED = "accepted", "uncertain"

Place = tuple[str, str]  # address, milestone id


@dataclass(frozen=True)
class Shown:
    """One copy of a digest that the mail server took; `milestones` as they stand in it."""

    message_id: str
    address: str
    milestones: tuple[str, ...]


def check_digests(changes: Collection[Change], shown: Collection[Shown], words: Iterable[Word]) -> Findings:
    """What is wrong with the digests that these changes are for."""
    findings = Findings(changes=sum(bool(change.digests) for change in changes))
    told = _told(findings, changes, {(word.event_id, word.contact_id): word for word in words})
    showing = _showing(findings, shown)
    doubted: set[str] = set()
    for place, said in told.items():
        digests = showing.pop(place, set())
        sure = sum(word.state == TOLD for word in said)
        if len(digests) < sure:
            findings.lost.append(f"{place}: told {sure} times, and in {len(digests)} digests")
        if len(digests) > len(said):
            findings.unexpected.append(f"{place}: told {len(said)} times, in {len(digests)} digests")
        if any(word.doubts for word in said):
            doubted |= digests
    findings.unexpected += [f"{place} in {sorted(digests)}" for place, digests in showing.items()]
    findings.unexpected += [f"{mail.message_id}: shows nothing" for mail in shown if not mail.milestones]
    for message_id, count in Counter(mail.message_id for mail in shown).items():
        if count > (MOST_COPIES if message_id in doubted else 1):
            findings.doubled.append(f"{message_id}: {count} copies")
    return findings


def _told(
    findings: Findings, changes: Collection[Change], ledger: Mapping[tuple[str, str], Word]
) -> Mapping[Place, list[Word]]:
    """Where something must have been shown, with the ledger's words on it."""
    newest = newest_versions(changes)
    told: dict[Place, list[Word]] = defaultdict(list)
    for change in changes:
        for contact_id, address in change.digests.items():
            findings.deliveries += 1
            name, word = name_of(change, contact_id), ledger.get((change.event_id, contact_id))
            overtaken = change.version < newest[change.milestone_id]
            if word is not None and (word.state == DOUBTED or word.doubts):
                findings.uncertain.append(name)
            if word is not None and word.state == "in_digest":
                findings.unfinished.append(f"{name}: {word.why}")
            elif word is not None and word.state in (TOLD, DOUBTED):
                told[address, change.milestone_id].append(word)
            elif word is None or word.state != "superseded" or not overtaken:
                findings.lost.append(f"{name}: {word and (word.state, word.why)}")
    return told


def _showing(findings: Findings, shown: Iterable[Shown]) -> dict[Place, set[str]]:
    """Which digests showed what; the same twice in one of them is doubled."""
    showing: dict[Place, set[str]] = defaultdict(set)
    for mail in shown:
        for milestone_id, times in Counter(mail.milestones).items():
            showing[mail.address, milestone_id].add(mail.message_id)
            if times > 1:
                findings.doubled.append(f"{milestone_id} stands {times} times in {mail.message_id}")
    return showing
