"""What people wrote goes into the log first and into the queue after, whatever happens."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars
import pytest

from moderation.errors import OutputError, QueueExists, UsageError
from moderation.review_queue import COLUMNS, QueuePaths, read_decisions, read_table
from moderation.review_queue.decision_log import read_log, standing
from moderation.review_queue.locking import locked, opened_elsewhere
from moderation.review_queue.reading import ROW
from moderation.review_queue.recording import record_decisions, take_back
from moderation.review_queue.table_file import write_frame
from moderation.review_queue.writing import write_together

from .conftest import PROJECT


def name_of(number: int) -> str:
    return f"c{number:016x}"


def write(path: Path, rows: int, decisions: dict[int, str] | None = None) -> Path:
    """Write a queue as a person saves it, with decisions in some rows."""
    decided = decisions or {}
    cells = [
        dict.fromkeys(COLUMNS, "")
        | {"id": name_of(n), "priority": "50", "text": f"text {n} " * 20, "source": "a.txt"}
        | {"scored_by": "moderation 1; words 1; lexicon 1", "decision": decided.get(n, "")}
        for n in range(rows)
    ]
    frame = polars.DataFrame(cells, schema=dict.fromkeys(COLUMNS, polars.String))
    with path.open("wb") as file:
        write_frame(frame, file)
    return path


def decisions_in(queue: Path) -> dict[str, str]:
    found = read_decisions(read_table(queue)).decisions
    return {name: decision.verdict for name, decision in found.items()}


def followed_by(queue: Path) -> dict[str, str]:
    """The comment whose decision each row shows instead of one of its own."""
    return dict(read_table(queue).frame.select("id", "decided_with").iter_rows())


def change(queue: Path, number: int, **cells: str) -> None:
    frame = read_table(queue).frame.drop(ROW)
    chosen = polars.col("id") == name_of(number)
    frame = frame.with_columns(
        polars.when(chosen).then(polars.lit(text)).otherwise(polars.col(name)).alias(name)
        for name, text in cells.items()
    )
    with queue.open("wb") as file:
        write_frame(frame, file)


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return write(tmp_path / "queue.csv", 5, {1: "OK", 3: "delete"})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_decisions_are_taken_up_from_any_shape_of_file(
    queue: Path, separator: str, encoding: str
) -> None:
    """Canonical words, UTF-8 with a byte-order mark, and the separator that was there."""
    text = queue.read_text("utf-8-sig").replace(",", separator)
    queue.write_text(text, encoding=encoding, newline="")
    account = record_decisions(queue).account
    assert (account.recorded, account.before, account.after) == (2, 5, 5)
    assert decisions_in(queue) == {name_of(1): "approve", name_of(3): "remove"}
    assert queue.read_bytes().startswith(f"\ufeffid{separator}priority".encode())


def test_a_queue_of_the_previous_version_is_taken_up(queue: Path) -> None:
    """Without the columns of state, group and versions: they are made."""
    frame = read_table(queue).frame.drop(ROW, "state", "group", "decided_under", "decided_with")
    frame.write_csv(queue)
    record_decisions(queue)
    table = read_table(queue).frame
    assert table.columns[:-1] == list(COLUMNS)
    assert (table["decided_under"] != "").sum() == 2


def test_recording_twice_is_recording_once(queue: Path) -> None:
    """Not a byte and not a line more."""
    record_decisions(queue)
    before = queue.read_bytes(), QueuePaths.beside(queue).log.read_bytes()
    account = record_decisions(queue).account
    assert (queue.read_bytes(), QueuePaths.beside(queue).log.read_bytes()) == before
    assert (account.kept, account.recorded) == (2, 0)


def test_a_formula_whose_mark_was_taken_away_is_marked_again(queue: Path) -> None:
    """Some spreadsheets hide our apostrophe when they open a file and drop it when they save."""
    change(queue, 2, text="=HYPERLINK(1)\nand +more", author="@you", note="=1+1")
    record_decisions(queue)
    row = read_table(queue).frame.row(2, named=True)
    assert (row["text"], row["author"]) == ("'=HYPERLINK(1)\nand +more", "'@you")
    assert row["note"] == "=1+1"


def test_rows_keep_the_order_that_people_gave_them(queue: Path) -> None:
    """Only a scan sorts."""
    frame = read_table(queue).frame.drop(ROW).reverse()
    frame.write_csv(queue)
    record_decisions(queue)
    assert read_table(queue).frame["id"].to_list() == frame["id"].to_list()


def test_the_log_says_who_when_and_with_which_versions(queue: Path) -> None:
    """One line a decision."""
    change(queue, 1, reviewer="Ana", note="quoted", decided_at="Tuesday")
    record_decisions(queue)
    entry = standing(read_log(QueuePaths.beside(queue).log).entries)[name_of(1)]
    decision = entry.decision
    assert (decision.reviewer, decision.note, decision.decided_at) == ("Ana", "quoted", "Tuesday")
    assert entry.recorded_by.startswith("moderation ")
    assert entry.decided_under == "moderation 1; words 1; lexicon 1"
    assert entry.recorded_at.endswith("+00:00")


def test_a_decision_is_taken_back_by_its_id(queue: Path) -> None:
    """The cell is empty, the note stays, and the log knows who did it."""
    change(queue, 1, note="hm")
    account = take_back(queue, [name_of(1)], "Ben").account
    assert account.taken_back == 1
    assert decisions_in(queue) == {name_of(3): "remove"}
    last = read_log(QueuePaths.beside(queue).log).entries[-1]
    assert (last.action, last.decision.reviewer) == ("taken back", "Ben")
    row = read_table(queue).frame.row(1, named=True)
    assert (row["note"], row["decided_under"]) == ("hm", "")


@pytest.mark.parametrize(
    ("name", "problem"), [(name_of(2), "Nobody has decided"), ("c99", "no row with the id c99")]
)
def test_what_was_not_decided_cannot_be_taken_back(queue: Path, name: str, problem: str) -> None:
    """A misspelt id is an error, not a silent nothing."""
    with pytest.raises(UsageError, match=problem):
        take_back(queue, [name])


def test_a_missing_queue_is_wrong_usage(tmp_path: Path) -> None:
    """And the way to bring a lost one back is named."""
    with pytest.raises(UsageError, match="queue rebuild"):
        record_decisions(tmp_path / "queue.csv")


def test_a_damaged_queue_is_left_as_it_is(queue: Path) -> None:
    """The row is named, and neither queue nor log is written."""
    content = queue.read_bytes().replace(b"text 2", b'"text 2', 1)
    queue.write_bytes(content)
    with pytest.raises(QueueExists, match=r"row 4.*left as it is"):
        record_decisions(queue)
    assert queue.read_bytes() == content
    assert not QueuePaths.beside(queue).log.exists()


def test_a_second_command_waits_and_then_gives_up(queue: Path) -> None:
    """With a sentence, and without having written anything."""
    refused = pytest.raises(OutputError, match="Another command is writing")
    with locked(queue), refused, locked(queue, patience=0.1):
        pytest.fail("two hold the lock")


def test_a_queue_saved_while_it_is_written_is_read_again(
    queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's save in between is not overwritten, but taken up."""
    from moderation.review_queue import decision_log, recording

    real, saves = decision_log.append, iter([1])

    def slow(*arguments: object, **options: object) -> None:
        real(*arguments, **options)  # type: ignore[arg-type]
        if next(saves, None):
            change(queue, 2, decision="unsure")

    monkeypatch.setattr(recording, "append", slow)
    record_decisions(queue)
    assert decisions_in(queue) == {
        name_of(1): "approve",
        name_of(2): "unsure",
        name_of(3): "remove",
    }


