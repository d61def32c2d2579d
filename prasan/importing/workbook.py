"""Opens a spreadsheet that anybody may have made: what is too large, hides something or runs is refused
before it is read."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from prasan.importing.findings import Finding

LARGEST_FILE = 10 * 1024 * 1024  # bytes
LARGEST_CONTENT = 48 * 1024 * 1024  # bytes of everything inside, unpacked
MOST_PARTS, MOST_CELLS = 500, 250_000
MOST_ROWS, MOST_COLUMNS = 5_000, 60
_CHUNK = 64 * 1024
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and any file with a password
_CELL = re.compile(rb"<(?:\w+:)?c[ >]")
_RUNS = (
    "vbaproject",
    "macrosheets/",
    "dialogsheets/",
    "activex/",
    "embeddings/",
    "externallinks/",
    "ctrlprops/",
)


class UnusableFile(Exception):
    """The file cannot be read at all, or must not be."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].key)
        self.findings = findings


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: text, a number, a day, yes or no; `kind` is openpyxl's (`f` is a formula,
    `e` an error)."""

    value: Any
    kind: str
    column: int


@dataclass(frozen=True)
class Row:
    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that hold anything."""

    title: str
    rows: Sequence[Row]
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class Workbook:
    sheets: Sequence[Sheet]
    epoch: datetime
    findings: Sequence[Finding] = field(default=())


def read_workbook(path: Path) -> Workbook:
    """The whole file. Raises UnusableFile, OSError."""
    content = _content(path)
    _look_inside(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, about what it does not keep
            book = load_workbook(io.BytesIO(content), keep_links=False)
    except Exception as error:  # it raises whatever a damaged part makes fail
        raise UnusableFile(Finding("damaged", params={"cause": type(error).__name__})) from error
    worksheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [Finding("hidden-sheet", sheet=s.title) for s in book.worksheets if s not in worksheets]
    charts = [Finding("no-table", sheet=sheet.title) for sheet in book.chartsheets]
    return Workbook([_sheet(sheet) for sheet in worksheets], book.epoch, (*hidden, *charts))


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise UnusableFile(Finding("file-too-large", params={"limit": LARGEST_FILE // 1024**2}))
    content = path.read_bytes()
    if content.startswith(_OLD_EXCEL):
        raise UnusableFile(Finding("old-or-locked"))
    if not content.startswith(b"PK"):
        raise UnusableFile(Finding("not-a-spreadsheet"))
    return content


def _look_inside(content: bytes) -> None:
    """Unpacks everything once, counting what really comes out: a header may lie about it. Raises
    UnusableFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
            _measure(archive)
    except UnusableFile:
        raise
    except Exception as error:  # zipfile raises many kinds for a damaged archive
        raise UnusableFile(Finding("damaged", params={"cause": type(error).__name__})) from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    names = [part.filename.casefold() for part in archive.infolist()]
    if "xl/workbook.xml" not in names:
        raise UnusableFile(Finding("not-a-spreadsheet"))
    if len(names) > MOST_PARTS or len(names) != len(set(names)):
        raise UnusableFile(Finding("damaged", params={"cause": "parts"}))
    running = next((name for name in names if any(part in name for part in _RUNS)), None)
    if running:
        raise UnusableFile(Finding("macros", params={"part": running}))


def _measure(archive: zipfile.ZipFile) -> None:
    size = cells = 0
    for part in archive.infolist():
        rest = b""
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST_CONTENT:
                    raise UnusableFile(
                        Finding("unpacks-too-large", params={"limit": LARGEST_CONTENT // 1024**2})
                    )
                if part.filename.startswith("xl/worksheets/"):
                    cells += len(_CELL.findall(rest + chunk)) - len(_CELL.findall(rest))
                    rest = chunk[-16:]
                if cells > MOST_CELLS:
                    raise UnusableFile(Finding("too-many-rows", params={"limit": MOST_ROWS}))


def _sheet(sheet: Worksheet) -> Sheet:
    if sheet.max_row > MOST_ROWS + 2 or sheet.max_column > MOST_COLUMNS:
        key, limit = ("too-many-rows", MOST_ROWS)
        if sheet.max_column > MOST_COLUMNS:
            key, limit = ("too-many-columns", MOST_COLUMNS)
        return Sheet(sheet.title, (), (Finding(key, sheet=sheet.title, params={"limit": limit}),))
    rows = [row for row in _rows(sheet) if row.cells]
    return Sheet(sheet.title, rows, tuple(_hidden(sheet, rows)))


def _rows(sheet: Worksheet) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        filled = [Cell(c.value, c.data_type, c.column) for c in cells if c.value is not None]
        yield Row(number, [c for c in filled if not (isinstance(c.value, str) and not c.value.strip())])


def _hidden(sheet: Worksheet, rows: Sequence[Row]) -> Iterator[Finding]:
    """What a person does not see on the screen, or sees once and the file holds once for several rows."""
    for row in rows:
        if sheet.row_dimensions[row.number].hidden:
            yield Finding("hidden-row", sheet=sheet.title, row=row.number)
    used = {cell.column for row in rows for cell in row.cells}
    for dimension in sheet.column_dimensions.values():
        first, last = dimension.min or 0, dimension.max or 0
        if dimension.hidden and used & set(range(first, min(last, MOST_COLUMNS) + 1)):
            yield Finding("hidden-column", sheet=sheet.title, column=first)
    for merged in sheet.merged_cells.ranges:
        place = {"row": merged.min_row, "column": merged.min_col}
        yield Finding("merged-cells", sheet=sheet.title, **place, params={"range": str(merged)})
