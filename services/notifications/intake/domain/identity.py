"""Which mails are the same one: however it was fetched, by whichever road, it is handled once."""

from __future__ import annotations

import hashlib
import re

# What its writer fixed. Fields that servers add on the way differ from road to road.
_STABLE = re.compile(
    rb"^(message-id|date|from|to|subject|in-reply-to|mime-version|content-type):", re.IGNORECASE
)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")


def identity(raw: bytes) -> str:
    """64 hexadecimal digits: of the fields that travel unchanged, and the body."""
    head, _, body = _divided(raw)
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    stable = sorted(b" ".join(line.split()) for line in lines if _STABLE.match(line))
    digest = hashlib.sha256(b"\n".join(stable))
    digest.update(b"\n\n" + body.replace(b"\r\n", b"\n").rstrip(b"\n"))
    return digest.hexdigest()


def _divided(raw: bytes) -> tuple[bytes, bytes, bytes]:
    found = _HEAD_ENDS.search(raw)
    return (raw[: found.start()], found[0], raw[found.end() :]) if found else (raw, b"", b"")
