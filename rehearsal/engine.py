"""A container engine: the machine's own where one answers, otherwise one of our own, ended with us."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rehearsal.errors import CannotRun, CommandFailed
from rehearsal.shell import Shell

_STARTS_WITHIN = 40.0  # seconds
_DEBIAN = ("docker.io", "iptables", "debootstrap", "util-linux")
_PROGRAMS = ("docker", "dockerd", "iptables", "debootstrap", "setpriv")


class Engine:
    """Where the engine listens, and whether it is ours: only ours may get stand-in images."""

    def __init__(self, address: str, *, ours: bool) -> None:
        self.address, self.ours = address, ours


@contextmanager
def engine(home: Path, shell: Shell) -> Iterator[Engine]:
    """An engine that answers. Raises CannotRun, with the reason.

    `home` keeps the images of our own engine from one run to the next.
    """
    if _answers(shell, address := os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")):
        yield Engine(address, ours=False)
        return
    _may_run_one(shell)
    with _own_daemon(home, shell) as address:
        yield Engine(address, ours=True)


def _answers(shell: Shell, address: str) -> bool:
    if not shutil.which("docker"):
        return False
    with suppress(CommandFailed):
        return shell.attempt("docker", "--host", address, "version", "--format", "x", seconds=10).code == 0
    return False


def _may_run_one(shell: Shell) -> None:
    if os.geteuid() != 0:
        raise CannotRun("No container engine answers, and only root may start one.")
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise CannotRun(f"No container engine answers, and {', '.join(missing)} cannot be installed here.")
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *_DEBIAN)
    quiet = shell.within(shell.directory, DEBIAN_FRONTEND="noninteractive")
    try:
        with _no_service_starts():
            if quiet.attempt(*install).code:
                quiet.run("apt-get", "update", "-q")
                quiet.run(*install)
    except CommandFailed as error:
        raise CannotRun(f"{', '.join(_DEBIAN)} could not be installed: {error}") from error


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian starts a service as soon as it is installed, unless this file says no. One there stays."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


@contextmanager
def _own_daemon(home: Path, shell: Shell) -> Iterator[str]:
    """Our own dockerd under `home`; on the way out it is ended, and nothing else is."""
    home.mkdir(parents=True, exist_ok=True)
    run = Path(f"/run/prasan-rehearsal-{os.getpid()}")  # a socket's path has a limit of 108 bytes
    shutil.rmtree(run, ignore_errors=True)  # of a process long gone that had our number
    run.mkdir(mode=0o700)
    address = f"unix://{run}/docker.sock"
    # whatever becomes of us, the engine does not outlive us
    command = ["setpriv", "--pdeathsig", "TERM", "dockerd", "--host", address]
    command += ["--data-root", str(home / "engine")]
    command += ["--exec-root", str(run / "exec"), "--pidfile", str(run / "docker.pid")]
    with (home / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(daemon, shell, address, home / "dockerd.log")
        yield address
    finally:
        daemon.terminate()
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
        shutil.rmtree(run, ignore_errors=True)


def _wait_for(daemon: subprocess.Popen[bytes], shell: Shell, address: str, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while not _answers(shell, address):
        if daemon.poll() is not None or time.monotonic() > until:
            raise CannotRun(f"dockerd does not start on this machine: {_why(log)}")
        time.sleep(0.3)


def _why(log: Path) -> str:
    """The last line in which dockerd complains."""
    lines = log.read_text(errors="replace").splitlines()
    complaints = [line for line in lines if "failed to start daemon" in line or "level=fatal" in line]
    return (complaints or lines or ["it said nothing"])[-1]
