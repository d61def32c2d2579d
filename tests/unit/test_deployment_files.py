"""What stands beside docker-compose.yml: the proxy's routes, alerts, dashboards, health checks, the stack."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import shutil
import struct
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import bson
import pytest
import yaml
from prometheus_client import REGISTRY

from shared.config import Settings
from shared.http.endpoint import Endpoint
from shared.messaging.topology import SERVICES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PARTS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ROUTES = {
    name: re.compile(pattern)
    for name, pattern in re.findall(
        r"^\t@(\w+) path_regexp (\S+)$", (DEPLOY / "proxy" / "Caddyfile").read_text(), re.MULTILINE
    )
}
FOR_OPERATORS = re.compile(r"/v1/(dead-letters|revocations|events|incoming|restored-deliveries)\b")


def paths_of(service: str) -> set[str]:
    """Every path that a service answers."""
    kind = getattr(importlib.import_module(f"services.{service}.service"), f"{service.title()}Service")
    methods = [method for _, method in inspect.getmembers(kind, inspect.isfunction)]
    entrypoints = [each for method in methods for each in getattr(method, "nameko_entrypoints", ())]
    return {each.path for each in entrypoints if isinstance(each, Endpoint)}


ANSWERED = Counter(path for service in SERVICES for path in paths_of(service))


@pytest.mark.parametrize(
    ("service", "path"), [(service, path) for service in SERVICES for path in sorted(paths_of(service))]
)
def test_the_proxy_sends_each_path_to_its_service(service: str, path: str) -> None:
    """What only operators need is reached from inside only; what several services answer, at one at most."""
    found = {name for name, route in ROUTES.items() if route.search(path)}
    found = {next(name for name in ROUTES if name in found)} if found else found
    inside_only = not path.startswith("/v1/") or FOR_OPERATORS.match(path)

    if ANSWERED[path] > 1 and not inside_only:
        assert len(found) <= 1 and all(path in paths_of(name) for name in found)
    else:
        assert found == (set() if inside_only else {service})


def test_the_routes_are_those_of_the_services() -> None:
    """Three, each for one service."""
    assert set(ROUTES) == set(SERVICES)


def test_the_image_that_nobody_chose_is_that_of_this_version() -> None:
    """Given a new version, plain `docker compose` does not run the image of the one before."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert f"image: prasan:${{PRASAN_VERSION:-{version}}}" in (ROOT / "docker-compose.yml").read_text()


def test_every_setting_is_passed_on() -> None:
    """What the README promises, docker-compose hands to whoever reads it."""
    given = {name for part in PARTS.values() for name in part.get("environment", {})}
    tests_only = {"PRASAN_FAILPOINTS"}

    assert {field.name.upper() for field in fields(Settings)} - given == tests_only


# ---------------------------------------------------------------------------------------------- figures


def known_figures() -> set[str]:
    """What the processes tell Prometheus, with what it makes of histograms and counters."""
    ours = ("services.notifications", "services.notifications.intake", "shared.http", "shared.messaging")
    for package in ours:
        importlib.import_module(f"{package}.metrics")
    names = {family.name for family in REGISTRY.collect()}
    return {"up"} | {f"{name}{end}" for name in names for end in ("", "_total", "_bucket", "_count", "_sum")}


