"""Puts the training data together: sets, generated texts, contamination check, teacher, targets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training import augment, composing
from training.contamination import without_contamination
from training.data import SOURCES, evaluation_sets, read_source
from training.examples import EvaluationSet, Example, bucket, distinct, labels_of
from training.teacher import Scores

TEACHER_WEIGHT = 0.5
"""How much a label counts that only the teacher gave."""

TALK = frozenset(
    {
        "annotators",
        "composed",
        "jigsaw_sample",
        "jigsaw_sentences",
        "perspective",
        "wiki_context",
        "wiki_parents",
    }
)
"""Sources of talk-page comments, which is what the teacher learnt from."""

FUNCTIONS = Path(__file__).with_name("functions.tsv")
"""Sentences written one by one, never learnt: negation, counter-speech, quotation and the like."""

Teach = Callable[[Sequence[str]], Scores]

PROBES = (
    ("As a gay Muslim man I loved this article.", 0.0),
    ("Go back to your country, you people are a disease", 1.0),
    ("They should all be shot.", 1.0),
    ("you people are a disease", 1.0),
    ("go back to your country", 1.0),
    ("The senator is wrong about taxes and I will vote against him.", 0.0),
)
"""The sentences that the first trial got wrong: looked at, never learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the model is to say for each text, and how much each label of it counts.

    ``twins`` holds the places of texts that must score alike; ``imitated`` says for which texts the
    toxicity is learnt as a logit too, because the teacher knows how bad their like are.
    """

    texts: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    twins: tuple[tuple[int, int], ...] = ()
    imitated: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Training examples without contamination, and the account of how they came about."""

    examples: tuple[Example, ...]
    removed: dict[str, dict[str, int]]
    counts: dict[str, int]


def all_evaluation(data: Path, seed: int) -> list[EvaluationSet]:
    """Give every evaluation set: the data sets', the held-out templates', the pairs, the probes."""
    made = augment.held_out(seed + 1)
    pairs = [text for pair in augment.counterfactual_pairs(seed + 2) for text in pair]
    return [
        *evaluation_sets(data),
        EvaluationSet(
            name="generated_heldout",
            texts=tuple(e.text for e in made),
            gold=tuple(e.labels for e in made),
            licence_note="made by augment.py",
            groups=tuple(e.source.removeprefix("generated_") for e in made),
        ),
        functions(),
        EvaluationSet(name="counterfactual_pairs", texts=tuple(pairs), gold=(), licence_note=""),
        EvaluationSet(
            name="probes",
            texts=tuple(text for text, _ in PROBES),
            gold=tuple(labels_of(toxicity=value) for _, value in PROBES),
            licence_note="sentences that the first trial got wrong",
        ),
    ]


def functions() -> EvaluationSet:
    """Read the sentences of ``functions.tsv``, grouped by what they try and whether it is abuse."""
    lines = FUNCTIONS.read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return EvaluationSet(
        name="functions",
        texts=tuple(text for _, _, text in rows),
        gold=tuple(labels_of(toxicity=float(abusive)) for _, abusive, _ in rows),
        licence_note="sentences written one by one for what is easily got wrong",
        groups=tuple(
            f"{function}, {'abusive' if abusive == '1' else 'harmless'}"
            for function, abusive, _ in rows
        ),
    )


def build(data: Path, evaluation: Sequence[EvaluationSet], seed: int) -> Corpus:
    """Read every set, add the generated texts, and remove what resembles an evaluation text."""
    real = [example for source in SOURCES for example in read_source(source, data)]
    checked = without_contamination(distinct(real), evaluation)
    clean = list(checked.kept)
    sentences = augment.generated(seed)
    made = [
        *sentences,
        *augment.in_context(clean, sentences, seed + 5, 7000),
        *augment.swapped_identities(clean, seed + 3, 6000),
        *augment.disguised(clean, seed + 4, 12000),
        *composing.composed(clean, seed + 6, 24000),
        *composing.marks(seed + 7, 600),
    ]
    checked_made = without_contamination(distinct(made), evaluation)
    removed = {**checked.counts(), **checked_made.counts()}
    examples = tuple(distinct([*clean, *checked_made.kept]))
    counts = Counter(example.source for example in examples)
    return Corpus(examples=examples, removed=removed, counts=dict(sorted(counts.items())))


ALWAYS_LEARNT = (
    "annotators",
    "composed",
    "generated_marks",
    "hatemoji",
    "jigsaw_sample",
    "perspective",
    "wiki_context",
    "wiki_parents",
)
"""Sources of which a run that goes on from another learns everything."""


def rehearsed(corpus: Corpus, sets: float, made: float) -> Corpus:
    """Keep a share of the other data sets' texts, and one of what was made; twins stay together."""
    kept = tuple(
        example
        for example in corpus.examples
        if example.source in ALWAYS_LEARNT
        or bucket(example.twin or example.text, "rehearsal")
        < (made if example.source.startswith(("generated", "swapped", "disguised")) else sets)
    )
    counts = Counter(example.source for example in kept)
    return Corpus(examples=kept, removed=corpus.removed, counts=dict(sorted(counts.items())))


def targets(examples: Sequence[Example], teach: Teach) -> Targets:
    """Mix gold labels and the teacher's judgement into what each text is to score."""
    needs = [e.text for e in examples if e.teacher_share > 0 or None in e.labels]
    judged = teach(needs)
    values, weights = [], []
    for example in examples:
        row, row_weights = _target(example, judged.get(example.text))
        values.append(row)
        weights.append(row_weights)
    return Targets(
        texts=tuple(e.text for e in examples),
        values=tuple(values),
        weights=tuple(weights),
        twins=_twins(examples),
        imitated=tuple(e.source in TALK for e in examples),
    )


def _twins(examples: Sequence[Example]) -> tuple[tuple[int, int], ...]:
    places: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        if example.twin:
            places[example.twin].append(number)
    return tuple((both[0], both[1]) for both in places.values() if len(both) == 2)


def _target(example: Example, judged: Sequence[float] | None) -> tuple[tuple[float, ...], ...]:
    values, weights = [], []
    for position, gold in enumerate(example.labels):
        if judged is None:
            assert gold is not None
            values.append(gold)
            weights.append(example.weight)
        elif gold is None:
            values.append(judged[position])
            weights.append(example.weight * TEACHER_WEIGHT)
        else:
            share = example.teacher_share
            values.append((1 - share) * gold + share * judged[position])
            weights.append(example.weight)
    return tuple(values), tuple(weights)
