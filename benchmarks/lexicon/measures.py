"""The figures: recall under disguises, what is found in innocent texts, and speed."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final, Literal

from benchmarks.lexicon.disguises import DISGUISES, SEED, Sample, is_found, make_samples
from benchmarks.lexicon.others import other_samples
from benchmarks.lexicon.texts import TextList
from moderation.lexicon import Lexicon, Term
from moderation.lexicon.tables import is_pattern
from moderation.records import TermMatch

COMMENT_LENGTH: Final = 150
RUNS: Final = 3
SLOW: Final = {
    "one letter": "a",
    "two letters": "ni",
    "letters and stars": "b*",
    "stars": "*",
    "single letters": "b l r ",
    "zero-width characters": "\u200b",
    "combining marks": "e\u0301\u0301\u0301",
    "symbols": "@$!|",
    "hyphens": "a-",
    "half a masked word": "f*** ",
    "a term over and over": "idiot ",
    "terms without spaces": "idiot",
    "half a term, stretched": "fffuuu",
    "quotation marks": '"idiot ',
    "look-alikes": "іdіоt ",
    "entities": "&#105;diot ",
    "entities alone": "&#105;",
    "tags": "i<b>d",
    "drawn letters": "|3|<",
    "turned letters": "ʇoᴉpᴉ ",
    "turned letters in a row": "ʇo",
    "single foreign letters": "і d ",
    "a phrase with a swap": "og to hell gdo ot hell ",
    "swapped words": "idoit ",
    "letters held across masks": "i*ii*dd*o ",
}
"""What texts made to be slow consist of."""
TOO_LONG: Final = 2.0
"""Seconds after which a slow text is not made longer: ten times as long may never end."""
SLACK: Final = 2.0
"""A million characters with their places do not fit into the processor's cache any more."""
UNNOTICED: Final = 0.05
_LOADING: Final = (
    "import time; from moderation.lexicon import load_lexicon; begin = time.process_time();"
    " lexicon = load_lexicon(); loaded = time.process_time(); lexicon.find('a f**l and a b1t');"
    " print(loaded - begin, time.process_time() - loaded)"
)

