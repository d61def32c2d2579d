"""The rows of an import of partners."""

from __future__ import annotations

from marshmallow import fields

from services.partners.application.contacts import MOST_PARTNERS
from services.partners.schemas.contacts import LONGEST_ADDRESS, Bases
from services.partners.schemas.fields import language
from services.partners.schemas.partners import NewPartner
from shared.http.fields import BilingualLine, Line
from shared.http.strict import Several
from shared.imports.schemas import ImportedFile, RowOf, sheet_of


class PartnerRow(RowOf, NewPartner):
    """`code` is what the rows of contacts call it."""

    code = Line(40, required=True)


class ContactRow(RowOf):
    """`partners` are codes of this import."""

    partners = Several(Line(40), least=1, most=MOST_PARTNERS, required=True)
    name = BilingualLine(200, required=True)
    salutation = Line(60, min=0, load_default="")
    position = BilingualLine(200, allow_none=True, load_default=None)
    language = language(load_default="th")
    address = Line(LONGEST_ADDRESS, allow_none=True, load_default=None)
    by_hand = BilingualLine(300, allow_none=True, load_default=None)
    lawful_bases = fields.Nested(Bases, load_default=dict)


class NewImport(ImportedFile):
    partners = sheet_of(PartnerRow)
    contacts = sheet_of(ContactRow)
