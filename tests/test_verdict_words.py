"""What people write for a verdict is understood, and what could mean two things is not guessed."""

import csv
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.lexicon import available_languages
from moderation.records import HUMAN_VERDICTS
from moderation.review_queue.verdict_words import (
    UNDO,
    VerdictWord,
    folded,
    verdict_of,
    verdict_words,
    why_unknown,
)

from .conftest import PROJECT

CASES = PROJECT / "tests" / "cases" / "queue" / "verdict_cells.csv"
with CASES.open(encoding="utf-8", newline="") as file:
    CELLS = [(row["cell"], row["verdict"] or None) for row in csv.DictReader(file)]
WORDS = [word for word in verdict_words() if word.verdict is not None]
AMBIGUOUS = [word for word in verdict_words() if word.verdict is None]


@pytest.mark.parametrize(("cell", "verdict"), CELLS)
def test_a_cell_means_what_its_writer_meant(cell: str, verdict: str | None) -> None:
    """Or nothing, where that cannot be known."""
    assert verdict_of(cell) == verdict


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.word)
def test_each_word_of_the_table_is_understood(word: VerdictWord) -> None:
    """Also in capitals and with what punctuation people put behind it."""
    for cell in (word.word, word.word.upper(), f" {word.word}. ", f"{word.word}!"):
        assert verdict_of(cell) == word.verdict


def test_no_word_stands_for_two_verdicts() -> None:
    """In no two languages, nor in one spelling with accents and another without."""
    meanings: dict[str, set[str | None]] = {}
    for word in verdict_words():
        meanings.setdefault(folded(word.word) or word.word, set()).add(word.verdict)
    assert not {word: found for word, found in meanings.items() if len(found) > 1}


def test_each_language_of_the_lexicon_has_each_verdict() -> None:
    """Nobody has to learn English words to work on the queue."""
    wanted = {*HUMAN_VERDICTS, UNDO}
    for language in available_languages():
        assert {word.verdict for word in WORDS if language in word.languages} == wanted, language


@pytest.mark.parametrize("word", AMBIGUOUS, ids=lambda word: word.word)
def test_an_ambiguous_word_is_no_verdict_and_the_reason_is_told(word: VerdictWord) -> None:
    """'Yes' to what? A guess would remove or publish somebody's comment."""
    cell = word.word
    assert verdict_of(cell) is None
    assert "can mean that the comment stays or that it goes" in why_unknown(cell)


@pytest.mark.parametrize(
    ("cell", "words"),
    [("banana", "no verdict that is known"), ("remove?", "two things at once")],
)
def test_an_unknown_word_is_answered_with_the_known_ones(cell: str, words: str) -> None:
    """The message quotes the cell and says what to write."""
    said = why_unknown(cell)
    assert words in said
    assert said.startswith(f"'{cell}'")
    assert "write approve, remove, escalate or unsure" in said


@given(
    st.sampled_from([word for word in WORDS if word.kind != "symbol"]),
    st.sampled_from(["", " ", "\u00a0", "\t", "\n"]),
    st.sampled_from(["", ".", "...", "!", " .", ",", ";"]),
    st.sampled_from([str.upper, str.lower, str.title, str.capitalize]),
)
def test_case_blanks_and_full_stops_do_not_matter(
    word: VerdictWord, blank: str, stop: str, case: Callable[[str], str]
) -> None:
    """A person types as a person types."""
    cell = f"{blank}{case(word.word)}{stop}{blank}"
    assert verdict_of(cell) == word.verdict


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    """Whatever stands in a cell, it is a verdict or it is unknown; nothing breaks."""
    assert verdict_of(text) in {*HUMAN_VERDICTS, UNDO, None}
    assert why_unknown(text)
