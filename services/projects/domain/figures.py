"""Figures and where they come from: the province's own document, or an illustration.

A figure that the source misprints is kept as it was written, with no value: it is never repaired,
compared, charted or mailed.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCES = ("source", "illustrative")
COMPARISONS = ("exactly", "more_than", "less_than", "about")


@dataclass(frozen=True)
class Provenance:
    """`kind` is `source` (then `quote` has the document's own words) or `illustrative`."""

    kind: str
    quote: str | None = None


@dataclass(frozen=True)
class Figure:
    """A number, or what stood where a number should be (`as_written`)."""

    value: float | None
    comparison: str = "exactly"
    as_written: str | None = None
    provenance: Provenance | None = None

    @property
    def malformed(self) -> bool:
        """The source has a figure here, but not one that can be read."""
        return self.value is None and self.as_written is not None
