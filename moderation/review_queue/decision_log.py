"""The log of decisions beside the queue: every verdict that was ever recorded, one line each.

The log only grows. A spreadsheet can lose a column, an older copy can be saved over a newer queue,
the queue itself can be deleted: what people decided stands here, in the order in which it was
recorded, with reviewer, time and versions. JSON lines in UTF-8.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from moderation.errors import OutputError, UsageError
from moderation.memory import without_collection
from moderation.records import HUMAN_VERDICTS, Decision, HumanVerdict
from moderation.review_queue.reading import RowProblem
from moderation.review_queue.writing import mode_of, sync_folder

if TYPE_CHECKING:
    import polars

Action = Literal["decided", "changed", "in conflict", "taken back"]
"""What happened to a comment's decision. A conflict is one entry for each of its verdicts."""

ACTIONS: tuple[Action, ...] = get_args(Action)

_KEYS = (
    *("action", "verdict", "reviewer", "decided_under", "recorded_by", "recorded_at"),
    *("id", "decided_at", "note"),
)
_FEW_WORDS = 6
"""The first so many of the keys say the same in many lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One decision as it was recorded.

    ``recorded_at`` is a time in UTC (ISO 8601), ``decided_under`` names tool, model, lexicon and
    policy with their versions as the row showed them, ``recorded_by`` the tool that wrote the line.
    An entry that takes a decision back holds that decision.
    """

    recorded_at: str
    action: Action
    decision: Decision
    decided_under: str
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """All entries in the order in which they were recorded, and the lines that are damaged."""

    entries: tuple[LogEntry, ...] = ()
    damaged: tuple[RowProblem, ...] = ()


