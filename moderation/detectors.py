"""Language, lexicon and toxicity model, applied together to comments.

Judges nothing: thresholds live in the policy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from moderation import __version__
from moderation.language import UNKNOWN, LanguageFinder
from moderation.lexicon import Lexicon, load_lexicon
from moderation.records import FoundComment, ScoredComment, TermMatch
from moderation.toxicity import Scorer, judge_of, load_scorer

LONGEST_COMMENT = 1_000_000
"""Characters. What is longer is no comment but an accident, and is marked as not checked."""

LAST_LATIN_LETTER = "\u024f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectors:
    """Everything that looks at a comment, loaded once for a pass."""

    scorer: Scorer
    lexicon: Lexicon
    languages: LanguageFinder

    def scored_by(self, language: str) -> str:
        """What made a score, in one readable string that travels with each row.

        With several models it names the one that judges the comment's language.
        """
        judge = judge_of(self.scorer, language)
        return (
            f"moderation {__version__}; {judge.name} {judge.revision}; "
            f"lexicon {self.lexicon.version}"
        )


def load_detectors(
    model: str | Scorer = "compact", terms: Sequence[Path] = (), device: str = "cpu"
) -> Detectors:
    """Load the model, the term tables and the language finder.

    ``terms`` are a desk's own tables, laid over ours in this order. ``device`` is where a model
    runs that is named and not given.

    Raises:
        LexiconError: when one of these tables cannot be used.
        ModelUnavailable: when the model cannot be had here.
    """
    return Detectors(
        scorer=load_scorer(model, device) if isinstance(model, str) else model,
        lexicon=load_lexicon(extra=terms),
        languages=LanguageFinder(),
    )


def score_comments(found: Sequence[FoundComment], detectors: Detectors) -> list[ScoredComment]:
    """Measure comments: as many results, in order, for none, one or many.

    A comment in a language that the model does not know is searched for terms but not scored; one
    on which a detector fails is marked as failed. Never raises for one comment's sake.
    """
    languages = _languages(found, detectors)
    searched = [
        _searched(one, language, matches, detectors)
        for one, language, matches in zip(found, languages, _terms(found, detectors), strict=True)
    ]
    wanted = [one for one in searched if one.status == "scored"]
    scored = iter(_score_by_language(wanted, detectors.scorer))
    return [next(scored) if one.status == "scored" else one for one in searched]


def page_language(text: str, detectors: Detectors) -> str:
    """Tell the language of a page; ``UNKNOWN`` where it cannot be told, or the finder fails."""
    try:
        return detectors.languages.page_language(text)
    except Exception:  # its comments will say so, each for itself
        return UNKNOWN


def _languages(found: Sequence[FoundComment], detectors: Detectors) -> list[str | Exception]:
    """Tell the language of each comment, or what went wrong with it."""
    texts, priors = [one.comment.text for one in found], [one.page_language for one in found]
    try:
        return [*detectors.languages.languages(texts, priors)]
    except Exception as error:
        if len(found) <= 1:
            return [error for _ in found]
        return [language for one in found for language in _languages([one], detectors)]


def _terms(
    found: Sequence[FoundComment], detectors: Detectors
) -> list[list[TermMatch] | Exception]:
    """Find the terms of each comment, or what went wrong with it."""
    texts = [one.comment.text for one in found]
    try:
        # The ambiguous ones too: the policy has a second sign of its own, the score.
        return [*detectors.lexicon.find_all(texts, include_ambiguous=True)]
    except Exception as error:
        if len(found) <= 1:
            return [error for _ in found]
        return [matches for one in found for matches in _terms([one], detectors)]


def _searched(
    found: FoundComment,
    language: str | Exception,
    matches: list[TermMatch] | Exception,
    detectors: Detectors,
) -> ScoredComment:
    told = language if isinstance(language, str) else UNKNOWN
    scored = ScoredComment(
        comment=found.comment,
        source=found.source,
        language=told,
        scored_by=detectors.scored_by(told),
    )
    if isinstance(matches, Exception):  # a fault in one detector must not lose the comment
        return replace(scored, status="failed", error=f"the lexicon failed on it: {matches!r}")
    scored = replace(scored, matches=_of_its_language(matches, scored.language))
    if isinstance(language, Exception):
        problem = f"its language could not be told: {language!r}"
        return replace(scored, status="failed", error=problem)
    return _refuse_unscorable(scored, detectors.scorer)


def _of_its_language(matches: Sequence[TermMatch], language: str) -> tuple[TermMatch, ...]:
    """Leave out ambiguous terms of another language: they are words of its own ('nicht')."""
    return tuple(
        match
        for match in matches
        if match.context != "ambiguous" or language in {UNKNOWN, match.language}
    )


def _refuse_unscorable(scored: ScoredComment, scorer: Scorer) -> ScoredComment:
    length = len(scored.comment.text)
    if length > LONGEST_COMMENT:
        problem = f"too long for the model: {length:,} characters, more than {LONGEST_COMMENT:,}"
        return replace(scored, status="failed", error=problem)
    if scored.language in scorer.languages or not _is_foreign(scored):
        return scored
    problem = f"the model could not judge it: it does not know the language '{scored.language}'"
    return replace(scored, status="unsupported_language", error=problem)


def _is_foreign(scored: ScoredComment) -> bool:
    """Tell a comment in another language from one without words, such as a row of emoji.

    Letters of an alphabet that the language finder does not know make a comment foreign too.
    """
    # Styled letters such as 𝐚 or ａ are Latin ones in disguise, and for the model to judge.
    text = unicodedata.normalize("NFKC", scored.comment.text[:10_000])
    letters = [character for character in text if character.isalpha()]
    if scored.language != UNKNOWN:
        return bool(letters)
    return any(letter > LAST_LATIN_LETTER for letter in letters)


def _score_by_language(comments: list[ScoredComment], scorer: Scorer) -> list[ScoredComment]:
    """Give each comment to the model that knows its language, and the results in order."""
    judges = [judge_of(scorer, one.language) for one in comments]
    results: dict[int, ScoredComment] = {}
    for judge in {id(judge): judge for judge in judges}.values():
        numbers = [number for number, one in enumerate(judges) if one is judge]
        results |= zip(numbers, _score([comments[n] for n in numbers], judge), strict=True)
    return [results[number] for number in range(len(comments))]


def _score(comments: list[ScoredComment], scorer: Scorer) -> list[ScoredComment]:
    """Score together, equal texts once; when that fails, one by one.

    So a flood of copies costs little, and a failure marks one comment only.
    """
    texts = list(dict.fromkeys(one.comment.text for one in comments))
    try:
        scores = dict(zip(texts, scorer.score(texts), strict=True))
        for labels in scores.values():
            _require_scores(labels, scorer)
        return [replace(one, toxicity=scores[one.comment.text]) for one in comments]
    except Exception as error:
        if len(comments) == 1:
            return [replace(comments[0], status="failed", error=f"the model failed: {error!r}")]
        return [result for one in comments for result in _score([one], scorer)]


def _require_scores(labels: Mapping[str, float], scorer: Scorer) -> None:
    """Refuse a missing label, or a number that is none: taken as it is, it would read as clean."""
    if set(labels) != set(scorer.labels) or not all(0 <= score <= 1 for score in labels.values()):
        raise ValueError(f"it gave {dict(labels)}")
