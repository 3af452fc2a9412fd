"""The desk of the review page: decisions are safe, can be undone, and are never overwritten."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.errors import OutputError, QueueExists, UsageError
from moderation.records import HUMAN_VERDICTS, Comment, Reason, ScoredComment, TermMatch, Verdict
from moderation.review_desk.desk import Desk, open_desk
from moderation.review_desk.values import CannotDecide, Filters, UnknownComment
from moderation.review_queue import COLUMNS, QueuePaths, read_decisions, read_table
from moderation.review_queue.decision_log import read_log, standing
from moderation.review_queue.locking import locked
from moderation.review_queue.reading import ROW
from moderation.review_queue.recording import record_decisions, take_back
from moderation.review_queue.table_file import write_frame
from moderation.scores import scores_bytes

from .conftest import PROJECT, as_nobody

SCORED_BY = "moderation 1; words 1; lexicon 1"
COPIES = {6: 5, 7: 5, 9: 8}
"""Rows with the text of an earlier row."""


def name_of(number: int) -> str:
    return f"c{number:016x}"


def text_of(number: int) -> str:
    number = COPIES.get(number, number)
    seed = random.Random(number)
    return f"glorbly text {number} " + " ".join(f"word{seed.randrange(999)}" for _ in range(20))


def row_of(number: int, **cells: str) -> dict[str, str]:
    ours = {
        "id": name_of(number),
        "priority": str(90 - number % 50),
        "text": text_of(number),
        "reasons": "insult 0.80 ≥ 0.70",
        "source": f"site/page{number % 3}.txt",
        "number": str(number),
        "author": f"Author {number % 4}",
        "language": "de" if number % 5 == 0 else "en",
        "toxicity": f"{number % 10 / 10:.3f}",
        "terms": "glorbly",
        "scored_by": SCORED_BY,
    }
    return dict.fromkeys(COLUMNS, "") | ours | cells


def write(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    frame = polars.DataFrame(list(rows), schema=dict.fromkeys(rows[0], polars.String))
    with path.open("wb") as file:
        write_frame(frame, file)
    return path


def change(queue: Path, number: int, **cells: str) -> None:
    """Save the queue as a spreadsheet does, with other words in one row."""
    save(queue, with_cells(read_table(queue).frame.drop(ROW), number, **cells))


def with_cells(frame: polars.DataFrame, number: int, **cells: str) -> polars.DataFrame:
    chosen = polars.col("id") == name_of(number)
    return frame.with_columns(
        polars.when(chosen).then(polars.lit(text)).otherwise(polars.col(name)).alias(name)
        for name, text in cells.items()
    )


def save(queue: Path, frame: polars.DataFrame) -> None:
    with queue.open("wb") as file:
        write_frame(frame, file)


def scored(number: int, **fields: object) -> ScoredComment:
    given = {"author": f"Author {number % 4}", "text": text_of(number), "parent_id": None} | fields
    comment = Comment(
        id=name_of(number),
        document_id=f"page{number % 3}",
        number=number,
        start=number * 1_000,
        end=number * 1_000 + 100,
        **given,  # type: ignore[arg-type]
    )
    begin = comment.text.find("glorbly")
    match = TermMatch(
        start=begin,
        end=begin + 7,
        text="glorbly",
        term="glorb",
        language="en",
        category="slur",
        target=("people", "cats")[number % 2],
        severity=1 + number % 4,
    )
    return ScoredComment(
        comment=comment,
        source=f"site/page{number % 3}.txt",
        language="en",
        toxicity={"toxicity": number % 10 / 10 + 0.0004, "spam": 0.25},
        matches=(match,) if begin >= 0 else (),
        scored_by=SCORED_BY,
    )


def write_scores(queue: Path, comments: Sequence[ScoredComment]) -> None:
    reasons = (
        Reason(code="toxicity.toxicity", detail="toxicity", value=0.8, threshold=0.7),
        Reason(code="lexicon.slur", detail="slur", start=0, end=7),
    )
    judged = [
        (one, Verdict(comment_id=one.comment.id, outcome="flagged", priority=5, reasons=reasons))
        for one in comments
    ]
    QueuePaths.beside(queue).scores.write_bytes(scores_bytes(judged, ("toxicity", "spam")))


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """A queue of thirty rows, with groups of near-duplicates as a scan finds them."""
    path = write(tmp_path / "queue.csv", [row_of(number) for number in range(30)])
    record_decisions(path)
    return path


Open = Callable[..., Desk]


@pytest.fixture
def desk_of(queue: Path) -> Iterator[Open]:
    """Open desks that are closed at the end, whatever happened to their queue."""
    opened: list[Desk] = []

    def open_one(reviewer: str = "Ben", path: Path = queue) -> Desk:
        opened.append(open_desk(path, reviewer))
        return opened[-1]

    yield open_one
    for desk in opened:
        desk._keeping.stop()


def decided_in(queue: Path) -> dict[str, str]:
    found = read_decisions(read_table(queue)).decisions
    return {name: decision.verdict for name, decision in found.items()}


def logged(queue: Path) -> dict[str, str]:
    entries = read_log(QueuePaths.beside(queue).log).entries
    return {name: entry.decision.verdict for name, entry in standing(entries).items()}


def verdict(desk: Desk, number: int) -> str:
    name = name_of(number)
    return desk.standings([name])[name].verdict


# Deciding


def test_a_decision_is_in_the_log_when_the_desk_answers(queue: Path, desk_of: Open) -> None:
    """With reviewer, time, note and versions, and before the queue file has it."""
    desk = desk_of("Ana")
    done = desk.decide([name_of(1)], "remove", "hm")
    entry = read_log(QueuePaths.beside(queue).log).entries[-1]
    decision = entry.decision
    assert (decision.verdict, decision.reviewer, decision.note) == ("remove", "Ana", "hm")
    assert entry.decided_under == SCORED_BY
    assert decided_in(queue) == {}
    assert done.ids == (name_of(1),)
    assert done.standings[name_of(1)].change == 1
    assert done.sentence == "One comment marked for removal."


def test_the_queue_has_the_decisions_when_the_desk_is_closed(queue: Path, desk_of: Open) -> None:
    """As `queue record` would have written them: recording again changes nothing."""
    desk = desk_of()
    desk.decide([name_of(1)], "remove", "hm")
    desk.decide([name_of(5)], "approve")
    desk.close()
    assert decided_in(queue) == {name_of(1): "remove"} | {name_of(n): "approve" for n in (5, 6, 7)}
    before = queue.read_bytes(), QueuePaths.beside(queue).log.read_bytes()
    record_decisions(queue)
    assert (queue.read_bytes(), QueuePaths.beside(queue).log.read_bytes()) == before


def test_the_queue_is_written_a_little_later_by_itself(queue: Path, desk_of: Open) -> None:
    """Nobody has to save."""
    desk_of().decide([name_of(1)], "remove")
    until = time.monotonic() + 20
    while decided_in(queue) != {name_of(1): "remove"}:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_near_duplicates_follow_at_once_and_leave_again(desk_of: Open) -> None:
    """Done names them, and what is taken back from one is taken back from all."""
    desk = desk_of()
    done = desk.decide([name_of(5)], "remove")
    assert set(done.ids) == {name_of(n) for n in (5, 6, 7)}
    assert done.standings[name_of(6)].decided_with == name_of(5)
    assert done.standings[name_of(6)].state == "with its group"
    assert done.sentence.endswith("2 near-duplicates follow.")
    assert set(desk.decide([name_of(5)], "").ids) == set(done.ids)
    assert verdict(desk, 6) == ""


def test_a_row_that_follows_cannot_be_taken_back_by_itself(desk_of: Open) -> None:
    """The sentence says which comment it follows."""
    desk = desk_of()
    desk.decide([name_of(5)], "remove")
    done = desk.decide([name_of(6)], "")
    assert done.ids == ()
    assert name_of(5) in done.sentence
    assert verdict(desk, 6) == "remove"


def test_an_approval_reaches_a_copy_with_other_terms_only_with_the_whole_group(
    tmp_path: Path, desk_of: Open
) -> None:
    """What fans out by itself is careful; what a person asks for is done."""
    rows = [row_of(5), row_of(6, terms="glorbly; glorb"), row_of(7), row_of(1)]
    path = write(tmp_path / "other.csv", rows)
    record_decisions(path)
    desk = desk_of("Ben", path)
    desk.decide([name_of(5)], "approve")
    assert [verdict(desk, n) for n in (5, 6, 7)] == ["approve", "", "approve"]
    desk.decide([name_of(5)], "")
    done = desk.decide([name_of(5)], "approve", whole_group=True)
    assert set(done.ids) == {name_of(n) for n in (5, 6, 7)}
    assert set(logged(path)) == {name_of(n) for n in (5, 6, 7)}


def test_the_whole_group_leaves_what_somebody_decided_and_names_it(desk_of: Open) -> None:
    """Other people's verdicts within a group are not overwritten."""
    desk = desk_of()
    desk.decide([name_of(6)], "approve")
    done = desk.decide([name_of(5)], "remove", whole_group=True)
    assert set(done.refused) == {name_of(6)}
    assert [verdict(desk, n) for n in (5, 6, 7)] == ["remove", "approve", "remove"]


