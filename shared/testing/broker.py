"""A private RabbitMQ node for tests, the demo and `make run`: real, alone, and easy to hurt."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import amqp

from shared.messaging.topology import QUEUES, SERVICES, dead_queue
from shared.testing.broker_files import (
    TESTER,
    Ports,
    environment,
    epmd_command,
    passwords,
    scripts_directory,
    write_files,
)
from shared.testing.ports import answers, free_port, wait_until_free
from shared.testing.process import Child

QUEUE_NAMES = (*(queue.name for queue in QUEUES), *(dead_queue(service) for service in SERVICES))
START_SECONDS = 90
# RabbitMQ 3.10 forgets a quorum queue's log when it is killed within a second of creating the queue: the
# queue then never finds a leader again. Nothing of ours creates queues but a node's very first start.
SETTLING_SECONDS = 3.0
COUNT_ALL = """
[{Name, element(2, ra:consistent_query({binary_to_atom(<<"%%2F_", Name/binary>>), node()},
                                       fun rabbit_fifo:query_messages_total/1))} || Name <- [%s]].
"""


class Broker:
    """One RabbitMQ node under `run_dir`, with its own Erlang name server, cookie, data and ports.

    It loads the product's own definitions, with passwords that it makes itself; `tester` is one more
    user who may do everything. Data outlives `stop`, `kill` and `restart`, not the run directory.
    `shared.testing.cluster` has several, told apart by `number`; `configuration` are further lines of this
    one's.
    """

    configuration = ""

    def __init__(self, run_dir: Path, number: int = 1, epmd_port: int | None = None) -> None:
        suffix = f"-{number}" if number > 1 else ""
        self.directory = run_dir / f"broker{suffix}"
        self.name = f"prasan{suffix}@localhost"
        self._ports = Ports(free_port(), free_port(), epmd_port or free_port(), free_port())
        self._environment = environment(self.directory, self._ports, self.name)
        self._scripts = scripts_directory()
        self._epmd = Child(
            "epmd", epmd_command(self._ports), self._environment, self.directory / "log" / "epmd.log"
        )
        self._node = Child(
            "RabbitMQ",
            [str(self._scripts / "rabbitmq-server")],
            self._environment,
            self.directory / "log" / "startup.log",
        )
        self._settled_at = 0.0

    @property
    def epmd_port(self) -> int:
        """Where Erlang's name server answers."""
        return self._ports.epmd

    @property
    def port(self) -> int:
        """Where AMQP is spoken, on 127.0.0.1."""
        return self._ports.amqp

    @property
    def running(self) -> bool:
        return self._node.running

    def uri(self, user: str = TESTER) -> str:
        """The AMQP URI of one of projects, partners, notifications, operator, tester."""
        return f"amqp://{user}:{passwords(self.directory)[user]}@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Starts the node and returns once every queue of the topology answers."""
        has_data = (self.directory / "data").exists()
        write_files(self.directory, self._ports, self.configuration)
        if not answers(self._ports.epmd):
            self._epmd.start()
            self._epmd.wait_until(lambda: answers(self._ports.epmd), 10)
        self._node.start()
        self._node.wait_until(self._ready, START_SECONDS)
        if has_data:
            self.queue_depths()  # returns once every queue has read its log: until then it looks empty
        else:
            self._settled_at = time.monotonic() + SETTLING_SECONDS

    def _ready(self) -> bool:
        if not answers(self.port):
            return False
        try:
            self.ready_messages()
        except (amqp.AMQPError, OSError):
            return False
        return True

    def stop(self) -> None:
        """Ends the node in order, then its name server."""
        self._node.stop()
        self._epmd.kill()

    def discard(self) -> None:
        """Ends everything at once and removes the data: the quick end of a test."""
        self._node.kill()
        self._epmd.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self) -> None:
        """kill -9 of the Erlang VM (not before its first seconds are over)."""
        time.sleep(max(0.0, self._settled_at - time.monotonic()))
        self._node.kill()

    def restart(self) -> None:
        """In order if it still runs, otherwise just the start; ready when it returns."""
        self._node.stop()
        wait_until_free(self.port)
        self.start()

    def freeze(self) -> None:
        """SIGSTOP of the Erlang VM: connections stay open and nothing answers."""
        self._node.freeze()

    def thaw(self) -> None:
        self._node.thaw()

    def memory_alarm(self, on: bool) -> None:
        """Puts the node into its memory alarm, in which publishers are blocked, or out of it."""
        self.control("set_vm_memory_high_watermark", "0" if on else "0.4")

    def control(self, *arguments: str, seconds: float = 60, tool: str = "rabbitmqctl") -> str:
        """What `rabbitmqctl`, or another of RabbitMQ's tools, prints for these arguments; raises
        RuntimeError with its complaint."""
        done = subprocess.run(
            [str(self._scripts / tool), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if done.returncode:
            raise RuntimeError(f"{tool} {arguments[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def queue_depths(self) -> dict[str, int]:
        """Messages in each queue, ready and unacknowledged together (takes a second).

        Asks each queue's leader: what `rabbitmqctl list_queues` prints is up to five seconds old.
        """
        names = ",".join(f'<<"{name}">>' for name in QUEUE_NAMES)
        answer = self.control("-q", "eval", COUNT_ALL % names)
        return {name: int(count) for name, count in re.findall(r'{<<"([^"]+)">>,(\d+)}', answer)}

    def ready_messages(self) -> dict[str, int]:
        """Messages that wait in each queue of the topology, without the unacknowledged (milliseconds)."""
        with self.connection() as connection:
            channel = connection.channel()
            return {name: channel.queue_declare(name, passive=True).message_count for name in QUEUE_NAMES}

    def wait_until_drained(self, seconds: float = 30) -> None:
        """Returns once no queue holds a message; raises TimeoutError with what is left."""
        _wait(lambda: not any(self.ready_messages().values()), seconds, self.ready_messages)
        _wait(lambda: not any(self.queue_depths().values()), seconds, self.queue_depths)

    def purge(self) -> None:
        """Empties every queue of the topology."""
        with self.connection() as connection:
            channel = connection.channel()
            for name in QUEUE_NAMES:
                channel.queue_purge(name)

    @contextmanager
    def connection(self, user: str = TESTER) -> Iterator[amqp.Connection]:
        """An open connection, dropped at the end without a goodbye: a broker in its memory alarm or one
        that is frozen would never answer it."""
        connection = amqp.Connection(
            host=f"127.0.0.1:{self.port}",
            userid=user,
            password=passwords(self.directory)[user],
            virtual_host="/",
            connect_timeout=5,
            read_timeout=10,
            confirm_publish=True,
        )
        try:
            connection.connect()
            yield connection
        finally:
            connection.collect()


def _wait(done: Callable[[], bool], seconds: float, evidence: Callable[[], dict[str, int]]) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"queues still hold messages after {seconds:.0f} s: {evidence()}")
        time.sleep(0.1)
