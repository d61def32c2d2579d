"""No basis, no mail; and why somebody is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.partners.domain.consent import UNSUBSCRIBED, effective_basis, obstacle
from tests.unit.partners.occasions import NOW, candidate

RECORDED = {"basis": "consent", "source": "แบบฟอร์ม", "recorded_at": NOW, "recorded_by": "manager"}


@pytest.mark.parametrize(
    ("bases", "holds"),
    [
        ({}, None),
        ({"newsletter": RECORDED}, None),
        ({"alerts": RECORDED}, "consent"),
        ({"alerts": {**RECORDED, "withdrawn_at": NOW}}, None),
        ({"alerts": {**RECORDED, "withdrawn_at": NOW + timedelta(days=1)}}, "consent"),
        ({"alerts": {**RECORDED, "retention_until": "2026-11-23"}}, "consent"),
        ({"alerts": {**RECORDED, "retention_until": "2026-11-22"}}, None),
        ({"alerts": {**RECORDED, "retention_until": None, "withdrawn_at": None}}, "consent"),
    ],
)
def test_a_basis_holds_while_recorded_not_withdrawn_and_within_its_retention(
    bases: Any, holds: str | None
) -> None:
    """What is recorded for another purpose, withdrawn or over is no basis."""
    assert effective_basis(bases, NOW) == holds


def test_retention_ends_with_the_day_in_lamphun() -> None:
    """The last day counts to midnight in Bangkok, which is 17:00 UTC."""
    bases = {"alerts": {**RECORDED, "retention_until": "2026-11-23"}}

    assert effective_basis(bases, datetime(2026, 11, 23, 16, 59, tzinfo=UTC)) == "consent"
    assert effective_basis(bases, datetime(2026, 11, 23, 17, 0, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, None),
        ({"suppressed": True}, "suppressed"),
        ({"suppressed": True, "unsubscribed": True}, "unsubscribed"),
        ({"suppressed": True, "unsubscribed": True, "basis": None}, "no_lawful_basis"),
    ],
)
def test_the_law_comes_before_the_wish_and_the_wish_before_the_address(given: Any, why: str | None) -> None:
    """One reason why is named, the strongest."""
    assert obstacle(candidate(**given)) == why


def test_who_muted_a_project_hears_of_every_other() -> None:
    """The wish is about one project."""
    told = candidate(muted_projects=("project-1",))
    assert obstacle(told, "project-1") == UNSUBSCRIBED
    assert obstacle(told, "project-2") is None
