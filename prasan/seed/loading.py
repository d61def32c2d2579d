"""Loads the seed over REST, as many times as one likes: the same request gets its first answer.

Every request carries an Idempotency-Key made of the item's key, so that a second run changes nothing
and a run that broke off goes on. Nothing here alerts anybody: what is in the past is historic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from prasan.seed import bodies
from prasan.seed.reading import Item, Seed
from prasan.services import ServiceRefused, Services

Connect = Callable[[str], Services]  # the services, signed as this subject
Progress = Callable[[str], None]  # called with the kind of each item that is there now

SUBJECT = "prasan-seed"  # whose Idempotency-Keys these are, where no coordinator's are needed
KINDS = (
    "programmes", "projects", "indicators", "measurements", "milestones",
    "partners", "contacts", "engagements", "subscriptions",
)  # fmt: skip
_AT_ONCE = 4
_FORGOTTEN = ("idempotency-key-expired", "already-exists")
_CONFLICT = 409


@dataclass
class Loaded:
    """What the seed's items are called at the services."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)

    def __getitem__(self, kind_and_key: tuple[str, str]) -> str:
        return self.ids[kind_and_key]


def amounts(seed: Seed) -> Mapping[str, int]:
    """How many items of each kind there are to load."""
    return {
        **{kind: len(getattr(seed, kind)) for kind in KINDS if kind != "measurements"},
        "measurements": sum(len(indicator["measurements"]) for indicator in seed.indicators),
    }


def load(seed: Seed, connect: Connect, progress: Progress = lambda kind: None) -> Loaded:
    """Everything, in the order in which things refer to each other.

    Raises ServiceSilent, ServiceRefused.
    """
    loader = _Loader(seed, connect, progress)
    loader.programmes()
    loader.projects()
    loader.partners()
    return loader.loaded


class _Loader:
    def __init__(self, seed: Seed, connect: Connect, progress: Progress) -> None:
        self._seed = seed
        self._services = connect(SUBJECT)
        self._signed_as = {item["key"]: connect(item["key"]) for item in seed.coordinators}
        self._progress = progress
        self.loaded = Loaded()

    def programmes(self) -> None:
        for item in self._seed.programmes:
            body = bodies.programme(item)
            self._make(self._services, "projects", "/v1/programmes", "programmes", item["key"], body)

    def projects(self) -> None:
        _at_once(self._project, self._seed.projects)

    def partners(self) -> None:
        _at_once(self._partner, self._seed.partners)
        _at_once(self._contact, self._seed.contacts)
        _at_once(self._engagement, self._seed.engagements)
        _at_once(self._subscription, self._seed.subscriptions)

    def _project(self, item: Item) -> None:
        """A project with its indicators first, since the criteria of its milestones name them."""
        services = self._signed_as[item["coordinator"]]
        coordinator = self._seed.coordinator(item["coordinator"])
        body = bodies.project(item, coordinator, self.loaded.ids)
        project_id = self._make(services, "projects", "/v1/projects", "projects", item["key"], body)
        for indicator in self._seed.indicators:
            if indicator["project"] == item["key"]:
                self._indicator(services, project_id, indicator)
        for milestone in item["milestones"]:
            self._milestone(services, project_id, milestone)
        self._advance(services, item, project_id)

    def _indicator(self, services: Services, project_id: str, item: Item) -> None:
        path = f"/v1/projects/{project_id}/indicators"
        indicator_id = self._make(
            services, "projects", path, "indicators", item["key"], bodies.indicator(item)
        )
        for measured in item["measurements"]:
            key = f"{item['key']}/{measured['key']}"
            path = f"/v1/indicators/{indicator_id}/measurements"
            self._make(services, "projects", path, "measurements", key, bodies.measurement(measured))

    def _milestone(self, services: Services, project_id: str, item: Item) -> None:
        path, body = f"/v1/projects/{project_id}/milestones", bodies.milestone(item, self.loaded.ids)
        milestone_id = self._make(services, "projects", path, "milestones", item["key"], body)
        if item["status"] == "in_progress":
            self._move(services, f"/v1/milestones/{milestone_id}", "start", item["key"])

    def _advance(self, services: Services, item: Item, project_id: str) -> None:
        """Starts it, and completes what is completed."""
        path = f"/v1/projects/{project_id}"
        if item["status"] in ("in_progress", "completed"):
            self._move(services, path, "start", item["key"])
        if item["status"] == "completed":
            self._move(services, path, "complete", item["key"])

    def _partner(self, item: Item) -> None:
        body = bodies.partner(item)
        self._make(self._services, "partners", "/v1/partners", "partners", item["key"], body)

    def _contact(self, item: Item) -> None:
        body = bodies.contact(item, self.loaded.ids)
        self._make(self._services, "partners", "/v1/contacts", "contacts", item["key"], body)

    def _engagement(self, item: Item) -> None:
        path = f"/v1/partners/{self.loaded['partners', item['partner']]}/engagements"
        key = f"{item['project']}/{item['partner']}/{item['role']}"
        self._make(
            self._services, "partners", path, "engagements", key, bodies.engagement(item, self.loaded.ids)
        )

    def _subscription(self, item: Item) -> None:
        path = f"/v1/partners/{self.loaded['partners', item['partner']]}/subscriptions"
        body = bodies.subscription(item, self.loaded.ids)
        self._make(self._services, "partners", path, "subscriptions", item["key"], body)

    def _make(self, services: Services, service: str, path: str, kind: str, key: str, body: Any) -> str:
        """The id of the item, made now or before."""
        try:
            made = services.post(service, path, body, key=f"seed/{kind}/{key}")
        except ServiceRefused as refused:
            if refused.code not in _FORGOTTEN:
                raise
            made = _alike(services, service, path, body)
        self.loaded.ids[kind, key] = made["id"]
        self._progress(kind)
        return str(made["id"])

    def _move(self, services: Services, path: str, command: str, key: str) -> None:
        """Start or complete; a conflict says that it has moved on since, which is not ours to undo."""
        version = services.get("projects", path)["version"]
        try:
            services.post("projects", f"{path}/{command}", {}, key=f"seed/{command}/{key}", if_match=version)
        except ServiceRefused as refused:
            if refused.status != _CONFLICT:
                raise


def _alike(services: Services, service: str, path: str, body: Mapping[str, Any]) -> Any:
    """What was made so long ago that its key is forgotten: found again by its title."""
    return next(item for item in services.items(service, path) if item.get("title") == body.get("title"))


def _at_once(load_one: Callable[[Item], None], items: Iterable[Item]) -> None:
    """A few side by side; the first error ends it."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for result in [pool.submit(load_one, item) for item in items]:
            result.result()
