"""JSON objects as rows: nested objects become columns with dots, nested comments rows of their own.

Replies stand inside the comment that they answer, or comments inside their article; both are
cut out, each with what it stood in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moderation.files.columns import TEXT_NAMES, folded
from moderation.tables.rows import Row

MOST_DEPTH = 4
"""Objects inside each other whose values become columns."""

_CHILDREN = frozenset(
    "replies children comments responses answers subcomments antworten kommentare réponses "
    "respuestas commentaires comentarios ответы комментарии 回复 评论".split()
)
_ARTICLE_NAMES = ("id", "url", "uri", "link", "title", "name", "slug")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Flat = Mapping[str, str]
"""An object as columns and cells."""


class Unnester:
    """Gives the rows of one file's objects; counts them, so that a reply can name its parent."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._count = 0

    def rows(self, item: Mapping[str, Any], line: int) -> Iterator[Row]:
        """Give the row of an object, and behind it those of the comments inside."""
        # A stack instead of recursion: replies may be nested as deep as people quarrel.
        waiting: list[tuple[Mapping[str, Any], str, str]] = [(item, "", "")]
        while waiting:
            current, parent, article = waiting.pop()
            self._count += 1
            children = children_of(current)
            flat = flattened(current)
            carrier = is_article(flat, children)
            key = f"#{self._count}" if children and not carrier else ""
            if carrier:
                article = article_name(flat) or article
            else:
                cells = [flat.get(column, "") for column in self._columns]
                yield Row(line, cells, key, parent, article)
            waiting.extend((child, key, article) for child in reversed(children))


def flattened(item: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Write an object as columns; of a list of objects its last, as where revisions are kept."""
    flat: dict[str, str] = {}
    for name, value in item.items():
        column = f"{prefix}{name}"
        if isinstance(value, list):
            last = value[-1] if value and folded(name) not in _CHILDREN else None
            inner = last if isinstance(last, dict) else {}
        elif isinstance(value, dict):
            inner = value
        else:
            flat[column] = as_text(value)
            continue
        if depth < MOST_DEPTH:
            flat.update(flattened(inner, f"{column}.", depth + 1))
    return flat


def children_of(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the comments that stand inside an object."""
    return [
        child
        for name, value in item.items()
        if isinstance(value, list) and folded(name) in _CHILDREN
        for child in value
        if isinstance(child, dict)
    ]


def is_article(flat: Flat, children: Sequence[Mapping[str, Any]]) -> bool:
    """Tell an article that holds comments from a comment that holds replies.

    Replies are made as what they answer is; the comments of an article have a text that it lacks.
    """
    own = {name for name in flat if folded(name) in TEXT_NAMES}
    return any(
        folded(name) in TEXT_NAMES and name not in own and not isinstance(value, list)
        for child in children[:20]
        for name, value in child.items()
    )


def article_name(flat: Flat) -> str:
    """Give what an article is called by, its id or address before its title."""
    by_name = {folded(name): value for name, value in flat.items() if value}
    return next((by_name[name] for name in _ARTICLE_NAMES if name in by_name), "")


def as_text(value: object) -> str:
    """Write a JSON value as a cell."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
        # Half of a character's pair alone is no text and could not be written again.
        return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    if value is None:
        return ""
    return json.dumps(value)
