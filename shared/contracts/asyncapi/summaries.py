"""One sentence for each event type: what has happened when it is published."""

from __future__ import annotations

from collections.abc import Mapping

SUMMARIES: Mapping[str, str] = {
    "projects.project.created.v1": "A project was entered.",
    "projects.project.updated.v1": "A project's description, facets, visibility or people changed.",
    "projects.project.started.v1": "Work on a project began.",
    "projects.project.completed.v1": "A project was completed.",
    "projects.project.cancelled.v1": "A project will not go on.",
    "projects.milestone.planned.v1": "A milestone was added to a project.",
    "projects.milestone.updated.v1": "A milestone's words changed; its date and state did not.",
    "projects.milestone.started.v1": "Work on a milestone began.",
    "projects.milestone.reached.v1": "A milestone was reported reached.",
    "projects.milestone.rescheduled.v1": "A milestone got another date, later or earlier.",
    "projects.milestone.cancelled.v1": "A milestone was given up.",
    "projects.milestone.corrected.v1": "What had been reported of a milestone was wrong; this is right.",
    "projects.milestone.recalled.v1": "A report was taken back while nothing had been sent of it.",
    "projects.milestone.due_soon.v1": "A milestone comes due: 30, 7 or 1 days before.",
    "projects.milestone.overdue.v1": "A milestone was due, nothing is reported: days 1, 8, 15, then weekly.",
    "projects.indicator.defined.v1": "An indicator was defined, with its baseline and target.",
    "projects.indicator.measured.v1": "An indicator was measured.",
    "partners.audience.page.v1": "Up to 500 of the contacts that an event is for, each with every reason.",
    "partners.audience.resolved.v1": "An event's audience is complete: how many are told, how many left out.",
    "partners.contact.changed.v1": "A contact was entered or changed, as the sender must know it.",
    "partners.contact.erased.v1": "A contact was erased; only a tombstone remains.",
    "notifications.dispatch.changed.v1": "Deliveries of a dispatch changed state: its counts, absolute.",
    "notifications.address.suppressed.v1": "A mail server said that an address takes no mail.",
    "notifications.contact.unsubscribed.v1": "A contact wants no more news, of one project or of any.",
    "notifications.preferences.changed.v1": "A contact chose by mail when news is to come.",
    "notifications.reply.received.v1": "A contact answered an alert with a question.",
}
