"""Who holds the reader's data, from where, for what, on which basis, and what its rights are.

The law (PDPA, ม.25 with ม.23) asks for it where the data came from somebody else, and with the first mail
at the latest.
"""

from __future__ import annotations

from services.notifications.composing.cleaning import clean
from services.notifications.composing.office import Office
from services.notifications.composing.wording import Wording
from shared.contracts.partners import LAWFUL_BASES


def notice(source: str, basis: str | None, office: Office, words: Wording, *, alone: bool = False) -> str:
    """In three lines; `source` as the register names it, `basis` one of LAWFUL_BASES. `alone`: it stands in
    a mail of its own, which no coordinator signs."""
    known = basis if basis in LAWFUL_BASES else "other"
    held = words(
        "notice",
        province=office.province(words),
        source=clean(source, words("link_removed")) or words("notice.source.unknown"),
        basis=words(f"notice.basis.{known}"),
    )
    rights = words("notice.rights.alone" if alone else "notice.rights")
    return "\n".join((held, words("notice.kept"), rights))
