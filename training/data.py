"""One reader for each data set: rows in, examples out, and whether the licence lets weights ship.

The readers map each set's own labels to the six of Detoxify. A set that was never labelled for
something leaves it open (None); ``teacher.py`` fills it in.
"""

from __future__ import annotations

import csv
import hashlib
import html
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from training.examples import (
    LABELS,
    NO_LABELS,
    EvaluationSet,
    Example,
    Labels,
    all_labels,
    bucket,
    labels_of,
    pieces,
)

csv.field_size_limit(2**31 - 1)

SHIPPABLE_LICENCES = frozenset({"CC0-1.0", "MIT", "CC-BY-4.0", "Apache-2.0", "Jigsaw (CC0-1.0)"})
"""Licences under which a set may go into weights that are given away."""


class LicenceError(ValueError):
    """A set was asked for whose licence does not allow shipped weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One data set for training: where it is, its licence, and its reader."""

    name: str
    folder: str
    licence: str
    about: str
    files: tuple[str, ...]
    read: Callable[[Path], Iterable[Example]]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV or TSV file (by its ending) with a header, every cell as text."""
    # HateXplain's posts hold single quotation marks that quote nothing.
    bare = "hatexplain" in str(path)
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        if bare:
            return list(csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))
        return list(csv.DictReader(file, delimiter=delimiter))


# --- held-out parts: a share of some sets, chosen by hash, that is only measured ----------------


def is_jigsaw_test(text: str) -> bool:
    """Say whether a comment of the Jigsaw sample is kept for measuring (two in five)."""
    return bucket(text, "jigsaw") < 0.4


def is_jigsaw_calibration(text: str) -> bool:
    """Say whether a comment of the Jigsaw sample is kept for calibration (one in five)."""
    return 0.4 <= bucket(text, "jigsaw") < 0.6


def is_annotator_test(text: str) -> bool:
    """Say whether a text of the annotator sample is kept for measuring (half of them)."""
    return bucket(text, "annotators") < 0.5


def is_annotator_calibration(text: str) -> bool:
    """Say whether a text of the annotator sample is kept for calibration (one in five)."""
    return 0.5 <= bucket(text, "annotators") < 0.7


def is_wiki_test(text: str) -> bool:
    """Say whether a talk-page comment is kept for measuring (three in twenty)."""
    return bucket(text, "wiki") < 0.15


def is_disguise_test(text: str) -> bool:
    """Say whether a human misspelling is kept for measuring (one in three)."""
    return bucket(text, "noisy") < 0.33


HELD_OUT_IDENTITIES = frozenset(
    """lesbian bisexual jewish sikh african hispanic chinese blind deaf older trans catholic
    african\u00a0american middle\u00a0eastern""".replace("\u00a0", "_").split()
)
"""Identities of the templates that are only measured; spaces written as underscores."""

HELD_OUT_TEMPLATES = frozenset({"being_adj", "am_hate_adj"})
"""Kinds of template that are only measured."""


def is_template_test(row: dict[str, str]) -> bool:
    """Say whether a row of the identity templates is kept for measuring."""
    words = row["phrase"].lower().split()
    pairs = {"_".join(pair) for pair in pairwise(words)}
    held_out = HELD_OUT_IDENTITIES & (set(words) | pairs)
    return row["template"] in HELD_OUT_TEMPLATES or bool(held_out)


# --- readers ------------------------------------------------------------------------------------


def _in_pieces(
    text: str, labels: Labels, source: str, share: float, **more: float
) -> Iterator[Example]:
    parts = pieces(text)
    toxic = (labels[0] or 0.0) > 0.2
    for part in parts[:3]:
        # A toxic comment's pieces are not all toxic: there the teacher says which.
        piece_share = 0.75 if toxic and len(parts) > 1 else share
        yield Example(
            text=part,
            labels=labels,
            source=source,
            teacher_share=piece_share,
            weight=more.get("weight", 1.0),
        )


def read_jigsaw_sample(folder: Path) -> Iterator[Example]:
    """Wikipedia talk comments with one gold label, less the parts held out."""
    for row in read_rows(folder / "toxic_comments.csv"):
        text = row["text"]
        if bucket(text, "jigsaw") >= 0.6:
            gold = labels_of(toxicity=float(row["toxic"]))
            yield from _in_pieces(text, gold, "jigsaw_sample", 0.5, weight=1.5)


def read_perspective(folder: Path) -> Iterator[Example]:
    """Wikipedia talk comments with another model's scores on all six labels."""
    columns = (
        "TOXICITY@6",
        "SEVERE_TOXICITY@2",
        "PROFANITY",
        "THREAT",
        "INSULT",
        "IDENTITY_ATTACK",
    )
    for row in read_rows(folder / "perspective_wikipedia_2k_score_sample_20180829.csv"):
        scores = tuple(float(row[column]) for column in columns)
        yield from _in_pieces(row["comment_text"], scores, "perspective", 0.4, weight=1.2)


