"""The log of decisions only grows, and no damage to a line costs another."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.records import HUMAN_VERDICTS, Decision
from moderation.review_queue.decision_log import (
    Action,
    LogEntry,
    append,
    histories,
    outcome,
    read_log,
    standing,
)

from .conftest import PROJECT


def entry(
    name: str = "c1",
    verdict: str = "approve",
    action: Action = "decided",
    note: str = "",
    at: str = "2026-11-24T00:00:00.000+00:00",
) -> LogEntry:
    decision = Decision(comment_id=name, verdict=verdict, reviewer="Ana", note=note)  # type: ignore[arg-type]
    return LogEntry(
        recorded_at=at,
        action=action,
        decision=decision,
        decided_under="moderation 1; words 1; lexicon 1; policy desk aaaa",
        recorded_by="moderation 1",
    )


@given(st.lists(st.tuples(st.text(), st.sampled_from(HUMAN_VERDICTS)), max_size=5))
def test_what_was_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, notes: list[tuple[str, str]]
) -> None:
    """Whatever people write into a note: quotes, line ends, any alphabet."""
    path = tmp_path_factory.mktemp("log") / "queue.decisions.jsonl"
    entries = [entry(verdict=verdict, note=note) for note, verdict in notes]
    append(path, entries)
    append(path, entries)
    assert list(read_log(path).entries) == [*entries, *entries]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """The first scan has nothing to read."""
    assert read_log(tmp_path / "none.jsonl").entries == ()


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    """A log that cannot be read is no empty log."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_log(tmp_path)


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_torn_last_line_is_said_and_costs_no_other(tmp_path: Path, cut: int) -> None:
    """A power cut in the middle of a line; the next entry gets a line of its own."""
    path = tmp_path / "log.jsonl"
    append(path, [entry("c1"), entry("c2")])
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    log = read_log(path)
    assert [one.decision.comment_id for one in log.entries] == ["c1", "c2"][: 1 + (cut == 1)]
    assert [(one.line, "torn" in one.problem) for one in log.damaged] == [(2, True)] * (cut > 1)
    append(path, [entry("c3")])
    assert read_log(path).entries[-1].decision.comment_id == "c3"


@pytest.mark.parametrize(
    "line", [b"glorb", b'{"id": "c9"}', b'{"action": "danced"}', b"[]", b"\xff\xfe", b"7"]
)
def test_a_damaged_line_is_named_and_costs_no_other(tmp_path: Path, line: bytes) -> None:
    """Also one that a newer version wrote with words that this one does not know."""
    path = tmp_path / "log.jsonl"
    append(path, [entry("c1")])
    path.write_bytes(path.read_bytes() + line + b"\n")
    append(path, [entry("c2")])
    log = read_log(path)
    assert [one.decision.comment_id for one in log.entries] == ["c1", "c2"]
    assert [one.line for one in log.damaged] == [2]


def test_the_last_word_stands(tmp_path: Path) -> None:
    """A change replaces, a taking back removes, a conflict settles nothing."""
    entries = [
        entry("c1"),
        entry("c1", "remove", "changed"),
        entry("c2"),
        entry("c2", action="taken back"),
        entry("c3", "approve", "in conflict"),
        entry("c3", "remove", "in conflict"),
    ]
    assert {name: one.decision.verdict for name, one in standing(entries).items()} == {
        "c1": "remove"
    }
    of_comment = {name: outcome(history) for name, history in histories(entries).items()}
    assert [one.decision.verdict for one in of_comment["c3"]] == ["approve", "remove"]
    assert of_comment["c2"] == ()


def test_a_new_conflict_replaces_an_old_one() -> None:
    """The verdicts that were recorded together are those that stand against each other."""
    first = [entry(verdict=word, action="in conflict", at="1") for word in ("approve", "unsure")]
    second = [entry(verdict=word, action="in conflict", at="2") for word in ("approve", "remove")]
    verdicts = [one.decision.verdict for one in outcome([*first, *second])]
    assert verdicts == ["approve", "remove"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on a file's size")
def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """No half of a line stays behind, and the error says what happened."""
    import resource

    path = tmp_path / "log.jsonl"
    append(path, [entry("c1")])
    before = path.read_bytes()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, len(before) + 100))

    script = (
        "import pathlib\nfrom tests.test_decision_log import entry\n"
        "from moderation.review_queue.decision_log import append\n"
        f"append(pathlib.Path({str(path)!r}), [entry(note='x' * 1000)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=limit,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"Cannot write the log {path}: {os.strerror(errno.EFBIG)}" in run.stderr
    assert path.read_bytes() == before
