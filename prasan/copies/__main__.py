"""`python -m prasan.copies screenshots/`: the page of a person's copy as pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from prasan.copies.page import render
from prasan.copies.sample import COPY
from services.notifications.gallery.browser import browser


def main() -> int:
    """Write page and pictures; 1 where it is wider than a device."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    page = render(COPY)
    (out / "personal-data.html").write_text(page, encoding="utf-8")
    with browser() as camera:
        too_wide = list(camera.take_all(page, out, "personal-data"))
    sys.stdout.writelines(f"wider than the device: {name}\n" for name in too_wide)
    return 1 if too_wide else 0


if __name__ == "__main__":
    sys.exit(main())
