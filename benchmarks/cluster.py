"""How a scan scales from one process to several on a Ray cluster, and what its driver can take.

``python -m benchmarks.cluster`` scans the same pages with this machine's own engine and with one,
two and three assessors on a Ray cluster that it starts here, taking turns. A rate is that of the
work itself, from the first comments that come back to the last; starting is stated beside it.

``--only waiting`` puts a model in the embedded one's place that waits ten milliseconds for each
comment instead of computing, as if each assessor had a processor of its own: that tells what the
machinery adds, on a machine with few processors or with neighbours. ``--only driver`` measures
what stays in one process however large the cluster is: comments a second that the driver can take
in, the bytes that a comment takes in the cache, and how the driver's memory grows. Machines and
their neighbours differ: compare the lines of one run.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.machine import machine
from benchmarks.speed import REAL_COMMENTS, _comments, _write_pages
from moderation.assessing import Brief
from moderation.cluster import AssessedPortion, Cluster, RayCluster, WorkOrder
from moderation.cluster.work import Assessor, TravellingBrief
from moderation.output import write_results
from moderation.pipeline import Manner, Progress, ScanResult, scan
from moderation.policy import load_policy
from moderation.portions import Portion, Unread
from moderation.reading import contents_of
from moderation.records import FoundComment
from moderation.score_cache import identity_of
from moderation.sources import find_pages

COPY_OF = 400
"""Comments that the driver's measurement repeats, each time under other names."""


PAUSE = 0.01
"""Seconds for each comment, about what the embedded model takes on one processor."""

WAITING = (1, 2, 4, 8)
"""Assessors."""


@dataclass(slots=True)
class Watch:
    """Notes when the first comments of a scan came back, and when the last."""

    started: float = field(default_factory=time.perf_counter)
    first: tuple[float, int] | None = None
    last: tuple[float, int] = (0.0, 0)

    def hear(self, progress: Progress) -> None:
        """Take in how far a scan has come."""
        if progress.comments_done:
            self.last = (time.perf_counter() - self.started, progress.comments_done)
            self.first = self.first or self.last

    @property
    def rate(self) -> float:
        """Comments a second after the first came back."""
        (begun, before), (ended, done) = self.first or (0.0, 0), self.last
        return (done - before) / max(ended - begun, 1e-9)


def main(  # noqa: PLR0913, PLR0917 - a command's options
    comments: Annotated[int, typer.Option(help="How many comments each scan has.")] = 3_000,
    shared: Annotated[Path, typer.Option(help="Folder with real comments.")] = Path("../shared"),
    most: Annotated[int, typer.Option(help="The largest number of assessors.")] = 3,
    turns: Annotated[int, typer.Option(help="How often the engines take turns.")] = 1,
    only: Annotated[
        str, typer.Option(help="scaling, waiting or driver; all three without it.")
    ] = "",
    replay: Annotated[int, typer.Option(hidden=True, help="For a process of our own.")] = 0,
) -> None:
    """Print rates by number of assessors, and the figures of the driver."""
    if replay:
        print(_replayed(shared, replay))
        return
    print(machine())
    if only in {"", "scaling"}:
        _print_scaling(_comments(shared / REAL_COMMENTS, comments), most, turns)
    if only in {"", "waiting"}:
        _print_waiting(_comments(shared / REAL_COMMENTS, comments))
    if only in {"", "driver"}:
        _print_driver(shared)


def _print_scaling(texts: list[str], most: int, turns: int) -> None:
    # Ray lets its processes yield to all others, which on a shared machine would be measured too.
    os.environ.setdefault("RAY_worker_niceness", "0")
    engines: dict[str, Manner] = {
        "local, 1 process": Manner(processes=1),
        "local, as many as pay": Manner(),
    }
    for count in range(1, most + 1):
        named = f"ray, {count} assessor{'s' if count > 1 else ''}"
        engines[named] = Manner(cluster=RayCluster(address="local", processes=count))
    watches: dict[str, list[Watch]] = {name: [] for name in engines}
    with tempfile.TemporaryDirectory() as folder:
        _write_pages(texts, Path(folder))
        for _ in range(turns):
            for name, manner in engines.items():
                watch = Watch()
                result = scan([folder], manner=replace(manner, on_progress=watch.hear))
                watches[name].append(watch)
    _print_sizes(result)
    print(f"\n{len(texts):,} comments, best of {turns}")
    print(f"{'engine':<26}{'first after s':>14}{'comments/s':>12}{'of one':>8}")
    one = max(watch.rate for watch in watches["ray, 1 assessor"])
    for name, seen in watches.items():
        best = max(seen, key=lambda watch: watch.rate)
        first = best.first[0] if best.first else 0.0
        print(f"{name:<26}{first:>14.1f}{best.rate:>12,.0f}{best.rate / one:>8.2f}")


