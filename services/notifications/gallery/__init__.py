"""Every mail as a picture, so that a person can look at it: `python -m services.notifications.gallery`."""
