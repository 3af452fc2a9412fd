"""The term tables: reading them, and refusing what is wrong with file, line and column."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, cast

from moderation.errors import LexiconError

Ambiguity = Literal["never innocent", "often innocent", "reclaimed"]
Certainty = Literal["sure", "likely", "unsure"]

CATEGORIES: Final = (
    "ethnicity",
    "nationality",
    "religion",
    "caste",
    "gender",
    "sexuality",
    "disability",
    "age",
    "political",
    "general insult",
    "profanity",
    "threat",
)
AMBIGUITIES: Final = ("never innocent", "often innocent", "reclaimed")
CERTAINTIES: Final = ("sure", "likely", "unsure")
SLUR_CATEGORIES: Final = frozenset(CATEGORIES) - {"general insult", "profanity", "threat"}
"""The categories whose terms demean people for what they are."""

COLUMNS: Final = (
    "term",
    "forms",
    "category",
    "target",
    "severity",
    "ambiguity",
    "excused_by",
    "hit",
    "miss",
    "note",
    "source",
    "certainty",
)
"""The columns of a table; the order in the file is free."""

REQUIRED_COLUMNS: Final = COLUMNS[:5]
SILENCED: Final = 0
"""The severity that switches a term off, in a desk's own table."""

_PLAIN_FORM: Final = re.compile(r"[^\W_]{2}[^\W_ '’-]*(?:[ '’-][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of a table, with everything that the table says about it.

    ``forms`` are the spellings to look for, the term itself among them. A form with ``*`` (any
    letters) or ``[aeiou]`` (one of these letters) is a pattern for a whole word.
    """

    term: str
    language: str
    forms: tuple[str, ...]
    category: str
    target: str
    severity: int
    ambiguity: Ambiguity = "never innocent"
    excused_by: tuple[str, ...] = ()
    hit: str = ""
    miss: str = ""
    note: str = ""
    source: str = ""
    certainty: Certainty = "sure"

    @property
    def is_slur(self) -> bool:
        """Whether the term demeans people for what they are, and is not mere abuse."""
        return self.category in SLUR_CATEGORIES


def available_languages() -> tuple[str, ...]:
    """The languages that have a table in this package."""
    return tuple(name.removesuffix(".csv") for name in _packaged_names())


def packaged_table(language: str) -> tuple[str, str]:
    """Name and text of the table of a language that this package brings along."""
    if language not in available_languages():
        known = ", ".join(available_languages())
        raise LexiconError(f"There is no term table for the language '{language}'. Known: {known}.")
    name = f"{language}.csv"
    return name, (files(__package__) / "terms" / name).read_text(encoding="utf-8-sig")


def read_table(path: Path, language: str | None = None) -> tuple[Term, ...]:
    """Read a table from disk; without ``language`` the file's name gives it (``en.csv``)."""
    return parse_table(read_text(path), str(path), language or path.stem.partition("-")[0])


def read_text(path: Path) -> str:
    """The text of a table on disk, with a clear word when it cannot be had."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LexiconError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise LexiconError(
            f"{path} is not UTF-8 (byte {error.start}). Save it as 'CSV UTF-8' and try again."
        ) from error


def parse_table(text: str, name: str, language: str) -> tuple[Term, ...]:
    """The terms of a table; every mistake is an error that names file, line and column."""
    rows = list(_rows(text, name))
    terms = tuple(term_of(row, language) for row in rows)
    seen: dict[str, int] = {}
    for row, term in zip(rows, terms, strict=True):
        first = seen.setdefault(term.term, row.line)
        if first != row.line:
            raise row.error("term", f"'{term.term}' stands in line {first} already")
    return terms


def apply_own_table(terms: Sequence[Term], text: str, name: str, language: str) -> tuple[Term, ...]:
    """Lay a desk's own table over the terms: it adds, changes or (severity 0) silences.

    A row for a known term needs nothing but the cells that change.
    """
    known = {(term.language, term.term): term for term in terms}
    for row in _rows(text, name, required=("term",)):
        own_language = row.cells.get("language") or language
        key = (own_language, row.cells["term"])
        if row.cells.get("severity") == str(SILENCED):
            known.pop(key, None)
        elif key in known:
            known[key] = changed(known[key], row)
        else:
            known[key] = term_of(row, own_language)
    return tuple(known.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table: the line on which it begins, and its cells by column.

    Every complaint about it is made by `error`, so that a caller can have them in another shape.
    """

    file: str
    line: int
    cells: dict[str, str]

    def error(self, column: str, what: str) -> LexiconError:
        """The complaint about one of its cells, to be raised."""
        return LexiconError(f"{self.file}, line {self.line}, column '{column}': {what}.")


def _packaged_names() -> list[str]:
    folder = files(__package__) / "terms"
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".csv"))


def _rows(text: str, name: str, required: Sequence[str] = REQUIRED_COLUMNS) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise LexiconError(f"{name}, line {begins}: this is not a CSV row: {error}.") from error
        line, begins = begins, reader.line_num + 1
        if not any(map(str.strip, cells)):
            continue
        if header is None:
            header = _checked_header(cells, name, line, required)
        else:
            yield _checked_row(cells, header, name, line)
    if header is None:
        raise LexiconError(f"{name} is empty: its first line must name the columns.")


