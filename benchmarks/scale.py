"""Time and memory of scans of any size: `python -m benchmarks.scale --rows 50000 --rows 1000000`.

Comments are excerpts of the English sample pages: of their articles, and three in a hundred of
their comments. Each has a number and a word from elsewhere in it, so that no two are alike and none
is scored at another's cost. They are written as CSV and as Parquet. Each scan is the real command
in a process of its own; its memory is that of all its processes together, looked at a few times a
second: the proportional set size, in which memory that several share counts once. A second scan of
the same file shows what a nightly pass costs when nothing is new.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import polars
import psutil
import typer

from benchmarks.machine import machine
from moderation.language import LanguageFinder
from moderation.reading import read_portions
from moderation.sources import find_pages

PROJECT = Path(__file__).parents[1]
KINDS = ("csv", "parquet")
MOST_WORDS = 14
COMMENTS_AMONG_THEM = 0.03
LOOK_EVERY = 0.25
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One scan: seconds by the clock, the highest memory in bytes, and the line it printed."""

    seconds: float
    memory: int
    sentence: str


def main(
    rows: Annotated[list[int] | None, typer.Option(help="Comments of a table.")] = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="csv or parquet.")] = None,
    options: Annotated[str, typer.Option(help="More options for the scan.")] = "",
    again: Annotated[bool, typer.Option(help="Scan each once more, with nothing new.")] = True,
) -> None:
    """Print time and memory of scans of tables of these sizes."""
    print(machine())
    print(f"{'':<10}{'comments':>12}{'':>9}{'seconds':>10}{'a second':>10}{'MB':>8}")
    for kind in kinds or KINDS:
        for count in rows or [50_000, 1_000_000]:
            _measure_table(kind, count, options.split(), again)


def _measure_table(kind: str, count: int, options: list[str], again: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        table = write_table(Path(name), kind, count)
        for which in ("first", "again") if again else ("first",):
            one = measure(table, options)
            rate = count / one.seconds
            print(
                f"{kind:<10}{count:>12,}{which:>9}{one.seconds:>10,.1f}{rate:>10,.0f}"
                f"{one.memory / MEGABYTE:>8,.0f}  {one.sentence}",
                flush=True,
            )


def write_table(folder: Path, kind: str, count: int) -> Path:
    """Write a table of comments; the same for the same count."""
    path = folder / "comments.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "author", "date", "comment"])
        for number, text in enumerate(excerpts(count)):
            writer.writerow([number, f"Reader {number % 5_000}", "2026-11-30", text])
    if kind == "parquet":
        polars.scan_csv(path, infer_schema=False).sink_parquet(folder / "comments.parquet")
        path.unlink()
        return folder / "comments.parquet"
    return path


def excerpts(count: int) -> Iterator[str]:
    """Pieces of the samples' articles and comments, with a word from another one in each."""
    finder = LanguageFinder()
    portions = [
        portion
        for portion in read_portions(find_pages([PROJECT / "samples"]), lambda failure: None)
        if finder.page_language(portion.article) == "en"
    ]
    articles = [portion.article.split() for portion in portions if portion.article]
    comments = [one.text.split() for portion in portions for one in portion.comments]
    words = [word for text in articles for word in text]
    draw = random.Random(count)
    for number in range(count):
        text = draw.choice(comments if draw.random() < COMMENTS_AMONG_THEM else articles)
        start = draw.randrange(max(1, len(text) - MOST_WORDS // 2))
        piece = text[start : start + MOST_WORDS]
        piece.insert(draw.randrange(len(piece) + 1), draw.choice(words))
        yield f"{' '.join(piece)} {number}"


def measure(table: Path, options: list[str]) -> Measured:
    """Scan a table into a queue beside it, and look at the memory meanwhile."""
    command = [sys.executable, "-m", "moderation", "scan", str(table), "--quiet"]
    command += ["--output", str(table.with_name("queue.csv")), *options]
    started, highest = time.perf_counter(), 0
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            highest = max(highest, _memory(root))
            time.sleep(LOOK_EVERY)
        seconds = time.perf_counter() - started
        assert process.stdout is not None
        return Measured(seconds=seconds, memory=highest, sentence=process.stdout.read().strip())


def _memory(root: psutil.Process) -> int:
    total = 0
    try:
        for process in (root, *root.children(recursive=True)):
            total += _own_share(process)
    except psutil.Error:
        pass  # it has ended meanwhile
    return total


def _own_share(process: psutil.Process) -> int:
    try:
        whole = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(whole, "pss", whole.uss))


if __name__ == "__main__":
    typer.run(main)
