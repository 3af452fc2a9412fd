"""Kills scans at random moments, as a program of its own; says as JSON what came of it.

Everything is imported and loaded once; each attempt is a fork, so that fifty of them take seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import moderation.ledger
import moderation.pipeline
from moderation.assessing import Brief
from moderation.detectors import Detectors
from moderation.output import check_results, write_results
from moderation.pipeline import Manner, Pass, searched_folders
from moderation.policy import load_policy
from moderation.records import FoundComment, JudgedComment
from moderation.score_cache import ScoreCache
from moderation.sources import find_pages

from .conftest import WordScorer

SECONDS_FOR_A_COMMENT = 0.001


class CountingScorer(WordScorer):
    """Writes down each text that it is asked about."""

    diary = -1

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        note(self.diary, "scored", texts)
        time.sleep(SECONDS_FOR_A_COMMENT * len(texts))
        return super().score(texts)


def note(diary: int, what: str, texts: Sequence[str]) -> None:
    """Write lines that survive this process, all or none."""
    os.write(diary, "".join(json.dumps([what, text]) + "\n" for text in texts).encode())


class Trial:
    """One folder into which one scan is written, however often it has to be started."""

    def __init__(self, pages: Path, policy: Path, folder: Path) -> None:
        folder.mkdir()
        self.pages, self.folder = pages, folder
        self.queue = folder / "queue.csv"
        self.diary = os.open(folder / "diary", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        CountingScorer.diary = self.diary
        self.brief = Brief(policy=load_policy(policy), model=CountingScorer())

    def attempt(self, detectors: Detectors, seconds: float | None) -> bool:
        """Scan in a process of its own, killed after so many seconds; tell whether it was."""
        process = os.fork()
        if not process:
            with contextlib.suppress(BaseException):
                self._scan(detectors)
                os._exit(0)
            traceback.print_exc()
            os._exit(1)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(process, signal.SIGKILL)
        status = os.waitpid(process, 0)[1]
        killed = os.WIFSIGNALED(status)
        assert killed or os.WEXITSTATUS(status) == 0, status
        return killed

    def scored_twice(self) -> list[str]:
        """The texts that were scored again after they had been kept."""
        kept: set[str] = set()
        twice = []
        for line in (self.folder / "diary").read_text().splitlines():
            what, text = json.loads(line)
            if what == "kept":
                kept.add(text)
            elif text in kept:
                twice.append(text)
        return twice

    def results(self) -> dict[str, Any]:
        """What was written, without the time at which it was."""
        receipt = json.loads(self.queue.with_suffix(".receipt.json").read_text())
        del receipt["finished_at"]
        scores = self.queue.with_suffix(".scores.parquet").read_bytes()
        return {"queue": self.queue.read_bytes(), "scores": scores, "receipt": receipt}

    def _scan(self, detectors: Detectors) -> None:
        check_results(self.queue)
        manner = Manner(cache=self.queue.with_suffix(".cache.sqlite"), folder=self.folder)
        found = find_pages([self.pages])
        folders = tuple(searched_folders([self.pages]))
        result = Pass(self.brief, detectors, manner).run(found, folders, 3)
        assert not result.remarks, result.remarks
        write_results(result, self.queue)


def main(pages: Path, policy: Path, folder: Path, kills: int) -> dict[str, Any]:
    """Kill scans so many times; each that ends all the same is compared with an undisturbed one."""
    keep_a_diary()
    undisturbed = Trial(pages, policy, folder / "undisturbed")
    detectors = undisturbed.brief.load()
    detectors.languages.languages(["Loads what is loaded when it is first asked."], ["en"])
    began = time.monotonic()
    assert not undisturbed.attempt(detectors, None)
    whole = time.monotonic() - began
    done, trials, different, twice = 0, 0, [], []
    while done < kills:
        trial = Trial(pages, policy, folder / f"trial-{trials}")
        while not trial.queue.exists():
            seconds = random.SystemRandom().uniform(0, whole) if done < kills else None
            done += trial.attempt(detectors, seconds)
        trials += 1
        twice += trial.scored_twice()
        results = trial.results()
        different += [name for name, it in undisturbed.results().items() if it != results[name]]
    return {"kills": done, "trials": trials, "different": different, "twice": twice}


def keep_a_diary() -> None:
    """Write down what was kept for good, and cut the work so small that there is much to kill."""
    keep = ScoreCache.keep

    def noted(
        self: ScoreCache, found: Sequence[FoundComment], judged: Sequence[JudgedComment]
    ) -> None:
        keep(self, found, judged)
        whole = [one.scored for one in judged if one.scored.status == "scored"]
        note(CountingScorer.diary, "kept", [one.comment.text for one in whole])

    ScoreCache.keep = noted  # type: ignore[method-assign]
    setattr(moderation.pipeline, "BATCH", 4)  # noqa: B010 - it is final
    moderation.ledger.PART = 64  # type: ignore[misc]


if __name__ == "__main__":
    pages_, policy_, folder_ = map(Path, sys.argv[1:4])
    print(json.dumps(main(pages_, policy_, folder_, int(sys.argv[4]))))  # noqa: T201
