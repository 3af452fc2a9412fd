"""What the tests of the review page share: its program as a process, and its files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from moderation.review_queue import QueuePaths, read_table

from .conftest import PROJECT

SECONDS = 20


@dataclass
class Server:
    """A running `moderation review`, its address, and what it printed when it began."""

    process: subprocess.Popen[str]
    address: str
    printed: list[str]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; give the exit code and everything that was printed."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, "".join(self.printed) + output, errors


@contextmanager
def opened(queue: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Open the page of a queue in a process of its own; with an environment, in a browser too."""
    command = [sys.executable, "-m", "moderation", "review", str(queue), *options]
    if not environment:
        command.append("--no-browser")
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        preexec_fn=_hear_hang_ups if os.name == "posix" else None,  # noqa: PLW1509 - no threads
    )
    try:
        printed = _printed_until_ready(process)
        address = re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/", "".join(printed))
        assert address is not None, printed
        yield Server(process=process, address=address[0], printed=printed)
    finally:
        process.kill()
        process.communicate()


def _hear_hang_ups() -> None:
    """Undo what tests that outlive their terminal inherit."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _printed_until_ready(process: subprocess.Popen[str]) -> list[str]:
    printed: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if "Keep the address" in line:
            return printed
    raise AssertionError(process.communicate()[1])


def log_of(queue: Path) -> list[dict[str, str]]:
    """The entries of the log beside a queue."""
    log = QueuePaths.beside(queue).log
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def decisions_in(queue: Path) -> dict[str, str]:
    """The cells of the column decision, by id."""
    return dict(read_table(queue).frame.select("id", "decision").iter_rows())


def save_in_spreadsheet(queue: Path, decisions: Mapping[str, str], reviewer: str) -> None:
    """Write decisions into the file as a spreadsheet saves it, in place."""
    text = queue.read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    columns = {name: header.index(name) for name in ("id", "decision", "reviewer")}
    for row in rows:
        if row[columns["id"]] in decisions:
            row[columns["decision"]] = decisions[row[columns["id"]]]
            row[columns["reviewer"]] = reviewer
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows([header, *rows])
    queue.write_text(file.getvalue(), encoding="utf-8-sig", newline="")
