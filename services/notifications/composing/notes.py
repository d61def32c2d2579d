"""Short letters about no event: what became of somebody's answer, and a code for one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.composing.cleaning import clean, cut_clean
from services.notifications.composing.letter import LONGEST_PREHEADER, LONGEST_SUBJECT
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person, greeting, is_monk
from services.notifications.composing.rendering import render_html, render_note_subject, render_text
from services.notifications.composing.wording import Wording, wording
from shared.calendar import BANGKOK
from shared.thai import in_language

ACKNOWLEDGEMENT, CODE, NOTICE = "acknowledgement", "code", "notice"
_ABOUT_THE_PROJECT = frozenset({"stop_project", "ask"})
KINDS = ("stop", "stop_project", "resume", "immediate", "daily", "weekly", "ask")


@dataclass(frozen=True)
class Note:
    """The context of `templates/acknowledgement/`, `code/` and `notice/`; '' and () are left out."""

    language: str
    event: str
    province: str
    subject: str
    preheader: str
    title: str
    status: str
    greeting: str
    paragraphs: tuple[str, ...]
    project: str
    understood: str
    code: str
    change_label: str
    change: str
    why: str
    closing: str
    safety: str
    coordinator: str
    office: str
    telephone: str
    reference: str


@dataclass(frozen=True)
class NoteMail:
    """A note ready to be sent to one reader."""

    subject: str
    text: str
    html: str


def acknowledge(
    kind: str,
    person: Person,
    language: str,
    office: Office,
    reference: str,
    project: Mapping[str, Any] | None = None,
) -> NoteMail:
    """What was done about somebody's answer, and how to undo it.

    `kind` is one of KINDS; `project` is the snapshot of the project that the answered mail was about, whose
    coordinator signs; without one the province does.
    """
    words = wording(language)
    title = _title(project, words)
    alone = "" if project else ".alone"  # nobody signs whom to telephone
    asked = {"province": office.province(words), "project": title}
    return _mail(
        _note(
            ACKNOWLEDGEMENT, person, words, office, reference, project,
            subject=cut_clean(words(f"ack.subject.{kind}", **asked), LONGEST_SUBJECT),
            preheader=cut_clean(words(f"ack.preheader.{kind}", **asked), LONGEST_PREHEADER),
            paragraphs=(words(f"ack.done.{kind}", **asked), _then(kind, alone, words)),
            project=title if kind in _ABOUT_THE_PROJECT else "",
            understood=words(f"ack.word.{kind}"),
            change_label=words("label.change" if kind == "ask" else "note.label.change.acknowledgement"),
            change=words(f"ack.undo.{kind}"),
            why=words(f"ack.why{alone}"),
        ),
        words,
    )  # fmt: skip


def entry_code(code: str, until: datetime, person: Person, language: str, office: Office) -> NoteMail:
    """The code with which somebody enters the portal once; `until` is when it ends."""
    words = wording(language)
    local = until.astimezone(BANGKOK)
    time = words("code.time", hour=f"{local.hour:02}", minute=f"{local.minute:02}")
    return _mail(
        _note(
            CODE, person, words, office, "", None,
            subject=words("code.subject", time=time),
            preheader=words("code.preheader"),
            paragraphs=(words("code.done", province=office.province(words), time=time),),
            code=clean(code, words("link_removed")),
            change_label=words("note.label.change.code"),
            change=words("code.not_you"),
            why=words("code.why"),
        ),
        words,
    )  # fmt: skip


def data_notice(told: str, person: Person, language: str, office: Office, reference: str) -> NoteMail:
    """The notice to somebody whose data came from elsewhere and who has had no mail yet; `told` is what
    `composing.notice` says."""
    words = wording(language)
    return _mail(
        _note(
            NOTICE, person, words, office, reference, None,
            subject=words("notice.subject", province=office.province(words)),
            preheader=words("notice.preheader"),
            paragraphs=tuple(told.splitlines()),
            change_label=words("note.label.change.notice"),
            change=words("notice.change"),
            why=words("notice.why"),
        ),
        words,
    )  # fmt: skip


def _then(kind: str, alone: str, words: Wording) -> str:
    key = f"ack.then.{kind}"
    return words(f"{key}{alone}" if words.has(f"{key}{alone}") else key)


def _note(
    event: str,
    person: Person,
    words: Wording,
    office: Office,
    reference: str,
    signing: Mapping[str, Any] | None,
    **said: Any,
) -> Note:
    monk = ".monk" if is_monk(person, words) else ""
    empty = {"project": "", "understood": "", "code": ""}
    return Note(
        language=words.language,
        event=event,
        province=office.province(words),
        title=said["subject"],
        status=words(f"note.status.{event}"),
        greeting=greeting(person, words),
        closing=words(f"note.closing{monk}"),
        safety=office.safety(words),
        reference=reference,
        **{**empty, **_signature(signing, words), **said},
    )


def _signature(project: Mapping[str, Any] | None, words: Wording) -> dict[str, str]:
    if project is None:
        return {"coordinator": "", "office": "", "telephone": ""}
    coordinator = project["coordinator"]
    removed = words("link_removed")
    return {
        "coordinator": clean(in_language(coordinator["name"], words.language), removed),
        "office": clean(in_language(coordinator["office"], words.language), removed),
        "telephone": clean(coordinator["telephone"], removed),
    }


def _title(project: Mapping[str, Any] | None, words: Wording) -> str:
    return clean(in_language(project["title"], words.language), words("link_removed")) if project else ""


def _mail(note: Note, words: Wording) -> NoteMail:
    subject = render_note_subject(note, words)
    return NoteMail(subject, render_text(note, words), render_html(note, words, subject))
