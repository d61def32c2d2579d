"""A copy of the scripts in a folder of its own, with a fake docker on the PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WELL = ("projects", "partners", "notifications", "intake", "proxy", "broker", "database")
DONE = ("prepare", "database-users", "migrate")
HEALTHY = "".join(f"{name}|Up 5 seconds (healthy)\n" for name in WELL) + "".join(
    f"{name}|Exited (0) 3 seconds ago\n" for name in DONE
)


class Operator:
    """Runs `deploy/operate.sh` as an operator would, and reads what happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fake = folder / "fake"
        self.env_file = folder / ".env"
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        for name in (
            "Dockerfile",
            ".dockerignore",
            "requirements.txt",
            "pyproject.toml",
            "docker-compose.yml",
        ):
            shutil.copy(ROOT / name, folder / name)
        for name in ("shared", "services", "prasan"):
            (folder / name).mkdir()
            (folder / name / "code.py").write_text("")
        (folder / "README.md").write_text("")
        self.fake.mkdir()
        for name in ("fails", "calls", "why", "ports", "images"):
            (self.fake / name).write_text("")
        (folder / "bin").mkdir()
        (folder / "bin" / "docker").symlink_to(Path(__file__).parent / "docker.sh")
        self.says("after_up", HEALTHY)

    def says(self, file: str, text: str) -> None:
        """What the fake docker answers from."""
        (self.fake / file).write_text(text)

    def fails(self, *patterns: str, why: str = "no such thing\n") -> None:
        self.says("fails", "".join(f"{pattern}\n" for pattern in patterns))
        self.says("why", why)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "FAKE": str(self.fake),
            "PRASAN_LEAST_DISK": "1",
            "PRASAN_PATIENCE": "20",
            "PRASAN_LOOK_EVERY": "0.05",
            "PRASAN_TCP_TABLES": str(self.fake / "ports"),
            **variables,
        }
        return subprocess.run(
            [self.folder / "deploy" / "operate.sh", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def refused(self, *arguments: str, **variables: str) -> str:
        """What it says to a command that must not succeed."""
        done = self.run(*arguments, **variables)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def done(self, *arguments: str, **variables: str) -> str:
        """What it says to a command that must succeed."""
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def calls(self) -> list[str]:
        return (self.fake / "calls").read_text().splitlines()

    def asked(self, *words: str) -> list[int]:
        """Where, among all calls, those with all these words stand."""
        return [number for number, call in enumerate(self.calls) if all(word in call for word in words)]

    @property
    def started(self) -> bool:
        return bool(self.asked(" up ", "--detach"))

    def values(self) -> dict[str, str]:
        lines = [line for line in self.env_file.read_text().splitlines() if line and line[0] != "#"]
        return dict(line.split("=", 1) for line in lines)

    def set(self, **values: str) -> None:
        """Settings changed in .env."""
        all_values: Sequence[tuple[str, str]] = list((self.values() | values).items())
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in all_values))


@pytest.fixture
def fresh(tmp_path: Path) -> Operator:
    """Nothing was ever started here."""
    return Operator(tmp_path)


@pytest.fixture
def operator(fresh: Operator) -> Operator:
    """There is an .env."""
    fresh.done("env")
    return fresh


@pytest.fixture
def running(operator: Operator) -> Operator:
    """Everything runs, and what docker was asked for it is forgotten."""
    operator.done("up")
    operator.says("calls", "")
    return operator
