"""What may reach whom: looked at before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from services.partners.domain.reasons import Reason
from shared.contracts.facets import PROVINCE_ROLES


def _province_role(reason: Reason) -> bool:
    return reason.code in PROVINCE_ROLES


def _not_only_media(reason: Reason) -> bool:
    return _province_role(reason) or bool(set(reason.kinds) - {"media"})


def _anybody(reason: Reason) -> bool:
    return True


MAY_SEE: dict[str, Callable[[Reason], bool]] = {
    "internal": _province_role,
    "partners": _not_only_media,
    "public": _anybody,
}


def visible(reasons: Iterable[Reason], visibility: str) -> tuple[Reason, ...]:
    """The reasons that carry an event of this visibility to somebody."""
    return tuple(filter(MAY_SEE[visibility], reasons))
