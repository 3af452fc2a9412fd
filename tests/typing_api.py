"""The public names as a user's program has them: mypy holds the types, a test runs it.

`assert_type` fails under mypy when a name has become `Any`, or another type than documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars
from typing_extensions import assert_type

import moderation
from moderation.lexicon import Lexicon
from moderation.receipt import Receipt
from moderation.records import JudgedComment


class OwnScorer:
    """A model of somebody's own is a `Scorer` without knowing of it."""

    name = "own"
    revision = "1"
    labels = ("toxicity",)
    languages = frozenset({"en"})

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score nothing."""
        return [{"toxicity": 0.0} for _ in texts]


def own_scorer() -> moderation.Scorer:
    """The protocol is held by mypy."""
    return OwnScorer()


def scanned(path: Path, cache: Path) -> moderation.ScanResult:
    """All options of a scan, and what it gives."""
    heard: list[moderation.Progress] = []
    result = moderation.scan(
        [path, str(path)],
        policy="strict",
        model="compact",
        device="cpu",
        terms=[],
        audit_sample=1,
        cache=cache,
        processes=1,
        on_progress=heard.append,
    )
    assert_type(result, moderation.ScanResult)
    for row in result:
        assert_type(row, moderation.QueueRow)
        assert_type(row.verdict, moderation.Verdict)
        assert_type(row.verdict.reasons, tuple[moderation.Reason, ...])
        assert_type(row.scored, moderation.ScoredComment)
        assert_type(row.scored.comment, moderation.Comment)
        assert_type(row.scored.matches, tuple[moderation.TermMatch, ...])
    for one in result.judged:
        assert_type(one, JudgedComment)
    assert_type(result.receipt, Receipt)
    assert_type(result.frame(), polars.DataFrame)
    assert heard
    return result


def judged(frame: polars.DataFrame, policy: moderation.Policy) -> polars.DataFrame:
    """A frame goes in, and one comes out, also by `pipe`."""
    piped = frame.pipe(moderation.score_frame, text="comment", policy=policy)
    assert_type(piped, polars.DataFrame)
    return moderation.score_frame(frame, "comment", policy=policy, prefix="mod_")


def parts(text: str) -> list[str]:
    """The parts on their own."""
    assert_type(moderation.separate(text), moderation.Separation)
    lexicon = moderation.load_lexicon()
    assert_type(lexicon, Lexicon)
    assert_type(moderation.load_scorer(), moderation.Scorer)
    return [match.term for match in lexicon.find(text)]