def test_a_row_that_changed_since_it_was_looked_at_is_refused(desk_of: Open) -> None:
    """Done says what stands there, and nothing was written."""
    desk = desk_of()
    desk.decide([name_of(1)], "approve", seen={name_of(1): 0})
    done = desk.decide([name_of(1), name_of(2)], "remove", seen={name_of(1): 0, name_of(2): 0})
    assert done.ids == (name_of(2),)
    assert done.refused[name_of(1)].verdict == "approve"
    assert "One comment was left as it is: it stands as" in done.sentence
    assert verdict(desk, 1) == "approve"


def test_what_was_seen_before_a_restart_does_not_overwrite_later_decisions(
    queue: Path, desk_of: Open
) -> None:
    """A verdict that an ended program never got is sent again, and a colleague was quicker."""
    ended = desk_of("ann")
    change(queue, 1, decision="approve", reviewer="sheet")
    ended.notice()
    seen = ended.row(name_of(1)).standing.change
    ended.close()
    desk_of("bob").decide([name_of(1)], "escalate")
    anew = desk_of("ann")
    done = anew.decide([name_of(1)], "remove", seen={name_of(1): seen})
    assert set(done.refused) == {name_of(1)}
    assert verdict(anew, 1) == "escalate"


def test_a_misspelt_word_does_not_come_back_over_a_confirmed_decision(
    queue: Path, desk_of: Open
) -> None:
    """A spreadsheet's "aprove", a verdict on the page, and a program that is killed after it."""
    change(queue, 1, decision="aprove", reviewer="sheet")
    desk = desk_of("ann")
    desk.decide([name_of(1)], "remove")
    killed = read_table(queue).frame  # the file as it stands when the answer is there
    assert dict(killed.select("id", "decision").iter_rows())[name_of(1)] == "remove"
    assert verdict(desk_of("bo"), 1) == "remove"


def test_the_same_verdict_again_changes_nothing(queue: Path, desk_of: Open) -> None:
    """The first reviewer's name stays, and the log does not grow."""
    desk_of("Ana").decide([name_of(1)], "remove")
    desk = desk_of("Ben")
    done = desk.decide([name_of(1)], "remove")
    assert (done.ids, done.operation) == ((), 0)
    assert len(read_log(QueuePaths.beside(queue).log).entries) == 1
    assert desk.row(name_of(1)).standing.reviewer == "Ana"


def test_nothing_is_called_saved_in_a_folder_that_was_moved(queue: Path, desk_of: Open) -> None:
    """No second log is begun where the queue was; what follows is saved once it is back."""
    desk = desk_of()
    desk.decide([name_of(1)], "remove")
    moved = queue.parent.rename(queue.parent.with_name("moved"))
    desk.notice()
    with pytest.raises(OutputError, match="not there any more"):
        desk.decide([name_of(2)], "approve")
    assert not queue.parent.exists()
    queue.parent.mkdir()
    with pytest.raises(OutputError, match="both gone"):
        desk.decide([name_of(2)], "approve")
    for left in queue.parent.iterdir():
        left.unlink()
    queue.parent.rmdir()
    moved.rename(queue.parent)
    desk.decide([name_of(2)], "approve")
    assert logged(queue) == {name_of(1): "remove", name_of(2): "approve"}


