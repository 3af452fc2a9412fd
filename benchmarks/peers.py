"""How fast other filters are beside the embedded model, on the same comments in one run.

alt-profanity-check and better-profanity come with the extra [benchmarks]. tox-block wants
TensorFlow with the old Keras, so it runs in an interpreter of its own, which times itself: the
start of the program and of the model is not counted for anybody. Each is called as its own guide
says. Rates are given by the clock and by the processors' own time, in which other programs' work
on the machine is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from moderation.toxicity import load_scorer
from moderation.toxicity.compact import CompactScorer

_TOX_BLOCK = """
import json, os, sys, time
os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
texts = json.loads(sys.stdin.read())
from tox_block.prediction import make_predictions
make_predictions(texts[:2])
started, busy = time.perf_counter(), time.process_time()
make_predictions(texts)
print("SECONDS", time.perf_counter() - started, time.process_time() - busy)
"""
_MEMORY = """
import resource, sys
from moderation.toxicity import load_scorer
count, texts = int(sys.argv[1]), sys.stdin.read().split("\\x00")
scorer = load_scorer("compact-quick")
for first in range(0, count, 1_000):
    numbers = range(first, min(count, first + 1_000))
    scorer.score([f"{texts[n % len(texts)]} {n}" for n in numbers])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
# Slow ones are timed on fewer comments.
_FEW = 300

Work = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Comments a second, by clock and by processors; ``missing`` says why there is none."""

    name: str
    clock: float = 0.0
    busy: float = 0.0
    missing: str = ""


def compare_peers(texts: Sequence[str], tox_block: Path | None) -> list[Pace]:
    """Time each filter on the comments: the embedded model both ways, and the others."""
    return [
        _timed("the embedded model, first look", load_scorer("compact-quick").score, texts),
        _timed("the embedded model", load_scorer().score, texts[:_FEW]),
        _tox_block(texts[:_FEW], tox_block),
        _package("alt-profanity-check", "profanity_check", _alt_profanity_check, texts),
        _package("better-profanity", "better_profanity", _better_profanity, texts[:_FEW]),
    ]


def print_peers(texts: Sequence[str], paces: Iterable[Pace], kind: str) -> None:
    """Print a table of comments a second, with the comments' lengths."""
    scorer = load_scorer()
    assert isinstance(scorer, CompactScorer)
    tokens = sum(len(row) for _, row in scorer.windows_of(texts)) / len(texts)
    characters = sum(map(len, texts)) / len(texts)
    print(f"\n{kind}: {len(texts):,}, {characters:.0f} characters and {tokens:.0f} tokens each")
    print(f"{'filter':<32}{'comments/s':>12}{'a processor-second':>20}")
    for pace in paces:
        print(f"{pace.name:<32}{pace.missing or f'{pace.clock:>12,.0f}{pace.busy:>20,.0f}'}")


def peak_memory(texts: Sequence[str], count: int) -> float:
    """Give the MiB that a fresh process had at most as it scored ``count`` different comments.

    They come a thousand at a time, as in a scan, and nothing of them is kept.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(count)],
        input="\x00".join(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _timed(name: str, work: Work, texts: Sequence[str]) -> Pace:
    work(texts[:2])
    started, busy = time.perf_counter(), time.process_time()
    work(texts)
    clock, busy = time.perf_counter() - started, time.process_time() - busy
    return Pace(name=name, clock=len(texts) / clock, busy=len(texts) / busy)


def _package(name: str, module: str, load: Callable[[], Work], texts: Sequence[str]) -> Pace:
    if find_spec(module) is None:
        return Pace(name=name, missing="  not installed (the extra [benchmarks])")
    return _timed(name, load(), texts)


def _alt_profanity_check() -> Work:
    work: Work = import_module("profanity_check").predict_prob
    return work


def _better_profanity() -> Work:
    contains = import_module("better_profanity").profanity.contains_profanity
    return lambda texts: [contains(text) for text in texts]


def _tox_block(texts: Sequence[str], python: Path | None) -> Pace:
    name = "tox-block"
    if python is None:
        return Pace(name=name, missing="  not asked for (--tox-block PYTHON)")
    done = subprocess.run(
        [str(python), "-c", _TOX_BLOCK],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("SECONDS")]
    if not said:
        return Pace(name=name, missing=f"  failed: {done.stderr.strip()[-200:]}")
    clock, busy = (len(texts) / float(seconds) for seconds in said[0].split()[1:])
    return Pace(name=name, clock=clock, busy=busy)
