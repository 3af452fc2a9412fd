"""The columns of JSON objects: all names that the first of them use, and their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from moderation.tables.nested import Unnester, children_of, flattened, is_article
from moderation.tables.rows import SAMPLE_ROWS


def sample_of(items: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the columns of objects, in the order in which they turn up, and the first rows."""
    firsts = list(items)
    columns: dict[str, None] = {}
    for item in firsts:
        _add_columns(item, columns)
    names = tuple(columns)
    unnester = Unnester(names)
    rows = (list(row.cells) for item in firsts for row in unnester.rows(item, 0))
    return names, list(islice(rows, SAMPLE_ROWS))


def columns_of(item: Mapping[str, Any]) -> dict[str, None]:
    """Give the columns of one object, with those of the comments inside it."""
    columns: dict[str, None] = {}
    _add_columns(item, columns)
    return columns


def _add_columns(item: Mapping[str, Any], columns: dict[str, None]) -> None:
    children, flat = children_of(item), flattened(item)
    if not is_article(flat, children):
        columns.update(dict.fromkeys(flat))
    for child in children[:SAMPLE_ROWS]:
        columns.update(dict.fromkeys(flattened(child)))
