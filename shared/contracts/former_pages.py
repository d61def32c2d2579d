"""Audience pages as they were first: each contact with its own reasons, however many share them.

Only migrations know this form, so that what is in databases of that time can be read and said again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_former(page: Mapping[str, Any]) -> bool:
    """Whether its contacts have their reasons with them."""
    return "contacts" in page and "reasons" not in page


def each_reason_once(page: Mapping[str, Any]) -> dict[str, Any]:
    """The same page with its reasons beside its contacts, in the order in which they first come."""
    reasons: list[Any] = []
    contacts = []
    for contact in page["contacts"]:
        for reason in contact["reasons"]:
            if reason not in reasons:
                reasons.append(reason)
        contacts.append({**contact, "reasons": [reasons.index(reason) for reason in contact["reasons"]]})
    return {**page, "reasons": reasons, "contacts": contacts}
