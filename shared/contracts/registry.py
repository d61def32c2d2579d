"""Which event types exist, and the schema of each. A type that is not here cannot be published."""

from __future__ import annotations

from collections.abc import Mapping

from shared.contracts import notifications, partners, projects
from shared.contracts.envelope import Event, event_from_bytes, event_from_dict
from shared.contracts.facets import Contract
from shared.contracts.quick import quick_check
from shared.errors import Unreadable

EVENT_TYPES: Mapping[str, type[Contract]] = {
    "projects.project.created.v1": projects.ProjectChanged,
    "projects.project.updated.v1": projects.ProjectChanged,
    "projects.project.started.v1": projects.ProjectChanged,
    "projects.project.completed.v1": projects.ProjectChanged,
    "projects.project.cancelled.v1": projects.ProjectChanged,
    "projects.milestone.planned.v1": projects.MilestoneChanged,
    "projects.milestone.updated.v1": projects.MilestoneChanged,
    "projects.milestone.started.v1": projects.MilestoneChanged,
    "projects.milestone.reached.v1": projects.MilestoneChanged,
    "projects.milestone.rescheduled.v1": projects.MilestoneChanged,
    "projects.milestone.cancelled.v1": projects.MilestoneChanged,
    "projects.milestone.corrected.v1": projects.MilestoneChanged,
    "projects.milestone.recalled.v1": projects.MilestoneChanged,
    "projects.milestone.due_soon.v1": projects.MilestoneDue,
    "projects.milestone.overdue.v1": projects.MilestoneDue,
    "projects.indicator.defined.v1": projects.IndicatorChanged,
    "projects.indicator.measured.v1": projects.IndicatorChanged,
    "partners.audience.page.v1": partners.AudiencePage,
    "partners.audience.resolved.v1": partners.AudienceResolved,
    "partners.contact.changed.v1": partners.ContactChanged,
    "partners.contact.erased.v1": partners.ContactErased,
    "notifications.dispatch.changed.v1": notifications.DispatchChanged,
    "notifications.address.suppressed.v1": notifications.AddressSuppressed,
    "notifications.contact.unsubscribed.v1": notifications.ContactUnsubscribed,
    "notifications.preferences.changed.v1": notifications.PreferencesChanged,
    "notifications.reply.received.v1": notifications.ReplyReceived,
}

_SCHEMAS = {name: schema() for name, schema in EVENT_TYPES.items()}
_QUICK_CHECKS = {name: quick_check(schema) for name, schema in _SCHEMAS.items()}


def check(event: Event) -> Event:
    """The same event, if its type is known and its data fit. Raises Unreadable otherwise."""
    schema = _SCHEMAS.get(event.type)
    if schema is None:
        raise Unreadable("unknown-type", event.type)
    if _QUICK_CHECKS[event.type](event.data):
        return event
    errors = schema.validate(dict(event.data))
    if errors:
        raise Unreadable("wrong-schema", errors)
    return event


def read_event(body: bytes) -> Event:
    """The checked event in a message body. Raises Unreadable."""
    return check(event_from_bytes(body))


def event_from_document(document: object) -> Event:
    """The checked event that was stored as a document. Raises Unreadable."""
    return check(event_from_dict(document))
