"""The order of the scenes, and what becomes of one that fails: `python -m prasan.demo`."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import click

from prasan.demo import crash, scenes, weeks
from prasan.demo.province import Province, TooLong
from prasan.demo.scenes import Facts
from prasan.demo.stage import ClaimFailed, Stage
from shared.errors import PrasanError
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.process import DidNotStart
from shared.testing.stack import Stack

DONE, CLAIM_FAILED, BROKEN, INTERRUPTED = 0, 1, 3, 130
SETTINGS = {"HOLD_SECONDS": "0", "LEASE_SECONDS": "5", "LOG_LEVEL": "WARNING"}


@click.command()
@click.option("--crowd", default=600, show_default=True, type=click.IntRange(30, 5_000),
              help="How many more contacts the larger alert has.")  # fmt: skip
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Where servers keep their files; a temporary one if not given.")  # fmt: skip
def main(crowd: int, directory: Path | None) -> None:
    """Lamphun on real parts: one milestone becomes emails, a partner answers with one word, the sender is
    killed in the middle of an alert, a digest comes on its day, and what nobody reports is escalated.

    Exit codes: 0 every claim held · 1 a claim did not hold · 3 a part did not start or answer · 130
    interrupted.
    """
    stage = Stage()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends in order, as Ctrl-C does
    with tempfile.TemporaryDirectory(prefix="prasan-demo-") as temporary:
        sys.exit(perform(stage, Stack(directory or Path(temporary), SETTINGS), crowd))


def perform(stage: Stage, stack: Stack, crowd: int) -> int:
    """Every scene in order; the exit code. Whatever happens, nothing is left running."""
    stage.title()
    try:
        _play(stage, Province(stack), crowd)
    except ClaimFailed as failed:
        stage.say("failed", what=failed, style="bold red")
        return CLAIM_FAILED
    except (PrasanError, TooLong, DidNotStart, BrokerNotInstalled) as broken:
        stage.say("broken", what=f"{type(broken).__name__}: {broken}", style="bold red")
        return BROKEN
    except KeyboardInterrupt:
        stage.say("interrupted")
        return INTERRUPTED
    finally:
        stack.discard()
    return DONE


def _play(stage: Stage, province: Province, crowd: int) -> None:
    facts = Facts()
    scenes.open_the_stage(stage, province)
    scenes.load_lamphun(stage, province)
    told = scenes.show_who_will_be_told(stage, province)
    answer = scenes.report_the_milestone(stage, province, facts)
    scenes.show_the_mails(stage, province, told, answer, facts)
    scenes.show_the_outcome(stage, province, answer["event_id"])
    weeks.answer_with_one_word(stage, province)
    due, slot = weeks.reschedule_the_next(stage, province)
    friends = crash.gather_a_crowd(stage, province, crowd)
    event_id = crash.kill_the_sender_in_the_middle(stage, province, facts)
    crash.count_what_everybody_got(stage, province, friends, event_id, facts)
    weeks.wait_for_the_digest(stage, province, slot, facts)
    weeks.forget_to_report(stage, province, due, facts)
    stage.scene("summary")
    stage.table(("what", "figure", "english"), (_row(stage, *fact) for fact in facts.rows.items()))
    stage.say("done", claims=len(stage.claims), seconds=round(stage.seconds), style="bold green")


def _row(stage: Stage, name: str, value: object) -> list[object]:
    return [stage.text(f"demo.sum.{name}"), value, stage.text(f"demo.sum.{name}", "en")]


if __name__ == "__main__":
    main()
