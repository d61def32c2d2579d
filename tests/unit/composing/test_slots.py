"""What differs between two readers: greeting, own part, every reason, what to do, closing, reference."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.composing import Person, reference, slots
from services.notifications.composing.samples import COMPANY, EVENTS, READER, SPONSOR
from shared.contracts.facets import SECTORS
from shared.contracts.partners import REASONS
from shared.i18n import LANGUAGES


def _reason(code: str, partner: str = "1", **more: Any) -> dict[str, Any]:
    name = {"th": f"องค์กร{partner}", "en": f"Organisation {partner}"}
    return {"code": code, "partner_id": partner, "partner": name, "kinds": [], **more}


def _slots(
    *reasons: dict[str, Any], kind: str = "reached", language: str = "th", **person: Any
) -> dict[str, str]:
    reader = Person(**{"name": "มาลี ตัวอย่าง", "salutation": "คุณ", **person})
    return slots(EVENTS[kind], reasons, reader, language, "LPN-7K4M")


@pytest.mark.parametrize(
    ("salutation", "name", "opening"),
    [
        ("คุณ", "กมลวรรณ ใจงาม", "เรียน คุณกมลวรรณ ใจงาม"),
        ("เรียน คุณ", "กมลวรรณ ใจงาม", "เรียน คุณกมลวรรณ ใจงาม"),
        ("เรียน", "กำนันบุญชู สมมติ", "เรียน กำนันบุญชู สมมติ"),
        ("", "ผู้ผลิตรายการวิทยุ", "เรียน ผู้ผลิตรายการวิทยุ"),
        ("นมัสการ", "พระครูตัวอย่าง สมมโต", "นมัสการ พระครูตัวอย่าง สมมโต"),
        ("พระครู", "ตัวอย่าง สมมโต", "นมัสการ พระครูตัวอย่าง สมมโต"),
        ("ดร.", "ปัญญา สมมติ", "เรียน ดร. ปัญญา สมมติ"),
        ("Mr", "Kenji Example", "เรียน คุณ Kenji Example"),
    ],
)
def test_a_letter_opens_as_the_salutation_asks(salutation: str, name: str, opening: str) -> None:
    """«เรียน» with the title before the name; a monk is greeted «นมัสการ»."""
    assert _slots(_reason("advisor"), salutation=salutation, name=name)["greeting"] == opening


def test_a_greeting_names_position_and_organisation() -> None:
    """As the model letter does."""
    greeting = slots(EVENTS["reached"], [SPONSOR], READER, "th", "R")["greeting"]
    assert greeting == "เรียน คุณกมลวรรณ ใจงาม ผู้จัดการฝ่าย CSR บริษัท ตัวอย่างลำพูน จำกัด"


def test_an_english_reader_is_greeted_in_english() -> None:
    """A Thai title becomes its English form, and the organisation its English name."""
    greeting = _slots(
        SPONSOR, language="en", name="Kenji Example", salutation="เรียน คุณ", organisation=COMPANY
    )["greeting"]
    assert greeting == "Dear Khun Kenji Example, Example Lamphun Co., Ltd."


def test_a_letter_to_a_monk_closes_as_it_opened() -> None:
    """«จึงนมัสการมาเพื่อโปรดทราบ», where others read «จึงเรียนมาเพื่อโปรดทราบ»."""
    assert _slots(_reason("advisor"), salutation="นมัสการ")["closing"].startswith("จึงนมัสการมาเพื่อโปรดทราบ")
    assert _slots(_reason("advisor"), salutation="คุณ")["closing"].startswith("จึงเรียนมาเพื่อโปรดทราบ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_the_contract_has_words_of_its_own(language: str) -> None:
    """No reader is told a code, and no two reasons read alike."""
    said = [_slots(_reason(code), language=language)["why"] for code in REASONS]
    assert len(set(said)) == len(REASONS)
    assert not any("{" in words or "mail." in words for words in said)


def test_every_reason_is_given_each_once() -> None:
    """A contact of two organisations reads which is which."""
    why = _slots(_reason("sponsor", "ก"), _reason("advisor", "ข"), _reason("sponsor", "ก"))["why"]
    assert why.split("\n") == ["องค์กรก เป็นผู้สนับสนุนโครงการนี้", "องค์กรข เป็นที่ปรึกษาของโครงการนี้"]


def test_the_readers_own_organisation_is_called_theirs() -> None:
    """«บริษัทของท่าน», as in the model letter; another one by its name."""
    assert slots(EVENTS["reached"], [SPONSOR], READER, "th", "R")["why"] == "บริษัทของท่านเป็นผู้สนับสนุนโครงการนี้"
    other = _reason("sponsor", "ก")
    assert slots(EVENTS["reached"], [other], READER, "th", "R")["why"] == "องค์กรก เป็นผู้สนับสนุนโครงการนี้"


def test_the_committee_is_written_out_once() -> None:
    """กรอ.จังหวัด has a name of 70 letters."""
    why = _slots(_reason("jppcc", "ก"), _reason("jppcc", "ข"))["why"]
    assert why.count("คณะกรรมการร่วมภาครัฐและเอกชนเพื่อพัฒนาและแก้ไขปัญหาทางเศรษฐกิจจังหวัดลำพูน") == 1
    assert why.split("\n")[1] == "องค์กรข ร่วมอยู่ใน กรอ.จังหวัด ซึ่งติดตามพันธกิจที่ 5"


@pytest.mark.parametrize(
    ("facets", "words"),
    [
        ({}, "ทุกโครงการของจังหวัด"),
        (None, "ทุกโครงการของจังหวัด"),
        ({"project": ["project-1"]}, "โครงการนี้"),
        ({"programme": ["programme-1"]}, "แผนงานลำพูน ECO TOWN"),
        ({"mission": [5]}, "พันธกิจที่ 5"),
        ({"area": ["5101"]}, "พื้นที่อำเภอเมืองลำพูน"),
        ({"area": ["510112", "51"]}, "พื้นที่ตำบลบ้านกลาง พื้นที่จังหวัดลำพูน"),
        ({"area": ["999"]}, "ทุกโครงการของจังหวัด"),
        ({"sector": ["environment"]}, "ด้านสิ่งแวดล้อม"),
        ({"event_type": ["milestone.reached"]}, "ข่าวแล้วเสร็จ"),
        ({"event_types": ["projects.milestone.cancelled.v1"], "sectors": ["health"]}, "ข่าวยกเลิก ด้านสุขภาพ"),
        ({"colour": ["green"]}, "ทุกโครงการของจังหวัด"),
    ],
)
def test_a_subscriber_reads_what_was_asked_for(facets: dict[str, Any] | None, words: str) -> None:
    """The facets of the subscription that met the event, in words."""
    why = _slots(_reason("subscriber", "ก", facets=facets))["why"]
    assert why == f"องค์กรก ขอรับข่าวเรื่อง{words}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sector_has_a_name(language: str) -> None:
    """So that no subscription is explained by nothing."""
    everything = _slots(_reason("subscriber", facets={}), language=language)["why"]
    for sector in SECTORS:
        assert (
            _slots(_reason("subscriber", facets={"sector": [sector]}), language=language)["why"] != everything
        )


def test_a_subscription_of_many_areas_is_summed_up() -> None:
    """Eight are named."""
    areas = [f"5101{number:02}" for number in range(1, 13)]
    why = _slots(_reason("subscriber", facets={"area": areas}))["why"]
    assert why.count("ตำบล") == 8
    assert why.endswith("และอื่น ๆ")


def _pledge(quantity: float, done: float | None, unit: str = "ครั้ง") -> dict[str, Any]:
    return {"quantity": quantity, "done": done, "unit": {"th": unit}}


def test_the_own_part_says_what_is_done_of_what_was_pledged() -> None:
    """The label says in which role."""
    one = _slots(_reason("sponsor", pledge=_pledge(10, 10)))
    assert (one["part_label"], one["part"]) == ("ส่วนที่ท่านสนับสนุน", "แล้วเสร็จ 10 จาก 10 ครั้ง")
    other = _slots(_reason("implementer", pledge=_pledge(1234.5, None, "กก.")))
    assert (other["part_label"], other["part"]) == ("ส่วนที่ท่านร่วมดำเนินงาน", "1,234.5 กก. ตามที่แจ้งไว้")


def test_several_parts_name_their_organisations() -> None:
    """And a label that fits all of them."""
    two = _slots(
        _reason("sponsor", "ก", pledge=_pledge(10, 0)), _reason("implementer", "ข", pledge=_pledge(3, 1))
    )
    assert two["part_label"] == "ส่วนของท่าน"
    assert two["part"] == "องค์กรก: แล้วเสร็จ 0 จาก 10 ครั้ง\nองค์กรข: แล้วเสร็จ 1 จาก 3 ครั้ง"


def test_without_a_pledge_there_is_no_part() -> None:
    """An empty slot, which takes its row along."""
    assert _slots(_reason("beneficiary", pledge=None))["part"] == ""


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        ("reached", _reason("implementer"), "ขณะนี้ท่านไม่ต้องดำเนินการใด"),
        ("later", _reason("advisor"), "ขณะนี้ท่านไม่ต้องดำเนินการใด"),
        ("later", _reason("implementer"), "โปรดปรับแผนการทำงานในส่วนของท่าน"),
        ("later", _reason("subscriber", kinds=["media"]), "โปรดแจ้งกำหนดใหม่แก่ผู้ชมผู้ฟัง"),
        ("cancelled", _reason("implementer"), "โปรดหยุดเตรียมงาน"),
        ("cancelled", _reason("sponsor"), "หากท่านเตรียมการสนับสนุนไว้แล้ว"),
        ("corrected", _reason("told_before"), "โปรดใช้ข้อมูลนี้แทนข้อมูลเดิม"),
        ("corrected", _reason("subscriber", kinds=["media"]), "โปรดเผยแพร่ข้อมูลที่ถูกต้อง"),
    ],
)
def test_each_reader_is_told_whether_they_must_do_anything(
    kind: str, reason: dict[str, Any], words: str
) -> None:
    """By what their role has to do with what happened."""
    assert words in _slots(reason, kind=kind)["action"]


def test_a_reference_is_short_and_the_same_whoever_computes_it() -> None:
    """Like LPN-7K4M; another for another contact or another event."""
    assert reference("project-1:7", "contact-1") == "LPN-5943"
    several = {reference(f"project-1:{version}", f"contact-{n}") for version in range(10) for n in range(10)}
    assert len(several) == 100
    assert all(len(one) == 8 and not set(one[4:]) & set("ILOU") for one in several)
