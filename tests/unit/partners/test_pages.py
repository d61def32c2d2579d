"""Pages leave nobody out and name nobody twice, whoever cuts them and whatever changes meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.partners.domain import pages
from services.partners.domain.audience import Audience, LeftOut, Relevant
from services.partners.domain.pages import Page, cut, to_dict
from services.partners.domain.reasons import Reason
from shared.contracts.pages import contacts_of
from shared.errors import Unreadable
from tests.unit.partners.occasions import partner

people = st.dictionaries(
    st.integers(0, 60).map("c{:02d}".format), st.sampled_from(["told", "told", "unsubscribed", "nobody"])
)


def audience(outcomes: dict[str, str]) -> Audience:
    reason = (Reason("subscriber", partner(), facets={}),)
    return Audience(
        [Relevant(key, 1, reason) for key, how in sorted(outcomes.items()) if how == "told"],
        [LeftOut(key, how) for key, how in sorted(outcomes.items()) if how == "unsubscribed"],
    )


def all_pages(views: list[Audience]) -> list[Page]:
    """Pages as replicas would store them, each page by the next replica in turn."""
    found: list[Page] = []
    while not found or not found[-1].final:
        view = views[len(found) % len(views)]
        found.append(cut(view, len(found), found[-1].last if found else "", largest_bytes=900))
    return found


def told(found: list[Page]) -> list[str]:
    return [contact.contact_id for page in found for contact in page.relevant]


def left_out(found: list[Page]) -> list[str]:
    return [each.contact_id for page in found for each in page.left_out]


@given(people)
def test_pages_partition_the_audience(outcomes: dict[str, str]) -> None:
    """Together the pages name everybody once, in order."""
    whole = audience(outcomes)

    found = all_pages([whole])

    assert told(found) == [each.contact_id for each in whole.relevant]
    assert left_out(found) == [each.contact_id for each in whole.left_out]
    assert [page.number for page in found] == list(range(len(found)))


@given(st.lists(people, min_size=2, max_size=3))
def test_replicas_that_see_different_audiences_name_nobody_twice(views: list[dict[str, str]]) -> None:
    """Whoever is in every view is in exactly one page, told or left out; nobody is in two."""
    found = all_pages([audience(view) for view in views])

    everybody = told(found) + left_out(found)
    always = set.intersection(*({key for key, how in view.items() if how != "nobody"} for view in views))
    assert len(everybody) == len(set(everybody))
    assert always <= set(everybody)


def test_nobody_at_all_is_one_empty_page() -> None:
    """An event without an audience still has the page by which the sender learns of it."""
    page = cut(Audience(), 0, "")

    assert (len(page.relevant), len(page.left_out), page.final) == (0, 0, True)


def test_only_left_out_contacts_are_one_page_without_contacts() -> None:
    """Who is left out is stored beside the empty page."""
    page = cut(audience({"c01": "unsubscribed", "c02": "unsubscribed"}), 0, "")

    assert (list(page.relevant), len(page.left_out), page.final) == ([], 2, True)


def test_five_hundred_contacts_are_one_page_and_one_more_is_two() -> None:
    """The limit is inclusive."""
    exactly = audience({f"c{i:04d}": "told" for i in range(pages.LARGEST_PAGE)})
    one_more = audience({f"c{i:04d}": "told" for i in range(pages.LARGEST_PAGE + 1)})

    assert cut(exactly, 0, "").final
    first = cut(one_more, 0, "")
    assert (len(first.relevant), first.final) == (pages.LARGEST_PAGE, False)
    assert told([cut(one_more, 1, first.last)]) == ["c0500"]


def test_very_many_left_out_contacts_are_spread_over_pages() -> None:
    """A page document stays far below 16 MB."""
    everybody = audience({f"c{i:06d}": "unsubscribed" for i in range(pages.MOST_LEFT_OUT + 1)})

    first = cut(everybody, 0, "")

    assert (len(first.left_out), first.final) == (pages.MOST_LEFT_OUT, False)
    assert len(cut(everybody, 1, first.last).left_out) == 1


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(200, 5_000))
def test_a_page_stays_below_its_size_or_has_one_contact(count: int, largest: int) -> None:
    """Long names of partners do not make an event that nobody reads."""
    whole = audience({f"c{i:02d}": "told" for i in range(count)})

    page = cut(whole, 0, "", largest_bytes=largest)

    size = len(json.dumps(to_dict(page.relevant), ensure_ascii=False).encode())
    assert size <= largest or len(page.relevant) == 1


def test_each_reason_stands_once_in_a_page() -> None:
    """By what it says: whether two contacts share the object or only the words."""
    shared, same = Reason("sponsor", partner()), Reason("sponsor", partner())
    other = Reason("subscriber", partner(), facets={})
    relevant = [
        Relevant("c1", 1, (shared,)),
        Relevant("c2", 1, (other, shared)),
        Relevant("c3", 1, (same,)),
    ]

    page = to_dict(relevant)

    assert page["reasons"] == [shared.to_dict(), other.to_dict()]
    assert [contact["reasons"] for contact in page["contacts"]] == [[0], [1, 0], [0]]
    whole = contacts_of(page)
    assert [contact["reasons"] for contact in whole] == [
        [reason.to_dict() for reason in each.reasons] for each in relevant
    ]


def test_a_place_that_names_no_reason_is_unreadable() -> None:
    """Said before anything is stored."""
    page = {"reasons": [], "contacts": [{"contact_id": "c1", "contact_version": 1, "reasons": [0]}]}
    with pytest.raises(Unreadable, match="no-such-reason"):
        contacts_of(page)


def test_a_page_continues_after_a_contact_that_is_gone() -> None:
    """The last stored contact may have been erased meanwhile."""
    remaining: Any = audience({"c01": "told", "c05": "told"})

    assert told([cut(remaining, 1, "c03")]) == ["c05"]
