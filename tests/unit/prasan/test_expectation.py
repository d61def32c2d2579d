"""Who must be told, by the seed alone: roles in scope, seats, interests; and not those who may not be."""

from __future__ import annotations

import pytest

from prasan.demo.expectation import must_be_told, must_be_told_now
from prasan.seed.reading import read_seed

TRAINING = "clean-province/training-50"


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("kamonwan", True),  # a sponsor of this milestone
        ("kamnan-li", True),  # concerned, and told by hand
        ("secretariat", True),  # jppcc of mission 5
        ("radio", True),  # asked for everything
        ("district-li", True),  # asked for a district of the province
        ("bank", False),  # a sponsor without a lawful basis
        ("paper", False),  # unsubscribed
        ("social", False),  # has nothing to do with it
    ],
)
def test_each_contact_is_told_for_a_reason(contact: str, told: bool) -> None:
    """The training milestone concerns these and not those."""
    assert (contact in must_be_told(read_seed(), TRAINING)) == told


def test_media_alone_hear_once_a_week() -> None:
    """Everybody else hears at once, unless they have chosen otherwise."""
    assert must_be_told(read_seed(), TRAINING) - must_be_told_now(read_seed(), TRAINING) == {"radio"}


def test_a_role_for_another_milestone_is_no_reason() -> None:
    """Sponsors of the training hear nothing of the survey by their role."""
    assert "foundation" not in must_be_told(read_seed(), "clean-province/household-survey")
