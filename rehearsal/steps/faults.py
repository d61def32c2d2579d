"""What an installation must withstand while it works: nothing lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread

from rehearsal.deployment import Deployment, until
from rehearsal.shell import Result
from rehearsal.stage import Stage
from rehearsal.world import Report, World, claim

_REPORTS = 4
_A_WHILE = 5.0  # seconds
_STRICT = "strict"  # a mail server that wants a password


def killing(service: str) -> Callable[[Stage], str]:
    """Its first process gets SIGKILL while reports come in and mails go out."""

    def perform(stage: Stage) -> str:
        deployment, world = stage.deployment, stage.world
        victims = deployment.containers(service)
        begun = time.monotonic()

        def kill() -> None:
            for victim in victims:
                deployment.kill(victim)

        reports = _under_load(world, kill)
        deployment.wait_until_well(service)
        world.settle(*reports)
        stage.figures[f"kill_{service}_seconds"] = time.monotonic() - begun
        return world.check(*reports)

    return perform


def frozen_mail_server(stage: Stage) -> str:
    """It takes connections and says nothing, as after a lost route; then it goes on."""
    deployment, world = stage.deployment, stage.world
    (mailbox,) = deployment.containers("mailbox")
    reports = _under_load(world, lambda: deployment.docker("pause", mailbox.id))
    time.sleep(_A_WHILE)
    deployment.docker("unpause", mailbox.id)
    world.settle(*reports)
    return world.check(*reports)


def full_disk(stage: Stage) -> str:
    """RabbitMQ believes its disk full: reports are taken all the same, and told when there is room."""
    deployment, world = stage.deployment, stage.world
    _limit_disk(deployment, "100000GB")
    try:
        milestones = world.milestones(_REPORTS)
        reports = [world.reach(milestone) for milestone in milestones]
        time.sleep(_A_WHILE)
        claim(
            not any(world.deliveries(report) for report in reports), "something went out with the disk full"
        )
    finally:
        _limit_disk(deployment, "2GB")
    world.settle(*reports)
    return world.check(*reports)


def broker_last(stage: Stage) -> str:
    """Everything else starts without it, takes reports, and tells when it comes."""
    deployment, world = stage.deployment, stage.world
    others = ["database", "mailbox", "projects", "partners", "notifications", "proxy"]
    deployment.compose("stop", *others, "broker")
    deployment.compose("up", "--detach", "--no-deps", *others)
    deployment.wait_until_well(*others)
    stage.world.mailbox.mails()
    reports = [world.reach(milestone) for milestone in world.milestones(2)]
    time.sleep(_A_WHILE)
    deployment.compose("start", "broker")
    deployment.wait_until_well("broker")
    world.settle(*reports)
    return world.check(*reports)


def wrong_password(stage: Stage) -> str:
    """The mail server refuses the login: it is said, nothing is lost; with the right one all goes out."""
    deployment, world = stage.deployment, stage.world
    image = next(image for image in deployment.images() if "mailpit" in image)
    deployment.docker(
        "run", "--detach", "--name", _STRICT, "--network", _network(deployment),
        "--env", "MP_SMTP_AUTH=prasan:right", "--env", "MP_SMTP_AUTH_ALLOW_INSECURE=true", image,
    )  # fmt: skip
    try:
        deployment.set(SMTP_URL=f"smtp://prasan:wrong@{_STRICT}:1025")
        said = _complaint(deployment.try_make("up"), f"{_STRICT}:1025")
        report = world.reach(world.milestones(1)[0])
        _waits(world, report)
    finally:
        deployment.set(SMTP_URL="smtp://mailbox:1025")
        deployment.make("up")
        deployment.shell.attempt("docker", "rm", "--force", "--volumes", _STRICT)
    world.settle(report, seconds=420)
    return f"{world.check(report)}; said: {said}"


def no_network(stage: Stage) -> str:
    """The mail server's name cannot be looked up: `make up` ends well, mail waits, then goes out."""
    deployment, world = stage.deployment, stage.world
    try:
        deployment.set(SMTP_URL="smtp://mail.lamphun.invalid:25")
        deployment.make("down")
        said = _complaint(deployment.try_make("up"), "mail.lamphun.invalid")
        stage.reconnect()
        report = world.reach(world.milestones(1)[0])
        _waits(world, report)
    finally:
        deployment.set(SMTP_URL="smtp://mailbox:1025")
        deployment.make("up")
    world.settle(report, seconds=420)
    return f"{world.check(report)}; said: {said}"


def _under_load(world: World, breaks: Callable[[], object]) -> list[Report]:
    """Reports one after the other; in their midst something breaks. All of them, answered."""
    milestones = world.milestones(_REPORTS)
    reports = [world.reach(milestones[0])]
    before = len(list(world.mailbox.mails()))
    until(lambda: len(list(world.mailbox.mails())) > before, "mails are under way")
    breaking = Thread(target=breaks)
    breaking.start()
    reports += [world.reach(milestone) for milestone in milestones[1:]]
    breaking.join()
    return reports


def _limit_disk(deployment: Deployment, amount: str) -> None:
    deployment.compose("exec", "-T", "broker", "rabbitmqctl", "-q", "set_disk_free_limit", amount)


def _complaint(result: Result, about: str) -> str:
    """The line of `make up` that says what is wrong with mail. Raises Wrong where nothing started."""
    claim("Prasan is running" in result.output, result.output[-300:])
    line = next((line for line in result.output.splitlines() if about in line and "✘" in line), "")
    claim(result.code and line, f"nothing is said of it: {result.output[-300:]}")
    return line.strip()


def _waits(world: World, report: Report) -> None:
    """A while later nothing of it was given up."""
    until(lambda: len(world.deliveries(report)) >= len(world.readers), "the ledger knows the report")
    time.sleep(_A_WHILE)
    states = {delivery["state"] for delivery in world.deliveries(report)} - {"by_hand"}
    claim(states <= {"held", "pending", "sending", "retry_wait"}, f"given up: {states}")


def _network(deployment: Deployment) -> str:
    return f"{deployment.settings()['COMPOSE_PROJECT_NAME']}_outside"
