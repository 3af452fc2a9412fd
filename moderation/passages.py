"""The passages that moved the model, put into the reasons of a verdict.

Evidence, not judgement: what flags a comment stays as it was. A model that cannot be asked again
leaves its reasons without a passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from moderation.records import Reason, ScoredComment, Verdict
from moderation.toxicity import Scorer, judge_of
from moderation.toxicity.explaining import Question, Span, explain

_MODEL: Final = "toxicity."


def with_passages(
    scored: Sequence[ScoredComment], verdicts: Sequence[Verdict], scorer: Scorer
) -> list[Verdict]:
    """Say in each of the model's reasons where in the comment its evidence stands.

    One verdict for each comment, in order. Equal texts are looked at once. Never raises for one
    comment's sake.
    """
    questions = [_question(one, verdict) for one, verdict in zip(scored, verdicts, strict=True)]
    judges = [judge_of(scorer, one.language) for one in scored]
    found = _found(questions, judges)
    return [
        with_spans(verdict, found[judge.name][_key(question)]) if question.scores else verdict
        for question, verdict, judge in zip(questions, verdicts, judges, strict=True)
    ]


def labels_of(verdict: Verdict) -> tuple[str, ...]:
    """The labels that the model's reasons name, in their order."""
    return tuple(_label(one) for one in verdict.reasons if one.code.startswith(_MODEL))


def spans_of(verdict: Verdict) -> dict[str, list[Span]]:
    """The passages that stand in the model's reasons, by label; what `with_spans` puts there."""
    return {
        _label(one): [(one.start, one.end), *one.further]
        for one in verdict.reasons
        if one.code.startswith(_MODEL) and one.start is not None and one.end is not None
    }


def with_spans(verdict: Verdict, spans: Mapping[str, tuple[Span, ...]]) -> Verdict:
    """Put passages, the strongest first, into the model's reasons."""
    reasons = tuple(_pointed(reason, spans.get(_label(reason), ())) for reason in verdict.reasons)
    return replace(verdict, reasons=reasons)


def _found(
    questions: Sequence[Question], judges: Sequence[Scorer]
) -> dict[str, dict[tuple[str, tuple[str, ...]], dict[str, tuple[Span, ...]]]]:
    """Ask each model about the comments that it judged; by its name, and what was asked."""
    found = {}
    for judge in {judge.name: judge for judge in judges}.values():
        wanted = {
            _key(question): question
            for question, its in zip(questions, judges, strict=True)
            if question.scores and its.name == judge.name
        }
        spans = _explained([*wanted.values()], judge)
        found[judge.name] = dict(zip(wanted, spans, strict=True))
    return found


def _question(scored: ScoredComment, verdict: Verdict) -> Question:
    """Ask for the labels that the model's reasons name, the first of them leading."""
    scores = {label: scored.toxicity[label] for label in labels_of(verdict)}
    return Question(text=scored.comment.text, scores=scores)


def _key(question: Question) -> tuple[str, tuple[str, ...]]:
    return (question.text, tuple(question.scores))


def _explained(questions: Sequence[Question], scorer: Scorer) -> list[dict[str, tuple[Span, ...]]]:
    """Look for passages together; where that fails, one by one, and without any where it must."""
    try:
        return explain(scorer, questions)
    except Exception:  # a fault while explaining must not lose what was found
        if len(questions) <= 1:
            return [{} for _ in questions]
        return [found for one in questions for found in _explained([one], scorer)]


def _pointed(reason: Reason, spans: tuple[Span, ...]) -> Reason:
    if not spans or not reason.code.startswith(_MODEL):
        return reason
    (start, end), *further = spans
    return replace(reason, start=start, end=end, further=tuple(further))


def _label(reason: Reason) -> str:
    return reason.code.removeprefix(_MODEL)