def read_annotators(folder: Path) -> Iterator[Example]:
    """Talk comments as the share of raters that saw each of four kinds of abuse."""
    for text, gold in annotator_texts(folder):
        if bucket(text, "annotators") >= 0.7:
            yield from _in_pieces(text, gold, "annotators", 0.2, weight=1.5)


def annotator_texts(folder: Path) -> Iterator[tuple[str, Labels]]:
    """Yield each text of the annotator sample with the share of its raters for each label."""
    texts = {
        r["_unit_id"]: r["comment_text"] for r in read_rows(folder / "sample_comment_text.csv")
    }
    votes: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_rows(folder / "sample_training_data.csv"):
        votes[row["_unit_id"]].append(row)
    columns = {"obscene": "obscene", "threat": "threat", "insult": "insult"}
    columns["identity_attack"] = "identity_hate"
    for unit, rows in votes.items():
        if unit in texts:
            shares = {
                label: sum(float(row[column]) for row in rows) / len(rows)
                for label, column in columns.items()
            }
            any_kind = sum(
                any(float(row[column]) > 0 for column in columns.values()) for row in rows
            ) / len(rows)
            yield texts[unit], labels_of(toxicity=any_kind, **shares)


def read_wiki_context(folder: Path) -> Iterator[Example]:
    """Talk comments at nearly their natural rate of abuse: label, Perspective's score."""
    for name in ("gc.csv", "gn.csv"):
        for row in read_rows(folder / name):
            text, score = row["text"], float(row["api"] or 0)
            # Most are plainly clean; half of those are enough to learn from.
            if is_wiki_test(text) or (score < 0.08 and bucket(text, "thin") > 0.5):
                continue
            toxic = float(row["label"])
            soft = max(0.7, score) if toxic else 0.6 * score
            yield from _in_pieces(text, labels_of(toxicity=soft), "wiki_context", 0.5)


def read_wiki_parents(folder: Path) -> Iterator[Example]:
    """Talk comments that were answered, without labels: the teacher's judgement."""
    for row in read_rows(folder / "gc.csv"):
        if not is_wiki_test(row["parent"]):
            yield from _in_pieces(row["parent"], NO_LABELS, "wiki_parents", 1.0, weight=2.0)


def read_debiasing(folder: Path) -> Iterator[Example]:
    """Sentences of Wikipedia articles, many of them about identities, none of them toxic."""
    for name, share in (
        ("toxicity_debiasing_data.tsv", 0.5),
        ("toxicity_debiasing_data_random.tsv", 0.2),
    ):
        for row in read_rows(folder / name):
            if bucket(row["comment"], "debias") < share:
                yield from list(_in_pieces(row["comment"], all_labels(0.0), "debiasing", 0.0))[:1]


def read_templates(folder: Path) -> Iterator[Example]:
    """A sample of the identity templates, as many toxic as not, without those held out."""
    shares = {"name_adj": 0.018, "verb_adj": 0.6, "you_occupation": 0.4, "you_are_adj": 0.3}
    for row in read_rows(folder / "en_sentence_templates.csv"):
        share = shares.get(row["template"], 0.0)
        if not is_template_test(row) and bucket(row["phrase"], "templates") < share:
            toxic = row["toxicity"] == "toxic"
            labels = labels_of(toxicity=0.9, obscene=0.1) if toxic else all_labels(0.0)
            yield Example(text=row["phrase"], labels=labels, source="templates", weight=0.7)


