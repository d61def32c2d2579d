"""The weeks after: a partner answers with one word, the next alert obeys, a digest comes on its day, and what
nobody reports is escalated."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from prasan.demo import telling
from prasan.demo.province import Province, until
from prasan.demo.scenes import Facts, show
from prasan.demo.stage import Stage
from shared.calendar import BANGKOK, is_working_day, local_day
from shared.clock import SystemClock, from_timestamp
from shared.testing.mailbox.store import Received
from shared.thai import full_date

READER = "college"  # an adviser of the whole project
SURVEY = "clean-province/household-survey"
ESCALATED = 8  # days after which the head of the project hears of it
_WORD = "รายสัปดาห์"
_SOON, _AFTER_A_JUMP = 30.0, 60.0  # seconds: services ask for the time every ten, and look at it every ten
_SUBJECTS = {"digest": "สรุปรายสัปดาห์", "overdue": "ครบกำหนดแล้ว ยังไม่ได้รับรายงานผล"}


def answer_with_one_word(stage: Stage, province: Province) -> None:
    """A reply to the first alert, quoting it, as any mail program sends it."""
    stage.scene("word", word=_WORD)
    with stage.step("word.intake"):
        port = province.stack.start_intake()
    alert = _mails(province, READER)[-1]
    reply = _reply(alert, _address(province, READER))
    stage.lines([f"✉ {reply['From']}: «{_WORD}»"], style="green")
    with smtplib.LMTP("127.0.0.1", port) as intake:
        intake.send_message(reply, to_addrs=[str(alert.message["Reply-To"]).strip("<>")])
    until(lambda: len(_mails(province, READER)) == 2, _SOON)
    confirmation = _mails(province, READER)[-1]
    stage.lines([f"✉ {confirmation.subject}"], style="green")
    stage.lines(telling.first_lines(confirmation), indent=6, style="dim")
    stage.claim("http" not in confirmation.body(), "word.confirmed")
    province.weekly.add(READER)


def reschedule_the_next(stage: Stage, province: Province) -> tuple[date, datetime]:
    """The next milestone gets a later date: its new date, and when the reader's digest goes out."""
    stage.scene("obeys")
    until(lambda: _seen(province)["when"]["how"] == "in_digest", _SOON)
    slot = from_timestamp(_seen(province)["when"]["at"])
    due = _due_date(province)
    before = len(_mails(province, READER))
    reason = {"th": "รอข้อมูลจากตำบลที่เพิ่งอบรมครบ", "en": "Waiting for the sub-districts trained last"}
    body = {"due_date": due.isoformat(), "reason": reason}
    answer = province.report(SURVEY, "reschedule", body)
    stage.say("obeys.rescheduled", title=province.milestone(SURVEY)["title"]["th"], date=_both(due))
    outcome = province.settled_outcome(SURVEY, answer["event_id"], _SOON)
    stage.lines([outcome["sentence"]["th"]], style="bold")
    stage.lines([outcome["sentence"]["en"]], style="dim")
    states = {d["contact_id"]: d["state"] for d in province.deliveries(answer["event_id"])}
    waits = states[province.loaded["contacts", READER]] == "in_digest"
    stage.claim(waits and len(_mails(province, READER)) == before, "obeys", date=_both(local_day(slot)))
    return due, slot


def wait_for_the_digest(stage: Stage, province: Province, slot: datetime, facts: Facts) -> None:
    """The clock of every service jumps to the moment that the reader chose."""
    stage.scene("digest", date=_both(local_day(slot)))
    before = len(_mails(province, READER))
    with stage.step("digest.moved"):
        _move_clock(province, slot + timedelta(minutes=1))
        until(lambda: len(_mails(province, READER)) > before, _AFTER_A_JUMP)
    digest = _mails(province, READER)[-1]
    show(stage, digest)
    stage.lines(f"│ {line}" for line in digest.body().splitlines())
    fits = digest.subject.startswith(_SUBJECTS["digest"]) and "http" not in digest.body()
    stage.claim(fits and province.milestone(SURVEY)["title"]["th"] in digest.body(), "digest")
    stage.claim(len(_mails(province, READER)) == before + 1, "digest.once")
    facts.rows["digest"] = _both(local_day(slot))["th"]


def forget_to_report(stage: Stage, province: Province, due: date, facts: Facts) -> None:
    """Eight days after its date the milestone is still without a report: its coordinator and the head of the
    project are told, and nobody outside."""
    stage.scene("overdue", days=ESCALATED)
    province.stack.mailbox.clear()
    with stage.step("overdue.moved", date=_both(due + timedelta(days=ESCALATED))):
        _move_clock(province, datetime.combine(due + timedelta(days=ESCALATED), time(9), BANGKOK))
        until(lambda: _told_of_survey(province) >= {"coordinator", "head"}, _AFTER_A_JUMP)
    for message in _overdue(province):
        show(stage, message)
    stage.claim(_told_of_survey(province) == {"coordinator", "head"}, "overdue")
    stage.claim(len(_overdue(province)) == 2, "once")
    facts.rows["overdue"] = len(_overdue(province))


def _seen(province: Province) -> Any:
    """The reader, as the preview of the next alert shows them."""
    told, _ = province.preview(SURVEY, "milestone.rescheduled")
    return next(c for c in told if c["contact_id"] == province.loaded["contacts", READER])


def _due_date(province: Province) -> date:
    """A week later or more, where no step of the escalation falls on a day off."""
    path = f"/v1/milestones/{province.milestone_id(SURVEY)}"
    planned = date.fromisoformat(province.operator.get("projects", path)["due_date"])
    day = max(planned, province.today) + timedelta(days=7)
    while not all(is_working_day(day + timedelta(days=days)) for days in (0, 1, ESCALATED)):
        day += timedelta(days=1)
    return day


def _reply(alert: Received, sender: str) -> EmailMessage:
    reply = EmailMessage(policy=SMTP)
    reply["From"], reply["To"] = sender, str(alert.message["Reply-To"])
    reply["Subject"] = f"Re: {alert.subject}"
    reply["In-Reply-To"] = alert.message_id
    reply["Message-ID"] = "<answer-1@college.example.org>"
    quoted = "".join(f"> {line}\n" for line in alert.body().splitlines())
    reply.set_content(f"{_WORD}\n\nขอบคุณครับ\n\n{quoted}")
    return reply


def _overdue(province: Province) -> list[Received]:
    title = province.milestone(SURVEY)["title"]["th"]
    return [
        message
        for message in province.stack.mailbox.messages()
        if message.subject.startswith(_SUBJECTS["overdue"]) and title in message.body()
    ]


def _told_of_survey(province: Province) -> set[str]:
    """The keys of the contacts who were told that the survey is overdue."""
    keys = {c["address"]: c["key"] for c in province.seed.contacts if c["address"]}
    return {keys[address] for address in telling.recipients(_overdue(province))}


def _mails(province: Province, key: str) -> list[Received]:
    address = _address(province, key)
    return [message for message in province.stack.mailbox.messages() if address in message.recipients]


def _address(province: Province, key: str) -> str:
    return str(next(c["address"] for c in province.seed.contacts if c["key"] == key))


def _move_clock(province: Province, to: datetime) -> None:
    province.stack.database.move_clock(to - SystemClock().now())


def _both(day: date) -> Mapping[str, str]:
    return {language: full_date(day, language) for language in ("th", "en")}
