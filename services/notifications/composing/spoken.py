"""An alert in a few plain lines, to be read out over the telephone or pasted into LINE: no link at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.notifications.composing.happening import check
from services.notifications.composing.letter import Letter, write_letter
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person
from services.notifications.composing.slots import slots
from services.notifications.composing.wording import Wording, wording

_ASK_BACK = frozenset({"later", "earlier", "cancelled"})  # a mail asks for a reply to it: a call cannot
_CORRECTED = "subject.corrected"  # the letter then says nothing but "use what this mail says"


def spoken(
    about: Mapping[str, Any],
    reasons: Sequence[Mapping[str, Any]],
    person: Person,
    language: str,
    office: Office,
    reference: str,
) -> str:
    """What to tell this person about the event. Raises Unreadable where no mail could be about it."""
    check(about)
    words = wording(language)
    letter = write_letter(about, office, words)
    own = slots(about, reasons, person, language, reference)
    return "\n".join(line for line in _lines(letter, own, words) if line)


def _lines(letter: Letter, own: Mapping[str, str], words: Wording) -> Iterator[str]:
    yield own["greeting"]
    yield from _news(letter, words)
    if letter.reason:
        yield words("spoken.line", label=words("label.reason"), text=letter.reason)
    yield words("spoken.line", label=words("label.project"), text=letter.project)
    if own["part"]:
        yield words("spoken.line", label=own["part_label"], text=_on_one_line(own["part"], words))
    action = words("spoken.affected") if letter.kind in _ASK_BACK else own["action"]
    following = words("spoken.sentences", first=letter.next, second=action).strip()
    yield words("spoken.line", label=words("label.next"), text=following)
    yield words("spoken.line", label=words("spoken.why"), text=_on_one_line(own["why"], words))
    yield own["closing"]
    yield words("spoken.asking", name=letter.coordinator, office=letter.office, telephone=letter.telephone)
    yield words("spoken.reference", reference=own["reference"])


def _news(letter: Letter, words: Wording) -> Iterator[str]:
    if letter.subject_key != _CORRECTED:
        yield letter.happened
        return
    yield words("spoken.corrected", province=letter.province, title=letter.title)
    for correction in letter.corrections:
        said, right = correction.said, correction.right
        yield words("spoken.correction", label=correction.label, said=said, right=right)


def _on_one_line(text: str, words: Wording) -> str:
    return words("spoken.between").join(text.split("\n"))
