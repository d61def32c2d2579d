"""What comes back: a partner's answer of one word, and a mail that could not be delivered."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from rehearsal.deployment import until
from rehearsal.mailbox import Mail
from rehearsal.stage import Stage
from rehearsal.world import Report, World, claim

_WORD = "รายสัปดาห์"
_DONE = "เปลี่ยนเป็นสรุปรายสัปดาห์แล้ว"
_HAND_OVER = (
    "import smtplib, sys; "
    "smtplib.LMTP('127.0.0.1', 8024).sendmail(sys.argv[1], [sys.argv[2]], sys.stdin.buffer.read())"
)


def reply(stage: Stage) -> str:
    """Handed to the intake by LMTP: the preference changes, it is said so, and the next alert obeys."""
    world, reader, address = _world_of_one(stage)
    alert = _told(world, address)
    letter = stage.world.mailbox.letter(alert)
    to = letter["ReplyTo"][0]["Address"]
    _hand_over(stage, address, to, answer(alert, address, to))
    until(lambda: _mails(world, address, _DONE), "the answer is acknowledged")
    until(
        lambda: world.api.get(f"/v1/contacts/{reader}")["preferences"]["mode"] == "weekly", "partners knows"
    )
    report = world.reach(world.milestones(1)[0])
    until(lambda: _state(world, report, reader) == "in_digest", "the next alert waits for the digest")
    claim(len(_mails(world, address)) == 2, "more was sent than one alert and one acknowledgement")
    return f"«{_WORD}» by LMTP, acknowledged; the next alert waits for Thursday"


def bounce(stage: Stage) -> str:
    """RFC 3464, to the envelope sender; the intake is killed upon it, and the coordinator sees it all."""
    world, reader, address = _world_of_one(stage)
    alert = _told(world, address)
    to = stage.world.mailbox.letter(alert)["ReturnPath"]
    _hand_over(stage, "", to, notification(address, to))
    for victim in stage.deployment.containers("intake"):
        stage.deployment.kill(victim)
    stage.deployment.wait_until_well("intake")
    reported = world.reports[0]
    until(lambda: _counts(world, reported).get("bounced") == 1, "the outcome says that it came back")
    suppressed = [each["why"] for each in world.api.items("/v1/suppressions") if each["by"] == "intake"]
    claim(suppressed == ["5.1.1"], f"suppressed: {suppressed}")
    until(lambda: world.api.get(f"/v1/contacts/{reader}")["suppressed"], "partners knows")
    report = world.reach(world.milestones(1)[0])
    until(lambda: _left_out(world, report).get("suppressed") == 1, "the next outcome says who is left out")
    claim(len(_mails(world, address)) == 1, "something was sent to an address that does not exist")
    return "the outcome says so, though the intake was killed; the next one says who is left out, and why"


def _world_of_one(stage: Stage) -> tuple[World, str, str]:
    """A project of its own with one reader: the others are to go on hearing everything."""
    world = World(stage.world.api, stage.world.mailbox)
    world.found(readers=1)
    ((reader, address),) = world.readers.items()
    return world, reader, address


def _told(world: World, address: str) -> Mail:
    """The first alert, as it arrived."""
    report = world.reach(world.milestones(1)[0])
    world.settle(report)
    (alert,) = _mails(world, address)
    return alert


def _mails(world: World, address: str, subject: str = "") -> list[Mail]:
    return [mail for mail in world.mailbox.mails() if mail.address == address and subject in mail.subject]


def _state(world: World, report: Report, contact_id: str) -> str:
    states = {delivery["contact_id"]: delivery["state"] for delivery in world.deliveries(report)}
    return str(states.get(contact_id, "unknown"))


def _counts(world: World, report: Report) -> dict[str, int]:
    """state → how many, as the coordinator reads it."""
    return {each["state"]: each["count"] for each in (world.outcome(report) or {}).get("counts", ())}


def _left_out(world: World, report: Report) -> dict[str, int]:
    """why → how many would be concerned and are told nothing."""
    return dict((world.outcome(report) or {}).get("left_out", {}))


def _hand_over(stage: Stage, sender: str, to: str, raw: bytes) -> None:
    """As the province's mail server would, which reaches the intake's port."""
    stage.deployment.compose("exec", "-T", "intake", "python", "-c", _HAND_OVER, sender, to, stdin=raw)


def answer(alert: Mail, sender: str, to: str) -> bytes:
    """The one word, above what a mail program quotes."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, f"Re: {alert.subject}"
    message["In-Reply-To"] = f"<{alert.message_id}>"
    message["Message-ID"] = f"<answer-{alert.id}@example.org>"
    message.set_content(f"{_WORD}\n\nขอบคุณครับ\n\n> {alert.subject}\n")
    return message.as_bytes()


def notification(address: str, to: str) -> bytes:
    """What a mail server writes of a mailbox that does not exist."""
    text = f"""From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{address.replace("@", ".")}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox
--part--
"""
    return text.replace("\n", "\r\n").encode()
