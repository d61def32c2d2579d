"""DKIM signatures (RFC 6376, RFC 8301): rsa-sha256 or ed25519-sha256, relaxed headers, simple body.

Written out here, since dkimpy computes RSA in Python at ten times the cost; a test verifies with dkimpy.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.errors import Misconfigured

_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version",
    b"content-type", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted", b"feedback-id",
)  # fmt: skip
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_Key = RSAPrivateKey | Ed25519PrivateKey


class DkimSigner:
    """Signs mails for one domain with one key."""

    def __init__(self, domain: str, selector: str, key: _Key) -> None:
        self._key = key
        algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"
        self._fixed = (
            f"v=1; a={algorithm}; c=relaxed/simple; d={domain}; s={selector}; "
            f"h={':'.join(name.decode() for name in _SIGNED)}; "
        )

    def sign(self, data: bytes, now: datetime) -> bytes:
        """The message with its DKIM-Signature in front. `data` ends with one CR LF."""
        head, _, body = data.partition(b"\r\n\r\n")
        body_hash = b64encode(hashlib.sha256(body).digest()).decode()
        value = f"{self._fixed}t={int(now.timestamp())}; bh={body_hash}; b="
        canonical = _canonical(head)
        signed = [name + b":" + canonical[name] + b"\r\n" for name in _SIGNED if name in canonical]
        signed.append(b"dkim-signature:" + value.encode())
        signature = b64encode(self._signature(b"".join(signed))).decode()
        return f"DKIM-Signature: {_folded(value)}{_folded_signature(signature)}\r\n".encode() + data

    def _signature(self, content: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(content, PKCS1v15(), SHA256())
        return self._key.sign(hashlib.sha256(content).digest())


def dkim_signer(domain: str, selector: str, key_file: str) -> DkimSigner | None:
    """None where DKIM is not configured. Raises Misconfigured for a file that holds no such key."""
    if not key_file:
        return None
    try:
        key = load_pem_private_key(Path(key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise Misconfigured(f"DKIM_KEY_FILE cannot be read: {type(error).__name__}") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Misconfigured("DKIM_KEY_FILE must hold an RSA or an Ed25519 key in PEM")
    return DkimSigner(domain, selector, key)


def _canonical(head: bytes) -> dict[bytes, bytes]:
    """Header fields in the relaxed form (3.4.2), by lower-case name; the last of each, as 5.4.2 counts."""
    fields = {}
    for line in _FOLD.sub(b"", head).split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = _SPACES.sub(b" ", value).strip()
    return fields


def _folded(value: str) -> str:
    """Lines that mail systems leave alone: folding at a space changes nothing in the relaxed form."""
    return value.replace("; ", ";\r\n ")


def _folded_signature(signature: str) -> str:
    return "".join(f"\r\n {signature[at : at + 72]}" for at in range(0, len(signature), 72))