def read_log(path: Path) -> Log:
    """Read a log; one that is not there is empty.

    A line that cannot be read, such as the last one after a power cut, is named in ``damaged`` and
    costs no other.

    Raises:
        UsageError: when the file cannot be read at all.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Log()
    except OSError as error:
        raise UsageError(f"The log {path} cannot be read: {error.strerror}.") from error
    return log_of(content)


def log_of(content: bytes) -> Log:
    """Read the lines of a log, or of a part of it that begins where a line begins."""
    frame = log_frame(content)
    return Log(entries=entries_of(frame)) if frame is not None else _line_by_line(content)


def log_frame(content: bytes) -> polars.DataFrame | None:
    """Read all lines at once, one row a line, all text; None when a line is damaged.

    The columns are those of the lines: ``id``, ``verdict``, ``action``, ``recorded_at`` and so on.
    """
    import polars  # noqa: PLC0415 - half of a command's start-up time

    schema = dict.fromkeys(_KEYS, polars.String)
    if not content:
        return polars.DataFrame(schema=schema)
    try:
        frame = polars.read_ndjson(content, schema=schema)
    except polars.exceptions.PolarsError:
        return None
    known = frame["action"].is_in(ACTIONS).all() and frame["verdict"].is_in(HUMAN_VERDICTS).all()
    is_whole = content.endswith(b"\n") and frame.height == content.count(b"\n")
    return frame if known and is_whole and not any(frame.null_count().row(0)) else None


def entries_of(frame: polars.DataFrame) -> tuple[LogEntry, ...]:
    """The entries of lines that `log_frame` read; a million take seconds."""
    same: dict[str, str] = {}  # a million lines say the same few words: keep each once
    with without_collection():
        return tuple(
            _new_entry(
                *[same.setdefault(word, word) for word in row[:_FEW_WORDS]], *row[_FEW_WORDS:]
            )
            for row in frame.iter_rows()
        )


def _line_by_line(content: bytes) -> Log:
    entries: list[LogEntry] = []
    damaged: list[RowProblem] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entries.append(_entry(json.loads(line)))
        except (ValueError, LookupError, TypeError):
            damaged.append(RowProblem(row=number, line=number, problem=_damage(line, content)))
    return Log(entries=tuple(entries), damaged=tuple(damaged))


def append(path: Path, entries: Sequence[LogEntry], like: Path | None = None) -> None:
    """Add entries at the end of a log and wait until they are on the disk.

    A new log gets the permissions of ``like``.

    Raises:
        OutputError: when they cannot be written; the log is then what it was.
    """
    if not entries:
        return
    lines = b"".join(_line(entry) for entry in entries)
    is_new = not path.exists()
    try:
        with path.open("ab", buffering=0) as file:  # what is in a buffer cannot be taken back
            before = file.tell()
            if before and not _ends_a_line(path):
                lines = b"\n" + lines
            try:
                while lines:
                    lines = lines[file.write(lines) or 0 :]
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(before)
                raise
    except OSError as error:
        raise OutputError(
            f"Cannot write the log {path}: {error.strerror}. Nothing was changed. Free some space "
            "and try again."
        ) from error
    if is_new:
        path.chmod(mode_of(like or path))
        sync_folder(path.parent)


def histories(entries: Iterable[LogEntry]) -> dict[str, list[LogEntry]]:
    """The entries of each comment, comments in the order of their first entry."""
    found: dict[str, list[LogEntry]] = {}
    for entry in entries:
        found.setdefault(entry.decision.comment_id, []).append(entry)
    return found


def standing(entries: Iterable[LogEntry]) -> dict[str, LogEntry]:
    """The decision that stands for each comment: none that was taken back or is in conflict."""
    last = {entry.decision.comment_id: entry for entry in entries}
    return {name: entry for name, entry in last.items() if entry.action in {"decided", "changed"}}


def outcome(history: Sequence[LogEntry]) -> tuple[LogEntry, ...]:
    """What one comment's history comes to: no entry, one that stands, or those of a conflict."""
    if not history or history[-1].action == "taken back":
        return ()
    if history[-1].action != "in conflict":
        return (history[-1],)
    by_verdict: dict[str, LogEntry] = {}
    for entry in reversed(history):
        verdict = entry.decision.verdict
        same_time = entry.recorded_at == history[-1].recorded_at
        if entry.action != "in conflict" or not same_time or verdict in by_verdict:
            break
        by_verdict[verdict] = entry
    return tuple(by_verdict[verdict] for verdict in HUMAN_VERDICTS if verdict in by_verdict)


def _line(entry: LogEntry) -> bytes:
    decision = entry.decision
    data = {
        "recorded_at": entry.recorded_at,
        "action": entry.action,
        "id": decision.comment_id,
        "verdict": decision.verdict,
        "reviewer": decision.reviewer,
        "decided_at": decision.decided_at,
        "note": decision.note,
        "decided_under": entry.decided_under,
        "recorded_by": entry.recorded_by,
    }
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _entry(data: dict[str, str]) -> LogEntry:
    if data["action"] not in ACTIONS or data["verdict"] not in HUMAN_VERDICTS:
        raise ValueError("a newer version's words")
    return _new_entry(*(data[key] for key in _KEYS))


def _new_entry(  # noqa: PLR0913, PLR0917 - the columns of a line
    action: str,
    verdict: str,
    reviewer: str,
    decided_under: str,
    recorded_by: str,
    recorded_at: str,
    comment_id: str,
    decided_at: str,
    note: str,
) -> LogEntry:
    decision = Decision(
        comment_id=comment_id,
        verdict=cast("HumanVerdict", verdict),
        reviewer=reviewer,
        decided_at=decided_at,
        note=note,
    )
    return LogEntry(
        recorded_at=recorded_at,
        action=cast("Action", action),
        decision=decision,
        decided_under=decided_under,
        recorded_by=recorded_by,
    )


def _damage(line: bytes, content: bytes) -> str:
    if content.endswith(line):
        return "the last line of the log is torn: writing it was cut off"
    return "this line of the log cannot be read"


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
