"""How the demo names contacts, reasons and mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prasan.demo.stage import Stage
from shared.testing.mailbox.store import Received
from shared.thai import cut

_WHY = ("เหตุที่ท่านได้รับ", "Why you receive this", "Why you")
_SHOWN_LINES, _LONGEST_LINE, _LONGEST_PARTNER = 4, 100, 40


def person(contact: Mapping[str, Any]) -> list[object]:
    """Name and organisations of somebody concerned."""
    partners = dict.fromkeys(reason["partner"]["th"] for reason in contact["reasons"])
    return [contact["name"]["th"], cut(", ".join(partners), _LONGEST_PARTNER)]


def reasons(stage: Stage, contact: Mapping[str, Any]) -> str:
    """Every reason, each once: ผู้สนับสนุน, ขอรับข่าว: แผนงาน."""
    return ", ".join(dict.fromkeys(_reason(stage, reason) for reason in contact["reasons"]))


def _reason(stage: Stage, reason: Mapping[str, Any]) -> str:
    facets = reason.get("facets") or {}
    named = "+".join(stage.text(f"facet.{facet}") for facet in facets) or stage.text("facet.any")
    return stage.text(f"reason.{reason['code']}", facets=named)


def why_in(message: Received) -> str:
    """The sentence of the mail that says why it came; empty if it has none."""
    return next((line for line in _lines(message) if line.startswith(_WHY)), "")


def first_lines(message: Received) -> list[str]:
    """The first lines of the mail, shortened to the screen."""
    return [cut(line, _LONGEST_LINE) for line in list(_lines(message))[:_SHOWN_LINES]]


def recipients(messages: Iterable[Received]) -> list[str]:
    return [address for message in messages for address in message.recipients]


def _lines(message: Received) -> Iterator[str]:
    return (line.strip() for line in message.body().splitlines() if line.strip())
