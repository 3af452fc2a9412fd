"""Rows of JSON files: a list of objects, or an object that holds one.

A file that begins as an object is looked through once to find its lists, and the one that holds
comments is read in a second pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from moderation.encoding import StreamDecoder
from moderation.files import (
    AmbiguousColumns,
    ColumnNames,
    NoTextColumn,
    OpenedFile,
    choose_columns,
)
from moderation.files.columns import TEXT_NAMES, folded
from moderation.tables.json_text import JsonText
from moderation.tables.lines import text_blocks
from moderation.tables.nested import Unnester
from moderation.tables.rows import SAMPLE_ROWS, BrokenOff, Notes, Row
from moderation.tables.samples import sample_of

Path = tuple[str, ...]
"""Where a list stands: the names of the objects around it; empty for a file that is a list."""


@dataclass(slots=True)
class _List:
    count: int = 0
    firsts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, entry: object) -> None:
        self.count += 1
        if isinstance(entry, dict) and len(self.firsts) < SAMPLE_ROWS:
            self.firsts.append(entry)


class JsonTable:
    """A JSON file and the list in it that holds comments."""

    place = "line"

    def __init__(self, opened: OpenedFile, named: ColumnNames | None = None) -> None:
        self._opened = opened
        self._lists = self._find_lists()
        self._path = _best(self._lists, named)
        firsts = self._lists[self._path].firsts if self._lists else []
        self.columns, self.sample = sample_of(firsts)
        self.description = f"JSON, the list {_written(self._path)}" if self._path else "JSON"

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows."""
        for path, found in self._lists.items():
            if path != self._path and found.firsts:
                notes.sentences.append(
                    f"the list {_written(path)} ({found.count:,} entries) was not read"
                )
        unnester = Unnester([self.columns[place] for place in wanted])
        decoder = StreamDecoder()
        try:
            for path, line, entry in self._text(decoder).lists():
                if path != self._path:
                    continue
                if isinstance(entry, dict):
                    yield from unnester.rows(entry, line)
                else:
                    notes.lose("without the form of a JSON object", line)
        finally:
            notes.encoding = decoder.encoding
            if decoder.warning:
                notes.sentences.append(decoder.warning)

    def _text(self, decoder: StreamDecoder) -> JsonText:
        return JsonText(text_blocks(self._opened, decoder))

    def _find_lists(self) -> dict[Path, _List]:
        lists: dict[Path, _List] = {}
        entries = self._text(StreamDecoder()).lists()
        try:
            for path, _, entry in entries:
                lists.setdefault(path, _List()).add(entry)
                # A file that is one list needs no second look.
                if path == () and lists[path].count >= SAMPLE_ROWS:
                    break
        except (BrokenOff, OSError):
            # Reading the rows will meet it again, and report it.
            pass
        return {path: found for path, found in lists.items() if found.firsts} or lists


def _best(lists: dict[Path, _List], named: ColumnNames | None) -> Path:
    """Choose the list that holds comments: by having a text, by its name, by its length."""

    def worth(path: Path) -> tuple[bool, bool, int]:
        columns, sample = sample_of(lists[path].firsts)
        try:
            choose_columns(columns, sample, named)
        except NoTextColumn:
            return (False, False, lists[path].count)
        except AmbiguousColumns:
            pass
        return (True, bool(path) and folded(path[-1]) in TEXT_NAMES, lists[path].count)

    return max(lists, key=worth, default=())


def _written(path: Path) -> str:
    return repr(".".join(path)) if path else "of the file"
