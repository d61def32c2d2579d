"""Makes three restored databases agree, and lets nothing be said twice.

They were read one after the other while everything went on, the ledger first, and what was in the broker's
queues is gone. So everything that one of them said and the next one does not know is said again; nothing that
comes of it is sent by itself, since it may have been sent after the backup. docs/decisions/0015 says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from prasan.databases import Place, server_errors
from services.notifications.domain.dispatches import SLICE, dispatch_id
from services.notifications.storage.restoring import Restore, RestoredLedger, RestoreNotes
from services.partners.domain.relevance import has_audience
from services.partners.storage.restoring import RestoredPartners
from services.projects.application.wording import area_words
from services.projects.service.wiring import LOCALE
from services.projects.storage.restoring import RestoredProjects, Said
from shared.config import Settings
from shared.i18n import SHARED_LOCALE, Catalogue
from shared.sealing import Sealer

_OF_PROJECTS = ("projects.project.", "projects.milestone.")


@dataclass(frozen=True)
class Rejoined:
    """`base`: every version from now on is beyond it; `held`: deliveries that wait for an operator;
    `said_again`: events that go out once more, since nobody is known to have heard them; `forgotten`: what
    came into the backup from after its beginning and is without its cause there."""

    base: int
    held: int
    said_again: int
    forgotten: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def rejoin(places: Mapping[str, Place], settings: Settings) -> Rejoined:
    """The three restored databases, ready to be served. Raises DependencyDown."""
    with server_errors():
        restore = _moment(places)
        ledger = RestoredLedger(places["notifications"].database)
        partners = RestoredPartners(places["partners"].database, Sealer.of(settings))
        projects = RestoredProjects(places["projects"].database)
        RestoreNotes(places["notifications"].database).write(restore)

        forgotten = projects.forget_unfounded(partners.heads(), ledger.ids()) + partners.forget_unfounded()
        said = projects.say_again(_unheard(projects, partners))
        said += partners.say_pages_again(_unrecorded(places["notifications"], partners, ledger))
        said += partners.say_heads_again(partners.heads() - projects.audiences())
        said += ledger.tell_suppressions(restore, partners.reachable())

        held = ledger.hold(restore, projects.outcomes())
        ledger.stop_acknowledgements()
        ledger.count_wishes_on(restore, partners.wishing())
        said += partners.leap(restore.base)
        projects.leap(restore.base)
        words = area_words(Catalogue(SHARED_LOCALE, LOCALE))
        said += projects.raise_what_time_made(restore.at, words, time.fromisoformat(settings.reminders_at))
    return Rejoined(restore.base, held, said, forgotten)


def _moment(places: Mapping[str, Place]) -> Restore:
    """Later than anything in the backup by any of the servers' clocks; and a version above every one that
    was given before, also after the backup: no document changes more than once a second for long."""
    now = max(place.clock.now() for place in places.values())
    newest = max(_newest(place) for place in places.values())
    return Restore(now, max(int(now.timestamp()), newest + 1))


def _newest(place: Place) -> int:
    """The highest version in a database."""
    names = [name for name in place.database.list_collection_names() if not name.startswith("system.")]
    found = (
        document
        for name in names
        for document in place.database[name].find({"version": {"$type": "number"}}, {"version": 1})
    )
    return max((int(document["version"]) for document in found), default=0)


def _unheard(projects: RestoredProjects, partners: RestoredPartners) -> list[Said]:
    """Events of which partners has not made a complete audience, or keeps no state as new."""
    heads, known = partners.heads(), partners.known_version()
    return [
        event
        for event in projects.said()
        if (has_audience(event.type, event.historic) and event.id not in heads)
        or (event.type.startswith(_OF_PROJECTS) and event.version > known.get(event.project_id, 0))
    ]


def _unrecorded(place: Place, partners: RestoredPartners, ledger: RestoredLedger) -> list[str]:
    """Pages that the ledger does not have, or not with all their dispatches."""
    pages = {document["_id"] for document in place.database["pages"].find({}, {"_id": 1})}
    dispatches = ledger.ids()
    return [
        page
        for page, relevant in partners.pages().items()
        if page not in pages or not dispatches.issuperset(_dispatches(page, relevant))
    ]


def _dispatches(page: str, relevant: int) -> Iterable[str]:
    event_id, _, number = page.rpartition(":")
    return (dispatch_id(event_id, int(number), part) for part in range(-(-relevant // SLICE)))
