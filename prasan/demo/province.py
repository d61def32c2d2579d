"""Lamphun on this machine: the stack, who speaks to it, and what the seed's items are called there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from prasan.commands.seed import signed_as
from prasan.seed.loading import Loaded
from prasan.seed.reading import Item, Seed, read_seed
from prasan.services import LARGEST_PAGE, Services
from shared.calendar import local_day
from shared.clock import SystemClock
from shared.config import Settings
from shared.testing.stack import Stack

_LOOK_EVERY = 0.1  # seconds
UNSETTLED = frozenset({"held", "pending", "sending", "retry_wait", "uncertain"})


class TooLong(AssertionError):
    """Something that the demo waits for did not happen in time."""


@dataclass
class Province:
    """The running system and its example data."""

    stack: Stack
    seed: Seed = field(default_factory=read_seed)
    loaded: Loaded = field(default_factory=Loaded)
    weekly: set[str] = field(default_factory=set)  # keys of contacts who asked for a weekly digest
    _speakers: dict[str, Services] = field(default_factory=dict)

    def as_(self, subject: str) -> Services:
        """REST calls signed as this subject."""
        if subject not in self._speakers:
            settings = Settings.from_environment(self.stack.operator_environment(), required=())
            self._speakers[subject] = signed_as(settings, subject)
        return self._speakers[subject]

    @property
    def operator(self) -> Services:
        return self.as_("demo")

    @property
    def today(self) -> date:
        return local_day(SystemClock().now())

    def milestone(self, key: str) -> Item:
        """As the seed has it."""
        return {milestone["key"]: milestone for milestone in self.seed.milestones}[key]

    def milestone_id(self, key: str) -> str:
        return self.loaded["milestones", key]

    def coordinator_of(self, key: str) -> Services:
        """Signed as the one who answers for this milestone's project."""
        return self.as_(self.seed.project(key.partition("/")[0])["coordinator"])

    def report(self, key: str, command: str, body: Mapping[str, Any]) -> Any:
        """reach, reschedule, cancel, correct or recall; the answer, with the event's id."""
        services, path = self.coordinator_of(key), f"/v1/milestones/{self.milestone_id(key)}"
        version = services.get("projects", path)["version"]
        return services.post("projects", f"{path}/{command}", dict(body), if_match=version)

    def preview(self, key: str, event_type: str = "milestone.reached") -> tuple[list[Any], list[Any]]:
        """Who would be told, and who not."""
        asked = {"event_type": event_type, "milestone_id": self.milestone_id(key)}
        concerned = list(self._previewed(asked))
        return [c for c in concerned if c["relevant"]], [c for c in concerned if not c["relevant"]]

    def outcome(self, key: str, event_id: str) -> Any:
        """What is known of one alert of a milestone."""
        path = f"/v1/milestones/{self.milestone_id(key)}/outcome"
        alerts = self.operator.get("projects", path)["alerts"]
        return next(alert for alert in alerts if alert["event_id"] == event_id)

    def settled_outcome(self, key: str, event_id: str, seconds: float) -> Any:
        """The outcome, once nothing of it waits any more. Raises TooLong."""
        return until(lambda: settled(self.outcome(key, event_id)), seconds)

    def deliveries(self, event_id: str) -> list[Any]:
        return list(
            self.operator.items("notifications", "/v1/deliveries", event=event_id, limit=LARGEST_PAGE)
        )

    def addresses(self) -> dict[str, str]:
        """Contact id → address, of the seed's contacts that have one."""
        return {self.loaded["contacts", c["key"]]: c["address"] for c in self.seed.contacts if c["address"]}

    def _previewed(self, asked: Mapping[str, Any]) -> Iterator[Any]:
        after: str | None = None
        while True:
            query = {"limit": LARGEST_PAGE, "after": after}
            page = self.operator.post("partners", "/v1/audience/preview", asked, query=query)
            yield from page["items"]
            after = page.get("next")
            if not after:
                return


def settled(outcome: Any) -> Any:
    """The outcome if every delivery in it has come to its end, else None."""
    open_ones = [c for c in outcome["counts"] if c["state"] in UNSETTLED and c["why"] != "final"]
    return None if outcome["waiting"] is None or outcome["waiting"] or open_ones else outcome


def until(look: Callable[[], Any], seconds: float) -> Any:
    """What `look` finds, once it finds something. Raises TooLong."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TooLong(f"{seconds:.0f} s")
        time.sleep(_LOOK_EVERY)
    return found
