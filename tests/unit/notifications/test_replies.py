"""What an answer of the mail server means."""

import pytest

from services.notifications.domain import replies
from services.notifications.domain.replies import DATA, DOT, MAIL, RCPT, Reply


@pytest.mark.parametrize(
    ("phase", "code", "verdict"),
    [
        (MAIL, 250, None),
        (MAIL, 451, replies.UNTOUCHED),
        (MAIL, 552, replies.UNTOUCHED),
        (RCPT, 250, None),
        (RCPT, 251, None),
        (RCPT, 450, replies.LATER),
        (RCPT, 550, replies.NEVER),
        (DATA, 354, None),
        (DATA, 452, replies.LATER),
        (DATA, 554, replies.NEVER),
        (DOT, 250, replies.TAKEN),
        (DOT, 451, replies.LATER),
        (DOT, 554, replies.NEVER),
    ],
)
def test_each_phase_reads_a_reply_its_own_way(phase: str, code: int, verdict: str | None) -> None:
    """What comes before RCPT is about the server; what comes later is about the delivery."""
    assert replies.verdict(phase, Reply(code, "")) == verdict


@pytest.mark.parametrize("phase", [MAIL, RCPT, DATA, DOT])
def test_421_is_about_the_server_in_every_phase(phase: str) -> None:
    """The server closes: nothing is counted against the delivery."""
    assert replies.verdict(phase, Reply(421, "4.3.2 closing")) == replies.UNTOUCHED


@pytest.mark.parametrize(
    ("phase", "verdict"),
    [
        (MAIL, replies.UNTOUCHED),
        (RCPT, replies.BROKEN_OFF),
        (DATA, replies.BROKEN_OFF),
        (DOT, replies.UNCONFIRMED),
    ],
)
def test_silence_is_doubt_only_after_the_final_dot(phase: str, verdict: str) -> None:
    """Before the final dot the server cannot have taken the message (RFC 1047)."""
    assert replies.verdict_of_silence(phase) == verdict
    assert replies.verdict(phase, Reply(199, "what?")) == verdict


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, "5.1.1 no such user", "5.1.1"),
        (550, "5.1.10 null MX", "5.1.10"),
        (250, "2.0.0 Ok: queued", "2.0.0"),
        (550, "2.0.0 contradicts itself", None),
        (550, "User unknown", None),
        (550, "5.1.1234 too long", None),
        (550, "", None),
        (550, "٥.١.١ ไม่มีผู้ใช้", None),
    ],
)
def test_an_enhanced_code_counts_where_it_agrees_with_the_basic_one(
    code: int, text: str, enhanced: str | None
) -> None:
    """RFC 2034: the class of both is the same."""
    assert Reply(code, text).enhanced == enhanced


@pytest.mark.parametrize("enhanced", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.2.1"])
def test_codes_of_dead_addresses_suppress(enhanced: str) -> None:
    """Nothing is to be sent there again."""
    assert replies.suppresses(550, enhanced)


@pytest.mark.parametrize(
    ("code", "enhanced"), [(550, "5.7.1"), (550, None), (552, "5.2.2"), (450, "4.1.1"), (None, None)]
)
def test_other_refusals_suppress_nothing(code: int | None, enhanced: str | None) -> None:
    """A full mailbox or a policy passes; an address that exists no more does not."""
    assert not replies.suppresses(code, enhanced)
