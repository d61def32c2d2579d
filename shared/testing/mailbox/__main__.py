"""The mailbox's own process: an SMTP server, and a control port that takes one line of JSON a command."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import AuthResult, LoginPassword

from shared.testing.mailbox.conversation import Conversation
from shared.testing.mailbox.faults import Fault
from shared.testing.mailbox.post_office import PostOffice


class Server:
    """Listens on the SMTP port while it is told to, and answers commands on the control port."""

    def __init__(self, office: PostOffice, smtp_port: int, options: dict[str, Any]) -> None:
        self._office = office
        self._smtp_port = smtp_port
        self._options = options
        self._listener: asyncio.Server | None = None
        self._commands: dict[str, Callable[..., Any]] = {
            "faults": self._set_faults,
            "listen": self.listen,
            "refuse": self._refuse,
            "clear": self._office.writer.clear,
            "state": lambda: None,
        }

    async def listen(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: Conversation(self._office, hostname="mailbox.localhost", **self._options),
                "127.0.0.1",
                self._smtp_port,
                backlog=200,
            )

    def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _set_faults(self, faults: list[dict[str, Any]]) -> None:
        self._office.faults.replace([Fault(**fault) for fault in faults], self._office.connections)

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each line: {"command": name, ...arguments}; each answer: the state, or the error."""
        while line := await reader.readline():
            answer = await self._obey(json.loads(line))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            result = self._commands[order.pop("command")](**order)
            if asyncio.iscoroutine(result):
                await result
        except (KeyError, TypeError, ValueError, OSError) as error:
            return {"error": repr(error)}
        return self._office.state()


def _options(credentials: str) -> dict[str, Any]:
    if not credentials:
        return {}

    def allowed(server: object, session: object, envelope: object, mechanism: str, given: Any) -> AuthResult:
        good = isinstance(given, LoginPassword) and _pair(given) == credentials
        return AuthResult(success=good, handled=False)

    return {"authenticator": allowed, "auth_required": True, "auth_require_tls": False}


def _pair(given: LoginPassword) -> str:
    return f"{given.login.decode()}:{given.password.decode()}"


async def _serve(arguments: argparse.Namespace) -> None:
    office = PostOffice(arguments.directory)
    server = Server(office, arguments.smtp_port, _options(arguments.credentials))
    await server.listen()
    control = await asyncio.start_server(server.control, "127.0.0.1", arguments.control_port)
    await control.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--credentials", default="", help="user:password that AUTH must give")
    logging.disable(logging.WARNING)  # aiosmtpd would write every command to the log
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