@dataclass(frozen=True)
class Waiting:
    """A model that takes its time without taking a processor's."""

    name = "waiting"
    revision = "1"
    labels = ("toxicity",)
    languages = frozenset({"en"})

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Wait; find nothing."""
        time.sleep(PAUSE * len(texts))
        return [{"toxicity": 0.0} for _ in texts]


def _print_waiting(texts: list[str]) -> None:
    policy = replace(load_policy("standard"), thresholds={"toxicity": 0.9})
    print(f"\n{len(texts):,} comments of which each waits {PAUSE * 1000:.0f} ms")
    print(f"{'assessors':<12}{'first after s':>14}{'comments/s':>12}{'at most':>9}")
    with tempfile.TemporaryDirectory() as folder:
        _write_pages(texts, Path(folder))
        for count in WAITING:
            watch = Watch()
            cluster = RayCluster(address="local", processes=count)
            manner = Manner(cluster=cluster, on_progress=watch.hear)
            scan([folder], policy=policy, model=Waiting(), manner=manner)
            first = watch.first[0] if watch.first else 0.0
            print(f"{count:<12}{first:>14.1f}{watch.rate:>12,.0f}{count / PAUSE:>9,.0f}")


def _print_sizes(result: ScanResult) -> None:
    with tempfile.TemporaryDirectory() as folder:
        queue = Path(folder, "queue.csv")
        write_results(result, queue)
        scores = queue.with_suffix(".scores.parquet").stat().st_size
        rows = queue.stat().st_size
    counts = result.receipt.counts
    print(
        f"files: scores {scores / counts.found:.0f} bytes a comment, queue "
        f"{rows / max(counts.flagged, 1):.0f} bytes a row ({counts.flagged / counts.found:.0%} "
        "are flagged)"
    )


def _print_driver(shared: Path) -> None:
    print("\nThe driver alone, with everything else done before:")
    few, many = 20_000, 100_000
    figures = {}
    for count in (few, many):
        command = [sys.executable, "-m", "benchmarks.cluster", "--replay", str(count)]
        done = subprocess.run(
            [*command, "--shared", str(shared)], capture_output=True, text=True, check=True
        )
        taken, written, peak, cache = map(float, done.stdout.split()[-4:])
        figures[count] = peak
        print(
            f"{count:>9,} comments: {count / taken:>7,.0f} a second taken in, files written in "
            f"{written:.1f} s, cache {cache / count:.0f} bytes a comment, peak memory "
            f"{peak / 2**20:,.0f} MB"
        )
    growth = (figures[many] - figures[few]) / (many - few)
    print(f"peak memory grows by {growth:.0f} bytes a comment")


def _replayed(shared: Path, count: int) -> str:
    """Take in what a cluster would send: seconds, seconds to write, peak and cache in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder, "pages")
        pages.mkdir()
        _write_pages(_comments(shared / REAL_COMMENTS, COPY_OF), pages)
        cluster = _Replay(packages=_assessed(pages), count=count)
        queue = Path(folder, "queue.csv")
        cache = queue.with_suffix(".cache.sqlite")
        begun = time.perf_counter()
        result = scan([pages], manner=Manner(cluster=cluster, cache=cache, folder=queue.parent))
        taken = time.perf_counter() - begun - cluster.own_seconds
        begun = time.perf_counter()
        write_results(result, queue)
        written = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        kept = sum(path.stat().st_size for path in queue.parent.glob(f"{cache.name}*"))
        return f"{taken} {written} {peak} {kept}"


def _assessed(pages: Path) -> list[AssessedPortion]:
    brief = Brief(policy=load_policy("standard"), model="compact")
    assessor = Assessor(TravellingBrief.of(brief, identity_of(brief.load())))
    contents = [one for page in find_pages([pages]).pages for one in contents_of(page)]
    portions = [one for one in contents if isinstance(one, Portion)]
    return [one for one in assessor.assessed(portions) if isinstance(one, AssessedPortion)]


@dataclass(slots=True, kw_only=True)
class _Replay(Cluster):
    """A cluster that has done its work before: the same portions again and again, renamed."""

    packages: list[AssessedPortion]
    count: int
    own_seconds: float = 0.0

    def assessed(self, order: WorkOrder) -> Iterator[AssessedPortion | Unread]:
        """See `Cluster.assessed`; unpickling counts as the driver's, renaming does not."""
        sent, turn = 0, 0
        while True:
            for portion in self.packages:
                begun = time.perf_counter()
                package = pickle.dumps(_renamed(portion, turn))
                self.own_seconds += time.perf_counter() - begun
                yield pickle.loads(package)
                sent += len(portion.comments)
                if sent >= self.count:
                    return
            turn += 1

    def as_json(self) -> Mapping[str, Any]:
        """See `Cluster.as_json`."""
        return {"name": "replay"}


def _renamed(portion: AssessedPortion, turn: int) -> AssessedPortion:
    comments = []
    for one in portion.comments:
        assert not isinstance(one, FoundComment)
        comment = one.scored.comment
        named = replace(
            comment,
            id=f"c{hash((comment.id, turn)) & (2**64 - 1):016x}",
            document_id=f"{turn}/{comment.document_id}",
            text=f"{comment.text} {turn}",
        )
        scored = replace(one.scored, comment=named)
        verdict = replace(one.verdict, comment_id=named.id)
        comments.append(replace(one, scored=scored, verdict=verdict))
    finished = tuple(replace(page, id=f"{turn}/{page.id}") for page in portion.finished)
    return replace(portion, comments=tuple(comments), finished=finished)


if __name__ == "__main__":
    typer.run(main)
