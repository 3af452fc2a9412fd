"""What a report is made from: the queue and what lies beside it. What is missing is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.errors import UsageError
from moderation.review_queue.decision_log import LogEntry, read_log
from moderation.review_queue.decisions import QueueDecisions, read_decisions
from moderation.review_queue.files import QueuePaths
from moderation.review_queue.reading import QueueTable, read_table
from moderation.scores import Scores, read_scores

_NEEDED = frozenset({"comments", "pages", "settings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A queue as it was read, with the receipt, the scores and the log that lie beside it.

    ``receipt`` is empty and ``scores`` None where there is none; ``gaps`` say so in sentences.
    """

    name: str
    table: QueueTable
    decisions: QueueDecisions
    receipt: Mapping[str, Any]
    scores: Scores | None
    log: tuple[LogEntry, ...]
    gaps: tuple[str, ...]


def read_material(queue: Path) -> Material:
    """Read a queue and the files beside it; only the queue itself has to be there.

    Raises:
        UsageError: when there is no queue or it cannot be read.
    """
    gaps: list[str] = []
    paths = QueuePaths.beside(queue)
    table = read_table(queue)
    return Material(
        name=queue.name,
        table=table,
        decisions=read_decisions(table),
        receipt=_receipt(paths.receipt, gaps),
        scores=_scores(paths.scores, gaps),
        log=_log(paths.log, gaps),
        gaps=tuple(gaps),
    )


def _receipt(path: Path, gaps: list[str]) -> Mapping[str, Any]:
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        gaps.append(f"there is no receipt {path.name}, so pages and settings cannot be told.")
        return {}
    except (OSError, ValueError) as error:
        gaps.append(f"the receipt {path.name} cannot be read: {error}.")
        return {}
    if not isinstance(receipt, dict) or not receipt.keys() >= _NEEDED:
        gaps.append(f"{path.name} is no receipt of this tool.")
        return {}
    return receipt


def _scores(path: Path, gaps: list[str]) -> Scores | None:
    try:
        return read_scores(path)
    except UsageError as error:
        gaps.append(f"the scores and reasons are unknown. {error}")
        return None


def _log(path: Path, gaps: list[str]) -> tuple[LogEntry, ...]:
    if not path.exists():
        gaps.append(
            f"there is no log {path.name} yet, so progress by day and agreement cannot be told. "
            "'moderation queue record' writes it."
        )
        return ()
    log = read_log(path)
    if log.damaged:
        gaps.append(f"{len(log.damaged):,} lines of the log {path.name} are damaged.")
    return tuple(log.entries)
