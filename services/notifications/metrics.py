"""Figures of the senders for Prometheus. Labels never name a person, an address or a domain."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MAILS = Counter("prasan_mails_total", "Mails offered to the mail server, by what became of them", ["verdict"])
TROUBLES = Counter("prasan_mail_server_troubles_total", "Times that the mail server was in trouble")
REPORT_TO_ACCEPTANCE = Histogram(
    "prasan_report_to_acceptance_seconds",
    "From the moment of a report until a contact's mail server took the mail about it; the hold, quiet hours "
    "and waiting for a digest included",
    buckets=(1, 2, 5, 10, 30, 60, 120, 150, 180, 240, 300, 600, 1800, 3600, 14400, 86400, 604800),
)
DUE = Gauge("prasan_dispatches_due", "Dispatches that should have been sent by now")
OLDEST_DUE = Gauge("prasan_oldest_due_seconds", "How long the oldest of them has been due")
RESTING = Gauge("prasan_sender_resting_seconds", "How long the sender rests at present")
RECOVERED = Counter("prasan_dispatches_recovered_total", "Dispatches settled in place of a lane that did not")
CLAIM_SECONDS = Histogram("prasan_claim_seconds", "From the claim of some dispatches to their settlement")
