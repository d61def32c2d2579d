"""From nothing to a system that does its work, and down again."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from typing import Any

from rehearsal.deployment import until
from rehearsal.errors import CommandFailed, NotHere
from rehearsal.images import images_of_dockerfile
from rehearsal.stage import Stage
from rehearsal.world import claim

_MEGABYTE = 1 << 20
_UNITS = {"B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "KB": 1e3, "MB": 1e6, "GB": 1e9}
_REST_SECONDS = 10.0


def up(stage: Stage) -> str:
    """`make up` on empty volumes, with building the image."""
    deployment = stage.deployment
    begun = time.monotonic()
    deployment.make("up")
    stage.figures["first_up_seconds"] = first = time.monotonic() - begun
    deployment.wait_until_well(seconds=5)
    return f"{first:.0f} s with building the image"


def at_rest(stage: Stage) -> str:
    """The image beside the base it was made from; every container's memory with nothing to do."""
    deployment = stage.deployment
    image, base = (_size(stage, name) for name in (_prasan_image(stage), _base_image(stage)))
    time.sleep(_REST_SECONDS)
    told = deployment.docker("stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}")
    memory = {
        name: in_bytes(usage.split("/")[0].strip()) / _MEGABYTE
        for name, usage in (line.split("\t") for line in told.splitlines() if "\t" in line)
    }
    stage.figures |= {"image_mb": image, "image_over_base": image / base, "image_added_mb": image - base}
    stage.figures |= {f"memory_mb_{name.split('-')[-2]}": size for name, size in memory.items()}
    stage.figures["memory_mb"] = total = sum(memory.values())
    return f"image {image:.0f} MB, {image / base:.2f} × its base; {len(memory)} containers use {total:.0f} MB"


def check(stage: Stage) -> str:
    """What an operator is told to do first."""
    stage.deployment.prasan("check", "--lang", "en")
    return "as an operator runs it"


def scenario(stage: Stage) -> str:
    """Project, partner, contacts; a milestone reached; mail in the mailbox; the outcome adds up."""
    begun = time.monotonic()
    world = stage.world
    report = world.reach(world.milestones(1)[0])
    world.settle(report)
    line = world.check(report)
    stage.figures["scenario_seconds"] = time.monotonic() - begun
    mail = next(iter(world.mailbox.mails()))
    claim("ลำพูนจังหวัดสะอาด" in world.mailbox.text(mail), "the mail says nothing of its project")
    return line


def least_privilege(stage: Stage) -> str:
    """No guest at the broker; one service's database user reads no other's; nobody gets in without."""
    deployment = stage.deployment
    users = deployment.compose("exec", "-T", "broker", "rabbitmqctl", "-q", "list_users")
    claim("guest" not in users, "guest may log in")
    settings = deployment.settings()
    script = (
        "import sys; from pymongo import MongoClient; from pymongo.errors import OperationFailure\n"
        "def refused(uri, database):\n"
        "    try: MongoClient(uri, serverSelectionTimeoutMS=8000)[database].contacts.find_one()\n"
        "    except OperationFailure: return True\n"
        f"password = {settings['PRASAN_MONGO_PASSWORD_PROJECTS']!r}\n"
        "own = f'mongodb://projects:{password}@database:27017/projects?replicaSet=prasan'\n"
        "nobody = 'mongodb://database:27017/?replicaSet=prasan'\n"
        "assert not refused(own, 'projects')\n"
        "assert refused(own, 'partners') and refused(own, 'notifications') and refused(nobody, 'partners')\n"
    )
    deployment.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "python", "cli", "-c", script)
    for container in deployment.containers():
        if container.state == "running":
            status = deployment.docker("exec", container.id, "cat", "/proc/1/status")
            uid = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
            claim(uid and uid[1] != "0", f"{container.service} runs as root")
    return "no guest, no root, no reading of another's database"


def new_passwords(stage: Stage) -> str:
    """As docs/operations.md says it: a broker's user, a database's user, and the database's administrator."""
    deployment, world = stage.deployment, stage.world
    root = deployment.settings()["PRASAN_MONGO_PASSWORD_ROOT"]
    changed = (
        "PRASAN_AMQP_PASSWORD_PROJECTS",
        "PRASAN_MONGO_PASSWORD_PARTNERS",
        "PRASAN_MONGO_PASSWORD_ROOT",
    )
    deployment.set(PRASAN_MONGO_PASSWORD_ROOT_OLD=root, **{name: secrets.token_hex(24) for name in changed})
    deployment.make("up")
    deployment.set(PRASAN_MONGO_PASSWORD_ROOT_OLD=None)
    deployment.make("up")
    report = world.reach(world.milestones(1)[0])
    world.settle(report)
    return f"{len(changed)} changed; {world.check(report)}"


