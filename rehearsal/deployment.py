"""An installation as an operator has it: a folder with the project's files, an .env, and `make`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rehearsal.errors import RehearsalError
from rehearsal.shell import Result, Shell

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "prasan-rehearsal"
MAIL_FROM = "prasan@lamphun.example.org"
_LOOK_EVERY = 0.2  # seconds
_UP_SECONDS = 900.0
_PROFILES = "mail,observe,tools"
DONE_ONCE = frozenset({"prepare", "migrate", "database-users", "metrics-token"})

Found = TypeVar("Found")


class TooLong(RehearsalError):
    """Something did not come to pass in time."""


def until(look: Callable[[], Found | None], what: str, seconds: float = 90.0) -> Found:
    """What `look` finds, once it is true. Raises TooLong."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TooLong(f"{what}: not within {seconds:.0f} s")
        time.sleep(_LOOK_EVERY)
    return found


def copy_of_the_tree(target: Path) -> None:
    """Every file that git knows or would take, as it is now, into a folder of its own."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, place = ROOT / name, target / name
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Container:
    """One container of the deployment, as the engine tells it."""

    id: str
    service: str
    state: str
    health: str
    pid: int
    restarts: int
    addresses: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.state == "running" and self.health in ("healthy", "")


class Deployment:
    """The folder, and the commands that an operator types in it."""

    def __init__(self, directory: Path, shell: Shell, *, engine_is_ours: bool) -> None:
        self.directory = directory
        self.shell = shell.within(directory)
        self.engine_is_ours = engine_is_ours
        self.ports = {name: free_port() for name in ("HTTP_PORT", "HTTPS_PORT", "OPERATOR_PORT")}

    # ------------------------------------------------------------------------------------------ settings

    @property
    def env_file(self) -> Path:
        return self.directory / ".env"

    def settings(self) -> dict[str, str]:
        """What .env says."""
        lines = self.env_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def set(self, **changes: str | None) -> None:
        """Changes lines of .env; None takes one out."""
        lines = [
            line for line in self.env_file.read_text().splitlines() if line.partition("=")[0] not in changes
        ]
        lines += [f"{name}={value}" for name, value in changes.items() if value is not None]
        self.env_file.write_text("\n".join(lines) + "\n")

    def configure(self) -> None:
        """What an operator who tries Prasan out would set, on ports that are free here."""
        self.shell.run("sh", "deploy/operate.sh", "env")
        self.set(
            COMPOSE_PROJECT_NAME=PROJECT,
            COMPOSE_PROFILES="mail",
            **{name: str(port) for name, port in self.ports.items()},
            MAIL_MODE="send",
            MAIL_FROM=MAIL_FROM,
            SMTP_URL="smtp://mailbox:1025",
            HOLD_SECONDS="1",
            LEASE_SECONDS="15",
            MAIL_PER_MINUTE="1200",
        )

    # ------------------------------------------------------------------------------------------ commands

    def make(self, target: str, seconds: float = _UP_SECONDS, **variables: str) -> str:
        """`make TARGET NAME=value …`; its output. Raises CommandFailed."""
        return self.shell.run("make", target, *_assigned(variables), seconds=seconds)

    def try_make(self, target: str, seconds: float = _UP_SECONDS, **variables: str) -> Result:
        """The same, however it ends."""
        return self.shell.attempt("make", target, *_assigned(variables), seconds=seconds)

    def compose(self, *arguments: str, seconds: float = 300.0, stdin: bytes | None = None) -> str:
        """`docker compose …` in the folder. Raises CommandFailed."""
        return self.shell.run("docker", "compose", *arguments, seconds=seconds, stdin=stdin)

    def prasan(self, *arguments: str, seconds: float = 120.0) -> str:
        """The operator's command, as the documentation has it."""
        return self.compose("run", "--rm", "-T", "cli", *arguments, seconds=seconds)

    def docker(self, *arguments: str, seconds: float = 120.0) -> str:
        return self.shell.run("docker", *arguments, seconds=seconds)

    # ------------------------------------------------------------------------------------------ containers

    def containers(self, service: str | None = None) -> list[Container]:
        """All that run or ran, without the ones of `run --rm`."""
        listed = self.shell.attempt(
            "docker", "ps", "--all", "--quiet", "--no-trunc",
            "--filter", f"label=com.docker.compose.project={PROJECT}",
            "--filter", "label=com.docker.compose.oneoff=False",
            quiet=True,
        ).output.split()  # fmt: skip
        if not listed:
            return []
        # one may be gone meanwhile: what is left is listed all the same, before the complaint
        inspected = self.shell.attempt("docker", "inspect", *listed, quiet=True).output
        told, _ = json.JSONDecoder().raw_decode(inspected[inspected.index("[") :])
        found = [_container(each) for each in told]
        return [container for container in found if service in (None, container.service)]

    def kill(self, container: Container) -> None:
        """As a crash does it: the first process gets SIGKILL, and the restart policy is asked.

        On an engine that is not ours the process may not be reached; then the engine kills and starts.
        """
        if self.engine_is_ours and os.geteuid() == 0 and container.pid:
            os.kill(container.pid, signal.SIGKILL)
            return
        self.docker("kill", container.id)
        self.docker("start", container.id)

    def wait_until_well(self, *services: str, seconds: float = 180.0) -> None:
        """Returns once every container of these services (or of all) runs and is healthy."""

        def look() -> bool:
            found = [c for c in self.containers() if c.service not in DONE_ONCE]
            chosen = [c for c in found if not services or c.service in services]
            return bool(chosen) and all(container.well for container in chosen)

        until(look, f"{', '.join(services) or 'everything'} healthy", seconds)

    def nothing_runs(self) -> bool:
        return not [c for c in self.containers() if c.state == "running"]

    def remove(self, *, volumes: bool) -> None:
        """`docker compose down`, with the volumes where told; does not mind where nothing is there."""
        everything = self.shell.within(self.directory, COMPOSE_PROFILES=_PROFILES)
        more = ("--volumes",) if volumes else ()
        everything.attempt("docker", "compose", "down", "--remove-orphans", "--timeout", "20", *more)

    def images(self) -> Iterator[str]:
        """The images that docker-compose.yml names, but for the one that is built."""
        everything = self.shell.within(self.directory, COMPOSE_PROFILES=_PROFILES)
        shown = json.loads(_json_in(everything.run("docker", "compose", "config", "--format", "json")))
        for service in shown["services"].values():
            if not service["image"].startswith("prasan:"):
                yield service["image"]


def _assigned(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]


def _json_in(output: str) -> str:
    """Compose may warn before it answers."""
    return output[output.index("{") :]


def _container(told: Mapping[str, Any]) -> Container:
    state = told["State"]
    networks = told["NetworkSettings"]["Networks"].values()
    return Container(
        told["Id"],
        told["Config"]["Labels"].get("com.docker.compose.service", ""),
        state["Status"],
        (state.get("Health") or {}).get("Status", ""),
        int(state["Pid"]),
        int(told["RestartCount"]),
        tuple(network["IPAddress"] for network in networks if network["IPAddress"]),
    )