def read_civil(folder: Path) -> Iterator[Example]:
    """Newspaper comments: the share of raters who marked a passage, and as what."""
    kept_out = civil_test_texts(folder)
    for text, gold in civil_texts(folder):
        if text.strip() not in kept_out:
            # Every one of them was called toxic once, by other raters: an unmarked one is doubtful.
            softened = (0.15 + 0.8 * (gold[0] or 0.0), *gold[1:])
            yield from _in_pieces(text, softened, "civil_comments", 0.15)


def civil_test_texts(folder: Path) -> set[str]:
    """Give the texts of the span evaluation, which are a part of the whole set."""
    names = ("tsd_test.csv", "tsd_test_official.csv")
    return {row["text"].strip() for name in names for row in read_rows(folder / name)}


def civil_texts(folder: Path) -> Iterator[tuple[str, Labels]]:
    """Yield each newspaper comment with the share of its raters who marked each kind of abuse."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in read_rows(folder / "spans.csv"):
        kinds[row["annotation"]].add(row["type"])
    raters: dict[str, list[set[str]]] = defaultdict(list)
    for row in read_rows(folder / "annotations.csv"):
        raters[row["comment_id"]].append(kinds.get(row["annotation"], set()))
    names = {
        "insult": "Insult",
        "obscene": "Profane/Obscene",
        "threat": "Threat",
        "identity_attack": "Identity based Attack",
    }
    for row in read_rows(folder / "comments.csv"):
        marks = raters.get(row["comment_id"])
        if marks:
            share = sum(bool(mark) for mark in marks) / len(marks)
            known = {
                label: sum(kind in mark for mark in marks) / len(marks)
                for label, kind in names.items()
            }
            yield row["comment_text"], labels_of(toxicity=share, **known)


def read_snlp(folder: Path) -> Iterator[Example]:
    """Single sentences of Jigsaw comments, labelled partly by a classifier."""
    for name in ("dev_toxic", "test_10k_toxic", "dev_normal", "test_10k_normal"):
        toxic = 1.0 if name.endswith("toxic") else 0.0
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            gold = (
                labels_of(toxicity=toxic) if toxic else labels_of(toxicity=0.0, severe_toxicity=0.0)
            )
            yield Example(text=line, labels=gold, source="jigsaw_sentences", teacher_share=0.7)


def read_noisy_sentences(folder: Path) -> Iterator[Example]:
    """Sentences of newspaper comments without labels: the teacher's judgement."""
    for line in (folder / "clean_sentences_jig.txt").read_text(encoding="utf-8").splitlines():
        yield Example(text=line, labels=NO_LABELS, source="noisy_sentences", weight=0.6)


def read_noisy_pairs(folder: Path) -> Iterator[Example]:
    """Toxic newspaper comments as written and as misspelt by people, with raters' shares."""
    for clean, noisy, gold in noisy_pairs(folder):
        if not is_disguise_test(clean):
            yield Example(text=clean, labels=gold, source="noisy_pairs")
            yield Example(text=noisy, labels=gold, source="noisy_pairs")


def noisy_pairs(folder: Path) -> Iterator[tuple[str, str, Labels]]:
    """Yield clean text, misspelt text and labels."""
    for row in read_rows(folder / "test_set_with_perturbations.csv"):
        gold = tuple(float(row[label]) for label in LABELS)
        yield row["clean_version"], row["perturbed_version"], gold


