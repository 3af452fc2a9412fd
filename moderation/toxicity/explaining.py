"""Which passages of a text moved its scores, for any model that can score a text.

A text is cut into a few pieces, the piece that scores highest by itself into smaller ones, and so
on down to words. The best words are then left out of the text, one at a time. A word is strong when
it scores high by itself and the text scores low without it; the strongest words are the passages.
Where no word carries the score by itself, the smallest piece that does is the passage. No
gradients, no attention: only `Scorer.score` is asked, at most `MOST_RUNS` times a text.

Asking for pieces alone finds what people mark better than leaving out each word does, and it is
cheaper, since pieces are short; `python -m benchmarks.spans` measures both. To go from large pieces
to small ones follows Chen, Zheng & Ji 2020, "Generating Hierarchical Explanations on Text
Classification via Feature Interaction Detection"; to leave words out is Li, Monroe & Jurafsky 2016,
"Understanding Neural Networks through Representation Erasure".
"""

from __future__ import annotations

import heapq
import math
import re
import unicodedata
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from moderation.toxicity.scorer import Scorer

MOST_RUNS: Final = 20
"""Pieces of one text that are scored. A text of many windows costs one further scoring of it."""

LONGEST_PIECE: Final = 1_500
"""Characters that surely fit into one window of every model that we know."""

Span = tuple[int, int]
"""Half-open character offsets into the text."""

_FIRST_CUT: Final = 5
_FURTHER_CUTS: Final = 3
_NEAR: Final = 3.0
"""In log-odds: words whose strength lies so near to the strongest word's are passages too."""
_MOST_LEFT_OUT: Final = 5
"""Words that are left out of the text, one at a time, to see what it is without them."""
_WORTH_LEAVING_OUT: Final = 2.5
"""In log-odds: a word that scores so far below the best one by itself is not tried."""
_WORTH_OPENING: Final = 1.5
"""In log-odds: a piece that scores so far below the best word is not opened any more."""
_CARRIES: Final = 0.4
"""The share of the text's score that a passage has to reach by itself."""

