"""Parts come back: every decision at its comment, differences shown, twice the same as once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.records import HUMAN_VERDICTS
from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.decision_log import read_log
from moderation.review_queue.decisions import read_decisions
from moderation.review_queue.joining import (
    JoinedPart,
    JoinedQueue,
    join,
    join_parts,
    read_parts,
)
from moderation.review_queue.reading import ROW, QueueTable, read_table
from moderation.review_queue.recording import record_decisions
from moderation.review_queue.splitting import split, write_parts

from .conftest import program
from .test_splitting import pages, queue_of, written

Cells = Mapping[str, str]


def comment_id(number: int) -> str:
    return f"c{number:016x}"


def filled(table: QueueTable, work: Mapping[str, Cells]) -> QueueTable:
    """A table after a person has filled in some cells, by id."""
    frame = table.frame
    for name in dict.fromkeys(name for cells in work.values() for name in cells):
        before = frame[name].to_list() if name in frame.columns else [""] * frame.height
        ids = frame["id"].to_list()
        cells = [work.get(one, {}).get(name, old) for one, old in zip(ids, before, strict=True)]
        frame = frame.with_columns(polars.Series(name, cells, dtype=polars.String))
    return QueueTable(frame=frame.select([*(n for n in frame.columns if n != ROW), ROW]))


def part(name: str, table: QueueTable) -> JoinedPart:
    return JoinedPart(name=f"queue-{name}.csv", reviewer=name, table=table)


def decided(table: QueueTable, verdicts: Mapping[int, str]) -> QueueTable:
    """A copy of a table in which somebody decided some rows."""
    return filled(table, {comment_id(at): {"decision": word} for at, word in verdicts.items()})


class Desk:
    """A queue on the disk, and the parts that people send back for it."""

    def __init__(self, folder: Path, table: QueueTable) -> None:
        self.folder = folder
        self.queue = written(table, folder / "queue.csv")
        self.table = table

    def join(self, **parts: QueueTable) -> JoinedQueue:
        paths = [written(table, self.folder / f"queue-{name}.csv") for name, table in parts.items()]
        return join_parts(self.queue, paths)

    def cells(self, number: int) -> dict[str, str]:
        frame = read_table(self.queue).frame
        return frame.row(by_predicate=polars.col("id") == comment_id(number), named=True)

    def write(self, number: int, **cells: str) -> None:
        written(filled(read_table(self.queue), {comment_id(number): cells}), self.queue)

    def content(self) -> tuple[bytes, bytes]:
        log = self.folder / "queue.decisions.jsonl"
        return self.queue.read_bytes(), log.read_bytes() if log.exists() else b""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A queue of six rows on three pages."""
    return Desk(tmp_path, pages(2, 2, 2))


