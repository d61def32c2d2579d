"""What every endpoint does by itself: routes, methods, answers, ETags, languages, pages."""

from __future__ import annotations

import httpx


def test_health_is_answered_without_a_token(anonymous: httpx.Client) -> None:
    """Anybody may ask whether the process is alive."""
    answer = anonymous.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
