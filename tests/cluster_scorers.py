"""Scorers that the processes of a cluster can import: without weights, and slow on purpose."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class TravellingScorer:
    """'glorbly' is toxic, everything else is not.

    ``folder`` gets a file named after each process that scores, if there is one. ``pause`` is in
    seconds for each text.
    """

    folder: Path | None = None
    pause: float = 0.0
    name = "words"
    revision = "1"
    labels = ("toxicity", "insult")
    languages = frozenset({"en"})

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score by one invented word."""
        if self.folder:
            (self.folder / str(os.getpid())).touch()
        time.sleep(self.pause * len(texts))
        return [{"toxicity": 0.9 if "glorbly" in text else 0.1, "insult": 0.05} for text in texts]


@dataclass(frozen=True, kw_only=True)
class OtherScorer(TravellingScorer):
    """Calls itself something else in every process but the first, as another version would."""

    home: int

    @property
    def revision(self) -> str:  # type: ignore[override]
        """Give a revision that depends on the process."""
        return "1" if os.getpid() == self.home else "2"
