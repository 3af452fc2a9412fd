"""Finds the reader comments in saved article pages that a person should look at, and says why.

The front door for programs. Each name is imported when it is first asked for, so that the command
line stays quick::

    import moderation

    for row in moderation.scan(["samples/"]):
        print(row.verdict.priority, row.text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moderation.lexicon import Lexicon, load_lexicon
    from moderation.library import scan, score_frame
    from moderation.pipeline import Progress, ScanResult
    from moderation.policy import Policy, load_policy
    from moderation.records import Comment, Reason, ScoredComment, TermMatch, Verdict
    from moderation.review_queue import QueueRow
    from moderation.separator import Separation, separate
    from moderation.toxicity import Scorer, load_scorer

__version__ = "0.1.0"

__all__ = [
    "Comment",
    "Lexicon",
    "Policy",
    "Progress",
    "QueueRow",
    "Reason",
    "ScanResult",
    "ScoredComment",
    "Scorer",
    "Separation",
    "TermMatch",
    "Verdict",
    "load_lexicon",
    "load_policy",
    "load_scorer",
    "scan",
    "score_frame",
    "separate",
]

_ROOMS = {
    "Comment": "records",
    "Lexicon": "lexicon",
    "Policy": "policy",
    "Progress": "pipeline",
    "QueueRow": "review_queue",
    "Reason": "records",
    "ScanResult": "pipeline",
    "ScoredComment": "records",
    "Scorer": "toxicity",
    "Separation": "separator",
    "TermMatch": "records",
    "Verdict": "records",
    "load_lexicon": "lexicon",
    "load_policy": "policy",
    "load_scorer": "toxicity",
    "scan": "library",
    "score_frame": "library",
    "separate": "separator",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'moderation' has no attribute '{name}'")
    return getattr(import_module(f"moderation.{_ROOMS[name]}"), name)
