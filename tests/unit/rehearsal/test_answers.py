"""What the rehearsal hands to the intake is what people and mail servers write."""

from __future__ import annotations

from rehearsal.mailbox import Mail
from rehearsal.steps.answers import answer, notification
from services.notifications.intake.domain.bounces import GONE
from services.notifications.intake.domain.commands import WEEKLY, Answer
from services.notifications.intake.domain.reading import read
from services.notifications.mail.tokens import BOUNCE, REPLY, SignedAddresses

OURS = SignedAddresses("a secret of tests, longer than it has to be", "prasan@lamphun.example.org")
DELIVERY = "01KARM8P2Q4T6V8X0Z2B4D6F8H:7:0:0:3"
READER = "reader@example.org"


def test_the_answer_is_one_word_above_what_it_quotes() -> None:
    to = OURS.address(REPLY, DELIVERY)
    alert = Mail("1", "first@lamphun.example.org", READER, "แล้วเสร็จ: อบรมคัดแยกขยะ")
    assert read(answer(alert, READER, to), (to,), False, OURS.seems_ours).answer == Answer(WEEKLY)


def test_the_notification_says_that_the_mailbox_does_not_exist() -> None:
    to = OURS.address(BOUNCE, DELIVERY)
    bounce = read(notification(READER, to), (to,), True, OURS.seems_ours).bounce
    assert bounce is not None
    assert (bounce.kind, bounce.status, bounce.recipient) == (GONE, "5.1.1", READER)