def test_a_comment_that_is_not_there_is_named(desk_of: Open) -> None:
    """For looking and for deciding alike; beside others it is passed over."""
    desk = desk_of()
    for ask in (
        desk.row,
        desk.neighbours,
        desk.related,
        lambda name: desk.decide([name], "remove"),
    ):
        with pytest.raises(UnknownComment, match=r"no row with the id c9\."):
            ask("c9")
    done = desk.decide(["c9", name_of(1)], "remove")
    assert done.ids == (name_of(1),)
    assert "One comment left the queue meanwhile." in done.sentence


def test_a_word_that_nobody_knows_is_shown_and_comes_back_when_undone(
    queue: Path, desk_of: Open
) -> None:
    """A person wrote it, so it is not lost by a decision and its undoing."""
    change(queue, 1, decision="remuve")
    desk = desk_of()
    assert desk.row(name_of(1)).standing.verdict == "remuve"
    assert name_of(1) in desk.find(Filters(verdict="undecided"), 0, 100).ids
    desk.decide([name_of(1)], "remove")
    desk.undo()
    desk.close()
    assert read_table(queue).frame["decision"][1] == "remuve"


# Notes


def test_a_note_beside_no_decision_is_in_the_file_when_the_desk_answers(
    queue: Path, desk_of: Open
) -> None:
    """The log does not hold such notes, so that the file has to."""
    desk = desk_of()
    done = desk.note(name_of(1), "=look at\nthis")
    assert done.sentence == "The note is saved."
    assert done.standings[name_of(1)].note == "=look at\nthis"
    assert read_table(queue).frame["note"][1].startswith("'=look at")
    assert desk_of("Ana").row(name_of(1)).standing.note == "=look at\nthis"


def test_a_note_on_a_decision_is_logged_and_leaves_the_reviewer(queue: Path, desk_of: Open) -> None:
    """Who notes something does not decide it."""
    desk_of("Ana").decide([name_of(1)], "remove")
    desk_of("Ben").note(name_of(1), "see above")
    entry = read_log(QueuePaths.beside(queue).log).entries[-1]
    assert (entry.decision.reviewer, entry.decision.note) == ("Ana", "see above")


def test_a_note_written_over_another_one_is_refused(desk_of: Open) -> None:
    """Two windows of one desk: the second one has not seen the first one's note."""
    desk = desk_of()
    seen = desk.row(name_of(1)).standing.change
    desk.note(name_of(1), "first", seen)
    done = desk.note(name_of(1), "second", seen)
    assert set(done.refused) == {name_of(1)}
    assert desk.row(name_of(1)).standing.note == "first"


def note_in(queue: Path, number: int) -> str:
    notes: dict[str, str] = dict(read_table(queue).frame.select("id", "note").iter_rows())
    return notes[name_of(number)]


