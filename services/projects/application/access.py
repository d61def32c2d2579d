"""Who may read and write what.

| role | reads | writes |
| --- | --- | --- |
| viewer | every project that is not internal | nothing |
| coordinator | those, and their own internal ones | their own projects, whole; and may hand them over |
| partner_manager | everything: they must see who would be told | nothing |
| operator | everything | programmes; plans of any project (imports), hand-over; never a report |

A project that a caller may not read does not exist for them: 404, not 403.
"""

from __future__ import annotations

from services.projects.application.ports import Reader
from services.projects.domain.projects import Project
from shared.auth import Caller
from shared.errors import Forbidden, NotFound

_SEE_EVERYTHING = frozenset({"operator", "partner_manager"})


def reader(caller: Caller) -> Reader:
    return Reader(caller.subject, caller.has_any(_SEE_EVERYTHING))


def is_own(project: Project, caller: Caller) -> bool:
    return "coordinator" in caller.roles and project.coordinator.id == caller.subject


def require_reader(project: Project, caller: Caller) -> None:
    """Raises NotFound."""
    hidden = project.visibility == "internal" and not reader(caller).everything
    if hidden and project.coordinator.id != caller.subject:
        raise NotFound()


def require_coordinator(project: Project, caller: Caller) -> None:
    """Reporting: only whoever answers for the project. Raises NotFound, Forbidden."""
    require_reader(project, caller)
    if not is_own(project, caller):
        raise Forbidden("not-your-project")


def require_planner(project: Project, caller: Caller) -> None:
    """Planning: its coordinator, or an operator who enters it for them. Raises NotFound, Forbidden."""
    require_reader(project, caller)
    if not is_own(project, caller) and "operator" not in caller.roles:
        raise Forbidden("not-your-project")
