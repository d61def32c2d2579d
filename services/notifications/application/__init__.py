"""The use cases: record an audience, know contacts, send, look. Ports are small Protocols in `ports.py`."""
