"""From outside the machine: a network namespace of its own, from which every port is tried."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.errors import NotHere
from rehearsal.shell import Shell
from rehearsal.stage import Stage
from rehearsal.world import claim

_NAMESPACE, _INNER, _OUTER = "prasan-outside", "prasan-in", "prasan-out"
# A range for documentation (RFC 5737), so that it is nobody's.
_MACHINE, _STRANGER = "198.51.100.1", "198.51.100.2"
_SCAN = Path(__file__).parent.parent / "scan.py"


def only_the_proxy(stage: Stage) -> str:
    """All 65,535 ports of the machine and of each container; none but the proxy's may answer."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        raise NotHere("only root may make a network namespace")
    deployment = stage.deployment
    containers = [c for c in deployment.containers() if c.state == "running"]
    inside = {address: c.service for c in containers for address in c.addresses}
    with _stranger(deployment.shell, list(inside)):
        with_it = _scan(deployment.shell, _MACHINE)
        open_inside = {
            f"{inside[address]} ({address}):{port}"
            for address in inside
            for port in _scan(deployment.shell, address, "--likely")
        }
    expected = {deployment.ports["HTTP_PORT"], deployment.ports["HTTPS_PORT"]}
    others = _listening_everywhere() - _published(stage)
    claim(expected <= with_it, f"the proxy's ports do not answer: {sorted(expected - with_it)}")
    claim(with_it - expected <= others, f"answers besides the proxy: {sorted(with_it - expected - others)}")
    unexpected = {each for each in open_inside if not each.startswith("proxy ")}
    claim(not unexpected, f"containers reachable by their own addresses: {sorted(unexpected)}")
    return (
        f"65,535 ports of the machine, {len(inside)} addresses of containers: ports {sorted(expected)} only"
    )


@contextmanager
def _stranger(shell: Shell, behind: list[str]) -> Iterator[None]:
    """A namespace on a wire to this machine, with a route through it to the containers' addresses."""
    _remove(shell)
    try:
        shell.run("ip", "netns", "add", _NAMESPACE)
        shell.run("ip", "link", "add", _OUTER, "type", "veth", "peer", "name", _INNER, "netns", _NAMESPACE)
        shell.run("ip", "address", "add", f"{_MACHINE}/30", "dev", _OUTER)
        shell.run("ip", "link", "set", _OUTER, "up")
        for command in (
            f"address add {_STRANGER}/30 dev {_INNER}",
            f"link set {_INNER} up",
            "link set lo up",
        ):
            shell.run("ip", "-n", _NAMESPACE, *command.split())
        for address in behind:
            shell.run("ip", "-n", _NAMESPACE, "route", "add", f"{address}/32", "via", _MACHINE)
        yield
    finally:
        _remove(shell)


def _remove(shell: Shell) -> None:
    """Of ours only; the pair of wires goes with the namespace."""
    shell.attempt("ip", "netns", "delete", _NAMESPACE)
    shell.attempt("ip", "link", "delete", _OUTER)


def _scan(shell: Shell, address: str, *options: str) -> set[int]:
    command = ("ip", "netns", "exec", _NAMESPACE, "python3", str(_SCAN), address, *options)
    return {int(port) for port in shell.run(*command, seconds=240).split()}


def _listening_everywhere() -> set[int]:
    """What listens on this machine on other addresses than the loopback: not ours, unless published."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, port = local.split(":")
            loopback = address in ("0100007F", "00000000000000000000000001000000")
            if state == "0A" and not loopback:
                ports.add(int(port, 16))
    return ports


def _published(stage: Stage) -> set[int]:
    """What the engine listens on for our containers."""
    found = set()
    for container in stage.deployment.containers():
        for line in stage.deployment.docker("port", container.id).splitlines():
            found.add(int(line.rpartition(":")[2]))
    return found
