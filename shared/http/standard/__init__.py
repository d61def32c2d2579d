"""The endpoints that every service has; a service class inherits from `StandardEndpoints`."""

from shared.http.standard.dead_letters import DeadLetterEndpoints
from shared.http.standard.health import HealthEndpoints
from shared.http.standard.revocations import RevocationEndpoints

__all__ = ["StandardEndpoints"]


class StandardEndpoints(HealthEndpoints, RevocationEndpoints, DeadLetterEndpoints):
    """Health, metrics, the service's own description, revoked tokens and dead letters.

    A service class may give `catalogues`, a sequence of directories with its own `th.po` and `en.po`,
    and `extra_probes()`, more for /readyz to ask.
    """
