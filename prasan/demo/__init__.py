"""The demo: Lamphun on real parts, one milestone, every email it makes, and a sender killed in the middle.

`python -m prasan.demo` (or `make demo`). Every claim on the screen is checked; it exits 0 only if all
of them hold.
"""
