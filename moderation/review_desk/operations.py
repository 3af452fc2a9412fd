"""What a reviewer did, step by step, so that it can be undone and done again without limit.

A step is remembered by positions in the log: before it, the comment had so many entries, after it
so many. What stood there can be read from the log at any time, and so an operation can be undone
after a restart too. ``recorded_by`` tells which entries were made together, by whom, and whether
they undid something.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Literal, cast

from moderation.records import Decision
from moderation.review_desk.log_history import Line, LogHistory
from moderation.review_queue.decision_log import LogEntry, outcome
from moderation.review_queue.recording import TOOL

Kind = Literal["decision", "undo", "redo"]

_MARK: Final = re.compile(r"\(review page: (decision|undo|redo) by (.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an operation did to one comment.

    ``before`` and ``after`` are numbers of log entries; ``note_before`` and ``note_after`` are the
    notes beside no decision, which the log does not have (None where they are not known any more).
    ``word`` is what stood in place of a verdict and is none.
    """

    before: int
    after: int
    note_before: str | None = None
    note_after: str | None = None
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One press of a key: the steps that it took, by comment."""

    number: int
    steps: Mapping[str, Step] = field(default_factory=dict)


class Operations:
    """The operations of one reviewer: those to undo, the newest last, and those to do again."""

    def __init__(self) -> None:
        self.done: list[Operation] = []
        self.undone: list[Operation] = []
        self._last_number = 0

    def add(self, steps: Mapping[str, Step]) -> Operation:
        """Remember something new; what was undone before cannot be done again then."""
        self._last_number += 1
        operation = Operation(number=self._last_number, steps=steps)
        self.done.append(operation)
        self.undone.clear()
        return operation

    def move(self, operation: Operation, steps: Mapping[str, Step]) -> None:
        """Take an operation from where it is, and put what became of it on the other side."""
        here, there = (
            (self.done, self.undone) if operation in self.done[-1:] else (self.undone, self.done)
        )
        here.remove(operation)
        if steps:
            there.append(replace(operation, steps=steps))

    def put_below(self, earlier: Operations) -> None:
        """Put what was done before under what was done since."""
        if not self.done and not self.undone:
            self.undone = earlier.undone
        self.done = [*earlier.done, *self.done]

    @classmethod
    def in_log(cls, history: LogHistory, reviewer: str, without: Container[str]) -> Operations:
        """What a reviewer did on review pages before; ``without`` are times that are left out."""
        found = cls()
        for kind, lines in _operations_in(history, reviewer):
            if lines[0].recorded_at in without:
                continue
            steps = _steps_of(lines)
            if kind == "decision":
                found.add(steps)
            else:
                found._moved_before(kind, steps)
        return found

    def _moved_before(self, kind: Kind, steps: Mapping[str, Step]) -> None:
        here, there = (self.done, self.undone) if kind == "undo" else (self.undone, self.done)
        while here:
            operation = here.pop()
            if set(steps) <= set(operation.steps):
                kept = {name: operation.steps[name] for name in steps}
                there.append(replace(operation, steps=kept))
                return


def mark(kind: Kind, reviewer: str) -> str:
    """What ends ``recorded_by`` in the entries of an operation."""
    return f"(review page: {kind} by {reviewer})"


def tool(kind: Kind, reviewer: str) -> str:
    """What an operation writes into ``recorded_by``."""
    return f"{TOOL} {mark(kind, reviewer)}"


def _operations_in(history: LogHistory, reviewer: str) -> Iterator[tuple[Kind, Sequence[Line]]]:
    """The operations of a reviewer in the order of the log, each with its lines."""
    found = history.lines_by(f" by {reviewer})")
    for (_, recorded_by), lines in groupby(found, lambda line: line[:2]):
        match = _MARK.search(recorded_by)
        if match is not None and match[2] == reviewer:
            yield cast("Kind", match[1]), tuple(lines)


def _steps_of(lines: Sequence[Line]) -> dict[str, Step]:
    """The positions of an operation's lines in the histories of its comments."""
    steps: dict[str, Step] = {}
    for _, _, name, position in lines:
        before = steps[name].before if name in steps else position
        steps[name] = Step(before=before, after=position + 1)
    return steps


def same_decisions(first: Sequence[LogEntry], second: Sequence[LogEntry]) -> bool:
    """Whether two outcomes say the same, whenever they were recorded."""

    def said(entries: Sequence[LogEntry]) -> list[Decision]:
        return [entry.decision for entry in entries]

    return said(first) == said(second)


def restoring(
    history: Sequence[LogEntry], target: Sequence[LogEntry], recorded: LogEntry
) -> tuple[LogEntry, ...]:
    """The entries that make a comment stand again as ``target`` says.

    ``recorded`` gives time, tool and, where a decision is taken back, the reviewer. Decisions keep
    the people, times, notes and versions that they had.
    """
    stands = outcome(history)
    if same_decisions(stands, target):
        return ()
    if not target:
        back = replace(stands[0].decision, reviewer=recorded.decision.reviewer, decided_at="")
        return (
            replace(
                recorded, action="taken back", decision=back, decided_under=stands[0].decided_under
            ),
        )
    single = "changed" if stands else "decided"
    return tuple(
        replace(
            recorded,
            action=single if len(target) == 1 else "in conflict",  # type: ignore[arg-type]
            decision=one.decision,
            decided_under=one.decided_under,
        )
        for one in target
    )
