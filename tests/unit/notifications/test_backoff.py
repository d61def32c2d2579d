"""How long refused deliveries wait."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.backoff import GIVE_UP_AFTER, pause_after, wait_after

CHANCE = st.floats(min_value=0, max_value=1)


@given(st.integers(min_value=1, max_value=10_000), CHANCE)
def test_the_ceiling_doubles_from_a_minute_to_four_hours(refusals: int, chance: float) -> None:
    """Full jitter: any wait up to the ceiling, never one longer."""
    ceiling = min(timedelta(hours=4), timedelta(minutes=1) * 2 ** min(refusals - 1, 20))
    wait = wait_after(refusals, timedelta(0), chance)
    assert wait is not None
    assert timedelta(seconds=1) <= wait <= ceiling


@given(st.lists(CHANCE, min_size=400, max_size=400))
def test_a_delivery_is_given_up_after_exactly_72_hours_of_waiting(chances: list[float]) -> None:
    """However chance falls, the last attempt is made when 72 hours were waited, not before."""
    waited = timedelta(0)
    for refusals, chance in enumerate(chances, 1):
        wait = wait_after(refusals, waited, chance)
        if wait is None:
            assert waited == GIVE_UP_AFTER
            return
        waited += wait
    assert waited <= GIVE_UP_AFTER


@given(st.integers(min_value=1, max_value=100_000), CHANCE)
def test_a_sender_never_rests_longer_than_five_minutes(troubles: int, chance: float) -> None:
    """When the server returns, mail goes on within minutes."""
    assert 0.5 <= pause_after(troubles, chance) <= 300
