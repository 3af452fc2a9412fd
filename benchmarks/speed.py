"""How fast a scan is, where its time goes, and how fast Detoxify would be at the same weights.

``python -m benchmarks.speed`` times each stage of the pass on the same comments in one run, then
the whole command, then Detoxify and our export of the same weights (``models.py``), other filters
(``peers.py``), and how much memory many comments take. Machines and their neighbours differ:
compare shares and ratios, and quote a rate only with the machine beside it.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from benchmarks.machine import machine
from benchmarks.peers import compare_peers, peak_memory, print_peers
from moderation.detectors import load_detectors, score_comments
from moderation.language import LanguageFinder
from moderation.policy import judge, load_policy
from moderation.reading import SeparatedPage, separated_pages
from moderation.records import FoundComment, JudgedComment
from moderation.review_queue import queue_bytes, queue_row
from moderation.scores import scores_bytes
from moderation.sources import find_pages, read_page
from training.evaluate import reader_comments

PROJECT = Path(__file__).parents[1]
REAL_COMMENTS = Path("data/civil_toxic_spans/comments.csv")
READER_COMMENTS = Path("pages/gold")
COMMENTS_A_PAGE = 50
PEER_COMMENTS = 1_000

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage's name and the seconds that it took for all comments."""

    name: str
    seconds: float


