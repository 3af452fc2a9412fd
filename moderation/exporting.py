"""What to do with each comment, as a table, as JSON lines, or as a script for WordPress.

Every row of the queue is in exactly one count of the account, so nothing is left out in silence.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from moderation.errors import UsageError
from moderation.records import Decision, HumanVerdict
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.decisions import QueueDecisions
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.states import GONE, words_of
from moderation.wordpress import Removal, Script, SiteComment, SiteIds, script

if TYPE_CHECKING:
    import polars

SITE_NUMBER: Final = "site_number"
"""The number that the page prints beside a comment; it stands in the scores file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedDecision:
    """A comment and what a person decided about it; the fields are the columns of an export."""

    id: str
    source: str
    number: str
    site_number: int | None
    author: str
    posted_at: str
    verdict: HumanVerdict
    reviewer: str
    decided_at: str
    note: str
    decided_with: str
    text: str

    def values(self) -> tuple[str | int | None, ...]:
        """The fields in their order."""
        return tuple(getattr(self, name) for name in _FIELDS)


_FIELDS: Final = tuple(ExportedDecision.__dataclass_fields__)

_NUMBERS: Final = frozenset({"number", "site_number"})
_NUMBER: Final = re.compile(r"[0-9]+( › ([0-9]+|•))*")

CSV_OPENING: Final = f"\ufeff{','.join(_FIELDS)}\r\n"
JSON_OPENING: Final = f'{{"{_FIELDS[0]}": "'
"""How every export of a kind begins; only a file that begins so is ever replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAccount:
    """What became of each row; the fields but ``rows`` add up to it.

    ``unknown`` hold a word that is no verdict, ``gone`` are decided and no longer on their page,
    ``repeated`` are further rows of a comment that has one already, ``damaged`` cannot be read.
    """

    rows: int
    approve: int = 0
    remove: int = 0
    escalate: int = 0
    unsure: int = 0
    undecided: int = 0
    conflicts: int = 0
    unknown: int = 0
    gone: int = 0
    repeated: int = 0
    damaged: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that do not add up, which would mean that a row was lost."""
        parts = asdict(self)
        if parts.pop("rows") != sum(parts.values()):
            raise ValueError(f"the counts do not add up: {self}")

    @property
    def is_complete(self) -> bool:
        """Whether no row stands in the way: no conflict, no unknown word, no damage."""
        return not (self.conflicts or self.unknown or self.damaged)

    def sentence(self) -> str:
        """``12 rows = 4 to approve + 7 to remove + … + 1 undecided``."""
        noun = "row" if self.rows == 1 else "rows"
        parts = [
            f"{self.approve:,} to approve",
            f"{self.remove:,} to remove",
            f"{self.escalate:,} to escalate",
            f"{self.unsure:,} unsure",
            f"{self.undecided:,} undecided",
            *(
                f"{count:,} {words}"
                for count, words in (
                    (self.conflicts, "in conflict"),
                    (self.unknown, "with an unknown word"),
                    (self.gone, "gone from their page"),
                    (self.repeated, "repeated"),
                    (self.damaged, "damaged"),
                )
                if count
            ),
        ]
        return f"{self.rows:,} {noun} = {' + '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The decisions of a queue in the order of its rows, their rows' numbers, and the account."""

    decisions: tuple[ExportedDecision, ...]
    row_of: Mapping[str, int]
    account: ExportAccount

    def as_csv(self) -> str:
        """RFC 4180 CSV with a byte-order mark, whose cells no spreadsheet runs or changes."""
        text = io.StringIO(newline="")
        text.write(CSV_OPENING)
        writer = csv.writer(text, lineterminator="\r\n")
        for decision in self.decisions:
            writer.writerow(map(_cell, _FIELDS, decision.values()))
        return text.getvalue()

    def as_json_lines(self) -> str:
        """One JSON object a line; letters beyond ASCII are escaped."""
        return "".join(
            f"{json.dumps(dict(zip(_FIELDS, decision.values(), strict=True)))}\n"
            for decision in self.decisions
        )

    def as_wordpress_script(self, site_ids: SiteIds, removed: Removal) -> Script:
        """A shell script of ``wp comment`` commands.

        ``removed`` is what becomes of a comment that is to be removed.
        """
        comments = [
            SiteComment(
                id=decision.id,
                row=self.row_of[decision.id],
                site_id=site_ids.by_comment.get(decision.id, ""),
                verdict=decision.verdict,
                saying=(decision.author, decision.text),
            )
            for decision in self.decisions
        ]
        return script(comments, site_ids.shared, removed)


