"""Between dataclasses, plain values and documents: nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import bson

from services.projects.application.once import Key, Order
from services.projects.application.ports import Reply
from services.projects.domain.criteria import Unmet
from services.projects.domain.figures import Figure, Provenance
from services.projects.domain.indicators import Indicator
from services.projects.domain.milestones import Confirmation
from services.projects.domain.projects import Budget, Project
from services.projects.domain.reporting import reported
from services.projects.domain.shapes import from_plain, to_plain
from services.projects.domain.texts import Text
from services.projects.storage.documents import (
    difference,
    from_document,
    remembered_document,
    remembered_of,
    to_document,
)
from shared.auth import Caller
from tests.unit.projects.examples import (
    NOON,
    at_least,
    covering,
    indicator,
    measurement,
    milestone,
    project,
    report,
)


def full() -> Project:
    """A project that uses every member there is."""
    confirmed = Confirmation("phimchai", NOON, (Unmet("areas_covered", "sessions", 15, 51, ("510201",)),))
    first = milestone(id="first", criteria=(at_least(3), covering("51")), confirmed=confirmed)
    given = project(
        first,
        milestone(id="second"),
        budget=Budget(5_514_641.28, Text("งบพัฒนาจังหวัด"), Provenance("source", "5,514,641.28/ปี")),
        description=Text("บรรทัด\nสอง 🎉", "two"),
        programme_id="eco-town",
    )
    done = reported(given, "second", "reach", report(note=Text("ครบ")))
    assert done is not None
    return done.project


def through_bson(document: dict[str, object]) -> dict[str, object]:
    options: bson.CodecOptions[dict[str, object]] = bson.CodecOptions(tz_aware=True)
    return bson.decode(bson.encode(document), codec_options=options)


def test_a_project_comes_back_from_its_document_as_it_was() -> None:
    given = full()
    assert from_document(Project, through_bson(to_document(given))) == given


def test_an_indicator_comes_back_as_it_was() -> None:
    misprint = Figure(None, "exactly", "15,330,09", Provenance("source", "15,330,09 บาท/ปี"))
    given = indicator(measurement(None, figure=misprint), measurement(12, evidence=Text("บันทึก")))
    assert from_document(Indicator, through_bson(to_document(given))) == given


def test_what_a_newer_version_added_is_ignored_and_defaults_stand_in_for_what_it_lacks() -> None:
    plain = to_plain(full())
    del plain["milestones"]
    assert from_plain(Project, {**plain, "colour": "green"}).milestones == ()


def test_only_what_changed_is_written() -> None:
    """One milestone of many: its place in the array, the instant, and nothing else."""
    given = full()
    changed = reported(given, "first", "start", report(now=NOON + timedelta(seconds=1)))
    assert changed is not None
    found = difference(given, changed.project)
    assert set(found.set) == {"milestones.0", "updated_at"}
    assert found.push == {}


def test_what_is_new_in_a_list_is_pushed() -> None:
    given = project()
    after = given.changed(NOON).with_milestone(milestone(id="new", due_date=date(2027, 1, 1)))
    found = difference(given, after)
    assert found.set == {}
    assert [item["id"] for item in found.push["milestones"]["$each"]] == ["new"]


def test_a_remembered_answer_is_the_first_answer_as_it_went_out() -> None:
    """Instants as text, Thai as Thai; the one that made the document is never forgotten."""
    order = Order(Caller("phimchai", frozenset({"coordinator"})), Key("k", "hash"))
    remembered = order.remember(Reply({"title": {"th": "ก"}, "at": NOON}, 3, 201))
    assert remembered is not None
    known = remembered_of({"made_by": remembered_document(remembered), "requests": []})
    found = known[order.remembered_as or ""]
    assert found.reply == Reply({"title": {"th": "ก"}, "at": "2026-11-23T05:00:00.000Z"}, 3, 201)
    assert found.request_hash == "hash"


def test_somebody_elses_key_is_another_key() -> None:
    one, two = (Order(Caller(name, frozenset()), Key("k", "h")) for name in ("phimchai", "somchai"))
    assert one.remembered_as != two.remembered_as
    assert one.id_for("project") != two.id_for("project")
    assert one.id_for("project") == replace(one, key=Key("k", "other")).id_for("project")