def test_excel_s_owner_file_is_known_too(queue: Path) -> None:
    """Nobody is named where the file does not say; no file, no word."""
    assert opened_elsewhere(queue) == ""
    queue.with_name("~$queue.csv").touch()
    assert "queue.csv is open in a spreadsheet." in opened_elsewhere(queue)


def test_what_a_killed_command_left_is_swept_away(queue: Path) -> None:
    """Only our own temporary files, only old ones, only those of processes that have ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    ours = queue.with_name(f".queue.csv.{ended.pid}.abc.partial")
    kept = [
        queue.with_name(f".queue.csv.{os.getpid()}.abc.partial"),
        queue.with_name(f".other.csv.{ended.pid}.abc.partial"),
        queue.with_name(".queue.csv.abc.partial"),
        queue.with_name(f".queue.csv.{ended.pid}.new.partial"),
    ]
    for path in [ours, *kept]:
        path.touch()
        if ".new." not in path.name:
            os.utime(path, (1, 1))
    write_together({queue: b"x"})
    assert not ours.exists()
    assert all(path.exists() for path in kept)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on a file's size")
def test_a_full_disk_loses_no_decision(queue: Path) -> None:
    """The log is written first; the queue that cannot be written stays what it was."""
    import resource

    before = queue.read_bytes()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    command = [sys.executable, "-m", "moderation", "queue", "record", str(queue)]
    run = subprocess.run(
        command, preexec_fn=limit, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert f"Cannot write {queue}" in run.stderr
    assert queue.read_bytes() == before
    assert len(read_log(QueuePaths.beside(queue).log).entries) == 2
    assert not list(queue.parent.glob(".*.partial"))


ZYGOTE = """
import os, sys
from pathlib import Path
import filelock, numpy, polars, rapidfuzz
from moderation.review_queue import groups, minhash, recording
queue = Path(sys.argv[1])
while sys.stdin.readline():
    child = os.fork()
    if child == 0:
        try:
            recording.record_decisions(queue)
        finally:
            os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()  # until then the child's number is nobody else's, even when it has ended
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@pytest.fixture
def recorders(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that records in a child for each line that it is sent.

    It has imported everything and used nothing, so that a child is ready at once.
    """
    command = [sys.executable, "-c", ZYGOTE, str(tmp_path / "queue.csv")]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        text=True,
        env=os.environ | {"POLARS_MAX_THREADS": "1"},
        **options,  # type: ignore[call-overload]
    ) as process:
        yield process
        process.stdin.close()


class Recording:
    """Recordings of one queue, each in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.orders, self.answers = process.stdin, process.stdout

    def start(self) -> int:
        self.orders.write("record\n")
        self.orders.flush()
        return int(self.answers.readline())

    def wait(self) -> None:
        self.orders.write("wait\n")
        self.orders.flush()
        assert self.answers.readline() == "ended\n"

    def seconds(self) -> float:
        started = time.monotonic()
        self.start()
        self.wait()
        return time.monotonic() - started


def test_a_row_set_back_to_its_group_after_a_cut_off_recording_is_put_back_and_counted(
    tmp_path: Path,
) -> None:
    """It looks like an older copy, in which nobody touched it: its own decision stands."""
    queue = write(tmp_path / "queue.csv", 20, {1: "unsure"})
    record_decisions(queue)
    assert decisions_in(queue)[name_of(14)] == "unsure"  # the texts are nearly the same
    change(queue, 14, decision="remove")
    as_saved = queue.read_bytes()
    record_decisions(queue)
    queue.write_bytes(as_saved)  # the log was written, the queue was not
    change(queue, 14, decision="unsure")
    assert record_decisions(queue).account.put_back == 1
    assert decisions_in(queue)[name_of(14)] == "remove"
    change(queue, 14, decision="unsure")
    record_decisions(queue)
    assert decisions_in(queue)[name_of(14)] == "unsure"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and fork")
def test_killed_at_any_moment_no_decision_is_lost(
    tmp_path: Path, recorders: "subprocess.Popen[str]"
) -> None:
    """The queue is whole, old or new, and each decision is in it or in the log."""
    queue = write(tmp_path / "queue.csv", 60)
    log = QueuePaths.beside(queue).log
    recording = Recording(recorders)
    made: dict[str, str] = {}
    went_back: set[str] = set()
    set_back: set[tuple[str, str]] = set()
    seed, only_in_queue, whole = random.Random(5), 0, 0
    longest = min(recording.seconds() for _ in range(3))
    for _ in range(220):
        number = seed.randrange(60)
        verdict = seed.choice(["approve", "remove", "escalate", "unsure"])
        said_before = {(e.decision.comment_id, e.decision.verdict) for e in read_log(log).entries}
        went_back.discard(name_of(number))
        if (name_of(number), verdict) in said_before:
            went_back.add(name_of(number))
        if (followed_by(queue)[name_of(number)], verdict) in said_before:
            set_back.add((name_of(number), verdict))
        change(queue, number, decision=verdict)
        saved = queue.read_bytes()
        made[name_of(number)] = verdict
        child = recording.start()
        time.sleep(seed.uniform(0.3, 1.1) * longest)
        os.kill(child, signal.SIGKILL)
        recording.wait()
        table = read_table(queue)
        assert not table.problems
        assert table.frame.height == 60
        ever = {(e.decision.comment_id, e.decision.verdict) for e in read_log(log).entries}
        cells = dict(table.frame.select("id", "decision").iter_rows())
        for name, verdict in made.items():
            is_shown = verdict in cells[name].split(" | ")
            assert is_shown or (name, verdict) in ever | set_back
        only_in_queue += (name_of(number), made[name_of(number)]) not in ever
        whole += queue.read_bytes() != saved
    assert only_in_queue, "none was killed before it wrote"
    assert whole, "none was killed after it wrote"
    record_decisions(queue)
    # A change that was written into a row whose recording was cut off is a conflict, and shown.
    # Only one back to what the row had said before looks like an older copy: the log has it, or
    # the log of the comment that the row followed has.
    cells = dict(read_table(queue).frame.select("id", "decision").iter_rows())
    for name, verdict in made.items():
        is_shown = verdict in cells[name].split(" | ")
        assert is_shown or name in went_back or (name, verdict) in set_back