Kind = Literal["misread", "doubtful", "a name", "stands there"]
FALSE_ALARMS: Final = ("misread", "doubtful", "a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How many disguised terms were found, and which were not."""

    terms: str
    disguises: int
    samples: tuple[Sample, ...]
    missed: tuple[Sample, ...]

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 1 - len(self.missed) / max(1, len(self.samples))

    def by_disguise(self) -> dict[str, tuple[float, int]]:
        """For samples under one disguise: the share found and the number, for each disguise."""
        shares: dict[str, tuple[float, int]] = {}
        for name in DISGUISES:
            total = sum(sample.disguises == (name,) for sample in self.samples)
            lost = sum(sample.disguises == (name,) for sample in self.missed)
            if total:
                shares[name] = (1 - lost / total, total)
        return shares


def measure_recall(
    lexicon: Lexicon, name: str, terms: Iterable[Term], disguises: int, mildest: int
) -> Recall:
    """Find each term of a severity under so many disguises."""
    samples = tuple(make_samples(terms, disguises, mildest=mildest))
    return Recall(
        terms=name,
        disguises=disguises,
        samples=samples,
        missed=tuple(sample for sample in samples if not is_found(lexicon, sample)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A match in an innocent text, of a kind that is decided by rule.

    *Stands there*: the text spells the term as the table does, capitals, signs inside the word and
    held letters aside, or hides letters behind stars and the like and shows the first and at
    least half. Such is a slur in a dictionary, or a profanity in a comment that people found clean
    all the same.
    *Doubtful*: so does it with a term that is often innocent, a second sign being seen.
    *A name*: so it does in a list of names, where nothing is meant.
    *Misread*: all else. Something was taken for the term.
    """

    kind: Kind
    match: TermMatch
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What was found in a list of innocent texts."""

    texts: TextList
    found: tuple[Found, ...]

    def of(self, *kinds: Kind) -> list[Found]:
        """The matches of some kinds."""
        return [found for found in self.found if found.kind in kinds]

    @property
    def in_ten_thousand(self) -> float:
        """Texts with a false alarm (all kinds but *stands there*) among 10,000."""
        texts = {found.text for found in self.of(*FALSE_ALARMS)}
        return 10_000 * len(texts) / max(1, len(self.texts.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRecall:
    """How much of another family of disguises was found, and some that were not."""

    family: str
    share: float
    total: int
    missed: tuple[Sample, ...]


def measure_others(lexicon: Lexicon, terms: Sequence[Term]) -> Iterator[FamilyRecall]:
    """Recall under disguises that the lexicon was not made with, family by family."""
    for (family,), samples in groupby(other_samples(terms), key=lambda sample: sample.disguises):
        some = tuple(samples)
        missed = tuple(sample for sample in some if not is_found(lexicon, sample))
        yield FamilyRecall(
            family=family, share=1 - len(missed) / len(some), total=len(some), missed=missed
        )


def measure_alarms(lexicon: Lexicon, texts: TextList) -> Alarms:
    """Look for terms where there should be none."""
    terms = {(term.language, term.term): term for term in lexicon.terms}
    return Alarms(
        texts=texts,
        found=tuple(
            Found(
                kind=_kind(match, terms[match.language, match.term], are_names=texts.are_names),
                match=match,
                text=text,
            )
            for text in texts.texts
            for match in lexicon.find(text)
        ),
    )


def _kind(match: TermMatch, term: Term, *, are_names: bool) -> Kind:
    if not any(_shows(match.text.casefold(), form.casefold()) for form in term.forms):
        return "misread"
    if are_names:
        return "a name"
    return "doubtful" if term.ambiguity == "often innocent" else "stands there"


def _shows(written: str, form: str) -> bool:
    """Whether somebody who wrote this meant the form; see `Found`."""
    if written == form:
        return True
    if " " in written or is_pattern(form):
        return False
    letters, wanted = _letters(written), _letters(form)
    if _held(letters) == _held(wanted):
        return True
    in_order = iter(wanted)
    return (
        _HIDES.search(written) is not None
        and letters[:1] == wanted[:1]
        and 2 * len(letters) >= len(wanted)
        and all(letter in in_order for letter in letters)
    )


_HIDES: Final = re.compile(r"[*#@$!%•\d]")
"""What people put in a letter's place. A hyphen or a dot is there for other reasons too."""


def _letters(word: str) -> str:
    return "".join(character for character in word if character.isalpha())


def _held(word: str) -> str:
    """The word with each letter once, however long it is held."""
    return "".join(letter for letter, _ in groupby(word))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Comments of 150 characters that one core searches in a second, one by one and in batches.

    *Cold*: the lexicon met no word before. *Steady*: other comments than those timed were read
    before. *Met*: these very comments were.
    """

    cold: float
    cold_in_batches: float
    steady: float
    steady_in_batches: float
    met: float
    met_in_batches: float
    read_before: int


def measure_speed(
    terms: Sequence[Term], texts: Sequence[str], timed: int = 5_000, before: int = 20_000
) -> Speed:
    """Time pieces of real comments, in an order drawn by lot, the best of some runs."""
    pieces = _pieces(texts)
    timed = min(timed, len(pieces) // 2)
    some, others = pieces[:timed], pieces[timed : timed + before]
    runs = [
        _seconds(terms, some, first, in_batches=in_batches)
        for _ in range(RUNS)
        for in_batches in (False, True)
        for first in ([], others)
    ]
    alone, alone_after, batched, batched_after = (
        min(runs[kind :: RUNS + 1], key=lambda run: run[0]) for kind in range(RUNS + 1)
    )
    return Speed(
        cold=timed / alone[0],
        cold_in_batches=timed / batched[0],
        steady=timed / alone_after[0],
        steady_in_batches=timed / batched_after[0],
        met=timed / min(again for _, again in (alone, alone_after)),
        met_in_batches=timed / min(again for _, again in (batched, batched_after)),
        read_before=len(others),
    )


def _pieces(texts: Sequence[str]) -> list[str]:
    pieces = [
        text[begin : begin + COMMENT_LENGTH]
        for text in texts
        for begin in range(0, len(text) - COMMENT_LENGTH + 1, COMMENT_LENGTH)
    ]
    random.Random(SEED).shuffle(pieces)
    return pieces


def _seconds(
    terms: Sequence[Term], timed: Sequence[str], before: Sequence[str], *, in_batches: bool
) -> tuple[float, float]:
    """Seconds for the texts after some others, and for the same once more."""
    lexicon = Lexicon(terms, "timed")
    lexicon.find("a f**l and a b1t")
    lexicon.find_all(before)
    find = lexicon.find_all if in_batches else partial(_one_by_one, lexicon)
    first = best_time(partial(find, timed), times=1)
    return first, best_time(partial(find, timed), times=1)


def _one_by_one(lexicon: Lexicon, texts: Sequence[str]) -> list[list[TermMatch]]:
    return [lexicon.find(text) for text in texts]


def loading_times(times: int = 5) -> tuple[float, float]:
    """Seconds to load all languages, and to find in a first masked comment, in a fresh process."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", _LOADING], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(times)
    ]
    return min(float(loading) for loading, _ in runs), min(float(first) for _, first in runs)


def best_time(run: Callable[[], object], times: int = 3) -> float:
    """Seconds of the processor, the best of some runs: others use this machine too."""
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """How long a text took that was made to be slow: the seconds by the number of characters.

    A text that is not grown to the full size would have taken too long.
    """

    name: str
    seconds: dict[int, float]

    @property
    def growth(self) -> float:
        """How many times longer the longest took than the one before: ten, if time is linear."""
        *_, before, last = self.seconds.values()
        return last / max(before, 1e-5)

    @property
    def is_linear(self) -> bool:
        """Whether ten times the text took about ten times as long, or no time to speak of."""
        return self.growth <= 10 * SLACK or max(self.seconds.values()) < UNNOTICED


def worst_cases(lexicon: Lexicon, size: int) -> Iterator[WorstCase]:
    """Time each slow text, grown by tens to so many characters."""
    for name, unit in SLOW.items():
        text = unit * (size // len(unit))
        times: dict[int, float] = {}
        for some in (size // 100, size // 10, size):
            times[some] = best_time(partial(lexicon.find, text[:some]), times=1)
            if times[some] > TOO_LONG and len(times) > 1:
                break
        yield WorstCase(name=name, seconds=times)
