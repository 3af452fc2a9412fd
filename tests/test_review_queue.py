"""The queue file: written whole or not at all, and never over a person's work."""

import csv
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars
import pytest

from moderation import toxicity
from moderation.errors import OutputError, QueueExists, UsageError
from moderation.records import Comment, JudgedComment, Reason, ScoredComment, Verdict
from moderation.review_queue import (
    COLUMNS,
    QueuePaths,
    QueueRow,
    check_output,
    columns,
    queue_bytes,
    queue_row,
    write_together,
)
from moderation.review_queue.cells import from_cell
from moderation.review_queue.files import whole_table
from moderation.review_queue.reading import read_table
from moderation.review_queue.rows import shown_text

from .conftest import PROJECT, program

HOSTILE = [
    '=HYPERLINK("http://example.org","click")',
    "+1 agreed",
    "-1",
    "@you",
    "007",
    "5 May",
    "1e5",
    "TRUE",
    'quotes "inside", commas; semicolons\tand tabs',
    "line one\nline two\n\n\nline five",
    "bidi \u202eevil\u202c and \u200bzero width",
    "emoji 👩‍👩‍👧 🏴 and النص العربي",
    "'already quoted",
    "⟦U+202E⟧",
    "  leading blanks? no: inside  two",
    "mojibake â€œ and a NUL \x00 byte",
]


def row(text: str, number: int = 1, priority: int = 50) -> QueueRow:
    comment = Comment(
        id=f"c{number:016x}",
        document_id="d",
        number=number,
        start=number,
        end=9,
        text=text,
        place=str(number),
    )
    scored = ScoredComment(
        comment=comment, source="d.txt", language="en", toxicity={"insult": 0.5}, scored_by="test"
    )
    reason = Reason(code="toxicity.insult", detail="insult", value=0.5, threshold=0.4)
    verdict = Verdict(
        comment_id=comment.id, outcome="flagged", priority=priority, reasons=(reason,)
    )
    return queue_row(JudgedComment(scored=scored, verdict=verdict))


def hostile_queue(path: Path) -> list[str]:
    rows = [row(text, number) for number, text in enumerate(HOSTILE)]
    write_together({path: queue_bytes(rows)})
    return [one.text for one in rows]


def test_the_columns_are_the_promised_ones() -> None:
    """Spreadsheets, scripts and the next scan rely on these names and this order."""
    assert ", ".join(COLUMNS) == (
        "id, priority, decision, note, reviewer, decided_at, state, text, reasons, source, "
        "number, author, posted_at, group, language, toxicity, severe_toxicity, obscene, threat, "
        "insult, identity_attack, terms, scored_by, decided_under, decided_with"
    )


def test_each_label_of_the_model_has_a_column() -> None:
    """The queue and the embedded model speak of the same labels, in the same order."""
    assert columns.LABELS == toxicity.LABELS


def test_the_file_is_what_excel_expects() -> None:
    """A byte-order mark, CRLF line ends and the header first."""
    content = queue_bytes([row("x")])
    assert content.startswith(b"\xef\xbb\xbfid,priority,")
    assert content.count(b"\r\n") == 2


def test_the_reviewers_columns_come_empty() -> None:
    """A scan never decides."""
    cells = dict(zip(COLUMNS, row("x").cells(), strict=True))
    assert [cells[name] for name in ("decision", "note", "reviewer", "decided_at")] == [""] * 4


def test_a_row_refuses_a_verdict_about_another_comment() -> None:
    """Evidence is never shown beside the wrong text."""
    with pytest.raises(ValueError, match="is about"):
        queue_row(JudgedComment(scored=row("x", 1).scored, verdict=row("x", 2).verdict))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\n    two\n\n    three", "one\ntwo\n\nthree"),
        ("verse\n    one\n      two", "verse\none\n  two"),
        ("  one line ", "one line"),
    ],
)
def test_a_comment_is_shown_without_its_pages_indentation(text: str, shown: str) -> None:
    """The list's indentation is the page's, deeper lines are the writer's."""
    assert shown_text(text) == shown


