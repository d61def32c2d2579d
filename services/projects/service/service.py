"""projects, as nameko runs it."""

from __future__ import annotations

from services.projects.service.events import EventEndpoints
from services.projects.service.exports import ExportEndpoints
from services.projects.service.imports import ImportEndpoints
from services.projects.service.indicators import IndicatorEndpoints
from services.projects.service.milestones import MilestoneEndpoints
from services.projects.service.plans import PlanEndpoints
from services.projects.service.questions import QuestionEndpoints
from services.projects.service.ticker import Ticker
from services.projects.service.wiring import LOCALE, WITH_OUTBOX, Wiring
from shared.http import StandardEndpoints
from shared.messaging.relay import OutboxRelay
from shared.mongo import MongoDatabase


class ProjectsService(
    PlanEndpoints,
    MilestoneEndpoints,
    IndicatorEndpoints,
    EventEndpoints,
    ExportEndpoints,
    ImportEndpoints,
    QuestionEndpoints,
    StandardEndpoints,
):
    """What is planned, what became of it, and who was told."""

    name = "projects"
    catalogues = (LOCALE,)
    database = MongoDatabase()
    relay = OutboxRelay(WITH_OUTBOX)
    ticker = Ticker()
    use_cases = Wiring()
