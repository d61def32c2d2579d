"""partners, as nameko runs it."""

from __future__ import annotations

from services.partners.service.audiences import AudienceEndpoints
from services.partners.service.contacts import ContactEndpoints
from services.partners.service.engagements import EngagementEndpoints
from services.partners.service.imports import ImportEndpoints
from services.partners.service.partners import PartnerEndpoints
from services.partners.service.retention import RetentionEndpoints
from services.partners.service.subscriptions import SubscriptionEndpoints
from services.partners.service.wiring import LOCALE, Wiring
from services.partners.storage.collections import WITH_OUTBOX
from shared.http import StandardEndpoints
from shared.messaging.relay import OutboxRelay
from shared.mongo import MongoDatabase


class PartnersService(
    PartnerEndpoints,
    ContactEndpoints,
    EngagementEndpoints,
    SubscriptionEndpoints,
    AudienceEndpoints,
    ImportEndpoints,
    RetentionEndpoints,
    StandardEndpoints,
):
    """Who takes part, who asked for what, and so who hears of which event."""

    name = "partners"
    catalogues = (LOCALE,)
    database = MongoDatabase()
    relay = OutboxRelay(WITH_OUTBOX)
    use_cases = Wiring()
