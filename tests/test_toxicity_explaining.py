"""The passages that moved the model: spans in the text, few runs, the same in any company."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.toxicity import load_scorer
from moderation.toxicity.explaining import LONGEST_PIECE, MOST_RUNS, Question, explain


class GlorbScorer:
    """'glorb' insults by itself, 'zum' and 'wib' only together; it counts what it is asked."""

    name = "glorbs"
    revision = "1"
    labels = ("toxicity", "insult")
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score by invented words."""
        self.asked += texts
        return [{"toxicity": self._toxicity(text), "insult": 0.01} for text in texts]

    @staticmethod
    def _toxicity(text: str) -> float:
        return 0.95 if "glorb" in text or ("zum" in text and "wib" in text) else 0.05


def passages(text: str, scorer: GlorbScorer | None = None) -> list[str]:
    """The passages of a text, as they stand there."""
    scorer = scorer or GlorbScorer()
    question = Question(text=text, scores=scorer.score([text])[0])
    scorer.asked.clear()
    (found,) = explain(scorer, [question])
    return [text[start:end] for start, end in found["toxicity"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What a glorb he is.", ["glorb"]),
        ("glorb", ["glorb"]),
        ("(glorb!)", ["glorb"]),
        ("One glorb, two more words, and another glorb.", ["glorb", "glorb"]),
        ("The bus was late again. Such a glorb drives it. I shall walk.", ["glorb"]),
        ("You glorb glorb of a man, all day long and all night.", ["glorb glorb"]),
        ("", []),
        (" \n ", []),
        ("🐀🐀", ["🐀🐀"]),
        ("What a glorbe\u0301, he said.", ["glorbe\u0301"]),
    ],
)
def test_the_passage_is_what_moved_the_score(text: str, expected: list[str]) -> None:
    """A word that scores by itself is named, without the punctuation around it."""
    assert passages(text) == expected


def test_what_no_word_says_alone_is_named_as_a_whole() -> None:
    """Where words are harmless by themselves, the smallest piece that is not is the passage."""
    text = "The bus was late. It was very cold. A zum is wib. I shall walk on. That is all."
    assert passages(text) == ["A zum is wib"]


def test_a_long_text_is_searched_where_it_scores() -> None:
    """The part that counted is found in a text of many windows, and looked at closely."""
    text = f"{'calm words ' * 1_000}glorb {'calm words ' * 1_000}"
    scorer = GlorbScorer()
    (found,) = passages(text, scorer)
    assert "glorb" in found.split()
    assert len(found.split()) <= 2
    assert all(len(piece) <= LONGEST_PIECE for piece in scorer.asked)


@given(st.lists(st.sampled_from(["glorb", "zum", "wib", "calm,", "and", "so.", "\n"]), max_size=60))
def test_no_text_costs_more_than_its_runs(words: list[str]) -> None:
    """However a text is made, the model is asked at most so many times about it."""
    scorer = GlorbScorer()
    passages(" ".join(words), scorer)
    assert len(scorer.asked) <= MOST_RUNS


@given(st.text(max_size=300))
def test_passages_are_spans_of_the_text(text: str) -> None:
    """They lie in the text, hold something, begin and end with no blank, and do not overlap."""
    scorer = GlorbScorer()
    (found,) = explain(scorer, [Question(text=text, scores={"toxicity": 0.9, "insult": 0.4})])
    assert set(found) == {"toxicity", "insult"}
    for spans in found.values():
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(text[start:end] == text[start:end].strip() for start, end in spans)
        ordered = sorted(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(ordered))
        assert bool(spans) == bool(text.split())


@given(st.lists(st.text(alphabet="glorbzumwi .\n", max_size=60), max_size=6))
def test_company_changes_nothing(texts: list[str]) -> None:
    """Many questions together are answered as each alone."""
    questions = [Question(text=text, scores={"toxicity": 0.9}) for text in texts]
    together = explain(GlorbScorer(), questions)
    assert together == [explain(GlorbScorer(), [question])[0] for question in questions]


def test_the_embedded_model_names_the_insult() -> None:
    """The real model points at what a person would point at."""
    scorer = load_scorer()
    text = "The bus was late again this morning. The driver is a stupid idiot. I shall walk."
    (found,) = explain(scorer, [Question(text=text, scores=scorer.score([text])[0])])
    start, end = found["toxicity"][0]
    assert text[start:end] in {"stupid idiot", "stupid", "idiot"}
