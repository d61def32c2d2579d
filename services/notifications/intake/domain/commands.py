"""Answers by one word: one table, in Thai and English, and how far a word may be misspelt.

Only the first line that somebody wrote is looked at, and only if it is nothing but such a word with the
usual courtesies: whoever writes more is asking something, and a person answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

STOP, STOP_PROJECT, RESUME = "stop", "stop_project", "resume"
IMMEDIATE, DAILY, WEEKLY = "immediate", "daily", "weekly"
ASK = "ask"
NOTED = "noted"  # nothing to do: thanks, understood

WORDS: Mapping[str, tuple[str, ...]] = {
    STOP: (
        "หยุด", "หยุดรับ", "หยุดรับข่าว", "หยุดส่ง", "หยุดทั้งหมด", "ยกเลิก", "ยกเลิกรับข่าว", "ยกเลิกการรับข่าว",
        "เลิกรับ", "เลิกรับข่าว", "ไม่รับข่าว", "ไม่ต้องการรับ", "ไม่ต้องการรับข่าว", "ไม่ต้องส่งมาอีก",
        "stop", "stop all", "unsubscribe", "unsubscribe me", "remove me", "opt out", "no more mail",
    ),
    STOP_PROJECT: (
        "หยุดโครงการนี้", "หยุดเฉพาะโครงการนี้", "หยุดรับโครงการนี้", "หยุดข่าวโครงการนี้", "หยุดเรื่องนี้",
        "เฉพาะโครงการนี้", "stop project", "stop this project", "stop this", "mute",
    ),
    RESUME: (
        "รับต่อ", "รับข่าวต่อ", "รับข่าว", "กลับมารับ", "กลับมารับข่าว", "เริ่มใหม่",
        "resume", "start", "subscribe", "continue", "undo",
    ),
    IMMEDIATE: ("ทันที", "แจ้งทันที", "ส่งทันที", "immediate", "immediately", "at once", "instant", "now"),
    DAILY: ("รายวัน", "สรุปรายวัน", "ทุกวัน", "วันละครั้ง", "daily", "every day", "daily digest"),
    WEEKLY: (
        "รายสัปดาห์", "สรุปรายสัปดาห์", "ทุกสัปดาห์", "สัปดาห์ละครั้ง", "รายอาทิตย์", "ทุกอาทิตย์",
        "weekly", "every week", "weekly digest",
    ),
    NOTED: (
        "รับทราบ", "ทราบ", "ทราบแล้ว", "รับทราบแล้ว", "ขอบคุณ", "ขอบคุณมาก", "ขอบพระคุณ", "โอเค", "ตกลง", "ยินดีด้วย",
        "ok", "okay", "noted", "thanks", "thank you", "well received", "received", "congratulations",
    ),
    ASK: ("สอบถาม", "ขอสอบถาม", "ถาม", "คำถาม", "มีคำถาม", "question", "ask", "help"),
}  # fmt: skip

LONGEST_COMMAND = 60  # characters of a line that can be one
_GREETING = re.compile(r"^(เรียน|สวัสดี|ถึง|นมัสการ|dear|hello|hi|good (morning|afternoon))\b", re.IGNORECASE)
_BEFORE = (
    "ขอเปลี่ยนเป็น", "เปลี่ยนเป็น", "ต้องการเป็น", "ขอเป็น", "ขอรับแบบ", "ขอรับเป็น", "ขอแบบ", "แบบ", "รบกวน", "กรุณา",
    "โปรด", "ช่วย", "ขอให้", "ขอ", "ผม", "ดิฉัน", "ต้องการ", "please", "pls", "kindly", "i want to", "i want",
    "i would like to", "i would like", "change to", "switch to", "change me to", "make it", "to",
)  # fmt: skip
_AFTER = (
    "นะครับ", "นะคะ", "นะค่ะ", "ครับผม", "ครับ", "คับ", "ค่ะ", "คะ", "ค่า", "จ้า", "จ้ะ", "ด้วย", "หน่อย", "นะ",
    "ขอบคุณ", "ขอบคุณมาก", "แทน", "please", "pls", "thank you", "thanks", "thx", "sir", "instead",
)  # fmt: skip
_NEGATIONS = ("ไม่", "อย่า", "ห้าม", "not ", "no ", "don't ", "dont ", "never ")


@dataclass(frozen=True)
class Answer:
    """What an answer asks for; `text` is the question of `ask`."""

    command: str
    text: str = ""


def understood(fresh: str, subject: str = "") -> Answer | None:
    """What the fresh text says; the subject counts where the body is empty. None: nothing at all."""
    lines = [line.strip() for line in fresh.splitlines() if _plain(line)]
    if not lines:
        command = _command(subject)
        return Answer(command) if command not in (None, ASK) else None
    first = next((line for line in lines if not _GREETING.match(line)), lines[0])
    command = _command(first)
    if command is None:
        return Answer(ASK, fresh.strip())
    if command == ASK:
        rest = fresh.replace(first, "", 1).strip()
        return Answer(ASK, rest or fresh.strip())
    return Answer(command)


def _command(line: str) -> str | None:
    if len(line) > LONGEST_COMMAND:
        return None
    forms = _forms(_plain(line))
    exact = next((_meanings()[said] for said in forms if said in _meanings()), None)
    return exact or _nearest(forms[-1])


def _nearest(said: str) -> str | None:
    """The one command with a word so near that only fingers slipped; None where there are two."""
    if said.startswith(_NEGATIONS):
        return None
    near = {
        (_distance(said, word), command) for word, command in _meanings().items() if _comparable(said, word)
    }
    meant = sorted((distance, command) for distance, command in near if distance <= _allowed(said))
    if not meant or (len(meant) > 1 and meant[0][0] == meant[1][0]):
        return None
    return meant[0][1]


def _allowed(word: str) -> int:
    """How many letters may be wrong."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def _comparable(said: str, word: str) -> bool:
    """Of short words no letter may be missing: «ถาม», «now», «ask» are near to too much."""
    return len(word) > 3 and abs(len(said) - len(word)) <= _allowed(said)


