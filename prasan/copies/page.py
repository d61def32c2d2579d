"""The copy as a page that a person reads or prints: Thai first, English beside it, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from email import message_from_string, policy
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prasan.copies.gathering import Copy
from prasan.screen import catalogue
from shared.calendar import BANGKOK
from shared.clock import from_timestamp
from shared.i18n import LANGUAGES
from shared.thai import short_date

Fact = tuple[str, str]  # key of its label, value
_NOTHING = "–"


def render(copy: Copy) -> str:
    """The whole page."""
    contact = copy["partners"]["contact"]
    sections: tuple[tuple[str, list[list[Fact]]], ...] = (
        ("person", [list(_person(copy, contact))]),
        ("bases", [list(_basis(purpose, basis)) for purpose, basis in contact["lawful_bases"].items()]),
        ("wishes", [list(_wishes(contact))]),
        ("engagements", [list(_engagement(copy, each)) for each in copy["partners"]["engagements"]]),
        ("deliveries", [list(_delivery(each)) for each in copy["notifications"]["deliveries"]]),
        ("mails", [list(_mail(each)) for each in copy["notifications"]["incoming"]]),
        ("questions", [list(_question(each)) for each in copy["projects"]["questions"]]),
    )
    return (
        _templates()
        .get_template("copy.html")
        .render(
            name=_text(contact["name"]),
            made=_instant(copy["partners"]["exported_at"]),
            sections=sections,
            t=_bilingual,
        )
    )


def _person(copy: Copy, contact: Mapping[str, Any]) -> Iterator[Fact]:
    yield "name", " ".join(filter(None, (contact.get("salutation"), _text(contact["name"]))))
    yield "position", _text(contact.get("position"))
    yield "organisations", " · ".join(_text(each["name"]) for each in copy["organisations"])
    yield "address", contact.get("address") or _NOTHING
    yield "by_hand", _text(contact.get("by_hand"))
    yield "language", _choice("import.choice.language", contact["language"])
    yield "created_at", _instant(contact["created_at"])
    if contact.get("imported_at"):
        yield "imported_at", _instant(contact["imported_at"])


def _basis(purpose: str, basis: Mapping[str, Any]) -> Iterator[Fact]:
    yield "purpose", _choice("copy.purpose", purpose)
    yield "basis", _choice("import.choice.basis", basis["basis"])
    yield "source", basis["source"]
    yield "recorded", f"{_instant(basis.get('recorded_at'))} · {basis.get('recorded_by') or _NOTHING}"
    yield "retention_until", _day(basis.get("retention_until"))
    yield "withdrawn_at", _instant(basis.get("withdrawn_at"))


def _wishes(contact: Mapping[str, Any]) -> Iterator[Fact]:
    yield "unsubscribed_at", _instant(contact.get("unsubscribed_at"))
    preferences = contact.get("preferences") or {}
    mode, quiet = preferences.get("mode"), preferences.get("quiet_hours")
    yield "mode", _choice("copy.mode", mode) if mode else _NOTHING
    yield "quiet_hours", f"{quiet['start']:02}:00–{quiet['end']:02}:00" if quiet else _NOTHING
    yield "suppressed", (contact.get("suppressed") or {}).get("why") or _NOTHING


def _engagement(copy: Copy, each: Mapping[str, Any]) -> Iterator[Fact]:
    yield "role", _choice("copy.role", each["role"])
    yield "project", _text(copy["project_titles"][each["project_id"]])


def _delivery(each: Mapping[str, Any]) -> Iterator[Fact]:
    message = each.get("message") or {}
    yield "recorded_at", _instant(each["recorded_at"])
    yield "state", _choice("state", each["state"])
    reasons = (_text(reason.get("partner")) for reason in each["reasons"])
    yield "because", " · ".join(dict.fromkeys(reasons)) or _NOTHING
    if message:
        yield "subject", message["subject"]
        yield "message", message["text"]


def _mail(each: Mapping[str, Any]) -> Iterator[Fact]:
    yield "received_at", _instant(each.get("received_at"))
    yield "message", _written(each.get("raw") or "") or _NOTHING


def _question(each: Mapping[str, Any]) -> Iterator[Fact]:
    yield "received_at", _instant(each.get("asked_at"))
    yield "message", each["text"]


def _written(raw: str) -> str:
    """What a mail says, without its headers and its encoding; all of it where that cannot be told apart."""
    try:
        body = message_from_string(raw, policy=policy.default).get_body(("plain", "html"))
        return str(body.get_content()).strip() if body else raw
    except Exception:  # a stranger wrote it: the standard library raises whatever it meets
        return raw


def _text(text: Mapping[str, Any] | None) -> str:
    """Both languages, where there are two."""
    said = [str((text or {}).get(language) or "") for language in LANGUAGES]
    return " / ".join(dict.fromkeys(filter(None, said))) or _NOTHING


def _choice(family: str, value: str) -> str:
    """The words for a value in both languages; the value itself where there are none."""
    key = f"{family}.{value}"
    return _text(_bilingual(key)) if catalogue().has(key) else value


def _instant(text: str | None) -> str:
    """Day and hour in the province."""
    if not text:
        return _NOTHING
    local = from_timestamp(text).astimezone(BANGKOK)
    return f"{_text({each: short_date(local.date(), each) for each in LANGUAGES})} {local:%H:%M}"


def _day(text: str | None) -> str:
    if not text:
        return _NOTHING
    return _text({language: short_date(date.fromisoformat(text), language) for language in LANGUAGES})


def _bilingual(key: str) -> dict[str, str]:
    return {language: catalogue().text(language, key) for language in LANGUAGES}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
