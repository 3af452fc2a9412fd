"""What may be wrong with terms that are well written: they miss their hit, or hit the innocent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

from moderation.editing.looking_up import released_lexicon
from moderation.editing.reading_rows import PlacedRow, Remark
from moderation.lexicon import Lexicon, Term

_MOST_WORDS_NAMED = 5
_SHORTEST_WORD = 3
_MOST_STARS = 3
_ORDINARY_TERMS = {"profanity", "general insult"}

Rows = Sequence[tuple[PlacedRow, Term | None]]
"""Rows without a mistake, each with the term that it leaves; None where it silences one."""


def doubts_about(rows: Rows, *, is_own: bool) -> Iterator[Remark]:
    """Warn of whatever an editor would want to look at again."""
    by_term = {(term.language, term.term): (row, term) for row, term in rows if term is not None}
    for row, term in by_term.values():
        yield from _excuse_doubts(row, term)
        yield from _slow_forms(row, term)
    yield from _repeated_forms(list(by_term.values()))
    alone = Lexicon((term for _, term in by_term.values()), "the table alone")
    yield from _example_doubts(list(by_term.values()), alone)
    for term, words in _innocent_hits(alone, is_own=is_own).items():
        row, _ = by_term[term.language, term.term]
        yield row.remark("forms" if row.cells.get("forms") else "term", _innocent_words(words))


def _excuse_doubts(row: PlacedRow, term: Term) -> Iterator[Remark]:
    """An excuse that stands in the term itself excuses it always; one without letters, never."""
    forms = {form.casefold() for form in term.forms}
    for excuse in term.excused_by:
        if not any(character.isalnum() for character in excuse):
            yield row.remark("excused_by", f"'{excuse}' has no letter and excuses nothing")
        elif excuse in forms:
            yield row.remark("excused_by", f"'{excuse}' is a form of the term: it excuses itself")


def _slow_forms(row: PlacedRow, term: Term) -> Iterator[Remark]:
    """Each further star multiplies the ways in which a long word can be read."""
    for form in term.forms:
        if form.count("*") > _MOST_STARS:
            what = f"the pattern '{form}' has more than {_MOST_STARS} stars and may be slow"
            yield row.remark("forms", what)


def _repeated_forms(rows: Sequence[tuple[PlacedRow, Term]]) -> Iterator[Remark]:
    """A form that two terms have is reported as one of them only."""
    owners: dict[tuple[str, str], Term] = {}
    for row, term in rows:
        for form in term.forms:
            owner = owners.setdefault((term.language, form.casefold()), term)
            if owner is not term:
                yield row.remark("forms", f"'{form}' is a form of '{owner.term}' too")


def _example_doubts(rows: Sequence[tuple[PlacedRow, Term]], alone: Lexicon) -> Iterator[Remark]:
    """A hit that is not hit, a miss that is, and a new term that has neither."""
    for row, term in rows:
        for column, text, wanted in (("hit", term.hit, True), ("miss", term.miss, False)):
            if not text:
                yield row.remark(column, f"the term has no text that it must {column}")
                continue
            is_hit = term.term in {match.term for match in alone.find(text)}
            if is_hit != wanted:
                verb = "hits" if is_hit else "does not hit"
                yield row.remark(column, f"'{term.term}' {verb} this text")


def _innocent_hits(alone: Lexicon, *, is_own: bool) -> dict[Term, list[str]]:
    """The ordinary words that the table's terms would report without any second sign.

    For a desk's own table those count that the lexicon does not report as it is. In a table of
    ours a word may be ordinary and a term all the same, if it is written so by an editor.
    """
    released = released_lexicon() if is_own else None
    terms = {(term.language, term.term): term for term in alone.terms}
    hits: dict[Term, list[str]] = defaultdict(list)
    for word in ordinary_words():
        for match in alone.find(word):
            term = terms[match.language, match.term]
            if released is not None and released.find(word):
                continue
            if released is None and (word in term.forms or term.category in _ORDINARY_TERMS):
                continue
            hits[term].append(word)
    return hits


def _innocent_words(words: Sequence[str]) -> str:
    named = ", ".join(f"'{word}'" for word in words[:_MOST_WORDS_NAMED])
    more = f" and {len(words) - _MOST_WORDS_NAMED:,} more" if len(words) > _MOST_WORDS_NAMED else ""
    kind = "an ordinary word or name" if len(words) == 1 else "ordinary words or names"
    return (
        f"it would flag {named}{more}: {kind}. If that is meant, mark the term 'often innocent'"
        " or name in excused_by what excuses it"
    )


@lru_cache(maxsize=1)
def ordinary_words() -> tuple[str, ...]:
    """Some 21,000 words and names that English texts often have, and the small words of others.

    They are the whole words of the embedded model's vocabulary, which was drawn from books and an
    encyclopaedia, and the function words by which languages are told apart.
    """
    tokenizer = files("moderation.toxicity") / "compact" / "tokenizer.json"
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    small_words = json.loads((files("moderation") / "function_words.json").read_text("utf-8"))
    words = dict.fromkeys((*vocabulary, *" ".join(small_words.values()).split()))
    return tuple(word for word in words if len(word) >= _SHORTEST_WORD and word.isalpha())
