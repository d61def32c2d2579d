"""Who holds the reader's data, from where, for what, on which basis, and what its rights are.

The law (PDPA, ม.25 with ม.23) asks for it where the data came from somebody else, and with the first mail
at the latest.
"""

from __future__ import annotations

from services.notifications.composing.cleaning import clean
from services.notifications.composing.office import Office
from services.notifications.composing.wording import Wording
from shared.contracts.partners import LAWFUL_BASES


def notice(source: str, basis: str | None, office: Office, words: Wording) -> str:
    """In one paragraph; `source` as the register names it, `basis` one of LAWFUL_BASES."""
    known = basis if basis in LAWFUL_BASES else "other"
    return words(
        "notice",
        province=office.province(words),
        source=clean(source, words("link_removed")) or words("notice.source.unknown"),
        basis=words(f"notice.basis.{known}"),
    )
