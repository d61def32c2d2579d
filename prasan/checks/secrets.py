"""Is the secret that signs tokens and seals people strong enough?"""

from __future__ import annotations

from collections.abc import Iterator

from prasan.checks import Finding, failed, found
from shared.config import SHORTEST_SECRET, Settings

_FEWEST_CHARACTERS = 12  # different ones; a generated secret of 32 has about 25
_GUESSABLE = ("secret", "password", "changeme", "prasan", "lamphun", "example", "12345678", "abcdefgh")


def check_secret(settings: Settings) -> Iterator[Finding]:
    """Long, varied and without a word that everybody tries first; the secret itself is never shown."""
    secret = settings.prasan_secret_key
    if not secret:
        yield failed("secret", "secret.missing")
    elif len(secret) < SHORTEST_SECRET:
        yield failed("secret", "secret.short", shortest=SHORTEST_SECRET)
    elif len(set(secret)) < _FEWEST_CHARACTERS or any(word in secret.lower() for word in _GUESSABLE):
        yield failed("secret", "secret.weak")
    else:
        yield found("secret", "secret", length=len(secret))
