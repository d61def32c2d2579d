"""One mailbox is one address, however somebody typed it."""

from __future__ import annotations

import pytest

from services.partners.domain.address import address
from shared.errors import Invalid
from shared.sealing import Sealer

SEALER = Sealer("a secret of more than thirty-two characters")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("somchai@example.org", "SomChai@EXAMPLE.ORG"),
        ("a@bücher.example.org", "A@xn--bcher-kva.example.org"),
        ("a@ลำพูน.example.org", "a@xn--q3cju6cub7h.example.org"),
    ],
)
def test_case_and_the_form_of_the_domain_do_not_make_another_address(one: str, other: str) -> None:
    """Mixed case and internationalised domains have one fingerprint."""
    assert SEALER.fingerprint(address(one).sent) == SEALER.fingerprint(address(other).sent)


def test_a_domain_in_thai_is_shown_as_typed_and_sent_in_ascii() -> None:
    """Every mail server takes it."""
    found = address("a@ตัวอย่าง.example.org")

    assert found.shown == "a@ตัวอย่าง.example.org"
    assert found.sent.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "somchai",
        "somchai@",
        "@example.org",
        "a b@example.org",
        "สมชาย@example.org",
        "<a@example.org>",
        "Somchai <a@example.org>",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@[127.0.0.1]",
        "a@localhost",
        "a@example.org\u202e",
        f"{'a' * 300}@example.org",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(text: str) -> None:
    """The error names the field and the code, never the value."""
    with pytest.raises(Invalid) as refusal:
        address(text)

    assert [(error.field, error.code) for error in refusal.value.errors] == [
        ("/address", "not-an-email-address")
    ]
    assert not text or text not in str(refusal.value)
