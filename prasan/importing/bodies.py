"""A row of each sheet as the service takes it, and the rules that join rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prasan.importing.findings import Finding
from prasan.importing.forms import FORMS, Column, Form
from shared.i18n import LANGUAGES
from shared.sealing import normalised_address

if TYPE_CHECKING:
    from prasan.importing.reading import Record

Body = dict[str, Any]
Records = Mapping[str, Sequence["Record"]]
Titles = Mapping[str, str]


def partner(record: Record) -> Body:
    values = record.values
    return {
        "row": record.row,
        "code": values["code"],
        "name": _text(values, "name"),
        "kinds": values["kinds"],
        "missions": values.get("missions", []),
        "areas": values.get("areas", []),
    }


def contact(record: Record) -> Body:
    values = record.values
    return {
        "row": record.row,
        "partners": values["partners"],
        "name": _text(values, "person"),
        "salutation": values.get("salutation", ""),
        "position": _text(values, "position"),
        "language": values.get("language", "th"),
        "address": values.get("address"),
        "by_hand": {"th": values["by_hand"]} if "by_hand" in values else None,
        "lawful_bases": {"alerts": _basis(values)} if "basis" in values else {},
    }


def project(record: Record) -> Body:
    values = record.values
    budget = values.get("budget")
    copied = ("fiscal_year", "missions", "sectors", "areas", "visibility")
    return {
        "row": record.row,
        "code": values["code"],
        "title": _text(values, "title"),
        "description": _text(values, "description"),
        "agency": _text(values, "agency"),
        "coordinator": {
            "id": values["coordinator_id"],
            "name": _text(values, "coordinator"),
            "office": _text(values, "office"),
            "telephone": values["telephone"],
        },
        "budget": None if budget is None else {"amount": budget, "source": {"th": values["budget_source"]}},
        "programme": values.get("programme"),
        "emenscr": values.get("emenscr"),
        "status": values.get("project_status", "planned"),
        "historic": values.get("historic", False),
        **{name: values[name] for name in copied},
    }


def milestone(record: Record) -> Body:
    values = record.values
    return {
        "row": record.row,
        "project": values["project"],
        "title": _text(values, "title"),
        "due_date": values["due_date"],
        "status": values.get("milestone_status", "planned"),
        "reached_on": values.get("reached_on"),
        "note": _text(values, "note"),
    }


BODIES: Mapping[str, Callable[[Record], Body]] = {
    "partners": partner,
    "contacts": contact,
    "projects": project,
    "milestones": milestone,
}

# member of a body, as the service names it in an error → column
_COLUMNS = {
    "name": "name_th", "title": "title_th", "description": "description_th", "agency": "agency_th",
    "coordinator": "coordinator_id", "coordinator/name": "coordinator_th", "position": "position_th",
    "coordinator/office": "office_th", "coordinator/telephone": "telephone", "note": "note_th",
    "lawful_bases": "basis", "lawful_bases/alerts/source": "basis_source",
    "lawful_bases/alerts/retention_until": "retention_until", "budget/source": "budget_source",
    "status": "project_status",
}  # fmt: skip


def column_of(form: Form, members: Sequence[str]) -> Column | None:
    """The column that a member of a row's body was read from."""
    columns = {column.name: column for column in form.columns}
    for length in range(len(members), 0, -1):
        path = "/".join(members[:length])
        named = {"name": "person_th"} if form.name == "contacts" else {}
        named |= {"status": "milestone_status"} if form.name == "milestones" else {}
        name = named.get(path, _COLUMNS.get(path, path))
        if name in columns:
            return columns[name]
    return None


def partner_rules(records: Records, titles: Titles) -> list[Finding]:
    known = {record.values["code"] for record in records["partners"]}
    return [
        *_repeated("partners", "code", records, titles, lambda v: v["code"]),
        *_repeated("partners", "name_th", records, titles, lambda v: v["name_th"].casefold()),
        *_repeated("contacts", "address", records, titles, lambda v: _address(v)),
        *_missions(records["partners"], titles),
        *_unknown("contacts", "partners", records, titles, known, lambda v: v["partners"]),
        *_together(records, titles),
    ]


