"""Terms as a queue's own cell ``reasons`` tells them, where it came without its scores file.

A queue that was sent by mail is read by a person too: its slurs are marked and masked as well, as
far as the cell names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from moderation.policy import SEVERITIES
from moderation.records import TermMatch
from moderation.review_page.words import CONTEXTS

_LEVELS: Final = {name: level for level, name in SEVERITIES.items()}
_TERM: Final = re.compile(
    r'"(?P<text>[^"\n]+)"(?: ×\d+)? '
    rf"\((?P<category>[^():,]+)(?:: (?P<target>[^()]*?))?, (?P<severity>{'|'.join(_LEVELS)})"
    r'(?:, (?P<context>[\w ]+?))?(?:, written to evade "(?P<term>[^"\n]+)": (?P<via>[\w, -]+?))?'
    r"(?:, too faint to flag by itself)?\)"
)


def terms_retold(cell: str, text: str, language: str) -> tuple[TermMatch, ...]:
    """Find the terms that a cell names wherever they stand in the text as it spells them."""
    found = [match for told in _TERM.finditer(cell) for match in _standing(told, text, language)]
    return tuple(sorted(found, key=lambda match: (match.start, match.end)))


def _standing(told: re.Match[str], text: str, language: str) -> Iterator[TermMatch]:
    spelling = told["text"]
    for place in re.finditer(rf"(?<!\w){re.escape(spelling)}(?!\w)", text):
        yield TermMatch(
            start=place.start(),
            end=place.end(),
            text=spelling,
            term=told["term"] or spelling,
            language=language,
            category=told["category"],
            target=told["target"] or "",
            severity=_LEVELS[told["severity"]],
            via=tuple(told["via"].split(", ")) if told["via"] else (),
            context=told["context"] if told["context"] in CONTEXTS else "",
        )