def test_a_note_beside_no_decision_outlives_a_save_by_another_program(
    queue: Path, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is saved in the moment between a note and the write that puts it there."""
    desk = desk_of()
    write_it = desk._working.write

    def write_late() -> None:
        change(queue, 2, decision="approve")
        write_it()

    monkeypatch.setattr(desk._working, "write", write_late)
    desk.note(name_of(1), "precious")
    monkeypatch.undo()
    assert verdict(desk, 2) == "approve"
    assert desk.row(name_of(1)).standing.note == "precious"
    assert note_in(queue, 1) == "precious"


def test_a_note_that_no_file_can_hold_is_not_called_saved(queue: Path, desk_of: Open) -> None:
    """The queue is away: the note is said to be unsaved, and is in the file once it is back."""
    desk = desk_of()
    away = queue.rename(queue.with_name("away.csv"))
    with pytest.raises(OutputError, match="not saved yet"):
        desk.note(name_of(1), "precious")
    away.rename(queue)
    change(queue, 2, decision="approve")
    desk.notice()
    assert desk.row(name_of(1)).standing.note == "precious"
    desk.close()
    assert note_in(queue, 1) == "precious"


def test_a_note_that_is_too_long_is_refused(desk_of: Open) -> None:
    """It would not fit into a cell; nothing is cut in silence."""
    desk = desk_of()
    with pytest.raises(CannotDecide, match="20,001 characters"):
        desk.decide([name_of(1)], "remove", "x" * 20_001)
    assert verdict(desk, 1) == ""


def test_a_note_survives_a_decision_that_is_taken_back(queue: Path, desk_of: Open) -> None:
    """It is in the file then, since the log forgets it."""
    desk = desk_of()
    desk.decide([name_of(1)], "remove", "why")
    desk.decide([name_of(1)], "")
    assert read_table(queue).frame["note"][1] == "why"


# Undo and redo


def states(desk: Desk) -> list[tuple[str, str, str]]:
    ids = desk.find(Filters(), 0, 1_000).ids
    found = desk.standings(ids)
    return [(found[name].verdict, found[name].reviewer, found[name].note) for name in ids]


def verdicts(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(word, reviewer) for word, reviewer, _ in found]


def test_everything_can_be_undone_and_done_again(desk_of: Open) -> None:
    """One decision, a group, a band, a note, a taking back: backwards to the beginning and on."""
    desk = desk_of()
    steps = [states(desk)]
    acts: list[Callable[[], object]] = [
        lambda: desk.decide([name_of(1)], "remove"),
        lambda: desk.decide([name_of(5)], "approve", "fine"),
        lambda: desk.decide([name_of(n) for n in range(10, 25)], "remove", "band"),
        lambda: desk.note(name_of(2), "hm"),
        lambda: desk.decide([name_of(1)], ""),
        lambda: desk.decide([name_of(11)], "escalate"),
        lambda: desk.decide([name_of(8)], "unsure", whole_group=True),
        lambda: desk.note(name_of(11), "new"),
    ]
    for step in acts:
        step()
        steps.append(states(desk))
    for _ in range(2):
        for expected in reversed(steps[:-1]):
            assert desk.undo() is not None
            assert states(desk) == expected
        assert desk.undo() is None
        for expected in steps[1:]:
            assert desk.redo() is not None
            assert states(desk) == expected
        assert desk.redo() is None


def test_what_was_done_yesterday_can_be_undone_today(queue: Path, desk_of: Open) -> None:
    """Operations are read from the log: this reviewer's, and what was undone is not undone again.

    A note beside no decision stays: the log does not tell whether it was there before.
    """
    desk = desk_of("Ben")
    before = states(desk)
    desk.decide([name_of(1)], "remove")
    after_first = states(desk)
    desk.decide([name_of(n) for n in range(10, 20)], "approve", "band")
    after_band = states(desk)
    desk.decide([name_of(3)], "unsure")
    desk.undo()
    desk.close()
    assert desk_of("Ana").summary().can_undo is False
    today = desk_of("Ben")
    assert today.summary().can_undo
    assert states(today) == after_band
    redone = today.redo()
    assert redone is not None
    assert verdict(today, 3) == "unsure"
    today.undo()
    today.undo()
    assert verdicts(states(today)) == verdicts(after_first)
    assert states(today)[10] == ("", "", "band")
    today.undo()
    assert verdicts(states(today)) == verdicts(before)
    assert today.undo() is None
    today.redo()
    today.redo()
    assert states(today) == after_band


def test_what_a_person_wrote_in_a_spreadsheet_is_not_undone_here(
    queue: Path, desk_of: Open
) -> None:
    """One key must not take back an afternoon in another program."""
    change(queue, 1, decision="remove", reviewer="Ben")
    desk = desk_of("Ben")
    assert verdict(desk, 1) == "remove"
    assert desk.undo() is None


def test_a_settled_conflict_is_a_conflict_again_when_undone(queue: Path, desk_of: Open) -> None:
    """With the people, notes and verdicts that it had."""
    change(queue, 1, decision="approve | remove", reviewer="Ana | Cy", note="two minds")
    desk = desk_of("Ben")
    before = desk.row(name_of(1)).standing
    assert before.verdict == "approve | remove"
    assert desk.summary().conflicts == 1
    desk.decide([name_of(1)], "remove", "settled")
    assert verdict(desk, 1) == "remove"
    desk.undo()
    after = desk.row(name_of(1)).standing
    assert (after.verdict, after.reviewer, after.note, after.state) == (
        *(before.verdict, before.reviewer, before.note, before.state),
    )
    desk.redo()
    assert desk.row(name_of(1)).standing.note == "settled"


def test_undoing_gives_a_decision_back_to_the_one_who_made_it(queue: Path, desk_of: Open) -> None:
    """Name, time, note and versions are those of the first decision."""
    ana = desk_of("Ana")
    ana.decide([name_of(1)], "approve", "fine")
    first = read_log(QueuePaths.beside(queue).log).entries[-1]
    ben = desk_of("Ben")
    ben.decide([name_of(1)], "remove", "not fine")
    ben.undo()
    last = read_log(QueuePaths.beside(queue).log).entries[-1]
    assert last.decision == first.decision
    assert last.decided_under == first.decided_under
    assert last.recorded_by.endswith("(review page: undo by Ben)")


def test_what_somebody_changed_meanwhile_is_not_undone(desk_of: Open) -> None:
    """The others of the operation are, and the changed one is named."""
    ben, ana = desk_of("Ben"), desk_of("Ana")
    ben.decide([name_of(1), name_of(2)], "remove")
    ana.decide([name_of(1)], "approve")
    done = ben.undo()
    assert done is not None
    assert set(done.refused) == {name_of(1)}
    assert done.ids == (name_of(2),)
    assert (verdict(ben, 1), verdict(ben, 2)) == ("approve", "")


# Together


def test_two_desks_see_each_other(desk_of: Open) -> None:
    """What one decides the other shows, and does not overwrite."""
    ben, ana = desk_of("Ben"), desk_of("Ana")
    before = ana.revision
    ben.decide([name_of(1)], "remove")
    done = ana.decide([name_of(1)], "approve", seen={name_of(1): 0})
    assert done.refused[name_of(1)].reviewer == "Ben"
    assert ana.revision > before
    ana.decide([name_of(2)], "approve")
    assert ben.notice()
    assert verdict(ben, 2) == "approve"
    assert not ben.notice()


def test_a_spreadsheet_and_the_desk_lose_nothing_to_each_other(queue: Path, desk_of: Open) -> None:
    """The older copy that is saved has a new decision; the desk's is in the log and comes back."""
    desk = desk_of("Ben")
    older = read_table(queue).frame.drop(ROW)
    desk.decide([name_of(1)], "remove")
    desk.write()
    save(queue, with_cells(older, 2, decision="ok", reviewer="Ana"))
    assert desk.notice()
    assert (verdict(desk, 1), verdict(desk, 2)) == ("remove", "approve")
    assert any("changed by another program" in one for one in desk.summary().warnings)
    desk.close()
    assert decided_in(queue) == {name_of(1): "remove", name_of(2): "approve"}
    assert logged(queue) == decided_in(queue)


def test_different_verdicts_on_one_row_are_a_conflict(queue: Path, desk_of: Open) -> None:
    """Whoever saves last does not win; the page shows both."""
    desk = desk_of("Ben")
    older = read_table(queue).frame.drop(ROW)
    desk.decide([name_of(1)], "remove")
    save(queue, with_cells(older, 1, decision="approve", reviewer="Ana"))
    desk.notice()
    standing_now = desk.row(name_of(1)).standing
    assert standing_now.verdict == "approve | remove"
    assert standing_now.state == "conflict"
    assert desk.find(Filters(verdict="conflict")).ids == (name_of(1),)
    done = desk.decide([name_of(1)], "remove", seen={name_of(1): 1})
    assert set(done.refused) == {name_of(1)}
    done = desk.decide([name_of(1)], "remove", seen={name_of(1): standing_now.change})
    assert done.standings[name_of(1)].verdict == "remove"


def test_other_commands_work_beside_an_open_desk(queue: Path, desk_of: Open) -> None:
    """`queue record` and `queue take-back` are noticed like anybody else."""
    desk = desk_of("Ben")
    desk.decide([name_of(1)], "remove")
    record_decisions(queue)
    take_back(queue, [name_of(1)], "Cy")
    assert desk.notice()
    assert verdict(desk, 1) == ""
    assert len(desk.row(name_of(1)).history) == 2


def test_own_columns_sorting_and_separator_survive(queue: Path, desk_of: Open) -> None:
    """The desk writes the file as its people arranged it."""
    frame = read_table(queue).frame.drop(ROW).reverse().with_columns(colour=polars.lit("red"))
    with queue.open("wb") as file:
        write_frame(frame, file, ";")
    desk = desk_of()
    assert desk.find(Filters(), 0, 1).ids == (name_of(29),)
    desk.decide([name_of(1)], "remove")
    desk.close()
    table = read_table(queue)
    assert table.separator == ";"
    assert table.frame["id"].to_list() == frame["id"].to_list()
    assert set(table.frame["colour"]) == {"red"}


def test_a_note_in_a_spreadsheet_makes_an_older_look_stale(queue: Path, desk_of: Open) -> None:
    """The change number grows with notes too, which the log does not have."""
    desk = desk_of()
    seen = desk.row(name_of(1)).standing.change
    change(queue, 1, note="wait")
    done = desk.decide([name_of(1)], "remove", "", seen={name_of(1): seen})
    assert done.refused[name_of(1)].note == "wait"


def test_rows_that_left_and_rows_that_came_are_told(queue: Path, desk_of: Open) -> None:
    """A scan beside the desk, or a spreadsheet that saved only some rows."""
    desk = desk_of()
    frame = read_table(queue).frame.drop(ROW)
    new = polars.DataFrame([row_of(99)], schema=frame.schema)
    save(queue, polars.concat([frame.filter(frame["id"] != name_of(3)), new]))
    os.utime(queue, (time.time() - 5, time.time() - 5))
    assert desk.notice()
    assert desk.row(name_of(99)).text == text_of(99)
    with pytest.raises(UnknownComment):
        desk.row(name_of(3))
    assert any("1 new, 1 not in it any more" in one for one in desk.summary().warnings)


def test_a_file_that_is_broken_while_the_desk_is_open_is_left_alone(
    queue: Path, desk_of: Open
) -> None:
    """Decisions go on into the log; the file is not written over, and a warning says why."""
    desk = desk_of()
    content = queue.read_bytes()
    broken = content.replace(b",glorbly text 4", b',"glorbly text 4')
    queue.write_bytes(broken)
    desk.notice()
    desk.decide([name_of(1)], "remove")
    desk.write()
    assert queue.read_bytes() == broken
    assert any("cannot be read" in one for one in desk.summary().warnings)
    assert logged(queue) == {name_of(1): "remove"}
    queue.write_bytes(content)
    desk.notice()
    desk.close()
    assert decided_in(queue) == {name_of(1): "remove"}


def test_a_file_that_vanishes_is_not_made_again_in_silence(queue: Path, desk_of: Open) -> None:
    """Somebody moved it: decisions stay in the log, and a warning says where."""
    desk = desk_of()
    moved = queue.rename(queue.with_name("elsewhere.csv"))
    desk.decide([name_of(1)], "remove")
    desk.write()
    assert not queue.exists()
    assert any("is not where it was" in one for one in desk.summary().warnings)
    moved.rename(queue)
    desk.notice()
    desk.close()
    assert decided_in(queue) == {name_of(1): "remove"}


def test_decisions_do_not_wait_for_the_desk_s_own_write(
    queue: Path, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are logged while the file is being written, and are written the next time."""
    desk = desk_of()
    inside, go_on = threading.Event(), threading.Event()

    def slow_write(*arguments: object) -> None:
        inside.set()
        assert go_on.wait(20)
        write_frame(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("moderation.review_desk.write_back.write_frame", slow_write)
    desk.decide([name_of(1)], "remove")
    writing = threading.Thread(target=desk.write)
    writing.start()
    assert inside.wait(20)
    begin = time.monotonic()
    desk.decide([name_of(2)], "approve")
    assert time.monotonic() - begin < 5
    assert logged(queue) == {name_of(1): "remove", name_of(2): "approve"}
    go_on.set()
    writing.join()
    desk.write()
    assert decided_in(queue) == logged(queue)


def test_a_queue_that_another_command_holds_is_waited_for_and_then_refused(
    queue: Path, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is decided half, and the sentence says what to do."""
    desk = desk_of()
    waited = desk._working.holding._acquired
    monkeypatch.setattr(desk._working.holding, "_acquired", lambda _: waited(0.1))
    with locked(queue), pytest.raises(OutputError, match="Try again"):
        desk.decide([name_of(1)], "remove")
    assert logged(queue) == {}
    assert desk.decide([name_of(1)], "remove").ids


# Opening


def test_a_file_that_is_just_being_saved_is_waited_for(queue: Path, desk_of: Open) -> None:
    """A spreadsheet that writes in place leaves half a file for a moment."""
    content = queue.read_bytes()
    queue.write_bytes(b"")
    later = threading.Timer(0.3, lambda: queue.write_bytes(content))
    later.start()
    assert desk_of().summary().rows == 30
    later.join()


def test_a_queue_with_a_damaged_row_is_refused(queue: Path) -> None:
    """As every command that writes the queue refuses it."""
    queue.write_bytes(queue.read_bytes().replace(b",glorbly text 4", b',"glorbly text 4'))
    with pytest.raises(QueueExists, match="cannot be read"):
        open_desk(queue)


def test_a_queue_that_is_not_there_is_named(tmp_path: Path) -> None:
    """What is missing, and what makes one."""
    with pytest.raises(UsageError, match="There is no queue"):
        open_desk(tmp_path / "none.csv")


def test_the_queue_alone_is_enough(queue: Path, tmp_path: Path, desk_of: Open) -> None:
    """Sent by mail, without log, scores and receipt: rows show what their cells say."""
    alone = tmp_path / "mail" / "queue.csv"
    alone.parent.mkdir()
    alone.write_bytes(queue.read_bytes())
    desk = desk_of("Ben", alone)
    row = desk.row(name_of(4))
    assert (row.text, row.has_evidence, row.scores) == (text_of(4), False, {"toxicity": 0.4})
    assert desk.neighbours(name_of(4)).before is not None
    assert any("There is no queue.scores.parquet" in one for one in desk.summary().warnings)
    desk.decide([name_of(4)], "remove")
    desk.close()
    assert decided_in(alone) == {name_of(4): "remove"}


def test_decisions_that_only_the_file_has_are_recorded_when_it_is_opened(
    queue: Path, desk_of: Open
) -> None:
    """Somebody worked in a spreadsheet before."""
    change(queue, 5, decision="delete", reviewer="Ana")
    desk = desk_of()
    assert logged(queue) == {name_of(5): "remove"}
    assert (verdict(desk, 5), verdict(desk, 6)) == ("remove", "remove")


def test_decisions_that_only_the_log_has_are_shown_when_it_is_opened(
    queue: Path, desk_of: Open
) -> None:
    """The last process was killed before it wrote the file."""
    untouched = queue.read_bytes()
    desk = desk_of()
    desk.decide([name_of(5)], "remove")
    desk.close()
    queue.write_bytes(untouched)
    again = desk_of()
    assert [verdict(again, n) for n in (5, 6, 7)] == ["remove"] * 3
    again.close()
    assert len(decided_in(queue)) == 3


@pytest.mark.parametrize("columns", [("decided_under",), ("group",), ("state", "note", "terms")])
def test_a_file_without_some_of_our_columns_is_taken_up(
    queue: Path, desk_of: Open, columns: tuple[str, ...]
) -> None:
    """People delete columns that they do not need."""
    change(queue, 5, decision="remove")
    read_table(queue).frame.drop(ROW, *columns).write_csv(queue)
    desk = desk_of()
    assert [verdict(desk, n) for n in (5, 6)] == ["remove", "remove"]
    desk.decide([name_of(1)], "approve")
    desk.close()
    assert len(decided_in(queue)) == 4


def test_two_rows_of_one_comment_become_one(queue: Path, desk_of: Open) -> None:
    """With what people wrote in both."""
    frame = read_table(queue).frame.drop(ROW)
    twice = with_cells(frame.filter(frame["id"] == name_of(1)), 1, decision="remove")
    save(queue, polars.concat([frame, twice]))
    desk = desk_of()
    assert (verdict(desk, 1), desk.summary().rows) == ("remove", 30)


def test_a_folder_that_cannot_be_written_is_told_and_refused(queue: Path) -> None:
    """The queue can be looked at; a decision says at once that it cannot be saved."""
    folder = queue.parent
    folder.chmod(0o555)
    try:
        with as_nobody(folder):
            desk = open_desk(queue, "Ben")
            assert "cannot be written" in desk.summary().read_only
            with pytest.raises(CannotDecide, match="Decisions cannot be saved"):
                desk.decide([name_of(1)], "remove")
            assert desk.row(name_of(1)).text
            desk.close()
    finally:
        folder.chmod(0o755)
    assert not QueuePaths.beside(queue).log.exists()


# Looking


def test_filters_let_through_what_they_say(queue: Path, desk_of: Open) -> None:
    """Each alone, and all of them together."""
    write_scores(queue, [scored(number) for number in range(30)])
    desk = desk_of()
    desk.decide([name_of(4)], "remove", "needs a Glorb look")
    expected = {
        Filters(): range(30),
        Filters(search="TEXT word"): range(30),
        Filters(search="glorb"): range(30),
        Filters(search='"glorb look"'): [4],
        Filters(search='"look glorb"'): [],
        Filters(search='author "page1.txt"'): range(1, 30, 3),
        Filters(page="site/page2.txt"): range(2, 30, 3),
        Filters(author="Author 3"): range(3, 30, 4),
        Filters(language="de"): range(0, 30, 5),
        Filters(label="toxicity", low=0.8, high=0.9): [8, 9, 18, 19, 28, 29],
        Filters(label="spam", low=0.3): [],
        Filters(reason="lexicon"): range(30),
        Filters(reason="toxicity.toxicity"): range(30),
        Filters(reason="tox"): [],
        Filters(severity=4): range(3, 30, 4),
        Filters(target="cats"): range(1, 30, 2),
        Filters(verdict="remove"): [4],
        Filters(verdict="noted"): [4],
        Filters(verdict="decided"): [4],
        Filters(verdict="undecided", severity=4, target="cats"): range(3, 30, 4),
        Filters(group=desk.row(name_of(5)).group): [5, 6, 7],
    }
    for filters, numbers in expected.items():
        found = desk.find(filters, 0, 100)
        assert set(found.ids) == {name_of(number) for number in numbers}, filters
        assert found.total == len(found.ids)


def test_a_hidden_word_is_found(tmp_path: Path, desk_of: Open) -> None:
    """Zero-width characters do not hide a word from a search, nor do capital letters."""
    path = write(
        tmp_path / "other.csv", [row_of(1, text="gl⟦U+200B⟧orb"), row_of(2, text="STRASSE")]
    )
    desk = desk_of("Ben", path)
    assert desk.find(Filters(search="GLORB")).ids == (name_of(1),)
    assert desk.find(Filters(search="straße")).ids == (name_of(2),)


def test_lists_are_in_the_order_that_is_asked_for(queue: Path, desk_of: Open) -> None:
    """As the file stands, by score, by page and place, by the newest decision."""
    desk = desk_of()
    desk.decide([name_of(20)], "remove")
    desk.decide([name_of(10)], "remove")
    assert desk.find(Filters(order="priority"), 0, 3).ids == tuple(map(name_of, (0, 1, 2)))
    by_score = desk.find(Filters(order="score", label="toxicity"), 0, 4).ids
    assert by_score == tuple(map(name_of, (9, 19, 29, 8)))
    by_page = desk.find(Filters(order="page"), 8, 4).ids
    assert by_page == tuple(map(name_of, (24, 27, 1, 4)))
    assert desk.find(Filters(order="newest"), 0, 3).ids == tuple(map(name_of, (10, 20, 0)))


def test_a_list_tells_where_a_comment_stands_and_what_comes_next(desk_of: Open) -> None:
    """Positions count from 0; behind the last undecided row comes the first."""
    desk = desk_of()
    pages = Filters(page="site/page1.txt", verdict="undecided")
    assert desk.place(pages, name_of(4)) == 1
    assert desk.place(pages, name_of(3)) is None
    desk.decide([name_of(4)], "remove")
    assert desk.place(pages, name_of(4)) is None
    assert desk.next_undecided(pages, name_of(4)) == name_of(7)
    assert desk.next_undecided(pages, name_of(28)) == name_of(1)
    assert desk.next_undecided(Filters(verdict="remove"), name_of(1)) is None


def test_facets_count_what_their_filters_would_let_through(queue: Path, desk_of: Open) -> None:
    """Each value under the other filters."""
    write_scores(queue, [scored(number) for number in range(30)])
    desk = desk_of()
    desk.decide([name_of(n) for n in (3, 6, 9)], "remove", "noted")
    base = Filters(target="cats", search="glorbly", verdict="undecided")
    facets = desk.facets(base)
    for name in ("reason", "severity", "target", "page", "language", "verdict"):
        counts = getattr(facets, name)
        assert counts, name
        for value, count in counts:
            wanted: Any = int(value) if name == "severity" else value
            assert desk.find(replace(base, **{name: wanted})).total == count, (name, value)


def test_a_histogram_counts_every_score_once(desk_of: Open) -> None:
    """The last part holds 1.0 too; decided rows are counted apart."""
    desk = desk_of()
    desk.decide([name_of(19)], "remove")
    bins = desk.histogram("toxicity", Filters(label="toxicity", low=0.5), 5)
    assert [(one.undecided, one.decided) for one in bins] == [(6, 0)] * 4 + [(5, 1)]
    assert (bins[0].low, bins[-1].high) == (0.0, 1.0)
    assert sum(one.undecided for one in desk.histogram("none", Filters())) == 0


def test_a_sample_is_drawn_from_the_undecided_rows_of_a_band(desk_of: Open) -> None:
    """The same seed draws the same, low scores first."""
    desk = desk_of()
    desk.decide([name_of(8)], "remove")
    drawn = desk.sample("toxicity", 0.7, 0.9, Filters(), 4, 1)
    assert drawn == desk.sample("toxicity", 0.7, 0.9, Filters(), 4, 1)
    scores = [desk.row(name).scores["toxicity"] for name in drawn]
    assert len(drawn) == 4
    assert scores == sorted(scores)
    assert set(drawn) <= {name_of(n) for n in (7, 9, 17, 18, 19, 27, 28, 29)}
    assert len(desk.sample("toxicity", 0.7, 0.9, Filters(), 100, 1)) == 7


def test_a_row_shows_its_evidence(queue: Path, desk_of: Open) -> None:
    """The scores file's own text, with matches that point into it, exact scores and reasons."""
    text = "  glorbly\n     verse " + "and more " * 5_000
    change(queue, 4, text=f"glorbly\n verse {'and more ' * 5_000}".strip()[:9])
    write_scores(queue, [scored(number) for number in range(30)])
    desk = desk_of()
    row = desk.row(name_of(3))
    (match,) = row.matches
    assert row.has_evidence
    assert row.text[match.start : match.end] == match.text == "glorbly"
    assert row.scores == {"toxicity": pytest.approx(0.3004), "spam": 0.25}
    assert [reason.code for reason in row.reasons] == ["toxicity.toxicity", "lexicon.slur"]
    assert not desk.row(name_of(4)).has_evidence, text
    assert desk.facets(Filters()).target == (("cats", 15), ("people", 15))
    assert desk.summary().thresholds == {"toxicity": 0.7}
    assert desk.summary().labels == ("toxicity", "spam")


def test_a_text_that_was_cut_for_its_cell_is_shown_whole(tmp_path: Path, desk_of: Open) -> None:
    """A cell of the queue ends at 32,000 characters, the scores file has all of it."""
    from moderation.review_queue.cells import to_cell

    whole = "glorbly " + "a long story " * 4_000
    path = write(tmp_path / "other.csv", [row_of(1, text=to_cell(whole.strip()))])
    write_scores(path, [scored(1, text=whole)])
    assert desk_of("Ben", path).row(name_of(1)).text == whole


def test_neighbours_come_from_the_page_flagged_or_not(queue: Path, desk_of: Open) -> None:
    """The comment before, the one after, and the one that is answered."""
    harmless = [scored(number, text=f"harmless {number}") for number in (31, 34)]
    reply = scored(4, parent_id=name_of(31))
    others = [scored(number) for number in range(30) if number != 4]
    write_scores(queue, [*others, reply, *harmless])
    desk = desk_of()
    around = desk.neighbours(name_of(28))
    assert around.before is not None
    assert (around.before.id, around.before.is_flagged) == (name_of(25), True)
    assert around.after is not None
    assert (around.after.text, around.after.is_flagged) == ("harmless 31", False)
    assert around.after.standing is None
    parent = desk.neighbours(name_of(4)).parent
    assert parent is not None
    assert parent.id == name_of(31)
    assert desk.neighbours(name_of(1)).before is None


def test_related_comments_are_those_that_were_decided(desk_of: Open) -> None:
    """Near-duplicates whatever stands there; author and text only with a decision."""
    desk = desk_of()
    desk.decide([name_of(9)], "remove")
    desk.decide([name_of(13)], "approve")
    related = desk.related(name_of(5))
    assert {one.id for one in related.group.briefs} == {name_of(6), name_of(7)}
    assert [one.id for one in related.same_author.briefs] == [name_of(13), name_of(9)]
    assert related.same_author.briefs[0].standing is not None
    desk.decide([name_of(6)], "unsure")
    same = desk.related(name_of(5)).same_text
    assert {one.id for one in same.briefs} == {name_of(6), name_of(7)}


def test_the_summary_adds_up(desk_of: Open) -> None:
    """Undecided, conflicts and verdicts are all rows; pace counts single decisions."""
    desk = desk_of()
    assert desk.summary().seconds_left is None
    desk.decide([name_of(5)], "remove")
    desk.decide([name_of(n) for n in range(10, 14)], "approve")
    desk.decide([name_of(1)], "unsure")
    desk.decide([name_of(1)], "")
    summary = desk.summary()
    assert (
        summary.rows == 30 == summary.undecided + summary.conflicts + sum(summary.verdicts.values())
    )
    assert summary.verdicts == {"approve": 4, "remove": 3, "escalate": 0, "unsure": 0}
    assert summary.session_decided == 5
    assert summary.per_minute == pytest.approx(2)
    assert summary.seconds_left == pytest.approx(summary.undecided * 30)
    assert (summary.can_undo, summary.can_redo) == (True, False)


def test_nothing_a_stranger_wrote_breaks_the_desk(tmp_path: Path, desk_of: Open) -> None:
    """Formulas, markup, bidirectional controls, quotation marks: texts come back as they were."""
    from moderation.review_queue.cells import to_cell

    texts = [
        '=HYPERLINK("x")',
        "<script>glorb()</script>",
        "a\u202eb\u200bc",
        '"' * 9,
        "007",
        "\n\n-1",
    ]
    rows = [
        row_of(number, text=to_cell(text), author=to_cell(text), source=to_cell(text))
        for number, text in enumerate(texts)
    ]
    desk = desk_of("Ben", write(tmp_path / "other.csv", rows))
    for number, text in enumerate(texts):
        row = desk.row(name_of(number))
        assert (row.text, row.author, row.source) == (text, text, text)
        assert name_of(number) in desk.find(Filters(author=text)).ids
        assert (text, 1) in desk.facets(Filters()).page


# The same rules as every other command


Act = tuple[str, int, str]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(
                ["decide", "group", "note", "undo", "redo", "other", "spreadsheet", "older"]
            ),
            st.integers(0, 11),
            st.sampled_from([*HUMAN_VERDICTS, ""]),
        ),
        max_size=12,
    )
)
def test_whatever_happens_the_queue_is_what_recording_it_would_give(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Act]
) -> None:
    """Two desks, groups, notes, undo, a spreadsheet and older copies of the file, in any order."""
    queue = write(tmp_path_factory.mktemp("any") / "queue.csv", [row_of(n) for n in range(12)])
    record_decisions(queue)
    older = read_table(queue).frame.drop(ROW)
    desk, other = open_desk(queue, "Ben"), open_desk(queue, "Ana")
    try:
        for what, number, word in acts:
            if what == "other":
                act(other, queue, older, "decide", number, word)
            else:
                act(desk, queue, older, what, number, word)
    finally:
        other.close()
        desk.close()
    after = queue.read_bytes(), read_log(QueuePaths.beside(queue).log)
    account = record_decisions(queue).account
    assert (queue.read_bytes(), read_log(QueuePaths.beside(queue).log)) == after
    assert account.conflicts == () or desk.summary().conflicts == len(account.conflicts)


