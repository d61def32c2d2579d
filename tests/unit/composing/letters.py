"""The samples as whole mails, and the golden texts that they must equal.

After a change of words that is meant: `python -m tests.unit.composing.letters` writes the texts anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from services.notifications.composing import Office, compose, fill, reference, slots
from services.notifications.composing.samples import Sample, samples
from shared.i18n import LANGUAGES

GOLDEN = Path(__file__).parent / "golden"
CONTACT = "contact-1"
MAILS = [(sample, language) for sample in samples() for language in LANGUAGES]
NAMES = [f"{sample.name}-{language}" for sample, language in MAILS]


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str

    def visible(self) -> str:
        """What a reader of the HTML sees, a line for each block."""
        return " ".join("".join(_Visible.of(self.html)).split())


def mail_of(sample: Sample, language: str, office: Office = Office()) -> Mail:  # noqa: B008  # it is frozen
    """The sample composed, and filled for its reader."""
    composed = compose(sample.about, language, office)
    number = reference(sample.about["id"], CONTACT)
    values = slots(sample.about, sample.reasons, sample.readers[language], language, number)
    return Mail(composed.subject, *fill(composed, values))


def golden_of(sample: Sample, language: str) -> str:
    mail = mail_of(sample, language)
    return f"Subject: {mail.subject}\n\n{mail.text}"


class _Visible(HTMLParser):
    """Collects the text of a page's body without its hidden preheader."""

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html.split("</div>", 1)[1])
        return parser.words

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "span":
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _written() -> Iterator[Path]:
    for (sample, language), name in zip(MAILS, NAMES, strict=True):
        file = GOLDEN / f"{name}.txt"
        file.write_text(golden_of(sample, language), encoding="utf-8")
        yield file


if __name__ == "__main__":
    print(f"{len(list(_written()))} golden texts written")
