"""A contact as the sender knows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.notifications.domain.quiet_hours import QuietHours
from shared.preferences import Preferences

LONGEST_ADDRESS = 254  # characters (RFC 5321, errata 1690)
# What goes onto the wire between < and > without quoting (RFC 5321 Dot-string, RFC 5322 dot-atom).
_USABLE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Contact:
    """The newest version that arrived. Without an `address` the contact is told by hand, as `by_hand`
    says (a telephone number, a LINE name); of an erased one nothing is left but its version."""

    id: str
    version: int
    address: str | None = None
    fingerprint: str | None = None
    name: str = ""
    salutation: str = ""
    position: str | None = None
    organisation: Mapping[str, str | None] | None = None
    language: str = "th"
    quiet_hours: QuietHours | None = None
    preferences: Preferences = field(default_factory=Preferences)
    lawful_basis: str | None = None
    unsubscribed: bool = False
    imported_at: datetime | None = None
    source: str = ""  # where the data came from, as the register says it
    noticed: bool = False  # it was told so
    erased: bool = False
    muted_projects: tuple[str, ...] = ()
    by_hand: str | None = None


def awaits_notice(contact: Contact) -> bool:
    """Whether the next mail has to say who holds this person's data, from where and why (PDPA, ม.25)."""
    return contact.imported_at is not None and not contact.noticed


def is_usable(address: str) -> bool:
    """Whether the address can be written into an envelope and a header as it stands."""
    return len(address) <= LONGEST_ADDRESS and _USABLE.fullmatch(address) is not None


def domain_of(address: str) -> str:
    """The part after @, in lower case."""
    return address.rpartition("@")[2].lower()
