"""In one process or in several: the same results, none lost, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from moderation import engines
from moderation.assessing import Brief
from moderation.detectors import Detectors
from moderation.engines import Batch, OwnProcess, Processes, best_engine
from moderation.policy import load_policy
from moderation.records import Comment, FoundComment, JudgedComment

from .conftest import PROJECT, WordScorer

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
BRIEF = Brief(policy=load_policy("standard"), model="compact")

SCAN = """
import sys
import moderation.engines
from moderation.pipeline import Manner, scan

moderation.engines.FEW = 64
result = scan(sys.argv[1:2], manner=Manner(processes=2))
print(result.receipt.counts.sentence())
"""
"""A program of somebody's own, as people write it: without a guard around what it does."""


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return BRIEF.load()


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "FEW", 16)


def found(number: int) -> FoundComment:
    text = f"Remark {number}: {'you stupid idiot, shut up' if number % 5 else 'a calm one'}."
    comment = Comment(
        id=f"c{number:016}", document_id="p", number=1, start=0, end=len(text), text=text
    )
    return FoundComment(comment=comment, source="p.txt", page_language="en")


def batches(count: int, size: int = 8) -> Iterator[Batch]:
    comments = map(found, range(count))
    while batch := list(islice(comments, size)):
        yield batch


def judged_by(engine: engines.Engine, count: int) -> list[JudgedComment]:
    return [one for judged in engine.judged(batches(count)) for one in judged]


def workers_of(process: int) -> list[int]:
    """The processes that score for this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            is_worker = b"popen_loky" in (path / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == process and is_worker:
            found.append(int(path.name))
    return found


def waited_for(workers: list[int], seconds: float = 20.0) -> list[int]:
    """Those that still run after so long."""
    until = time.monotonic() + seconds
    while alive := [one for one in workers if Path(f"/proc/{one}/cmdline").exists()]:
        if time.monotonic() > until:
            return alive
        time.sleep(0.1)
    return []


def test_several_processes_give_what_one_gives(detectors: Detectors) -> None:
    """The same comments in the same order, with the same scores to the last bit."""
    own = OwnProcess(detectors=detectors, policy=BRIEF.policy)
    several = Processes(here=own, brief=BRIEF, count=2)
    assert judged_by(several, 100) == judged_by(own, 100)
    assert engines.remarks_of(several) == engines.remarks_of(own) == ()


@LINUX
def test_a_killed_worker_loses_and_doubles_nothing(detectors: Detectors) -> None:
    """What was on its way, and the rest, is done all the same."""
    own = OwnProcess(detectors=detectors, policy=BRIEF.policy)
    several = Processes(here=own, brief=BRIEF, count=2)
    results = []
    for judged in several.judged(batches(160)):
        results += judged
        if len(results) == 40:
            os.kill(workers_of(os.getpid())[0], signal.SIGKILL)
    assert results == judged_by(own, 160)
    (remark,) = engines.remarks_of(several)
    assert "No comment was lost" in remark
    assert not waited_for(workers_of(os.getpid()))


@LINUX
def test_a_few_comments_start_no_process(detectors: Detectors) -> None:
    """A page of comments is done before another process would have begun."""
    own = OwnProcess(detectors=detectors, policy=BRIEF.policy)
    several = Processes(here=own, brief=BRIEF, count=2)
    for _ in several.judged(batches(15)):
        assert workers_of(os.getpid()) == []


@LINUX
def test_who_stops_asking_leaves_no_process_behind(detectors: Detectors) -> None:
    """A scan that fails half-way ends its workers."""
    own = OwnProcess(detectors=detectors, policy=BRIEF.policy)
    going = iter(Processes(here=own, brief=BRIEF, count=2).judged(batches(400)))
    for _ in range(6):
        next(going)
    workers = workers_of(os.getpid())
    assert workers
    del going
    assert waited_for(workers) == []


def test_a_model_that_cannot_travel_stays_here(detectors: Detectors) -> None:
    """One that was handed over as an object, or that is large, is run in this process."""
    own = Brief(policy=BRIEF.policy, model=WordScorer())
    assert isinstance(best_engine(own, own.load(), 4), OwnProcess)
    assert isinstance(best_engine(BRIEF, detectors, 1), OwnProcess)
    assert isinstance(best_engine(BRIEF, detectors, 2), Processes)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    items = "\n\n".join(f"  {n}. Remark {n}, you stupid fool." for n in range(1, 4_001))
    path = tmp_path / "page.txt"
    path.write_text(f"An article.\n\n\n\n{items}\n\nComments are closed.\n")
    return path


def started(script: Path, page: Path) -> subprocess.Popen[str]:
    script.write_text(SCAN)
    return subprocess.Popen(
        [sys.executable, str(script), str(page)],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts background jobs deaf to Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


@pytest.mark.slow
def test_a_script_needs_no_guard(tmp_path: Path, page: Path) -> None:
    """Worker processes do not run the script that started them again."""
    items = "\n\n".join(f"  {n}. Remark {n}." for n in range(1, 201))
    page.write_text(f"An article.\n\n\n\n{items}\n\nComments are closed.\n")
    with started(tmp_path / "own.py", page) as process:
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    assert output.startswith("200 comments found")


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_stopped_scan_leaves_no_process_behind(
    tmp_path: Path, page: Path, how: signal.Signals
) -> None:
    """Neither Ctrl-C nor a kill leaves workers that wait for ever."""
    with started(tmp_path / "own.py", page) as process:
        until = time.monotonic() + 60
        while len(workers := workers_of(process.pid)) < 2 and time.monotonic() < until:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(1.0)  # until they work, or are in the midst of loading
        process.send_signal(how)
        process.wait(timeout=60)
        assert len(workers) == 2
        assert waited_for(workers) == []
