"""What an operator does after a restore: looks at what was held back, and lets it go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from services.notifications.application.viewing import delivery_view
from services.notifications.domain.dispatches import Dispatch, split_delivery_id
from services.notifications.domain.restoring import RESTORED
from shared.clock import Clock

AT_ONCE = 200  # dispatches of one request; a page of deliveries needs fewer


class HeldBack(Protocol):
    """The dispatches that somebody of waits in for an operator."""

    def waiting(self, event_id: str | None = None) -> int: ...

    def page(self, event_id: str | None, after: str | None, limit: int) -> Sequence[Dispatch]: ...

    def release(self, now: Any, event_id: str | None, limit: int) -> int: ...


@dataclass(frozen=True)
class Releasing:
    """`wake` tells the senders of this process."""

    held: HeldBack
    clock: Clock
    wake: Callable[[], None]

    def deliveries(self, event_id: str | None, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` of those held back, after that one."""
        place = split_delivery_id(after or "")
        dispatches = self.held.page(event_id, place[0] if place else None, limit + 1)
        found = (
            delivery_view(dispatch, position, recipient)
            for dispatch in dispatches
            for position, recipient in enumerate(dispatch.recipients)
            if recipient.why == RESTORED and (place is None or (dispatch.id, position) > place)
        )
        return list(islice(found, limit))

    def release(self, event_id: str | None) -> dict[str, Any]:
        """Let some of them go, of one event or of all; how many, and in how many dispatches others wait."""
        deliveries = self.held.release(self.clock.now(), event_id, AT_ONCE)
        if deliveries:
            self.wake()
        return {"deliveries": deliveries, "dispatches_left": self.held.waiting(event_id)}
