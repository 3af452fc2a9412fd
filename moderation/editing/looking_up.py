"""Finding terms in the lexicon, and saying what the tool makes of their own two examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from moderation.errors import UsageError
from moderation.lexicon import Lexicon, Term, load_lexicon
from moderation.lexicon.tables import CATEGORIES
from moderation.records import TermMatch

_MOST_SUGGESTED = 5
_NEAR_ENOUGH = 0.8


@lru_cache(maxsize=1)
def released_lexicon() -> Lexicon:
    """The lexicon as it comes with the package, all languages."""
    return load_lexicon()


def select_terms(
    lexicon: Lexicon,
    *,
    language: str = "",
    category: str = "",
    severity: int | None = None,
) -> tuple[Term, ...]:
    """The terms of a language, a category, a severity; what is not asked for is not looked at.

    Raises:
        UsageError: when there is no such category, or no table of such a language.
    """
    languages = sorted({term.language for term in lexicon.terms})
    if language and language not in languages:
        raise UsageError(f"There are no terms in '{language}'. Known: {', '.join(languages)}.")
    if category and category not in CATEGORIES:
        raise UsageError(f"'{category}' is no category. Known: {', '.join(CATEGORIES)}.")
    return tuple(
        term
        for term in lexicon.terms
        if language in {"", term.language}
        and category in {"", term.category}
        and severity in {None, term.severity}
    )


def table_counts(terms: Iterable[Term]) -> dict[str, int]:
    """How many terms there are of each language, in the order of the languages' codes."""
    return dict(sorted(Counter(term.language for term in terms).items()))


def find_term(lexicon: Lexicon, word: str) -> tuple[Term, ...]:
    """Every term that is called so, or has it among its forms; in capitals or not."""
    wanted = word.strip().casefold()
    called = tuple(term for term in lexicon.terms if term.term.casefold() == wanted)
    return called or tuple(
        term for term in lexicon.terms if wanted in (form.casefold() for form in term.forms)
    )


def near_terms(names: Iterable[str], word: str) -> list[str]:
    """The names that are spelled nearly like a word, the nearest first."""
    known = {name.casefold(): name for name in names}
    near = get_close_matches(word.strip().casefold(), known, _MOST_SUGGESTED, _NEAR_ENOUGH)
    return [known[name] for name in near]


def what_the_tool_makes_of(lexicon: Lexicon, text: str) -> Sequence[TermMatch]:
    """All that is found in a text, the ambiguous too: what an editor wants to see of a hit."""
    return lexicon.find(text, include_ambiguous=True)
