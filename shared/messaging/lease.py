"""A lease in the database: one of several replicas does a job, and another takes over when it stops."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

COLLECTION = "leases"


class Lease:
    """Saves work, guards nothing: whoever holds it may find that another does too."""

    def __init__(self, database: Database[dict[str, Any]], name: str, holder: str, lasts: timedelta) -> None:
        # Not journaled: losing it in a crash costs a moment of double work.
        self._leases = database.get_collection(COLLECTION, write_concern=WriteConcern(w=1, j=False))
        self._name = name
        self._holder = holder
        self._lasts = lasts

    def take(self, now: datetime) -> bool:
        """True if it is ours until `now` plus its length; `now` is the database's clock."""
        free = {"_id": self._name, "$or": [{"holder": self._holder}, {"until": {"$lt": now}}]}
        ours = {"$set": {"holder": self._holder, "until": now + self._lasts}}
        try:
            self._leases.update_one(free, ours, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    def give_back(self) -> None:
        self._leases.delete_one({"_id": self._name, "holder": self._holder})