def read_hatemoji(folder: Path) -> Iterator[Example]:
    """Adversarial sentences with emoji, each hateful one beside its nearest harmless one."""
    for name in ("train", "validation", "test"):
        for row in read_rows(folder / f"HatemojiBuild_{name}.csv"):
            if row["label_gold"] == "0":
                gold = labels_of(
                    toxicity=0.08, severe_toxicity=0.0, threat=0.0, insult=0.0, identity_attack=0.03
                )
            else:
                threat = 0.9 if row["type"] == "threateninglanguage" else 0.05
                severe = 0.3 if threat > 0.5 else 0.1
                gold = labels_of(
                    toxicity=0.95,
                    severe_toxicity=severe,
                    threat=threat,
                    insult=0.5,
                    identity_attack=0.92,
                )
            yield Example(text=row["text"], labels=gold, source="hatemoji")


def read_hatexplain(folder: Path) -> Iterator[Example]:
    """Posts of two social networks by majority label; noisy where slurs are reclaimed."""
    gold = {
        "normal": labels_of(toxicity=0.12, identity_attack=0.05, threat=0.0),
        "offensive": labels_of(toxicity=0.8, insult=0.5),
        "hatespeech": labels_of(toxicity=0.95, identity_attack=0.85),
    }
    seen: set[str] = set()
    for path in sorted(folder.glob("*_*.tsv")):
        for row in read_rows(path):
            text = row["text"]
            if text and text not in seen and row["label"] in gold:
                seen.add(text)
                yield Example(text=text, labels=gold[row["label"]], source="hatexplain", weight=0.5)


def read_davidson(folder: Path) -> Iterator[Example]:
    """Tweets by the share of raters who found them hateful or offensive; a sample of the latter."""
    for row in read_rows(folder / "labeled_data.csv"):
        text, raters = html.unescape(row["tweet"]), float(row["count"])
        if row["class"] == "1" and bucket(text, "davidson") > 0.2:
            continue
        hate = float(row["hate_speech"]) / raters
        offensive = float(row["offensive_language"]) / raters
        gold = labels_of(
            toxicity=min(1.0, 0.95 * hate + 0.75 * offensive), identity_attack=0.85 * hate
        )
        yield Example(text=text, labels=gold, source="davidson", weight=0.4, teacher_share=0.2)


def read_moderated(folder: Path) -> Iterator[Example]:
    """Newspaper comments with the raters' shares on all six labels."""
    for row in read_rows(folder / "weighted_train_small.csv"):
        shares = tuple(
            float(row["target" if label == "toxicity" else label] or 0) for label in LABELS
        )
        yield Example(text=row["comment_text"], labels=shares, source="civil_moderated")


