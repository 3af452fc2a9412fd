"""What each person said of a comment, and how far every two of them agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from moderation.measures import Agreement, agreement
from moderation.records import HUMAN_VERDICTS, HumanVerdict
from moderation.review_queue.cells import from_cell
from moderation.review_queue.decisions import JOINED
from moderation.review_queue.reading import ROW
from moderation.review_queue.verdict_words import UNDO, Undo, verdict_of

FEW_PAIRS = 30
"""Comments judged by two below which their agreement means little."""

Said = HumanVerdict | Undo
ORDER: tuple[Said, ...] = (*HUMAN_VERDICTS, UNDO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one person said of a comment, and where: the part's name and its row there.

    ``said`` is empty where the cell's word is unknown. ``part`` is empty for the queue itself.
    """

    comment_id: str
    part: str
    row: int
    reviewer: str
    said: frozenset[Said]
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """How far two people agree on the comments that both judged, each alone."""

    first: str
    second: str
    agreement: Agreement

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few comments for the figure to mean much."""
        return self.agreement.pairs < FEW_PAIRS


def judgement_of(part: str, filled_by: str, cells: Mapping[str, str]) -> Judgement:
    """What one row says; ``filled_by`` is whose part it is, for a cell without a reviewer."""
    word = cells["decision"].strip()
    is_new = not cells["decided_under"].strip()
    return Judgement(
        comment_id=cells["id"],
        part=part,
        row=int(cells[ROW]),
        reviewer=from_cell(cells["reviewer"]).strip() or (filled_by if is_new else ""),
        said=_said(word),
        word=word,
    )


def _said(cell: str) -> frozenset[Said]:
    """The verdicts in a cell, several in a conflict; none when one of its words is unknown."""
    words = [verdict_of(word) for word in cell.split("|") if word.strip()]
    known = frozenset(word for word in words if word is not None)
    return frozenset() if None in words else known


def own_judgements(rows: Iterable[Mapping[str, str]]) -> list[Judgement]:
    """What the queue itself says of a comment, but for what it took over from a near-duplicate."""
    own = (judgement_of("", "", cells) for cells in rows if not cells["decided_with"])
    return [judgement for judgement in own if judgement.said]


def agreements(comments: Iterable[Sequence[Judgement]]) -> tuple[PairAgreement, ...]:
    """The agreement of every two people on the comments that both judged with one verdict."""
    answers: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    shown: dict[str, str] = {}
    for judgements in comments:
        for one in judgements:
            shown.setdefault(one.reviewer.casefold(), one.reviewer)
        single = _verdict_of_each(judgements)
        for first, second in combinations(sorted(single), 2):
            answers[first, second].append((single[first], single[second]))
    return tuple(
        PairAgreement(first=shown[first], second=shown[second], agreement=agreement(pairs))
        for (first, second), pairs in sorted(answers.items())
    )


def _verdict_of_each(judgements: Iterable[Judgement]) -> dict[str, str]:
    """The one verdict of each person on a comment, a part's before the queue's.

    Of several people who stand together in the queue nobody counts: agreements are seen there, but
    in a conflict it is not said who decided what, and agreements alone would flatter.
    """
    said: dict[str, set[Said]] = defaultdict(set)
    for one in judgements:
        person = one.reviewer.casefold()
        if person and JOINED not in person and (one.part or person not in said):
            said[person] |= one.said
    return {
        person: next(iter(verdicts))
        for person, verdicts in said.items()
        if len(verdicts) == 1 and UNDO not in verdicts
    }
