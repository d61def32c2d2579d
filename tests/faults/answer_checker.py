"""What contacts answered, and what came back, against what became of it: each thing done once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.checker import Findings

SENT, DOUBTED = "accepted", frozenset({"uncertain", "sending"})


@dataclass(frozen=True)
class Came:
    """One mail that somebody sent us, known to be kept: an answer, or what a mail server gave back.

    `wanted`: what partners must say of the contact afterwards, by field; `acknowledged`: whether the contact
    is told; `asked`: whether it is a question. `version` is the contact's before.
    """

    contact_id: str
    address: str
    kind: str
    wanted: Mapping[str, Any]
    version: int
    acknowledged: bool = True
    asked: bool = False


@dataclass(frozen=True)
class Became:
    """What is found of it: the contact as partners have it, the states of acknowledgements in the book, how
    many copies of them the mail server took, and how many questions the project's page has."""

    contact: Mapping[str, Any]
    letters: tuple[str, ...] = ()
    copies: int = 0
    questions: int = 0


def check_answers(came: Collection[Came], became: Mapping[str, Became]) -> Findings:
    """What is wrong; `became` by contact."""
    findings = Findings(changes=len(came))
    for each in came:
        findings.deliveries += 1
        found, name = became[each.contact_id], f"{each.kind} of {each.contact_id}"
        _judge_effect(findings, each, found, name)
        _judge_letter(findings, each, found, name)
    return findings


def _judge_effect(findings: Findings, came: Came, became: Became, name: str) -> None:
    differing = {field: became.contact.get(field) for field in came.wanted} != dict(came.wanted)
    if differing or became.questions < came.asked:
        findings.lost.append(f"{name}: not done")
    changes, due = became.contact["version"] - came.version, int(bool(came.wanted))
    if changes > due or became.questions > came.asked:
        findings.doubled.append(f"{name}: {changes} changes for {due}, {became.questions} questions")


def _judge_letter(findings: Findings, came: Came, became: Became, name: str) -> None:
    if len(became.letters) > came.acknowledged or became.copies > came.acknowledged:
        findings.doubled.append(f"{name}: {became.copies} acknowledgements, {became.letters}")
    elif came.acknowledged and DOUBTED & set(became.letters):
        findings.uncertain.append(name)
    elif came.acknowledged and (became.letters != (SENT,) or not became.copies):
        findings.lost.append(f"{name}: {became.copies} acknowledgements, {became.letters}")
