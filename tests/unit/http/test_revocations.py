"""The list of revoked tokens, read from the database now and then."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from shared.auth import Caller
from shared.errors import DependencyDown, Unauthorised
from shared.http.revocations import FRESH_SECONDS, RevocationList
from shared.testing.clock import FixedClock


class Stored:
    """A database of revoked ids that can be down."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.reads = 0
        self.down = False

    def __call__(self) -> Iterable[str]:
        self.reads += 1
        if self.down:
            raise DependencyDown("database")
        return self.ids


def caller(token_id: str) -> Caller:
    return Caller("somchai", frozenset(), token_id=token_id)


def test_a_revocation_is_noticed_within_seconds(clock: FixedClock) -> None:
    """One read serves every request of the next five seconds."""
    stored = Stored()
    revocations = RevocationList(stored, clock)
    revocations.check(caller("t1"))

    stored.ids.add("t1")
    revocations.check(caller("t1"))
    assert stored.reads == 1
    clock.advance(seconds=FRESH_SECONDS + 0.1)

    with pytest.raises(Unauthorised) as refused:
        revocations.check(caller("t1"))
    assert refused.value.code == "token-revoked"
    revocations.check(caller("t2"))
    assert stored.reads == 2


def test_what_this_process_revoked_counts_at_once(clock: FixedClock) -> None:
    """`forget` after a revocation of our own."""
    stored = Stored()
    revocations = RevocationList(stored, clock)
    revocations.check(caller("t1"))
    stored.ids.add("t1")

    revocations.forget()

    with pytest.raises(Unauthorised):
        revocations.check(caller("t1"))


def test_without_the_database_nobody_is_let_in_on_trust(clock: FixedClock) -> None:
    """Whether a token still counts cannot be known: try again later."""
    stored = Stored()
    revocations = RevocationList(stored, clock)
    revocations.check(caller("t1"))
    stored.down = True
    clock.advance(seconds=FRESH_SECONDS + 0.1)

    with pytest.raises(DependencyDown):
        revocations.check(caller("t1"))
    stored.down = False
    revocations.check(caller("t1"))
