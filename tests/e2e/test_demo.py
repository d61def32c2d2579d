"""The demo itself, with a smaller crowd: every claim holds, and it leaves nothing behind."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from prasan.demo.__main__ import DONE, SETTINGS, perform
from prasan.demo.stage import Stage
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack


@pytest.mark.timeout(240)
def test_every_claim_of_the_demo_holds(tmp_path: Path) -> None:
    """Mails, an answer obeyed, kill -9 in the middle, a digest, an escalation: exit 0, no process is left."""
    output = io.StringIO()
    stage = Stage(Console(file=output, width=140, highlight=False))
    try:
        stack = Stack(tmp_path, SETTINGS)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    assert perform(stage, stack, 120) == DONE, output.getvalue()[-3000:]
    assert len(stage.claims) == 20
    assert "kamonwan@example.org" in output.getvalue() and "ส่วนที่ท่านสนับสนุน" in output.getvalue()
    assert not any(process.running for process in stack.processes())
