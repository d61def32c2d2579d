"""Sealed people and fingerprints of addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Unreadable
from shared.sealing import Sealer, derive_key

SECRET = "0123456789" * 4
PERSON = {"address": "kamonwan@example.org", "name": "กมลวรรณ ใจงาม", "salutation": "คุณ", "position": None}


def test_a_sealed_person_opens_under_the_same_secret_only() -> None:
    """Two services share the secret; a broker's disk, a log or another installation does not."""
    token = Sealer(SECRET).seal(PERSON)

    assert Sealer(SECRET).open(token) == PERSON
    assert "kamonwan" not in token
    with pytest.raises(Unreadable):
        Sealer("another secret, just as long as it").open(token)


@pytest.mark.parametrize("token", ["", "gAAAA", "ภาษาไทย", "\x00", "not base64!"])
def test_what_is_no_seal_is_unreadable(token: str) -> None:
    """A broken token is a dead letter with a cause, not an error nobody expected."""
    with pytest.raises(Unreadable) as refused:
        Sealer(SECRET).open(token)

    assert refused.value.cause == "unreadable-seal"


def test_a_changed_token_is_unreadable() -> None:
    """Nobody rewrites an address on the way."""
    token = Sealer(SECRET).seal(PERSON)

    with pytest.raises(Unreadable):
        Sealer(SECRET).open(token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:])


@given(st.dictionaries(st.text(), st.text(st.characters(exclude_categories=["Cs"])) | st.none()))
def test_any_person_comes_back_as_they_were(person: dict[str, str | None]) -> None:
    """Thai, emoji, right-to-left and empty values survive."""
    assert Sealer(SECRET).open(Sealer(SECRET).seal(person)) == person


@pytest.mark.parametrize(
    "same", [" Kamonwan@Example.ORG ", "KAMONWAN@EXAMPLE.ORG", "\uff2bamonwan@example.org"]
)
def test_one_mailbox_has_one_fingerprint(same: str) -> None:
    """Case, blanks and full-width letters do not make another address of it."""
    assert Sealer(SECRET).fingerprint(same) == Sealer(SECRET).fingerprint("kamonwan@example.org")


def test_a_fingerprint_tells_nothing_without_the_secret() -> None:
    """Whoever knows an address cannot look for its hash."""
    mine, theirs = (
        Sealer(SECRET).fingerprint("a@example.org"),
        Sealer(SECRET[::-1]).fingerprint("a@example.org"),
    )

    assert mine != theirs
    assert len(mine) == 64


def test_each_purpose_has_its_own_key() -> None:
    """A key that leaks from one use opens nothing else."""
    keys = {derive_key(SECRET, purpose) for purpose in ("tokens", "people", "fingerprints")}

    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}


def test_what_was_sealed_before_the_secret_changed_is_opened_and_addresses_are_recognised() -> None:
    """A new secret seals; the previous ones open, and the fingerprint's own secret stays."""
    new = "a new secret, longer than thirty-two characters"
    before, after = Sealer(SECRET), Sealer(new, ["one in between, longer than it has to be", SECRET], SECRET)

    assert after.open(before.seal(PERSON)) == PERSON
    assert Sealer(new).open(after.seal(PERSON)) == PERSON
    assert after.fingerprint("a@example.org") == before.fingerprint("a@example.org")
    with pytest.raises(Unreadable):
        before.open(after.seal(PERSON))
