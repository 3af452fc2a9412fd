"""How long a merge into a big queue takes, and how much memory: ``python -m benchmarks.queue``.

Builds a queue of which people decided one row in a hundred, and a new scan of the same size in
which one row in a hundred is another. Reads, merges and writes in a process of its own, as a scan
does when it has found its rows. The peak is that of the whole process up to the end of each part.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import polars
import typer

from benchmarks.machine import machine
from moderation.records import Decision
from moderation.review_queue import COLUMNS, QueuePaths
from moderation.review_queue.decision_log import LogEntry, append, read_log
from moderation.review_queue.extent import Extent
from moderation.review_queue.files import whole_table
from moderation.review_queue.locking import stamp
from moderation.review_queue.merging import START, FoundRows, merge
from moderation.review_queue.older import older_queue
from moderation.review_queue.recording import near_duplicates, now_recorder, put_in_place
from moderation.review_queue.states import under
from moderation.review_queue.table_file import HashedWriter, write_frame

ROWS_OF_A_PAGE = 100
CHANGED = 0.01
DECIDED = 0.01
SCORED_BY = "moderation 1; compact 96034b4e6ab7; lexicon en+de 9eb83da"
POLICY = "policy standard 93a3212c"
MEBIBYTES_A_UNIT = 1 / 2**20 if sys.platform == "darwin" else 1 / 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the work: its seconds, and the process's peak memory in MiB at its end."""

    name: str
    seconds: float
    peak: float


def main(
    rows: Annotated[int, typer.Option(help="Rows of the queue.")] = 1_000_000,
    log: Annotated[int, typer.Option(help="Lines of a log that is read by itself.")] = 1_000_000,
    measure: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print seconds and peak memory of each part."""

    if measure is not None:
        print(json.dumps([asdict(part) for part in _measure(measure)]))
        return
    with tempfile.TemporaryDirectory() as folder:
        in_another_process("_build", Path(folder), rows)
        queue = Path(folder) / "queue.csv"
        print(f"{machine()}\n{rows:,} rows, {queue.stat().st_size / 2**20:,.0f} MiB")
        run = [sys.executable, "-m", "benchmarks.queue", "--measure", folder]
        parts = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    print(f"\n{'part':<24}{'seconds':>9}{'peak, MiB':>12}")
    for part in parts:
        print(f"{part['name']:<24}{part['seconds']:>9.1f}{part['peak']:>12,.0f}")
    print(f"{'together':<24}{sum(part['seconds'] for part in parts):>9.1f}")
    with tempfile.TemporaryDirectory() as folder:
        in_another_process("_build_log", Path(folder) / "log.jsonl", log)
        seconds = float(in_another_process("_time_log", Path(folder) / "log.jsonl"))
    print(f"\na log of {log:,} lines is read in {seconds:.1f} s")


def in_another_process(function: str, *arguments: Path | int) -> str:
    """Call a function of this file where its memory is nobody else's."""
    shown = ", ".join(str(a) if isinstance(a, int) else f"Path({str(a)!r})" for a in arguments)
    code = (
        f"from pathlib import Path\nfrom benchmarks import queue\nprint(queue.{function}({shown}))"
    )
    run = [sys.executable, "-c", code]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


def _build(folder: Path, rows: int) -> None:
    """Write the older queue, its log, and the rows of the new scan."""
    seed = random.Random(7)
    paths = QueuePaths.beside(folder / "queue.csv")
    old = _rows(range(rows), seed)
    decided = seed.sample(range(rows), round(rows * DECIDED))
    append(paths.log, [_entry(_id(number)) for number in decided])
    logged = polars.DataFrame({"id": [_id(number) for number in decided]}).with_columns(
        decision=polars.lit("remove"), decided_under=polars.lit(under(SCORED_BY, POLICY))
    )
    old = old.update(logged, on="id")
    with paths.queue.open("wb") as file:
        write_frame(old.select(COLUMNS), file)
    gone = round(rows * CHANGED / 2)
    new = _rows(range(gone, rows + gone), random.Random(7))
    new.write_parquet(folder / "found.parquet")


def _rows(numbers: range, seed: random.Random) -> polars.DataFrame:
    words = [f"word{number}" for number in range(5_000)]
    empty = dict.fromkeys(COLUMNS, "")
    columns: dict[str, list[str]] = {name: [text] * len(numbers) for name, text in empty.items()}
    texts = [random.Random(number).choices(words, k=12) for number in numbers]
    columns |= {
        "id": [_id(number) for number in numbers],
        "priority": [str(number * 7919 % 101) for number in numbers],
        "text": [" ".join(text) for text in texts],
        "reasons": [f"toxicity {number % 100 / 100:.2f} ≥ 0.70" for number in numbers],
        "source": [f"site/page{number // ROWS_OF_A_PAGE}.txt" for number in numbers],
        "number": [str(number % ROWS_OF_A_PAGE) for number in numbers],
        "language": ["en"] * len(numbers),
        "toxicity": [f"{seed.random():.3f}" for _ in numbers],
        "insult": [f"{seed.random():.3f}" for _ in numbers],
        "scored_by": [SCORED_BY] * len(numbers),
    }
    frame = polars.DataFrame(columns, schema=dict.fromkeys(COLUMNS, polars.String))
    starts = polars.Series(START, [number % ROWS_OF_A_PAGE for number in numbers])
    return frame.with_columns(starts)


def _id(number: int) -> str:
    return f"c{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def _entry(name: str) -> LogEntry:
    return LogEntry(
        recorded_at="2026-01-01T00:00:00+00:00",
        action="decided",
        decision=Decision(comment_id=name, verdict="remove"),
        decided_under=under(SCORED_BY, POLICY),
        recorded_by="moderation 1",
    )


def _measure(folder: Path) -> list[Part]:
    paths = QueuePaths.beside(folder / "queue.csv")
    frame = polars.read_parquet(folder / "found.parquet")  # a scan has these in memory already
    found = FoundRows(frame=frame, unflagged=frame.clear(), policy=POLICY)
    pages = {source.rpartition("/")[2]: source for source in frame["source"].unique()}
    extent = Extent(pages=pages, seen=frame["id"])
    clock = _Clock()
    read_at = stamp(paths.queue)
    log = read_log(paths.log)
    old = older_queue(whole_table(paths.queue), log, extent.seen)
    clock.done("read")

    def grouping(ids: polars.Series, texts: polars.Series) -> Mapping[str, str]:
        clock.done("merge, first half")
        groups = near_duplicates(ids, texts)
        clock.done("near-duplicates")
        return groups

    merged = merge(old, log, found, extent, recorder=now_recorder(POLICY), grouping=grouping)
    clock.done("merge, second half")
    put_in_place(paths, merged, HashedWriter(merged.frame, ","), read_at)
    clock.done("write")
    return clock.parts


class _Clock:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._last = time.monotonic()

    def done(self, name: str) -> None:
        now = time.monotonic()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEBIBYTES_A_UNIT
        self.parts.append(Part(name=name, seconds=now - self._last, peak=peak))
        self._last = time.monotonic()


def _build_log(path: Path, lines: int) -> None:
    append(path, [_entry(_id(number)) for number in range(lines)])


def _time_log(path: Path) -> float:
    started = time.monotonic()
    read_log(path)
    return time.monotonic() - started


if __name__ == "__main__":
    typer.run(main)
