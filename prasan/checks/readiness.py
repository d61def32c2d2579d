"""Do the three services answer, and is each of their own dependencies well?"""

from __future__ import annotations

from collections.abc import Iterator

from prasan.checks import Finding, failed, found
from prasan.services import ServiceRefused, Services, ServiceSilent
from shared.config import Settings
from shared.messaging.topology import SERVICES


def check_services(settings: Settings) -> Iterator[Finding]:
    """Each service's /readyz, then one question that needs a token."""
    if not settings.prasan_secret_key:
        return
    with Services(settings) as services:
        for name in SERVICES:
            yield _ready(services, name)


def _ready(services: Services, name: str) -> Finding:
    url = services.urls[name]
    try:
        services.get(name, "/readyz")
        services.get(name, "/v1/revocations", limit=1)
    except ServiceSilent:
        return failed(name, "service.silent", service=name, url=url, variable=f"{name.upper()}_URL")
    except ServiceRefused as refused:
        if refused.status in (401, 403):
            return failed(name, "service.token", service=name)
        wrong = [part for part, state in refused.problem.get("checks", {}).items() if state != "ok"]
        return failed(name, "service.unready", service=name, parts=", ".join(wrong) or refused.code)
    return found(name, "service", service=name, url=url)
