"""What every step of the rehearsal has at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.api import Api, Door
from rehearsal.deployment import Deployment
from rehearsal.mailbox import Mailbox
from rehearsal.world import World

CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt"


@dataclass
class Stage:
    """The deployment; the world on it once it is up; the figures that were measured on the way."""

    deployment: Deployment
    stand_ins: list[str]
    figures: dict[str, float] = field(default_factory=dict)
    _world: World | None = None

    @property
    def world(self) -> World:
        """Spoken to through the published ports, with the token that `make up` made."""
        if self._world is None:
            api, mailbox = self.connect()
            self._world = World(api, mailbox)
            self._world.found()
        return self._world

    def connect(self) -> tuple[Api, Mailbox]:
        """Both trust the certificate authority that this installation made for itself."""
        deployment = self.deployment
        certificate = deployment.compose("exec", "-T", "proxy", "cat", CERTIFICATE)
        token = (deployment.directory / ".prasan" / "token").read_text().strip()
        password = deployment.settings()["PRASAN_MAILBOX_PASSWORD"]
        return (
            Api(Door(deployment.ports["HTTPS_PORT"], certificate), token),
            Mailbox(Door(deployment.ports["OPERATOR_PORT"], certificate), password),
        )

    def reconnect(self) -> None:
        """After a restore: another certificate authority, the same world."""
        if self._world is not None:
            seen = self._world.mailbox
            self._world.api, self._world.mailbox = self.connect()
            self._world.mailbox.remember(seen)


@dataclass(frozen=True)
class Step:
    """One line of the table. `perform` returns what is worth telling.

    `short`: also in the short form; `alone`: needs nothing that runs already.
    """

    key: str
    title: str
    perform: Callable[[Stage], str]
    short: bool = False
    alone: bool = False
