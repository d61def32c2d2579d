"""The last scene: a larger alert, its sender killed in the middle, and nobody missed or told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prasan.demo import telling
from prasan.demo.expectation import must_be_told_now
from prasan.demo.province import Province, until
from prasan.demo.scenes import Facts, queues_are_empty
from prasan.demo.stage import Stage
from shared.config import Settings
from shared.testing.mailbox import Fault
from shared.testing.mailbox.store import Received

MILESTONE = "craft-international/contest"
WINDOW = 5  # messages under way on one connection
_PROGRAMME = "craft-innopolis"
_AT_ONCE = 8
_LONG, _SOON = 60.0, 30.0  # seconds
# The message is kept and the answer comes a little later, as from a server far away: whoever dies
# meanwhile cannot know.
_FAR_AWAY = Fault("stored", freeze=0.02)


Addresses = Mapping[str, str]  # contact id → address


def gather_a_crowd(stage: Stage, province: Province, count: int) -> Addresses:
    """More contacts, each of whom asked for news of the programme."""
    stage.scene("crowd", count=count)
    with stage.step("crowd.made", count=count):
        partner_id = _club(province)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made = [pool.submit(_member, province, partner_id, number) for number in range(count)]
            crowd = dict(member.result() for member in made)
    with stage.step("spread"):
        until(lambda: queues_are_empty(province), _LONG)
    return crowd


def kill_the_sender_in_the_middle(stage: Stage, province: Province, facts: Facts) -> str:
    """Reports, kills notifications -9 when a third is sent, starts it again; the event's id."""
    mailbox, sender = province.stack.mailbox, province.stack.service("notifications")
    mailbox.clear()
    mailbox.misbehave(_FAR_AWAY)
    told, _ = province.preview(MILESTONE)
    everybody = sum(map(telling.is_mailed_now, told))
    answer = province.report(MILESTONE, "reach", {"reached_on": str(province.today)})
    stage.say("crowd.reported", title=province.milestone(MILESTONE)["title"]["th"], relevant=len(told))
    until(lambda: len(mailbox.messages()) >= everybody // 3, _LONG)
    sender.kill()
    sent = len(mailbox.messages())
    stage.say("killed", sent=sent, all=everybody, style="bold red")
    stage.claim(0 < sent < everybody, "middle", left=everybody - sent)
    mailbox.behave()
    with stage.step("restarted"):
        sender.start()
    with stage.step("settled"):
        province.settled_outcome(MILESTONE, answer["event_id"], _LONG)
    facts.rows.update(crowd=len(told), before=sent)
    return str(answer["event_id"])


def count_what_everybody_got(
    stage: Stage, province: Province, crowd: Addresses, event_id: str, facts: Facts
) -> None:
    """From the mailbox and the ledger: who was told, who twice, and whether that was to be expected."""
    outcome = province.outcome(MILESTONE, event_id)
    stage.lines([outcome["sentence"]["th"]], style="bold")
    stage.lines([outcome["sentence"]["en"]], style="dim")
    addresses = {**province.addresses(), **crowd}
    deliveries = province.deliveries(event_id)
    expected = {addresses[d["contact_id"]] for d in deliveries if d["state"] in ("accepted", "uncertain")}
    uncertain = {addresses[d["contact_id"]] for d in deliveries if was_uncertain(d)}
    messages = province.stack.mailbox.messages()
    copies = Counter(address for message in messages for address in message.recipients)
    twice = {address for address, count in copies.items() if count > 1}
    bound = WINDOW * Settings.mail_lanes
    everybody = {*_addresses_by_seed(province), *crowd.values()}
    stage.claim(everybody == expected == copies.keys(), "all_told", count=len(everybody))
    stage.claim(len(uncertain) <= bound, "uncertain", count=len(uncertain), bound=bound)
    fits = twice <= uncertain and max(copies.values()) <= 2 and _same_ids(messages)
    stage.claim(fits, "twice", copies=len(twice))
    total = sum(count["count"] for count in outcome["counts"])
    sums = telling.parts(stage, outcome)
    stage.claim(outcome["relevant"] == total, "partition", relevant=outcome["relevant"], sum=sums)
    stage.claim(not _dead_letters(province), "dead")
    facts.rows.update(uncertain=len(uncertain), copies=len(twice), missed=len(expected - copies.keys()))


def _addresses_by_seed(province: Province) -> set[str]:
    """Of those in the seed who must be told at once, whatever the system says."""
    keys = must_be_told_now(province.seed, MILESTONE) - province.weekly
    return {c["address"] for c in province.seed.contacts if c["key"] in keys and c["address"]}


def was_uncertain(delivery: Mapping[str, Any]) -> bool:
    """Whether nobody knew, at one time, if this message had been taken."""
    return bool(delivery.get("doubts")) or delivery["state"] == "uncertain"


def _same_ids(messages: list[Received]) -> bool:
    """Whether every copy for one address bears the same Message-ID."""
    ids: dict[str, set[str]] = {}
    for message in messages:
        for address in message.recipients:
            ids.setdefault(address, set()).add(message.message_id)
    return all(len(found) == 1 for found in ids.values())


def _club(province: Province) -> str:
    """An illustrative organisation that asked for news of the programme; its id."""
    services = province.operator
    name = {"th": "เครือข่ายผู้สนใจหัตถกรรม (ตัวอย่าง)", "en": "Friends of handicraft (example)"}
    partner = services.post(
        "partners", "/v1/partners", {"name": name, "kinds": ["community"]}, key="demo/club"
    )
    facets = {"programme": [province.loaded["programmes", _PROGRAMME]]}
    path = f"/v1/partners/{partner['id']}/subscriptions"
    services.post("partners", path, {"facets": facets}, key="demo/club/subscription")
    return str(partner["id"])


def _member(province: Province, partner_id: str, number: int) -> tuple[str, str]:
    """One illustrative contact, its id and address; every tenth reads English."""
    address = f"friend{number:03}@example.org"
    body = {
        "name": {"th": f"ผู้สนใจ ตัวอย่าง {number:03}", "en": f"Example Friend {number:03}"},
        "salutation": "เรียน คุณ",
        "language": "en" if number % 10 == 0 else "th",
        "address": address,
        "partner_ids": [partner_id],
        "lawful_bases": {"alerts": {"basis": "consent", "source": "ทะเบียนตัวอย่าง"}},
    }
    made = province.operator.post("partners", "/v1/contacts", body, key=f"demo/friend/{number}")
    return made["id"], address


def _dead_letters(province: Province) -> list[Any]:
    services = province.operator
    return [letter for name in services.urls for letter in services.items(name, "/v1/dead-letters")]
