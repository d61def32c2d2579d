"""Composed mails become bytes on the wire: headers, MIME parts, signed addresses, DKIM."""
