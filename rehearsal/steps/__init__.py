"""The steps of the rehearsal, in their order: this table is what `make rehearse` does."""

from __future__ import annotations

from rehearsal.stage import Step
from rehearsal.steps import answers, before, data, faults, outside, running, scaling, swarm, upgrading

STEPS: tuple[Step, ...] = (
    Step("config", "compose warns of nothing", before.config_is_clean, short=True, alone=True),
    Step("no-secrets", "missing and weak secrets are refused", before.secrets_are_checked, short=True,
         alone=True),
    Step("port", "a port that is taken is named", before.port_taken, short=True, alone=True),
    Step("disk", "too little disk is said before anything starts", before.little_disk, alone=True),
    Step("up", "make up: from nothing to healthy", running.up, short=True),
    Step("rest", "image size, memory at rest", running.at_rest, short=True),
    Step("check", "prasan check finds nothing wrong", running.check),
    Step("scenario", "a milestone, told to all through the proxy", running.scenario, short=True),
    Step("reply", "an answer of one word comes back, and is obeyed", answers.reply, short=True),
    Step("bounce", "a mail that comes back is seen, and none follows it", answers.bounce, short=True),
    Step("users", "each user may do its own work only", running.least_privilege),
    Step("outside", "from outside only the proxy answers", outside.only_the_proxy, short=True),
    Step("kill-projects", "projects killed while reports come in", faults.killing("projects"), short=True),
    Step("kill-partners", "partners killed under load", faults.killing("partners"), short=True),
    Step("kill-notifications", "notifications killed while it sends",
         faults.killing("notifications"), short=True),
    Step("kill-broker", "the broker killed under load", faults.killing("broker"), short=True),
    Step("kill-database", "the database killed under load", faults.killing("database"), short=True),
    Step("kill-proxy", "the proxy killed while reports come in", faults.killing("proxy"), short=True),
    Step("mail-frozen", "the mail server hangs under load", faults.frozen_mail_server),
    Step("broker-full", "the broker's disk is full for a while", faults.full_disk),
    Step("broker-last", "the broker comes up last", faults.broker_last),
    Step("password", "a wrong SMTP password", faults.wrong_password),
    Step("passwords", "new passwords for broker and database", running.new_passwords),
    Step("no-network", "no network at start", faults.no_network),
    Step("scale", "notifications=3, partners=2 share the work", scaling.scale_out, short=True),
    Step("restore", "backup, volumes destroyed, restore", data.restore_after_loss, short=True),
    Step("restore-over", "an old backup over a system with messages in its queues",
         data.restore_over_a_running_system, short=True),
    Step("upgrade", "make upgrade", upgrading.upgrade, short=True),
    Step("interrupted", "an upgrade that is interrupted goes on", upgrading.interrupted),
    Step("back", "a version that does not start is taken back", upgrading.taken_back),
    Step("observe", "Prometheus sees all and its rules are valid", running.observe),
    Step("down", "make down ends everything; the data stays", running.down),
    Step("compose-1.29", "Compose 1.29 starts and ends it too", running.old_compose),
    Step("swarm", "the same file as a swarm's stack, updated while it works", swarm.rolling_update,
         alone=True),
)  # fmt: skip
