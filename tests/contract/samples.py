"""The golden samples: one whole event of each type, as it was when its type was published first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"


def golden() -> dict[str, dict[str, Any]]:
    """Each sample by the event type that its file is named after."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(GOLDEN.glob("*.json"))}
