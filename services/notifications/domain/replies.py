"""What an answer of the mail server means for a delivery: one table (RFC 5321, RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Verdicts: what became of one message in one conversation.
TAKEN = "taken"
LATER = "later"  # refused for now: 4xx
NEVER = "never"  # refused for good: 5xx
BROKEN_OFF = "broken_off"  # the connection ended before the final dot could have been seen
UNCONFIRMED = "unconfirmed"  # the final dot went out and nothing came back
UNTOUCHED = "untouched"  # the server was in trouble before it looked at the recipient

# Phases of one message, in their order.
MAIL, RCPT, DATA, DOT = "mail", "rcpt", "data", "dot"

# Mailbox and domain addresses that do not exist, and mailboxes that are switched off (RFC 3463, 3.2, 3.3).
SUPPRESSING = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.2.1"})

CLOSING = 421  # "service not available, closing transmission channel": about the server, whatever the phase

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)", re.ASCII)


@dataclass(frozen=True)
class Reply:
    """An answer of the mail server: its code, and its text on one line without the code."""

    code: int
    text: str

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code (RFC 3463), as 5.1.1, if it agrees with the basic one."""
        match = _ENHANCED.match(self.text)
        return match[0] if match and match[0][0] == str(self.code)[0] else None


# phase → first digit of the reply → verdict, or None: go on with the next phase.
# What is not in the table is no SMTP, and is treated as a connection that broke there.
_MEANING: Mapping[str, Mapping[int, str | None]] = {
    MAIL: {2: None, 4: UNTOUCHED, 5: UNTOUCHED},
    RCPT: {2: None, 4: LATER, 5: NEVER},
    DATA: {3: None, 4: LATER, 5: NEVER},
    DOT: {2: TAKEN, 4: LATER, 5: NEVER},
}
_BROKEN: Mapping[str, str] = {MAIL: UNTOUCHED, RCPT: BROKEN_OFF, DATA: BROKEN_OFF, DOT: UNCONFIRMED}


def verdict(phase: str, reply: Reply) -> str | None:
    """What the reply means for the message; None: it may go on."""
    if reply.code == CLOSING:
        return UNTOUCHED
    return _MEANING[phase].get(reply.code // 100, _BROKEN[phase])


def verdict_of_silence(phase: str) -> str:
    """What it means for the message that the connection ended where this phase's reply was awaited."""
    return _BROKEN[phase]


def suppresses(code: int | None, enhanced: str | None) -> bool:
    """Whether the reply says that the address exists no more, so that nothing is to be sent there again."""
    return code is not None and code // 100 == 5 and enhanced in SUPPRESSING
