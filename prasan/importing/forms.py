"""The two spreadsheets that can be imported: their sheets, and the columns of each. The template and the
reading are both made of this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prasan.importing.cells import (
    LONGEST_ADDRESS,
    One,
    Reader,
    Several,
    Words,
    day,
    email,
    fiscal_year,
    identifier,
    number,
)
from prasan.importing.choices import Choices
from prasan.screen import catalogue
from shared.i18n import LANGUAGES

EXAMPLE = "ตัวอย่าง"  # whoever leaves the example row in loads nothing by it


@dataclass(frozen=True)
class Column:
    """`name` is that of the member it becomes; `example` what the template shows, in Thai."""

    name: str
    reader: Reader
    example: str | int | float = ""
    required: bool = False
    width: int = 18

    @property
    def choices(self) -> Choices | None:
        return self.reader.choices if isinstance(self.reader, One | Several) else None

    def heading(self, language: str) -> str:
        return catalogue().text(language, f"import.column.{self.name}")

    @property
    def headings(self) -> dict[str, str]:
        return {language: self.heading(language) for language in LANGUAGES}


@dataclass(frozen=True)
class Form:
    """One sheet. `reference` is the column by which rows of this file name each other."""

    name: str
    columns: tuple[Column, ...]
    reference: str

    def title(self, language: str) -> str:
        return catalogue().text(language, f"import.sheet.{self.name}")

    @property
    def titles(self) -> dict[str, str]:
        return {language: self.title(language) for language in LANGUAGES}


_CODE = Column("code", Words(40), EXAMPLE, required=True, width=14)

PARTNERS = Form(
    "partners",
    (
        _CODE,
        Column("name_th", Words(200), "บริษัท ตัวอย่างลำพูน จำกัด", required=True, width=34),
        Column("name_en", Words(200), "Example Lamphun Co., Ltd.", width=30),
        Column("kinds", Several(Choices("kind")), "สถานประกอบการ โรงงาน", required=True, width=30),
        Column("missions", Several(Choices("mission")), "", width=16),
        Column("areas", Several(Choices("area")), "อำเภอเมืองลำพูน (5101)", width=26),
    ),
    "code",
)
CONTACTS = Form(
    "contacts",
    (
        Column("partners", Several(), EXAMPLE, required=True),
        Column("salutation", Words(60), "คุณ", width=12),
        Column("person_th", Words(200), "กมลวรรณ ตัวอย่าง", required=True, width=26),
        Column("person_en", Words(200), "Kamonwan Tuayang", width=26),
        Column("position_th", Words(200), "ผู้จัดการฝ่าย CSR", width=24),
        Column("position_en", Words(200), "CSR manager", width=24),
        Column("language", One(Choices("language")), "ไทย", width=12),
        Column("address", email, "kamonwan@example.org", width=28),
        Column("by_hand", Words(300), "", width=26),
        Column("basis", One(Choices("basis")), "ความยินยอม", width=24),
        Column("basis_source", Words(300), "แบบฟอร์มตัวอย่าง", width=26),
        Column("basis_recorded_on", day, "1 ตุลาคม 2569", width=20),
        Column("retention_until", day, "30/9/2571", width=18),
    ),
    "partners",
)
PROJECTS = Form(
    "projects",
    (
        _CODE,
        Column("title_th", Words(300), "โครงการตัวอย่าง", required=True, width=34),
        Column("title_en", Words(300), "Example project", width=30),
        Column("description_th", Words(4000, lines=True), "", width=34),
        Column("agency_th", Words(300), "สำนักงานจังหวัดลำพูน", required=True, width=28),
        Column("agency_en", Words(300), "Lamphun Provincial Office", width=28),
        Column("coordinator_id", identifier, "phimchai", required=True, width=16),
        Column("coordinator_th", Words(200), "พิมพ์ใจ ตัวอย่าง", required=True, width=24),
        Column("coordinator_en", Words(200), "Phimchai Tuayang", width=24),
        Column("office_th", Words(300), "สำนักงานจังหวัดลำพูน", required=True, width=28),
        Column("office_en", Words(300), "Lamphun Provincial Office", width=28),
        Column("telephone", Words(40), "0 5300 0000", required=True, width=16),
        Column("fiscal_year", fiscal_year, 2570, required=True, width=14),
        Column("programme", Words(300), "", width=28),
        Column("missions", Several(Choices("mission")), "5", required=True, width=16),
        Column("sectors", Several(Choices("sector")), "สิ่งแวดล้อม", required=True, width=22),
        Column("areas", Several(Choices("area")), "จังหวัดลำพูน (51)", required=True, width=26),
        Column("visibility", One(Choices("visibility")), "ภาคีเครือข่าย", required=True, width=18),
        Column("budget", number, 1250000, width=16),
        Column("budget_source", Words(300), "งบพัฒนาจังหวัด", width=24),
        Column("emenscr", Words(60), "", width=16),
        Column("project_status", One(Choices("project_status")), "ดำเนินการอยู่", width=16),
        Column("historic", One(Choices("yes_no")), "ไม่ใช่", width=14),
    ),
    "code",
)
MILESTONES = Form(
    "milestones",
    (
        Column("project", Words(40), EXAMPLE, required=True),
        Column("title_th", Words(300), "อบรมตัวอย่าง ครบทุกตำบล", required=True, width=36),
        Column("title_en", Words(300), "Example trainings, every sub-district", width=34),
        Column("due_date", day, "30/11/2569", required=True, width=18),
        Column("milestone_status", One(Choices("milestone_status")), "ยังไม่เริ่ม", width=16),
        Column("reached_on", day, "", width=18),
        Column("note_th", Words(2000, lines=True), "", width=36),
    ),
    "project",
)
FORMS: Mapping[str, tuple[Form, ...]] = {
    "partners": (PARTNERS, CONTACTS),
    "projects": (PROJECTS, MILESTONES),
}
LISTS, NOTES = "lists", "notes"  # sheets of the template that hold nothing to import

__all__ = ["EXAMPLE", "FORMS", "LISTS", "LONGEST_ADDRESS", "NOTES", "Column", "Form"]
