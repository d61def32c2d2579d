"""Spreadsheets as people make them: what is right becomes a request, what is not is named by its place."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from prasan.cli import main
from prasan.importing.dates import read_day
from prasan.importing.findings import Wrong
from prasan.importing.forms import FORMS
from prasan.importing.reading import Parsed, parse
from prasan.importing.template import write_template
from prasan.importing.workbook import MOST_ROWS, UnusableFile
from services.partners.schemas.imports import NewImport as NewPartners
from services.projects.schemas.imports import NewImport as NewProjects

EPOCH = datetime(1899, 12, 30)
PARTNER: Mapping[str, Any] = {"code": "P1", "name_th": "องค์กรตัวอย่าง", "kinds": "ชุมชน กำนัน ผู้ใหญ่บ้าน"}
CONTACT: Mapping[str, Any] = {"partners": "P1", "person_th": "สมหญิง ใจดี", "address": "somying@example.org"}
PROJECT: Mapping[str, Any] = {
    "code": "A", "title_th": "โครงการ", "agency_th": "สำนักงาน", "coordinator_id": "phimchai",
    "coordinator_th": "พิมพ์ใจ", "office_th": "สำนักงาน", "telephone": "0 5300 0000", "fiscal_year": 2570,
    "missions": "1, 5", "sectors": "สิ่งแวดล้อม", "areas": "ตำบลอุโมงค์, 5101", "visibility": "เผยแพร่ทั่วไป",
}  # fmt: skip
MILESTONE: Mapping[str, Any] = {"project": "A", "title_th": "อบรม", "due_date": "30/11/2569"}


class Book:
    """A template, filled in, and perhaps spoilt."""

    def __init__(self, kind: str, path: Path) -> None:
        self.kind, self.path = kind, path
        write_template(kind, path)
        self.book = openpyxl.load_workbook(path)

    def sheet(self, form: str) -> Worksheet:
        (title,) = (each.title("th") for each in FORMS[self.kind] if each.name == form)
        return self.book[title]

    def column(self, form: str, name: str) -> int:
        (columns,) = (each.columns for each in FORMS[self.kind] if each.name == form)
        return [column.name for column in columns].index(name) + 1

    def put(self, form: str, row: int, values: Mapping[str, Any], **changes: Any) -> None:
        for name, value in {**values, **changes}.items():
            self.sheet(form).cell(row, self.column(form, name), value)

    def parse(self) -> Parsed:
        self.book.save(self.path)
        return parse(self.path)

    def codes(self) -> list[str]:
        return [finding.key for finding in self.parse().findings]


@pytest.fixture
def partners(tmp_path: Path) -> Book:
    book = Book("partners", tmp_path / "partners.xlsx")
    book.put("partners", 3, PARTNER)
    book.put("contacts", 3, CONTACT)
    return book


@pytest.fixture
def projects(tmp_path: Path) -> Book:
    book = Book("projects", tmp_path / "projects.xlsx")
    book.put("projects", 3, PROJECT)
    book.put("milestones", 3, MILESTONE)
    return book


def test_a_filled_in_template_is_what_the_partners_service_takes(partners: Book) -> None:
    """The example row is not in it; words of the lists became codes."""
    partners.put(
        "contacts", 4, CONTACT, address=None, by_hand="โทร 0 5300 0000", person_th="แดง", language="อังกฤษ"
    )
    loaded = NewPartners().load(partners.parse().request())
    assert [row["code"] for row in loaded["partners"]] == ["P1"]
    assert loaded["partners"][0]["kinds"] == ["community"]
    assert [row["language"] for row in loaded["contacts"]] == ["th", "en"]


def test_a_filled_in_template_is_what_the_projects_service_takes(projects: Book) -> None:
    """Areas by name or code, days of either era, budgets with Thai digits."""
    projects.put("projects", 3, {}, budget="๑,๒๕๐,๐๐๐.๕๐", budget_source="งบพัฒนาจังหวัด", fiscal_year="๒๕๗๐")
    loaded = NewProjects().load(projects.parse().request())

    (project,), (milestone,) = loaded["projects"], loaded["milestones"]
    assert project["areas"] == ["510103", "5101"] and project["missions"] == [1, 5]
    assert project["budget"]["amount"] == 1_250_000.5 and project["fiscal_year"] == 2570
    assert milestone["due_date"] == date(2026, 11, 30)


def test_a_mistake_is_named_by_sheet_row_and_column_in_both_languages(projects: Book) -> None:
    """As a person would say it on the telephone."""
    projects.put("milestones", 7, MILESTONE, due_date="สิ้นเดือน")
    (finding,) = projects.parse().findings

    assert finding.text("th").startswith("แผ่นงาน ขั้นตอนสำคัญ แถว 7 คอลัมน์ วันครบกำหนด (D): ไม่ใช่วันที่")
    assert finding.text("en").startswith("sheet ขั้นตอนสำคัญ row 7 column Due date (D): this is no date")


DAYS: Mapping[Any, date] = {
    "2026-11-23": date(2026, 11, 23),
    "2569-11-23": date(2026, 11, 23),
    "23/11/2569": date(2026, 11, 23),
    "23/11/2026": date(2026, 11, 23),
    "๒๓/๑๑/๒๕๖๙": date(2026, 11, 23),
    "23 พ.ย. 2569": date(2026, 11, 23),
    "23 พฤศจิกายน พ.ศ. 2569": date(2026, 11, 23),
    "วันจันทร์ที่ 23 พฤศจิกายน 2569": date(2026, 11, 23),
    "23 Nov 2026": date(2026, 11, 23),
    "29/2/2567": date(2024, 2, 29),
    46349: date(2026, 11, 23),
    46349.75: date(2026, 11, 23),
    datetime(2026, 11, 23): date(2026, 11, 23),
    datetime(2569, 11, 23): date(2026, 11, 23),
}


@pytest.mark.parametrize("written", DAYS, ids=str)
def test_a_day_is_read_in_either_era(written: Any) -> None:
    """A year makes sense in one era only."""
    assert read_day(written, EPOCH) == DAYS[written]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("23/11/69", "ambiguous-year"),
        ("23/11/2200", "ambiguous-year"),
        ("23/11/1969", "ambiguous-year"),
        (datetime(1969, 11, 23), "ambiguous-year"),
        ("23/11/25690", "ambiguous-year"),
        ("23 พ.ย. พ.ศ. 2026", "wrong-era"),
        ("23 พ.ย. ค.ศ. 2569", "wrong-era"),
        ("29/2/2568", "no-such-day"),
        ("11/23/2026", "no-such-day"),
        ("31/4/2569", "no-such-day"),
        (2569, "serial-out-of-range"),
        (20261123, "not-a-date"),
        (-1, "serial-out-of-range"),
        (True, "not-a-date"),
        ("46349", "not-a-date"),
        ("", "not-a-date"),
        ("ไตรมาส 2", "not-a-date"),
        ("2026-11-23T10:00", "not-a-date"),
        ("23 ??? 2569", "not-a-date"),
    ],
)
def test_a_day_that_could_be_two_is_refused(written: Any, code: str) -> None:
    """Never a guess."""
    with pytest.raises(Wrong) as wrong:
        read_day(written, EPOCH)
    assert wrong.value.key == code


CELLS = {
    "formula": ("name_th", "=1+1"),
    "formula-like": ("name_th", "@SUM(A1)"),
    "turned-text": ("name_th", "abc\u202egnp.exe"),
    "control-character": ("name_th", "a\ufeffb"),
    "too-long": ("name_th", "ก" * 201),
    "unknown-choice": ("kinds", "ชมรม"),
    "repeated": ("kinds", "ชุมชน กำนัน ผู้ใหญ่บ้าน, community"),
    "not-a-text": ("name_th", datetime(2026, 1, 1)),
    "jppcc-needs-missions": ("kinds", "กรอ.จังหวัด"),
    "only-jppcc-has-missions": ("missions", "1"),
}


@pytest.mark.parametrize("code", CELLS)
def test_a_cell_that_cannot_be_kept_is_refused(partners: Book, code: str) -> None:
    """Whatever a spreadsheet would run, hide or misread."""
    name, value = CELLS[code]
    partners.put("partners", 3, {}, **{name: value})
    assert partners.codes() == [code]


@pytest.mark.parametrize(
    "kept", ["<b>ชื่อ</b>", "👩‍🌾 กลุ่มเกษตร", "مرحبا", "- กลุ่ม", "+66 53 000 000", "O'Neil; DROP"]
)
def test_a_strange_name_is_kept_as_text(partners: Book, kept: str) -> None:
    """HTML, emoji, right-to-left letters, telephone numbers: texts like any other."""
    partners.put("partners", 3, {}, name_th=kept)
    assert partners.parse().request()["partners"][0]["name"]["th"] == kept


def _merge(book: Book) -> None:
    book.sheet("partners").merge_cells("B3:B4")


def _hide_row(book: Book) -> None:
    book.sheet("partners").row_dimensions[3].hidden = True


def _hide_column(book: Book) -> None:
    book.sheet("partners").column_dimensions["B"].hidden = True


def _hide_sheet(book: Book) -> None:
    book.sheet("contacts").sheet_state = "hidden"


def _very_hidden(book: Book) -> None:
    book.book.create_sheet("x").sheet_state = "veryHidden"


def _another_sheet(book: Book) -> None:
    book.book.create_sheet("ของเก่า")["A1"] = "ข้อมูล"


def _beside(book: Book) -> None:
    book.sheet("partners")["Z3"] = "หมายเหตุ"


def _unknown_heading(book: Book) -> None:
    book.sheet("partners")["G1"] = "หมายเหตุ"


def _twice(book: Book) -> None:
    book.sheet("partners")["G1"] = "ชื่อองค์กร (ไทย)"


def _without_heading(book: Book) -> None:
    book.sheet("partners").delete_cols(2)


def _far_below(book: Book) -> None:
    book.sheet("partners").cell(100_000, 1, "x")


def _far_right(book: Book) -> None:
    book.sheet("partners").cell(3, 16_000, "x")


def _address_twice(book: Book) -> None:
    book.put("contacts", 4, CONTACT, address="SOMYING@example.org")


def _stranger(book: Book) -> None:
    book.put("contacts", 4, CONTACT, address="b@example.org", partners="P9")


def _unreachable(book: Book) -> None:
    book.put("contacts", 4, CONTACT, address=None)


def _half_a_basis(book: Book) -> None:
    book.put("contacts", 3, {}, basis="ความยินยอม")


def _error_value(book: Book) -> None:
    cell = book.sheet("partners").cell(3, 2)
    cell.value, cell.data_type = "#REF!", "e"


SPOILT: Mapping[str, list[Callable[[Book], None]]] = {
    "merged-cells": [_merge],
    "hidden-row": [_hide_row],
    "hidden-column": [_hide_column],
    "hidden-sheet": [_hide_sheet, _very_hidden],
    "unknown-sheet": [_another_sheet],
    "beside-the-table": [_beside],
    "unknown-column": [_unknown_heading],
    "repeated-column": [_twice],
    "missing-column": [_without_heading],
    "too-many-rows": [_far_below],
    "too-many-columns": [_far_right],
    "repeated-row": [_address_twice],
    "unknown-code": [_stranger],
    "no-way-to-reach": [_unreachable],
    "basis-needs-source": [_half_a_basis],
    "error-value": [_error_value],
}


@pytest.mark.parametrize(("code", "spoil"), [(code, each) for code, all_ in SPOILT.items() for each in all_])
def test_what_a_sheet_hides_or_lacks_is_refused(
    partners: Book, code: str, spoil: Callable[[Book], None]
) -> None:
    """Nothing that a person does not see is imported, and nothing they see is left out in silence."""
    spoil(partners)
    assert code in partners.codes()


def test_as_many_rows_as_promised_can_be_read(partners: Book) -> None:
    """In a few seconds."""
    for row in range(4, 604):
        partners.put("contacts", row, CONTACT, address=f"c{row}@example.org")
    assert partners.parse().findings == [] and MOST_ROWS == 5_000


def _zip(path: Path, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


BOMB = b"<c r='A1'/>" * 1_000_000
DTD = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><workbook>&a;</workbook>"
FILES: Mapping[str, Mapping[str, bytes] | bytes] = {
    "not-a-spreadsheet": b"name,address\nx,y\n",
    "old-or-locked": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "damaged": b"PK\x03\x04" + b"\0" * 600,
    "macros": {"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"},
    "unpacks-too-large": {"xl/workbook.xml": b"<x/>", "xl/media/a.png": b"\0" * (50 * 1024 * 1024)},
    "too-many-rows": {"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": BOMB},
}


@pytest.mark.parametrize("code", FILES)
def test_a_file_that_must_not_be_opened_is_not(tmp_path: Path, code: str) -> None:
    """Bombs, macros, passwords, CSV under another name."""
    path, content = tmp_path / "x.xlsx", FILES[code]
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        _zip(path, content)
    with pytest.raises(UnusableFile) as unusable:
        parse(path)
    assert unusable.value.findings[0].key == code


@pytest.mark.parametrize(
    "content", [{"xl/workbook.xml": DTD}, {"xl/workbook.xml": b"<x"}, {"XL/WORKBOOK.XML": b""}]
)
def test_broken_or_hostile_xml_is_no_crash(tmp_path: Path, content: Mapping[str, bytes]) -> None:
    """Entities are not expanded."""
    _zip(tmp_path / "x.xlsx", {"[Content_Types].xml": b"<Types/>", **content})
    with pytest.raises(UnusableFile):
        parse(tmp_path / "x.xlsx")


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    """Its size alone says so."""
    path = tmp_path / "x.xlsx"
    with path.open("wb") as file:
        file.truncate(11 * 1024 * 1024)
    with pytest.raises(UnusableFile) as unusable:
        parse(path)
    assert unusable.value.findings[0].key == "file-too-large"


def test_a_workbook_of_something_else_says_which_sheets_there_must_be(tmp_path: Path) -> None:
    """All four names."""
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(UnusableFile) as unusable:
        parse(tmp_path / "x.xlsx")
    assert "ขั้นตอนสำคัญ" in unusable.value.findings[0].text("th")


def test_a_refusal_of_the_service_is_placed_in_the_file(partners: Book) -> None:
    """/contacts/0/address of the request is row 3, column H."""
    found = partners.parse().place("/contacts/0/address")
    assert found is not None and (found.row, found.text("en").split(":")[0]) == (
        3,
        "sheet ผู้ติดต่อ row 3 column Email (H)",
    )
    assert partners.parse().place("/elsewhere") is None


def test_the_command_says_every_mistake_and_stores_nothing(partners: Book) -> None:
    """Exit code 1, without asking any service."""
    _merge(partners)
    partners.put("contacts", 4, CONTACT, address="no address")
    partners.book.save(partners.path)
    result = CliRunner().invoke(main, ["import", str(partners.path), "--dry-run"], env={"PRASAN_LANG": "th"})

    assert result.exit_code == 1
    assert "พบ 2 จุดที่ต้องแก้" in result.stderr and "แถว 4 คอลัมน์ อีเมล" in result.stderr
    assert "no address" not in result.output


def test_a_template_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    """Somebody may have filled it in."""
    out = tmp_path / "p.xlsx"
    arguments = ["import", "template", "projects", "--out", str(out)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert CliRunner().invoke(main, arguments).exit_code == 2
    assert CliRunner().invoke(main, [*arguments, "--overwrite"]).exit_code == 0


@pytest.mark.parametrize("kind", FORMS)
def test_each_template_has_lists_to_choose_from_and_explains_itself(tmp_path: Path, kind: str) -> None:
    """Headings in both languages, validation, an example, notes."""
    write_template(kind, tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames[-2:] == ["รายการให้เลือก", "คำอธิบาย"]
    for form in FORMS[kind]:
        sheet = book[form.title("th")]
        assert form.columns[0].heading("en") in str(sheet["A1"].value)
        chosen = [column for column in form.columns if column.choices]
        assert len(sheet.data_validations.dataValidation) == len(chosen)
    assert len(list(book["คำอธิบาย"].iter_rows())) == 11
