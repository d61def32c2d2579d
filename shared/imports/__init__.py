"""Imports: many rows stored as one, then applied one by one, however often the process dies meanwhile."""
