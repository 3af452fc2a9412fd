"""What people see while they wait and when it is done."""

import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.pipeline import Progress
from moderation.terminal import progress as terminal_progress
from moderation.terminal.progress import ProgressShown

STEP = Progress(
    pages_read=3,
    pages_total=9,
    comments_found=1_000,
    comments_done=512,
    comments_expected=3_000,
)
IN_ONE_FILE = Progress(pages_read=0, pages_total=1, comments_found=90_000, comments_done=512)


def seen_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    wanted: bool,
    patience: float,
    steps: Sequence[Progress] = (STEP,),
) -> str:
    """Run a progress bar on a real pseudo-terminal and read what it drew."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    monkeypatch.setattr(terminal_progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with ProgressShown(wanted=wanted) as progress:
            for step in steps:
                progress.update(step)
                time.sleep(0.15)  # the bar is drawn ten times a second
        screen.write("end")
        screen.flush()
        drawn = b""
        while not drawn.endswith(b"end"):
            drawn += os.read(ours, 100_000)
    os.close(ours)
    return drawn.decode()


def test_long_work_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page, comments done, and as many to come as the pages read so far let expect."""
    drawn = seen_on_a_terminal(monkeypatch, wanted=True, patience=0.0)
    assert "page 3 of 9" in drawn
    assert "512 of about 3,000" in drawn


def test_rate_and_time_left_are_those_of_the_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    """They appear when two steps are known."""
    steps = [replace(STEP, comments_done=done) for done in (100, 200, 300, 400)]
    drawn = seen_on_a_terminal(monkeypatch, True, 0.0, steps)
    assert re.search(r"[1-9][0-9]*/s", drawn)
    assert re.search(r"0:00:[0-9]{2} left", drawn)


def test_in_the_midst_of_one_file_no_end_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many comments a file of a million holds is known when it has been read."""
    steps = [replace(IN_ONE_FILE, comments_done=done) for done in (100, 200, 300, 400)]
    drawn = seen_on_a_terminal(monkeypatch, True, 0.0, steps)
    assert "400 of 90,000 read so far" in drawn
    assert re.search(r"[1-9][0-9]*/s", drawn)
    assert "left" not in drawn


def test_what_was_known_already_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It explains why a scan that goes on begins so fast; pages of one file are only counted."""
    step = replace(STEP, comments_known=400, pages_read=12)
    drawn = seen_on_a_terminal(monkeypatch, True, 0.0, [step])
    assert "400 known already" in drawn
    assert "12 pages" in drawn


@pytest.mark.parametrize(("wanted", "patience"), [(True, 60.0), (False, 0.0)])
def test_short_or_quiet_work_shows_none(
    monkeypatch: pytest.MonkeyPatch, wanted: bool, patience: float
) -> None:
    """Nothing flickers past within the first second, nor when quiet was asked for."""
    assert seen_on_a_terminal(monkeypatch, wanted, patience) == "end"


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The log of a nightly job holds no control characters."""
    monkeypatch.setattr(terminal_progress, "PATIENCE", 0.0)
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stderr", log)
        with ProgressShown(wanted=True) as progress:
            progress.update(STEP)
    assert (tmp_path / "log").read_text() == ""


def test_each_round_of_a_watch_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that is done takes its bar away, and a short one later shows none."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with ProgressShown(wanted=True) as progress:
            monkeypatch.setattr(terminal_progress, "PATIENCE", 0.0)
            progress.update(STEP)
            progress.done()
            monkeypatch.setattr(terminal_progress, "PATIENCE", 60.0)
            screen.write("between")
            progress.update(STEP)
        screen.write("end")
        screen.flush()
        drawn = b""
        while not drawn.endswith(b"end"):
            drawn += os.read(ours, 100_000)
    os.close(ours)
    first, after = drawn.decode().split("between")
    assert "512 of about 3,000" in first
    assert after == "end"
