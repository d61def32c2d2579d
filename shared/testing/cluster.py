"""Three RabbitMQ nodes on one machine that keep every queue threefold, as docs/operations.md has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shared.testing.broker import Broker
from shared.testing.broker_files import share_secrets
from shared.testing.stack import Stack

SIZE = 3
CONFIGURATION = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {first}
cluster_partition_handling = pause_minority
"""


class Cluster:
    """A broker and two more that join it; the broker's own life is its owner's business.

    The first starts alone with the definitions, the others join it, and then each queue gets a member on
    each of them: so a deployment with one broker grows into one with three.
    """

    def __init__(self, first: Broker, run_dir: Path) -> None:
        self.others = tuple(Broker(run_dir, number, first.epmd_port) for number in range(2, SIZE + 1))
        self.nodes = (first, *self.others)
        for node in self.nodes:
            node.configuration = CONFIGURATION.format(first=first.name)

    def uri(self, user: str) -> str:
        """An AMQP_URI that names every node."""
        return ";".join(node.uri(user) for node in self.nodes)

    def join(self) -> None:
        """Starts the others beside the first, which runs; every queue has three members when it returns."""
        first = self.nodes[0]
        for node in self.others:
            share_secrets(first.directory, node.directory)
        with ThreadPoolExecutor() as pool:
            list(pool.map(Broker.start, self.others))
        for node in self.others:
            first.control("grow", node.name, "all", tool="rabbitmq-queues")

    def members(self, queue: str) -> list[Broker]:
        """The nodes that keep this queue and run."""
        online = self._about(queue)["online"]
        return [node for node in self.nodes if node.name in online]

    def leader(self, queue: str) -> Broker:
        """The node that leads this queue. Raises LookupError while there is none."""
        leader = self._about(queue)["leader"]
        for node in self.nodes:
            if node.name == leader:
                return node
        raise LookupError(f"{queue} has no leader")

    def _about(self, queue: str) -> dict[str, Any]:
        asked = next(node for node in self.nodes if node.running)
        columns = ("name", "leader", "online")
        rows = json.loads(asked.control("-q", "list_queues", *columns, "--formatter", "json"))
        found: dict[str, Any] = next(row for row in rows if row["name"] == queue)
        return found

    def discard(self) -> None:
        """Ends the others at once and removes their data."""
        for node in self.others:
            node.discard()


class ClusteredStack(Stack):
    """A Stack whose services know three brokers; `broker` is the first of them."""

    def __init__(self, run_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(run_dir, settings)
        self.cluster = Cluster(self.broker, run_dir)

    def start_servers(self) -> None:
        super().start_servers()
        self.cluster.join()

    def environment(self, service: str) -> dict[str, str]:
        return {**super().environment(service), "AMQP_URI": self.cluster.uri(service)}

    def discard(self) -> None:
        self.cluster.discard()
        super().discard()
