"""What one line of the queue holds, made from a scored comment and its verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.records import Comment, ScoredComment, Verdict
from moderation.review_queue.cells import to_cell
from moderation.review_queue.columns import (
    COLUMNS,
    LABELS,
    REVIEWER_COLUMNS,
    STANDING_COLUMNS,
)
from moderation.review_queue.reasons import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A comment that a person should look at, with the evidence.

    ``text`` is the comment without the indentation that its page gave it, ``place`` its number
    behind those of the comments that it answers: ``3 › 1``.
    """

    scored: ScoredComment
    verdict: Verdict
    place: str

    @property
    def text(self) -> str:
        """The comment as the queue shows it."""
        return shown_text(self.scored.comment.text)

    def cells(self) -> list[str]:
        """The row's cells in the order of `COLUMNS`, ready for the CSV file."""
        empty = dict.fromkeys((*REVIEWER_COLUMNS, *STANDING_COLUMNS), "")
        by_column = empty | self._evidence()
        return [by_column[column] for column in COLUMNS]

    def sort_key(self) -> tuple[int, str, int]:
        """Worst first; among equals in the order of pages and of places in the page."""
        comment = self.scored.comment
        return (-self.verdict.priority, self.scored.source, comment.start)

    def _evidence(self) -> dict[str, str]:
        comment, scored = self.scored.comment, self.scored
        scores = {
            label: f"{scored.toxicity[label]:.3f}" if label in scored.toxicity else ""
            for label in LABELS
        }
        return scores | {
            "id": comment.id,
            "priority": str(self.verdict.priority),
            "text": to_cell(self.text),
            "reasons": to_cell(sentence(self.verdict.reasons, comment.text)),
            "source": to_cell(scored.source),
            "number": self.place,
            "author": to_cell(comment.author or ""),
            "posted_at": to_cell(comment.posted_at or ""),
            "language": scored.language,
            "terms": to_cell("; ".join(dict.fromkeys(match.term for match in scored.matches))),
            "scored_by": to_cell(scored.scored_by),
        }


def places(comments: Iterable[Comment]) -> dict[str, str]:
    """Say where each comment stands, by id: a number alone would be that of its parent's list.

    Comments come in page order, a reply after its parent; one without a number is a bullet.
    """
    found: dict[str, str] = {}
    for comment in comments:
        own = "•" if comment.number is None else str(comment.number)
        above = found.get(comment.parent_id or "")
        found[comment.id] = f"{above} › {own}" if above else own.replace("•", "")
    return found


def queue_row(scored: ScoredComment, verdict: Verdict, place: str) -> QueueRow:
    """Put a comment, its verdict and its place in the page together.

    Raises:
        ValueError: when the verdict is about another comment.
    """
    if verdict.comment_id != scored.comment.id:
        raise ValueError(f"the verdict is about {verdict.comment_id}, not {scored.comment.id}")
    return QueueRow(scored=scored, verdict=verdict, place=place)


def shown_text(text: str) -> str:
    """Take away the indentation that the page's list gave to a comment's further lines.

    The first line stands behind its number and has none. Lines indented deeper than the others,
    such as verse or code, keep the difference.
    """
    first, *rest = text.strip().split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
    common = min(indents, default=0)
    return "\n".join([first, *(line[common:].rstrip(" ") for line in rest)])
