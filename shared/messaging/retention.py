"""How long what was handled is remembered: dedupe records live longer than any replay may be late."""

from __future__ import annotations

from datetime import timedelta

RETENTION = timedelta(days=90)
