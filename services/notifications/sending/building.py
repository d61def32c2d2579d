"""Joins what a lane needs, from settings and stores."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count

from ulid import ULID

from services.notifications.application.digest_planning import DigestPlanner
from services.notifications.application.digest_writing import DigestWriter
from services.notifications.application.digesting import Keeper
from services.notifications.application.drawing import Drawing
from services.notifications.application.lane import Lane
from services.notifications.application.planning import Planner
from services.notifications.application.ports import Suppressions
from services.notifications.application.recovering import Recovery
from services.notifications.application.writing import Post, Writer
from services.notifications.composing import Office
from services.notifications.domain.rates import Limits
from services.notifications.mail.message import Sender
from services.notifications.mail.signing import dkim_signer
from services.notifications.mail.tokens import SignedAddresses
from services.notifications.storage.stores import Stores
from services.notifications.storage.windows import lane_name
from shared.config import Settings

_NOBODY = "prasan@localhost"  # MAIL_MODE=hold needs no MAIL_FROM: nothing is sent


def post(settings: Settings) -> Post:
    """How mails are sent. Raises Misconfigured."""
    address = settings.mail_from or _NOBODY
    return Post(
        sender=Sender(address, settings.mail_from_name),
        addresses=SignedAddresses(settings.prasan_secret_key, address, settings.previous_secrets),
        office=Office(links=settings.mail_links, portal=settings.public_url),
        signer=dkim_signer(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file),
        redirect_to=settings.mail_redirect_to if settings.mail_mode == "redirect" else "",
    )


@dataclass
class Workshop:
    """Makes lanes that share what can be shared."""

    settings: Settings
    stores: Stores
    post: Post
    wait: Callable[[float], bool]
    stopping: Callable[[], bool]
    _book: str = field(default_factory=lambda: str(ULID()))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def lane(self) -> Lane:
        """A new lane, recorded before it may claim anything. Raises DependencyDown."""
        stores, settings = self.stores, self.settings
        return Lane(
            name=self._new_name(),
            ledger=stores.ledger,
            planner=self._planner,
            drawing=self._drawing,
            write=self._writer.write,
            suppressions=self._suppressions(),
            clock=stores.clock,
            lease_lasts=timedelta(seconds=settings.lease_seconds),
            chance=random.random,
            new_token=lambda: str(ULID()),
            wait=self.wait,
            stopping=self.stopping,
        )

    def _new_name(self) -> str:
        """Of a lane of the process's present book; a new book where that was fenced."""
        while True:
            name = lane_name(self._book, next(self._numbers))
            if self.stores.ledger.add_lane(name, self.stores.clock.now()):
                return name
            self._book = str(ULID())

    def keeper(self, wake: Callable[[], None]) -> Keeper:
        """Closes digests; `wake` tells the lanes that one is ready to be sent."""
        return Keeper(self.stores.digests, self.stores.clock, wake)

    def recovery(self) -> Recovery:
        stores = self.stores
        return Recovery(stores.ledger, stores.directory, self._suppressions(), stores.clock, random.random)

    @cached_property
    def _writer(self) -> Writer:
        digests = DigestWriter(self.stores.recorder, self.stores.messages, self.post.office)
        return Writer(self.stores.recorder, self.stores.messages, self.post, digests)

    @cached_property
    def _planner(self) -> Planner:
        stores, sends = self.stores, self.settings.mail_mode != "hold"
        digests = DigestPlanner(stores.digests, stores.directory, sends)
        return Planner(stores.directory, stores.recorder, sends, digests)

    @cached_property
    def _drawing(self) -> Drawing:
        settings = self.settings
        limits = Limits(
            settings.mail_per_minute, settings.mail_per_domain_per_minute, settings.mail_daily_cap
        )
        return Drawing(self.stores.counters, limits)

    def _suppressions(self) -> Suppressions | None:
        """None where all mail is redirected: what the server says is not about the contact's address."""
        return None if self.post.redirect_to else self.stores.suppressions
