"""The rules of projects, milestones and indicators: no I/O, no clock, no framework.

Read `milestones.py` first: its table says what may happen to a milestone.
"""
