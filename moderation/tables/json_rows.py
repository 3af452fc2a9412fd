"""Rows of JSON files: a list of objects, or an object that holds one or several.

A file that begins as an object is looked through once to find its lists, and those that hold
comments are read in a second pass. Both walk entry by entry: what is kept of a list besides its
name and the names of its columns is a sample, which is smaller the more lists there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moderation.encoding import StreamDecoder
from moderation.files import (
    AmbiguousColumns,
    ColumnNames,
    NoTextColumn,
    OpenedFile,
    UnreadablePage,
    choose_columns,
)
from moderation.files.columns import TEXT_NAMES, folded
from moderation.tables.json_text import JsonText
from moderation.tables.lines import text_blocks
from moderation.tables.nested import Unnester
from moderation.tables.rows import MOST_NAMED, SAMPLE_ROWS, BrokenOff, Notes, Row
from moderation.tables.samples import columns_of, sample_of

Path = tuple[str, ...]
"""Where a list stands: the names of the objects around it; empty for a file that is a list."""

SAMPLED_ALIKE = 10
"""As many lists share a size of sample; the next as many have half of it, then a third."""

MOST_SHAPES = 1_000
"""Sets of columns of which at least one entry is in a sample, however late it comes."""


@dataclass(slots=True)
class _List:
    room: int
    count: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    firsts: list[dict[str, Any]] = field(default_factory=list)


class _Lists:
    """The lists of a file, as the first look finds them."""

    def __init__(self) -> None:
        self.found: dict[Path, _List] = {}
        self._shapes: dict[tuple[str, ...], dict[str, None]] = {}

    def add(self, path: Path, entry: object) -> _List:
        one = self.found.get(path)
        if one is None:
            room = SAMPLE_ROWS // (1 + len(self.found) // SAMPLED_ALIKE)
            one = self.found[path] = _List(room)
        one.count += 1
        if isinstance(entry, dict) and one.count <= SAMPLE_ROWS:
            names = tuple(columns_of(entry))
            is_new = names not in self._shapes and len(self._shapes) < MOST_SHAPES
            # Ten thousand lists of one form share one set of names.
            shape = self._shapes.get(names) or dict.fromkeys(names)
            if is_new:
                self._shapes[names] = shape
            if not one.columns:
                one.columns = shape
            elif not one.columns.keys() >= shape.keys():
                one.columns = one.columns | shape
            if len(one.firsts) < one.room or is_new:
                one.firsts.append(entry)
        return one


class JsonTable:
    """A JSON file and the lists in it that hold comments.

    These are the list that looks most like comments, and all that have its column of texts.

    Raises:
        UnreadablePage: where it breaks off before any text: comments may stand behind.
    """

    place = "line"

    def __init__(self, opened: OpenedFile, named: ColumnNames | None = None) -> None:
        self._opened = opened
        self._problem: BrokenOff | OSError | None = None
        lists = self._find_lists()
        best = _best(lists, named)
        self.columns, self.sample = sample_of(lists[best].firsts if lists else [])
        text = _text_column(self.columns, self.sample, named)
        if isinstance(text, NoTextColumn) and self._problem is not None:
            what = getattr(self._problem, "strerror", None) or self._problem
            raise UnreadablePage(f"it breaks off: {what}. There is no comment before")
        self._texts: dict[Path, bool] = {
            path: path == best or text in one.columns for path, one in lists.items()
        }
        read = [path for path, is_read in self._texts.items() if is_read]
        # Whoever says that there are no articles wants none made of lists either.
        self._are_articles = len(read) > 1 and (named is None or named.article != "")
        self.description = _description(read)

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows."""
        text = self.columns[wanted[0]]
        unnester = Unnester([self.columns[place] for place in wanted])
        unread: dict[Path, int] = {}
        decoder = StreamDecoder()
        try:
            for path, line, entry in self._text(decoder).lists():
                is_read = self._texts.get(path, False)
                if isinstance(entry, dict):
                    rows = unnester.rows(entry, line)
                    if not is_read:
                        # In a list without texts a late entry may have one all the same.
                        rows = iter(kept := list(rows))
                        if not any(row.cells[0].strip() for row in kept):
                            unread[path] = unread.get(path, 0) + 1
                            continue
                    yield from self._of_list(path, rows)
                elif is_read:
                    notes.lose("without the form of a JSON object", line)
        finally:
            notes.encoding = decoder.encoding
            notes.sentences.extend(_unread(unread, text))
            if decoder.warning:
                notes.sentences.append(decoder.warning)

    def _of_list(self, path: Path, rows: Iterator[Row]) -> Iterator[Row]:
        if not self._are_articles:
            return rows
        name = ".".join(path)
        return (row._replace(list_name=name) for row in rows)

    def _text(self, decoder: StreamDecoder) -> JsonText:
        return JsonText(text_blocks(self._opened, decoder))

    def _find_lists(self) -> dict[Path, _List]:
        lists = _Lists()
        try:
            for path, _, entry in self._text(StreamDecoder()).lists():
                one = lists.add(path, entry)
                # A file that is one list needs no second look.
                if path == () and one.count >= SAMPLE_ROWS:
                    break
        except (BrokenOff, OSError) as error:
            # Where there are comments before, reading the rows will meet it again and report it.
            self._problem = error
        found = lists.found
        return {path: one for path, one in found.items() if one.columns} or found


def _best(lists: Mapping[Path, _List], named: ColumnNames | None) -> Path:
    """Choose the list that looks most like comments: by a text, by its name, by its length."""

    def worth(path: Path) -> tuple[bool, bool, int]:
        columns, sample = sample_of(lists[path].firsts)
        try:
            choose_columns(columns, sample, named)
        except NoTextColumn:
            return (False, False, lists[path].count)
        except AmbiguousColumns:
            pass
        return (True, bool(path) and folded(path[-1]) in TEXT_NAMES, lists[path].count)

    return max((path for path, one in lists.items() if one.firsts), key=worth, default=_any(lists))


def _any(lists: Mapping[Path, _List]) -> Path:
    return next(iter(lists), ())


def _text_column(
    columns: Sequence[str], sample: Sequence[Sequence[str]], named: ColumnNames | None
) -> str | NoTextColumn | AmbiguousColumns:
    """Give the name of the column of texts, or why there is not one."""
    try:
        return columns[choose_columns(columns, sample, named).text]
    except (NoTextColumn, AmbiguousColumns) as error:
        return error


def _description(read: Sequence[Path]) -> str:
    if len(read) > 1:
        return f"JSON, the lists {_named([_written(path) for path in read])}"
    return f"JSON, the list {_written(read[0])}" if read and read[0] else "JSON"


def _unread(unread: Mapping[Path, int], text: str) -> Iterator[str]:
    """Say which lists were not read, with their entries; of many the longest are named."""
    longest = sorted(unread.items(), key=lambda pair: -pair[1])
    for path, count in longest[:MOST_NAMED]:
        entries = "1 entry" if count == 1 else f"{count:,} entries"
        yield f"the list {_written(path)} ({entries}) was not read: it has no column {text!r}"
    if rest := longest[MOST_NAMED:]:
        entries = f"{sum(count for _, count in rest):,} entries"
        yield f"{len(rest):,} more lists ({entries}) were not read: they have no column {text!r}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _written(path: Path) -> str:
    return repr(".".join(path)) if path else "of the file"