def act(  # noqa: PLR0917
    desk: Desk, queue: Path, older: polars.DataFrame, what: str, number: int, word: str
) -> None:
    name = name_of(number)
    if what in {"decide", "group"}:
        desk.decide([name], word, whole_group=what == "group")  # type: ignore[arg-type]
    elif what == "note":
        desk.note(name, word)
    elif what == "undo":
        desk.undo()
    elif what == "redo":
        desk.redo()
    elif what == "older":
        save(queue, with_cells(older, number, decision=word))
    else:
        change(queue, number, decision=word, reviewer="Ana", note=word)


# Killed


WORK = """
import sys, random, json
from pathlib import Path
from moderation.review_desk.desk import open_desk
from moderation.review_desk.values import Filters
queue, seed = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
desk = open_desk(queue, sys.argv[3])

def own(done):  # what follows another comment is derived, and not in the log
    return {
        name: "" if one.decided_with else one.verdict for name, one in done.standings.items()
    }

ids = desk.find(Filters(), 0, 10_000).ids
print(json.dumps("ready"), flush=True)
while True:
    some = chance.sample(ids, chance.choice([1, 1, 1, 30]))
    verdict = chance.choice(["approve", "remove", "escalate", "unsure"])
    done = desk.decide(some, verdict, f"{seed}-{chance.random()}")
    print(json.dumps(own(done)), flush=True)
    if chance.random() < 0.2:
        done = desk.undo()
        print(json.dumps(own(done)), flush=True)
    if chance.random() < 0.2:
        desk.write()
"""


