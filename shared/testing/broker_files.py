"""What a private RabbitMQ node reads: its configuration, its definitions, its environment."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.messaging.definitions import USERS as PRODUCT_USERS
from shared.messaging.definitions import definitions, password_hash

TESTER = "tester"  # may do everything; only private nodes have it
USERS = (*PRODUCT_USERS, TESTER)

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp_port}
load_definitions = {definitions}
log.console = false
log.file.level = info
loopback_users = none
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 33554432
vm_memory_high_watermark.relative = 0.4
"""


class BrokerNotInstalled(RuntimeError):
    """RabbitMQ is not on this machine."""


@dataclass(frozen=True)
class Ports:
    """Everything a node listens on, all on 127.0.0.1."""

    amqp: int
    distribution: int
    epmd: int
    control: int


def scripts_directory() -> Path:
    """Where rabbitmq-server and rabbitmqctl lie, without the wrapper that changes the user.

    Raises BrokerNotInstalled.
    """
    candidates = [Path("/usr/lib/rabbitmq/bin")]
    if found := shutil.which("rabbitmq-server"):
        candidates.append(Path(found).resolve().parent)
    for directory in candidates:
        if (directory / "rabbitmq-server").exists() and (directory / "rabbitmq-env").exists():
            return directory
    raise BrokerNotInstalled("RabbitMQ is not installed: run `make setup`")


def epmd_command(ports: Ports) -> list[str]:
    """Erlang's name server, in the foreground. Raises BrokerNotInstalled."""
    if not (epmd := shutil.which("epmd")):
        raise BrokerNotInstalled("Erlang's epmd is not installed: run `make setup`")
    return [epmd, "-port", str(ports.epmd), "-address", "127.0.0.1"]


def environment(directory: Path, ports: Ports, name: str) -> dict[str, str]:
    """The whole environment of the node `name` and of its rabbitmqctl; nothing of a system-wide RabbitMQ is
    read."""
    return {
        "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(directory),  # the cookie
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_SECONDS": "0",
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_NODE_PORT": str(ports.amqp),
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_CTL_DIST_PORT_MIN": str(ports.control),
        "RABBITMQ_CTL_DIST_PORT_MAX": str(ports.control + 50),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_PID_FILE": str(directory / "node.pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "detached": "yes",  # the start script then becomes the Erlang VM instead of waiting beside it
    }


def write_files(directory: Path, ports: Ports, more: str = "") -> None:
    """Everything the node reads at its start; may be written again before a restart. `more` are further
    lines of its configuration."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "rabbitmq-env.conf").write_text("")
    (directory / "enabled_plugins").write_text("[].\n")
    (directory / "advanced.config").write_text("[].\n")
    cookie = directory / ".erlang.cookie"
    if not cookie.exists():
        _write_secret(cookie, secrets.token_hex(20))
    _write_secret(directory / "definitions.json", json.dumps(_private_definitions(passwords(directory))))
    configuration = CONFIGURATION.format(amqp_port=ports.amqp, definitions=directory / "definitions.json")
    (directory / "rabbitmq.conf").write_text(configuration + more)


def share_secrets(of: Path, directory: Path) -> None:
    """The cookie and the passwords of one node for another: only so may it join."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in (".erlang.cookie", "passwords.json"):
        _write_secret(directory / name, (of / name).read_text())


def passwords(directory: Path) -> dict[str, str]:
    """The node's users and their passwords, made at its first start and kept beside it."""
    file = directory / "passwords.json"
    if not file.exists():
        _write_secret(file, json.dumps({user: secrets.token_hex(16) for user in USERS}))
    return dict(json.loads(file.read_text()))


def _write_secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def _private_definitions(secret: dict[str, str]) -> dict[str, Any]:
    """The product's own definitions, and one user for tests who may do everything."""
    result = definitions({user: password for user, password in secret.items() if user != TESTER})
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    result["users"].append(
        {
            "name": TESTER,
            "password_hash": password_hash(secret[TESTER], secrets.token_bytes(4)),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["administrator"],
        }
    )
    result["permissions"].append({"user": TESTER, "vhost": "/", **everything})
    return result
