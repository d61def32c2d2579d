"""Indicators and measurements over REST: what is measured, what is kept as it was written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.projects.api import Projects, new_key, ok, refused, wrong_fields
from tests.integration.projects.conftest import Signed


def test_the_newest_day_counts_whatever_order_it_is_entered_in(phimchai: Projects) -> None:
    """A late entry of an older day does not set the indicator back; areas add up."""
    indicator = phimchai.define(phimchai.make()["id"])
    phimchai.measure(indicator["id"], 31, measured_on="2025-11-06", areas=["5102"])
    phimchai.measure(indicator["id"], 12, measured_on="2025-10-20", areas=["5101"])
    phimchai.measure(indicator["id"], 32, measured_on="2025-11-06", note={"th": "แก้ไขจาก 31"})
    shown = ok(phimchai.api.get(f"/v1/indicators/{indicator['id']}"))
    assert (shown["value"], shown["measurements"], shown["areas_covered"]) == (32, 3, 15 + 6)
    listed = ok(phimchai.api.get(f"/v1/indicators/{indicator['id']}/measurements"))["items"]
    assert [measurement["value"] for measurement in listed] == [12, 31, 32]


def test_a_figure_that_the_source_misprints_is_kept_and_never_counted(phimchai: Projects) -> None:
    """15,330,09 has no value: quoted, marked malformed, not the indicator's value."""
    indicator = phimchai.define(phimchai.make()["id"], target=None)
    kept = phimchai.measure(
        indicator["id"],
        None,
        as_written="15,330,09",
        measured_on="2017-09-30",
        historic=True,
        provenance={"kind": "source", "quote": "ในปี 2560 สามารถลดค่าใช้จ่าย 15,330,09 บาท/ปี"},
    )
    assert (kept["value"], kept["as_written"], kept["malformed"], kept["historic"]) == (
        None,
        "15,330,09",
        True,
        True,
    )
    assert ok(phimchai.api.get(f"/v1/indicators/{indicator['id']}"))["value"] is None


def test_more_than_is_not_exactly(phimchai: Projects) -> None:
    indicator = phimchai.define(phimchai.make()["id"], target=None)
    assert phimchai.measure(indicator["id"], 2000, comparison="more_than")["comparison"] == "more_than"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"value": None}, "/value", "required"),
        ({"value": "46"}, "/value", "not-a-number"),
        ({"value": True}, "/value", "not-a-number"),
        ({"value": 1e16}, "/value", "out-of-range"),
        ({"measured_on": "2568-11-18"}, "/measured_on", "buddhist-era-year"),
        ({"measured_on": "2099-11-18"}, "/measured_on", "date-in-the-future"),
        ({"areas": ["510199"]}, "/areas/0", "unknown-area"),
        ({"evidence": {"th": "www.example.org"}}, "/evidence/th", "link"),
        ({"provenance": {"kind": "source"}}, "/provenance/quote", "required"),
        ({"provenance": {"kind": "hearsay"}}, "/provenance/kind", "not-a-choice"),
    ],
)
def test_a_malformed_measurement_is_refused(
    phimchai: Projects, body: dict[str, Any], field: str, code: str
) -> None:
    indicator = phimchai.define(phimchai.make()["id"])
    given = {"value": 46, "measured_on": "2025-11-18", **body}
    response = phimchai.api.post(f"/v1/indicators/{indicator['id']}/measurements", given)
    assert (field, code) in wrong_fields(response)
    assert ok(phimchai.api.get(f"/v1/indicators/{indicator['id']}"))["measurements"] == 0


def test_measurements_at_the_same_moment_are_all_kept_and_a_retry_is_none(phimchai: Projects) -> None:
    indicator = phimchai.define(phimchai.make()["id"])
    path, key = f"/v1/indicators/{indicator['id']}/measurements", new_key()

    def measure(value: int) -> Any:
        body = {"value": value % 4, "measured_on": "2025-11-18"}
        return phimchai.api.post(path, body, key=f"{key}-{value % 4}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(measure, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 4
    assert ok(phimchai.api.get(f"/v1/indicators/{indicator['id']}"))["measurements"] == 4


def test_only_its_coordinator_measures(phimchai: Projects, signed: Signed) -> None:
    indicator = phimchai.define(phimchai.make()["id"])
    body = {"value": 1, "measured_on": "2025-11-18"}
    path = f"/v1/indicators/{indicator['id']}/measurements"
    refused(signed("somchai", "coordinator").post(path, body), 403, "not-your-project")
    refused(signed("viewer-1", "viewer").post(path, body), 403, "role-missing")
    refused(phimchai.api.post("/v1/indicators/unknown/measurements", body), 404, "not-found")


def test_a_criterion_names_an_indicator_of_its_own_project(phimchai: Projects) -> None:
    """Neither an unknown one nor another project's; areas to cover have to be named."""
    project = phimchai.make()
    foreign = phimchai.define(phimchai.make()["id"])
    own = phimchai.define(project["id"], target=None)
    criteria = [
        {"kind": "indicator_at_least", "indicator_id": foreign["id"]},
        {"kind": "indicator_at_least", "indicator_id": own["id"]},
        {"kind": "areas_covered", "indicator_id": own["id"]},
    ]
    body = {"title": {"th": "ก"}, "due_date": "2026-11-30", "criteria": criteria}
    assert wrong_fields(phimchai.api.post(f"/v1/projects/{project['id']}/milestones", body)) == [
        ("/criteria/0/indicator_id", "unknown-indicator"),
        ("/criteria/1/value", "required"),
        ("/criteria/2/areas", "required"),
    ]
