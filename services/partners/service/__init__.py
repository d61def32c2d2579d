"""The REST surface and the event handlers of partners, each a few lines."""

from services.partners.service.service import PartnersService

__all__ = ["PartnersService"]
