"""The ids of events."""

from __future__ import annotations


def event_id(aggregate_id: str, version: int) -> str:
    """The id of what happened to an aggregate at one version."""
    return f"{aggregate_id}:{version}"
