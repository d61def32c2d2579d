"""Lamphun loaded into an empty system by the operator's command, and its milestone reported."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from prasan.cli import main
from prasan.demo.province import Province, until
from prasan.demo.scenes import MILESTONE, queues_are_empty
from prasan.demo.telling import is_mailed_now
from prasan.seed.loading import KINDS, amounts
from tests.e2e.conftest import stack_in
from tests.e2e.world import QUIET, SOON, counts


@pytest.fixture(scope="module")
def lamphun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A province of its own, loaded by `prasan seed`."""
    with stack_in(tmp_path_factory.mktemp("lamphun")) as stack:
        province = Province(stack)
        province.loaded.ids = ids(seeded(province))
        until(lambda: queues_are_empty(province), SOON)
        yield province


def seeded(province: Province) -> Any:
    """What `prasan seed --json` says."""
    result = CliRunner().invoke(main, ["seed", "--json"], env=province.stack.operator_environment())
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ids(result: Any) -> dict[tuple[str, str], str]:
    return {(kind, key): i for kind, items in result["ids"].items() for key, i in items.items()}


def test_everything_is_loaded_and_nobody_has_mail_of_it(lamphun: Province) -> None:
    """Every item of every file is there; nothing was sent, and nothing is dead."""
    assert {kind: sum(k == kind for k, _ in lamphun.loaded.ids) for kind in KINDS} == amounts(lamphun.seed)
    time.sleep(QUIET)
    assert lamphun.stack.mailbox.messages() == []
    assert not any(list(lamphun.operator.items(s, "/v1/dead-letters")) for s in lamphun.operator.urls)


def test_loading_again_changes_nothing(lamphun: Province) -> None:
    """The second run finds what the first made, item by item."""
    versions = {p["id"]: p["version"] for p in lamphun.operator.items("projects", "/v1/projects")}
    assert ids(seeded(lamphun)) == lamphun.loaded.ids
    assert {p["id"]: p["version"] for p in lamphun.operator.items("projects", "/v1/projects")} == versions


def test_figures_of_the_source_are_told_from_illustrations(lamphun: Province) -> None:
    """The malformed figure has no value anywhere; others keep their quoted words."""
    path = f"/v1/indicators/{lamphun.loaded['indicators', 'wet-waste-free/cost-saved']}"
    saved = lamphun.operator.get("projects", path)
    (measured,) = lamphun.operator.get("projects", f"{path}/measurements")["items"]
    assert saved["value"] is None and measured["malformed"] and measured["as_written"] == "15,330,09"
    target = lamphun.operator.get(
        "projects", f"/v1/indicators/{lamphun.loaded['indicators', 'clean-province/sessions']}"
    )
    assert (
        target["target"]["provenance"]["kind"] == "source"
        and "50 ครั้ง" in target["target"]["provenance"]["quote"]
    )


def test_the_missions_are_the_provinces_own(lamphun: Province) -> None:
    """Projects serves the same six missions, in the same words, as the seed quotes."""
    served = lamphun.operator.get("projects", "/v1/missions")["items"]
    assert [(m["number"], m["title"]["th"]) for m in served] == [
        (m["number"], m["title"]["th"]) for m in lamphun.seed.missions
    ]


def test_the_preview_says_who_will_be_told_and_the_report_tells_just_them(lamphun: Province) -> None:
    """Whoever the preview named has one mail; whoever it left out has none; the outcome adds up."""
    told, not_told = lamphun.preview(MILESTONE)
    assert {c["why_not"] for c in not_told} == {"no_lawful_basis", "unsubscribed"}
    assert {r["code"] for c in told for r in c["reasons"]} >= {
        "sponsor", "implementer", "advisor", "beneficiary", "jppcc", "subscriber", "coordinator", "head",
    }  # fmt: skip
    answer = lamphun.report(MILESTONE, "reach", {"confirm_unmet": True})
    outcome = lamphun.settled_outcome(MILESTONE, answer["event_id"], 2 * SOON)
    addresses = lamphun.addresses()
    expected = sorted(addresses[c["contact_id"]] for c in told if is_mailed_now(c))
    received = sorted(to for m in lamphun.stack.mailbox.messages() for to in m.recipients)
    assert received == expected
    later = Counter(c["when"]["how"] for c in told if not is_mailed_now(c))
    assert counts(outcome) == {"accepted": len(expected), **later}
    assert sum(outcome["left_out"].values()) == len(not_told)
