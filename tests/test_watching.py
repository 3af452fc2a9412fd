"""Pages that come, change and go while a folder is watched, with real files and a real process."""

import json
import os
import queue as waiting_lines
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from moderation import watching
from moderation.assessing import Brief
from moderation.errors import UsageError
from moderation.output import Written, write_results
from moderation.pipeline import Manner, Pass, ScanResult, scan
from moderation.policy import load_policy
from moderation.records import PassedOver
from moderation.review_queue import QueuePaths, read_table
from moderation.sources import FoundPages, find_pages
from moderation.watching import Polling, Round, SystemEvents, Watch

from .conftest import PROJECT, Run, WordScorer


def page(*comments: str) -> str:
    items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(comments, start=1))
    return f"An article about a bridge.\n\n\n\n{items}\n\nComments are closed.\n"


class Desk:
    """A watched folder, its queue, and what was read and scored."""

    def __init__(self, folder: Path, policy: Path) -> None:
        self.pages = folder / "site"
        self.pages.mkdir()
        self.queue = folder / "queue.csv"
        self.policy = policy
        self.written: set[str] = set()
        self.scored: list[str] = []
        scored = self.scored

        class Listening(WordScorer):
            def score(self, texts: Any) -> list[dict[str, float]]:
                scored.extend(texts)
                return super().score(texts)

        self.scorer = Listening()

    def write(self, name: str, *comments: str) -> Path:
        path = self.pages / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(*comments))
        self.written.update(comments)
        return path

    def scored_pages(self) -> set[str]:
        """The comments that were scored; the model is asked about pieces of them too."""
        return {text for text in self.scored if text in self.written}

    def watch(self, cache: bool = True) -> Iterator[Round]:
        paths = QueuePaths.beside(self.queue)
        brief = Brief(policy=load_policy(self.policy), model=self.scorer)
        manner = Manner(cache=paths.cache if cache else None)
        watch = Watch([self.pages], self.queue, brief, manner=manner, signals=Polling(0.02))
        return watch.rounds()

    def rows(self) -> list[dict[str, str]]:
        return list(read_table(self.queue).frame.iter_rows(named=True))

    def texts(self) -> dict[str, str]:
        """The texts in the queue, with what stands beside them of their page."""
        return {row["text"]: row["state"] for row in self.rows()}

    def decide(self, verdict: str) -> None:
        content = self.queue.read_text("utf-8-sig")
        self.queue.write_text(content.replace(",,,,", f",{verdict},,,", 1), "utf-8-sig")