def export(table: QueueTable, decisions: QueueDecisions, site_numbers: Mapping[str, int]) -> Export:
    """Collect what is to be done with each comment of a queue.

    ``site_numbers`` are by comment id and may lack any.
    """
    exported: list[ExportedDecision] = []
    row_of: dict[str, int] = {}
    outcomes: Counter[str] = Counter(damaged=len(table.problems))
    in_conflict = {conflict.comment_id for conflict in decisions.conflicts}
    unknown_rows = {unknown.row for unknown in decisions.unknown}
    unknown = {unknown.comment_id for unknown in decisions.unknown}
    for cells in table.frame.iter_rows(named=True):
        id_, decision = cells["id"], decisions.decisions.get(cells["id"])
        if id_ in row_of:
            outcomes["repeated"] += 1
            continue
        if id_:
            row_of[id_] = cells[ROW]
        if id_ in in_conflict:
            outcomes["conflicts"] += 1
        elif cells[ROW] in unknown_rows or id_ in unknown:
            outcomes["unknown"] += 1
        elif decision is None:
            outcomes["undecided"] += 1
        elif is_gone(cells["state"]):
            outcomes["gone"] += 1
        else:
            outcomes[decision.verdict] += 1
            exported.append(_exported(cells, decision, site_numbers.get(id_)))
    return Export(
        decisions=tuple(exported),
        row_of=row_of,
        account=ExportAccount(rows=outcomes.total(), **outcomes),
    )


def site_numbers(frame: polars.DataFrame) -> dict[str, int]:
    """The numbers that the pages print, by comment id, from a scores file's frame."""
    numbered = frame.select("id", SITE_NUMBER).drop_nulls()
    return dict(numbered.iter_rows())


def ids_from_pages(frame: polars.DataFrame) -> SiteIds:
    """The numbers that the pages print, taken for the site's ids, from a scores file's frame.

    All comments of the pages tell whether the numbers are ids or begin anew on each page.
    """
    import polars  # noqa: PLC0415

    numbered = frame.filter(polars.col(SITE_NUMBER).is_not_null())
    return _site_ids(numbered, polars.col(SITE_NUMBER).cast(polars.String))


def ids_in_column(table: QueueTable, column: str) -> SiteIds:
    """The site's own ids from a column of the queue.

    Raises:
        UsageError: when the queue has rows and no such column.
    """
    import polars  # noqa: PLC0415

    if column not in table.frame.columns or column == ROW:
        if table.frame.is_empty():
            return SiteIds()
        own = ", ".join(_own_columns(table)) or "none"
        raise UsageError(
            f"The queue has no column '{column}'. Its own columns besides this tool's: {own}. "
            f"Name one with --id-column, or {SITE_NUMBER} if the pages print WordPress's ids."
        )
    plain = polars.col(column).str.strip_chars().str.strip_prefix("'")
    return _site_ids(table.frame.filter(polars.col(column) != ""), plain)


def _site_ids(frame: polars.DataFrame, site_id: polars.Expr) -> SiteIds:
    import polars  # noqa: PLC0415

    known = frame.select("id", "author", "text", site_id=site_id)
    sayings = polars.struct("author", "text").n_unique().alias("sayings")
    shared = known.group_by("site_id").agg(sayings).filter(polars.col("sayings") > 1)
    return SiteIds(
        by_comment=dict(known.unique("id", keep="first").select("id", "site_id").iter_rows()),
        shared=frozenset(shared["site_id"]),
    )


def is_gone(state: str) -> bool:
    """Whether a row's state says that the comment is no longer on its page."""
    return GONE in words_of(state)


def _cell(column: str, value: str | int | None) -> str:
    if value is None or value == "":
        return ""
    cell = str(value)
    is_ours = column in _NUMBERS and _NUMBER.fullmatch(cell) is not None
    return cell if is_ours else to_cell(cell)


def _own_columns(table: QueueTable) -> list[str]:
    return [name for name in table.frame.columns if name not in {*COLUMNS, ROW}]


def _exported(
    cells: Mapping[str, str], decision: Decision, site_number: int | None
) -> ExportedDecision:
    return ExportedDecision(
        id=cells["id"],
        source=from_cell(cells["source"]),
        number=from_cell(cells["number"]),
        site_number=site_number,
        author=from_cell(cells["author"]),
        posted_at=from_cell(cells["posted_at"]),
        verdict=decision.verdict,
        reviewer=decision.reviewer,
        decided_at=decision.decided_at,
        note=decision.note,
        decided_with=decision.decided_with,
        text=from_cell(cells["text"]),
    )
