"""Signed addresses: a bounce, a reply or a wish to stop names its delivery, and nobody can make one up.

The token is `{delivery id}-{signature}` in the characters that every mail system keeps: lower case letters,
digits, dots and hyphens. Colons become dots. The signature is a keyed BLAKE2 hash (RFC 7693), a tenth of
the cost of an HMAC.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b

from shared.sealing import derive_key

BOUNCE, REPLY, STOP = "b", "r", "s"
_LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
_SIGNATURE = 6  # bytes: nobody guesses one of 2^48 by sending mails


class SignedAddresses:
    """Addresses beside MAIL_FROM: `prasan+b01j….12.0.3.17-4f1d09a2b7c3@lamphun.example.org`."""

    def __init__(self, secret: str, mail_from: str) -> None:
        self._key = derive_key(secret, "mail-addresses")
        local, _, self._domain = mail_from.rpartition("@")
        self._local = local
        self._plain = mail_from

    def address(self, purpose: str, delivery_id: str) -> str:
        """The address for this purpose; MAIL_FROM itself where the id is too long for an address."""
        token = delivery_id.lower().replace(":", ".")
        local = f"{self._local}+{purpose}{token}-{self._signature(purpose, token)}"
        return f"{local}@{self._domain}" if len(local) <= _LONGEST_LOCAL_PART else self._plain

    def read(self, purpose: str, address: str) -> str | None:
        """The token of an address that we signed for this purpose, as `{delivery id}` in lower case with
        dots for colons; None for any other."""
        local = address.rpartition("@")[0].lower()
        token, _, signature = local.removeprefix(f"{self._local.lower()}+{purpose}").rpartition("-")
        genuine = local.startswith(f"{self._local.lower()}+{purpose}") and token
        return token if genuine and hmac.compare_digest(signature, self._signature(purpose, token)) else None

    def _signature(self, purpose: str, token: str) -> str:
        return blake2b(f"{purpose}{token}".encode(), key=self._key, digest_size=_SIGNATURE).hexdigest()
