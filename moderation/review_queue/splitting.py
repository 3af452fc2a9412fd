"""Share a queue's undecided rows out among several people, each row to at least one.

A page goes to one person whole, and with it the pages of its near-duplicates where that keeps the
shares fair. Only a page that is longer than a fair share is cut, into runs of neighbouring rows. An
overlap is a sample of rows that a second person judges too, without knowing which, so that their
agreement can be measured.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.errors import OutputError, QueueExists, UsageError
from moderation.review_queue.columns import (
    COLUMNS,
    LABELS,
    REVIEWER_COLUMNS,
    STANDING_COLUMNS,
)
from moderation.review_queue.reading import ROW, QueueTable, read_table
from moderation.review_queue.states import GONE, words_of
from moderation.review_queue.table_file import write_frame
from moderation.review_queue.writing import write_together

if TYPE_CHECKING:
    import polars

_SECOND_COPY = re.compile(r"(?: ?\(\d+\)| - (?:Copy|Kopie|Copie)| copy(?: \d+)?)+$")

EVIDENCE_COLUMNS = ("priority", "reasons", *LABELS, "terms", "scored_by")
"""What the tool thinks of a comment, which a blind part leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows that one person judges, in the order in which they are to be read.

    ``overlap`` counts those that another person judges too.
    """

    name: str
    frame: polars.DataFrame
    pages: int
    overlap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A queue that was shared out.

    ``undecided + decided + gone`` are the queue's rows; ``undecided + overlap`` those of the parts.
    ``cut_pages`` were too long for one person.
    """

    parts: tuple[Part, ...]
    undecided: int
    decided: int
    gone: int
    overlap: int
    cut_pages: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse parts that do not add up.

        Raises:
            ValueError: when a row was lost or given out too often.
        """
        if sum(part.frame.height for part in self.parts) != self.undecided + self.overlap:
            raise ValueError("the rows of the parts do not add up to the undecided ones")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An undecided row: its place in the queue, its page, its place there, its group if any."""

    index: int
    comment_id: str
    source: str
    place: tuple[int, ...]
    group: str


def split(
    table: QueueTable, names: Sequence[str], *, overlap: int = 0, blind: bool = False
) -> Split:
    """Share out the undecided rows of a queue among people, for each name a part.

    The same queue and names give the same parts. ``overlap`` rows, or all when there are not as
    many, stand in two parts. ``blind`` leaves out what the tool thinks and sorts by page.

    Raises:
        UsageError: when a name is no name for a file or given twice, or the overlap needs a second
            person.
    """
    _check(names, overlap)
    rows, decided, gone = _undecided(table.frame)
    runs, cut_pages = _runs(rows, len(names))
    owners = _deal(runs, len(names))
    seconds = _second_readers(_sample(rows, overlap), owners, len(names))
    parts = [
        _part(table.frame, name, _rows_of(person, rows, owners, seconds), seconds, blind)
        for person, name in enumerate(names)
    ]
    return Split(
        parts=tuple(parts),
        undecided=len(rows),
        decided=decided,
        gone=gone,
        overlap=len(seconds),
        cut_pages=cut_pages,
    )


def write_parts(parts: Iterable[Part], queue: Path, folder: Path) -> tuple[Path, ...]:
    """Write each part as ``QUEUE-NAME.csv`` into a folder, all of them or none.

    Raises:
        UsageError: when the folder is none.
        QueueExists: when a part stands there already that somebody may have worked on.
        OutputError: when something cannot be written; nothing has changed then.
    """
    _make_folder(folder)
    contents = {folder / part_name(queue, part.name): _csv(part.frame) for part in parts}
    for path, content in contents.items():
        _refuse_work(path, content)
    write_together(contents)
    return tuple(contents)


def part_name(queue: Path, name: str) -> str:
    """The file name of a person's part: ``queue-ann.csv``."""
    return f"{queue.name.removesuffix('.csv')}-{name}.csv"


