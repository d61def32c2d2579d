"""The senders of a process, as nameko runs them."""

from services.notifications.sending.sender import MailSender

__all__ = ["MailSender"]
