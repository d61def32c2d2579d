"""`make rehearse`: run the deployment for real, break it, and say what came of it.

python -m rehearsal [--short] [--only KEY …] [--minutes N] [--if-possible] [--list]

Ends with 0 where all that could be checked is well, with 1 where something is not, and with 2 (0 under
--if-possible) where this machine cannot run containers.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from rehearsal.deployment import ROOT, Deployment, copy_of_the_tree
from rehearsal.engine import Engine, engine
from rehearsal.errors import CannotRun, NotHere, OutOfTime, RehearsalError
from rehearsal.images import Images, images_of_dockerfile
from rehearsal.report import FAILED, NO_TIME, NOT_HERE, OK, Line, passed, show, store
from rehearsal.shell import Shell
from rehearsal.stage import Stage, Step
from rehearsal.steps import STEPS

_RESULTS = ROOT / ".run" / "rehearsal.json"
_CANNOT = 2


def main() -> int:
    options = _options()
    if options.list:
        for step in STEPS:
            print(f"{step.key:18} {'short ' if step.short else '      '} {step.title}")
        return 0
    chosen = _chosen(options)
    home = _home()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    begun = time.monotonic()
    try:
        with _alone(home), limited(options.minutes):
            lines, stage = _rehearse(home, chosen)
    except (CannotRun, OutOfTime) as reason:
        print(f"Nothing was rehearsed. {reason}")
        return 0 if options.if_possible else _CANNOT
    show(lines, stage.stand_ins)
    stage.figures["whole_seconds"] = time.monotonic() - begun
    store(_RESULTS, lines, stage.figures, stage.stand_ins)
    print(f"Figures: {_RESULTS.relative_to(ROOT)}; every command and what it said: {home / 'rehearsal.log'}")
    return 0 if passed(lines) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("--short", action="store_true", help="only what takes a few minutes")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="KEY", help="these steps, and what they need"
    )
    parser.add_argument("--list", action="store_true", help="say which steps there are")
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="begin to clear up after so long; what is left is left out"
    )
    parser.add_argument("--if-possible", action="store_true", help="end with 0 where containers cannot run")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Step]:
    """In their order; with the start, where one of them needs it."""
    keys = set(options.only) or {step.key for step in STEPS if step.short or not options.short}
    if unknown := keys - {step.key for step in STEPS}:
        sys.exit(f"There is no step {', '.join(sorted(unknown))}; --list says which there are.")
    if any(step.key in keys and not step.alone for step in STEPS):
        keys.add("up")
    return [step for step in STEPS if step.key in keys]


def _home() -> Path:
    """Where images stay from one run to the next."""
    chosen = os.environ.get("PRASAN_REHEARSAL_HOME")
    if chosen:
        return Path(chosen).absolute()
    return Path("/var/cache/prasan-rehearsal") if os.geteuid() == 0 else ROOT / ".run" / "rehearsal"


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two rehearsals at once would disturb each other."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)  # the log has this installation's secrets
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotRun("Another rehearsal is running on this machine.") from error
        yield


@contextmanager
def limited(minutes: float | None) -> Iterator[None]:
    """Raises OutOfTime in whatever is being done after so many minutes."""

    def over(number: int, frame: object) -> None:
        raise OutOfTime(f"The {minutes:g} minutes were over before anything could be tried.")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, (minutes or 0) * 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _rehearse(home: Path, steps: Sequence[Step]) -> tuple[list[Line], Stage]:
    log = home / "rehearsal.log"
    log.unlink(missing_ok=True)
    shell = Shell(home, log, {"DOCKER_CLI_HINTS": "false", "COMPOSE_PROFILES": ""})
    with engine(home, shell) as found:
        images = _base_images(steps)
        configured = shell.within(home, **_where(found, home))
        stand_ins = Images(configured, home, _say).provide(images, may_stand_in=found.ours)
        _need_compose(configured)
        folder = home / "installation"
        copy_of_the_tree(folder)
        deployment = Deployment(folder, _own_environment(configured), engine_is_ours=found.ours)
        stage = Stage(deployment, stand_ins)
        deployment.configure()
        deployment.remove(volumes=True)  # of a run that was broken off
        try:
            return list(perform_all(steps, stage)), stage
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)  # clearing up takes the time that it takes
            deployment.remove(volumes=True)


def _own_environment(shell: Shell) -> Shell:
    """Settings that this shell happens to have are none of the installation's."""
    return Shell(
        shell.directory, shell.log, {k: v for k, v in shell.environment.items() if k != "COMPOSE_PROFILES"}
    )


def _where(found: Engine, home: Path) -> dict[str, str]:
    """How the docker command finds the engine, and, on ours, Compose."""
    address = {"DOCKER_HOST": found.address}
    return {**address, "DOCKER_CONFIG": str(home / "config")} if found.ours else address


def _base_images(steps: Sequence[Step]) -> list[str]:
    """Those of the Dockerfile and of docker-compose.yml; of the profiles only where a step needs them."""
    named = images_of_dockerfile((ROOT / "Dockerfile").read_text())
    observed = any(step.key == "observe" for step in steps)
    for service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values():
        if "observe" in service.get("profiles", ()) and not observed:
            continue
        if not service["image"].startswith("prasan:"):
            named.append(service["image"])
    return list(dict.fromkeys(named))


def _need_compose(shell: Shell) -> None:
    if shell.attempt("docker", "compose", "version").code:
        raise CannotRun("Docker's Compose plugin (version 2) is not installed.")


def perform_all(steps: Sequence[Step], stage: Stage) -> Iterator[Line]:
    """Until the end, until nothing runs on which the rest could be tried, or until the time is over."""
    for number, step in enumerate(steps):
        try:
            line = _perform(step, stage)
        except OutOfTime:
            yield from _left_out(steps[number:])
            return
        yield line
        try:
            if line.verdict == FAILED:
                _after_failure(stage)
        except OutOfTime:  # what failed has failed all the same
            yield from _left_out(steps[number + 1 :])
            return
        if line.key == "up" and line.verdict == FAILED:
            return


def _left_out(steps: Sequence[Step]) -> Iterator[Line]:
    _say(f"the time is over, {len(steps)} steps are left out")
    return (Line(step.key, step.title, NO_TIME, 0, "") for step in steps)


def _perform(step: Step, stage: Stage) -> Line:
    """One step; whatever goes wrong in it is its own line, and the next one goes on."""
    begun = time.monotonic()
    try:
        verdict, told = OK, step.perform(stage)
    except NotHere as reason:
        verdict, told = NOT_HERE, str(reason)
    except RehearsalError as error:
        verdict, told = FAILED, str(error)
    except Exception as error:
        verdict, told = FAILED, f"{type(error).__name__}: {error}"
    line = Line(step.key, step.title, verdict, time.monotonic() - begun, told)
    _say(f"{line.verdict:8} {line.title} ({line.seconds:.0f} s) {told if verdict != OK else ''}")
    return line


def _after_failure(stage: Stage) -> None:
    """The last words of every container go into the log; the next step finds all well, where that can be."""
    stage.deployment.shell.attempt("docker", "ps", "--all")
    stage.deployment.shell.attempt("docker", "compose", "logs", "--no-color", "--tail", "60")
    with suppress(RehearsalError):
        stage.deployment.wait_until_well(seconds=60)


_begun = time.monotonic()


def _say(text: str) -> None:
    print(f"{time.monotonic() - _begun:6.0f} s  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
