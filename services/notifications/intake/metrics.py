"""Figures of the intake for Prometheus. Labels never name a person or an address."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

ARRIVED = Counter("prasan_incoming_total", "Mails that came in, by road", ["source", "known"])
HANDLED = Counter("prasan_incoming_handled_total", "What became of mails that came in", ["outcome"])
ANSWERED = Counter("prasan_acknowledgements_total", "Acknowledgements, by what became of them", ["state"])
IMAP_ALIVE = Gauge("prasan_imap_looked_seconds", "When the mailbox was last looked through (Unix time)")