SOURCES = (
    Source(
        name="jigsaw_sample",
        folder="jigsaw2018_train_sample_5k",
        licence="Jigsaw (CC0-1.0)",
        about="Wikipedia talk comments",
        files=("toxic_comments.csv",),
        read=read_jigsaw_sample,
    ),
    Source(
        name="perspective",
        folder="perspective_wikipedia_2k",
        licence="Apache-2.0",
        about="Wikipedia talk comments with Perspective's scores",
        files=("perspective_wikipedia_2k_score_sample_20180829.csv",),
        read=read_perspective,
    ),
    Source(
        name="annotators",
        folder="wiki_annotator_sample",
        licence="Apache-2.0",
        about="Wikipedia talk comments with each rater's vote",
        files=(
            "sample_comment_text.csv",
            "sample_training_data.csv",
        ),
        read=read_annotators,
    ),
    Source(
        name="wiki_context",
        folder="wiki_context_toxicity",
        licence="Apache-2.0",
        about="Wikipedia talk comments at a natural base rate",
        files=(
            "gc.csv",
            "gn.csv",
        ),
        read=read_wiki_context,
    ),
    Source(
        name="wiki_parents",
        folder="wiki_context_toxicity",
        licence="Apache-2.0",
        about="Wikipedia talk comments that were answered, unlabelled",
        files=("gc.csv",),
        read=read_wiki_parents,
    ),
    Source(
        name="debiasing",
        folder="wiki_unintended_bias",
        licence="CC-BY-4.0",
        about="Wikipedia article sentences",
        files=(
            "toxicity_debiasing_data.tsv",
            "toxicity_debiasing_data_random.tsv",
        ),
        read=read_debiasing,
    ),
    Source(
        name="templates",
        folder="wiki_unintended_bias",
        licence="CC-BY-4.0",
        about="identity templates (a sample)",
        files=("en_sentence_templates.csv",),
        read=read_templates,
    ),
    Source(
        name="civil_comments",
        folder="civil_toxic_spans",
        licence="CC0-1.0",
        about="newspaper comments, all called toxic",
        files=(
            "comments.csv",
            "annotations.csv",
            "spans.csv",
        ),
        read=read_civil,
    ),
    Source(
        name="jigsaw_sentences",
        folder="jigsaw_snlp_detox_sentences",
        licence="Jigsaw (CC0-1.0)",
        about="sentences of Jigsaw comments",
        files=(
            "dev_toxic",
            "dev_normal",
            "test_10k_toxic",
            "test_10k_normal",
        ),
        read=read_snlp,
    ),
    Source(
        name="noisy_sentences",
        folder="adv_noisyhate",
        licence="MIT",
        about="sentences of newspaper comments, unlabelled",
        files=("clean_sentences_jig.txt",),
        read=read_noisy_sentences,
    ),
    Source(
        name="noisy_pairs",
        folder="adv_noisyhate",
        licence="MIT",
        about="human misspellings of toxic comments",
        files=("test_set_with_perturbations.csv",),
        read=read_noisy_pairs,
    ),
    Source(
        name="hatemoji",
        folder="hatemoji",
        licence="CC-BY-4.0",
        about="adversarial sentences with emoji",
        files=(
            "HatemojiBuild_train.csv",
            "HatemojiBuild_validation.csv",
            "HatemojiBuild_test.csv",
        ),
        read=read_hatemoji,
    ),
    Source(
        name="hatexplain",
        folder="hatexplain_derived",
        licence="MIT",
        about="posts of two social networks",
        files=(
            "a885bc6_train.tsv",
            "dad5907_train.tsv",
            "f9f5950_train.tsv",
        ),
        read=read_hatexplain,
    ),
    Source(
        name="davidson",
        folder="davidson_hate_offensive",
        licence="MIT",
        about="tweets",
        files=("labeled_data.csv",),
        read=read_davidson,
    ),
    Source(
        name="civil_moderated",
        folder="civil_comments_moderated_sample",
        licence="MIT",
        about="newspaper comments with shares on all labels",
        files=("weighted_train_small.csv",),
        read=read_moderated,
    ),
)
"""Every set that goes into the shipped weights."""


def read_source(source: Source, data: Path) -> list[Example]:
    """Read one training set.

    Raises LicenceError for a set whose licence does not allow its use in shipped weights, and
    FileNotFoundError when its files are not there.
    """
    if source.licence not in SHIPPABLE_LICENCES:
        raise LicenceError(
            f"{source.name}: licence {source.licence!r} does not allow shipped weights; "
            f"allowed are {', '.join(sorted(SHIPPABLE_LICENCES))}"
        )
    found = []
    for example in source.read(data / source.folder):
        if example.text.strip():
            found.append(example)
    return found


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def data_hashes(data: Path) -> dict[str, str]:
    """Give the SHA-256 of every file that training reads, by its path below ``data``."""
    names = sorted({f"{source.folder}/{name}" for source in SOURCES for name in source.files})
    return {name: file_hash(data / name) for name in names}


# --- evaluation sets ----------------------------------------------------------------------------


def evaluation_sets(data: Path) -> list[EvaluationSet]:
    """Read every set that is measured and never learnt from, the calibration parts included."""
    return [
        *_jigsaw_sets(data),
        *_annotator_sets(data),
        *_wiki_sets(data),
        *_other_sets(data),
        _templates(data),
    ]


def _set(name: str, rows: Iterable[tuple[str, Labels]], note: str) -> EvaluationSet:
    kept = [(text, gold) for text, gold in rows if text.strip()]
    return EvaluationSet(
        name=name,
        texts=tuple(text for text, _ in kept),
        gold=tuple(gold for _, gold in kept),
        licence_note=note,
    )


