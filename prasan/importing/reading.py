"""From the rows of a workbook to what the services are asked to import, or to everything that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prasan.importing import bodies
from prasan.importing.cells import read_cell
from prasan.importing.findings import Finding, Wrong
from prasan.importing.forms import EXAMPLE, FORMS, LISTS, NOTES, Column, Form
from prasan.importing.workbook import Cell, Row, Sheet, UnusableFile, read_workbook
from prasan.screen import catalogue
from shared.i18n import LANGUAGES

Progress = Callable[[str, int], None]  # (sheet, how many rows of it were read)


@dataclass(frozen=True)
class Record:
    """A row that could be read; `columns` says where each member stands."""

    row: int
    values: Mapping[str, Any]
    columns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """A file: what is wrong with it, or the request that imports it."""

    kind: str
    name: str
    sha256: str
    records: Mapping[str, Sequence[Record]]
    titles: Mapping[str, str]
    findings: Sequence[Finding]

    def request(self) -> dict[str, Any]:
        """The body of POST /v1/imports."""
        rows = {
            form.name: [bodies.BODIES[form.name](r) for r in self.records[form.name]]
            for form in FORMS[self.kind]
        }
        return {"file": self.name, "sha256": self.sha256, **rows}

    def place(self, pointer: str) -> Finding | None:
        """Where in the file a member of the request stands: /contacts/3/address → row, column."""
        _, sheet, position, *members = [*pointer.split("/"), "", ""]
        records = self.records.get(sheet)
        if not records or not position.isdigit() or int(position) >= len(records):
            return None
        record = records[int(position)]
        form = next(form for form in FORMS[self.kind] if form.name == sheet)
        column = bodies.column_of(form, [member for member in members if member])
        place = {"sheet": self.titles[sheet], "row": record.row}
        if column is None:
            return Finding("refused", **place)
        number = record.columns.get(column.name, 0)
        return Finding("refused", **place, column=number, heading=column.headings if number else {})


def parse(path: Path, progress: Progress = lambda sheet, rows: None) -> Parsed:
    """The whole file. Raises UnusableFile, OSError."""
    book = read_workbook(path)
    kind = _kind(book.sheets)
    findings = [*book.findings, *_strangers(book.sheets, kind)]
    records: dict[str, Sequence[Record]] = {}
    titles: dict[str, str] = {}
    for form in FORMS[kind]:
        sheet = _named(book.sheets, form.titles)
        titles[form.name] = sheet.title if sheet else form.title("th")
        if sheet is None:
            findings.append(Finding("missing-sheet", params={"sheet": form.titles}))
            records[form.name] = []
            continue
        records[form.name], wrong = _Sheet(form, sheet, book.epoch).read()
        findings += [*sheet.findings, *wrong]
        progress(form.name, len(records[form.name]))
    findings += bodies.RULES[kind](records, titles) if not findings else []
    if not findings and not any(records.values()):
        findings.append(Finding("nothing-in-it"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Parsed(kind, path.name[:200], sha256, records, titles, findings)


class _Sheet:
    """Reads one sheet by its form."""

    def __init__(self, form: Form, sheet: Sheet, epoch: datetime) -> None:
        self._form, self._sheet, self._epoch = form, sheet, epoch
        self._findings: list[Finding] = []
        self._columns: dict[int, Column] = {}

    def read(self) -> tuple[list[Record], list[Finding]]:
        if not self._sheet.rows:
            return [], [*self._missing()]
        heading, *rows = self._sheet.rows
        self._read_headings(heading)
        if self._findings:
            return [], self._findings
        records = [self._record(row) for row in rows]
        return [record for record in records if record], self._findings

    def _read_headings(self, row: Row) -> None:
        known = {_folded(text): c for c in self._form.columns for text in _spellings(c)}
        for cell in row.cells:
            column = known.get(_folded(str(cell.value)))
            if column is None:
                self._find("unknown-column", row.number, cell.column, given=str(cell.value)[:60])
            elif column in self._columns.values():
                self._find("repeated-column", row.number, cell.column, given=str(cell.value)[:60])
            else:
                self._columns[cell.column] = column
        self._findings += self._missing()

    def _missing(self) -> Iterator[Finding]:
        for column in self._form.columns:
            if column.required and column not in self._columns.values():
                yield Finding("missing-column", sheet=self._sheet.title, params={"column": column.headings})

    def _record(self, row: Row) -> Record | None:
        cells = {cell.column: cell for cell in row.cells}
        if self._is_example(cells):
            return None
        for number in cells.keys() - self._columns.keys():
            self._find("beside-the-table", row.number, number)
        values = {
            column.name: value
            for number, column in self._columns.items()
            if (value := self._value(row, number, column, cells.get(number))) is not None
        }
        return Record(row.number, values, {column.name: n for n, column in self._columns.items()})

    def _is_example(self, cells: Mapping[int, Cell]) -> bool:
        return any(
            column.name == self._form.reference
            and number in cells
            and str(cells[number].value).strip() == EXAMPLE
            for number, column in self._columns.items()
        )

    def _value(self, row: Row, number: int, column: Column, cell: Cell | None) -> Any:
        try:
            if cell is not None:
                return read_cell(column.reader, cell, self._epoch)
            if column.required:
                raise Wrong("required")
        except Wrong as wrong:
            self._find(wrong.key, row.number, number, column, **wrong.params)
        return None

    def _find(self, key: str, row: int, number: int, column: Column | None = None, **params: Any) -> None:
        heading = column.headings if column else {}
        self._findings.append(Finding(key, self._sheet.title, row, number, heading, params))


def _kind(sheets: Sequence[Sheet]) -> str:
    """partners or projects, by the names of the sheets. Raises UnusableFile."""
    for kind, forms in FORMS.items():
        if any(_named(sheets, form.titles) for form in forms):
            return kind
    expected = {
        language: " · ".join(form.title(language) for forms in FORMS.values() for form in forms)
        for language in LANGUAGES
    }
    raise UnusableFile(Finding("wrong-sheets", params={"expected": expected}))


def _strangers(sheets: Sequence[Sheet], kind: str) -> Iterator[Finding]:
    """Sheets that look as if they were to be imported, and would not be."""
    words = catalogue()
    ours = [form.titles for form in FORMS[kind]]
    ours += [
        {language: words.text(language, f"import.sheet.{name}") for language in LANGUAGES}
        for name in (LISTS, NOTES)
    ]
    for sheet in sheets:
        if sheet.rows and not any(_named([sheet], titles) for titles in ours):
            yield Finding("unknown-sheet", sheet=sheet.title)


def _named(sheets: Sequence[Sheet], titles: Mapping[str, str]) -> Sheet | None:
    known = {_folded(title) for title in titles.values()}
    return next((sheet for sheet in sheets if _folded(sheet.title) in known), None)


def _spellings(column: Column) -> tuple[str, ...]:
    thai, english = column.heading("th"), column.heading("en")
    return thai, english, f"{thai} {english}"


def _folded(text: str) -> str:
    return " ".join(text.replace("*", " ").casefold().split())
