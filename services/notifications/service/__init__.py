"""The REST surface and the event handlers of notifications, each a few lines."""

from services.notifications.service.service import NotificationsService

__all__ = ["NotificationsService"]
