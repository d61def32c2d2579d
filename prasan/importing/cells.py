"""What may stand in a cell, one reader for each kind of content; each raises Wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from prasan.importing.choices import Choices
from prasan.importing.dates import THAI_DIGITS, read_day
from prasan.importing.findings import Wrong
from prasan.importing.workbook import Cell
from shared.http.fields import BIDI_CONTROLS, NEVER
from shared.http.strict import LARGEST_FIGURE
from shared.thai import BUDDHIST_ERA

Reader = Callable[[Cell, datetime], Any]  # the cell and the workbook's epoch → its value

# What a spreadsheet would run if the text were ever opened as CSV (OWASP, "CSV Injection"). A telephone
# number may begin with +, a negative number or a dash with -.
_RUNS = re.compile(r"^(?:[=@\t\r]|[+](?![\d\s(])|-(?=[\w(]+[(!|]))")
_TURNED = re.compile(f"[{BIDI_CONTROLS}]")
_SEPARATORS = re.compile(r"[,;\n،、]")
LONGEST_ADDRESS = 254


def read_cell(reader: Reader, cell: Cell, epoch: datetime) -> Any:
    """The value, unless the cell holds a formula or an error."""
    if cell.kind == "f":
        raise Wrong("formula")
    if cell.kind == "e":
        raise Wrong("error-value", given=str(cell.value))
    return reader(cell, epoch)


@dataclass(frozen=True)
class Words:
    """A text of up to `most` characters; on one line unless `lines`."""

    most: int = 200
    lines: bool = False

    def __call__(self, cell: Cell, epoch: datetime) -> str:
        text = _text(cell)
        text = text.replace("\r\n", "\n").replace("\r", "\n") if self.lines else " ".join(text.split())
        if len(text) > self.most:
            raise Wrong("too-long", most=self.most, length=len(text))
        return text


def _text(cell: Cell) -> str:
    """As typed, in one Unicode form; numbers without the .0 that Excel adds."""
    value = cell.value
    if isinstance(value, bool | datetime | date):
        raise Wrong("not-a-text")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value)).replace("_x000D_", "").replace("\xa0", " ").strip()
    if _TURNED.search(text):
        raise Wrong("turned-text")
    if NEVER.search(text):
        raise Wrong("control-character")
    if _RUNS.match(text):
        raise Wrong("formula-like", given=text[:20])
    return text


def day(cell: Cell, epoch: datetime) -> str:
    """2026-11-23."""
    return read_day(cell.value, epoch).isoformat()


def number(cell: Cell, epoch: datetime) -> float:
    """From zero up; thousands may be apart, digits may be Thai."""
    value = cell.value
    if isinstance(value, str):
        text = value.translate(THAI_DIGITS).replace(",", "").replace("฿", "").removesuffix("บาท").strip()
        if not re.fullmatch(r"\d{1,16}(\.\d{1,6})?", text, re.ASCII):
            raise Wrong("not-a-number", given=value[:30])
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("not-a-number", given=str(value)[:30])
    if not 0 <= value <= LARGEST_FIGURE:
        raise Wrong("not-a-number", given=f"{value:g}")
    return float(value)


def fiscal_year(cell: Cell, epoch: datetime) -> int:
    """2570; a year of the Christian era is refused, since it could mean two fiscal years."""
    text = str(cell.value).translate(THAI_DIGITS).removesuffix(".0").strip()
    if isinstance(cell.value, bool) or not re.fullmatch(r"\d{4}", text, re.ASCII):
        raise Wrong("not-a-fiscal-year")
    year = int(text)
    if 1997 <= year <= 2100:
        raise Wrong("christian-fiscal-year", given=year, meant=year + BUDDHIST_ERA)
    if not 2540 <= year <= 2643:
        raise Wrong("not-a-fiscal-year")
    return year


def email(cell: Cell, epoch: datetime) -> str:
    """An address as mail servers take it."""
    text = Words(LONGEST_ADDRESS)(cell, epoch)
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise Wrong("not-an-address") from None


def identifier(cell: Cell, epoch: datetime) -> str:
    """The id of a coordinator, as their token names them."""
    text = Words(200)(cell, epoch)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}", text):
        raise Wrong("not-an-identifier")
    return text


@dataclass(frozen=True)
class One:
    """One word of a list."""

    choices: Choices

    def __call__(self, cell: Cell, epoch: datetime) -> Any:
        if isinstance(cell.value, bool):
            return self.choices.read(str(cell.value))
        return self.choices.read(_text(cell).translate(THAI_DIGITS))


@dataclass(frozen=True)
class Several:
    """Words of a list, with commas between them; none twice."""

    choices: Choices | None = None

    def __call__(self, cell: Cell, epoch: datetime) -> list[Any]:
        parts = [part.strip() for part in _SEPARATORS.split(_text(cell).translate(THAI_DIGITS))]
        values = [self.choices.read(part) if self.choices else part for part in parts if part]
        repeated = [value for position, value in enumerate(values) if value in values[:position]]
        if repeated:
            raise Wrong("repeated", given=str(repeated[0]))
        if not values:
            raise Wrong("required")
        return values
