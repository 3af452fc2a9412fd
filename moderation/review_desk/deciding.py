"""Decisions, notes, undo and redo of one reviewer, on a queue that is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from moderation.records import Decision, HumanVerdict
from moderation.review_desk import saying
from moderation.review_desk.book import UNDECIDED, meaning
from moderation.review_desk.operations import (
    Kind,
    Operation,
    Operations,
    Step,
    mark,
    restoring,
    same_decisions,
    tool,
)
from moderation.review_desk.pace import Pace
from moderation.review_desk.values import CannotDecide, Done
from moderation.review_desk.working import WorkingQueue
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.decision_log import LogEntry, outcome
from moderation.review_queue.settling import Recorder
from moderation.review_queue.states import UNKNOWN_VERSIONS, numbered
from moderation.review_queue.verdict_words import UNDO

Verdict = HumanVerdict | Literal[""]

LONGEST_NOTE: Final = 20_000
"""Characters; a longer one would not fit into a cell of the queue."""


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What is going to be written, and what is not, and why."""

    chosen: dict[str, None] = field(default_factory=dict)
    edits: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    following: dict[str, str] = field(default_factory=dict)
    gone: int = 0


class Deciding:
    """One reviewer's decisions; each is in the log, and synced, when its method returns."""

    def __init__(self, working: WorkingQueue, reviewer: str) -> None:
        self._working = working
        self.reviewer = plain_text(reviewer)
        self.pace = Pace()
        self._operations = Operations()
        self._times: set[str] = set()
        self._read_for: tuple[str, int] | None = None
        self._generation = working.generation

    def decide(
        self,
        ids: Sequence[str],
        verdict: Verdict,
        note: str | None,
        seen: Mapping[str, int],
        *,
        whole_group: bool,
    ) -> Done:
        """See `Desk.decide`."""
        text = None if note is None else _checked(note)
        with self._working.changing():
            plan = self._planned(ids, seen, whole_group=whole_group)
            for name, cells in self._working.book.changing_cells(plan.chosen).items():
                self._plan_one(plan, name, cells, verdict, text)
            done, changed = self._carried_out(plan)
            own = changed & plan.edits.keys()
            if verdict:
                self.pace.count(own, is_single=len(own) == 1)
            else:
                self.pace.decided -= own
            return self._told(done, plan, verdict, own, changed)

    def note(self, comment_id: str, note: str, seen: int | None) -> Done:
        """See `Desk.note`."""
        text = _checked(note)
        with self._working.changing():
            looked_at = {} if seen is None else {comment_id: seen}
            plan = self._planned([comment_id], looked_at, whole_group=False)
            for name, cells in self._working.book.changing_cells(plan.chosen).items():
                if from_cell(cells["note"]).strip() != text:
                    plan.edits[name] = {**self._as_seen(name, cells), "note": to_cell(text)}
            done, changed = self._carried_out(plan)
            return self._with(done, saying.noted(len(changed), done.refused))

    def undo(self) -> Done | None:
        """See `Desk.undo`."""
        return self._moved("undo")

    def redo(self) -> Done | None:
        """See `Desk.redo`."""
        return self._moved("redo")

    def can_move(self) -> tuple[bool, bool]:
        """Whether there is something to undo, and something to do again."""
        with self._working.mutex:
            if self._is_read():
                return bool(self._operations.done), bool(self._operations.undone)
            earlier = self._working.history.has_recorded_by(mark("decision", self.reviewer))
            return bool(self._operations.done) or earlier, bool(self._operations.undone)

    def read_earlier(self) -> None:
        """Read from the log what this reviewer did before."""
        working = self._working
        with working.mutex:
            if working.generation != self._generation:
                self._operations, self._generation = Operations(), working.generation
            if self._is_read():
                return
            wanted, history = (self.reviewer, working.generation), working.history
        earlier = Operations.in_log(history, self.reviewer, self._times)
        with working.mutex:
            if not self._is_read() and wanted == (self.reviewer, working.generation):
                self._operations.put_below(earlier)
                self._read_for = wanted

    def _is_read(self) -> bool:
        return self._read_for == (self.reviewer, self._working.generation)

    def _planned(self, ids: Sequence[str], seen: Mapping[str, int], *, whole_group: bool) -> _Plan:
        """Tell the rows that are not there any more, and those that somebody changed meanwhile."""
        book, plan = self._working.book, _Plan()
        present = [name for name in dict.fromkeys(ids) if name in book.index]
        plan.gone = len(set(ids)) - len(present)
        if ids and not present:
            book.place(ids[0])
        for name in present:
            change = self._working.change(name)
            if seen.get(name, change) != change:
                plan.refused.append(name)
            else:
                plan.chosen[name] = None
        if whole_group:
            self._add_group(plan, present)
        return plan

    def _add_group(self, plan: _Plan, asked: Sequence[str]) -> None:
        """Take near-duplicates in that nobody decided, and name those that somebody did."""
        book = self._working.book
        others = dict.fromkeys(other for name in asked for other in book.members(name))
        for name in others.keys() - set(asked):
            if book.code(name) != UNDECIDED and not book.cell(name, "decided_with"):
                plan.refused.append(name)
            else:
                plan.chosen[name] = None

    def _plan_one(
        self,
        plan: _Plan,
        name: str,
        cells: Mapping[str, str],
        verdict: Verdict,
        note: str | None,
    ) -> None:
        is_own = not cells["decided_with"]
        stands = cells["decision"].strip() if is_own else ""
        same_note = note is None or from_cell(cells["note"]).strip() == note
        edit = self._as_seen(name, cells)
        if note is not None:
            edit["note"] = to_cell(note)
        if not verdict and not is_own:
            plan.following[name] = cells["decided_with"]
        elif same_note and (not stands if not verdict else meaning(stands) == (verdict,)):
            plan.same.append(name)
        elif (verdict and meaning(stands) == (verdict,)) or (not verdict and not stands):
            plan.edits[name] = edit
        else:
            who = {"reviewer": to_cell(self.reviewer), "decided_at": to_cell(_now())}
            plan.edits[name] = {**edit, **who, "decision": verdict or UNDO, "decided_with": ""}

    def _as_seen(self, name: str, cells: Mapping[str, str]) -> dict[str, str]:
        """Say of a row that the person who edits it knows the log's last entry about it."""
        count = self._working.history.count(name)
        versions = cells["decided_under"] or UNKNOWN_VERSIONS
        return {"decided_under": numbered(versions, count) if count else ""}

    def _carried_out(self, plan: _Plan) -> tuple[Done, set[str]]:
        """Write what was planned, and remember how to undo it."""
        working = self._working
        before = self._steps_of(plan.edits)
        changed: list[str] = []
        if plan.edits:
            changed = working.apply(plan.edits, (), self._recorder("decision"))
        steps = self._steps_of([name for name in changed if name in before], before)
        number = self._operations.add(steps).number if steps else 0
        return self._done(changed, plan.refused, number), set(changed)

    def _steps_of(
        self, ids: Iterable[str], before: Mapping[str, Step] | None = None
    ) -> dict[str, Step]:
        """The beginning of steps, or all of them where their beginning is known."""
        history, steps = self._working.history, {}
        for name, cells in self._working.book.changing_cells(ids).items():
            count, note = history.count(name), from_cell(cells["note"]).strip()
            if before is not None:
                steps[name] = replace(before[name], after=count, note_after=note)
            else:
                word = cells["decision"] if meaning(cells["decision"]) is None else ""
                steps[name] = Step(before=count, after=count, note_before=note, word=word)
        return steps

    def _moved(self, kind: Literal["undo", "redo"]) -> Done | None:
        with self._working.changing():
            self.read_earlier()
            operations = self._operations
            from_there = operations.done if kind == "undo" else operations.undone
            return self._move(from_there[-1], kind) if from_there else None

    def _move(self, operation: Operation, kind: Literal["undo", "redo"]) -> Done:
        working, recorder = self._working, self._recorder(kind)
        plan, entries, kept = _Plan(), list[LogEntry](), dict[str, Step]()
        for name, step in operation.steps.items():
            if name not in working.book.index:
                plan.gone += 1
            elif not self._stands_as_left(name, step, kind):
                plan.refused.append(name)
            else:
                kept[name] = step
                entries += self._restoring(name, step, kind, recorder, plan)
        changed = working.apply(plan.edits, entries, recorder)
        self._operations.move(operation, kept)
        self._count(set(kept))
        done = self._done(changed, plan.refused, operation.number)
        what = "Undone" if kind == "undo" else "Done again"
        return self._with(done, saying.moved(what, len(changed), done.refused, plan.gone))

    def _stands_as_left(self, name: str, step: Step, kind: Kind) -> bool:
        history = self._working.history.of(name)
        position, note = (
            (step.after, step.note_after) if kind == "undo" else (step.before, step.note_before)
        )
        stands = outcome(history)
        if not same_decisions(stands, outcome(history[:position])):
            return False
        now = from_cell(self._working.book.cell(name, "note")).strip()
        return len(stands) == 1 or note is None or now == note

    def _restoring(
        self, name: str, step: Step, kind: Kind, recorder: Recorder, plan: _Plan
    ) -> Sequence[LogEntry]:
        history = self._working.history.of(name)
        position, note = (
            (step.before, step.note_before) if kind == "undo" else (step.after, step.note_after)
        )
        target = outcome(history[:position])
        edit = {}
        if len(target) != 1 and note is not None:
            edit["note"] = to_cell(note)
        if not target and kind == "undo" and step.word:
            edit["decision"] = step.word
        if edit:
            plan.edits[name] = edit
        recorded = LogEntry(
            recorded_at=recorder.now,
            action="taken back",
            decision=Decision(comment_id=name, verdict="unsure", reviewer=self.reviewer),
            decided_under="",
            recorded_by=recorder.tool,
        )
        return restoring(history, target, recorded)

    def _count(self, moved: set[str]) -> None:
        """Count what still stands of this session's decisions."""
        standing = {name for name in moved if self._working.history.stands(name)}
        self.pace.decided -= moved - standing
        self.pace.count(standing, is_single=False)

    def _recorder(self, kind: Kind) -> Recorder:
        recorder = self._working.recorder(self.reviewer, tool(kind, self.reviewer))
        self._times.add(recorder.now)
        return recorder

    def _done(self, changed: Sequence[str], refused: Sequence[str], number: int) -> Done:
        working = self._working
        return Done(
            ids=tuple(changed),
            standings=working.standings(changed),
            refused=working.standings(refused),
            operation=number,
            sentence="",
        )

    def _told(
        self, done: Done, plan: _Plan, verdict: Verdict, own: set[str], changed: set[str]
    ) -> Done:
        if plan.following and not changed:
            return self._with(done, saying.follows(next(iter(plan.following.values()))))
        said = saying.decided(
            verdict, len(own), len(changed - own), len(plan.same), done.refused, plan.gone
        )
        return self._with(done, said)

    @staticmethod
    def _with(done: Done, sentence: str) -> Done:
        return replace(done, sentence=sentence)


def plain_text(text: str) -> str:
    """A text from a browser without what no file can hold, and without blanks around it."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _checked(note: str) -> str:
    text = plain_text(note)
    if len(text) > LONGEST_NOTE:
        raise CannotDecide(
            f"The note has {len(text):,} characters, and {LONGEST_NOTE:,} fit. Nothing was saved. "
            "Shorten it and try again."
        )
    return text


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
