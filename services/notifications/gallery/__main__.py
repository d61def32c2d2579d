"""`python -m services.notifications.gallery --out screenshots/`: every mail × language × device × scheme."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from services.notifications.composing import Office, compose, fill, reference, slots
from services.notifications.composing.digest import compose_digest, digest_slots
from services.notifications.composing.note_samples import NoteSample, notes
from services.notifications.composing.samples import DigestSample, Sample, digests, samples
from services.notifications.gallery.browser import browser
from shared.i18n import LANGUAGES

WIDTHS = {"desktop": 1280, "phone": 390}
SCHEMES = ("light", "dark")

AnySample = Sample | DigestSample | NoteSample


def main() -> int:
    """Write the pictures and say how many; 1 where a page is wider than its device."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    everything: tuple[AnySample, ...] = (*samples(), *digests(), *notes())
    chosen = [sample for sample in everything if arguments.only in sample.name]
    too_wide = list(_photographs(chosen, arguments.out))
    pictures = len(chosen) * len(LANGUAGES) * len(WIDTHS) * len(SCHEMES)
    sys.stdout.write(f"{pictures} pictures of {len(chosen)} mails in {arguments.out}\n")
    sys.stdout.writelines(f"wider than the device: {name}\n" for name in too_wide)
    return 1 if too_wide else 0


def _photographs(chosen: list[AnySample], out: Path) -> Iterator[str]:
    """Takes every picture; yields the names of those that scroll sideways."""
    with browser() as camera:
        for sample, language in product(chosen, LANGUAGES):
            subject, text, html = _mail(sample, language)
            (out / f"{sample.name}-{language}.html").write_text(html, encoding="utf-8")
            (out / f"{sample.name}-{language}.txt").write_text(f"{subject}\n\n{text}", encoding="utf-8")
            for (device, width), scheme in product(WIDTHS.items(), SCHEMES):
                name = f"{sample.name}-{language}-{device}-{scheme}"
                (out / f"{name}.png").write_bytes(camera.photograph(html, width, scheme == "dark"))
                if camera.width() > width:
                    yield name


def _mail(sample: AnySample, language: str) -> tuple[str, str, str]:
    if isinstance(sample, NoteSample):
        note = sample.write(language, Office())
        return note.subject, note.text, note.html
    if isinstance(sample, DigestSample):
        composed = compose_digest(sample.edition, sample.person, language, Office())
        values = digest_slots(sample.person, language, reference(sample.name, "contact-1"))
        return composed.subject, *fill(composed, values)
    composed = compose(sample.about, language, Office())
    number = reference(sample.about["id"], "contact-1")
    values = slots(sample.about, sample.reasons, sample.person, language, number)
    return composed.subject, *fill(composed, values)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Photograph every mail with headless Chromium.")
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="where the pictures go")
    parser.add_argument("--only", default="", help="only mails with this in their name, as `later`")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
