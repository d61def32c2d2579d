"""The demo's stage: two languages, plain lines without a terminal, claims that end the demo if untrue."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from prasan.demo.__main__ import BROKEN, CLAIM_FAILED, INTERRUPTED, perform
from prasan.demo.stage import ClaimFailed, Stage
from shared.testing.process import DidNotStart
from shared.testing.stack import Stack


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def stage(output: io.StringIO) -> Stage:
    return Stage(Console(file=output, width=110, highlight=False))


def test_a_claim_that_holds_is_said_and_remembered(stage: Stage, output: io.StringIO) -> None:
    """✔, Thai first, English beside it."""
    stage.claim(True, "once")
    assert "✔ ไม่มีใครได้รับซ้ำ" in output.getvalue() and "nobody was told twice" in output.getvalue()
    assert len(stage.claims) == 1


def test_a_claim_that_does_not_hold_ends_the_demo(stage: Stage) -> None:
    """Nothing is claimed that did not happen."""
    with pytest.raises(ClaimFailed):
        stage.claim(False, "once")
    assert stage.claims == []


def test_without_a_terminal_there_are_only_plain_lines(stage: Stage, output: io.StringIO) -> None:
    """No cursor movements, no colours, no spinner."""
    stage.title()
    stage.scene("open")
    with stage.step("servers"):
        pass
    stage.table(("contact", "why"), [["พระครูตัวอย่าง สมมโต", "ผู้ได้รับประโยชน์"], ["น้ำ กำ แป้น", None]])
    text = output.getvalue()
    assert "\x1b" not in text and "\r" not in text
    assert "พระครูตัวอย่าง สมมโต" in text and "น้ำ กำ แป้น" in text


def test_hostile_text_is_shown_and_not_obeyed(stage: Stage, output: io.StringIO) -> None:
    """A subject with escape sequences or direction marks cannot repaint the screen."""
    stage.lines(["[bold]x[/] \x1b[2J \u202egnp"])
    assert "[bold]x[/]" in output.getvalue() and "\x1b" not in output.getvalue()
    assert "\u202e" not in output.getvalue()


class StackThat(Stack):
    """A stack whose servers do not start."""

    def __init__(self, failure: BaseException) -> None:
        self.failure, self.discarded = failure, False

    def start_servers(self) -> None:
        raise self.failure

    def discard(self) -> None:
        self.discarded = True


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DidNotStart("no broker"), BROKEN),
        (KeyboardInterrupt(), INTERRUPTED),
        (ClaimFailed("x"), CLAIM_FAILED),
    ],
)
def test_whatever_goes_wrong_nothing_is_left_running(
    stage: Stage, output: io.StringIO, failure: BaseException, code: int
) -> None:
    """A failed start, a Ctrl-C and an untrue claim each have their exit code, and everything is ended."""
    stack = StackThat(failure)
    assert perform(stage, stack, 30) == code
    assert stack.discarded and "Traceback" not in output.getvalue()
