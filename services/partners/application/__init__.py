"""What partners can be asked to do: load, decide, store. Ports are small Protocols in `ports.py`."""