def reviewer_of(part: Path, queue: Path) -> str:
    """The name of the person whose part a file is: ``ann`` for ``queue-ann.csv`` or ``ann.csv``.

    What browsers and systems add to a second copy is no part of a name: ``queue-ann (1).csv``.
    """
    stem = _SECOND_COPY.sub("", part.stem).removeprefix(f"{queue.stem}-")
    return stem.strip() or part.stem


def _check(names: Sequence[str], overlap: int) -> None:
    if not names:
        raise UsageError("A queue is split for at least one person.")
    for name in names:
        if not re.fullmatch(r"\w(?:[\w .-]*\w)?", name):
            raise UsageError(f"'{name}' cannot be part of a file's name. Use letters and digits.")
    twice = [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]
    if twice:
        raise UsageError(f"The name '{twice[0]}' is given twice. Each person needs an own one.")
    if overlap and len(names) < 2:
        raise UsageError("An overlap needs two people at least. Ask for --by 2 or more.")


def _undecided(frame: polars.DataFrame) -> tuple[list[_Row], int, int]:
    rows, decided, gone = [], 0, 0
    columns = frame.select("id", "decision", "state", "source", "number", "group")
    for index, (name, decision, state, source, number, group) in enumerate(columns.iter_rows()):
        if decision.strip():
            decided += 1
        elif GONE in words_of(state):
            gone += 1
        else:
            place = tuple(map(int, re.findall(r"\d{1,9}", number)))
            rows.append(_Row(index=index, comment_id=name, source=source, place=place, group=group))
    return rows, decided, gone


def _in_page_order(row: _Row) -> tuple[str, tuple[int, ...], int]:
    return (row.source, row.place, row.index)


