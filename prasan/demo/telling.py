"""How the demo names contacts, reasons and mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from itertools import takewhile
from typing import Any

from prasan.demo.stage import Stage
from shared.calendar import local_day
from shared.clock import from_timestamp
from shared.i18n import LANGUAGES
from shared.testing.mailbox.store import Received
from shared.thai import cut, short_date

_WHY = ("เหตุที่ท่านได้รับ", "Why you receive this")
_SHOWN_LINES, _LONGEST_LINE, _LONGEST_PARTNER = 4, 100, 40


def person(contact: Mapping[str, Any]) -> list[object]:
    """Name and organisations of somebody concerned."""
    partners = dict.fromkeys(reason["partner"]["th"] for reason in contact["reasons"])
    return [contact["name"]["th"], cut(", ".join(partners), _LONGEST_PARTNER)]


def reasons(stage: Stage, contact: Mapping[str, Any]) -> str:
    """Every reason, each once: ผู้สนับสนุน, ขอรับข่าว: แผนงาน."""
    return ", ".join(dict.fromkeys(_reason(stage, reason) for reason in contact["reasons"]))


def when(stage: Stage, contact: Mapping[str, Any]) -> str:
    """At once, by hand, or in the digest of which day."""
    told = contact["when"]
    day = short_date(local_day(from_timestamp(told["at"])), "th") if told["at"] else ""
    return stage.text(f"when.{told['how']}", day=day)


def is_mailed_now(contact: Mapping[str, Any]) -> bool:
    """Whether somebody concerned has a mail as soon as it is reported."""
    return contact["when"]["how"] in ("after_hold", "after_quiet_hours")


def _reason(stage: Stage, reason: Mapping[str, Any]) -> str:
    facets = reason.get("facets") or {}
    named = "+".join(stage.text(f"facet.{facet}") for facet in facets) or stage.text("facet.any")
    return stage.text(f"reason.{reason['code']}", facets=named)


def parts(stage: Stage, outcome: Mapping[str, Any]) -> dict[str, str]:
    """The partition in both languages: 20 accepted by their mail server + 1 to be told by hand."""
    counts = outcome["counts"]

    def sentence(language: str) -> str:
        return " + ".join(f"{c['count']} {stage.text('state.' + c['state'], language)}" for c in counts)

    return {language: sentence(language) for language in LANGUAGES}


def why_in(message: Received) -> str:
    """The sentence of the mail that says why it came, with all its reasons; empty if it has none."""
    lines = [line.strip() for line in message.body().splitlines()]
    start = next((number for number, line in enumerate(lines) if line.startswith(_WHY)), len(lines))
    return " ".join(takewhile(bool, lines[start:]))


def reader(message: Received) -> str:
    """Whom the mail names in its To header.

    Read by the older decoder: the newer one of Python 3.11 puts a blank between encoded words.
    """
    return str(make_header(decode_header(_raw(message)["To"])))


def first_lines(message: Received) -> list[str]:
    """The first lines of the mail, shortened to the screen."""
    return [cut(line, _LONGEST_LINE) for line in list(_lines(message))[:_SHOWN_LINES]]


def recipients(messages: Iterable[Received]) -> list[str]:
    return [address for message in messages for address in message.recipients]


def _raw(message: Received) -> Message:
    return message_from_bytes(message.data, policy=compat32)


def _lines(message: Received) -> Iterator[str]:
    return (line.strip() for line in message.body().splitlines() if line.strip())
