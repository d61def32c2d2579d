"""What somebody wrote anew in an answer: without the mail that it quotes, and without the signature."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"^\s*[>|]")
# The line with which mail programs begin what they quote.
_ATTRIBUTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\s*on\b.{4,300}\bwrote\s*:",
        r"^\s*(เมื่อ|ใน\s*วันที่|ในวัน|วันที่).{4,300}(เขียน|ได้เขียน).{0,20}:",
        r"^\s*.{1,200}<[^<>\s]{3,254}>\s*(wrote|เขียน\S*)\s*:",
        r"^\s*-{2,}\s*(original message|forwarded message|ข้อความต้นฉบับ|ข้อความเดิม|ข้อความที่ส่งต่อ)",
        r"^\s*_{8,}\s*$",
        r"^\s*\*?(from|จาก)\*?\s*:\s*\S",
    )
)
_SIGNATURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^--\s*$",
        r"^\s*(sent from|sent via|get outlook for|ส่งจาก|รับ outlook|ดาวน์โหลด outlook)\b",
    )
)
MOST_LINES = 400
LONGEST_LINE = 500  # characters that are looked at to find a quotation


def fresh_text(text: str) -> str:
    """The writer's own words. What stands below a quotation counts where nothing stands above it."""
    lines = _joined_attributions(text.splitlines()[:MOST_LINES])
    quoted = next((number for number, line in enumerate(lines) if _begins_quotation(line)), len(lines))
    above = _without_signature(lines[:quoted])
    return above or _without_signature(_below(lines[quoted:]))


def _joined_attributions(lines: list[str]) -> list[str]:
    """«On … at 10:00, somebody» and «wrote:» on the next line are one line."""
    joined: list[str] = []
    for line in lines:
        short = line.strip().lower()
        if joined and re.fullmatch(r"(.{0,120}>\s*)?(wrote|เขียนว่า|เขียน)\s*:", short):
            joined[-1] = f"{joined[-1].rstrip()} {line.strip()}"
        else:
            joined.append(line)
    return joined


def _begins_quotation(line: str) -> bool:
    return bool(_QUOTED.match(line)) or any(p.match(line[:LONGEST_LINE]) for p in _ATTRIBUTIONS)


def _below(lines: list[str]) -> list[str]:
    """What follows the last quoted line; nothing where the quotation has no marks at its lines."""
    last = max((number for number, line in enumerate(lines) if _QUOTED.match(line)), default=None)
    return [] if last is None else lines[last + 1 :]


def _without_signature(lines: list[str]) -> str:
    end = next((n for n, line in enumerate(lines) if any(p.match(line) for p in _SIGNATURES)), len(lines))
    return "\n".join(line.rstrip() for line in lines[:end]).strip()
