"""The same file as the stack of a Docker Swarm of one node."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import httpx

from rehearsal.api import Api, Door
from rehearsal.deployment import DONE_ONCE, Deployment, until
from rehearsal.errors import CommandFailed, NotHere
from rehearsal.mailbox import Mailbox
from rehearsal.stage import CERTIFICATE, Stage
from rehearsal.steps.upgrading import new_version
from rehearsal.world import Report, World, claim

_STACK = "prasan-swarm"
_REPLICAS = {"projects": 2, "partners": 2, "notifications": 3}
_MOST_REPORTS = 60
_PAUSE = 1.0  # seconds between two reports
_START_SECONDS, _UPDATE_SECONDS = 300.0, 420.0


def rolling_update(stage: Stage) -> str:
    """Deployed with replicas, reported on, and updated to another version while reports come in."""
    deployment = stage.deployment
    if not deployment.engine_is_ours:
        raise NotHere("this engine is not ours, and may have a swarm of its own")
    deployment.remove(volumes=True)
    deployment.set(**{f"{service.upper()}_REPLICAS": str(count) for service, count in _REPLICAS.items()})
    with _swarm(deployment):
        deployment.shell.run("sh", "deploy/stack.sh", "deploy", _STACK)
        until(lambda: _all_run(deployment), "every replica runs", _START_SECONDS)
        world = _world(deployment)
        world.found()
        first = world.reach(world.milestones(1)[0])
        world.settle(first)
        world.check(first)
        before = _images(deployment)
        new_version(deployment)
        begun = time.monotonic()
        with _reporting(world) as reports:
            deployment.shell.run("sh", "deploy/stack.sh", "deploy", _STACK)
            until(lambda: _updated(deployment), "every service is updated", _UPDATE_SECONDS)
        stage.figures["rolling_update_seconds"] = time.monotonic() - begun
        claim(_images(deployment).isdisjoint(before), f"tasks of the old version are left: {before}")
        world.settle(*reports)
        return f"{world.check(*reports)}; replicas {_REPLICAS}"


@contextmanager
def _swarm(deployment: Deployment) -> Iterator[None]:
    """A swarm of this machine alone, which nobody else can join; left in the end."""
    shell = deployment.shell
    shell.attempt("docker", "swarm", "leave", "--force")
    _remove_volumes(deployment)
    try:
        shell.run(
            "docker", "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377"
        )
    except CommandFailed as error:
        raise NotHere(f"no swarm can be made: {error}") from error
    try:
        node = shell.run("docker", "info", "--format", "{{.Swarm.NodeID}}").strip()
        shell.run("docker", "node", "update", "--label-add", "prasan=data", node)
        yield
    finally:
        shell.attempt("docker", "service", "ls")
        shell.attempt("docker", "stack", "ps", "--no-trunc", _STACK)
        shell.attempt("docker", "stack", "rm", _STACK)
        until(lambda: not _tasks(deployment, "--all"), "the stack is gone", 120)
        shell.attempt("docker", "swarm", "leave", "--force")
        _remove_volumes(deployment)


def _remove_volumes(deployment: Deployment) -> None:
    """Of this stack; removing a stack leaves them."""
    ours = f"label=com.docker.stack.namespace={_STACK}"
    volumes = deployment.docker("volume", "ls", "--quiet", "--filter", ours).split()
    if volumes:
        deployment.shell.attempt("docker", "volume", "rm", "--force", *volumes)


@contextmanager
def _reporting(world: World) -> Iterator[list[Report]]:
    """One report after the other from another thread, until the block ends."""
    milestones, reports, enough = world.milestones(_MOST_REPORTS), list[Report](), Event()
    failures: list[Exception] = []

    def report() -> None:
        for milestone in milestones:
            if enough.wait(_PAUSE):
                return
            try:
                reports.append(world.reach(milestone))
                world.mailbox.mails()  # it forgets them where it is started anew
            except Exception as error:
                failures.append(error)

    thread = Thread(target=report)
    thread.start()
    try:
        yield reports
    finally:
        enough.set()
        thread.join()
    claim(reports and not failures, f"{len(failures)} reports were not taken: {failures[:1]}")


def _world(deployment: Deployment) -> World:
    """Spoken to at the published port, or, on a kernel without IPVS, at the proxy's own address."""
    settings = deployment.settings()
    secret = f"PRASAN_SECRET_KEY={settings['PRASAN_SECRET_KEY']}"
    (proxy,) = _tasks(deployment, "--filter", f"label=com.docker.swarm.service.name={_STACK}_proxy")
    certificate = until(lambda: _certificate(deployment, proxy), "the proxy has its certificate", 60)
    said = deployment.docker(
        "run", "--rm", "--entrypoint", "prasan", "--env", secret,
        next(iter(_images(deployment))), "token", "create", "--subject", "rehearsal",
        "--role", "operator", "--role", "coordinator", "--role", "partner_manager",
    )  # fmt: skip
    token = re.findall(r"[\w-]+\.[\w-]+\.[\w-]+", said)[0]
    bridge = json.loads(deployment.docker("network", "inspect", "docker_gwbridge"))[0]["Containers"]
    address = bridge[proxy]["IPv4Address"].partition("/")[0]
    published = Door(deployment.ports["HTTPS_PORT"], certificate)
    door = published if _answers(published) else Door(8443, certificate, address)
    mailbox = Mailbox(Door(8444, certificate, address), settings["PRASAN_MAILBOX_PASSWORD"])
    return World(Api(door, token), mailbox)


def _certificate(deployment: Deployment, proxy: str) -> str:
    found = deployment.shell.attempt("docker", "exec", proxy, "cat", CERTIFICATE)
    return found.output if found.code == 0 else ""


def _answers(door: Door) -> bool:
    with suppress(httpx.HTTPError), door.client() as client:
        return client.get("/healthz").is_success
    return False


def _tasks(deployment: Deployment, *options: str) -> list[str]:
    """The containers of the stack that run (or all, with --all)."""
    listed = deployment.docker(
        "ps", "--quiet", "--no-trunc", "--filter", f"label=com.docker.stack.namespace={_STACK}", *options
    )
    return listed.split()


def _all_run(deployment: Deployment) -> bool:
    """Every service has as many running tasks as it wants; a task runs once it is healthy."""
    told = deployment.shell.attempt(
        "docker", "service", "ls", "--format", "{{.Name}} {{.Replicas}}", quiet=True
    ).output
    counts = dict(re.findall(r"^\S+?_(\S+) (\d+/\d+)", told, re.MULTILINE))
    lasting = {name: count for name, count in counts.items() if name not in DONE_ONCE}
    return bool(lasting) and all(count.split("/")[0] == count.split("/")[1] for count in lasting.values())


def _updated(deployment: Deployment) -> bool:
    """Raises Wrong where the swarm took the update back."""
    states = {}
    for service in _REPLICAS:
        told = deployment.shell.attempt(
            "docker",
            "service",
            "inspect",
            "--format",
            "{{json .UpdateStatus}}",
            f"{_STACK}_{service}",
            quiet=True,
        ).output
        states[service] = (json.loads(told) or {}).get("State", "none")
    claim(
        not any("rollback" in state or state == "paused" for state in states.values()),
        f"taken back: {states}",
    )
    return all(state == "completed" for state in states.values())


def _images(deployment: Deployment) -> set[str]:
    """Those that the three services' tasks run."""
    return {
        deployment.docker("inspect", "--format", "{{.Image}}", task).strip()
        for service in _REPLICAS
        for task in _tasks(deployment, "--filter", f"label=com.docker.swarm.service.name={_STACK}_{service}")
    }
