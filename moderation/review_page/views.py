"""What the desk knows, as the JSON that the page asks for.

Pure: values of the desk in, dictionaries out. Every text from outside comes with its invisible
characters written out, and never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from moderation.policy import SEVERITIES
from moderation.records import Reason, TermMatch
from moderation.review_desk.values import (
    Bin,
    Brief,
    Briefs,
    Counts,
    Facets,
    Related,
    Row,
    Standing,
    Summary,
)
from moderation.review_page.indentation import unindented
from moderation.review_page.retold import terms_retold
from moderation.review_page.segments import (
    MASKED_FROM,
    NO_MARKS,
    Marks,
    Segment,
    marks_in,
    segments,
)
from moderation.review_page.words import (
    VERDICTS,
    context_in_words,
    direction_of,
    disguise_in_words,
    label_in_words,
    language_in_words,
    reason_in_words,
    severity_in_words,
)
from moderation.review_queue.cells import show_invisible
from moderation.review_queue.reasons import code_in_words

Json = dict[str, Any]

LONGEST_SHOWN: Final = 20_000
"""Characters of a comment that are shown until the whole of it is asked for."""

LONGEST_BRIEF: Final = 2_000
"""Characters of a neighbour or an earlier comment."""

LONGEST_EXCERPT: Final = 240
_BEFORE_A_MARK: Final = 60
"""Characters of an excerpt in front of what makes the comment worth a look."""

_SEVERITIES_FROM: Final = {
    str(level): name if level == max(SEVERITIES) else f"{name} or worse"
    for level, name in SEVERITIES.items()
}
_ELLIPSIS: Final = Segment(text="…", kinds=("cut",))
_PART_OF_A_CELL: Final = re.compile(r"; (?=[^()]*(?:\(|$))")
"""Between two reasons in the queue's cell, and not inside the brackets of one."""


def row_json(row: Row, thresholds: Mapping[str, float], *, group_size: int, whole: bool) -> Json:
    """One comment with everything that a decision needs (``ROW``)."""
    text, marks = _marked(row)
    is_cut = len(text) > LONGEST_SHOWN and not whole
    shown = segments(text, marks, end=LONGEST_SHOWN if is_cut else None)
    return {
        "id": row.id,
        "priority": row.priority,
        "segments": _segments_json(shown),
        "text_length": len(text),
        "is_cut": is_cut,
        **_direction(text),
        "source": show_invisible(row.source),
        "number": show_invisible(row.number),
        "author": show_invisible(row.author),
        "posted_at": show_invisible(row.posted_at),
        "language": _language(row.language),
        "group": row.group,
        "group_size": group_size,
        "scored_by": show_invisible(row.scored_by),
        "scores": list(_scores(row, thresholds)),
        "reasons": list(_reasons(row)),
        "terms": [_term(match) for match in _matches(row)],
        "has_evidence": row.has_evidence,
        "standing": standing_json(row.standing),
        "history": [standing_json(one) for one in row.history],
    }


def summary_row_json(row: Row, label: str = "", *, whole: bool = False) -> Json:
    """One comment as a line of a list; ``label`` is the score to show, else the highest one.

    With ``whole`` the full text comes besides, as in a sample.
    """
    text, marks = _marked(row)
    standing = row.standing
    scores = _known_scores(row)
    line = {
        "id": row.id,
        "priority": row.priority,
        "excerpt": excerpt(text, marks),
        **_direction(text),
        "author": show_invisible(row.author),
        "source": show_invisible(row.source),
        "number": show_invisible(row.number),
        "language": _language(row.language),
        "top_reason": _top_reason(row),
        "score": scores.get(label) if label else max(scores.values(), default=None),
        "verdict": show_invisible(standing.verdict),
        "state": show_invisible(standing.state),
        "group": row.group,
        "change": standing.change,
    }
    if whole:
        line["segments"] = _segments_json(segments(text, marks, end=LONGEST_SHOWN))
        line["is_cut"] = len(text) > LONGEST_SHOWN
    return line


def excerpt(text: str, marks: Marks = NO_MARKS) -> list[Json]:
    """The beginning of a text, or the part around its first mark where that comes later."""
    spans = (*marks.terms.values(), *marks.passages.values())
    first = min((span[0] for span in spans), default=0)
    start = 0 if first + _BEFORE_A_MARK < LONGEST_EXCERPT else first - _BEFORE_A_MARK
    end = start + LONGEST_EXCERPT
    shown = segments(text, marks, start, end)
    before, after = [_ELLIPSIS] * (start > 0), [_ELLIPSIS] * (end < len(text))
    return _segments_json([*before, *shown, *after])


def brief_json(brief: Brief | None) -> Json | None:
    """A neighbour, a group member or an earlier comment (``BRIEF``)."""
    if brief is None:
        return None
    text, marks = unindented(brief.text, marks_in(brief.text, brief.matches, ()))
    return {
        "id": brief.id,
        "author": show_invisible(brief.author),
        "posted_at": show_invisible(brief.posted_at),
        "source": show_invisible(brief.source),
        "number": show_invisible(brief.number),
        "is_flagged": brief.is_flagged,
        **_direction(text),
        "segments": _segments_json(segments(text, marks, end=LONGEST_BRIEF)),
        "is_cut": len(text) > LONGEST_BRIEF,
        "standing": None if brief.standing is None else standing_json(brief.standing),
    }


def related_json(related: Related) -> Json:
    """What else bears on a comment."""
    return {
        "group": _briefs(related.group),
        "same_author": _briefs(related.same_author),
        "same_text": _briefs(related.same_text),
    }


