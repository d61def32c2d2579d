"""Figures of the senders for Prometheus. Labels never name a person, an address or a domain."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MAILS = Counter("prasan_mails_total", "Mails offered to the mail server, by what became of them", ["verdict"])
TROUBLES = Counter("prasan_mail_server_troubles_total", "Times that the mail server was in trouble")
RESTING = Gauge("prasan_sender_resting_seconds", "How long the sender rests at present")
RECOVERED = Counter("prasan_dispatches_recovered_total", "Dispatches settled in place of a lane that did not")
CLAIM_SECONDS = Histogram("prasan_claim_seconds", "From the claim of some dispatches to their settlement")