@contextmanager
def working(queue: Path, seed: int, reviewer: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(queue), str(seed), reviewer],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == "ready"
        yield process
    finally:
        process.kill()
        process.wait()


def answers(process: subprocess.Popen[str]) -> list[dict[str, str]]:
    """What the process had answered; the last line may be cut off."""
    assert process.stdout is not None
    return [json.loads(line) for line in process.stdout if line.endswith("\n")]


@pytest.mark.slow
def test_a_killed_desk_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    """Twenty times at any moment, in mid-decision and in mid-write, with SIGKILL."""
    queue = write(tmp_path / "queue.csv", [row_of(n) for n in range(400)])
    record_decisions(queue)
    chance = random.Random(1)
    known: dict[str, str] = {}
    for seed in range(20):
        with working(queue, seed, "Ben") as process:
            time.sleep(chance.uniform(0.05, 0.8))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            for answer in answers(process):
                known |= answer
        assert len(read_table(queue).frame) == 400
        log = read_log(QueuePaths.beside(queue).log)
        now = standing(log.entries)
        last = last_answered(log.entries, known)
        for name, word in known.items():
            found = now[name].decision.verdict if name in now else ""
            assert found == word or name in last, name
            known[name] = found
    record_decisions(queue)
    assert {name: word for name, word in known.items() if word}.items() <= logged(queue).items()


