"""A person takes a lawful basis back, or objects to it (PDPA, ม.19 and ม.32): from then on, no mail."""

from __future__ import annotations

from datetime import datetime

from services.partners.application.orders import Order
from services.partners.application.ports import Record
from services.partners.application.records import Register, millisecond
from shared.clock import Clock
from shared.errors import Conflict, FieldError, Invalid


class Consenting:
    """What was sent before stays lawful; what waits is not sent any more, since every mail asks again."""

    def __init__(self, contacts: Register, clock: Clock) -> None:
        self._contacts = contacts
        self._clock = clock

    def withdraw(
        self, contact_id: str, version: int, purpose: str, at: datetime | None, order: Order
    ) -> Record:
        """The contact; asked again, unchanged. Raises NotFound, Conflict, Invalid, PreconditionFailed."""
        record = self._contacts.get(contact_id)
        basis = record["lawful_bases"].get(purpose)
        if basis is None:
            raise Conflict("no-basis-to-withdraw")
        if basis.get("withdrawn_at"):
            return record
        now = millisecond(self._clock.now())
        if at is not None and at > now:
            raise Invalid(errors=[FieldError("/at", "withdrawn-in-the-future")])
        bases = {**record["lawful_bases"], purpose: {**basis, "withdrawn_at": at or now}}
        return self._contacts.change(contact_id, version, {"lawful_bases": bases}, order)
