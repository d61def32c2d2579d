"""What is said before anything starts."""

from __future__ import annotations

import socket

from rehearsal.deployment import Deployment
from rehearsal.shell import Result
from rehearsal.stage import Stage
from rehearsal.world import claim

_PROFILES = "mail,observe,tools"


def config_is_clean(stage: Stage) -> str:
    """Given a fresh .env, `docker compose config` has nothing to say."""
    deployment = stage.deployment
    for profiles in ("", "mail", _PROFILES):
        shell = deployment.shell.within(deployment.directory, COMPOSE_PROFILES=profiles)
        said = shell.run("docker", "compose", "config", "--quiet").strip()
        claim(not said, f"compose says: {said}")
    return deployment.compose("version", "--short").strip()


def secrets_are_checked(stage: Stage) -> str:
    """No .env, a missing secret, a weak one: one clear message each, and nothing starts."""
    deployment = stage.deployment
    kept = deployment.env_file.read_text()
    said = []
    try:
        deployment.env_file.unlink()
        result = deployment.shell.attempt("docker", "compose", "up", "--detach")
        claim(result.code and "run make up" in result.output, f"without .env: {result.output}")
        for value in (None, "short", "password" * 5):
            deployment.env_file.write_text(kept)
            deployment.set(PRASAN_SECRET_KEY=value)
            said.append(_refused(deployment, deployment.try_make("up"), "PRASAN_SECRET_KEY"))
    finally:
        deployment.env_file.write_text(kept)
    return "; ".join(said)


def port_taken(stage: Stage) -> str:
    """Somebody else listens on the proxy's port."""
    deployment = stage.deployment
    port = deployment.ports["HTTPS_PORT"]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        return _refused(deployment, deployment.try_make("up"), str(port))


def little_disk(stage: Stage) -> str:
    """As on a machine whose disk is nearly full."""
    deployment = stage.deployment
    shell = deployment.shell.within(deployment.directory, PRASAN_LEAST_DISK="999999999")
    return _refused(deployment, shell.attempt("make", "up"), "disk")


def _refused(deployment: Deployment, result: Result, about: str) -> str:
    """The line that says it. Raises Wrong where it did start, or where nobody would know why not."""
    claim(result.code, f"make up took it: {result.output[-300:]}")
    line = next((line for line in result.output.splitlines() if about in line), None)
    claim(line, f"nothing is said about {about}: {result.output[-300:]}")
    claim("Traceback" not in result.output, "a traceback is no clear message")
    claim(deployment.nothing_runs(), "something was started all the same")
    return str(line).strip()[:90]
