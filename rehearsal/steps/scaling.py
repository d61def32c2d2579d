"""More containers of the same service share the work."""

from __future__ import annotations

import re

from rehearsal.deployment import Container, until
from rehearsal.stage import Stage
from rehearsal.world import claim

_REPORTS = 12
_METRICS = (
    "import os, sys, urllib.request as r; "
    "port = os.environ['HTTP_ADDRESS'].split(':')[1]; "
    "q = r.Request(f'http://127.0.0.1:{port}/metrics', headers={'Authorization': 'Bearer ' + sys.argv[1]}); "
    "print(r.urlopen(q, timeout=5).read().decode())"
)


def scale_out(stage: Stage) -> str:
    """As docs/operations.md says it; each replica then has sent or resolved some of it."""
    deployment, world = stage.deployment, stage.world
    deployment.compose(
        "up", "--detach", "--no-recreate", "--scale", "notifications=3", "--scale", "partners=2"
    )
    deployment.wait_until_well()
    counted = {"notifications": "prasan_mails", "partners": "prasan_messages"}
    before = {service: _work(stage, service, metric) for service, metric in counted.items()}
    reports = [world.reach(milestone) for milestone in world.milestones(_REPORTS)]
    world.settle(*reports)
    line = world.check(*reports)
    until(lambda: len(deployment.containers("notifications")) == 3, "three of them", 1)
    shares = []
    for service, metric in counted.items():
        done = [
            amount - before[service].get(container, 0.0)
            for container, amount in _work(stage, service, metric).items()
        ]
        shares.append(f"{service} {'+'.join(f'{amount:.0f}' for amount in sorted(done, reverse=True))}")
        claim(all(done), f"somebody had nothing to do: {shares}")
    deployment.compose(
        "up", "--detach", "--no-recreate", "--scale", "notifications=1", "--scale", "partners=1"
    )
    deployment.wait_until_well()
    return f"{line}; {', '.join(shares)}"


def _work(stage: Stage, service: str, metric: str) -> dict[str, float]:
    """container → how much its counter says it has done."""
    return {each.id: _counted(stage, each, metric) for each in stage.deployment.containers(service)}


def _counted(stage: Stage, container: Container, metric: str) -> float:
    token = (stage.deployment.directory / ".prasan" / "token").read_text().strip()
    told = stage.deployment.docker("exec", container.id, "python", "-c", _METRICS, token)
    lines = re.findall(rf"(?m)^{metric}\w*_total(?:{{[^}}]*}})? ([\d.e+]+)$", told)
    return sum(map(float, lines))
