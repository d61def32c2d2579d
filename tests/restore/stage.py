"""What both stories do to a system: give it orders, destroy it, put a backup back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from prasan.cli import main
from shared.testing.stack import Stack


def run(stack: Stack, *arguments: str) -> Result:
    """The operator's command."""
    return CliRunner().invoke(main, [*arguments, "--lang", "en"], env=stack.operator_environment())


def as_json(stack: Stack, *arguments: str) -> Any:
    result = run(stack, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def destroy_and_restore(stack: Stack, file: Path) -> Any:
    """Nothing is left of the databases and of what was in the broker's queues; then the backup is put back
    and the services started. What the restore answered."""
    for process in stack.processes():
        process.stop()
    stack.database.discard()
    stack.broker.purge()
    stack.database.start()
    answer = as_json(stack, "restore", str(file), "--yes")
    for process in stack.processes():
        process.launch()
    for process in stack.processes():
        process.wait_until_ready()
    return answer


def nothing_waits(stack: Stack) -> bool:
    """Whether every outbox is empty."""
    return not any(row["waiting"] for row in as_json(stack, "outbox"))
