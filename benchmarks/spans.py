"""How well the passages that `toxicity.explaining` names are those that people marked.

    python -m benchmarks.spans [--data FOLDER] [--part test] [--texts N]

The texts are the toxic comments of SemEval-2021 task 5 (Pavlopoulos et al. 2021, CC0), with the
characters that raters marked. F1 is that task's own: over characters, for each text by itself, 1
where nothing is marked and nothing named; then the mean. The task's best system reached 0.708, its
median 0.676; both were trained to mark, which ours is not. Intervals are 95 % bootstrap ones.

*Faithful* is the share of the texts above the standard threshold that fall below it when the named
passages are left out. The search's constants were chosen on the train part, not on the test part.
"""

from __future__ import annotations

import argparse
import ast
import csv
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moderation.lexicon import load_lexicon
from moderation.measures import Share
from moderation.policy import load_policy
from moderation.toxicity import Scorer, load_scorer
from moderation.toxicity.explaining import MOST_RUNS, Question, Span, explain

DATA: Final = Path(__file__).parents[2] / "shared" / "data" / "civil_toxic_spans"
LABEL: Final = "toxicity"
RESAMPLES: Final = 1_000

Marked = frozenset[int]
"""The offsets of marked characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A comment, and the characters that raters marked in it."""

    text: str
    marked: Marked


class CountingScorer:
    """A scorer that counts what it is asked."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self.name, self.revision = scorer.name, scorer.revision
        self.labels, self.languages = scorer.labels, scorer.languages
        self.runs = 0

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score, and count the texts."""
        self.runs += len(texts)
        return self._scorer.score(texts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    path = options.data / f"tsd_{options.part}.csv"
    if not path.is_file():
        print(f"{path} is not there; name the folder with --data. Nothing was measured.")
        return 1
    examples = list(read_examples(path))[: options.texts]
    scorer = CountingScorer(load_scorer(options.model))
    print(f"{len(examples):,} texts of {path.name}; {scorer.name} {scorer.revision}", end="; ")
    print(f"Python {platform.python_version()}, {platform.machine()}")
    scores = [found[LABEL] for found in scorer.score([one.text for one in examples])]
    scorer.runs = 0
    start = time.perf_counter()
    questions = [
        Question(text=one.text, scores={LABEL: score})
        for one, score in zip(examples, scores, strict=True)
    ]
    named = [_marked(found[LABEL]) for found in explain(scorer, questions)]
    seconds = time.perf_counter() - start
    print_f1("the model's passages", examples, named)
    for name, method in baselines().items():
        print_f1(name, examples, [method(one.text) for one in examples])
    print(f"{scorer.runs / len(examples):.1f} runs a text, at most {MOST_RUNS}", end="; ")
    print(f"{1000 * seconds / len(examples):.1f} ms a text on this machine")
    print_faithfulness(scorer, examples, named, scores)
    return 0


def read_examples(path: Path) -> Iterator[Example]:
    """Read one of the task's files: the columns ``spans`` (a list of offsets) and ``text``."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Example(text=row["text"], marked=frozenset(ast.literal_eval(row["spans"])))


def character_f1(named: Marked, marked: Marked) -> float:
    """The task's F1 for one text, from 0 to 1."""
    if not named or not marked:
        return float(named == marked)
    return 2 * len(named & marked) / (len(named) + len(marked))


def baselines() -> dict[str, Callable[[str], Marked]]:
    """What needs no model: the lexicon's terms, with ambiguous ones or without; everything."""
    lexicon = load_lexicon(["en"])

    def terms(text: str, *, ambiguous: bool) -> Marked:
        found = lexicon.find(text, include_ambiguous=ambiguous)
        return _marked([(match.start, match.end) for match in found])

    return {
        "the lexicon's terms": lambda text: terms(text, ambiguous=False),
        "the same with ambiguous ones": lambda text: terms(text, ambiguous=True),
        "the whole text": lambda text: _marked([(0, len(text))]),
        "nothing": lambda _: frozenset(),
    }


def print_f1(name: str, examples: Sequence[Example], named: Sequence[Marked]) -> None:
    """Print the mean F1 with its interval."""
    each = [character_f1(found, one.marked) for found, one in zip(named, examples, strict=True)]
    low, high = bootstrapped(each)
    print(f"{name:<30} F1 {sum(each) / len(each):.3f} ({low:.3f} to {high:.3f})")


def bootstrapped(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean; the same each time."""
    chance = random.Random(5)
    means = sorted(
        sum(chance.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)
    )
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]


def print_faithfulness(
    scorer: Scorer, examples: Sequence[Example], named: Sequence[Marked], scores: Sequence[float]
) -> None:
    """Print how often a text falls below the threshold without its passages."""
    threshold = load_policy("standard").thresholds[LABEL]
    left = [
        "".join(letter for at, letter in enumerate(one.text) if at not in found)
        for one, found, score in zip(examples, named, scores, strict=True)
        if score >= threshold
    ]
    below = sum(found[LABEL] < threshold for found in scorer.score(left))
    faithful = Share(hits=below, trials=len(left))
    interval = faithful.interval
    print(
        f"faithful at {threshold}: {faithful.value or 0:.3f} ({interval.low:.3f} to "
        f"{interval.high:.3f}) of {len(left):,} texts"
    )


def _marked(spans: Sequence[Span]) -> Marked:
    return frozenset(offset for start, end in spans for offset in range(start, end))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spans",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the task's files")
    parser.add_argument("--part", choices=("train", "trial", "test"), default="test")
    parser.add_argument("--texts", type=int, default=None, help="only the first so many")
    parser.add_argument("--model", default="compact", help="as for 'moderation scan --model'")
    return parser


if __name__ == "__main__":
    sys.exit(main())