def project_rules(records: Records, titles: Titles) -> list[Finding]:
    known = {record.values["code"] for record in records["projects"]}
    milestones = "milestones"
    return [
        *_repeated("projects", "code", records, titles, lambda v: v["code"]),
        *_repeated("projects", "emenscr", records, titles, lambda v: v.get("emenscr")),
        *_repeated("projects", "title_th", records, titles, lambda v: (v["title_th"], v["fiscal_year"])),
        *_repeated(
            milestones, "title_th", records, titles, lambda v: (v["project"], v["title_th"], v["due_date"])
        ),
        *_unknown(milestones, "project", records, titles, known, lambda v: [v["project"]]),
        *_reached(records[milestones], titles),
        *_budgets(records["projects"], titles),
    ]


RULES: Mapping[str, Callable[[Records, Titles], list[Finding]]] = {
    "partners": partner_rules,
    "projects": project_rules,
}


def _repeated(
    sheet: str, name: str, records: Records, titles: Titles, key: Callable[[Mapping[str, Any]], Any]
) -> Iterator[Finding]:
    """The second row that says what must be said once."""
    seen: dict[Any, int] = {}
    for record in records[sheet]:
        value = key(record.values)
        if value is None:
            continue
        if value in seen:
            yield _at(sheet, name, record, titles, "repeated-row", row=seen[value])
        seen.setdefault(value, record.row)


def _unknown(
    sheet: str,
    name: str,
    records: Records,
    titles: Titles,
    known: Iterable[str],
    named: Callable[[Mapping[str, Any]], Iterable[str]],
) -> Iterator[Finding]:
    for record in records[sheet]:
        for code in named(record.values):
            if code not in known:
                yield _at(sheet, name, record, titles, "unknown-code", given=code)


def _missions(partners: Sequence[Record], titles: Titles) -> Iterator[Finding]:
    """A jppcc says for which missions it sits, and nobody else does."""
    for record in partners:
        sits, missions = "jppcc" in record.values["kinds"], record.values.get("missions")
        if sits != bool(missions):
            key = "jppcc-needs-missions" if sits else "only-jppcc-has-missions"
            yield _at("partners", "missions", record, titles, key)


def _together(records: Records, titles: Titles) -> Iterator[Finding]:
    """No basis without where it is written down; no person who can be reached in no way at all."""
    for record in records["contacts"]:
        values = record.values
        if ("basis" in values) != ("basis_source" in values):
            missing = "basis_source" if "basis" in values else "basis"
            yield _at("contacts", missing, record, titles, "basis-needs-source")
        if "address" not in values and "by_hand" not in values:
            yield _at("contacts", "address", record, titles, "no-way-to-reach")


def _reached(milestones: Sequence[Record], titles: Titles) -> Iterator[Finding]:
    for record in milestones:
        reached = record.values.get("milestone_status") == "reached"
        if reached != ("reached_on" in record.values):
            yield _at("milestones", "reached_on", record, titles, "goes-with-reached")


def _budgets(projects: Sequence[Record], titles: Titles) -> Iterator[Finding]:
    for record in projects:
        if ("budget" in record.values) != ("budget_source" in record.values):
            yield _at("projects", "budget_source", record, titles, "budget-needs-source")


def _at(sheet: str, name: str, record: Record, titles: Titles, key: str, **params: Any) -> Finding:
    form = next(form for forms in FORMS.values() for form in forms if form.name == sheet)
    column = next(column for column in form.columns if column.name == name)
    number = record.columns.get(name, 0)
    heading = column.headings if number else {}
    return Finding(key, titles[sheet], record.row, number, heading, params)


def _address(values: Mapping[str, Any]) -> str | None:
    return normalised_address(values["address"]) if "address" in values else None


def _basis(values: Mapping[str, Any]) -> Body:
    basis = {"basis": values["basis"], "source": values["basis_source"]}
    if "basis_recorded_on" in values:
        basis["recorded_at"] = f"{values['basis_recorded_on']}T02:00:00Z"  # 09:00 in Bangkok
    if "retention_until" in values:
        basis["retention_until"] = values["retention_until"]
    return basis


def _text(values: Mapping[str, Any], name: str) -> Body | None:
    """{"th": …, "en": …}, or None where there is no Thai."""
    text = {language: values.get(f"{name}_{language}") for language in LANGUAGES}
    return {language: said for language, said in text.items() if said} if text["th"] else None
