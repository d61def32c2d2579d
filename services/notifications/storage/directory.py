"""What every claim reads again, and what recording writes, joined from the stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.domain.subjects import Milestone
from services.notifications.storage.documents import Document
from services.notifications.storage.known_contacts import KnownContacts
from services.notifications.storage.pages import PageStore
from services.notifications.storage.restoring import RestoreNotes
from services.notifications.storage.subjects import SubjectStore
from services.notifications.storage.suppressions import SuppressionList


class MongoDirectory:
    """`ports.Directory`."""

    def __init__(self, database: Database[Document], suppressions: SuppressionList) -> None:
        self._contacts = KnownContacts(database)
        self._subjects = SubjectStore(database)
        self._suppressions = suppressions

    def contacts(self, ids: Iterable[str]) -> Mapping[str, Contact]:
        return self._contacts.of(ids)

    def suppressed(self, fingerprints: Iterable[str]) -> frozenset[str]:
        return self._suppressions.active(fingerprints)

    def subjects(
        self, milestone_ids: Iterable[str], project_ids: Iterable[str]
    ) -> tuple[Mapping[str, Milestone], Mapping[str, str]]:
        return self._subjects.read(milestone_ids, project_ids)


class MongoRecorder(PageStore, SubjectStore, RestoreNotes):
    """`ports.Recorder`: pages, alerts and dispatches once; milestones and projects as they become."""

    def __init__(self, database: Database[Document]) -> None:
        PageStore.__init__(self, database)
        SubjectStore.__init__(self, database)
        RestoreNotes.__init__(self, database)
