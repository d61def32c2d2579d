"""A steady load of reports: one after the other, each repeated with its Idempotency-Key until answered."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from prasan.services import ServiceRefused, Services, ServiceSilent

PACE = 0.12  # seconds between two reports
PATIENCE = 60.0  # seconds in which a report must have been answered
_AGAIN_AFTER = 0.1
IN_A_YEAR = (date.today() + timedelta(days=365)).isoformat()  # no reminder is due in any run
REASON = {"th": "ตามมติที่ประชุม", "en": "As the meeting decided"}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "reach": {},
    "reschedule": {"due_date": (date.today() + timedelta(days=400)).isoformat(), "reason": REASON},
    "cancel": {"reason": REASON},
}


@dataclass
class Planned:
    """A milestone, the commands to be reported on it, and its version as last seen."""

    id: str
    visibility: str
    version: int
    commands: Sequence[str]
    number: int = 0  # in its title


@dataclass(frozen=True)
class Accepted:
    """What was answered with success."""

    event_id: str
    milestone: Planned
    command: str


class NotAnswered(AssertionError):
    """A report was not answered in time, or was refused."""


@dataclass
class Load:
    """Reports everything planned in its own thread, to one replica of projects as long as it answers.

    `repeats` counts how often an answer was lost.
    """

    services: Services
    planned: Sequence[Planned]
    replicas: Sequence[str]
    pace: float = PACE
    accepted: list[Accepted] = field(default_factory=list)
    repeats: int = 0
    _error: BaseException | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> list[Accepted]:
        """Everything accepted, once all is answered. Raises NotAnswered."""
        assert self._thread is not None
        self._thread.join(2 * PATIENCE)
        if self._error is not None:
            raise self._error
        if self._thread.is_alive():
            raise NotAnswered(f"{len(self.accepted)} reports answered after {2 * PATIENCE:.0f} s")
        return self.accepted

    def _run(self) -> None:
        try:
            for milestone in self.planned:
                for command in milestone.commands:
                    began = time.monotonic()
                    self._report(milestone, command)
                    time.sleep(max(0.0, self.pace - (time.monotonic() - began)))
        except BaseException as error:
            self._error = error

    def _report(self, milestone: Planned, command: str) -> None:
        key, path = uuid.uuid4().hex, f"/v1/milestones/{milestone.id}/{command}"
        body, version = dict(BODIES[command]), milestone.version
        answer = self._until_answered(
            lambda: self.services.post("projects", path, body, key=key, if_match=version)
        )
        milestone.version = int(answer["version"])
        self.accepted.append(Accepted(str(answer["event_id"]), milestone, command))

    def _until_answered(self, send: Callable[[], Any]) -> Any:
        """Asks again, whatever is down, until there is an answer. Raises NotAnswered."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                return send()
            except ServiceSilent:
                pass
            except ServiceRefused as refused:
                if refused.status < 500:
                    raise NotAnswered(f"refused: {refused} {refused.fields}") from refused
            self.repeats += 1
            self.services.urls["projects"] = self.replicas[self.repeats % len(self.replicas)]
            time.sleep(_AGAIN_AFTER)
        raise NotAnswered(f"no answer to a report within {PATIENCE:.0f} s")
