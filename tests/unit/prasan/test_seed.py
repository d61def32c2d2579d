"""Lamphun's data: true to the source, told apart from illustration, and nobody's real address."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from prasan.seed.reading import Seed, read_seed
from prasan.seed.rules import broken_rules
from prasan.seed.schemas import SCHEMAS
from shared.areas import covered_subdistricts, subdistricts
from shared.contracts.facets import PARTNER_KINDS

THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"


@pytest.fixture
def seed() -> Seed:
    return read_seed()


def figures(item: Any) -> Iterator[dict[str, Any]]:
    """Every figure in an item, at any depth: what has a provenance and a value."""
    if isinstance(item, dict):
        if "provenance" in item and "value" in item:
            yield item
        for value in item.values():
            yield from figures(value)
    elif isinstance(item, list):
        for value in item:
            yield from figures(value)


def all_figures(seed: Seed) -> list[dict[str, Any]]:
    return list(figures([getattr(seed, field.name) for field in dataclasses.fields(seed)]))


def indicator(seed: Seed, key: str) -> Any:
    return next(i for i in seed.indicators if i["key"] == key)


def test_every_rule_holds(seed: Seed) -> None:
    """The packaged seed breaks none of its own rules."""
    assert broken_rules(seed) == []


def test_all_ten_kinds_stand_among_at_least_25_partners(seed: Seed) -> None:
    """The demo shows every kind of partner that the province works with."""
    assert len(seed.partners) >= 25
    assert {k for p in seed.partners for k in p["kinds"]} == set(PARTNER_KINDS)


def test_figures_of_the_source_are_quoted_and_others_are_not(seed: Seed) -> None:
    """A reader can tell the province's figures from illustrations by their quoted words."""
    found = all_figures(seed)
    assert len(found) > 50
    assert all(("quote" in f) == (f["provenance"] == "source") for f in found)


def test_the_malformed_figure_is_never_repaired(seed: Seed) -> None:
    """What the source wrote as 15,330,09 has no value, is quoted and is marked malformed."""
    (saved,) = indicator(seed, "wet-waste-free/cost-saved")["measurements"]
    assert saved["value"] is None and saved["malformed"] and saved["as_written"] == "15,330,09"
    assert "15,330,09" in saved["quote"]
    assert saved["note"]["th"] == "ตัวเลขในเอกสารต้นฉบับไม่สมบูรณ์ รอตรวจสอบ"


def test_the_foam_figure_keeps_its_missing_unit(seed: Seed) -> None:
    """5,514,641.28 stays as it is, without a unit, and never joins a trend with 2560."""
    foam = indicator(seed, "foam-free/cost-saved")
    assert foam["measurements"][0]["value"] == 5514641.28
    assert "บาท" not in foam["unit"]["th"] and "ไม่ระบุหน่วย" in foam["unit"]["th"]
    assert foam["key"].split("/")[0] != "wet-waste-free"


def test_handicraft_sales_are_more_than_and_their_share_is_a_share(seed: Seed) -> None:
    """กว่า 2,000 ล้านบาท is a lower bound, and 72.74 % a share, not growth."""
    assert indicator(seed, "craft-sales/handicraft")["measurements"][0]["comparison"] == "more_than"
    share = indicator(seed, "craft-sales/share")
    assert share["measurements"][0]["value"] == 72.74 and "สัดส่วน" in share["title"]["th"]


def test_the_rise_of_35_per_cent_is_text_only(seed: Seed) -> None:
    """No indicator, baseline or target is derived from a rise whose base nobody knows."""
    assert 35 not in [f["value"] for f in all_figures(seed) if f.get("key") != "sales-rise"]
    assert next(f for f in seed.figures if f["key"] == "sales-rise")["value"] is None


def test_nineteen_households_are_a_total_only(seed: Seed) -> None:
    """The source's 19 households appear as one number, and nothing says who they are."""
    households = indicator(seed, "phiang-jai-homes/households")
    assert [m["value"] for m in households["measurements"]] == [19]
    assert households["note"]["th"] == "เผยแพร่ได้เฉพาะยอดรวม"


def test_the_former_name_of_the_community_is_not_shown(seed: Seed) -> None:
    """The third programme bears the name its people chose."""
    assert "ค้อย" not in str(seed)
    assert {p["title"]["th"] for p in seed.programmes} >= {"เมืองหัตถนวัตกรรมสร้างสรรค์", "ชุมชนพอเพียง เพียงใจ"}


def test_the_demo_milestone_asks_for_fifty_sessions_and_every_subdistrict(seed: Seed) -> None:
    """Its target and "all sub-districts" are the source's; its next step is the household survey."""
    project = seed.project("clean-province")
    keys = [m["key"] for m in project["milestones"]]
    milestone = project["milestones"][keys.index("clean-province/training-50")]
    at_least, covered = milestone["criteria"]
    assert at_least["value"]["value"] == 50 and at_least["value"]["provenance"] == "source"
    assert covered_subdistricts(covered["areas"]) == set(subdistricts()) and len(subdistricts()) == 51
    assert keys[keys.index(milestone["key"]) + 1] == "clean-province/household-survey"


def test_the_years_of_the_source_are_historic(seed: Seed) -> None:
    """What happened in 2560–2562 must never raise an alert."""
    old = [p for p in seed.projects if p["fiscal_year"] < 2569]
    assert {p["fiscal_year"] for p in old} == {2560, 2561, 2562}
    assert all(m["historic"] for p in old for m in p["milestones"])


def test_special_contacts_are_there(seed: Seed) -> None:
    """By hand, without basis, unsubscribed, monk, English, two hats, media: each is in the demo."""
    contacts = seed.contacts
    assert any(c["address"] is None and c["by_hand"] for c in contacts)
    assert any(c["lawful_basis"] is None for c in contacts)
    assert any(c["unsubscribed"] for c in contacts)
    assert any(c["salutation"] == "นมัสการ" for c in contacts)
    assert sum(c["language"] == "en" for c in contacts) >= 2
    assert any(len(c["partners"]) == 2 for c in contacts)


def test_texts_use_arabic_digits(seed: Seed) -> None:
    """Readers see Arabic digits everywhere."""
    assert not set(THAI_DIGITS) & set(str(seed))


BREAKAGES = {
    "an unknown area": ("partners", lambda i: i["areas"].append("519999")),
    "a real domain": ("contacts", lambda i: i.update(address="somebody@example.com")),
    "an unknown partner": ("engagements", lambda i: i.update(partner="nobody")),
    "a duplicate key": ("partners", lambda i: i.update(key="jppcc")),
    "a real person": ("contacts", lambda i: i.update(provenance="source", quote="…")),
    "nobody to tell by hand": ("contacts", lambda i: i.update(address=None)),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_seed_is_found(seed: Seed, name: str) -> None:
    """Each rule bites: a seed broken on purpose is reported."""
    kind, breaks = BREAKAGES[name]
    items = copy.deepcopy(list(getattr(seed, kind)))
    breaks(items[0])
    assert broken_rules(dataclasses.replace(seed, **{kind: items}))


def test_the_shape_refuses_a_repaired_malformed_figure(seed: Seed) -> None:
    """Giving the malformed figure a value breaks the file's shape."""
    items = copy.deepcopy([indicator(seed, "wet-waste-free/cost-saved")])
    items[0]["measurements"][0]["value"] = 1533009
    assert SCHEMAS["indicators"](many=True).validate(items)
