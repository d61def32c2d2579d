"""Host names are looked up anew for each connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from shared.names import FreshNames

DAY = 86_400


@contextmanager
def name_server(answers: list[str | None]) -> Iterator[int]:
    """Answers each question with the next address, or that there is no such name, to be kept for a day."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)

        def serve() -> None:
            for address in answers:
                question, peer = server.recvfrom(4096)
                server.sendto(answer(dns.message.from_wire(question), address).to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def answer(question: dns.message.Message, address: str | None) -> dns.message.Message:
    reply = dns.message.make_response(question)
    reply.flags |= dns.flags.RA
    name = question.question[0].name
    if address:
        reply.answer.append(dns.rrset.from_text(name, DAY, "IN", "A", address))
    else:
        reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(dns.rrset.from_text(".", DAY, "IN", "SOA", f". . 1 {DAY} {DAY} {DAY} {DAY}"))
    return reply


def test_a_name_that_was_not_there_is_found_when_it_comes_and_again_when_it_moves(tmp_path) -> None:
    """A broker that comes up last was not found, to be kept for a day; made anew, it has another address."""
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("nameserver 127.0.0.1\n")
    names = FreshNames(filename=str(configuration))
    with name_server([None, "192.0.2.1", "192.0.2.2"]) as port:
        names._resolver.port = port
        with pytest.raises(dns.resolver.NXDOMAIN):
            names.query("broker.")
        assert [str(found) for found in names.query("broker.")] == ["192.0.2.1"]
        assert [str(found) for found in names.query("broker.")] == ["192.0.2.2"]