def main(  # noqa: PLR0913, PLR0917 - one option each
    comments: Annotated[int, typer.Option(help="How many comments to scan.")] = 3_000,
    shared: Annotated[Path, typer.Option(help="Folder with real comments.")] = Path("../shared"),
    only: Annotated[
        str, typer.Option(help="stages, models, peers or memory; all without it.")
    ] = "",
    tox_block: Annotated[
        Path | None, typer.Option(help="An interpreter with tox-block, to time it too.")
    ] = None,
    memory_comments: Annotated[int, typer.Option(help="Comments to see memory at.")] = 200_000,
    model_comments: Annotated[int, typer.Option(help="Comments for each model in a turn.")] = 96,
    turns: Annotated[int, typer.Option(help="How often the models take turns.")] = 3,
) -> None:
    """Print comments a second for each stage and the whole command, and for Detoxify beside us."""
    texts = _comments(shared / REAL_COMMENTS, max(comments, model_comments))
    if only in ("", "stages"):
        _print_stages(texts[:comments])
    if only in ("", "models"):
        _print_models(texts[:model_comments], turns)
    readers = _reader_comments(shared / READER_COMMENTS)
    if only in ("", "peers"):
        _print_peers({"reader comments": readers, "abusive comments": texts}, tox_block)
    if only in ("", "memory"):
        _print_memory(readers or texts, (memory_comments // 4, memory_comments))


def _print_peers(kinds: dict[str, list[str]], tox_block: Path | None) -> None:
    print(f"\n{machine()}")
    for kind, texts in kinds.items():
        if texts:
            some = texts[:PEER_COMMENTS]
            print_peers(some, compare_peers(some, tox_block), kind)


def _print_memory(texts: list[str], counts: tuple[int, ...]) -> None:
    print("\nPeak memory of a process that scores with compact-quick:")
    for count in counts:
        print(f"{count:>9,} comments {peak_memory(texts[:2_000], count):>8,.0f} MiB")


def _reader_comments(folder: Path) -> list[str]:
    """Comments of saved pages, in a fixed mixed order; none where the pages are not at hand."""
    texts = sorted(reader_comments(folder))
    random.Random(1).shuffle(texts)
    return texts


def _print_models(texts: list[str], turns: int) -> None:
    if find_spec("detoxify") is None:
        print("\nDetoxify is not installed (the extra [detoxify]); it is not compared with.")
        return
    from benchmarks.models import compare_models, print_models  # noqa: PLC0415 - PyTorch

    rates, checked = compare_models(texts, turns)
    print(f"\n{machine()}\n{len(texts):,} comments, {turns} turns")
    print_models(rates, checked)


def _print_stages(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _write_pages(texts, Path(folder))
        stages, found = _time_stages(Path(folder))
        whole = _time_command(Path(folder))
    total = sum(stage.seconds for stage in stages)
    print(f"\n{machine()}\n{found:,} comments, {sum(map(len, texts)) / len(texts):.0f} characters")
    print(f"\n{'stage':<28}{'comments/s':>12}{'share':>8}")
    for stage in stages:
        rate, share = found / stage.seconds, stage.seconds / total
        print(f"{stage.name:<28}{rate:>12,.0f}{share:>8.1%}")
    print(f"{'all stages':<28}{found / total:>12,.0f}{1:>8.1%}")
    print(f"{'the command, start included':<28}{found / whole:>12,.0f}")
    print(f"\nmoderation --help answers in {min(_time_help() for _ in range(5)):.2f} s")


def _comments(real: Path, count: int) -> list[str]:
    """Real newspaper comments where they are at hand; otherwise the samples', over and over."""
    if real.exists():
        with real.open(encoding="utf-8", newline="") as file:
            texts = [" ".join(row["comment_text"].split()) for row in csv.DictReader(file)]
        print(f"Comments from {real}.")
    else:
        print(f"{real} is not there; the sample pages' comments are used, with a number each.")
        pages = separated_pages(find_pages([PROJECT / "samples"]), lambda failure: None)
        texts = [" ".join(c.text.split()) for page in pages for c in page.comments]
        # A number of its own keeps any memory of earlier texts from helping.
        texts = [f"{texts[n % len(texts)]} {n}" for n in range(count)]
    return texts[:count]


def _write_pages(texts: list[str], folder: Path) -> None:
    article = "The council met on Monday to talk about the bridge.\n\n" * 10
    for first in range(0, len(texts), COMMENTS_A_PAGE):
        chunk = texts[first : first + COMMENTS_A_PAGE]
        items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(chunk, start=1))
        page = f"{article}\n\n{items}\n\nComments are closed."
        (folder / f"page{first:06}.txt").write_text(page, encoding="utf-8")


def _time_stages(folder: Path) -> tuple[list[Stage], int]:
    found_pages = find_pages([folder])
    loading, detectors = _timed(load_detectors)
    policy = load_policy("standard")
    reading, _ = _timed(lambda: [read_page(page) for page in found_pages.pages])
    separating, pages = _timed(lambda: list(separated_pages(found_pages, lambda failure: None)))
    found = [
        FoundComment(comment=comment, source=page.source, page_language="en")
        for page in pages
        for comment in page.comments
    ]
    texts = [one.comment.text for one in found]
    language = _timed(lambda: _languages(detectors.languages, pages, texts))[0]
    lexicon = _timed(lambda: [detectors.lexicon.find(text) for text in texts])[0]
    toxicity = _timed(lambda: detectors.scorer.score(texts))[0]
    scored = score_comments(found, detectors)
    judging, judged = _timed(
        lambda: [JudgedComment(scored=one, verdict=judge(one, policy)) for one in scored]
    )
    writing = _timed(lambda: _write(judged, detectors.scorer.labels))[0]
    return [
        Stage(name="load the detectors", seconds=loading),
        Stage(name="read pages", seconds=reading),
        Stage(name="separate comments", seconds=max(separating - reading, 1e-9)),
        Stage(name="language", seconds=language),
        Stage(name="lexicon", seconds=lexicon),
        Stage(name="toxicity model", seconds=toxicity),
        Stage(name="policy", seconds=judging),
        Stage(name="queue and scores", seconds=writing),
    ], len(found)


def _languages(finder: LanguageFinder, pages: list[SeparatedPage], texts: list[str]) -> None:
    for page in pages:
        finder.page_language("\n".join(one.text for one in page.comments))
    finder.languages(texts, "en")


def _write(judged: list[JudgedComment], labels: tuple[str, ...]) -> None:
    queue_bytes(queue_row(one) for one in judged)
    scores_bytes(((one.scored, one.verdict) for one in judged), labels)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _time_command(folder: Path) -> float:
    with tempfile.TemporaryDirectory() as output:
        command = [sys.executable, "-m", "moderation", "scan", str(folder), "--quiet"]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--output", f"{output}/queue.csv"],
            cwd=PROJECT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - started


def _time_help() -> float:
    command = [sys.executable, "-m", "moderation", "--help"]
    return _timed(
        lambda: subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    )[0]


if __name__ == "__main__":
    typer.run(main)
