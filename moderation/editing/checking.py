"""Everything that is wrong with a term table, in one go, and what may be wrong with its terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from moderation.editing.doubts import doubts_about
from moderation.editing.looking_up import near_terms, released_lexicon
from moderation.editing.reading_rows import Complaint, PlacedRow, Remark, TableRows, read_rows
from moderation.errors import UsageError
from moderation.lexicon import Term, available_languages
from moderation.lexicon.tables import (
    AMBIGUITIES,
    CATEGORIES,
    CERTAINTIES,
    REQUIRED_COLUMNS,
    SILENCED,
    changed,
    check_choice,
    check_form,
    listed,
    severity_of,
    term_of,
)

_CHOICES = {"category": CATEGORIES, "ambiguity": AMBIGUITIES, "certainty": CERTAINTIES}
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")
_SLIP = 3
"""Letters that a slip of the finger may add or leave out."""
_WANTED_IN_OURS = ("hit", "miss", "source")
"""Cells without which a term may not stand in a table of ours; a desk may leave them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck:
    """What a check found. A table with mistakes cannot be used; one with warnings can.

    ``is_own`` tells a desk's own table, which is laid over ours, from a whole table like ours.
    ``terms`` counts the rows that define, change or silence a term and have no mistake.
    """

    file: str
    is_own: bool
    rows: int
    terms: int
    mistakes: tuple[Remark, ...]
    warnings: tuple[Remark, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong with the table; it may still have warnings."""
        return not self.mistakes

    def sentence(self) -> str:
        """The whole in one line."""
        kind = "a desk's own table, laid over ours" if self.is_own else "a whole table like ours"
        return (
            f"{self.file}: {_number(self.rows, 'row')}, read as {kind}; "
            f"{_number(len(self.mistakes), 'mistake')}, {_number(len(self.warnings), 'warning')}."
        )

    def as_json(self) -> dict[str, Any]:
        """The check as plain data."""
        return asdict(self) | {"is_clean": self.is_clean}


def check_table(path: Path) -> TableCheck:
    """Check a table of ours or a desk's own; a file of any content gives an answer.

    A file that is named like a table of ours (``en.csv``) is checked as a whole table, any other
    as a desk's own: there a row for a known term needs nothing but what changes.

    Raises:
        UsageError: when there is no such file, or it cannot be read from the disk.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    is_own = path.stem not in available_languages()
    table = read_rows(data, str(path))
    check = _Check(table, language=path.stem.partition("-")[0], is_own=is_own)
    check.run()
    return TableCheck(
        file=str(path),
        is_own=is_own,
        rows=len(table.rows),
        terms=len(check.good_rows),
        mistakes=tuple(sorted(table.mistakes, key=_order)),
        warnings=tuple(sorted(check.warnings, key=_order)),
    )


class _Check:
    """One table's check: mistakes are added to those of the reading."""

    def __init__(self, table: TableRows, *, language: str, is_own: bool) -> None:
        self.table = table
        self.language = language
        self.is_own = is_own
        released = released_lexicon().terms if is_own else ()
        self.known = {(term.language, term.term): term for term in released}
        self.seen: dict[tuple[str, str], int] = {}
        self.good_rows: list[tuple[PlacedRow, Term | None]] = []
        self.warnings: list[Remark] = []

    def run(self) -> None:
        self._check_header()
        for row in self.table.rows:
            before = len(self.table.mistakes)
            self.table.mistakes.extend(self._mistakes_of(row))
            if len(self.table.mistakes) == before:
                self.good_rows.append((row, self._term(row)))
        self.warnings.extend(doubts_about(self.good_rows, is_own=self.is_own))

    def _check_header(self) -> None:
        header = self.table.header
        if not header or "term" not in header:
            return
        for column in REQUIRED_COLUMNS if not self.is_own else ():
            if column not in header:
                self._note(1, column, "it is missing")
        if "language" not in header and not _LANGUAGE_CODE.fullmatch(self.language):
            self._note(
                0,
                "",
                f"its language cannot be told: '{self.language}' is no language's code. Name the"
                " file like en-desk.csv, or give it a column 'language'",
            )

    def _note(self, line: int, column: str, what: str) -> None:
        self.table.mistakes.append(Remark(line=line, column=column, what=what))

    def _language(self, row: PlacedRow) -> str:
        return row.cells.get("language") or self.language

    def _known(self, row: PlacedRow) -> Term | None:
        return self.known.get((self._language(row), row.cells["term"]))

    def _term(self, row: PlacedRow) -> Term | None:
        """The term as the row leaves it; None where it is silenced."""
        if _silences(row):
            return None
        known = self._known(row)
        return changed(known, row) if known else term_of(row, self._language(row))

    def _mistakes_of(self, row: PlacedRow) -> Iterator[Remark]:
        if not row.cells["term"]:
            yield row.remark("term", "it is empty")
            return
        yield from self._name_mistakes(row)
        if _silences(row) and self.is_own:
            if self._known(row) is None:
                yield row.remark("term", f"there is no such term to silence{self._hint(row)}")
            return
        if self._known(row) is None:
            yield from self._missing_cells(row)
        yield from _cell_mistakes(row)

    def _name_mistakes(self, row: PlacedRow) -> Iterator[Remark]:
        language = self._language(row)
        if row.cells.get("language") and not _LANGUAGE_CODE.fullmatch(language):
            yield row.remark("language", f"'{language}' is no language's code, such as en or hi")
        first = self.seen.setdefault((language, row.cells["term"]), row.line)
        if first != row.line:
            yield row.remark("term", f"'{row.cells['term']}' stands in line {first} already")

    def _missing_cells(self, row: PlacedRow) -> Iterator[Remark]:
        """The cells without which a new term says too little."""
        wanted = REQUIRED_COLUMNS if self.is_own else (*REQUIRED_COLUMNS, *_WANTED_IN_OURS)
        for column in wanted:
            if column in {"term", "forms"} or row.cells.get(column):
                continue
            if column in self.table.header or self.is_own or column in _WANTED_IN_OURS:
                need = f", and a new term needs it{self._hint(row)}" if self.is_own else ""
                yield row.remark(column, f"it is empty{need}")

    def _hint(self, row: PlacedRow) -> str:
        """Which known term may have been meant."""
        language, name = self._language(row), row.cells["term"]
        elsewhere = sorted(code for code, term in self.known if term == name)
        if elsewhere:
            return f"; it is known in {', '.join(elsewhere)}, and this row says {language}"
        near = near_terms(self._alike(language, name), name)
        return f"; did you mean '{near[0]}'?" if near else ""

    def _alike(self, language: str, name: str) -> list[str]:
        """The terms that are worth a closer look: comparing all with every new row takes long."""
        return [
            term
            for code, term in self.known
            if code == language and term[0] == name[0] and abs(len(term) - len(name)) <= _SLIP
        ]


def _silences(row: PlacedRow) -> bool:
    return row.cells.get("severity") == str(SILENCED)


def _cell_mistakes(row: PlacedRow) -> Iterator[Remark]:
    """What is wrong with the cells that are filled, each for itself."""
    for column, choices in _CHOICES.items():
        yield from _complaints(partial(check_choice, row, column, choices))
    if row.cells.get("severity"):
        yield from _complaints(partial(severity_of, row))
    yield from _form_mistakes(row, "term", row.cells["term"])
    for form in listed(row.cells.get("forms", "")):
        yield from _form_mistakes(row, "forms", form)


def _form_mistakes(row: PlacedRow, column: str, form: str) -> Iterator[Remark]:
    for remark in _complaints(partial(check_form, row, form)):
        yield row.remark(column, remark.what)


def _complaints(check: Callable[[], object]) -> Iterator[Remark]:
    """What a check of the lexicon's own raises, as a remark."""
    try:
        check()
    except Complaint as complaint:
        yield complaint.remark


def _order(remark: Remark) -> tuple[int, int]:
    return remark.line, remark.column_number or 0


def _number(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