_CHUNK: Final = re.compile(r"\S+")
_CORE: Final = re.compile(r"\w+(?:['’*$@!-]*\w+)*")
_SENTENCE_ENDS: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
_CLAUSE_ENDS: Final = re.compile(r"[,;:)—–-][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text, and its scores for the labels to be explained; the first label leads the search."""

    text: str
    scores: Mapping[str, float]


Piece = tuple[int, int]
"""From which word to before which word it goes."""


@dataclass(slots=True)
class _Looked:
    """What was scored of a text so far: pieces by their place, with the scores of each label."""

    text: str
    words: Sequence[Span]
    pieces: dict[Piece, Mapping[str, float]] = field(default_factory=dict)
    without: dict[Piece, Mapping[str, float]] = field(default_factory=dict)
    runs: int = 0

    def written(self, piece: Piece) -> str:
        """The piece's text."""
        first, last = piece
        return self.text[self.words[first][0] : self.words[last - 1][1]]

    def asked(self, pieces: Sequence[Piece]) -> Generator[list[str], list[Mapping[str, float]]]:
        """Have pieces scored."""
        self.runs += len(pieces)
        scores = yield [self.written(piece) for piece in pieces]
        self.pieces.update(zip(pieces, scores, strict=True))

    def left_out(
        self, words: Sequence[Piece], whole: Piece
    ) -> Generator[list[str], list[Mapping[str, float]]]:
        """Have a piece scored without each of these words."""
        self.runs += len(words)
        scores = yield [self._cut_out(word, whole) for word in words]
        self.without.update(zip(words, scores, strict=True))

    def words_scored(self, label: str) -> dict[Piece, float]:
        """The words that were scored by themselves."""
        return {piece: of[label] for piece, of in self.pieces.items() if _size(piece) == 1}

    def _cut_out(self, word: Piece, whole: Piece) -> str:
        begin, end = self.words[word[0]]
        first, last = self.words[whole[0]][0], self.words[whole[1] - 1][1]
        return self.text[first:begin] + self.text[end:last]


def explain(scorer: Scorer, questions: Sequence[Question]) -> list[dict[str, tuple[Span, ...]]]:
    """Find the passages that moved each text's scores, the strongest first, label by label.

    As many results as questions, each with the labels of its question. Passages do not overlap and
    hold no white space at their ends. A text without a word has none. What others are asked about
    at the same time changes no answer.
    """
    searches = [_search(question) for question in questions]
    found: list[dict[str, tuple[Span, ...]]] = [{} for _ in questions]
    answers: dict[int, list[Mapping[str, float]] | None] = dict.fromkeys(range(len(searches)))
    while answers:
        wanted: dict[int, list[str]] = {}
        for number, scores in answers.items():
            try:
                search = searches[number]
                wanted[number] = next(search) if scores is None else search.send(scores)
            except StopIteration as end:
                found[number] = end.value
        answers = dict(_answered(scorer, wanted))
    return found


def _answered(
    scorer: Scorer, wanted: Mapping[int, list[str]]
) -> Iterator[tuple[int, list[Mapping[str, float]]]]:
    """Score what all searches want together, each text once."""
    texts = list(dict.fromkeys(text for pieces in wanted.values() for text in pieces))
    scores = dict(zip(texts, scorer.score(texts), strict=True)) if texts else {}
    for number, pieces in wanted.items():
        yield number, [scores[piece] for piece in pieces]


def _search(
    question: Question,
) -> Generator[list[str], list[Mapping[str, float]], dict[str, tuple[Span, ...]]]:
    """Look for the passages of one text: yields pieces to be scored, is sent their scores."""
    looked = _Looked(text=question.text, words=[w.span() for w in _CHUNK.finditer(question.text)])
    whole = (0, len(looked.words))
    leading = next(iter(question.scores), None)
    if not looked.words or leading is None:
        return dict.fromkeys(question.scores, ())
    looked.pieces[whole] = question.scores
    start = whole
    if len(question.text) > LONGEST_PIECE:
        parts = [*_parts(looked)]
        yield from looked.asked(parts)
        looked.runs = 0  # the parts are what one scoring of the text comes to
        start = max(parts, key=lambda part: looked.pieces[part][leading])
    yield from _opened(looked, start, leading)
    yield from looked.left_out(_worth_leaving_out(looked, leading), start)
    return {label: _passages(looked, label, start) for label in question.scores}


def _parts(looked: _Looked) -> Iterator[Piece]:
    """A long text's parts, each of which fits into a window."""
    first = 0
    for number, (_, end) in enumerate(looked.words):
        if end - looked.words[first][0] > LONGEST_PIECE and number > first:
            yield first, number
            first = number
    yield first, len(looked.words)


def _opened(
    looked: _Looked, start: Piece, leading: str
) -> Generator[list[str], list[Mapping[str, float]]]:
    """Open the most suspect piece, again and again, until words are found or runs are spent."""
    waiting = [(-looked.pieces[start][leading], start)]
    best_word = -math.inf
    while waiting:
        below, piece = heapq.heappop(waiting)
        if _log_odds(-below) < best_word - _WORTH_OPENING:
            return
        if piece[1] - piece[0] == 1:
            best_word = max(best_word, _log_odds(-below))
            continue
        inner = _cut(looked, piece, _FIRST_CUT if piece == start else _FURTHER_CUTS)
        if looked.runs + len(inner) > MOST_RUNS - _MOST_LEFT_OUT:
            continue
        yield from looked.asked(inner)
        for one in inner:
            score = looked.pieces[one][leading]
            heapq.heappush(waiting, (-score, one))
            if one[1] - one[0] == 1:
                best_word = max(best_word, _log_odds(score))


def _cut(looked: _Looked, piece: Piece, most: int) -> list[Piece]:
    """Cut a piece into at most so many of about one length, where sentences or clauses end."""
    first, last = piece
    if last - first <= most:
        return [(number, number + 1) for number in range(first, last)]
    begin, end = looked.words[first][0], looked.words[last - 1][1]
    places = [first]
    for cut in range(1, most):
        target, length = begin + (end - begin) * cut / most, (end - begin) / most
        candidates = range(places[-1] + 1, last - (most - 1 - cut))
        places.append(min(candidates, key=lambda at: _cost(looked, at, target, length)))
    return [*zip(places, [*places[1:], last], strict=True)]


def _cost(looked: _Looked, at: int, target: float, length: float) -> float:
    """How bad a place it is to cut: far from where the cut should be, or within a clause."""
    begin, end = looked.words[at - 1]
    word = looked.text[begin:end]
    gap = looked.text[end : looked.words[at][0]]
    gain = 0.0
    if "\n" in gap or _SENTENCE_ENDS.search(word):
        gain = 0.45
    elif _CLAUSE_ENDS.search(word):
        gain = 0.25
    return abs(end - target) / length - gain


def _worth_leaving_out(looked: _Looked, leading: str) -> list[Piece]:
    """The best words by themselves; none where there is only one to choose."""
    scores = looked.words_scored(leading)
    best = sorted(scores, key=lambda word: (-scores[word], word))[:_MOST_LEFT_OUT]
    near = [
        word
        for word in best
        if _log_odds(scores[word]) >= _log_odds(scores[best[0]]) - _WORTH_LEAVING_OUT
    ]
    return near if len(near) > 1 else []


def _passages(looked: _Looked, label: str, whole: Piece) -> tuple[Span, ...]:
    """What of the pieces that were scored carries a label, the strongest first."""
    score = looked.pieces[whole][label]
    words = looked.words_scored(label)
    if words and max(words.values()) >= _CARRIES * score:
        strengths = {word: _strength(looked, word, label, whole) for word in words}
        strongest = max(strengths.values())
        near = {word: of for word, of in strengths.items() if of >= strongest - _NEAR}
        return _joined(looked, near)
    carrying = [piece for piece, of in looked.pieces.items() if of[label] >= _CARRIES * score]
    smallest = min(carrying, key=lambda piece: (_size(piece), -looked.pieces[piece][label]))
    return (_bare(looked, smallest),)


def _strength(looked: _Looked, word: Piece, label: str, whole: Piece) -> float:
    """How high a word scores by itself, and how much lower the text does without it."""
    alone = _log_odds(looked.pieces[word][label])
    without = looked.without.get(word)
    if without is None:
        return alone
    return alone + _log_odds(looked.pieces[whole][label]) - _log_odds(without[label])


def _joined(looked: _Looked, strengths: Mapping[Piece, float]) -> tuple[Span, ...]:
    """Words that follow one another as one passage; the passage with the strongest word first."""
    passages: list[tuple[Piece, float]] = []
    for word, strength in sorted(strengths.items()):
        if passages and passages[-1][0][1] == word[0]:
            (first, _), before = passages.pop()
            passages.append(((first, word[1]), max(before, strength)))
        else:
            passages.append((word, strength))
    passages.sort(key=lambda found: -found[1])
    return tuple(_bare(looked, piece) for piece, _ in passages)


def _bare(looked: _Looked, piece: Piece) -> Span:
    """The piece without the punctuation around it; as it is, where it has no letter."""
    begin, end = looked.words[piece[0]][0], looked.words[piece[1] - 1][1]
    cores = [core.span() for core in _CORE.finditer(looked.text, begin, end)]
    if not cores:
        return begin, end
    last = cores[-1][1]
    while last < end and unicodedata.category(looked.text[last]).startswith("M"):
        last += 1  # an accent or a vowel sign belongs to the letter before it
    return cores[0][0], last


def _size(piece: Piece) -> int:
    return piece[1] - piece[0]


def _log_odds(score: float) -> float:
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
