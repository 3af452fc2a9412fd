"""How quick the review page is on a big queue: ``python -m benchmarks.review``.

Builds a queue of invented words and of the sample pages' comments, with its scores file and a log
in which one row in a hundred is decided. Starts the command as a user does, waits for the first
comment, and asks what a browser asks: decisions, lists, searches, counts. Then it decides at the
desk itself while the queue file is being written over and over.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any
from urllib.parse import quote, urlsplit

import polars
import typer

from benchmarks.machine import machine
from moderation.records import Comment, Reason, ScoredComment, TermMatch, Verdict
from moderation.review_queue import QueuePaths, QueueRow, frame_of, read_table
from moderation.review_queue.cells import from_cell
from moderation.review_queue.columns import LABELS
from moderation.review_queue.recording import near_duplicates
from moderation.review_queue.table_file import write_frame
from moderation.scores import scores_bytes

PROJECT = Path(__file__).parents[1]
SCORED_BY = "moderation 1; compact 96034b4e6ab7; lexicon en+de 9eb83da"
WORDS = [a + b + c for a in ("gl", "br", "sn", "t") for b in ("or", "im", "a") for c in "bdfgklmnp"]
ROWS_OF_A_PAGE = 100
DECIDED = 0.01
LABEL = "toxicity"


def main(
    rows: Annotated[int, typer.Option(help="Rows of the queue.")] = 100_000,
    decisions: Annotated[int, typer.Option(help="Decisions that are made.")] = 500,
) -> None:
    """Print start-up time, answer times and memory."""

    with tempfile.TemporaryDirectory() as folder:
        queue = Path(folder) / "queue.csv"
        build(queue, rows)
        paths = QueuePaths.beside(queue)
        sizes = ", ".join(
            f"{path.name} {path.stat().st_size / 2**20:,.0f} MiB"
            for path in paths.all()
            if path.exists()
        )
        print(f"{machine()}\n{rows:,} rows: {sizes}\n")
        of_the_command(queue, decisions)
        of_the_desk(queue, decisions)


def build(queue: Path, rows: int) -> None:
    """Write a queue, the scores of its comments and of as many others, and a log."""
    samples = read_table(PROJECT / "samples" / "queue.csv").frame["text"]
    known = [from_cell(cell) for cell in samples]
    judged = [judged_comment(number, known) for number in range(rows)]
    frame = frame_of(QueueRow(scored=one, verdict=verdict) for one, verdict in judged)
    few = near_duplicates(frame["id"][:5_000], frame["text"][:5_000])
    frame = frame.with_columns(group=frame["id"].replace_strict(few, default=""))
    decided = random.Random(3).sample(range(rows), round(rows * DECIDED))
    words = polars.Series("decision", [""] * rows).scatter(sorted(decided), "remove")
    with queue.open("wb") as file:
        write_frame(frame.with_columns(words), file)
    others = (judged_comment(number, known, flagged=False) for number in range(rows))
    both = (one for pair in zip(judged, others, strict=True) for one in pair)
    QueuePaths.beside(queue).scores.write_bytes(scores_bytes(both, LABELS))
    subprocess.run(
        [sys.executable, "-m", "moderation", "queue", "record", str(queue)],
        check=True,
        capture_output=True,
    )


def judged_comment(
    number: int, known: list[str], *, flagged: bool = True
) -> tuple[ScoredComment, Verdict]:
    """A comment of invented words, or one of the samples', with scores and reasons."""
    seed = random.Random(number if flagged else -number - 1)
    text = " ".join(seed.choices(WORDS, k=seed.randrange(5, 60)))
    if number % 7 == 0:
        text = f"{seed.choice(known)} {text}"
    page, place = divmod(number, ROWS_OF_A_PAGE)
    comment = Comment(
        id=f"{'c' if flagged else 'cf'}{number * 0x9E3779B97F4A7C15 % 16**15:015x}"[:16].ljust(
            17, "0"
        ),
        document_id=f"site/page{page}.txt",
        number=place,
        place=str(place),
        start=place * 1_000 + (0 if flagged else 500),
        end=place * 1_000 + 400,
        text=text,
        author=f"Author {seed.randrange(5_000)}",
        posted_at="5 May 2025",
    )
    score = seed.random()
    scored = ScoredComment(
        comment=comment,
        source=f"site/page{page}.txt",
        language=seed.choice(["en", "en", "en", "de"]),
        toxicity={label: round(seed.random(), 4) for label in LABELS},
        matches=(_match(text, seed),) if flagged else (),
        scored_by=SCORED_BY,
    )
    return scored, _verdict(comment.id, score, flagged=flagged)


def _match(text: str, seed: random.Random) -> TermMatch:
    return TermMatch(
        start=0,
        end=3,
        text=text[:3],
        term="glorb",
        language="en",
        category="slur",
        target=seed.choice(["people", "cats", "birds"]),
        severity=seed.randrange(1, 5),
    )


def _verdict(name: str, score: float, *, flagged: bool) -> Verdict:
    if not flagged:
        return Verdict(comment_id=name, outcome="passed", priority=0)
    reason = Reason(code="toxicity.insult", detail="insult", value=score, threshold=0.4)
    return Verdict(
        comment_id=name, outcome="flagged", priority=round(score * 100), reasons=(reason,)
    )