@cache
def _meanings() -> Mapping[str, str]:
    return {_plain(word): command for command, words in WORDS.items() for word in words}


def _plain(text: str) -> str:
    """Letters, marks, digits and single spaces, in one form and case."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c == "'" else _space(c) for c in normal)
    return " ".join(kept.split())


def _space(character: str) -> str:
    """Invisible characters vanish, all others divide words."""
    return "" if unicodedata.category(character) == "Cf" else " "


def _forms(plain: str) -> list[str]:
    """The line as it stands, then with one courtesy after the other taken off, those at its end first."""
    forms = [plain]
    while (shorter := _without_one(forms[-1])) is not None:
        forms.append(shorter)
    return forms


def _without_one(said: str) -> str | None:
    """None where there is none, or where nothing would be left."""
    before, after = _courtesies()
    ends = (said.removesuffix(word).strip() for word in after if _parts_from(said, word, -1))
    begins = (said.removeprefix(word).strip() for word in before if _parts_from(said, word, 1))
    return next((shorter for shorter in (*ends, *begins) if shorter), None)


@cache
def _courtesies() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Longest first, in the form of `_plain`."""
    return (
        tuple(sorted(map(_plain, _BEFORE), key=len, reverse=True)),
        tuple(sorted(map(_plain, _AFTER), key=len, reverse=True)),
    )


def _parts_from(text: str, word: str, end: int) -> bool:
    """Thai writes words without spaces between them; English does not."""
    if word.isascii():
        return text.startswith(f"{word} ") if end == 1 else text.endswith(f" {word}")
    return text.startswith(word) if end == 1 else text.endswith(word)


def _distance(one: str, other: str) -> int:
    """Letters wrong, missing, too many, or two of them exchanged (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row, last = row, [i] + [0] * len(other), before
        for j, b in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]
