"""The training code: data, contamination, generated texts, and a run from end to end."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from training import augment, data
from training.composing import SENTENCES, composed, marks
from training.contamination import shingles, without_contamination
from training.corpus import Corpus, functions, rehearsed, targets
from training.examples import (
    LABELS,
    NO_LABELS,
    EvaluationSet,
    Example,
    all_labels,
    bucket,
    distinct,
    labels_of,
    pieces,
)

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
LONG = "The quick brown fox jumps over the lazy dog while seven wise owls look on from the old barn"


def evaluation(*texts: str) -> EvaluationSet:
    """Make an evaluation set of some texts."""
    gold = (all_labels(0.0),) * len(texts)
    return EvaluationSet(name="held out", texts=texts, gold=gold, licence_note="")


def example(text: str, toxicity: float = 0.0) -> Example:
    """Make a training example."""
    return Example(text=text, labels=all_labels(toxicity), source="made up")


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        LONG.upper() + "!!!",
        "Somebody wrote: " + LONG,
        " ".join(LONG.split()[4:]),
        "you fool",
        "You FOOL.",
    ],
    ids=["equal", "case", "quoted", "part", "short", "short in other case"],
)
def test_planted_duplicates_are_found(text: str) -> None:
    """Equal texts and near-duplicates of an evaluation text are removed, counted and named."""
    found = without_contamination([example(text)], [evaluation(LONG, "you fool")])
    assert found.kept == ()
    assert found.counts() == {"made up": {"held out": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "you fool, said nobody at all today",
        "The quick brown fox jumps over a fence and is gone now",
    ],
)
def test_other_texts_stay(text: str) -> None:
    """A text that shares a few words with an evaluation text is no duplicate of it."""
    found = without_contamination([example(text)], [evaluation(LONG, "you fool")])
    assert [kept.text for kept in found.kept] == [text]
    assert found.counts() == {}


def test_shingles_ignore_case_and_punctuation() -> None:
    """Two writings of one sentence have the same shingles."""
    assert shingles("One, two; three four FIVE six.") == {"one two three four five six"}


def test_a_set_without_a_licence_is_refused() -> None:
    """No weights are trained on data that may not be passed on."""
    source = replace(data.SOURCES[0], licence="none stated")
    with pytest.raises(data.LicenceError, match="none stated"):
        data.read_source(source, Path())


def test_every_source_may_ship() -> None:
    """Each set of the shipped weights has a licence that allows it."""
    assert {source.licence for source in data.SOURCES} <= data.SHIPPABLE_LICENCES
    assert "olid" not in {source.folder for source in data.SOURCES}


def test_the_sample_reader_keeps_its_held_out_part_out(tmp_path: Path) -> None:
    """The reader gives only texts outside the held-out splits, with their gold label."""
    texts = [f"comment number {number} about the talk page" for number in range(60)]
    with (tmp_path / "toxic_comments.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", "text", "toxic"])
        writer.writerows([number, text, number % 2] for number, text in enumerate(texts))
    read = list(data.read_jigsaw_sample(tmp_path))
    kept_out = {t for t in texts if data.is_jigsaw_test(t) or data.is_jigsaw_calibration(t)}
    assert {one.text for one in read} == set(texts) - kept_out
    assert 0 < len(kept_out) < len(texts)
    assert {one.labels[0] for one in read} == {0.0, 1.0}


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the shared data sets are not here")
@pytest.mark.parametrize("source", data.SOURCES, ids=lambda source: source.name)
def test_the_real_sets_can_be_read(source: data.Source) -> None:
    """Each reader gives texts with shares between 0 and 1, from files that are there."""
    read = data.read_source(source, SHARED_DATA)
    assert read
    for one in random.Random(1).sample(read, min(50, len(read))):
        assert one.text.strip()
        assert all(value is None or 0.0 <= value <= 1.0 for value in one.labels)


def test_long_texts_are_cut_into_pieces_without_loss() -> None:
    """The pieces of a long text hold its words in order; a short text is one piece."""
    words = [f"word{number}" for number in range(200)]
    cut = pieces(" ".join(words))
    assert " ".join(cut).split() == words
    assert len(cut) > 1
    assert pieces("a short text") == ["a short text"]


def test_splits_do_not_depend_on_the_writing() -> None:
    """Two writings of one text are on the same side of a split."""
    assert bucket("You fool!", "x") == bucket("you fool", "x")
    assert bucket("You fool!", "x") != bucket("You fool!", "y")


def test_doubles_are_dropped() -> None:
    """Of two texts that differ in punctuation only, the first stays."""
    assert len(distinct([example(LONG), example(LONG + "!"), example("other")])) == 2


def test_unknown_labels_are_refused() -> None:
    """A misspelt label in a reader does not pass silently."""
    with pytest.raises(ValueError, match="toxcity"):
        labels_of(toxcity=1.0)


def test_the_teacher_fills_gaps_at_half_weight() -> None:
    """Gold stays gold, a share of it goes to the teacher where asked, and gaps count half."""
    given = Example(
        text="t", labels=labels_of(toxicity=1.0), source="s", teacher_share=0.25, weight=2.0
    )
    made = targets([given, example("clean")], lambda texts: dict.fromkeys(texts, [0.2] * 6))
    assert made.values[0] == pytest.approx((0.8, 0.2, 0.2, 0.2, 0.2, 0.2))
    assert made.weights[0] == pytest.approx((2.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert made.values[1] == (0.0,) * len(LABELS)


def test_generated_texts_come_out_the_same() -> None:
    """The same seed makes the same sentences, another seed others."""
    first = augment.generated(1, scale=0.02)
    assert first == augment.generated(1, scale=0.02)
    assert first != augment.generated(2, scale=0.02)
    assert all("{" not in one.text for one in first)


def test_counterfactual_pairs_differ_in_the_identity_only() -> None:
    """The two sentences of a pair are one template with two identities."""
    pairs = augment.counterfactual_pairs(3, per_template=5)
    assert len(pairs) > 30
    for one, other in pairs:
        assert one != other
        assert set(one.lower().split()) & set(other.lower().split())


def test_identities_are_swapped_with_their_labels_kept() -> None:
    """A real sentence with another identity keeps its labels."""
    texts = [example(f"My muslim neighbour number {number} is kind") for number in range(5)]
    swapped = augment.swapped_identities(texts, seed=1, count=5)
    assert all("neighbour number" in one.text for one in swapped)
    assert {one.labels for one in swapped} == {all_labels(0.0)}
    assert any("muslim" not in one.text for one in swapped)


def test_disguises_are_made_of_toxic_and_of_clean_texts() -> None:
    """Both kinds are disguised alike, so that a disguise is not itself a sign of abuse."""
    toxic = [example(f"you are a glorbly person number {number}", 1.0) for number in range(20)]
    clean = [example(f"what a lovely evening it was, number {number}") for number in range(20)]
    made = augment.disguised([*toxic, *clean], seed=1, count=40)
    assert {one.labels[0] for one in made} == {0.0, 1.0}
    assert "glorbly" in augment.telling_words([*toxic, *clean])
    assert any("glorbly" not in one.text for one in made if one.labels[0] == 1.0)


def test_every_template_can_be_filled() -> None:
    """Each family has templates of both kinds, and every slot in them is known."""
    for family in augment.FAMILIES:
        assert family.templates
        assert family.held_out
        assert not set(family.templates) & set(family.held_out)
        for template in (*family.templates, *family.held_out):
            assert set(re.findall(r"\{(\w+)\}", template)) <= set(augment.FIELDS), template


def test_twins_differ_in_the_identity_only() -> None:
    """Generated twins have the same labels and are given to training as pairs."""
    made = augment.generated(4, scale=0.02)
    goals = targets(made, lambda _: {})
    assert len(goals.twins) > 20
    for one, other in goals.twins:
        assert made[one].twin == made[other].twin
        assert made[one].labels == made[other].labels
        assert made[one].text != made[other].text


def test_generated_sentences_are_put_among_real_ones() -> None:
    """The sentence and its labels stay; what is around it is harmless."""
    around = [example(f"what a lovely evening it was, number {number}") for number in range(9)]
    bad = example("you are a glorbly person", 1.0)
    for one in augment.in_context(around, [bad] * 5, seed=1, count=5):
        assert bad.text in one.text
        assert "lovely evening" in one.text
        assert one.labels == bad.labels


def test_a_rehearsal_keeps_shares_and_pairs() -> None:
    """Shares of the sets and of what was made stay; some sources whole; twins with each other."""
    examples = tuple(
        Example(
            text=f"{source} {number}",
            labels=labels_of(toxicity=0.0),
            source=source,
            twin=f"pair {number // 2}" if source == "generated_threats" else "",
        )
        for source in ("civil_comments", "generated_threats", "wiki_context")
        for number in range(400)
    )
    whole = Corpus(examples=examples, removed={}, counts={})
    kept = rehearsed(whole, 0.3, 0.5)
    assert 80 < kept.counts["civil_comments"] < 160
    assert 140 < kept.counts["generated_threats"] < 260
    assert kept.counts["wiki_context"] == 400
    twins = Counter(example.twin for example in kept.examples if example.twin)
    assert set(twins.values()) == {2}


def test_composed_comments_hold_whole_sentences() -> None:
    """A comment is made of sentences of the set, abusive ones among them in some."""
    sentences = [
        Example(text=f"{kind} sentence {n} .", labels=labels_of(toxicity=value), source=SENTENCES)
        for kind, value in (("good", 0.0), ("bad", 1.0))
        for n in range(20)
    ]
    made = composed(sentences, 5, 200)
    assert [example.text for example in composed(sentences, 5, 200)] == [e.text for e in made]
    assert all(example.labels == NO_LABELS and example.text.endswith(".") for example in made)
    assert 50 < sum("bad" in example.text for example in made) < 120
    assert composed(sentences[:20], 5, 200) == []


def test_marks_are_clean_and_without_words() -> None:
    """Rows of marks and figures are made with every label 0."""
    made = marks(3, 300)
    assert all(example.labels == all_labels(0.0) for example in made)
    assert any(set(example.text) == {"?"} for example in made)
    assert not any(re.search("[A-CE-Za-z]", example.text) for example in made)  # ':D' is a face


def test_the_written_sentences_are_no_training_templates() -> None:
    """What was written one by one to be measured comes from no template."""
    found = without_contamination(augment.generated(5, scale=0.05), [functions()])
    assert not found.removed
    assert len(functions().texts) > 100