def standing_json(standing: Standing) -> Json:
    """What is decided about a row now."""
    return {
        name: show_invisible(value) if isinstance(value, str) else value
        for name, value in asdict(standing).items()
    }


def summary_json(summary: Summary, *, queue: str, reviewer: str, revision: int) -> Json:
    """The state of the whole queue."""
    return {
        "queue": show_invisible(queue),
        "reviewer": show_invisible(reviewer),
        "revision": revision,
        "rows": summary.rows,
        "undecided": summary.undecided,
        "conflicts": summary.conflicts,
        "verdicts": dict(summary.verdicts),
        "session": {
            "decided": summary.session_decided,
            "per_minute": summary.per_minute,
            "seconds_left": summary.seconds_left,
        },
        "can_undo": summary.can_undo,
        "can_redo": summary.can_redo,
        "warnings": [show_invisible(warning) for warning in summary.warnings],
        "labels": [
            {
                "name": label,
                "words": label_in_words(label),
                "threshold": summary.thresholds.get(label),
            }
            for label in summary.labels
        ],
        "read_only": show_invisible(summary.read_only),
    }


def facets_json(facets: Facets, labels: Sequence[str]) -> Json:
    """For each filter its values with their names in words, and how many rows each has."""
    return {
        "reason": _facet(
            facets.reason, {value: code_in_words(value) for value, _ in facets.reason}
        ),
        "severity": _facet(facets.severity, _SEVERITIES_FROM),
        "target": _facet(facets.target, {}),
        "page": _facet(facets.page, {}),
        "language": _facet(
            facets.language, {value: language_in_words(value) for value, _ in facets.language}
        ),
        "verdict": _facet(facets.verdict, VERDICTS),
        "label": [
            {"value": label, "words": label_in_words(label), "count": None} for label in labels
        ],
    }


def bins_json(bins: Iterable[Bin]) -> list[Json]:
    """The parts of a histogram."""
    return [asdict(one) for one in bins]


def _marked(row: Row) -> tuple[str, Marks]:
    """A row's text as it is shown, and what to mark in it."""
    return unindented(row.text, marks_in(row.text, _matches(row), row.reasons))


def _matches(row: Row) -> tuple[TermMatch, ...]:
    """The terms in a row; where its scores are missing, those that its own words name."""
    if row.has_evidence:
        return row.matches
    return terms_retold(row.reasons_cell, row.text, row.language)


def _segments_json(found: Iterable[Segment]) -> list[Json]:
    return [asdict(segment) for segment in found]


def _facet(counts: Counts, words: Mapping[str, str]) -> list[Json]:
    return [
        {"value": value, "words": show_invisible(words.get(value, value)), "count": count}
        for value, count in counts
    ]


def _briefs(briefs: Briefs) -> Json:
    return {"total": briefs.total, "briefs": [brief_json(brief) for brief in briefs.briefs]}


def _direction(text: str) -> Json:
    direction = direction_of([text])
    return {"dir": direction, "is_rtl": direction == "rtl"}


def _language(code: str) -> Json:
    return {"code": show_invisible(code), "name": show_invisible(language_in_words(code))}


def _scores(row: Row, thresholds: Mapping[str, float]) -> Iterator[Json]:
    """Each score with the threshold under which it was judged, else with today's."""
    then = {
        reason.code.removeprefix("toxicity."): reason.threshold
        for reason in row.reasons
        if reason.code.startswith("toxicity.") and reason.threshold is not None
    }
    for label, value in _known_scores(row).items():
        threshold = then.get(label, thresholds.get(label))
        yield {
            "label": label,
            "words": label_in_words(label),
            "value": value,
            "threshold": threshold,
            "is_over": threshold is not None and value >= threshold,
        }


def _known_scores(row: Row) -> dict[str, float]:
    """The scores that are numbers: JSON has no word for one that is none."""
    return {label: value for label, value in row.scores.items() if isfinite(value)}


def _reasons(row: Row) -> Iterator[Json]:
    if not row.reasons:
        yield from _reasons_of_cell(row.reasons_cell)
    for reason in row.reasons:
        yield {
            "code": reason.code,
            "words": show_invisible(reason_in_words(reason, row.matches)),
            "value": reason.value,
            "threshold": reason.threshold,
        }


def _reasons_of_cell(cell: str) -> Iterator[Json]:
    """The reasons of a queue that came without its scores, as its own words give them."""
    for part in filter(None, map(str.strip, _PART_OF_A_CELL.split(cell))):
        code = "lexicon" if '"' in part else "toxicity" if "≥" in part else ""
        words = reason_in_words(Reason(code="", detail=part))
        yield {
            "code": code,
            "words": show_invisible(words),
            **dict.fromkeys(("value", "threshold", "start", "end")),
        }


def _top_reason(row: Row) -> Json:
    if row.reasons:
        code = row.reasons[0].code
        return {"code": code, "words": code_in_words(code)}
    first = next(_reasons_of_cell(row.reasons_cell), None)
    return {"code": first["code"], "words": first["words"]} if first else {"code": "", "words": ""}


def _term(match: TermMatch) -> Json:
    return {
        "term": show_invisible(match.term),
        "text": show_invisible(match.text),
        "category": match.category,
        "target": show_invisible(match.target),
        "language": _language(match.language),
        "severity": match.severity,
        "severity_words": severity_in_words(match.severity),
        "via_words": disguise_in_words(match),
        "context_words": context_in_words(match),
        "is_masked": match.severity >= MASKED_FROM,
    }
