"""Templates become a text and an HTML page: Jinja, then every style moved into its element."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.notifications.composing.filling import begin_mark, end_mark, slot_mark
from services.notifications.composing.letter import Letter, subject
from services.notifications.composing.unbroken import unbroken
from services.notifications.composing.wording import Wording

TEMPLATES = Path(__file__).parents[1] / "templates"

_COMMENT = re.compile(r"<!--slot([+-]?)(\w+)-->")
_INDENT = re.compile(r"\s*\n\s*")
_BLANK_LINES = re.compile(r"\n{3,}")
_INLINER_NOTE = ' data-css-inline="keep"'  # tells css-inline to leave the media queries where they are
_EXACT = {"+": begin_mark, "-": end_mark, "": slot_mark}


class Context(Protocol):
    """What a template is given; its folder is named after `event`."""

    @property
    def event(self) -> str:
        """As reached, acknowledgement."""


def render_subject(letter: Letter, words: Wording) -> str:
    template = _text_templates().get_template(f"{letter.event}/subject.txt")
    return template.render(letter=letter, subject=subject(letter, words), t=words).strip()


def render_note_subject(note: Context, words: Wording) -> str:
    return _text_templates().get_template(f"{note.event}/subject.txt").render(letter=note, t=words).strip()


def render_text(letter: Context, words: Wording) -> str:
    template = _text_templates().get_template(f"{letter.event}/body.txt")
    return _BLANK_LINES.sub("\n\n", template.render(letter=letter, t=words)).strip() + "\n"


def render_html(letter: Context, words: Wording, subject_line: str) -> str:
    template = _html_templates().get_template(f"{letter.event}/body.html")
    page = template.render(letter=letter, subject=subject_line, t=words)
    inlined = _inliner().inline(_INDENT.sub("\n", page)).replace(_INLINER_NOTE, "")
    return _COMMENT.sub(lambda mark: _EXACT[mark[1]](mark[2]), inlined).strip() + "\n"


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(minify_css=True, load_remote_stylesheets=False)


@cache
def _text_templates() -> Environment:
    environment = _environment(autoescape=False)
    environment.globals.update(slot=slot_mark, begin=begin_mark, end=end_mark)
    return environment


@cache
def _html_templates() -> Environment:
    """Slots are comments until the styles are inlined: between two rows nothing else may stand."""
    environment = _environment(autoescape=True)
    comment = Markup("<!--slot{}{}-->").format
    environment.globals.update(
        slot=partial(comment, ""), begin=partial(comment, "+"), end=partial(comment, "-")
    )
    environment.filters["lines"] = _lines
    return environment


def _environment(autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        finalize=unbroken if autoescape else None,
        autoescape=autoescape,  # noqa: S701  # off for plain text only, where there is nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _lines(text: str) -> Markup:
    """Line breaks of a text as breaks in the page."""
    return Markup("<br>").join(unbroken(line) for line in text.split("\n"))
