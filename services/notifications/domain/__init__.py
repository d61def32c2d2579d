"""The rules of the ledger: no I/O, no clock, no chance of their own.

Read `states.py` first (what a delivery may become), then `claiming.py` (what is decided about each
recipient at the moment of sending) and `replies.py` (what an answer of the mail server means).
"""
