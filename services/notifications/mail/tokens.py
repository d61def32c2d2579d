"""Signed addresses: a bounce, a reply or a wish to stop names its delivery, and nobody can make one up.

The token is `{delivery id}-{signature}` in the characters that every mail system keeps: lower case letters,
digits, dots and hyphens. Colons become dots; of a dispatch whose id is too long for an address stands a hash
in it. The signature is a keyed BLAKE2 hash (RFC 7693), a tenth of the cost of an HMAC.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import blake2b

from shared.sealing import derive_key

BOUNCE, REPLY, STOP = "b", "r", "s"
ONE_CLICK = "u"  # the same wish as STOP, in the address of a page (RFC 8058)
HASHED = "x"  # begins a token with a hash; ids begin with a ULID, which has no x in that place
_LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
_SIGNATURE = 6  # bytes: nobody guesses one of 2^48 by sending mails
_HASH = 10  # bytes


class SignedAddresses:
    """Addresses beside MAIL_FROM: `prasan+b01j….12.0.3.17-4f1d09a2b7c3@lamphun.example.org`.

    What `previous` secrets have signed is read as well, so that a change of the key breaks no mail that
    lies in a mailbox already.
    """

    def __init__(self, secret: str, mail_from: str, previous: Sequence[str] = ()) -> None:
        self._key = derive_key(secret, "mail-addresses")
        self._keys = (self._key, *(derive_key(each, "mail-addresses") for each in previous))
        local, _, self._domain = mail_from.rpartition("@")
        self._local = local
        self._longest_token = _LONGEST_LOCAL_PART - len(local) - len("+b-") - 2 * _SIGNATURE
        self._plain = mail_from

    def address(self, purpose: str, delivery_id: str) -> str:
        """The address for this purpose; MAIL_FROM itself where its local part leaves no room for a token."""
        token = self._token(delivery_id)
        local = f"{self._local}+{purpose}{token}-{_signature(self._key, purpose, token)}"
        return f"{local}@{self._domain}" if len(token) <= self._longest_token else self._plain

    def page(self, delivery_id: str) -> str:
        """The last part of the address of the page that stops all mails by one click."""
        token = self._token(delivery_id)
        return f"{token}-{_signature(self._key, ONE_CLICK, token)}"

    def read(self, purpose: str, address: str) -> str | None:
        """The token of an address that we signed for this purpose; None for any other.

        Mail systems may change the case, and the domain where they forward: neither is signed.
        """
        local = address.rpartition("@")[0].lower()
        begin = f"{self._local.lower()}+{purpose}"
        return self._genuine(purpose, local.removeprefix(begin)) if local.startswith(begin) else None

    def read_page(self, last_part: str) -> str | None:
        """The token in what `page` made; None for anything else."""
        return self._genuine(ONE_CLICK, last_part.lower())

    def seems_ours(self, address: str) -> bool:
        """Whether it has the form of a signed address, genuine or not."""
        return address.lower().startswith(f"{self._local.lower()}+")

    def is_for_us(self, address: str) -> bool:
        """Whether mail to this address is mail to MAIL_FROM, signed or not."""
        return self.seems_ours(address) or address.rpartition("@")[0].lower() == self._local.lower()

    def _token(self, delivery_id: str) -> str:
        token = plain_token(delivery_id)
        return token if len(token) <= self._longest_token else hashed_token(delivery_id)

    def _genuine(self, purpose: str, signed: str) -> str | None:
        token, _, signature = signed.rpartition("-")
        if not token or not signature.isascii():
            return None
        made = (_signature(key, purpose, token) for key in self._keys)
        return token if any(hmac.compare_digest(signature, each) for each in made) else None


def plain_token(delivery_id: str) -> str:
    """The delivery's id in the characters of an address."""
    return delivery_id.lower().replace(":", ".")


def hashed_token(delivery_id: str) -> str:
    """`x{hash of the dispatch's id}.{position}`, for ids that do not fit."""
    dispatch, _, position = delivery_id.rpartition(":")
    digest = blake2b(dispatch.lower().encode(), digest_size=_HASH).hexdigest()
    return f"{HASHED}{digest}.{position}"


def _signature(key: bytes, purpose: str, token: str) -> str:
    return blake2b(f"{purpose}{token}".encode(), key=key, digest_size=_SIGNATURE).hexdigest()
