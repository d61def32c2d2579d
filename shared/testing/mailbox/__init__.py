"""A local mail server that keeps every message and misbehaves on demand."""

from shared.testing.mailbox.faults import Fault
from shared.testing.mailbox.mailbox import Mailbox
from shared.testing.mailbox.store import Received

__all__ = ["Fault", "Mailbox", "Received"]
