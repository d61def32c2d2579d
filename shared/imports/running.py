"""Applies what is stored, row by row. A crash repeats at most one batch, whose rows are known again by
their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import structlog

from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.errors import Refusal, VersionConflict
from shared.imports.store import Import, ImportRow, ImportStore, Result
from shared.mongo import DEPENDENCY_DOWN

BATCH = 100  # rows: the fewer writes, since the document grows with its results
WAIT: tuple[type[Exception], ...] = (*DEPENDENCY_DOWN, VersionConflict)  # what the next run may find mended

log = structlog.get_logger(__name__)

Codes = Mapping[tuple[str, str], str]  # (sheet, code in the file) → id at the service


class Applying(Protocol):
    """What a service makes of one row; the same again if it is asked again."""

    def apply(self, under: Import, row: ImportRow, codes: Codes) -> Result:
        """Raises Refusal, DependencyDown."""


class Importer:
    """`audit` keeps the event that says what was imported."""

    def __init__(
        self,
        service: str,
        store: ImportStore,
        applying: Applying,
        audit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._service = service
        self._store = store
        self._applying = applying
        self._audit = audit
        self._clock = clock

    def run(self) -> int:
        """Everything that is not done yet; how many rows. Raises DependencyDown: the next run goes on."""
        return sum(self._finish(identity) for identity in self._store.unfinished())

    def _finish(self, identity: str) -> int:
        under = self._store.load(identity)
        if under is None:
            return 0
        done = list(under.results)
        codes = dict(_codes(done))
        while len(done) < len(under.rows):
            batch = under.rows[len(done) : len(done) + BATCH]
            results = self._applied(under, batch, codes)
            if not self._store.applied(identity, len(done), results):
                return 0  # another replica is at it
            done += results
        self._audit(self._event(under, done))
        self._store.finish(identity, self._clock.now())
        log.info("imported", id=identity, rows=len(done), by=under.by)
        return len(done) - len(under.results)

    def _applied(
        self, under: Import, batch: Sequence[ImportRow], codes: dict[tuple[str, str], str]
    ) -> list[Result]:
        """What became of each; `codes` grows by what the rows are called."""
        results: list[Result] = []
        for row in batch:
            results.append(self._one(under, row, codes))
            codes.update(_codes(results[-1:]))
        return results

    def _one(self, under: Import, row: ImportRow, codes: Codes) -> Result:
        try:
            return self._applying.apply(under, row, codes)
        except Refusal as refusal:
            code = refusal.errors[0].code if refusal.errors else refusal.code
            return Result(row.sheet, row.number, "refused", problem=code)
        except WAIT:
            raise
        except Exception:  # what nobody foresaw must not keep the other rows from being applied
            log.exception("row_not_imported", id=under.id, sheet=row.sheet, row=row.number)
            return Result(row.sheet, row.number, "refused", problem="failed")

    def _event(self, under: Import, results: Sequence[Result]) -> Event:
        """For the history alone: nobody has to act on it."""
        counts = Counter(result.what for result in results)
        return Event(
            id=f"{under.id}:1",
            type=f"{self._service}.import.finished.v1",
            source=f"prasan/{self._service}",
            subject=f"imports/{under.id}",
            time=self._store.get(under.id)["at"],  # the same whoever finishes it
            version=1,
            data={"import_id": under.id, "rows": len(results), "counts": dict(counts)},
            actor=under.by,
        )


def _codes(results: Sequence[Result]) -> Iterator[tuple[tuple[str, str], str]]:
    return (((r.sheet, r.code), r.id) for r in results if r.code and r.id)
