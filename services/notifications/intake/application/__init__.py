"""Keeping what arrives, deciding what becomes of it, and answering."""
