"""The table of a delivery's states."""

import pytest

from services.notifications.domain import states
from services.notifications.domain.states import ImpossibleTransition, check_transition
from shared.contracts.notifications import DELIVERY_STATES


def test_the_table_names_exactly_the_states_that_others_are_told_of() -> None:
    """Whoever reads an outcome knows every state in it."""
    assert set(states.STATES) == set(DELIVERY_STATES)


@pytest.mark.parametrize("state", [states.ACCEPTED, states.FAILED, states.SUPERSEDED, states.BY_HAND])
def test_what_has_ended_is_never_sent_again(state: str) -> None:
    """From an end there is no way back to sending."""
    for after in (states.SENDING, states.PENDING, states.RETRY_WAIT, states.UNCERTAIN):
        with pytest.raises(ImpossibleTransition):
            check_transition(state, after)


def test_an_uncertain_delivery_ends_accepted_or_uncertain() -> None:
    """It may have been told: nothing that says it was not may follow."""
    for after in (states.ACCEPTED, states.UNCERTAIN):
        check_transition(states.UNCERTAIN, after)
    for after in (states.SUPPRESSED, states.SUPERSEDED, states.BY_HAND):
        with pytest.raises(ImpossibleTransition):
            check_transition(states.UNCERTAIN, after)


def test_every_state_in_the_table_is_reached_from_somewhere_and_only_known_states_follow() -> None:
    """The table has no dead entries and no misspelt ones."""
    followers = set().union(*states.TRANSITIONS.values())
    assert followers <= set(states.STATES)
    assert set(states.STATES) - followers == set()
