"""Why a contact is told, every reason of it in a line, and what its own part is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.notifications.composing.topics import topics
from services.notifications.composing.wording import Wording
from shared.contracts.facets import PARTNER_ROLES
from shared.thai import in_language, number

Reason = Mapping[str, Any]
Organisation = Mapping[str, str | None] | None


def why(reasons: Sequence[Reason], own: Organisation, data: Mapping[str, Any], words: Wording) -> str:
    """One line for each reason, none twice, in the order of the reasons.

    `own` is the contact's organisation as the greeting names it; `data` are the event's.
    """
    speaks_for_several = len({reason["partner_id"] for reason in reasons}) > 1
    lines: list[str] = []
    for reason in reasons:
        who = _who(reason["partner"], None if speaks_for_several else own, words)
        seen = any(other["code"] == "jppcc" for other in reasons[: len(lines)])
        lines.append(_line(reason, who, seen, data, words))
    return "\n".join(dict.fromkeys(lines))


def part_label(reasons: Sequence[Reason], words: Wording) -> str:
    """«ส่วนที่ท่านสนับสนุน» where all pledges are of one role, else «ส่วนของท่าน»."""
    roles = {reason["code"] for reason in _pledged(reasons)}
    role = roles.pop() if len(roles) == 1 else ""
    return words(f"part.label.{role}" if role in PARTNER_ROLES else "part.label")


def part(reasons: Sequence[Reason], words: Wording) -> str:
    """What was pledged and how much of it is done, a line for each; '' without a pledge."""
    pledged = _pledged(reasons)
    several = len({reason["partner_id"] for reason in pledged}) > 1
    lines = (_pledge(reason, several, words) for reason in pledged)
    return "\n".join(dict.fromkeys(lines))


def _pledged(reasons: Iterable[Reason]) -> list[Reason]:
    return [reason for reason in reasons if reason.get("pledge")]


def _pledge(reason: Reason, several: bool, words: Wording) -> str:
    pledge = reason["pledge"]
    done = pledge.get("done")
    said = words(
        "part.pledged" if done is None else "part.done",
        done=number(done or 0),
        quantity=number(pledge["quantity"]),
        unit=in_language(pledge["unit"], words.language),
    )
    partner = in_language(reason["partner"], words.language)
    return words("part.of", partner=partner, part=said) if several else said


def _line(reason: Reason, who: str, jppcc_seen: bool, data: Mapping[str, Any], words: Wording) -> str:
    """The committee's long name is written out once."""
    code = reason["code"]
    match code:
        case "subscriber":
            return words("why.subscriber", who=who, topics=topics(reason.get("facets") or {}, data, words))
        case "jppcc":
            key = "why.jppcc.again" if jppcc_seen else "why.jppcc"
            return words(key, who=who, missions=_missions(data, words))
    return words(f"why.{code}" if words.has(f"why.{code}") else "why.other", who=who)


def _who(partner: Organisation, own: Organisation, words: Wording) -> str:
    """«บริษัทของท่าน» for the contact's own organisation, else the partner's name."""
    name = in_language(partner, words.language)
    if not (own and partner and own.get("th", "") == partner["th"]):
        return words("named", name=name)
    kind = next((kind for kind in words.kinds_of_organisation if name.startswith(kind)), "")
    return words("yours.kind", kind=kind) if kind else words("yours")


def _missions(data: Mapping[str, Any], words: Wording) -> str:
    numbers = [str(mission) for mission in data["project"]["facets"].get("missions", ())]
    return words("topic.missions", numbers=", ".join(numbers)) if numbers else words("topic.missions.this")
