"""notifications, as nameko runs it."""

from __future__ import annotations

from services.notifications.schemas import (
    DeliveryDetail,
    DeliveryQuery,
    DeliverySchema,
    DispatchesSchema,
    DispatchQuery,
    MessageSchema,
    NewSuppression,
    PreviewRequest,
    SendingSchema,
    SuppressionSchema,
)
from services.notifications.sending import MailSender
from services.notifications.service.by_hand import ByHandEndpoints
from services.notifications.service.digests import DigestEndpoints
from services.notifications.service.exports import ExportEndpoints
from services.notifications.service.incoming import IncomingEndpoints
from services.notifications.service.releasing import ReleasingEndpoints
from services.notifications.service.wiring import LOCALE, UseCases, Wiring
from services.notifications.storage.stores import WITH_OUTBOX
from shared.contracts.envelope import Event
from shared.errors import Invalid, Unreadable
from shared.http import Answer, Request, StandardEndpoints, endpoint
from shared.http.pagination import PageQuery, page, page_schema
from shared.messaging.consumer import consume
from shared.messaging.relay import OutboxRelay
from shared.mongo import MongoDatabase

READERS = frozenset({"viewer", "coordinator", "partner_manager", "operator"})
COORDINATORS = frozenset({"coordinator", "operator"})
OPERATORS = frozenset({"operator"})


class NotificationsService(
    ByHandEndpoints,
    DigestEndpoints,
    ExportEndpoints,
    IncomingEndpoints,
    ReleasingEndpoints,
    StandardEndpoints,
):
    """Who is told what, when, and what their mail servers said."""

    name = "notifications"
    catalogues = (LOCALE,)
    database = MongoDatabase()
    # Counts are absolute and only the newest matters: outcomes need no history.
    # Mails come before the news of them: lanes wake the relay as soon as they have nothing to send.
    relay = OutboxRelay(WITH_OUTBOX, keep_history=False, sweep_every=5.0)
    sender = MailSender()
    use_cases: UseCases = Wiring()

    @consume("notifications.audiences")
    def on_audience(self, event: Event) -> None:
        """Records the deliveries of a page; the lanes send them."""
        self.use_cases.recording.record(event)

    @consume("notifications.contacts")
    def on_contact(self, event: Event) -> None:
        """Keeps the newest version of a contact, or its tombstone."""
        self.use_cases.contacts.apply(event)

    @endpoint("GET", "/v1/deliveries", roles=READERS, query=DeliveryQuery, answer=page_schema(DeliverySchema))
    def deliveries(self, request: Request) -> Answer:
        """Deliveries of an event, a milestone or a contact, or those in a state to be looked after."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(page(self.use_cases.viewing.deliveries(request.query, after, limit + 1), limit))

    @endpoint("GET", "/v1/deliveries/<delivery_id>", roles=COORDINATORS, answer=DeliveryDetail)
    def delivery(self, request: Request, delivery_id: str) -> Answer:
        """One delivery: why, what was tried, and the message as it was sent."""
        return Answer(self.use_cases.viewing.delivery(delivery_id))

    @endpoint("GET", "/v1/dispatches", roles=READERS, query=DispatchQuery, answer=DispatchesSchema)
    def dispatches(self, request: Request) -> Answer:
        """What was recorded of an event, for whoever compares."""
        event, after, limit = (request.query[name] for name in ("event", "after", "limit"))
        viewing = self.use_cases.viewing
        found = page(viewing.dispatches(event, after, limit + 1), limit)
        return Answer({"event_id": event, "pages": viewing.pages_of(event), **found})

    @endpoint("POST", "/v1/messages/preview", roles=COORDINATORS, body=PreviewRequest, answer=MessageSchema)
    def preview_message(self, request: Request) -> Answer:
        """The mail about an event that may not have happened yet; nothing is stored or sent."""
        body = request.body
        try:
            shown = self.use_cases.viewing.preview(body["about"], body["language"], body["reasons"])
        except Unreadable as error:
            raise Invalid("message-not-composed", cause=error.cause) from error
        return Answer({"language": body["language"], **shown})

    @endpoint(
        "GET", "/v1/suppressions", roles=OPERATORS, query=PageQuery, answer=page_schema(SuppressionSchema)
    )
    def suppressions(self, request: Request) -> Answer:
        """Addresses that nothing is sent to, by their hashes."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(page(self.use_cases.operating.suppressions(after, limit + 1), limit))

    @endpoint(
        "POST",
        "/v1/suppressions",
        roles=OPERATORS,
        body=NewSuppression,
        answer=SuppressionSchema,
        status=201,
        idempotent=True,
    )
    def suppress(self, request: Request) -> Answer:
        """Nothing goes to this address any more; said again, it changes nothing."""
        found = self.use_cases.operating.suppress(
            request.body["address"], request.body["why"], request.caller.subject
        )
        return Answer(found, version=found["version"])

    @endpoint("GET", "/v1/suppressions/<suppression_id>", roles=OPERATORS, answer=SuppressionSchema)
    def suppression(self, request: Request, suppression_id: str) -> Answer:
        """One suppressed address."""
        found = self.use_cases.operating.suppression(suppression_id)
        return Answer(found, version=found["version"])

    @endpoint("DELETE", "/v1/suppressions/<suppression_id>", roles=OPERATORS, if_match=True)
    def lift_suppression(self, request: Request, suppression_id: str) -> Answer:
        """Mail may go there again."""
        assert request.if_match is not None
        self.use_cases.operating.lift(suppression_id, request.if_match, request.caller.subject)
        return Answer(None)

    @endpoint("GET", "/v1/sending", roles=COORDINATORS, answer=SendingSchema)
    def sending(self, request: Request) -> Answer:
        """Whether mails go out at present, and how much waits."""
        return Answer(self.use_cases.operating.sending())

    @endpoint("POST", "/v1/sending/pause", roles=OPERATORS, answer=SendingSchema, idempotent=True)
    def pause(self, request: Request) -> Answer:
        """No lane of any replica claims anything from a second on; what is recorded waits."""
        return Answer(self.use_cases.operating.pause(request.caller.subject))

    @endpoint("POST", "/v1/sending/resume", roles=OPERATORS, answer=SendingSchema, idempotent=True)
    def resume(self, request: Request) -> Answer:
        """What waits goes out."""
        answer = Answer(self.use_cases.operating.resume(request.caller.subject))
        self.sender.wake()
        return answer