def _jigsaw_sets(data: Path) -> list[EvaluationSet]:
    rows = [
        (r["text"], labels_of(toxicity=float(r["toxic"])))
        for r in read_rows(data / "jigsaw2018_train_sample_5k/toxic_comments.csv")
    ]
    note = "Jigsaw 2018 sample, split by hash"
    return [
        _set("jigsaw_heldout", (r for r in rows if is_jigsaw_test(r[0])), note),
        _set("jigsaw_calibration", (r for r in rows if is_jigsaw_calibration(r[0])), note),
    ]


def _annotator_sets(data: Path) -> list[EvaluationSet]:
    rows = list(annotator_texts(data / "wiki_annotator_sample"))
    note = "Jigsaw annotators' votes, split by hash; gold is the share of raters"
    return [
        _set("annotators_heldout", (r for r in rows if is_annotator_test(r[0])), note),
        _set("annotators_calibration", (r for r in rows if is_annotator_calibration(r[0])), note),
    ]


def _wiki_sets(data: Path) -> list[EvaluationSet]:
    rows = [
        (r["text"], labels_of(toxicity=float(r["label"])))
        for name in ("gc.csv", "gn.csv")
        for r in read_rows(data / "wiki_context_toxicity" / name)
        if is_wiki_test(r["text"])
    ]
    return [_set("wiki_context_heldout", rows, "Wikipedia talk comments at a natural base rate")]


def _other_sets(data: Path) -> list[EvaluationSet]:
    bias = data / "wiki_unintended_bias"
    sets = []
    for name in ("nonfuzzed", "fuzzed"):
        rows = [
            (r["comment"], labels_of(toxicity=float(r["toxic"] == "True")))
            for r in read_rows(bias / f"toxicity_{name}_testset.csv")
        ]
        sets.append(
            _set(f"wiki_{name}", rows, "Wikipedia comments; fuzzed: identity terms swapped")
        )
    surge = [
        (r["text"], labels_of(toxicity=float(r["is_toxic"] == "Toxic")))
        for r in read_rows(data / "surge_toxicity/toxicity_en.csv")
    ]
    sets.append(_set("surge_toxicity", surge, "MIT, social media"))
    check = [
        (
            r["text"],
            labels_of(toxicity=float(r["label_gold"]), identity_attack=float(r["label_gold"])),
        )
        for r in read_rows(data / "hatemoji/HatemojiCheck_test.csv")
    ]
    sets.append(_set("hatemojicheck", check, "CC-BY-4.0, functional tests with emoji"))
    pairs = [pair for pair in noisy_pairs(data / "adv_noisyhate") if is_disguise_test(pair[0])]
    sets.append(_set("disguise_clean", ((p[0], p[2]) for p in pairs), "MIT, as written"))
    sets.append(_set("disguise_misspelt", ((p[1], p[2]) for p in pairs), "MIT, misspelt by people"))
    civil = data / "civil_toxic_spans"
    spans = civil_test_texts(civil)
    gold_of = {text.strip(): gold for text, gold in civil_texts(civil)}
    rows = [(text, gold_of.get(text, NO_LABELS)) for text in sorted(spans)]
    sets.append(_set("civil_heldout", rows, "CC0, newspaper comments of the span evaluation"))
    return sets


def _templates(data: Path) -> EvaluationSet:
    rows = [
        r
        for r in read_rows(data / "wiki_unintended_bias/en_sentence_templates.csv")
        if is_template_test(r) and bucket(r["phrase"], "template test") < 0.25
    ]
    gold = tuple(labels_of(toxicity=float(r["toxicity"] == "toxic")) for r in rows)
    return EvaluationSet(
        name="templates_heldout",
        texts=tuple(r["phrase"] for r in rows),
        gold=gold,
        licence_note="CC-BY-4.0, identities and templates held out",
        groups=tuple(_identity_of(r) for r in rows),
    )


def _identity_of(row: dict[str, str]) -> str:
    words = row["phrase"].lower().split()
    pairs = ["_".join(pair) for pair in pairwise(words)]
    for word in [*pairs, *words]:
        if word in HELD_OUT_IDENTITIES:
            return word
    return "other"
