"""Failpoints: off in production, exact in a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from shared.errors import Misconfigured
from shared.failpoints import Failpoint, parse


def passing(times: int, failpoints: str) -> subprocess.Popen[bytes]:
    code = f"from shared.failpoints import failpoint\nfor _ in range({times}): failpoint('a.b')"
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PRASAN_FAILPOINTS": failpoints})


@pytest.mark.parametrize(
    ("failpoints", "ends_with"),
    [
        ("", 0),
        ("other=crash@1", 0),
        ("a.b=crash@4", 0),
        ("a.b=crash@3", -signal.SIGKILL),
        ("x.y=crash@9, a.b=crash@1", -signal.SIGKILL),
    ],
)
def test_a_process_dies_at_the_passage_that_is_named(failpoints: str, ends_with: int) -> None:
    """Three passages of one place."""
    assert passing(3, failpoints).wait(10) == ends_with


def test_a_process_freezes_for_as_long_as_is_named() -> None:
    """As SIGSTOP does, and goes on by itself."""
    began = time.monotonic()
    process = passing(1, "a.b=freeze@1:0.7")
    assert process.wait(10) == 0
    assert time.monotonic() - began > 0.7


def test_what_a_text_says() -> None:
    """Several failpoints, by comma."""
    assert parse("a.b=crash@2,c=freeze@1:20") == {
        "a.b": Failpoint("a.b", "crash", 2, 0),
        "c": Failpoint("c", "freeze", 1, 20),
    }


@pytest.mark.parametrize("text", ["a", "a=boom@1", "a=crash", "a=crash@x", "a=freeze@1:"])
def test_a_text_that_says_nothing_is_refused(text: str) -> None:
    """Before the process starts."""
    with pytest.raises(Misconfigured, match="PRASAN_FAILPOINTS"):
        parse(text)
