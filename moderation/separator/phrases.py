"""Words that sites write around comments, by language: data, and no decisions.

They stand in ``phrases.json``, in folded form (``str.casefold``), where someone without Python can
read and add to them. A language that is missing there costs evidence, never correctness:
indentation, numbering and blank lines are read without any word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

_DATA: Mapping[str, Any] = json.loads(
    files(__package__).joinpath("phrases.json").read_text(encoding="utf-8")
)


def _by_language(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return one table of the data: words by language."""
    return {language: tuple(words) for language, words in _DATA[name].items()}


def every(table: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the words of all languages in one set: a page may mix them."""
    return frozenset(word for words in table.values() for word in words)


def by_opening(phrases: Iterable[str], length: int = 2) -> dict[str, tuple[str, ...]]:
    """Return phrases by their first letters, the longest first, so that a line tries only a few."""
    table: dict[str, tuple[str, ...]] = {}
    for phrase in sorted(set(phrases), key=len, reverse=True):
        table[phrase[:length]] = (*table.get(phrase[:length], ()), phrase)
    return table


COMMENT_WORDS = _by_language("comment_words")
"""What a comment is called; a short line with one of these may head a comment section."""

ANSWER_WORDS = _by_language("answer_words")
"""Words that head a comment section only with a number: '12 Responses', '3 Gedanken zu'."""

CLOSING_PHRASES = _by_language("closing_phrases")
"""How the line after the last comment begins: a form, a closing note, the next box."""

SAYS_WORDS = _by_language("says_words")
"""The verb between a writer's name and the words."""

BYLINE_WORDS = _by_language("byline_words")
"""What stands before a writer's name in a line of its own."""

REPLY_WORDS = _by_language("reply_words")
"""Links and notes that stand alone in a line beside a comment."""

LINK_VOCABULARY = frozenset[str](_DATA["link_vocabulary"])
"""Words of which a line of links beside a comment is made, such as 'Share on Facebook Reply'."""

LINK_FILLERS = frozenset[str](_DATA["link_fillers"])
"""Those of them that make no link by themselves."""

MONTH_NAMES = _by_language("month_names")
"""Months as dates write them."""

AGO_WORDS = _by_language("ago_words")
"""Words of a relative time, which needs a number beside them."""

TIME_UNITS = _by_language("time_units")
"""Units of a relative time."""

GLUE_WORDS = _by_language("glue_words")
"""Small words around a date or a name that are part of neither."""

PINGBACK_STARTS: tuple[str, ...] = tuple(_DATA["pingback_starts"])
"""How another site's notice of a link begins."""

TRACKBACK_STARTS: tuple[str, ...] = tuple(_DATA["trackback_starts"])
"""The same, where the notice calls itself a trackback."""

PICTURE_STARTS: tuple[str, ...] = tuple(_DATA["picture_starts"])
""""""

PICTURE_ENDS: tuple[str, ...] = tuple(_DATA["picture_ends"])
"""How a line that stands for a writer's picture begins or ends."""

QUOTE_STARTS: tuple[str, ...] = tuple(_DATA["quote_starts"])
"""How a line begins that names the writer of a quotation, not of the comment."""

REPLIES_HEADINGS = frozenset[str](_DATA["replies_headings"])
"""What stands alone in a line between a comment and the replies to it."""

SECTION_NOTES = frozenset[str](_DATA["section_notes"])
"""Headings that the renderer leaves at the end of the item before them."""

PERSON_WORDS = _by_language("person_words")
"""Words of someone who speaks for themselves or to someone."""

HEADING_PREPOSITIONS = frozenset[str](_DATA["heading_prepositions"])
"""What stands between 'Comments' and the article's title in a heading."""

HEADING_NOTES: tuple[str, ...] = tuple(_DATA["heading_notes"])
"""How a line begins that stands between the heading and the first comment and is part of none."""

NO_WORDS = frozenset[str](_DATA["no_words"])
FIRST_COMMENT_PHRASES = tuple[str, ...](_DATA["first_comment_phrases"])
"""'No' in 'No comments'."""

BOX_WORDS = frozenset[str](_DATA["box_words"])
"""Words by which a line speaks of a box of comments from other pages, or of a link to comments."""

CLOSED_WORDS = frozenset[str](_DATA["closed_words"])
"""'Closed' in a line that says that no more comments are taken."""

POLICY_WORDS = frozenset[str](_DATA["policy_words"])
"""Words by which a line speaks of rules for comments."""

ONE_WORDS = frozenset[str](_DATA["one_words"])
"""'One' in 'One Response'."""

RELATED_PHRASES: tuple[str, ...] = tuple(_DATA["related_phrases"])
"""How a box of links to other articles is headed."""
