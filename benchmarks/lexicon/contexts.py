"""How many terms are marked as mentioned or reclaimed: in cases of our own, and in labelled texts.

Nobody has labelled mentions in real comments. What can be seen there is whether terms are marked
more often in texts that people found harmless than in those that they found hateful.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.lexicon.texts import CASES, SHARED
from moderation.lexicon import Lexicon
from moderation.records import TermMatch

MARKS: Final = frozenset({"mentioned", "reclaimed"})
PLAIN: Final = "plain"
SEVEREST_NOT_COUNTED: Final = 1
"""Mild terms stand in harmless texts for their own sake."""


class LabelledSet(NamedTuple):
    """A file of comments, its columns, and which of its labels mean what."""

    path: str
    text: str
    label: str
    hateful: str
    harmless: str


LABELLED_SETS: Final = (
    LabelledSet("hatemoji/HatemojiCheck_test.csv", "text", "label_gold", "1", "0"),
    LabelledSet("hatemoji/HatemojiBuild_train.csv", "text", "label_gold", "1", "0"),
    LabelledSet("davidson_hate_offensive/labeled_data.csv", "tweet", "class", "0", "2"),
    LabelledSet("hatexplain_derived/f9f5950_train.tsv", "text", "label", "hatespeech", "normal"),
    LabelledSet("surge_toxicity/toxicity_en.csv", "text", "is_toxic", "Toxic", "Not Toxic"),
    LabelledSet("wiki_context_toxicity/gc.csv", "text", "label", "1", "0"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One of our texts, and the terms that stand in it with what they do there."""

    language: str
    text: str
    finds: tuple[tuple[str, str], ...]

    @property
    def is_abuse(self) -> bool:
        """Whether no term in it may be marked."""
        return all(context == PLAIN for _, context in self.finds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """How many of the terms in some texts are marked."""

    name: str
    marked: int
    terms: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.marked / max(1, self.terms)


def context_cases(name: str = "contexts.csv") -> list[Case]:
    """The cases of a file: language, text, and ``term = context`` with a bar between them."""
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return [
            Case(language=row["language"], text=row["text"], finds=_finds(row["finds"]))
            for row in csv.DictReader(file)
        ]


def _finds(cell: str) -> tuple[tuple[str, str], ...]:
    pairs = (find.rpartition(" = ") for find in cell.split(" | ") if find)
    return tuple((term, context) for term, _, context in pairs)


def contexts_in(lexicon: Lexicon, case: Case) -> tuple[tuple[str, str], ...]:
    """What the lexicon makes of the terms that a case names."""
    named = {term for term, _ in case.finds}
    matches = lexicon.find(case.text, include_ambiguous=True)
    return tuple((m.text, m.context or PLAIN) for m in matches if m.text in named)


def measure_cases(lexicon: Lexicon, cases: Sequence[Case]) -> Iterator[Marked]:
    """Of each language's cases: how many are read rightly, mentions and abuse by themselves."""
    for language in sorted({case.language for case in cases}):
        for is_abuse, what in ((False, "mentioned or reclaimed"), (True, "abuse")):
            some = [c for c in cases if (c.language, c.is_abuse) == (language, is_abuse)]
            right = sum(contexts_in(lexicon, case) == case.finds for case in some)
            yield Marked(name=f"{language}, {what}", marked=right, terms=len(some))


def measure_labelled(lexicon: Lexicon) -> Iterator[tuple[Marked, Marked]]:
    """Of the terms in harmless texts and in hateful ones: how many are marked."""
    for labelled in LABELLED_SETS:
        path = SHARED / labelled.path
        if path.is_file():
            harmless, hateful = (
                _marked(lexicon, labelled.path, _texts(path, labelled, label))
                for label in (labelled.harmless, labelled.hateful)
            )
            yield harmless, hateful


def _texts(path: Path, labelled: LabelledSet, label: str) -> list[str]:
    csv.field_size_limit(sys.maxsize)
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=delimiter)
        return [row[labelled.text] for row in rows if row[labelled.label] == label]


def _marked(lexicon: Lexicon, name: str, texts: Sequence[str]) -> Marked:
    terms = [match for found in lexicon.find_all(texts) for match in found if _counts(match)]
    marked = sum(match.context in MARKS for match in terms)
    return Marked(name=name, marked=marked, terms=len(terms))


def _counts(match: TermMatch) -> bool:
    return match.severity > SEVEREST_NOT_COUNTED
