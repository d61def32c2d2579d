"""A dump of before schemas had versions: see golden/README.md."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "golden" / "before-versions.backup"
SECRET = "a-secret-for-one-golden-dump-and-nothing-else-q7Wm3kZ0"
PROJECT = "01M8390AEZ45SBZPV06QQ0M2J1"
REACHED = f"{PROJECT}:4"  # the event
MILESTONE = "01M8390CFQ9FBWCZDVHHJCW0H6"
DISPATCH = f"{REACHED}:0:0"
BY_MAIL, BY_HAND, QUIET, ERASED = (
    "01M8390ADT8D8WA9S7YM2VHNK0",
    "01M8390AE3DERYNY4W37RCV7WK",
    "01M8390AE9NGKZ61GD2D083SBH",
    "01M8390AEEZ2TJFM0AK5Y43DQ6",
)
