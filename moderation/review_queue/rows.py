"""What one line of the queue holds, made from a scored comment and its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.records import JudgedComment, ScoredComment, Verdict
from moderation.review_queue.cells import to_cell
from moderation.review_queue.columns import (
    COLUMNS,
    LABELS,
    REVIEWER_COLUMNS,
    STANDING_COLUMNS,
)
from moderation.review_queue.reasons import sentence
from moderation.review_queue.showing import rows_as_html


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A comment that a person should look at, with the evidence.

    ``text`` is the comment without the indentation that its page gave it.
    """

    scored: ScoredComment
    verdict: Verdict

    @property
    def text(self) -> str:
        """The comment as the queue shows it."""
        return shown_text(self.scored.comment.text)

    def cells(self) -> list[str]:
        """The row's cells in the order of `COLUMNS`, ready for the CSV file."""
        empty = dict.fromkeys((*REVIEWER_COLUMNS, *STANDING_COLUMNS), "")
        by_column = empty | self._evidence()
        return [by_column[column] for column in COLUMNS]

    def _repr_html_(self) -> str:
        """The row as a notebook shows it."""
        return rows_as_html([self])

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
            "number": comment.place,
            "author": to_cell(comment.author or ""),
            "posted_at": to_cell(comment.posted_at or ""),
            "language": scored.language,
            "terms": to_cell("; ".join(dict.fromkeys(match.term for match in scored.matches))),
            "scored_by": to_cell(scored.scored_by),
        }


def queue_row(judged: JudgedComment) -> QueueRow:
    """Make a row of a comment and its verdict.

    Raises:
        ValueError: when the verdict is about another comment.
    """
    scored, verdict = judged.scored, judged.verdict
    if verdict.comment_id != scored.comment.id:
        raise ValueError(f"the verdict is about {verdict.comment_id}, not {scored.comment.id}")
    return QueueRow(scored=scored, verdict=verdict)


def shown_text(text: str) -> str:
    """Take away the indentation that the page's list gave to a comment's further lines.

    The first line stands behind its number and has none. Lines indented deeper than the others,
    such as verse or code, keep the difference.
    """
    first, *rest = text.strip().split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
    common = min(indents, default=0)
    return "\n".join([first, *(line[common:].rstrip(" ") for line in rest)])
