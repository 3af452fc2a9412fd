"""The terms that we bring along: each hits what it must, and none cries wolf."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.lexicon import BARS, is_found, make_samples, traps
from moderation.lexicon import Lexicon, available_languages, load_lexicon
from moderation.lexicon.tables import SLUR_CATEGORIES

CASES = Path(__file__).parent / "cases" / "lexicon"
SEEDS = Path(__file__).parents[2] / "shared" / "pages" / "seeds"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Every table."""
    return load_lexicon()


def read_cases(name: str) -> list[tuple[str, str]]:
    """Rows of text and the terms to be found in it, parted by a bar."""
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["finds"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("language", available_languages())
def test_every_term_hits_its_hit_and_misses_its_miss(language: str) -> None:
    """No term without one text that it must hit and one that it must not."""
    alone = load_lexicon([language])
    wrong = [
        term.term
        for term in alone.terms
        if not term.hit
        or not term.miss
        or term.term not in {match.term for match in alone.find(term.hit)}
        or term.term in {match.term for match in alone.find(term.miss)}
    ]
    assert wrong == []


@pytest.mark.parametrize("language", available_languages())
def test_every_term_says_where_it_comes_from(language: str) -> None:
    """The source column is filled in."""
    assert [term.term for term in load_lexicon([language]).terms if not term.source] == []


def test_there_are_enough_english_slurs(lexicon: Lexicon) -> None:
    """Slurs before profanity, and every category has some."""
    english = Counter(term.category for term in lexicon.terms if term.language == "en")
    assert sum(english.values()) >= 900
    assert sum(number for category, number in english.items() if category in SLUR_CATEGORIES) >= 300
    assert set(english) >= SLUR_CATEGORIES


@pytest.mark.parametrize("text", traps())
def test_the_traps_are_not_flagged(lexicon: Lexicon, text: str) -> None:
    """Names, places and ordinary words that other filters stop."""
    assert lexicon.find(text) == []


@pytest.mark.parametrize(("text", "finds"), read_cases("found.csv"))
def test_real_comments_are_found(lexicon: Lexicon, text: str, finds: str) -> None:
    """Comments as they are written, with what must be found in them."""
    assert "|".join(match.text for match in lexicon.find(text)) == finds


@pytest.mark.parametrize(("text", "finds"), read_cases("known_failures.csv"))
@pytest.mark.xfail(strict=True, reason="a known failure: move it to found.csv when it passes")
def test_known_failures(lexicon: Lexicon, text: str, finds: str) -> None:
    """What we know to get wrong."""
    assert "|".join(match.text for match in lexicon.find(text)) == finds


@pytest.mark.parametrize("number", BARS)
def test_disguised_terms_are_found(lexicon: Lexicon, number: int) -> None:
    """Recall under one, two and three disguises reaches its bar."""
    terms = [term for term in lexicon.terms if term.language == "en" and term.is_slur]
    samples = make_samples(terms, number, rounds=1)
    recall = sum(is_found(lexicon, sample) for sample in samples) / len(samples)
    assert recall >= BARS[number] - 0.01


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed pages are not here")
def test_the_terms_of_the_seed_pages_are_found(lexicon: Lexicon) -> None:
    """What the two seed pages are known to hold, and nothing in their articles."""
    found = {
        match.text
        for page in sorted(SEEDS.glob("*.txt"))
        for match in lexicon.find(page.read_text(encoding="utf-8"))
        if match.severity > 1
    }
    expected = {text for text, _ in read_cases("seeds.csv")}
    assert found == expected