@pytest.fixture
def desk(tmp_path: Path, word_policy: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(watching, "QUIET", 0.1)
    monkeypatch.setattr(watching, "APART", 0.01)
    monkeypatch.setattr(watching, "AGAIN_AFTER", 0.05)
    return Desk(tmp_path, word_policy)


def test_pages_that_come_change_and_go_are_taken(desk: Desk) -> None:
    """Each round reads and scores its own files only, and rows of other pages stay."""
    desk.write("a.txt", "One glorbly remark.", "A calm one.")
    desk.write("b.txt", "Another glorbly remark.")
    (desk.pages / "picture.png").write_bytes(b"\x89PNG")
    rounds = desk.watch(cache=False)
    first = next(rounds)
    assert len(first.changed) == 2
    assert first.result is not None
    assert [Path(one.source).name for one in first.result.receipt.skipped] == ["picture.png"]
    assert set(desk.texts()) == {"One glorbly remark.", "Another glorbly remark."}

    desk.scored.clear()
    desk.write("c.txt", "A third glorbly remark.")
    came = next(rounds)
    assert came.changed == ((desk.pages / "c.txt").as_posix(),)
    assert desk.scored_pages() == {"A third glorbly remark."}
    assert came.written is not None
    assert (came.written.account.added, came.written.account.after) == (1, 3)

    desk.write("a.txt", "One glorbly remark.", "A fourth glorbly remark.")
    assert next(rounds).changed == ((desk.pages / "a.txt").as_posix(),)
    assert len(desk.texts()) == 4

    (desk.pages / "b.txt").unlink()
    went = next(rounds)
    assert (went.changed, went.gone) == ((), ((desk.pages / "b.txt").as_posix(),))
    assert went.written is not None
    assert went.written.account.gone == 1
    assert [text for text, state in desk.texts().items() if state] == ["Another glorbly remark."]


def test_a_table_that_goes_takes_its_articles_along(desk: Desk) -> None:
    """Their rows name the table and the article, and are gone as after a scan of the folder."""
    rows = [f"{number},Remark {number} is glorbly,a{number % 2}\n" for number in range(4)]
    table = desk.pages / "c.csv"
    table.write_text("id,comment,article\n" + "".join(rows))
    desk.write("c.csv#a1.txt", "A glorbly page of its own.")
    rounds = desk.watch(cache=False)
    next(rounds)
    table.unlink()
    went = next(rounds)
    assert went.gone == (table.as_posix(),)
    assert went.written is not None
    assert went.written.account.gone == 4
    assert desk.texts()["A glorbly page of its own."] == ""


def test_rounds_come_to_what_one_scan_comes_to(desk: Desk, tmp_path: Path) -> None:
    """The same rows and the same scores as a scan of the folder as it is at the end."""
    desk.write("a.txt", "One glorbly remark.", "A calm one.")
    rounds = desk.watch()
    next(rounds)
    desk.write("b.txt", "Another glorbly remark.")
    next(rounds)
    desk.write("sub/a.txt", "A glorbly remark below.")
    next(rounds)
    desk.write("a.txt", "A calm one.", "One glorbly remark of late.")
    next(rounds)
    whole = scan([desk.pages], policy=desk.policy, model=desk.scorer)
    ids = [row.scored.comment.id for row in whole.rows]
    assert [row["id"] for row in desk.rows() if "gone" not in row["state"]] == ids


def test_what_people_decided_stays(desk: Desk) -> None:
    """Also of a page that changes, and of one that goes."""
    desk.write("a.txt", "One glorbly remark.")
    desk.write("z.txt", "A calm one.")
    rounds = desk.watch()
    next(rounds)
    desk.decide("remove")
    desk.write("a.txt", "One glorbly remark.", "Another glorbly remark.")
    next(rounds)
    assert sorted(row["decision"] for row in desk.rows()) == ["", "remove"]
    (desk.pages / "a.txt").unlink()
    next(rounds)
    assert "remove" in [row["decision"] for row in desk.rows()]


def test_a_page_is_taken_when_it_is_quiet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is being written in pieces makes one round, with all of it."""
    monkeypatch.setattr(watching, "QUIET", 0.5)
    desk.write("a.txt", "A calm one.")
    rounds = desk.watch()
    next(rounds)
    pieces = page(*(f"Glorbly remark number {number}." for number in range(30)))
    path = desk.pages / "b.txt"

    def write_slowly() -> None:
        with path.open("w") as file:
            for start in range(0, len(pieces), 100):
                file.write(pieces[start : start + 100])
                file.flush()
                time.sleep(0.1)

    writing = threading.Thread(target=write_slowly)
    writing.start()
    done = next(rounds)
    writing.join()
    assert done.result is not None
    assert done.result.receipt.counts.found == 30


def test_a_file_that_is_replaced_is_not_gone_in_between(desk: Desk) -> None:
    """Editors delete and write again; that is one change."""
    path = desk.write("a.txt", "One glorbly remark.")
    desk.write("z.txt", "A calm one.")
    rounds = desk.watch()
    next(rounds)
    path.unlink()
    restored = threading.Timer(0.05, desk.write, ("a.txt", "One glorbly remark.", "A calm one."))
    restored.start()
    done = next(rounds)
    assert (len(done.changed), done.gone) == (1, ())


def test_an_empty_folder_is_waited_for(desk: Desk) -> None:
    """Nothing to read is said, and the first page makes the first round."""
    rounds = desk.watch()
    empty = next(rounds)
    assert "holds no text pages" in empty.problem
    desk.write("a.txt", "One glorbly remark.")
    done = next(rounds)
    assert len(done.changed) == 1
    assert desk.rows()


def test_a_folder_that_is_taken_away_marks_nothing_as_gone(desk: Desk) -> None:
    """A drive that was unplugged is said once; when it is back, the watch goes on."""
    desk.write("a.txt", "One glorbly remark.")
    rounds = desk.watch()
    next(rounds)
    away = desk.pages.rename(desk.pages.with_name("away"))
    said = next(rounds)
    assert "there is no such file or folder" in said.problem
    assert "stay as they are" in said.problem
    away.rename(desk.pages)
    desk.write("b.txt", "Another glorbly remark.")
    done = next(rounds)
    assert (done.problem, done.gone) == ("", ())
    assert not any(row["state"] for row in desk.rows())


def test_a_round_that_fails_is_said_and_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that cannot be written now is written when it can be; no page is lost."""
    desk.write("a.txt", "One glorbly remark.")
    rounds = desk.watch()
    next(rounds)
    receipt = QueuePaths.beside(desk.queue).receipt
    receipt.unlink()
    receipt.mkdir()  # in the way, as a file that a program has open
    desk.write("b.txt", "Another glorbly remark.")
    failed = next(rounds)
    assert "Cannot write" in failed.problem
    assert failed.written is None
    again = next(rounds)
    assert (again.changed, bool(again.problem)) == (failed.changed, True)
    receipt.rmdir()
    while (done := next(rounds)).problem:
        pass
    assert done.changed == failed.changed
    assert len(desk.rows()) == 2


def test_a_page_that_cannot_be_read_is_reported_and_tried_when_it_changes(desk: Desk) -> None:
    """It does not make a round again and again."""
    desk.write("a.txt", "One glorbly remark.")
    rounds = desk.watch()
    next(rounds)
    (desk.pages / "b.txt").write_bytes(b"")
    failed = next(rounds)
    assert failed.result is not None
    assert [one.reason for one in failed.result.receipt.failures] == ["the file is empty"]
    desk.write("b.txt", "Another glorbly remark.")
    done = next(rounds)
    assert done.result is not None
    assert done.result.receipt.failures == ()


@pytest.mark.parametrize("at_first", [True, False])
def test_a_page_that_is_held_once_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at_first: bool
) -> None:
    """Its stamp does not change when another program lets it go; the failure is said once."""
    held, opened, run = desk.pages / "b.txt", Path.open, Pass.run
    let_go = threading.Event()
    tried: list[float] = []

    def refuse(path: Path, *rest: Any, **more: Any) -> Any:
        if path == held and not let_go.is_set():
            raise PermissionError(13, "it is used by another process")
        return opened(path, *rest, **more)

    def counted(work: Pass, found: FoundPages, *rest: Any) -> ScanResult:
        if any(page.path == held for page in found.pages):
            tried.append(time.monotonic())
        if len(tried) == 4:
            let_go.set()
        return run(work, found, *rest)

    desk.write("a.txt", "One glorbly remark.")
    rounds = desk.watch()
    if not at_first:
        next(rounds)
    desk.write("b.txt", "Another glorbly remark.")
    stamp = held.stat()
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Pass, "run", counted)
    failed = next(rounds)
    assert failed.result is not None
    (failure,) = failed.result.receipt.failures
    assert failure.reason == "it is used by another process"
    done = next(rounds)
    assert done.changed == (held.as_posix(),)
    assert done.result is not None
    assert done.result.receipt.failures == ()
    assert set(desk.texts()) == {"One glorbly remark.", "Another glorbly remark."}
    assert held.stat().st_ctime_ns == stamp.st_ctime_ns
    for least, (before, later) in zip((0.05, 0.1, 0.2), pairwise(tried), strict=True):
        assert later - before >= least


