"""`python -m benchmarks.growth`: what a contact and a mail leave behind in the databases.

Bytes are those of the documents (BSON); what the disk gets of them depends on compression and indexes.
"""

from __future__ import annotations

import click
from bson import encode
from rich.console import Console
from rich.table import Table

from benchmarks.fanout import send
from benchmarks.sink import Sink
from benchmarks.system import System
from shared.messaging.topology import SERVICES

NOT_GROWING = ("leases", "lanes", "counters", "controls", "schema")


def sizes(system: System) -> dict[str, int]:
    """Bytes of all documents, by `service.collection`."""
    found = {}
    for service in SERVICES:
        database = system.database[service]
        for name in database.list_collection_names():
            if name not in NOT_GROWING:
                found[f"{service}.{name}"] = sum(len(encode(document)) for document in database[name].find())
    return found


@click.command()
@click.option("--contacts", default=300, show_default=True)
@click.option("--reports", default=5, show_default=True)
def main(contacts: int, reports: int) -> None:
    """Report a few milestones to some contacts, and count bytes before and after."""
    console = Console()
    with Sink() as sink, System(sink.port, contacts) as system:
        before = sizes(system)
        for _ in range(reports):
            send(system, sink, contacts)
        after = sizes(system)
    mails = contacts * reports
    table = Table(title=f"{contacts} contacts, {reports} reports, {mails} mails")
    for column in ("collection", "bytes at first", "bytes a contact", "bytes more", "bytes a mail"):
        is_name = column == "collection"
        table.add_column(column, justify="left" if is_name else "right", no_wrap=is_name)
    for name in sorted(after):
        grown = after[name] - before.get(name, 0)
        table.add_row(
            name, f"{before.get(name, 0):,}", f"{before.get(name, 0) / contacts:,.0f}",
            f"{grown:,}", f"{grown / mails:,.1f}",
        )  # fmt: skip
    total, grown = sum(before.values()), sum(after.values()) - sum(before.values())
    table.add_section()
    table.add_row("all", f"{total:,}", f"{total / contacts:,.0f}", f"{grown:,}", f"{grown / mails:,.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