class Browser:
    """Asks the server what the page asks, over one connection."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._base, self._origin = parts.path, f"{parts.scheme}://{parts.netloc}"
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def get(self, path: str) -> Any:
        """What the server answers, as data; the shell as text."""
        return self._asked("GET", path, None)

    def post(self, path: str, data: object) -> Any:
        """Send something to be done."""
        return self._asked("POST", path, json.dumps(data).encode())

    def _asked(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Origin": self._origin, "Sec-Fetch-Site": "same-origin"}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, self._base + path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {content[:200]!r}")
        return json.loads(content) if path.startswith("api/") else content.decode()


@contextmanager
def server(queue: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a user starts it, and the address that it prints."""
    run = [sys.executable, "-m", "moderation", "review", str(queue)]
    process = subprocess.Popen(
        [*run, "--reviewer", "Ben", "--no-browser"], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, _address(process.stdout)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _address(lines: IO[str] | None) -> str:
    for line in lines or ():
        if match := re.search(r"http://\S+", line):
            return match[0]
    raise RuntimeError("the command printed no address")


def of_the_command(queue: Path, decisions: int) -> None:
    """Time the real process, from its start."""
    begin = time.perf_counter()
    with server(queue) as (process, address):
        shown = time.perf_counter() - begin
        browser = Browser(address)
        browser.get("")
        first = browser.get("api/rows?offset=0&limit=1&verdict=undecided")["rows"][0]["id"]
        browser.get(f"api/rows/{first}")
        served = time.perf_counter() - begin
        print(f"{'the address is printed after':<44}{shown:>8.2f} s")
        print(f"{'the first comment is served after':<44}{served:>8.2f} s")
        time.sleep(5)  # the scores file is read meanwhile
        _questions(browser)
        _print_times("a decision, answered", list(_decided(browser, decisions)))
        print(f"{'memory, highest so far':<44}{_peak(process.pid):>8,.0f} MiB")


def _questions(browser: Browser) -> None:
    for name, path in {
        "a list, as the file stands": "api/rows?limit=50",
        "a list, undecided, by score": f"api/rows?verdict=undecided&order=score&label={LABEL}",
        "a search for two words": f"api/rows?limit=50&search={quote('glorb brimd')}",
        "a reason and a severity": "api/rows?limit=50&reason=toxicity&severity=3",
        "the counts beside the filters": "api/facets?verdict=undecided",
        "a histogram": f"api/histogram?label={LABEL}&bins=40",
    }.items():
        _print_times(name, [_seconds(browser.get, path) for _ in range(9)])


def _decided(browser: Browser, count: int) -> Iterator[float]:
    """Decide like a very quick person, and look at each next comment."""
    wanted = "verdict=undecided"
    ids = [row["id"] for row in browser.get(f"api/rows?limit=200&{wanted}")["rows"]]
    for number in range(count):
        if number == len(ids):
            ids += [row["id"] for row in browser.get(f"api/rows?limit=200&{wanted}")["rows"]]
        name = ids[number]
        row = browser.get(f"api/rows/{name}?{wanted}")["row"]
        asked: dict[str, object] = {"ids": [name], "verdict": "approve", "note": None}
        asked |= {"whole_group": False, "seen": {name: row["standing"]["change"]}}
        yield _seconds(browser.post, "api/decisions", asked)
        time.sleep(0.02)


def of_the_desk(queue: Path, decisions: int) -> None:
    """Time decisions while the file is written without a pause."""
    from moderation.review_desk.desk import open_desk  # noqa: PLC0415 - timed
    from moderation.review_desk.values import Filters  # noqa: PLC0415

    opened: list[Any] = []
    print(f"{'the desk opens the queue in':<44}", end="")
    print(f"{_seconds(lambda: opened.append(open_desk(queue, 'Ana'))):>8.2f} s")
    (desk,) = opened
    ids = desk.find(Filters(verdict="undecided"), 0, 2 * decisions).ids
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            desk.write()
            time.sleep(0.01)

    quiet = [_seconds(desk.decide, [name], "remove") for name in ids[:decisions]]
    writing = threading.Thread(target=write)
    writing.start()
    busy = []
    for name in ids[decisions:]:
        busy.append(_seconds(desk.decide, [name], "remove"))
        time.sleep(0.01)
    is_over.set()
    writing.join()
    _print_times("a decision at the desk", quiet)
    _print_times("… while the queue is written all the time", busy)
    band = desk.find(Filters(verdict="undecided"), 0, 10_000).ids
    in_one_go = _seconds(desk.decide, band, "approve")
    print(f"{f'a band of {len(band):,} in one go':<44}{in_one_go:>8.2f} s")
    print(f"{'… undone':<44}{_seconds(desk.undo):>8.2f} s")
    desk.close()


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    begin = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begin


def _print_times(name: str, seconds: list[float]) -> None:
    ordered = sorted(1_000 * one for one in seconds)
    late = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    print(
        f"{name:<44}{statistics.median(ordered):>8.1f} ms"
        f"   99 %: {late:>7.1f} ms   worst: {ordered[-1]:>7.1f} ms"
    )


def _peak(process: int) -> float:
    """The most memory that a process has had, in MiB; 0 where the system does not say."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0.0
    match = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(match[1]) / 2**10 if match else 0.0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(PROJECT))
    typer.run(main)
