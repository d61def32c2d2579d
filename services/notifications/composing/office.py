"""Who sends: the province's office, and whether its mails may carry a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notifications.composing.wording import Wording
from shared.thai import in_language


@dataclass(frozen=True)
class Office:
    """`name` in Thai and English (the catalogue's where None); `portal` is shown only with `links`."""

    name: Mapping[str, str] | None = None
    links: bool = False
    portal: str = ""

    def province(self, words: Wording) -> str:
        return in_language(self.name, words.language) or words("office.province")

    def change(self, words: Wording) -> str:
        """How to change or stop these mails."""
        if self.links and self.portal:
            return words("change.link", address=self.portal)
        return words("change")

    def safety(self, words: Wording) -> str:
        """What this mail does not contain and will never ask for."""
        return words("footer.safety.link" if self.links and self.portal else "footer.safety")
