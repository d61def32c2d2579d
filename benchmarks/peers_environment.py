"""The peers' own virtual environment: they are never dependencies of the project."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK = HERE / "requirements-peers.txt"
_STAMP = ENVIRONMENT / "installed.txt"


def install() -> None:
    """Make it once, and again when the lock file changes."""
    if _STAMP.exists() and _STAMP.read_text() == LOCK.read_text():
        return
    print("installing Celery and django-post_office to measure against", file=sys.stderr)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    install_locked = [str(PYTHON), "-m", "pip", "install", "--quiet", "--requirement", str(LOCK)]
    subprocess.run(install_locked, check=True)
    _STAMP.write_text(LOCK.read_text())
