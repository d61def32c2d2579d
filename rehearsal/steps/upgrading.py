"""From one version to the next: in order, interrupted, and to one that does not work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from rehearsal.deployment import Deployment, until
from rehearsal.stage import Stage
from rehearsal.world import claim


def upgrade(stage: Stage) -> str:
    """A new version with nothing special about it."""
    deployment, world = stage.deployment, stage.world
    before = _versions(deployment)
    reports = [world.reach(world.milestones(1)[0])]
    new_version(deployment)
    begun = time.monotonic()
    deployment.make("upgrade")
    stage.figures["upgrade_seconds"] = time.monotonic() - begun
    stage.reconnect()
    deployment.wait_until_well()
    claim(_versions(deployment) != before, f"still {before}")
    reports.append(world.reach(world.milestones(1)[0]))
    _release(deployment)
    world.settle(*reports)
    return world.check(*reports)


def interrupted(stage: Stage) -> str:
    """`make upgrade` dies when it has made its backup; the next one ends well."""
    deployment, world = stage.deployment, stage.world
    new_version(deployment)
    known = set(_backups(deployment))
    process = subprocess.Popen(
        ["make", "upgrade"],
        cwd=deployment.directory,
        env={**os.environ, **deployment.shell.environment},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: set(_backups(deployment)) - known, "the upgrade has made its backup", 300)
        time.sleep(3)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = deployment.make("upgrade")
    claim("interrupted" in said, "nothing is said of the interruption")
    stage.reconnect()
    deployment.wait_until_well()
    report = world.reach(world.milestones(1)[0])
    _release(deployment)
    world.settle(report)
    return world.check(*world.reports)


def taken_back(stage: Stage) -> str:
    """The new version cannot start: the old one runs again, with its data, and it is said."""
    deployment, world = stage.deployment, stage.world
    before = _versions(deployment)
    files = {path: path.read_text() for path in _changed_by_a_version(deployment)}
    new_version(deployment)
    entry = deployment.directory / "services" / "partners" / "__main__.py"
    entry.write_text('raise SystemExit("this version does not start")\n')
    result = deployment.shell.within(deployment.directory, PRASAN_PATIENCE="90").attempt(
        "make", "upgrade", seconds=900
    )
    claim(result.code, "an upgrade to what does not start is said to have gone well")
    claim("old version is running again" in result.output, result.output[-300:])
    for path, text in files.items():
        path.write_text(text)
    stage.reconnect()
    deployment.wait_until_well()
    claim(_versions(deployment) == before, f"{before} before, {_versions(deployment)} now")
    report = world.reach(world.milestones(1)[0])
    _release(deployment)
    world.settle(report)
    return world.check(*world.reports)


def new_version(deployment: Deployment) -> None:
    """The next patch level, with a line of code that is new."""
    project = deployment.directory / "pyproject.toml"
    text = project.read_text()
    version = re.search(r'(?m)^version = "(\d+\.\d+\.)(\d+)"$', text)
    assert version, "pyproject.toml has no version"
    project.write_text(text.replace(version[0], f'version = "{version[1]}{int(version[2]) + 1}"'))
    module = deployment.directory / "services" / "__init__.py"
    module.write_text(module.read_text() + f"# rehearsed {time.time()}\n")


def _changed_by_a_version(deployment: Deployment) -> list[Path]:
    names = ("pyproject.toml", "services/__init__.py", "services/partners/__main__.py")
    return [deployment.directory / name for name in names]


def _versions(deployment: Deployment) -> set[str]:
    """The images that the three services run."""
    services = ("projects", "partners", "notifications")
    running = [each for service in services for each in deployment.containers(service)]
    return {deployment.docker("inspect", "--format", "{{.Image}}", each.id).strip() for each in running}


def _backups(deployment: Deployment) -> list[str]:
    return [path.name for path in (deployment.directory / "backups").glob("*.backup")]


def _release(deployment: Deployment) -> None:
    """After a restore what was unfinished waits for an operator; without one this does nothing."""
    deployment.prasan("deliveries", "release", "--yes")
