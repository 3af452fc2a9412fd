"""What the second night costs, and how soon a page that comes is in the queue.

``python -m benchmarks.nightly`` scans pages made of the sample comments (each made different by a
number) with the whole command, start included: all of them new, none new, one in a hundred new,
under another policy. Then it watches the folder and times pages from their writing to their round.
Machines differ: compare the rows of one run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from moderation.reading import separated_pages
from moderation.review_queue import QueuePaths
from moderation.sources import find_pages

PROJECT = Path(__file__).parents[1]
COMMENTS_A_PAGE = 50


def main(
    comments: Annotated[int, typer.Option(help="How many comments the site has.")] = 5_000,
    arrivals: Annotated[int, typer.Option(help="How many pages come while it is watched.")] = 10,
) -> None:
    """Print seconds for each night, the size of the cache, and how long a page waits."""
    with tempfile.TemporaryDirectory() as folder:
        pages, queue = Path(folder) / "pages", Path(folder) / "queue.csv"
        pages.mkdir()
        texts = _texts()
        for number in range(comments // COMMENTS_A_PAGE):
            _write(pages / f"page-{number:06}.txt", islice(texts, COMMENTS_A_PAGE))
        first = _night("all comments are new", pages, queue)
        _night("none is new", pages, queue, first)
        for number in range(max(comments // COMMENTS_A_PAGE // 100, 1)):
            _write(pages / f"new-{number:06}.txt", islice(texts, COMMENTS_A_PAGE))
        _night("one page more, or one in a hundred", pages, queue, first)
        _night("none is new, policy strict", pages, queue, first, "--policy", "strict")
        _night("all are scored anew (--no-resume)", pages, queue, first, "--no-resume")
        size = QueuePaths.beside(queue).cache.stat().st_size
        print(f"the cache: {size / comments:.0f} bytes a comment")
        _watch(pages, queue, texts, arrivals)


def _night(name: str, pages: Path, queue: Path, first: float = 0.0, *options: str) -> float:
    began = time.perf_counter()
    _command(pages, queue, *options).communicate()
    seconds = time.perf_counter() - began
    share = f", {seconds / first:.0%} of the first" if first else ""
    print(f"{name:<36} {seconds:6.1f} s{share}")
    return seconds


def _watch(pages: Path, queue: Path, texts: Iterator[str], arrivals: int) -> None:
    """Write a page, wait for its line, write the next."""
    with _command(pages, queue, "--watch") as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        waits = []
        for number in range(arrivals):
            time.sleep(1.0)
            began = time.perf_counter()
            _write(pages / f"arrival-{number:06}.txt", islice(texts, COMMENTS_A_PAGE))
            watching.stdout.readline()
            waits.append(time.perf_counter() - began)
        watching.terminate()
    print(
        f"a page of {COMMENTS_A_PAGE} that comes is in the queue after {median(waits):.1f} s "
        f"(median of {arrivals}; longest {max(waits):.1f} s); one second is to see that it is whole"
    )


def _command(pages: Path, queue: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "moderation", "scan", str(pages), "-o", str(queue), "-q"]
    return subprocess.Popen(
        [*command, *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PYTHONUNBUFFERED": "1"},
    )


def _texts() -> Iterator[str]:
    """Comments without end, no two the same."""
    found = find_pages([PROJECT / "samples"])
    read = separated_pages(found, lambda failure: None)
    samples = [" ".join(one.text.split()) for page in read for one in page.comments]
    for number, text in zip(count(1), cycle(samples), strict=False):
        yield f"{text} ({number})"


def _write(path: Path, texts: Iterator[str]) -> None:
    items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(texts, start=1))
    path.write_text(f"An article about a bridge.\n\n\n\n{items}\n\nComments are closed.\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
