"""Questions that contacts ask by answering an alert: kept once, read by whoever answers for the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.projects.application.access import require_planner
from services.projects.application.ports import Page, ProjectStore
from shared.auth import Caller
from shared.contracts.envelope import Event
from shared.errors import Unreadable

ASKED = "notifications.reply.received.v1"
ERASED = "partners.contact.erased.v1"
LONGEST = 8_000  # characters of a question that are kept

Document = dict[str, Any]


class QuestionBook(Protocol):
    """The questions of all projects."""

    def add(self, question: Document, fingerprint: str) -> bool:
        """False if it was known. Raises ConflictingDuplicate."""

    def of_project(self, project_id: str, after: str | None, limit: int) -> list[Document]:
        """In the order of their ids, which is the order in which they came."""

    def forget(self, contact_id: str) -> int:
        """Removes what an erased contact asked, and takes nothing of it any more; how many there were."""


@dataclass(frozen=True)
class Questions:
    """`unseal` opens what a contact wrote."""

    book: QuestionBook
    projects: ProjectStore
    unseal: Callable[[str], Mapping[str, Any]]

    def take(self, event: Event) -> None:
        """Raises Unreadable, ConflictingDuplicate."""
        if event.type == ERASED:
            self.book.forget(event.data["contact_id"])
        else:
            self.book.add(_question(event, self.unseal(event.data["sealed"])), event.id)

    def of_project(self, project_id: str, caller: Caller, after: str | None, limit: int) -> Page[Document]:
        """For its coordinator and operators. Raises NotFound, Forbidden."""
        require_planner(self.projects.load(project_id).aggregate, caller)
        found = self.book.of_project(project_id, after, limit + 1)
        part = found[:limit]
        return Page(part, part[-1]["id"] if len(found) > limit else None)


def _question(event: Event, said: Mapping[str, Any]) -> Document:
    if not isinstance(said.get("text"), str) or not isinstance(said.get("name", ""), str):
        raise Unreadable("wrong-question", event.id)
    names = ("contact_id", "delivery_id", "event_id", "project_id", "milestone_id")
    return {
        "id": f"{int(event.time.timestamp() * 1000):013d}-{event.data['reply_id']}",
        "asked_at": event.time,
        "name": said.get("name", "")[:200],
        "text": said["text"][:LONGEST],
        **{name: event.data[name] for name in names},
    }
