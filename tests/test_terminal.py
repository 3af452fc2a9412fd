"""What people see while they wait and when it is done."""

import os
import sys
from pathlib import Path

import pytest

from moderation.pipeline import Progress
from moderation.terminal import progress as terminal_progress
from moderation.terminal.progress import ProgressShown

STEP = Progress(pages_read=3, pages_total=9, comments_found=1_000, comments_done=512)


def seen_on_a_terminal(monkeypatch: pytest.MonkeyPatch, wanted: bool, patience: float) -> str:
    """Run a progress bar on a real pseudo-terminal and read what it drew."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    monkeypatch.setattr(terminal_progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with ProgressShown(wanted=wanted) as progress:
            progress.update(STEP)
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
    assert "512/3000" in drawn


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
