"""What `prasan check` proves before anybody relies on it: one module a part, each yields findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.config import Settings


@dataclass(frozen=True)
class Finding:
    """One line of the check: `key` names its sentence in the catalogue, `.ok` or `.failed` added.

    `what_to_do` is a key too (`.do`); `params` fill both.
    """

    part: str
    key: str
    ok: bool
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return f"check.{self.key}.{'ok' if self.ok else 'failed'}"

    @property
    def what_to_do(self) -> str:
        return f"check.{self.key}.do"


Check = Callable[[Settings], Iterator[Finding]]


def found(part: str, key: str, **params: Any) -> Finding:
    """A finding that is well."""
    return Finding(part, key, True, params)


def failed(part: str, key: str, **params: Any) -> Finding:
    """A finding that needs somebody."""
    return Finding(part, key, False, params)
