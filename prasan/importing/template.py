"""Writes the empty spreadsheet: headings in both languages, words to choose from, an example, notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from prasan.importing.cells import One, day
from prasan.importing.choices import Choices
from prasan.importing.forms import FORMS, LISTS, NOTES, Column, Form
from prasan.importing.workbook import MOST_ROWS
from prasan.screen import catalogue
from shared.i18n import LANGUAGES

NOTES_OF_EACH = 12  # import.note.1 … in the catalogue
_HEADING = PatternFill("solid", fgColor="1F4E79")
_REQUIRED = PatternFill("solid", fgColor="7F1D1D")
_EXAMPLE = Font(name="TH Sarabun New", size=16, color="808080")
_FONT = Font(name="TH Sarabun New", size=16)
_WHITE = Font(name="TH Sarabun New", size=16, bold=True, color="FFFFFF")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_TEXT_FORMAT = "@"


def write_template(kind: str, path: Path) -> None:
    """partners or projects. Raises OSError."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = [(form, book.create_sheet(form.title("th"))) for form in FORMS[kind]]
    lists = book.create_sheet(_title(LISTS))
    ranges = _write_lists(lists, FORMS[kind])
    for form, sheet in sheets:
        _write_form(sheet, form, ranges)
    _write_notes(book.create_sheet(_title(NOTES)), kind)
    book.properties.creator = "Prasan"
    book.save(path)


def _title(name: str) -> str:
    return catalogue().text("th", f"import.sheet.{name}")


def _write_lists(sheet: Worksheet, forms: Sequence[Form]) -> dict[str, str]:
    """Every list in a column of its own; name → the range that a validation refers to."""
    named = {
        column.choices.name: column.choices for form in forms for column in form.columns if column.choices
    }
    ranges = {}
    for number, choices in enumerate(named.values(), start=1):
        labels = choices.labels("th")
        letter = get_column_letter(number)
        sheet.cell(1, number, catalogue().text("th", f"import.list.{choices.name}")).font = _WHITE
        sheet.cell(1, number).fill = _HEADING
        for row, label in enumerate(labels, start=2):
            sheet.cell(row, number, label).font = _FONT
        sheet.column_dimensions[letter].width = 34
        ranges[choices.name] = f"{quote_sheetname(sheet.title)}!${letter}$2:${letter}${len(labels) + 1}"
    sheet.freeze_panes = "A2"
    return ranges


def _write_form(sheet: Worksheet, form: Form, ranges: dict[str, str]) -> None:
    for number, column in enumerate(form.columns, start=1):
        _write_column(sheet, number, column)
        if column.choices:
            sheet.add_data_validation(_validation(column, column.choices, number, ranges))
    sheet.row_dimensions[1].height = 66
    sheet.freeze_panes = "A2"


def _write_column(sheet: Worksheet, number: int, column: Column) -> None:
    star = " *" if column.required else ""
    heading = sheet.cell(1, number, f"{column.heading('th')}{star}\n{column.heading('en')}")
    heading.font, heading.alignment = _WHITE, _WRAPPED
    heading.fill = _REQUIRED if column.required else _HEADING
    example = sheet.cell(2, number, column.example if column.example != "" else None)
    example.font = _EXAMPLE
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = column.width
    if column.reader is day:
        # as text, so that no spreadsheet program turns 2569 into a year of its own calendar
        example.number_format = _TEXT_FORMAT
        sheet.column_dimensions[letter].number_format = _TEXT_FORMAT


def _validation(column: Column, choices: Choices, number: int, ranges: dict[str, str]) -> DataValidation:
    """A list to choose from; where several may stand with commas between them, it only suggests."""
    single = isinstance(column.reader, One)
    letter = get_column_letter(number)
    validation = DataValidation(
        type="list",
        formula1=ranges[choices.name],
        allow_blank=True,
        showErrorMessage=single,
        errorTitle=column.heading("th")[:32],
        error=catalogue().text("th", "import.validation")[:255],
    )
    validation.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
    return validation


def _write_notes(sheet: Worksheet, kind: str) -> None:
    words = catalogue()
    keys = [f"import.note.{number}" for number in range(1, NOTES_OF_EACH + 1)] + [f"import.note.{kind}"]
    for row, key in enumerate((key for key in keys if words.has(key)), start=1):
        for number, language in enumerate(LANGUAGES, start=1):
            cell = sheet.cell(row, number, words.text(language, key, rows=f"{MOST_ROWS:,}"))
            cell.font, cell.alignment = _FONT, _WRAPPED
    sheet.column_dimensions["A"].width = 80
    sheet.column_dimensions["B"].width = 80
