"""Partners and contacts out of a spreadsheet: checked as a whole, then added row by row. What is there
already is never overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from services.partners.application.contacts import MOST_PARTNERS, Sealing
from services.partners.application.orders import Key, Order
from services.partners.application.partners import PartnerRules
from services.partners.application.ports import Record, Records
from services.partners.application.records import Register, millisecond
from services.partners.domain.address import address
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Conflict, DependencyDown, FieldError, Invalid, PreconditionFailed, VersionConflict
from shared.imports.store import Import, ImportRow, ImportStore, Result, import_id, same_rows

PARTNERS, CONTACTS = "partners", "contacts"
ATTEMPTS = 10  # against others who change the same contact
Body = Mapping[str, Any]


class Lookup(Protocol):
    """Who is there already."""

    def partner_named(self, name: str) -> str | None:
        """The id of one that has not ended."""

    def contact_at(self, fingerprint: str) -> Record | None: ...

    def was_erased(self, fingerprint: str) -> bool:
        """Somebody with this address asked to be forgotten."""

    def without_address(self, partner_id: str, name: str) -> str | None:
        """The id of a contact of this partner and name that is told by hand."""


class PartnerImports:
    """The use cases of `/v1/imports`, and what becomes of each row."""

    def __init__(
        self,
        store: ImportStore,
        partners: Register,
        contacts: Register,
        known_contacts: Records,
        lookup: Lookup,
        sealer: Sealing,
        clock: Clock,
    ) -> None:
        self._store = store
        self._registers = {PARTNERS: partners, CONTACTS: contacts}
        self._contacts = known_contacts
        self._lookup = lookup
        self._sealer = sealer
        self._clock = clock

    def check(self, body: Body, caller: Caller) -> None:
        """The rules that join rows. Raises Invalid, naming each member by its place in the request."""
        errors = [
            *_repeated(body[PARTNERS], PARTNERS, "code", lambda row: row["code"]),
            *_repeated(body[PARTNERS], PARTNERS, "name", lambda row: row["name"]["th"]),
            *self._partner_errors(body[PARTNERS]),
            *self._contact_errors(body),
        ]
        if not body[PARTNERS] and not body[CONTACTS]:
            errors.append(FieldError("/partners", "required"))
        if errors:
            raise Invalid(errors=errors[:200])

    def hand_in(self, body: Body, caller: Caller) -> dict[str, Any]:
        """Stored as one, to be applied soon; the same rows again are the same import. Raises Invalid."""
        self.check(body, caller)
        rows = [ImportRow(sheet, row["row"], row) for sheet in (PARTNERS, CONTACTS) for row in body[sheet]]
        identity = import_id("partners", same_rows(rows))
        about = {"file": body["file"], "sha256": body["sha256"], "by": caller.subject}
        at, roles = millisecond(self._clock.now()), sorted(caller.roles)
        new = self._store.add(identity, {**about, "roles": roles, "at": at}, rows)
        return {**self._store.get(identity), "known": not new}

    def apply(self, under: Import, row: ImportRow, codes: Mapping[tuple[str, str], str]) -> Result:
        """Raises Refusal, DependencyDown."""
        order = Order(under.by, Key(f"import/{under.id}/{row.sheet}/{row.number}", under.id))
        given = {name: value for name, value in row.body.items() if name not in ("row", "code", "partners")}
        if row.sheet == PARTNERS:
            what, identity = self._partner(given, order)
            return Result(row.sheet, row.number, what, identity, row.body["code"])
        partner_ids = [codes[PARTNERS, code] for code in row.body["partners"] if (PARTNERS, code) in codes]
        if len(partner_ids) < len(row.body["partners"]):
            return Result(row.sheet, row.number, "refused", problem="partner-not-found")
        what, contact = self._contact(given, partner_ids, order)
        return Result(row.sheet, row.number, what, contact)

    def _partner(self, given: Body, order: Order) -> tuple[str, str]:
        identity = order.id_for("partner")
        named = self._lookup.partner_named(given["name"]["th"])
        if named not in (None, identity):
            return "existing", str(named)
        created = self._registers[PARTNERS].create(given, order)
        return "created", str(created["id"])

    def _contact(self, given: Body, partner_ids: Sequence[str], order: Order) -> tuple[str, str | None]:
        identity = order.id_for("contact")
        known = self._contacts.find(identity)
        if known is not None:
            return ("erased", None) if known.get("erased_at") else ("created", identity)
        if given["address"] is None:
            told_by_hand = self._lookup.without_address(partner_ids[0], given["name"]["th"])
            if told_by_hand:
                return "existing", told_by_hand
            return "created", self._create(given, partner_ids, order)
        fingerprint = self._sealer.fingerprint(address(given["address"]).sent)
        if self._lookup.was_erased(fingerprint):
            return "erased", None
        if self._lookup.contact_at(fingerprint) is None:
            try:
                return "created", self._create(given, partner_ids, order)
            except Conflict as conflict:
                if conflict.code != "address-taken":
                    raise
        return self._merged(fingerprint, partner_ids, order)

    def _create(self, given: Body, partner_ids: Sequence[str], order: Order) -> str:
        body = {**given, "partner_ids": list(partner_ids), "imported_at": millisecond(self._clock.now())}
        return str(self._registers[CONTACTS].create(body, order)["id"])

    def _merged(self, fingerprint: str, partner_ids: Sequence[str], order: Order) -> tuple[str, str]:
        """One address is one contact, who then speaks for these partners too. Nothing else of it changes."""
        for _ in range(ATTEMPTS):
            contact = self._lookup.contact_at(fingerprint)
            if contact is None:
                break
            before = contact["partner_ids"]
            after = list(dict.fromkeys((*before, *partner_ids)))
            if after == before:
                return "merged", contact["id"]
            if len(after) > MOST_PARTNERS:
                raise Invalid(
                    errors=[FieldError("/partner_ids", "too-many-partners", {"most": MOST_PARTNERS})]
                )
            try:
                change = {"partner_ids": after}
                self._registers[CONTACTS].change(contact["id"], contact["version"], change, order)
            except (PreconditionFailed, VersionConflict):
                continue
            return "merged", contact["id"]
        raise DependencyDown("database", "the contact changes too fast")

    def _partner_errors(self, rows: Sequence[Body]) -> Iterator[FieldError]:
        rules, now = PartnerRules(), self._clock.now()
        for position, row in enumerate(rows):
            try:
                rules.settle({}, row, Order("import"), now)
            except Invalid as invalid:
                for error in invalid.errors:
                    yield FieldError(f"/{PARTNERS}/{position}{error.field}", error.code, error.params)

    def _contact_errors(self, body: Body) -> Iterator[FieldError]:
        codes = {row["code"] for row in body[PARTNERS]}
        seen: dict[str, int] = {}
        for position, row in enumerate(body[CONTACTS]):
            for number, code in enumerate(row["partners"]):
                if code not in codes:
                    yield FieldError(f"/{CONTACTS}/{position}/partners/{number}", "partner-not-found")
            if row["address"] is None:
                continue
            try:
                found = self._sealer.fingerprint(address(row["address"]).sent)
            except Invalid as invalid:
                yield FieldError(f"/{CONTACTS}/{position}/address", invalid.errors[0].code)
                continue
            if found in seen:
                yield FieldError(f"/{CONTACTS}/{position}/address", "same-as-row", {"row": seen[found]})
            seen.setdefault(found, row["row"])


def _repeated(
    rows: Sequence[Body], sheet: str, member: str, key: Callable[[Body], str]
) -> Iterator[FieldError]:
    seen: dict[str, int] = {}
    for position, row in enumerate(rows):
        if key(row) in seen:
            yield FieldError(f"/{sheet}/{position}/{member}", "same-as-row", {"row": seen[key(row)]})
        seen.setdefault(key(row), row["row"])
