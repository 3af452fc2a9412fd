"""What of a queue's rows decisions do not change, prepared when filters first ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

from moderation.review_queue.cells import show_invisible
from moderation.review_queue.columns import LABELS

if TYPE_CHECKING:
    import polars

_HIDDEN: Final = r"⟦U\+(?:00AD|034F|200[B-F]|202[A-E]|206[0-9A-F]|FEFF)⟧"
"""Characters that can hide a word from a search, as the queue writes them out."""

_SAME: Final = {"ß": "ss", "ς": "σ"}
"""Small letters that have one capital letter in common with others."""


@dataclass(frozen=True, kw_only=True)
class RowEvidence:
    """What the scores file says of the queue's rows, in columns for filters.

    ``reasons`` has the columns ``row`` (a place in the queue) and ``code``, ``targets`` has ``row``
    and ``target``; each pair is there once. ``severity`` (0 where no term was found) and ``start``
    (the place in the page, null where it is not known) have one number a row, ``scores`` one column
    for each label of which the queue has none. ``thresholds`` are those by which rows were
    flagged, by label.
    """

    reasons: polars.DataFrame
    targets: polars.DataFrame
    severity: polars.Series
    start: polars.Series
    scores: polars.DataFrame
    thresholds: Mapping[str, float] = field(default_factory=dict)


class FixedRows:
    """The cells of all rows but for those that people fill, in the order of the file."""

    def __init__(self, frame: polars.DataFrame) -> None:
        self.frame = frame
        self.evidence: RowEvidence | None = None
        self._scores: dict[str, polars.Series] = {}
        self._preparing = Lock()

    def __len__(self) -> int:
        return self.frame.height

    def cells(self, column: str) -> polars.Series:
        """The cells of one column, as they stand in the file."""
        return self.frame[column]

    @cached_property
    def haystack(self) -> polars.Series:
        """What a search looks through, in small letters: text, author and page."""
        import polars  # noqa: PLC0415 - half of the start-up time

        joined = polars.concat_str("text", "author", "source", separator="\n").alias("all")
        return small_letters(self.frame.select(joined)["all"])

    @cached_property
    def same_text(self) -> polars.Series:
        """A number that is the same for texts that are equal but for case and spacing."""
        plain = small_letters(self.frame["text"]).str.replace_all(r"\s+", " ").str.strip_chars()
        return plain.hash()

    @cached_property
    def page_number(self) -> polars.Series:
        """The number that the page gives each comment, for sorting: ``3 › 12`` behind ``3 › 2``."""
        import polars  # noqa: PLC0415

        numbers = self.frame["number"].str.extract_all(r"\d+")
        return numbers.list.eval(polars.element().str.zfill(8)).list.join(" ")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of which the queue has scores."""
        return tuple(name for name in LABELS if (self.frame[name] != "").any())

    def score(self, label: str) -> polars.Series | None:
        """The scores of a label, null where there is none; None where the label is unknown."""
        import polars  # noqa: PLC0415

        if label in self.labels:
            if label not in self._scores:
                cells = self.frame[label].str.replace(",", ".", literal=True)
                self._scores[label] = cells.cast(polars.Float64, strict=False)
            return self._scores[label]
        if self.evidence is not None and label in self.evidence.scores.columns:
            return self.evidence.scores[label]
        return None

    def prepare(self) -> None:
        """Make what takes long, so that the first search does not wait for it."""
        with self._preparing:
            _ = self.haystack, self.page_number, self.same_text
            for label in self.labels:
                self.score(label)


def small_letters(texts: polars.Series) -> polars.Series:
    """Texts in small letters, without what hides one from a search."""
    hidden = texts.str.contains("⟦U+", literal=True)
    if hidden.any():
        where = hidden.arg_true()
        texts = texts.clone().scatter(where, texts.gather(where).str.replace_all(_HIDDEN, ""))
    return _replaced(texts.str.to_lowercase(), _SAME)


def _replaced(texts: polars.Series, letters: Mapping[str, str]) -> polars.Series:
    for letter, other in letters.items():
        texts = texts.str.replace_all(letter, other, literal=True)
    return texts


def small_word(word: str) -> str:
    """One word of a search, as `small_letters` makes texts."""
    small = re.sub(_HIDDEN, "", show_invisible(word)).lower()
    for letter, other in _SAME.items():
        small = small.replace(letter, other)
    return small