def expressions() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "prasan.json").read_text())
    for panel in board["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


@pytest.mark.parametrize(("title", "expression"), list(expressions()))
def test_alerts_and_dashboards_ask_for_figures_that_exist(title: str, expression: str) -> None:
    """A renamed figure would leave an alert silent for ever. The broker's are its own."""
    asked = set(re.findall(r"\b(?:prasan|process)_\w+|\bup\b", expression))

    assert asked <= known_figures()
    assert asked or "rabbitmq_" in expression


def test_every_alert_says_what_it_means_and_what_to_do() -> None:
    """To whom it wakes."""
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert " / " in rule["annotations"]["summary"] and rule["annotations"]["do"]


@pytest.mark.parametrize("service", SERVICES)
def test_prometheus_asks_every_replica(service: str) -> None:
    """At the port that the service listens on, with the token that it needs."""
    jobs = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    (job,) = [job for job in jobs if job["job_name"] == service]
    (found,) = job["dns_sd_configs"]
    port = PARTS[service]["environment"]["HTTP_ADDRESS"].rpartition(":")[2]

    assert (found["names"], found["type"], str(found["port"])) == ([service], "A", port)
    assert job["authorization"] == {"credentials_file": "/etc/prasan/token"}


# ---------------------------------------------------------------------------------------------- databases


def test_mongodb_is_asked_in_its_own_protocol() -> None:
    """One OP_MSG with the command that anybody may give."""
    (line,) = re.findall(r"^printf .*(?= >&3$)", (DEPLOY / "mongo" / "healthy.sh").read_text(), re.MULTILINE)
    message = subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout
    length, _, _, opcode, flags, kind = struct.unpack_from("<iiiiIb", message)

    assert (length, opcode, flags, kind) == (len(message), 2013, 0, 0)
    assert bson.decode(message[21:]) == {"hello": 1, "$db": "admin"}


# ---------------------------------------------------------------------------------------------- the stack


def stack(folder: Path, **variables: str) -> dict[str, Any]:
    env_file = folder / "env"
    environment = {**os.environ, "ENV_FILE": str(env_file), **variables}
    if not env_file.exists():
        subprocess.run([DEPLOY / "operate.sh", "env"], env=environment, check=True, capture_output=True)
    shown = subprocess.run(
        [DEPLOY / "stack.sh", "show"], env=environment, check=True, capture_output=True, text=True
    ).stdout
    (folder / "stack.yml").write_text(shown)
    parsed: dict[str, Any] = yaml.safe_load(shown)
    return parsed


def test_a_stack_has_nothing_that_swarm_refuses(tmp_path: Path) -> None:
    """No conditions, no profiles, no limits at the first level, no port of this machine only."""
    parts = stack(tmp_path)["services"]

    assert set(parts) == {name for name, part in PARTS.items() if "profiles" not in part}
    for part in parts.values():
        assert not part.keys() & {"depends_on", "profiles", "mem_limit", "cpus", "build", "restart"}
        assert all(not str(port).startswith("127.") for port in part.get("ports", ()))
        assert part["volumes"] and not part.keys() & {"tmpfs"}


def test_a_stack_has_what_is_asked_for(tmp_path: Path) -> None:
    """Mailbox and Prometheus, and the image from where every node gets it."""
    image = "registry.example.org/prasan:1"
    parts = stack(tmp_path, COMPOSE_PROFILES="mail,observe", PRASAN_IMAGE=image)["services"]

    assert {"mailbox", "prometheus", "grafana", "metrics-token"} <= set(parts)
    assert {part["image"] for name, part in parts.items() if name in (*SERVICES, "migrate")} == {image}


def test_folders_in_memory_are_volumes(tmp_path: Path) -> None:
    """A swarm passes over `tmpfs:` without a word, and a read-only container then has nowhere to write."""
    parts = stack(tmp_path, COMPOSE_PROFILES="mail,observe", DKIM_KEY_FILE="/etc/prasan/dkim/x.pem")[
        "services"
    ]

    assert not [name for name, part in PARTS.items() if "tmpfs" in part]
    for name, part in parts.items():
        assert part["volumes"] == PARTS[name]["volumes"]
        assert {"type": "tmpfs", "target": "/tmp"} in part["volumes"]


def test_in_a_stack_work_is_repeated_and_data_stays_where_it_is(tmp_path: Path) -> None:
    """What is done once has nobody to wait for it; volumes are of one node."""
    parts = stack(tmp_path, COMPOSE_PROFILES="observe")["services"]
    once = {name for name, part in PARTS.items() if part["restart"] == "no" and name in parts}
    volumes = {name: [str(volume) for volume in part["volumes"]] for name, part in parts.items()}
    with_volume = {name for name in parts if any(re.match(r"[a-z-]+:/", each) for each in volumes[name])}

    for name in once:
        assert parts[name]["deploy"]["restart_policy"]["condition"] == "on-failure", name
    for name in with_volume:
        assert parts[name]["deploy"]["placement"] == {"constraints": ["node.labels.prasan == data"]}, name
    for name in SERVICES:
        assert parts[name]["deploy"]["update_config"]["order"] == "start-first"
        assert "placement" not in parts[name]["deploy"]


@pytest.mark.skipif(not shutil.which("docker"), reason="docker is not on this machine")
def test_docker_takes_the_stack(tmp_path: Path) -> None:
    """Its own parser, which needs no engine."""
    stack(tmp_path, COMPOSE_PROFILES="mail,observe")
    lines = (tmp_path / "env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    done = subprocess.run(
        ["docker", "stack", "config", "--compose-file", tmp_path / "stack.yml"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
