"""Mails are stored before anything else: only then does whoever brought them forget them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.intake import metrics
from services.notifications.intake.application.ports import Arrived, IncomingBook
from shared.clock import Clock
from shared.failpoints import failpoint

LARGEST_KEPT = 1024 * 1024  # bytes of a mail; an answer stands in its beginning


@dataclass(frozen=True)
class Taking:
    """`wake` tells the handler that there is something to do."""

    book: IncomingBook
    clock: Clock
    wake: Callable[[], None]

    def take(
        self,
        raw: bytes,
        source: str,
        envelope_to: Sequence[str] = (),
        null_sender: bool = False,
        size: int | None = None,
        came_at: datetime | None = None,
    ) -> bool:
        """False: it was here before. Raises DependencyDown, and then it has to be brought again."""
        arrived = Arrived(
            raw[:LARGEST_KEPT], source, len(raw) if size is None else size, envelope_to, null_sender, came_at
        )
        new = self.book.add(arrived, self.clock.now())
        failpoint("incoming.kept")
        metrics.ARRIVED.labels(source, "new" if new else "known").inc()
        if new:
            self.wake()
        return new
