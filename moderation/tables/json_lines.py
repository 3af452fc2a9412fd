"""Rows of files with one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from moderation.encoding import StreamDecoder
from moderation.files import OpenedFile
from moderation.tables.lines import text_blocks, text_lines
from moderation.tables.nested import Unnester
from moderation.tables.rows import SAMPLE_ROWS, BrokenOff, Notes, Row
from moderation.tables.samples import sample_of


class JsonLinesTable:
    """A file of JSON lines; a line that is none is counted, and the next one read."""

    place = "line"
    description = "JSON lines"

    def __init__(self, opened: OpenedFile) -> None:
        self._opened = opened
        first = islice(self._objects(Notes(self.place)), SAMPLE_ROWS)
        self.columns, self.sample = sample_of(item for _, item in _up_to_a_break(first))

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows."""
        unnester = Unnester([self.columns[place] for place in wanted])
        for line, item in self._objects(notes):
            yield from unnester.rows(item, line)

    def _objects(self, notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
        decoder = StreamDecoder()
        try:
            for number, line in enumerate(text_lines(text_blocks(self._opened, decoder)), 1):
                if not line.strip():
                    continue
                try:
                    item = json.loads(line)
                except (ValueError, RecursionError):
                    notes.lose("without the form of a JSON object", number)
                    continue
                if isinstance(item, dict):
                    yield number, item
                else:
                    notes.lose("without the form of a JSON object", number)
        finally:
            notes.encoding = decoder.encoding
            if decoder.warning:
                notes.sentences.append(decoder.warning)


def _up_to_a_break(
    objects: Iterator[tuple[int, dict[str, Any]]],
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Look at what comes before damage; reading the rows will meet it again and report it."""
    try:
        yield from objects
    except (BrokenOff, OSError):
        return
