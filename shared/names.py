"""Looking host names up as they are now, without a memory of how they were."""

from __future__ import annotations

from eventlet.support import greendns


class FreshNames(greendns.ResolverProxy):  # type: ignore[misc]  # eventlet is untyped
    """eventlet's resolver without its cache.

    The cache keeps every answer as long as its TTL says. A container engine's names live shorter: a broker
    that comes up last is "no such name" until then, which the outer name servers let one keep for a day, and
    a database that was made anew has another address, which the engine lets one keep for ten minutes.
    """

    def clear(self) -> None:
        super().clear()
        self._resolver.cache = None


def forget_names() -> None:
    """From now on every connection asks anew."""
    greendns.resolver = FreshNames(hosts_resolver=greendns.HostsResolver())
