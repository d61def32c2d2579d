"""Who takes part while things break: one table of partners and people, and what each must get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prasan.services import Services
from shared.preferences import WEEKDAYS

CONSENT = {"alerts": {"basis": "consent", "source": "แบบฟอร์มตัวอย่าง"}}
AT_ONCE = {"mode": "immediate"}  # the press would otherwise wait for Thursday's digest
NO_SUBSCRIPTION: tuple[str, ...] = ()
SUBJECT = "phimchai"  # who coordinates, and reports

# How somebody may be told: what their contact is made of.
MANNERS: Mapping[str, Mapping[str, Any]] = {
    "mail": {"lawful_bases": CONSENT, "preferences": AT_ONCE},
    "english": {"lawful_bases": CONSENT, "preferences": AT_ONCE, "language": "en"},
    "by_hand": {"lawful_bases": CONSENT, "address": None, "by_hand": {"th": "โทร 0 5300 0010"}},
    "no_lawful_basis": {},
    "unsubscribed": {"lawful_bases": CONSENT, "unsubscribed": True},
    "daily": {"lawful_bases": CONSENT, "preferences": {"mode": "daily", "digest": {"hour": 8}}},
    **{
        day: {
            "lawful_bases": CONSENT,
            "preferences": {"mode": "weekly", "digest": {"weekday": day, "hour": 8}},
        }
        for day in WEEKDAYS
    },
}
BY_MAIL = ("mail", "english")
BY_DIGEST = ("daily", *WEEKDAYS)
AT_ONCE_TO_ALL = frozenset({"cancel"})  # reports that wait for nobody's digest


@dataclass(frozen=True)
class Organisation:
    """A partner, its role in every project (if any) or what it subscribed to, and its people by manner."""

    key: str
    kind: str
    role: str | None
    sectors: tuple[str, ...]
    people: Mapping[str, int]


ORGANISATIONS = (
    Organisation("sponsor", "industry", "sponsor", NO_SUBSCRIPTION, {"mail": 3, "by_hand": 1}),
    Organisation("province", "agency", "coordinator", NO_SUBSCRIPTION, {"mail": 1}),
    Organisation(
        "readers",
        "chamber",
        None,
        ("environment",),
        {"mail": 20, "english": 3, "by_hand": 1, "no_lawful_basis": 2, "unsubscribed": 1},
    ),
    Organisation("press", "media", None, ("environment",), {"mail": 2}),
    Organisation("strangers", "industry", None, ("tourism",), {"mail": 2, "by_hand": 1}),
)


@dataclass(frozen=True)
class Person:
    """A contact of this run."""

    id: str
    organisation: Organisation
    manner: str
    address: str | None


@dataclass(frozen=True)
class Expected:
    """Who must hear of a report, as this table has it; no service was asked."""

    mails: Mapping[str, str]
    digests: Mapping[str, str]
    by_hand: frozenset[str]
    left_out: Mapping[str, int]


@dataclass
class People:
    """All of them, and their partners' ids by key."""

    partners: dict[str, str] = field(default_factory=dict)
    persons: list[Person] = field(default_factory=list)

    def roles(self) -> Mapping[str, str]:
        """Partner id → its role in every project, of those that have one."""
        organisations = {p.organisation.key: p.organisation for p in self.persons}
        return {self.partners[key]: each.role for key, each in organisations.items() if each.role}

    def expected(self, visibility: str, command: str) -> Expected:
        """Of a project in the environment, public or for partners; the press hears only what is public."""
        concerned = [p for p in self.persons if p.organisation.key != "strangers"]
        hidden = [p for p in concerned if p.organisation.kind == "media" and visibility != "public"]
        told = [p for p in concerned if p not in hidden]
        left_out = Counter(p.manner for p in told if p.manner in ("no_lawful_basis", "unsubscribed"))
        if hidden:
            left_out["not_visible"] = len(hidden)
        by_digest = () if command in AT_ONCE_TO_ALL else BY_DIGEST
        by_mail = (*BY_MAIL, *BY_DIGEST) if command in AT_ONCE_TO_ALL else BY_MAIL
        return Expected(
            {p.id: p.address for p in told if p.manner in by_mail and p.address},
            {p.id: p.address for p in told if p.manner in by_digest and p.address},
            frozenset(p.id for p in told if p.manner == "by_hand"),
            dict(left_out),
        )


def gather(services: Services, organisations: Iterable[Organisation] = ORGANISATIONS) -> People:
    """Makes every partner, subscription and contact over REST."""
    people = People()
    for organisation in organisations:
        name = {"th": f"องค์กร {organisation.key}", "en": f"Organisation {organisation.key}"}
        made = services.post("partners", "/v1/partners", {"name": name, "kinds": [organisation.kind]})
        partner_id = people.partners[organisation.key] = str(made["id"])
        if organisation.sectors:
            body = {"facets": {"sector": list(organisation.sectors)}}
            services.post("partners", f"/v1/partners/{partner_id}/subscriptions", body)
        people.persons += _members(services, organisation, partner_id)
    return people


def address(key: str, manner: str, number: int) -> str:
    """Where mail to this person of an organisation goes."""
    return f"{key}-{manner.replace('_', '-')}-{number}@example.org"


def _members(services: Services, organisation: Organisation, partner_id: str) -> Iterable[Person]:
    for manner, count in organisation.people.items():
        for number in range(count):
            body = {
                "name": {"th": "สมหญิง ทดสอบ 🌾", "en": "Somying Thotsop"},
                "salutation": "เรียน คุณ",
                "address": address(organisation.key, manner, number),
                "partner_ids": [partner_id],
                **MANNERS[manner],
            }
            made = services.post("partners", "/v1/contacts", body)
            yield Person(str(made["id"]), organisation, manner, body["address"])
