"""Creating, changing and ending the records of one kind; what differs between kinds is in its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.partners.application.orders import Order, first_answer
from services.partners.application.ports import Record, Records
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.errors import AlreadyExists, Conflict, DuplicateValue, NotFound, PreconditionFailed


class Rules(Protocol):
    """What one kind of record asks for."""

    kind: str
    taken: Mapping[str, str]  # index that refuses a value → code of the conflict

    def settle(self, before: Record, given: Mapping[str, Any], order: Order, now: datetime) -> Record:
        """Every field to store, out of what was and what is given. Raises Invalid, NotFound."""

    def events(self, record: Record, order: Order) -> Sequence[Event]:
        """What a change of this record tells others."""


class Register:
    """The use cases of one kind."""

    def __init__(self, records: Records, rules: Rules, clock: Clock) -> None:
        self._records = records
        self._rules = rules
        self._clock = clock

    def get(self, record_id: str, **belonging: Any) -> Record:
        """The record, if it belongs where the caller looks for it. Raises NotFound."""
        record = self._records.find(record_id)
        gone = record is None or "erased_at" in record
        if record is None or gone or any(record.get(name) != value for name, value in belonging.items()):
            raise NotFound(f"{self._rules.kind}-not-found")
        return record

    def page(self, wanted: Mapping[str, Any], after: str | None, limit: int) -> list[Record]:
        """By id, one more than `limit` if there is a next page."""
        return self._records.page(wanted, after, limit + 1)

    def create(self, given: Mapping[str, Any], order: Order, **belonging: Any) -> Record:
        """Store a new record; for a retry, what the first attempt was answered.

        Raises Invalid, Conflict, IdempotencyMismatch.
        """
        record_id = order.id_for(self._rules.kind)
        known = self._records.find(record_id) if order.key else None
        return first_answer(known, order) if known else self._store(record_id, given, order, belonging)

    def change(
        self, record_id: str, version: int, given: Mapping[str, Any], order: Order, **belonging: Any
    ) -> Record:
        """Change the given fields only. Raises NotFound, Invalid, Conflict, PreconditionFailed."""
        before = self._current(record_id, version, belonging)
        now = millisecond(self._clock.now())
        settled = self._rules.settle(before, {**given}, order, now)
        after = {**before, **settled, "version": version + 1, "updated_at": now}
        changed = {name: value for name, value in after.items() if name not in ("id", "version", "request")}
        try:
            self._records.update(record_id, version, changed, self._rules.events(after, order))
        except DuplicateValue as error:
            raise self._conflict(error) from error
        return after

    def end(self, record_id: str, version: int, **belonging: Any) -> None:
        """From now on it gives nobody a reason to be told; what it was stays readable."""
        before = self._current(record_id, version, belonging)
        now = millisecond(self._clock.now())
        self._records.update(before["id"], version, {"ended_at": now, "updated_at": now}, (), ("keys",))

    def _store(
        self, record_id: str, given: Mapping[str, Any], order: Order, belonging: Mapping[str, Any]
    ) -> Record:
        now = millisecond(self._clock.now())
        settled = self._rules.settle(dict(belonging), {**given}, order, now)
        record = {"id": record_id, "version": 1, "created_at": now, "updated_at": now, **belonging, **settled}
        try:
            self._records.insert({**record, **order.remember(record)}, self._rules.events(record, order))
        except (AlreadyExists, DuplicateValue) as error:
            return self._answered_meanwhile(record_id, order, error)
        return record

    def _answered_meanwhile(
        self, record_id: str, order: Order, error: AlreadyExists | DuplicateValue
    ) -> Record:
        """Two of the same request at once: the other one stored it."""
        known = self._records.find(record_id) if order.key else None
        if known is not None:
            return first_answer(known, order)
        raise self._conflict(error) from error

    def _current(self, record_id: str, version: int, belonging: Mapping[str, Any]) -> Record:
        record = self.get(record_id, **belonging)
        if record["version"] != version:
            raise PreconditionFailed()
        if record.get("ended_at"):
            raise Conflict(f"{self._rules.kind}-ended")
        return record

    def _conflict(self, error: AlreadyExists | DuplicateValue) -> Conflict:
        index = str(error.params.get("index")) if isinstance(error, DuplicateValue) else ""
        return Conflict(self._rules.taken.get(index, "already-exists"))


def millisecond(instant: datetime) -> datetime:
    """What MongoDB and our timestamps keep, so that an answer does not change by being stored."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
