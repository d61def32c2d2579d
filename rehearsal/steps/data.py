"""The worst day: all volumes are gone, and there is a backup."""

from __future__ import annotations

import time

from rehearsal.deployment import until
from rehearsal.stage import Stage
from rehearsal.world import Report, World, claim


def restore_after_loss(stage: Stage) -> str:
    """What was finished is there, what was not is held until released, and nobody hears anything twice."""
    deployment, world = stage.deployment, stage.world
    deployment.prasan("pause")
    unfinished = world.reach(world.milestones(1)[0])
    _until_recorded(world, unfinished)
    known = _inventory(world)
    backup = _backup(stage)
    mails = len(list(world.mailbox.mails()))
    deployment.remove(volumes=True)
    begun = time.monotonic()
    deployment.make("restore", FILE=backup)
    stage.figures["restore_seconds"] = time.monotonic() - begun
    stage.reconnect()
    claim(_inventory(world) == known, f"before {known}, after {_inventory(world)}")
    time.sleep(5)
    states = {delivery["state"] for delivery in world.deliveries(unfinished)} - {"by_hand"}
    claim(states == {"held"}, f"unfinished came back as {states}")
    claim(len(list(world.mailbox.mails())) == mails, "something was sent before it was released")
    deployment.prasan("resume")
    deployment.prasan("deliveries", "release", "--yes")
    world.settle(unfinished)
    line = world.check(*world.reports)
    size = (deployment.directory / backup).stat().st_size / 1e6
    return f"{line}; backup {size:.1f} MB, restored in {stage.figures['restore_seconds']:.0f} s"


def restore_over_a_running_system(stage: Stage) -> str:
    """What was reported after the backup waits in the queues: it is gone, and nobody hears of it."""
    deployment, world = stage.deployment, stage.world
    milestone = world.milestones(1)[0]
    backup = _backup(stage)
    deployment.compose("stop", "partners", "notifications")
    world.reach(milestone)
    late = world.reports.pop()
    waiting = until(lambda: _waiting(stage), "a message waits in a queue")
    deployment.make("restore", FILE=backup, REPLACE="yes")
    stage.reconnect()
    claim(world.api.get(f"/v1/milestones/{milestone}")["status"] == "planned", "the report is still there")
    report = world.reach(world.milestones(1)[0])
    deployment.prasan("deliveries", "release", "--yes")
    world.settle(report)
    claim(not world.deliveries(late), "the ledger knows of a report that there never was")
    return f"{waiting} messages of after the backup are gone; {world.check(*world.reports)}"


def _backup(stage: Stage) -> str:
    """Its name in the installation's folder."""
    folder = stage.deployment.directory
    stage.deployment.make("backup")
    newest = max((folder / "backups").glob("*.backup"), key=lambda path: path.stat().st_mtime)
    return str(newest.relative_to(folder))


def _waiting(stage: Stage) -> int:
    """Messages in all queues."""
    told = stage.deployment.compose("exec", "-T", "broker", "rabbitmqctl", "-s", "list_queues", "messages")
    return sum(map(int, told.split()))


def _until_recorded(world: World, report: Report) -> None:
    """Until the ledger has every delivery of it."""
    deadline = time.monotonic() + 60
    while len(world.deliveries(report)) < len(world.readers) + len(world.by_hand):
        claim(time.monotonic() < deadline, "the ledger does not learn of the report")
        time.sleep(0.3)


def _inventory(world: World) -> dict[str, int]:
    """How many of everything there are."""
    paths = {"projects": "/v1/projects", "partners": "/v1/partners", "contacts": "/v1/contacts"}
    counts = {name: len(list(world.api.items(path))) for name, path in paths.items()}
    return {**counts, "deliveries": sum(len(world.deliveries(report)) for report in world.reports)}
