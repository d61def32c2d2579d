"""Keys derived from the one secret, and what they seal: a person inside an event, an address in a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.config import Settings
from shared.errors import Unreadable


@cache
def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869), so that a token key opens no sealed person."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prasan/{purpose}".encode())
    return derivation.derive(secret.encode())


def normalised_address(address: str) -> str:
    """The form in which one mailbox is one contact: trimmed, NFKC, lower case throughout.

    RFC 5321 lets the part before @ differ by case; no mail server that people use does.
    """
    return unicodedata.normalize("NFKC", address).strip().casefold()


class Sealer:
    """Seals people and fingerprints addresses under keys derived from PRASAN_SECRET_KEY.

    What was sealed under one of `previous` is opened as well. A fingerprint has to stay what it was, so
    that a suppressed address is recognised: its secret does not change when the other does.
    """

    def __init__(self, secret: str, previous: Sequence[str] = (), fingerprint_secret: str = "") -> None:
        keys = (derive_key(each, "people") for each in (secret, *previous))
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
        self._fingerprint_key = derive_key(fingerprint_secret or secret, "fingerprints")

    @classmethod
    def of(cls, settings: Settings) -> Sealer:
        """The one that these settings ask for."""
        secret, previous = settings.prasan_secret_key, settings.previous_secrets
        return cls(secret, previous, settings.prasan_fingerprint_key)

    def seal(self, person: dict[str, Any]) -> str:
        """An opaque token that only `open` under the same secret reads."""
        return self._fernet.encrypt(json.dumps(person, ensure_ascii=False).encode()).decode()

    def open(self, token: str) -> dict[str, Any]:
        """The person inside. Raises Unreadable if it was changed or sealed under another secret."""
        try:
            person = json.loads(self._fernet.decrypt(token.encode()))
        except (InvalidToken, ValueError) as error:
            raise Unreadable("unreadable-seal") from error
        if not isinstance(person, dict):
            raise Unreadable("unreadable-seal", "not an object")
        return person

    def fingerprint(self, address: str) -> str:
        """A keyed hash (HMAC-SHA256, hex): the same for one address, meaningless without the secret."""
        return hmac.new(
            self._fingerprint_key, normalised_address(address).encode(), hashlib.sha256
        ).hexdigest()