VERDICTS = st.sampled_from(["", *HUMAN_VERDICTS])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    verdicts=st.lists(VERDICTS, min_size=30, max_size=30),
    people=st.integers(1, 4),
    overlap=st.integers(0, 10),
    blind=st.booleans(),
)
def test_what_was_decided_in_the_parts_is_what_the_queue_then_says(  # noqa: PLR0917
    lengths: list[int], verdicts: list[str], people: int, overlap: int, blind: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """Split and join lose no verdict and invent none, for any pages, people and overlap."""
    folder = tmp_path_factory.mktemp("desk")
    table = pages(*lengths)
    wanted = dict(zip(table.frame["id"], verdicts, strict=False))
    queue = written(table, folder / "queue.csv")
    names = ["ann", "bo", "cy", "di"][:people]
    parts = split(table, names, overlap=overlap if people > 1 else 0, blind=blind).parts
    paths = write_parts(parts, queue, folder / "parts")
    for path in paths:
        work = {name: {"decision": word} for name, word in wanted.items()}
        written(filled(read_table(path), work), path)
    result = join_parts(queue, paths)
    frame = read_table(queue).frame
    assert dict(frame.select("id", "decision").iter_rows()) == wanted
    assert frame["id"].to_list() == table.frame["id"].to_list()
    assert not result.joined.conflicts
    before = queue.read_bytes()
    assert not any(account.new for account in join_parts(queue, paths).joined.accounts)
    assert queue.read_bytes() == before


def test_decision_note_reviewer_and_own_columns_come_back(desk: Desk) -> None:
    """Everything that a person wrote stands at its comment afterwards, also in the log."""
    ann = filled(
        desk.table,
        {
            comment_id(1): {"decision": "Löschen", "note": "=rude", "mood": "bad"},
            comment_id(2): {"note": "ask the desk"},
            comment_id(3): {"decision": "ok", "reviewer": "Ann Lee", "decided_at": "24.11.26"},
        },
    )
    result = desk.join(ann=ann)
    first, second, third = desk.cells(1), desk.cells(2), desk.cells(3)
    assert (first["decision"], first["note"], first["reviewer"], first["mood"]) == (
        "remove", "=rude", "ann", "bad",
    )  # fmt: skip
    assert (second["decision"], second["note"]) == ("", "ask the desk")
    assert (third["decision"], third["reviewer"], third["decided_at"]) == (
        "approve", "Ann Lee", "24.11.26",
    )  # fmt: skip
    logged = {
        entry.decision.comment_id: (entry.decision.verdict, entry.decision.reviewer)
        for entry in read_log(desk.folder / "queue.decisions.jsonl").entries
    }
    assert logged == {comment_id(1): ("remove", "ann"), comment_id(3): ("approve", "Ann Lee")}
    (account,) = result.joined.accounts
    assert (account.rows, account.new, account.untouched) == (6, 3, 3)
    assert not result.needs_a_look


def test_joining_twice_changes_nothing(desk: Desk) -> None:
    """A second run, in another order, finds nothing new and writes the same bytes."""
    ann = filled(
        desk.table,
        {
            comment_id(1): {"decision": "remove", "note": "rude"},
            comment_id(2): {"decision": "approve", "mood": "fine"},
            comment_id(4): {"decision": "dunno"},
        },
    )
    bo = filled(
        desk.table,
        {
            comment_id(1): {"decision": "approve", "note": "joke"},
            comment_id(2): {"decision": "approve", "mood": "mild"},
            comment_id(3): {"note": "hm"},
            comment_id(5): {"mood": "calm"},
        },
    )
    desk.join(ann=ann, bo=bo)
    before = desk.content()
    again = desk.join(bo=bo, ann=ann)
    assert desk.content() == before
    assert [account.new for account in again.joined.accounts] == [0, 0]
    assert not again.joined.conflicts
    assert len(again.recorded.account.conflicts) == 1


def test_parts_may_come_one_by_one(desk: Desk) -> None:
    """The queue says the same whether people hand in together or on different days."""
    ann = decided(desk.table, {1: "remove", 2: "approve", 3: "unsure"})
    bo = decided(desk.table, {1: "remove", 2: "remove", 4: "escalate"})
    desk.join(ann=ann)
    desk.join(bo=bo)
    assert desk.cells(1)["decision"] == "remove"
    assert desk.cells(1)["reviewer"] == "ann | bo"
    assert desk.cells(2)["decision"] == "approve | remove"
    assert desk.cells(2)["reviewer"] == "ann | bo"
    assert desk.cells(2)["state"] == "conflict"
    assert (desk.cells(3)["decision"], desk.cells(4)["decision"]) == ("unsure", "escalate")
    before = desk.content()
    desk.join(ann=ann, bo=bo)
    assert desk.content() == before


def test_a_difference_is_shown_with_who_said_what_and_not_settled(desk: Desk) -> None:
    """The tool does not judge people: it names both, and both stand in the cell and the log."""
    result = desk.join(ann=decided(desk.table, {1: "remove"}), bo=decided(desk.table, {1: "keep"}))
    (conflict,) = result.joined.conflicts
    assert conflict.verdicts == ("approve", "remove")
    said = [(one.reviewer, set(one.said), Path(one.part).name) for one in conflict.judgements]
    assert said == [
        ("ann", {"remove"}, "queue-ann.csv"),
        ("bo", {"approve"}, "queue-bo.csv"),
    ]
    assert desk.cells(1)["decision"] == "approve | remove"
    logged = read_log(desk.folder / "queue.decisions.jsonl").entries
    assert {(one.decision.verdict, one.decision.reviewer) for one in logged} == {
        ("approve", "bo"), ("remove", "ann"),
    }  # fmt: skip
    assert result.needs_a_look


def test_a_part_that_differs_from_the_queue_is_a_conflict(desk: Desk) -> None:
    """What was decided in the queue meanwhile is not overwritten by a part."""
    desk.write(1, decision="approve", reviewer="chief")
    result = desk.join(ann=decided(desk.table, {1: "remove"}))
    (conflict,) = result.joined.conflicts
    assert [one.reviewer for one in conflict.judgements] == ["chief", "ann"]
    assert desk.cells(1)["decision"] == "approve | remove"


def test_a_conflict_that_was_settled_is_not_opened_again(desk: Desk) -> None:
    """Joining the old parts once more does not undo what a person settled or took back."""
    ann, bo = decided(desk.table, {1: "remove", 2: "remove"}), decided(desk.table, {1: "approve"})
    desk.join(ann=ann, bo=bo)
    desk.write(1, decision="escalate", reviewer="chief")
    desk.write(2, decision="undo", reviewer="chief")
    record_decisions(desk.queue)
    desk.join(ann=ann, bo=bo)
    assert desk.cells(1)["decision"] == "escalate"
    assert desk.cells(2)["decision"] == ""


def test_somebody_who_changed_their_mind_is_no_conflict(desk: Desk) -> None:
    """A person's later part replaces their own earlier verdict; the log keeps both."""
    desk.join(ann=decided(desk.table, {1: "remove"}))
    result = desk.join(ann=decided(desk.table, {1: "approve"}))
    assert not result.joined.conflicts
    assert (desk.cells(1)["decision"], desk.cells(1)["reviewer"]) == ("approve", "ann")
    logged = read_log(desk.folder / "queue.decisions.jsonl").entries
    assert [entry.decision.verdict for entry in logged] == ["remove", "approve"]
    desk.join(ann=decided(desk.table, {1: "undo"}))
    assert desk.cells(1)["decision"] == ""


def test_rows_that_the_queue_does_not_know_are_kept_beside_it(desk: Desk) -> None:
    """Work on a comment that is not in the queue is reported and written out, not lost."""
    stray = queue_of(*({"source": "x.txt"} for _ in range(9)))
    work = decided(stray, {1: "approve", 8: "remove", 9: "remove"})
    result = desk.join(ann=work)
    (account,) = result.joined.accounts
    assert (account.strangers, account.new, account.untouched) == (2, 1, 6)
    (path,) = result.not_joined
    assert path.name == "not-joined-queue-ann.csv"
    kept = read_table(path).frame
    assert kept["id"].to_list() == [comment_id(8), comment_id(9)]
    assert kept["decision"].to_list() == ["remove", "remove"]
    assert read_table(desk.queue).frame.height == 6
    content = path.read_bytes()
    desk.join(ann=work)
    assert path.read_bytes() == content


def test_a_word_that_is_no_verdict_is_reported_with_its_row(desk: Desk) -> None:
    """It stands in the queue as it was written, and is nobody's verdict."""
    table = decided(desk.table, {3: "hmm"})
    result = desk.join(ann=table)
    (unknown,) = result.joined.unknown_words
    row = table.frame.row(by_predicate=polars.col("id") == comment_id(3), named=True)[ROW]
    assert (unknown.verdict.word, unknown.verdict.row) == ("hmm", row)
    assert desk.cells(3)["decision"] == "hmm"
    assert result.needs_a_look


def test_a_damaged_row_of_a_part_costs_itself_only(desk: Desk) -> None:
    """A broken quote in one row is named; the other rows are joined and the part is left alone."""
    path = written(decided(desk.table, dict.fromkeys(range(1, 7), "remove")), desk.folder / "p.csv")
    lines = path.read_bytes().split(b"\r\n")
    lines[3] = lines[3].replace(b"Comment", b'"Comment')
    lines[3] = lines[3].replace(b",,", b',"x', 1)
    path.write_bytes(b"\r\n".join(lines))
    content = path.read_bytes()
    result = join_parts(desk.queue, [path])
    (account,) = result.joined.accounts
    assert account.unread == 1
    assert account.new == 5
    assert path.read_bytes() == content
    assert sum(map(bool, read_table(desk.queue).frame["decision"])) == 5


def test_agreement_is_measured_for_every_two_people(desk: Desk) -> None:
    """Comments that both judged count, with kappa; a person's single rows do not."""
    table = pages(40)
    both = {at: "remove" if at % 2 else "approve" for at in range(1, 31)}
    other = both | {30: "remove", 1: "approve"}
    result = join(
        table,
        [
            part("ann", decided(table, both | {31: "remove"})),
            part("bo", decided(table, other)),
            part("cy", decided(table, {1: "approve", 2: "approve"})),
        ],
    )
    ann_bo, ann_cy, bo_cy = result.agreement
    assert (ann_bo.first, ann_bo.second) == ("ann", "bo")
    assert (ann_bo.agreement.pairs, ann_bo.agreement.equal) == (30, 28)
    assert ann_bo.agreement.kappa == pytest.approx((28 / 30 - 0.5) / 0.5)
    assert not ann_bo.is_too_few
    assert (ann_cy.agreement.pairs, ann_cy.agreement.equal) == (2, 1)
    assert ann_cy.is_too_few
    assert (bo_cy.agreement.pairs, bo_cy.agreement.equal) == (2, 2)


def test_the_queue_s_own_verdict_counts_for_agreement_only_where_it_is_one_person_s() -> None:
    """Of joined cells agreements could be told and conflicts not, which would flatter."""
    rows = [
        {"decision": "approve", "reviewer": "bo"},
        {"decision": "approve", "reviewer": "bo | cy"},
        {"decision": "approve | remove", "reviewer": "bo | cy"},
        {"decision": "approve", "reviewer": "bo", "decided_with": comment_id(1)},
    ]
    table = queue_of(*rows)
    result = join(
        table, [part("ann", decided(queue_of({}, {}, {}, {}), dict.fromkeys(range(1, 5), "ok")))]
    )
    assert [(one.first, one.second, one.agreement.pairs) for one in result.agreement] == [
        ("ann", "bo", 1)
    ]


def test_one_person_under_two_spellings_is_one_person() -> None:
    """Nobody agrees with themselves."""
    table = queue_of({}, {})
    ann = filled(table, {comment_id(1): {"decision": "ok", "reviewer": "Ann"}})
    result = join(table, [part("ann", ann), part("ann", decided(table, {1: "ok"}))])
    assert not result.agreement


def test_no_parts_change_nothing() -> None:
    """The queue comes back as it was."""
    table = pages(3)
    result = join(table, [])
    assert result.table.frame.equals(table.frame)
    assert result.strangers.is_empty()


def test_the_queue_itself_and_a_part_given_twice_are_passed_over(desk: Desk) -> None:
    """A pattern such as *.csv catches the queue too."""
    path = written(decided(desk.table, {1: "remove"}), desk.folder / "queue-ann.csv")
    (one,) = read_parts(desk.queue, [desk.queue, path, path.parent / "." / path.name])
    assert one.reviewer == "ann"
    with pytest.raises(UsageError, match="no part to join"):
        read_parts(desk.queue, [desk.queue])
    with pytest.raises(UsageError, match=r"queue-bo\.csv"):
        join_parts(desk.queue, [path, desk.folder / "queue-bo.csv"])


def test_a_copy_of_the_queue_is_a_part_too(desk: Desk) -> None:
    """What somebody decided in a mailed copy is told from what the copy already said."""
    desk.write(1, decision="approve", reviewer="chief")
    record_decisions(desk.queue)
    copy = decided(read_table(desk.queue), {2: "remove"})
    desk.write(1, decision="escalate", reviewer="chief")
    result = desk.join(bo=copy)
    assert desk.cells(1)["decision"] == "escalate"
    assert (desk.cells(2)["decision"], desk.cells(2)["reviewer"]) == ("remove", "bo")
    assert not result.joined.conflicts


def test_a_queue_of_the_previous_version_is_joined(desk: Desk) -> None:
    """Its columns are filled with nothing, and no decision is lost."""
    columns = [name for name in COLUMNS if name not in {"state", "group", "decided_under"}]
    old = desk.table.frame.select([*columns, ROW])
    written(QueueTable(frame=old), desk.queue)
    desk.join(ann=decided(QueueTable(frame=old), {1: "remove"}))
    assert read_decisions(read_table(desk.queue)).decisions[comment_id(1)].verdict == "remove"


def test_the_commands_tell_what_they_did(tmp_path: Path) -> None:
    """Counts add up on the screen, and the exit code says whether somebody has to look."""
    queue = written(pages(4, 4, 4), tmp_path / "queue.csv")
    parts = tmp_path / "parts"
    done = moderation(
        "queue", "split", queue, "--names", "ann,bo", "--overlap", "3", "--blind", "-o", parts
    )
    assert done.returncode == 0, done.stderr
    assert "15 rows given out = 12 undecided + 3 judged twice" in done.stdout
    ann, bo = parts / "queue-ann.csv", parts / "queue-bo.csv"
    both = sorted(set(read_table(ann).frame["id"]) & set(read_table(bo).frame["id"]))
    for path, words in ((ann, ("remove", "ok", "hmm")), (bo, ("remove", "remove", ""))):
        work = {name: {"decision": word} for name, word in zip(both, words, strict=True)}
        written(filled(read_table(path), work), path)
    done = moderation("queue", "join", queue, ann, bo)
    assert done.returncode == 1, done.stderr
    shown = " ".join(done.stdout.split())
    rows = read_table(ann).frame.height
    assert f"(ann): {rows} rows = 3 new + {rows - 3} not filled in" in shown
    assert "Not understood: 'hmm' in row" in shown
    assert f"Conflict: {both[1]}: approve (ann) in row" in shown
    assert "ann and bo both judged 2 comments and agree on 1" in shown
    assert "fewer than 30 comments say little" in shown
    assert "1 conflict stands in the queue." in shown
    assert moderation("queue", "split", queue, "-o", parts).returncode == 2


@pytest.mark.slow
def test_a_blind_part_that_libreoffice_saved_is_joined(tmp_path: Path) -> None:
    """What the program makes of it, semicolons and all, costs no verdict and no note."""
    queue = written(pages(7, 5, 3), tmp_path / "queue.csv")
    parts = split(pages(7, 5, 3), ["ann", "bo"], blind=True).parts
    paths = write_parts(parts, queue, tmp_path / "parts")
    for path, word in zip(paths, ("ok", "löschen"), strict=True):
        work = {"decision": word, "note": 'naïve, "quoted"; 5 May'}
        table = read_table(path)
        written(filled(table, {name: work for name in table.frame["id"]}), path)  # noqa: C420
        saved_by_libreoffice(path, tmp_path / "saved")
    result = join_parts(queue, sorted((tmp_path / "saved").glob("*.csv")))
    assert [account.reviewer for account in result.joined.accounts] == ["ann", "bo"]
    frame = read_table(queue).frame
    counts = dict(frame["decision"].value_counts().iter_rows())
    assert counts == {"approve": parts[0].frame.height, "remove": parts[1].frame.height}
    assert set(frame["note"]) == {'naïve, "quoted"; 5 May'}


def saved_by_libreoffice(path: Path, folder: Path) -> None:
    """Open a CSV file in LibreOffice and save it as one with semicolons."""
    as_saved = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false"
    profile = f"-env:UserInstallation=file://{folder.parent}/profile"
    command = [program("soffice"), "--headless", profile, "--infilter=CSV:44,34,76,1"]
    command += ["--convert-to", as_saved, "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True)


def moderation(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "moderation", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
