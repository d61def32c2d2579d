"""The collections of this service, which of them have an outbox, and the indexes that its questions need.

No compound index has two arrays: mongod refuses it. A MongoDB user of this service needs readWrite only.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shared.imports.store import COLLECTION as IMPORTS
from shared.mongo import database_errors

PARTNERS, CONTACTS = "partners", "contacts"
ENGAGEMENTS, SUBSCRIPTIONS, SHAPES = "engagements", "subscriptions", "subscription_shapes"
PAGES, HEADS = "audience_pages", "audiences"
PROJECTS, MILESTONES = "projects", "milestones"

WITH_OUTBOX = (CONTACTS, PAGES, HEADS)

ONE_ADDRESS: dict[str, Any] = {"unique": True, "sparse": True, "name": "one_address"}

_INDEXES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (PARTNERS, "missions", {}),
    (PARTNERS, "kinds", {}),
    (PARTNERS, "name.th", {}),
    (CONTACTS, "partner_ids", {}),
    (CONTACTS, "fingerprint", ONE_ADDRESS),
    (CONTACTS, "unfinished_since", {"sparse": True}),
    (CONTACTS, "erased_fingerprint", {"sparse": True}),
    (IMPORTS, "state", {}),
    (ENGAGEMENTS, "project_id", {}),
    (ENGAGEMENTS, "partner_id", {}),
    (ENGAGEMENTS, "contact_id", {"sparse": True}),
    (SUBSCRIPTIONS, "keys", {"sparse": True}),
    (SUBSCRIPTIONS, "partner_id", {}),
    (PAGES, "event_id", {}),
    (HEADS, "milestone_id", {}),
    (MILESTONES, "project_id", {}),
)


def ensure_indexes(database: Database[dict[str, Any]]) -> None:
    """Create what is missing. Raises DependencyDown."""
    with database_errors():
        for collection, field, options in _INDEXES:
            database[collection].create_index(field, **options)
        for collection in WITH_OUTBOX:
            database[collection].create_index("outbox.id", sparse=True)
