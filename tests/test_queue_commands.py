"""The commands on a queue: record, take-back, rebuild."""

from pathlib import Path

import pytest

from moderation.output import write_results
from moderation.pipeline import scan
from moderation.review_queue import QueuePaths, read_table

from .conftest import Run, WordScorer


@pytest.fixture
def queue(pages: Path, words: WordScorer, word_policy: Path, tmp_path: Path) -> Path:
    """A queue of one row, with a decision that was not recorded yet."""
    queue = tmp_path / "queue.csv"
    write_results(scan([pages], policy=word_policy, model=words), queue)
    decide(queue, "remove")
    return queue


def decide(queue: Path, word: str) -> None:
    content = queue.read_bytes()
    row = content.splitlines()[1].split(b",")
    row[2] = word.encode()
    queue.write_bytes(content.splitlines()[0] + b"\r\n" + b",".join(row) + b"\r\n")


def decision(queue: Path) -> str:
    cell: str = read_table(queue).frame["decision"][0]
    return cell


def test_record_takes_up_what_people_wrote(run: Run, queue: Path) -> None:
    """And says where the log is."""
    code, output, errors = run("queue", "record", queue)
    assert (code, errors) == (0, "")
    assert "1 decision is new in the log." in output
    assert f"Log: {QueuePaths.beside(queue).log}" in output
    assert "1 decision is kept." in run("queue", "record", queue)[1]


def test_record_names_the_row_of_a_word_that_it_does_not_know(run: Run, queue: Path) -> None:
    """On standard error, with the words that would do."""
    decide(queue, "glorb")
    code, _, errors = run("queue", "record", queue)
    assert code == 0
    assert "Row 2 (c" in errors
    assert "'glorb' is no verdict" in errors
    assert "approve, remove, escalate or unsure" in errors
    assert decision(queue) == "glorb"


def test_take_back_withdraws_a_decision(run: Run, queue: Path) -> None:
    """By the id that the queue shows."""
    name = read_table(queue).frame["id"][0]
    _, output, _ = run("queue", "take-back", queue, name, "--reviewer", "Ana")
    assert "1 decision was taken back." in output
    assert decision(queue) == ""
    code, _, errors = run("queue", "take-back", queue, name)
    assert code == 2
    assert "nothing to take back" in errors


def test_rebuild_brings_a_lost_queue_back(run: Run, queue: Path) -> None:
    """From the scores and the log."""
    run("queue", "record", queue)
    before = queue.read_bytes()
    queue.unlink()
    code, output, _ = run("queue", "rebuild", queue)
    assert code == 0
    assert "1 decision was missing and put back from the log." in output
    assert queue.read_bytes() == before


def test_a_damaged_log_is_said_and_the_rest_of_it_counts(run: Run, queue: Path) -> None:
    """A torn line costs no other, and is not silent."""
    run("queue", "record", queue)
    log = QueuePaths.beside(queue).log
    log.write_bytes(log.read_bytes() + b'{"recorded_at": "20')
    code, _, errors = run("queue", "record", queue)
    assert code == 0
    assert "Note: Line 2 of queue.decisions.jsonl: the last line of the log is torn" in errors
    assert decision(queue) == "remove"


@pytest.mark.parametrize("command", ["record", "rebuild"])
def test_a_queue_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path, command: str) -> None:
    """With the way to get one."""
    code, _, errors = run("queue", command, tmp_path / "none.csv")
    assert code == 2
    assert "There is no queue at" in errors