def _runs(rows: Iterable[_Row], people: int) -> tuple[list[list[_Row]], tuple[str, ...]]:
    """The pages, those that are longer than a fair share cut; and which these are."""
    ordered = sorted(rows, key=_in_page_order)
    fair = max(1, -(-len(ordered) // people))
    runs: list[list[_Row]] = []
    cut = []
    for source, page in groupby(ordered, key=lambda row: row.source):
        whole = list(page)
        runs += _cut(whole, fair)
        if len(whole) > fair:
            cut.append(source)
    return runs, tuple(cut)


def _cut(page: list[_Row], longest: int) -> list[list[_Row]]:
    """Cut a page into the fewest runs that are short enough; copies of a comment stay together."""
    if len(page) <= longest:
        return [page]
    pieces = -(-len(page) // longest)
    length = -(-len(page) // pieces)
    runs: list[list[_Row]] = [[]]
    where: dict[str, list[_Row]] = {}
    for row in page:
        if row.comment_id in where:
            where[row.comment_id].append(row)
            continue
        if len(runs[-1]) >= length:
            runs.append([])
        where[row.comment_id] = runs[-1]
        runs[-1].append(row)
    return runs


def _deal(runs: Sequence[list[_Row]], people: int) -> dict[int, int]:
    """Deal out runs, the longest first and to whoever has the least; say who got each row.

    Runs that share near-duplicates are dealt as one, as long as that is no more than half a fair
    share.
    """
    half = sum(map(len, runs)) / people / 2
    load = [0] * people
    owners: dict[int, int] = {}
    for bundle in sorted(_bundles(_longest_first(runs), half), key=len, reverse=True):
        person = load.index(min(load))
        load[person] += len(bundle)
        owners |= {row.index: person for row in bundle}
    return owners


def _longest_first(runs: Iterable[list[_Row]]) -> list[list[_Row]]:
    return sorted(runs, key=lambda run: (-len(run), _in_page_order(run[0])))


def _bundles(runs: Iterable[list[_Row]], most: float) -> list[list[_Row]]:
    """Put runs that share near-duplicates together, up to so many rows."""
    bundles: list[list[_Row]] = []
    of_group: dict[str, list[_Row]] = {}
    for run in runs:
        groups = [row.group for row in run if row.group]
        related = next((of_group[group] for group in groups if group in of_group), None)
        if related is None or len(related) + len(run) > most:
            related = []
            bundles.append(related)
        related += run
        of_group |= dict.fromkeys(groups, related)
    return bundles


def _sample(rows: Sequence[_Row], wanted: int) -> list[_Row]:
    """Choose rows by the hash of their ids, from each page as many as it is long.

    Of near-duplicates one is enough: judging the same text again says nothing new.
    """
    seen: set[str] = set()
    chosen = []
    for row in sorted(rows, key=lambda row: _hash(row.comment_id)):
        if row.comment_id not in seen and (not row.group or row.group not in seen):
            chosen.append(row)
            seen |= {row.comment_id, row.group}
    chosen.sort(key=lambda row: (row.source, _hash(row.comment_id)))
    count = min(wanted, len(chosen))
    return [chosen[(2 * step + 1) * len(chosen) // (2 * count)] for step in range(count)]


def _hash(comment_id: str) -> str:
    return hashlib.sha256(comment_id.encode("utf-8", "surrogatepass")).hexdigest()


def _second_readers(sample: Iterable[_Row], owners: dict[int, int], people: int) -> dict[int, int]:
    """A second person for each row of the sample, so that every two share about as many."""
    shared: Counter[frozenset[int]] = Counter()
    extra: Counter[int] = Counter()
    seconds: dict[int, int] = {}
    for row in sample:
        owner = owners[row.index]
        others = (person for person in range(people) if person != owner)
        second = min(others, key=lambda one: (shared[frozenset((one, owner))], extra[one], one))
        shared[frozenset((second, owner))] += 1
        extra[second] += 1
        seconds[row.index] = second
    return seconds


def _rows_of(
    person: int, rows: Iterable[_Row], owners: dict[int, int], seconds: dict[int, int]
) -> list[_Row]:
    return [row for row in rows if person in (owners[row.index], seconds.get(row.index))]


def _part(
    frame: polars.DataFrame, name: str, rows: list[_Row], seconds: dict[int, int], blind: bool
) -> Part:
    import polars  # noqa: PLC0415

    ordered = sorted(rows, key=_in_page_order) if blind else rows
    left_out = {ROW, *STANDING_COLUMNS} | (set(EVIDENCE_COLUMNS) if blind else set())
    columns = [column for column in frame.columns if column not in left_out]
    cells = frame.select(columns)[[row.index for row in ordered]]
    if blind:
        cells = cells.with_columns(polars.lit("").alias(column) for column in REVIEWER_COLUMNS)
    return Part(
        name=name,
        frame=cells,
        pages=len({row.source for row in rows}),
        overlap=sum(row.index in seconds for row in rows),
    )


def _csv(frame: polars.DataFrame) -> bytes:
    file = io.BytesIO()
    write_frame(frame, file)
    return file.getvalue()


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder for the parts with --output.")
    if not folder.parent.is_dir():
        raise UsageError(
            f"The folder {folder.parent} does not exist. Create it or choose another --output."
        )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made: {error.strerror}. Choose another --output."
        ) from error


def _refuse_work(path: Path, content: bytes) -> None:
    """Refuse to replace anything but a part as it was given out, with nothing filled in."""
    if not path.exists() or (path.is_file() and path.read_bytes() == content):
        return
    if (finding := _work_in(path)) is not None:
        raise QueueExists(
            f"{path} {finding}. Nothing was written. Join it first with 'moderation queue join', "
            "or choose another folder with --output."
        )


def _work_in(path: Path) -> str | None:
    try:
        table = read_table(path)
    except UsageError:
        return "is no queue of this tool"
    if table.problems:
        return "has rows that cannot be read"
    if set(table.frame.columns) - {*COLUMNS, ROW}:
        return "has columns that somebody added"
    worked = table.frame.select(REVIEWER_COLUMNS).iter_rows()
    rows = sum(any(cell.strip() for cell in cells) for cells in worked)
    return f"holds {rows:,} rows that a person has worked on" if rows else None
