"""Every word a person reads, found by a symbolic key in gettext catalogues: Thai first, English second."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("th", "en")
DEFAULT_LANGUAGE = "th"
SHARED_LOCALE = Path(__file__).parent / "locale"


class Catalogue:
    """The texts of one or more directories that each hold `th.po` and `en.po`.

    A later directory wins over an earlier one. `shared/locale` is not included by itself.
    """

    def __init__(self, *directories: Path) -> None:
        self._texts = {language: _merged(directories, language) for language in LANGUAGES}

    def text(self, language: str, key: str, **params: Any) -> str:
        """The text in that language, else in Thai, else the key itself; never raises for a missing param."""
        template = self.template(language, key)
        return key if template is None else template.format_map(_Forgiving(params))

    def has(self, key: str) -> bool:
        return self.template(DEFAULT_LANGUAGE, key) is not None

    def template(self, language: str, key: str) -> str | None:
        """The text with its `{placeholders}`, or None for an unknown key."""
        return self._texts.get(language, {}).get(key) or self._texts[DEFAULT_LANGUAGE].get(key)


@cache
def texts_of(file: Path) -> Mapping[str, str]:
    """Every translated text of one .po file by its key; a fuzzy one is somebody's doubt and left out."""
    if not file.exists():
        return {}
    with file.open("rb") as source:
        messages = read_po(source)
    return {
        str(message.id): str(message.string)
        for message in messages
        if message.id and message.string and not message.fuzzy
    }


def _merged(directories: tuple[Path, ...], language: str) -> dict[str, str]:
    return {
        key: text for directory in directories for key, text in texts_of(directory / f"{language}.po").items()
    }


class _Forgiving(dict[str, Any]):
    """Shows a placeholder without a value as it stands, since a sentence with a gap beats no sentence."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
