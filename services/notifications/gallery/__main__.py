"""`python -m services.notifications.gallery --out screenshots/`: every mail × language × device × scheme."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from services.notifications.composing.samples import samples
from services.notifications.gallery.browser import DEVICES, SCHEMES, browser
from services.notifications.gallery.mails import Shown, mails, said
from shared.i18n import LANGUAGES


def main() -> int:
    """Write the pictures and say how many; 1 where a page is wider than its device."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    chosen = [mail for mail in mails() if arguments.only in mail.name]
    too_wide = list(_photographs(chosen, arguments.out))
    _spoken(arguments.out, arguments.only)
    pictures = len(chosen) * len(LANGUAGES) * len(DEVICES) * len(SCHEMES)
    sys.stdout.write(f"{pictures} pictures of {len(chosen)} mails in {arguments.out}\n")
    sys.stdout.writelines(f"wider than the device: {name}\n" for name in too_wide)
    return 1 if too_wide else 0


def _photographs(chosen: list[Shown], out: Path) -> Iterator[str]:
    """Takes every picture; yields the names of those that scroll sideways."""
    with browser() as camera:
        for mail, language in product(chosen, LANGUAGES):
            written, name = mail.write(language), f"{mail.name}-{language}"
            (out / f"{name}.html").write_text(written.html, encoding="utf-8")
            (out / f"{name}.txt").write_text(f"{written.subject}\n\n{written.text}", encoding="utf-8")
            yield from camera.take_all(written.html, out, name)


def _spoken(out: Path, only: str) -> None:
    """Beside them what is read out on the telephone."""
    for sample, language in product(samples(), LANGUAGES):
        if only in sample.name:
            (out / f"by-hand-{sample.name}-{language}.txt").write_text(
                said(sample, language), encoding="utf-8"
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Photograph every mail with headless Chromium.")
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="where the pictures go")
    parser.add_argument("--only", default="", help="only mails with this in their name, as `later`")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
