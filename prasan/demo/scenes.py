"""The scenes of the first alert: from an empty machine to every partner told."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from prasan.commands.outbox import waiting
from prasan.commands.seed import figures
from prasan.demo import telling
from prasan.demo.expectation import must_be_told
from prasan.demo.province import Province, until
from prasan.demo.stage import Stage
from prasan.seed.loading import load
from shared.areas import covered_subdistricts, subdistricts
from shared.clock import from_timestamp
from shared.testing.mailbox.store import Received

MILESTONE = "clean-province/training-50"
SPONSOR = "kamonwan"  # whose mail is shown in full
_LAST_DISTRICTS = ["5107", "5108"]
_SOON = 30.0  # seconds that anything here may take


@dataclass
class Facts:
    """What the summary shows."""

    rows: dict[str, object] = field(default_factory=dict)


def open_the_stage(stage: Stage, province: Province) -> None:
    stage.scene("open")
    with stage.step("servers"):
        province.stack.start_servers()
    with stage.step("services"):
        province.stack.start_services()


def load_lamphun(stage: Stage, province: Province) -> None:
    stage.scene("seed")
    with stage.step("seed"):
        province.loaded = load(province.seed, province.as_)
    with stage.step("spread"):
        until(lambda: queues_are_empty(province), _SOON)
    seed = province.seed
    stage.say(
        "seeded",
        projects=len(seed.projects),
        milestones=len(seed.milestones),
        partners=len(seed.partners),
        contacts=len(seed.contacts),
    )
    origins = Counter(figure["provenance"] for figure in figures(dataclasses.asdict(seed)))
    stage.say("figures", source=origins["source"], illustrative=origins["illustrative"])
    stage.claim(province.stack.mailbox.messages() == [], "quiet")


def show_who_will_be_told(stage: Stage, province: Province) -> list[Any]:
    stage.scene("preview")
    stage.say("milestone", title=province.milestone(MILESTONE)["title"]["th"])
    told, not_told = province.preview(MILESTONE)
    stage.say("told", count=len(told), style="bold")
    stage.table(
        ("contact", "partner", "why", "when"),
        ([*telling.person(c), telling.reasons(stage, c), telling.when(stage, c)] for c in told),
    )
    stage.say("not_told", count=len(not_told), style="bold")
    stage.table(
        ("contact", "partner", "why_not"),
        ([*telling.person(c), stage.text(f"left_out.{c['why_not']}")] for c in not_told),
    )
    expected = {province.loaded["contacts", key] for key in must_be_told(province.seed, MILESTONE)}
    stage.claim({c["contact_id"] for c in told} == expected, "as_expected", count=len(expected))
    return told


def report_the_milestone(stage: Stage, province: Province, facts: Facts) -> Any:
    """Measures for the last time, then reports; the answer."""
    stage.scene("report")
    _measure(stage, province)
    begun = time.monotonic()
    answer = province.report(MILESTONE, "reach", {"reached_on": str(province.today)})
    milliseconds = round((time.monotonic() - begun) * 1000)
    stage.say("reached", style="bold")
    stage.say("answered", milliseconds=milliseconds)
    facts.rows["answer"] = milliseconds
    return answer


def show_the_mails(stage: Stage, province: Province, told: list[Any], answer: Any, facts: Facts) -> None:
    stage.scene("mails")
    addresses = province.addresses()
    expected = {addresses[c["contact_id"]] for c in told if telling.is_mailed_now(c)}
    messages = _as_they_arrive(stage, province, len(expected))
    received = telling.recipients(messages)
    stage.claim(expected <= set(received), "everyone", count=len(expected))
    stage.claim(len(received) == len(set(received)), "once")
    stage.claim(set(received) <= expected, "nobody_else")
    complete = all(telling.why_in(m) and "http" not in m.body() for m in messages)
    stage.claim(complete, "says_why")
    reported_at = from_timestamp(answer["updated_at"])
    latency = round((messages[0].at - reported_at).total_seconds(), 2)
    facts.rows.update(preview=len(told), mails=len(messages), latency=latency)
    _show_whole(stage, province, messages)


def show_the_outcome(stage: Stage, province: Province, event_id: str) -> None:
    stage.scene("outcome")
    outcome = province.settled_outcome(MILESTONE, event_id, _SOON)
    stage.lines([outcome["sentence"]["th"]], style="bold")
    stage.lines([outcome["sentence"]["en"]], style="dim")
    total = sum(count["count"] for count in outcome["counts"])
    fits = outcome["relevant"] == total and outcome["surplus"] == 0
    stage.claim(fits, "partition", relevant=outcome["relevant"], sum=telling.parts(stage, outcome))


def _measure(stage: Stage, province: Province) -> None:
    indicator_id = province.loaded["indicators", "clean-province/sessions"]
    services = province.coordinator_of(MILESTONE)
    body = {
        "value": 50,
        "measured_on": str(province.today),
        "areas": _LAST_DISTRICTS,
        "evidence": {"th": "บันทึกการอบรม 50 ครั้ง", "en": "Records of 50 trainings"},
        "provenance": {"kind": "illustrative"},
    }
    services.post("projects", f"/v1/indicators/{indicator_id}/measurements", body)
    measured = services.items("projects", f"/v1/indicators/{indicator_id}/measurements")
    covered = covered_subdistricts(area for item in measured for area in item["areas"])
    stage.say("measured", areas=len(covered))
    stage.claim(covered == set(subdistricts()), "all_areas", count=len(covered))


def _as_they_arrive(stage: Stage, province: Province, count: int) -> list[Received]:
    """Shows each mail when it comes, until there are `count`, and a moment longer for any too many."""
    shown: list[Received] = []

    def look() -> bool:
        for message in province.stack.mailbox.messages()[len(shown) :]:
            show(stage, message)
            shown.append(message)
        return len(shown) >= count

    until(look, _SOON)
    time.sleep(0.5)
    look()
    return shown


def show(stage: Stage, message: Received) -> None:
    stage.lines([f"✉ {stage.text('demo.mail.to')} {telling.reader(message)}"], indent=2, style="green")
    stage.lines([f"{stage.text('demo.mail.subject')}: {message.subject}"], style="bold")
    stage.lines([telling.why_in(message)])
    stage.lines(telling.first_lines(message), indent=6, style="dim")


def _show_whole(stage: Stage, province: Province, messages: list[Received]) -> None:
    address = province.addresses()[province.loaded["contacts", SPONSOR]]
    whole = next(message for message in messages if address in message.recipients)
    stage.say("mail.whole", style="bold")
    stage.lines(f"│ {line}" for line in whole.body().splitlines())


def queues_are_empty(province: Province) -> bool:
    """Nothing waits in an outbox or in a queue: projections have caught up."""
    services = province.operator
    outboxes = [row for name in services.urls for row in waiting(services, name)]
    return not any(row["waiting"] for row in outboxes) and not any(
        province.stack.broker.ready_messages().values()
    )
