"""A seed item as the body of the REST request that makes it; `ids` translates keys into ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prasan.seed.reading import Item

Ids = Mapping[tuple[str, str], str]  # (kind, key in the seed) → id at the service
Body = dict[str, Any]


def provenance(item: Item) -> Body:
    """`source` with the quoted words, or `illustrative`."""
    return {"kind": item["provenance"], **({"quote": item["quote"]} if "quote" in item else {})}


def figure(item: Item) -> Body:
    """A number with where it comes from; a malformed one has no value but the words as they stand."""
    return {
        "value": item["value"],
        "comparison": item.get("comparison", "exactly"),
        "as_written": item.get("as_written"),
        "provenance": provenance(item),
    }


def programme(item: Item) -> Body:
    return {"title": item["title"], "missions": item["missions"], "provenance": provenance(item)}


def project(item: Item, coordinator: Item, ids: Ids) -> Body:
    """A project that has not started; its coordinator's id is the subject of their token."""
    copied = ("title", "agency", "fiscal_year", "missions", "sectors", "areas", "visibility", "historic")
    return {
        **{name: item[name] for name in copied},
        "programme_id": ids["programmes", item["programme"]] if item["programme"] else None,
        "coordinator": {
            "id": coordinator["key"],
            **{name: coordinator[name] for name in ("name", "office", "telephone")},
        },
        "budget": _budget(item["budget"]) if item["budget"] else None,
        "provenance": provenance(item),
    }


def indicator(item: Item) -> Body:
    """With its baseline and target where there are any."""
    return {
        "title": item["title"],
        "unit": item["unit"],
        "baseline": _known(item["baseline"]),
        "target": _known(item["target"]),
        "public": item["public"],
        "note": item["note"],
        "provenance": None,
    }


def measurement(item: Item) -> Body:
    copied = ("measured_on", "areas", "evidence", "note", "historic")
    return {**figure(item), **{name: item[name] for name in copied}}


def milestone(item: Item, ids: Ids) -> Body:
    """Planned; a historic one with its result, which alerts nobody."""
    done = ("status", "reached_on", "note") if item["historic"] else ()
    return {
        "title": item["title"],
        "due_date": item["due_date"],
        "historic": item["historic"],
        "criteria": [_criterion(criterion, ids) for criterion in item["criteria"]],
        "provenance": provenance(item),
        **{name: item[name] for name in done},
    }


def partner(item: Item) -> Body:
    return {name: item[name] for name in ("name", "kinds", "areas", "missions")}


def contact(item: Item, ids: Ids) -> Body:
    """With its lawful basis for alerts, if there is one."""
    copied = ("name", "salutation", "position", "language", "address", "unsubscribed", "by_hand")
    basis = item["lawful_basis"]
    return {
        **{name: item[name] for name in copied},
        "partner_ids": [ids["partners", key] for key in item["partners"]],
        "preferences": {"quiet_hours": item["quiet_hours"]},
        "lawful_bases": {"alerts": _basis(basis)} if basis else {},
    }


def engagement(item: Item, ids: Ids) -> Body:
    scope, pledge = item["scope"], item["pledge"]
    return {
        "project_id": ids["projects", item["project"]],
        "role": item["role"],
        "contact_id": ids["contacts", item["contact"]] if item["contact"] else None,
        "scope": {
            "milestones": [ids["milestones", key] for key in scope["milestones"]],
            "areas": scope["areas"],
        },
        "pledge": _pledge(pledge) if pledge else None,
    }


def subscription(item: Item, ids: Ids) -> Body:
    """Only the facets that are asked for; an empty one means any."""
    facets = item["facets"]
    asked = {
        "project": [ids["projects", key] for key in facets["projects"]],
        "programme": [ids["programmes", key] for key in facets["programmes"]],
        "mission": facets["missions"],
        "area": facets["areas"],
        "sector": facets["sectors"],
        "event_type": facets["event_types"],
    }
    return {"label": item["label"], "facets": {name: values for name, values in asked.items() if values}}


def _budget(budget: Item) -> Body:
    amount = budget["amount"]
    return {"amount": amount["value"], "source": budget["source"], "provenance": provenance(amount)}


def _known(item: Item) -> Body | None:
    return None if item["value"] is None and not item.get("malformed") else figure(item)


def _criterion(item: Item, ids: Ids) -> Body:
    value = item["value"]["value"] if "value" in item else None
    return {
        "kind": item["kind"],
        "indicator_id": ids["indicators", item["indicator"]],
        "value": value,
        "areas": item.get("areas", []),
    }


def _basis(basis: Item) -> Body:
    return {
        "basis": basis["basis"],
        "source": basis["source"],
        "recorded_at": f"{basis['recorded_on']}T02:00:00Z",  # 09:00 in Bangkok
        "recorded_by": basis["recorded_by"],
    }


def _pledge(pledge: Item) -> Body:
    return {
        "quantity": pledge["quantity"]["value"],
        "done": pledge["done"]["value"],
        "unit": pledge["unit"],
    }
