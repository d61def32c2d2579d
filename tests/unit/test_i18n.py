"""The catalogues: complete in both languages, and every code that the program may answer has its words."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import shared.errors
from shared.i18n import SHARED_LOCALE, Catalogue, texts_of

ROOT = SHARED_LOCALE.parents[1]
DIRECTORIES = [SHARED_LOCALE, *sorted(ROOT.glob("services/**/locale"))]
REFUSALS = {
    name
    for name, kind in vars(shared.errors).items()
    if isinstance(kind, type) and issubclass(kind, shared.errors.Refusal)
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: str(path.relative_to(ROOT).parent))
class TestCatalogue:
    """Each directory by itself."""

    def test_both_languages_have_the_same_keys(self, directory: Path) -> None:
        """Nobody reads a key, and no English reader a Thai sentence."""
        thai, english = texts_of(directory / "th.po"), texts_of(directory / "en.po")

        assert thai, f"{directory} has no Thai"
        assert sorted(thai) == sorted(english)

    def test_both_languages_have_the_same_placeholders(self, directory: Path) -> None:
        """No figure or name is lost in translation."""
        english = texts_of(directory / "en.po")
        different = {
            key
            for key, text in texts_of(directory / "th.po").items()
            if placeholders(text) != placeholders(english.get(key, ""))
        }

        assert different == set()

    def test_nothing_is_left_open(self, directory: Path) -> None:
        """No empty, fuzzy or obsolete entry waits for somebody."""
        for language in ("th", "en"):
            with (directory / f"{language}.po").open("rb") as source:
                catalogue = read_po(source)
            assert [m.id for m in catalogue if m.id and (not m.string or m.fuzzy)] == []
            assert list(catalogue.obsolete) == []

    def test_thai_is_thai_and_english_is_english(self, directory: Path) -> None:
        """No sentence stands in the other language's file."""
        thai, english = texts_of(directory / "th.po"), texts_of(directory / "en.po")

        assert [
            key for key, text in english.items() if key.startswith(("problem.", "field.")) and _thai(text)
        ] == []
        assert [
            key for key, text in thai.items() if key.startswith(("problem.", "field.")) and not _thai(text)
        ] == []

    def test_a_problem_has_both_its_title_and_its_detail(self, directory: Path) -> None:
        """A title without what to do leaves the caller alone."""
        keys = texts_of(directory / "th.po")
        problems = {key.rpartition(".")[0] for key in keys if key.startswith("problem.")}

        assert [p for p in sorted(problems) if {f"{p}.title", f"{p}.detail"} - set(keys)] == []


@dataclass(frozen=True)
class Use:
    """A code somewhere in the program, with the names of the values given beside it."""

    place: str
    code: str
    given: frozenset[str] | None  # None: `**values`, nobody knows


@cache
def calls_in(file: Path) -> tuple[ast.Call, ...]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call))


def uses_in(file: Path, names: set[str], position: int = 0) -> Iterator[Use]:
    for node in calls_in(file):
        if _name(node.func) not in names or len(node.args) <= position:
            continue
        code = node.args[position]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            keywords = [keyword.arg for keyword in node.keywords]
            given = None if None in keywords else frozenset(k for k in keywords if k)
            yield Use(f"{file.relative_to(ROOT)}:{node.lineno}", code.value, given)


def sources() -> Iterator[tuple[Path, Catalogue]]:
    for package in (ROOT / "shared", *sorted((ROOT / "services").iterdir())):
        catalogue = Catalogue(SHARED_LOCALE, *sorted(package.rglob("locale")))
        for file in sorted(package.rglob("*.py")):
            yield file, catalogue


def test_every_problem_that_is_raised_has_its_words() -> None:
    """`raise Conflict("hold-passed")` finds `problem.hold-passed.title` and `.detail` in its catalogues."""
    missing = [
        f"{use.place}: {use.code}"
        for file, catalogue in sources()
        for use in uses_in(file, REFUSALS)
        if not catalogue.has(f"problem.{use.code}.title")
    ]

    assert missing == []


def test_every_value_that_the_words_of_a_problem_ask_for_is_given() -> None:
    """No caller reads «ส่งซ้ำได้ภายใน {days} วัน»."""
    gaps = [
        f"{use.place}: {use.code} wants {sorted(wanted - use.given)}"
        for file, catalogue in sources()
        for use in uses_in(file, REFUSALS)
        if use.given is not None
        and (
            wanted := placeholders(
                (catalogue.template("th", f"problem.{use.code}.title") or "")
                + (catalogue.template("th", f"problem.{use.code}.detail") or "")
            )
        )
        - use.given
    ]

    assert gaps == []


def test_every_field_error_has_its_words() -> None:
    """`wrong("buddhist-era-year")` and `FieldError("/due", "not-a-date")` find `field.<code>`."""
    missing = [
        f"{use.place}: {use.code}"
        for file, catalogue in sources()
        for use in (*uses_in(file, {"wrong", "Message"}), *uses_in(file, {"FieldError"}, position=1))
        if not catalogue.has(f"field.{use.code}")
    ]

    assert missing == []


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_every_kind_of_refusal_has_words_of_its_own(kind: str) -> None:
    """A code that no catalogue knows falls back to these."""
    code = getattr(shared.errors, kind).default_code

    assert Catalogue(SHARED_LOCALE).has(f"problem.{code}.detail")


class TestText:
    """Finding a text."""

    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> Catalogue:
        _write(tmp_path / "one", th={"a": "ก {n} ราย", "b": "ข"}, en={"a": "a {n}"})
        _write(tmp_path / "two", th={"b": "ขอ"}, en={"b": "bee"})
        return Catalogue(tmp_path / "one", tmp_path / "two", tmp_path / "not there")

    def test_values_take_their_places(self, catalogue: Catalogue) -> None:
        """Named placeholders, in both languages."""
        assert catalogue.text("th", "a", n=14) == "ก 14 ราย"
        assert catalogue.text("en", "a", n=14) == "a 14"

    def test_a_later_directory_wins(self, catalogue: Catalogue) -> None:
        """A service may say something better than the shared words."""
        assert catalogue.text("th", "b") == "ขอ"

    def test_what_is_missing_is_said_in_thai_and_then_by_its_key(
        self, catalogue: Catalogue, tmp_path: Path
    ) -> None:
        """And what is missing there by its key: a sentence with a gap beats no sentence."""
        assert Catalogue(tmp_path / "one").text("en", "b") == "ข"
        assert catalogue.text("fr", "b") == "ขอ"
        assert catalogue.text("th", "nowhere") == "nowhere"
        assert catalogue.text("th", "a") == "ก {n} ราย"

    @pytest.mark.parametrize("hostile", ["{n.__class__}", "{0}", "%s", "<b>", "\u202e", "{"])
    def test_a_value_is_never_read_as_a_template(self, catalogue: Catalogue, hostile: str) -> None:
        """What a caller sent is shown as they sent it."""
        assert catalogue.text("th", "a", n=hostile) == f"ก {hostile} ราย"


def _write(directory: Path, **languages: dict[str, str]) -> None:
    directory.mkdir()
    for language, texts in languages.items():
        entries = "".join(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in texts.items())
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        (directory / f"{language}.po").write_text(header + entries, encoding="utf-8")


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _thai(text: str) -> bool:
    return any("\u0e00" <= character <= "\u0e7f" for character in text)