def test_text_survives_the_csv_module(tmp_path: Path) -> None:
    """Python's own reader gets every text back."""
    texts = hostile_queue(tmp_path / "queue.csv")
    with (tmp_path / "queue.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [from_cell(cells["text"]) for cells in csv.DictReader(file)] == texts


def test_text_survives_polars(tmp_path: Path) -> None:
    """The reader that researchers use gets every text back."""
    texts = hostile_queue(tmp_path / "queue.csv")
    frame = polars.read_csv(tmp_path / "queue.csv", infer_schema=False)
    assert [from_cell(cell) for cell in frame["text"]] == texts


@pytest.mark.slow
def test_text_survives_libreoffice(tmp_path: Path) -> None:
    """Opened in LibreOffice and saved as CSV again, the queue still says the same."""
    office = program("soffice")
    texts = hostile_queue(tmp_path / "queue.csv")
    # The import dialog would see the byte-order mark; without a screen it has to be told:
    # comma, double quote, UTF-8.
    as_utf8 = "44,34,76,1"
    base = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    open_and_save = [f"--infilter=CSV:{as_utf8}", "--convert-to", "ods", "queue.csv"]
    to_csv = f"csv:Text - txt - csv (StarCalc):{as_utf8}"
    save_as_csv = ["--convert-to", to_csv, "--outdir", "back", "queue.ods"]
    for command in (open_and_save, save_as_csv):
        subprocess.run(
            [*base, *command], check=True, capture_output=True, timeout=180, cwd=tmp_path
        )
    frame = read_table(tmp_path / "back" / "queue.csv").frame
    assert [from_cell(cell) for cell in frame["text"]] == texts
    assert frame["id"].to_list() == [f"c{number:016x}" for number in range(len(texts))]


def test_a_queue_is_read_back(tmp_path: Path) -> None:
    """What was written comes back."""
    write_together({tmp_path / "q.csv": queue_bytes([row("x")])})
    (cells,) = read_table(tmp_path / "q.csv").frame.iter_rows(named=True)
    assert (cells["text"], cells["reasons"]) == ("x", "insult 0.50 ≥ 0.40")


@pytest.mark.parametrize("content", ["a,b\r\n1,2\r\n", "", "\0\0\0\0"])
def test_another_file_is_not_read_as_a_queue(tmp_path: Path, content: str) -> None:
    """A wrong file is named, not shown as an empty queue."""
    (tmp_path / "q.csv").write_text(content)
    with pytest.raises(UsageError, match="queue"):
        read_table(tmp_path / "q.csv")


def test_the_files_beside_a_queue_carry_its_name(tmp_path: Path) -> None:
    """Two queues in one folder do not share a receipt."""
    paths = QueuePaths.beside(tmp_path / "monday.csv")
    assert (paths.receipt.name, paths.scores.name) == (
        "monday.receipt.json",
        "monday.scores.parquet",
    )
    assert paths.log.name == "monday.decisions.jsonl"


def test_a_queue_that_people_work_on_may_be_merged(tmp_path: Path) -> None:
    """Whatever they wrote and however they saved it, as long as all of it can be read."""
    queue = tmp_path / "queue.csv"
    hostile_queue(queue)
    check_output(queue)
    queue.write_text(queue.read_text("utf-8-sig").replace(",,,,", ",ok,,,", 1), "utf-16")
    check_output(queue)


def test_an_empty_file_is_no_queue_and_no_hindrance(tmp_path: Path) -> None:
    """A name that was made beforehand, as 'mktemp' does."""
    queue = tmp_path / "queue.csv"
    queue.touch()
    check_output(queue)
    assert whole_table(queue) is None


def test_a_queue_with_a_broken_row_is_refused(tmp_path: Path) -> None:
    """The row is named; written again without it, the queue would have lost it."""
    queue = tmp_path / "queue.csv"
    content = queue_bytes([row(f"remark number {number} of many", number) for number in range(10)])
    queue.write_bytes(content.replace(b"remark number 7", b'"remark number 7', 1))
    with pytest.raises(QueueExists, match=r"row 9: .*left as it is.*--output"):
        check_output(queue)


@pytest.mark.parametrize("name", ["-", "pipe", "a" * 300])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """A pipe or device is neither replaced nor waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises((UsageError, OutputError), match="--output"):
        check_output(tmp_path / name)


@pytest.mark.parametrize("content", [b"shopping,list\r\nmilk,1\r\n", b"\x89PNG\r\n\x1a\n"])
def test_another_file_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    """A file that is no queue of ours is somebody else's."""
    queue = tmp_path / "queue.csv"
    queue.write_bytes(content)
    with pytest.raises(QueueExists, match="left as it is"):
        check_output(queue)


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    """The folder is not made up: it may be misspelt."""
    with pytest.raises(UsageError, match="does not exist"):
        check_output(tmp_path / "nowhere" / "queue.csv")


def test_a_folder_is_no_queue(tmp_path: Path) -> None:
    """Naming a folder is answered with what to name instead."""
    with pytest.raises(UsageError, match="is a folder"):
        check_output(tmp_path)


def test_several_files_change_together_or_not_at_all(tmp_path: Path) -> None:
    """When the second file cannot be written the first keeps what it had."""
    first, second = tmp_path / "a", tmp_path / "missing" / "b"
    first.write_text("old")
    with pytest.raises(OutputError, match="Nothing was changed"):
        write_together({first: b"new", second: b"new"})
    assert first.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on a file's size")
def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """When the system refuses to write on, the old file stands and no rubbish is left."""
    import resource

    queue = tmp_path / "queue.csv"
    queue.write_text("old")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    script = (
        "import pathlib\nfrom moderation.review_queue import write_together\n"
        f"write_together({{pathlib.Path({str(queue)!r}): b'x' * 100_000}})"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=limit,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"Cannot write {queue}: {os.strerror(errno.EFBIG)}" in run.stderr
    assert queue.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["queue.csv"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_write_leaves_one_whole_file(tmp_path: Path) -> None:
    """Killed at any moment, the queue is the old one or the new one, never a part."""
    queue = tmp_path / "queue.csv"
    script = (
        "import pathlib, itertools\nfrom moderation.review_queue import write_together\n"
        "print('ready', flush=True)\n"
        "for letter in itertools.cycle(b'ab'):\n"
        f"    write_together({{pathlib.Path({str(queue)!r}): bytes([letter]) * 300_000}})"
    )
    for attempt in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.01 + attempt * 0.003)
            process.kill()
        content = queue.read_bytes() if queue.exists() else b"a" * 300_000
        assert content in (b"a" * 300_000, b"b" * 300_000)