def test_a_page_that_fails_again_writes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said once stands in the receipt; the queue is left alone until something changes."""
    desk.write("a.txt", "One glorbly remark.")
    (desk.pages / "b.txt").write_bytes(b"")
    rounds = desk.watch()
    next(rounds)
    writes: list[Path] = []

    def counted(result: ScanResult, queue: Path) -> Written:
        writes.append(queue)
        return write_results(result, queue)

    monkeypatch.setattr(watching, "write_results", counted)
    timer = threading.Timer(0.6, desk.write, ("c.txt", "A third glorbly remark."))
    timer.start()
    done = next(rounds)
    timer.join()
    assert done.changed == ((desk.pages / "c.txt").as_posix(),)
    assert len(writes) == 1


def test_a_folder_below_that_cannot_be_listed_takes_no_page_along(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in it is not seen, so it is not gone."""
    desk.write("sub/a.txt", "One glorbly remark.")
    desk.write("b.txt", "A calm one.")
    rounds = desk.watch()
    next(rounds)
    closed = (desk.pages / "sub").as_posix()

    def blind(*arguments: Any) -> FoundPages:
        found = find_pages(*arguments)
        pages = tuple(one for one in found.pages if not one.source.startswith(closed))
        missing = (PassedOver(source=closed, reason="the folder cannot be read"),)
        return FoundPages(pages=pages, skipped=(), missing=missing)

    monkeypatch.setattr(watching, "find_pages", blind)
    assert "cannot be read" in next(rounds).problem
    desk.write("b.txt", "A calm one.", "Another calm one.")
    assert next(rounds).gone == ()
    assert not any(row["state"] for row in desk.rows())


