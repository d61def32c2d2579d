"""The documentation shows the table that the code decides by."""

from __future__ import annotations

from pathlib import Path

from services.partners.domain.relevance import as_markdown

PAGE = Path(__file__).parents[3] / "docs" / "relevance.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    """Given docs/relevance.md, it ends with what the code prints."""
    assert PAGE.read_text(encoding="utf-8").endswith(as_markdown())
