"""An audience page names each reason once, since the people of one organisation are told for the same.

`{"reasons": [reason, …], "contacts": [{"contact_id", "contact_version", "reasons": [place, …]}, …]}`: a
place counts from 0 in `reasons`. That is a third of the bytes for ten people in each organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import Unreadable


def contacts_of(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The contacts of a page, each with its reasons whole; contacts share them, so change none.

    Raises Unreadable("no-such-reason") where a place names none.
    """
    reasons = page["reasons"]
    try:
        return [
            contact | {"reasons": [reasons[n] for n in contact["reasons"]]} for contact in page["contacts"]
        ]
    except IndexError:
        raise Unreadable("no-such-reason", f"the page names {len(reasons)} reasons") from None