def test_the_cache_serves_a_watch_that_was_stopped(desk: Desk) -> None:
    """Started again, it scores only what came meanwhile, and sees what went."""
    desk.write("a.txt", "One glorbly remark.")
    desk.write("b.txt", "Another glorbly remark.")
    next(desk.watch())
    desk.scored.clear()
    (desk.pages / "b.txt").unlink()
    desk.write("c.txt", "A third glorbly remark.")
    done = next(desk.watch())
    assert desk.scored_pages() == {"A third glorbly remark."}
    assert done.written is not None
    assert (done.written.account.gone, done.written.account.added) == (1, 1)


def test_only_folders_are_watched(desk: Desk) -> None:
    """A file, a pattern or standard input is scanned, not watched."""
    brief = Brief(policy=load_policy(desk.policy), model=desk.scorer)
    with pytest.raises(UsageError, match="is no folder"):
        Watch([desk.write("a.txt", "A calm one.")], desk.queue, brief)


def test_the_system_tells_of_pages_and_not_of_our_own_files(tmp_path: Path) -> None:
    """The queue, its lock and its side files in the watched folder wake nobody."""
    outputs = QueuePaths.beside(tmp_path / "queue.csv").all_ever()
    events = SystemEvents([tmp_path], outputs)
    events.wait(0.3)
    for path in (*outputs, tmp_path / ".queue.csv.lock", tmp_path / ".queue.csv.1.x.partial"):
        path.write_bytes(b"ours")
    began = time.monotonic()
    events.wait(1.5)
    assert time.monotonic() - began > 1.4
    threading.Timer(0.2, (tmp_path / "page.txt").write_text, ("A page.",)).start()
    began = time.monotonic()
    events.wait(30.0)
    assert time.monotonic() - began < 20.0


def test_poll_belongs_to_watch(run: Run, desk: Desk) -> None:
    """An option that would do nothing is wrong usage."""
    code, _, errors = run("scan", desk.pages, "-o", desk.queue, "--poll", "5")
    assert (code, "--watch" in errors) == (2, True)


class Program:
    """``moderation scan --watch`` as a process of its own."""

    def __init__(self, pages: Path, queue: Path, *options: str) -> None:
        command = [sys.executable, "-m", "moderation", "scan", "--watch", pages, "-o", queue]
        self.process = subprocess.Popen(
            [*map(str, command), *options],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        self.lines: waiting_lines.Queue[str] = waiting_lines.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def next_line(self) -> str:
        return self.lines.get(timeout=90)

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        assert self.process.stderr is not None
        return self.process.returncode, self.process.stderr.read()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT and SIGKILL")
def test_the_command_watches_until_it_is_stopped(tmp_path: Path) -> None:
    """One line a round; the queue in the watched folder itself; killed, it goes on; Ctrl-C ends."""
    pages = tmp_path / "site"
    pages.mkdir()
    queue = pages / "queue.csv"
    (pages / "a.txt").write_text(page("You stupid pathetic idiot, shut up.", "A calm remark."))
    program = Program(pages, queue, "--quiet")
    assert "1 page read; 2 comments found" in program.next_line()
    (pages / "b.txt").write_text(page("What a moron you are, you dumb piece of shit."))
    line = program.next_line()
    assert "1 page read; 1 comment found = 1 flagged + 0 passed" in line
    assert line.endswith("1 row added\n")
    program.end(signal.SIGKILL)
    (pages / "a.txt").unlink()
    program = Program(pages, queue, "--json")
    receipt = json.loads(program.next_line())
    assert (receipt["pages_read"], receipt["merge"]["gone"]) == (1, 1)
    (pages / "b.txt").write_text(page("A calm remark, after all."))
    assert json.loads(program.next_line())["comments"]["passed"] == 1
    assert program.lines.empty()
    assert program.end(signal.SIGINT) == (0, "")
    left = {path.name for path in pages.iterdir() if not path.name.startswith(".")}
    ours = {path.name for path in QueuePaths.beside(queue).all()[:3]} | {"queue.cache.sqlite"}
    assert left == {"b.txt", *ours}
