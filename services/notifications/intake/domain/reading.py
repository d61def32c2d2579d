"""A mail as the intake sees it: what its bytes say, and the signed addresses of ours that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError

from services.notifications.intake.domain.automatic import why_automatic
from services.notifications.intake.domain.bounces import Bounce, bounce_in
from services.notifications.intake.domain.commands import Answer, understood
from services.notifications.intake.domain.complaints import Complaint, complaint_in
from services.notifications.intake.domain.fresh import fresh_text
from services.notifications.intake.domain.headers import field, recipients, sender
from services.notifications.intake.domain.parts import AnyMessage, text_of
from shared.errors import Unreadable

MOST_ADDRESSES = 50  # of ours, in one mail
_ADDRESS = re.compile(r"[a-z0-9._=-]{1,64}\+[a-z0-9.-]{3,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)

Ours = Callable[[str], bool]


@dataclass(frozen=True)
class Reading:
    """Everything that is decided about a mail rests on this."""

    sender: str
    message_id: str
    addresses: tuple[str, ...]  # with the form of ours, genuine or not
    automatic: str | None
    bounce: Bounce | None
    complaint: Complaint | None
    answer: Answer | None
    enclosed: tuple[str, ...] = ()  # ours, in the mail that a complaint is about


def read(raw: bytes, envelope_to: Sequence[str], null_sender: bool, ours: Ours) -> Reading:
    """`ours` says whether an address has the form of a signed one. Raises Unreadable."""
    try:
        message: AnyMessage = message_from_bytes(raw)
        return _read(message, raw, envelope_to, null_sender, ours)
    except RecursionError:
        raise Unreadable("too-deep", "parts inside parts") from None
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise Unreadable("broken-mime", type(error).__name__) from None


def _read(
    message: AnyMessage, raw: bytes, envelope_to: Sequence[str], null_sender: bool, ours: Ours
) -> Reading:
    if not message.keys():
        raise Unreadable("no-headers", "")
    complaint = complaint_in(message)
    automatic = why_automatic(message, null_sender)
    addresses = signed_in("\n".join([*envelope_to, recipients(message)]), ours)
    answer = None if automatic else understood(fresh_text(text_of(message)), field(message, "subject"))
    return Reading(
        sender=sender(message),
        message_id=field(message, "message-id")[:250],
        addresses=addresses,
        automatic=automatic,
        bounce=bounce_in(message, raw) if automatic and not complaint else None,
        complaint=complaint,
        answer=answer,
        enclosed=signed_in(complaint.enclosed, ours) if complaint else (),
    )


def signed_in(text: str, ours: Ours) -> tuple[str, ...]:
    """The addresses in a text that have our form, each once."""
    found = dict.fromkeys(match[0].lower() for match in _ADDRESS.finditer(text))
    return tuple(address for address in found if ours(address))[:MOST_ADDRESSES]