def last_answered(entries: Sequence[object], known: dict[str, str]) -> set[str]:
    """The comments of the last operation in the log: it may not have been answered any more."""
    from moderation.review_queue.decision_log import LogEntry

    found = [entry for entry in entries if isinstance(entry, LogEntry)]
    newest = found[-1].recorded_at if found else ""
    return {one.decision.comment_id for one in found if one.recorded_at == newest}


@pytest.mark.slow
def test_two_processes_and_a_spreadsheet_lose_nothing(tmp_path: Path) -> None:
    """Each works on rows of its own: every decision of both, and of the spreadsheet, is there."""
    queue = write(tmp_path / "queue.csv", [row_of(n) for n in range(300)])
    record_decisions(queue)
    script = (
        "import sys\nfrom pathlib import Path\nfrom moderation.review_desk.desk import open_desk\n"
        "desk = open_desk(Path(sys.argv[1]), sys.argv[2])\n"
        "for number in range(int(sys.argv[3]), int(sys.argv[4])):\n"
        "    done = desk.decide([f'c{number:016x}'], 'remove', seen={f'c{number:016x}': 0})\n"
        "    assert not done.refused\n"
        "desk.close()\n"
    )
    run = [sys.executable, "-c", script, str(queue)]
    both = [
        subprocess.Popen([*run, name, str(begin), str(begin + 60)], cwd=PROJECT)
        for name, begin in (("Ana", 20), ("Ben", 100))
    ]
    saved = 0
    while any(process.poll() is None for process in both):
        if saved < 10:
            change(queue, 200 + saved, decision="approve", reviewer="Cy")
            saved += 1
        time.sleep(0.3)
    assert [process.wait() for process in both] == [0, 0]
    record_decisions(queue)
    expected = {name_of(n): "remove" for n in (*range(20, 80), *range(100, 160))}
    found = logged(queue)
    assert expected.items() <= found.items()
    assert decided_in(queue) == found
