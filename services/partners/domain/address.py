"""An email address in the one form by which it is known, however somebody typed it."""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from shared.errors import FieldError, Invalid


@dataclass(frozen=True)
class Address:
    """`shown` is how people read it, `sent` how mail servers take it: its domain in ASCII (RFC 5890)."""

    shown: str
    sent: str


def address(text: str, field: str = "/address") -> Address:
    """The address in `text`. Raises Invalid, never quoting it."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise Invalid(errors=[FieldError(field, "not-an-email-address")]) from error
    return Address(shown=found.normalized, sent=found.ascii_email or found.normalized)
