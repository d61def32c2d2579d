"""The short number a reader can say on the telephone: LPN-7K4M."""

from __future__ import annotations

from hashlib import sha256

PREFIX = "LPN"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to mistake
_LENGTH = 4


def reference(event_id: str, contact_id: str) -> str:
    """The same for the same event and contact, whoever computes it; about a million different ones."""
    digest = sha256(f"{event_id}\n{contact_id}".encode("utf-8", "replace")).digest()
    bits = int.from_bytes(digest[:5])
    letters = (_LETTERS[bits >> shift & 31] for shift in range(0, 5 * _LENGTH, 5))
    return f"{PREFIX}-{''.join(letters)}"
