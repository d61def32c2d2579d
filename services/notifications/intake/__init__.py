"""Mail that comes back: bounces, complaints, automatic replies, and answers by one word.

A process of its own, with threads instead of eventlet: `python -m services.notifications.intake`.
"""