def observe(stage: Stage) -> str:
    """The profile `observe`: each service is scraped, and the alert rules load."""
    deployment = stage.deployment
    deployment.set(COMPOSE_PROFILES="mail,observe")
    deployment.make("up")
    deployment.wait_until_well(seconds=60)
    until(lambda: _targets(stage), "Prometheus sees its targets", 90)
    targets = _targets(stage)
    down = sorted({t["labels"]["job"] for t in targets if t["health"] != "up"})
    claim(not down, f"not seen: {', '.join(down)}")
    rules = json.loads(_ask_prometheus(stage, "/api/v1/rules"))["data"]["groups"]
    broken = [rule["name"] for group in rules for rule in group["rules"] if rule["health"] == "err"]
    claim(rules and not broken, f"rules that cannot be evaluated: {broken}")
    deployment.set(COMPOSE_PROFILES="mail")
    count = sum(len(group["rules"]) for group in rules)
    grafana = "" if not any("grafana" in image for image in stage.stand_ins) else "; Grafana itself not here"
    return f"{len(targets)} targets up, {count} rules{grafana}"


def down(stage: Stage) -> str:
    """Everything ends, and comes back with its data."""
    deployment = stage.deployment
    before = _projects(stage)
    deployment.make("down")
    claim(not deployment.containers(), "containers are left")
    begun = time.monotonic()
    deployment.make("up")
    stage.figures["up_seconds"] = again = time.monotonic() - begun
    claim(_projects(stage) == before, "projects are gone")
    deployment.make("down")
    return f"nothing runs; make up again took {again:.0f} s, and everything was there"


def old_compose(stage: Stage) -> str:
    """Up and down by Compose 1.29, which Debian 12 has, with the data that are there."""
    deployment = stage.deployment
    version = _version_of_old_compose(stage)
    shell = deployment.shell.within(deployment.directory, PRASAN_COMPOSE="docker-compose")
    said = shell.run("docker-compose", "config", "--quiet").strip()
    claim(not said, f"docker-compose says: {said}")
    began = time.monotonic()
    shell.run("make", "up", seconds=900)
    stage.figures["old_compose_up_seconds"] = time.monotonic() - began
    deployment.wait_until_well(seconds=10)
    claim(_projects(stage) > 0, "the data are gone")
    shell.run("make", "down")
    claim(not deployment.containers(), "containers are left")
    return f"{version}: up in {stage.figures['old_compose_up_seconds']:.0f} s, with the data, and down"


def _version_of_old_compose(stage: Stage) -> str:
    """Installed where the distribution has it. Raises NotHere."""
    shell = stage.deployment.shell
    if not shutil.which("docker-compose") and stage.deployment.engine_is_ours:
        offered = shell.attempt("apt-cache", "policy", "docker-compose").output
        if re.search(r"Candidate: 1\.", offered):
            shell.attempt("apt-get", "install", "-y", "-q", "--no-install-recommends", "docker-compose")
    if shutil.which("docker-compose"):
        version = shell.attempt("docker-compose", "version", "--short").output.strip()
        if version.startswith("1."):
            return version
    raise NotHere("no docker-compose 1.29 on this machine, and its distribution has none")


def _projects(stage: Stage) -> int:
    stage.reconnect()
    return len(list(stage.world.api.items("/v1/projects")))


def _targets(stage: Stage) -> list[dict[str, Any]]:
    """All of them once none is unknown, else an empty list."""
    told = json.loads(_ask_prometheus(stage, "/api/v1/targets"))
    found: list[dict[str, Any]] = told["data"]["activeTargets"]
    return [] if any(target["health"] == "unknown" for target in found) else found


def _ask_prometheus(stage: Stage, path: str) -> str:
    return stage.deployment.compose(
        "exec", "-T", "prometheus", "wget", "-q", "-O", "-", f"http://127.0.0.1:9090{path}"
    )


def _prasan_image(stage: Stage) -> str:
    service = stage.deployment.containers("projects")[0]
    return stage.deployment.docker("inspect", "--format", "{{.Image}}", service.id).strip()


def _base_image(stage: Stage) -> str:
    text = (stage.deployment.directory / "Dockerfile").read_text()
    return images_of_dockerfile(text)[-1]


def _size(stage: Stage, image: str) -> float:
    try:
        told = stage.deployment.docker("image", "inspect", "--format", "{{.Size}}", image)
    except CommandFailed as error:
        raise NotHere(f"{image} is not on this engine") from error
    return float(told) / 1e6


def in_bytes(text: str) -> float:
    """ "12.5MiB" in bytes."""
    match = re.fullmatch(r"([\d.]+)\s*([A-Za-z]+)", text)
    return float(match[1]) * _UNITS[match[2].upper()] if match else 0.0
