"""Every judged comment of a pass, in order, in little memory: what is full goes to the disk.

A small pass never touches the disk. The parts of a large one lie in a folder of their own, which
goes when the ledger does; one that a killed program left is swept away by the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from moderation.errors import OutputError
from moderation.records import JudgedComment, Outcome, ScoredComment, Verdict
from moderation.review_queue.writing import is_alive
from moderation.scores import Scores, scores_frame, write_scores

if TYPE_CHECKING:
    import polars

PART: Final = 4_096
"""Comments that are held as values before they become a part."""

LEFT_BEHIND_AFTER: Final = 600.0
"""Seconds without a new part after which a folder whose process has ended is swept away."""

ABANDONED_AFTER: Final = 86_400.0
"""The same where the process cannot be asked: on another machine of a shared drive, on Windows."""

_PREFIX: Final = "moderation-"
_SUFFIX: Final = ".partial"


class Ledger:
    """Comments with all that was measured and decided about them, in the order they were added."""

    def __init__(self, labels: Sequence[str], folder: Path | None = None) -> None:
        """Begin an empty ledger for a model's labels.

        ``folder`` is where a folder for the parts is made if they are many; None is the system's
        place for temporary files.
        """
        self.labels = tuple(labels)
        self._folder = folder
        self._parts: list[Path] = []
        self._own_folder: Path | None = None
        self._fresh: list[JudgedComment] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[JudgedComment]:
        """Go through all comments, in order."""
        for part in self._part_frames():
            yield from _comments(part.collect(), self.labels)
        yield from self._fresh

    def add(self, judged: Sequence[JudgedComment]) -> None:
        """Take comments in, behind those that are there.

        Raises:
            OutputError: when a part cannot be written.
        """
        self._fresh += judged
        self._count += len(judged)
        while len(self._fresh) >= PART:
            self._put_away(self._fresh[:PART])
            del self._fresh[:PART]

    def ids(self) -> polars.Series:
        """The ids of all comments, in order."""
        import polars  # noqa: PLC0415

        fresh = [one.scored.comment.id for one in self._fresh]
        columns = [part.select("id").collect()["id"] for part in self._part_frames()]
        return polars.concat([*columns, polars.Series("id", fresh, dtype=polars.String)])

    def frame(self) -> polars.DataFrame:
        """All comments, in order, as a frame with the columns of the scores file."""
        import polars  # noqa: PLC0415

        fresh = scores_frame(_pairs(self._fresh), self.labels).lazy()
        return polars.concat([*self._part_frames(), fresh]).collect()

    def with_outcomes(self, outcomes: Collection[Outcome]) -> Iterator[JudgedComment]:
        """Those comments of which one of these became, in order."""
        import polars  # noqa: PLC0415

        wanted = polars.col("outcome").is_in(list(outcomes))
        for part in self._part_frames():
            yield from _comments(part.filter(wanted).collect(), self.labels)
        yield from (one for one in self._fresh if one.verdict.outcome in outcomes)

    def chosen(self, ids: Collection[str]) -> Iterator[JudgedComment]:
        """Those comments that have one of these ids, in order."""
        import polars  # noqa: PLC0415

        if not ids:
            return
        wanted = polars.col("id").is_in(list(ids))
        for part in self._part_frames():
            yield from _comments(part.filter(wanted).collect(), self.labels)
        yield from (one for one in self._fresh if one.scored.comment.id in ids)

    def write_scores(self, file: IO[bytes], carried: polars.LazyFrame | None = None) -> None:
        """Write the scores file of all comments, with rows of an earlier one behind them."""
        fresh = scores_frame(_pairs(self._fresh), self.labels).lazy()
        write_scores([*self._part_frames(), fresh], self.labels, file, carried)

    def _part_frames(self) -> Iterator[polars.LazyFrame]:
        import polars  # noqa: PLC0415

        for part in self._parts:
            yield polars.scan_parquet(part)

    def _put_away(self, judged: Sequence[JudgedComment]) -> None:
        frame = scores_frame(_pairs(judged), self.labels)
        try:
            path = self._parts_folder() / f"{len(self._parts):08}.parquet"
            with path.open("wb") as file:
                frame.write_parquet(file, compression="lz4")
        except OSError as error:
            raise OutputError(self._no_room(error)) from error
        self._parts.append(path)

    def _no_room(self, error: OSError) -> str:
        folder = self._own_folder or self._folder or tempfile.gettempdir()
        return (
            f"There is no room for the comments of a large scan in {folder}: "
            f"{error.strerror or error}. The queue is as it was. Free some space and start the "
            "same command again."
        )

    def _parts_folder(self) -> Path:
        if self._own_folder is None:
            parent = self._folder or Path(tempfile.gettempdir())
            _sweep(parent)
            prefix = f".{_PREFIX}{os.getpid()}-{_machine()}-"
            made = tempfile.mkdtemp(prefix=prefix, suffix=_SUFFIX, dir=parent)
            self._own_folder = Path(made)
            weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return self._own_folder


def _pairs(judged: Sequence[JudgedComment]) -> Iterator[tuple[ScoredComment, Verdict]]:
    return ((one.scored, one.verdict) for one in judged)


def _comments(frame: polars.DataFrame, labels: tuple[str, ...]) -> Iterator[JudgedComment]:
    for scored, verdict in Scores(frame=frame, labels=labels).judged():
        yield JudgedComment(scored=scored, verdict=verdict)


def _sweep(parent: Path) -> None:
    """Remove what a killed pass left here; never what one is writing now."""
    for left in parent.glob(f".{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if _is_left_behind(left.name, time.time() - left.stat().st_mtime):
                shutil.rmtree(left, ignore_errors=True)


def _is_left_behind(name: str, age: float) -> bool:
    process, machine, *_ = [*name.removeprefix(f".{_PREFIX}").split("-"), ""]
    if not process.isdigit():
        return False
    if machine != _machine() or sys.platform == "win32":
        return age > ABANDONED_AFTER
    return age > LEFT_BEHIND_AFTER and not is_alive(int(process))


def _machine() -> str:
    """What tells machines apart that share a drive; containers have names of their own too."""
    return hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()