def _checked_header(cells: list[str], name: str, line: int, required: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for column in header:
        if column not in (*COLUMNS, "language"):
            known = ", ".join(COLUMNS)
            raise LexiconError(
                f"{name}, line {line}, column '{column}': there is no such column. Known: {known}."
            )
        if header.count(column) > 1:
            raise LexiconError(f"{name}, line {line}, column '{column}': it stands there twice.")
    for column in required:
        if column not in header:
            raise LexiconError(f"{name}, line {line}, column '{column}': it is missing.")
    return header


def _checked_row(cells: list[str], header: list[str], name: str, line: int) -> Row:
    if len(cells) != len(header):
        raise LexiconError(
            f"{name}, line {line}: {len(cells)} cells where the head has {len(header)} columns;"
            " a comma inside a cell needs quotation marks around the cell."
        )
    row = Row(
        file=name,
        line=line,
        cells=dict(zip(header, map(str.strip, cells), strict=True)),
    )
    if not row.cells["term"]:
        raise row.error("term", "it is empty")
    return row


def listed(cell: str) -> tuple[str, ...]:
    """The parts of a cell that has a bar between them."""
    return tuple(filter(None, map(str.strip, cell.split("|")))) if cell else ()


def term_of(row: Row, language: str) -> Term:
    """The term that a row defines in full; the first thing that is wrong with it is raised."""
    cells = row.cells
    for column in REQUIRED_COLUMNS:
        if column != "forms" and not cells.get(column):
            raise row.error(column, "it is empty")
    check_choices(row)
    return Term(
        term=cells["term"],
        language=language,
        forms=_forms(row),
        category=cells["category"],
        target=cells["target"],
        severity=severity_of(row),
        ambiguity=cast("Ambiguity", cells.get("ambiguity") or "never innocent"),
        excused_by=listed(cells.get("excused_by", "").lower()),
        hit=cells.get("hit", ""),
        miss=cells.get("miss", ""),
        note=cells.get("note", ""),
        source=cells.get("source", ""),
        certainty=cast("Certainty", cells.get("certainty") or "sure"),
    )


def changed(term: Term, row: Row) -> Term:
    """The term with every filled cell of the row put in its place."""
    cells = {key: cell for key, cell in row.cells.items() if cell and key != "language"}
    check_choices(row)
    values: dict[str, Any] = dict(cells)
    if "forms" in cells:
        values["forms"] = _forms(row)
    if "severity" in cells:
        values["severity"] = severity_of(row)
    if "excused_by" in cells:
        values["excused_by"] = listed(cells["excused_by"].lower())
    return replace(term, **values)


def check_choices(row: Row) -> None:
    """Refuse a word that the table's vocabulary does not have."""
    check_choice(row, "category", CATEGORIES)
    check_choice(row, "ambiguity", AMBIGUITIES)
    check_choice(row, "certainty", CERTAINTIES)


def check_choice(row: Row, column: str, choices: Sequence[str]) -> None:
    """Refuse a cell that is filled and none of the choices."""
    cell = row.cells.get(column)
    if cell and cell not in choices:
        raise row.error(column, f"'{cell}' is none of: {', '.join(choices)}")


def severity_of(row: Row) -> int:
    """The severity that a row gives, 1 to 4."""
    cell = row.cells["severity"]
    if cell not in ("1", "2", "3", "4"):
        raise row.error("severity", f"'{cell}' is not a whole number from 1 (mild) to 4 (extreme)")
    return int(cell)


def _forms(row: Row) -> tuple[str, ...]:
    """The forms to look for: the term itself unless it is given as a pattern, then the others."""
    forms = list(dict.fromkeys((row.cells["term"], *listed(row.cells.get("forms", "")))))
    for form in forms:
        check_form(row, form)
    return tuple(forms)


def check_form(row: Row, form: str) -> None:
    """Refuse a form that cannot be looked for."""
    if (len(form) > 1 and form.isalnum()) or _PLAIN_FORM.fullmatch(form):
        return
    if not all(_is_allowed(character) for character in form):
        raise row.error(
            "forms",
            f"'{form}' may hold letters, digits, spaces, hyphens, * and [abc] only;"
            " write | between forms",
        )
    if is_pattern(form) and len(re.sub(r"\[.*?\]|\*", "", form)) < 3:
        raise row.error("forms", f"the pattern '{form}' needs at least three letters of its own")
    if form.count("[") != form.count("]"):
        raise row.error("forms", f"the pattern '{form}' has a bracket too many or too few")
    if sum(character.isalnum() for character in form) < 2:
        raise row.error("forms", f"'{form}' is too short to look for")


def _is_allowed(character: str) -> bool:
    """Letters of every script with their vowel signs, and the few signs that forms use."""
    return (
        character.isalnum() or character in " '’.-*[]" or unicodedata.category(character)[0] == "M"
    )


def is_pattern(form: str) -> bool:
    """Whether a form is a pattern for words and not one spelling."""
    return "*" in form or "[" in form
