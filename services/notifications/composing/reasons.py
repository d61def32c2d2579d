"""Why a contact is told, every reason of it in a line, and what its own part is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.notifications.composing.topics import topics
from services.notifications.composing.wording import Wording
from shared.contracts.facets import PARTNER_ROLES
from shared.thai import in_language, number

Reason = Mapping[str, Any]


def why(
    reasons: Sequence[Reason], organisation: Mapping[str, str | None] | None, data: Mapping[str, Any], words: Wording
) -> str:
    """One line for each reason, none twice, in the order of the reasons."""
    lines: list[str] = []
    for reason in reasons:
        line = _line(reason, _who(reason, reasons, organisation, words), data, words)
        if reason["code"] == "jppcc" and any(r["code"] == "jppcc" for r in reasons[: reasons.index(reason)]):
            line = _line(reason, _who(reason, reasons, organisation, words), data, words, "why.jppcc.again")
        lines.append(line)
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


def _line(reason: Reason, who: str, data: Mapping[str, Any], words: Wording, key: str = "") -> str:
    key = key or f"why.{reason['code']}"
    return words(
        key if words.has(key) else "why.other",
        who=who,
        topics=topics(reason.get("facets") or {}, data, words),
        missions=_missions(data, words),
    )


def _who(
    reason: Reason, reasons: Sequence[Reason], organisation: Mapping[str, str | None] | None, words: Wording
) -> str:
    """«บริษัทของท่าน» while only one organisation is meant, its name where the contact speaks for several."""
    partner = reason["partner"]
    one = len({other["partner_id"] for other in reasons}) == 1
    own = organisation is None or organisation.get("th") == partner.get("th")
    if not (one and own):
        return in_language(partner, words.language)
    name = in_language(partner, words.language)
    kind = next((kind for kind in words.words("yours.kinds") if name.startswith(kind)), "")
    return words("yours.kind", kind=kind) if kind else words("yours")


def _missions(data: Mapping[str, Any], words: Wording) -> str:
    numbers = [str(mission) for mission in data["project"]["facets"].get("missions", ())]
    return words("topic.missions", numbers=", ".join(numbers)) if numbers else words("topic.missions.this")
