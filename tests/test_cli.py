"""The command as people and cron jobs meet it: good input, bad input, exit codes."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars
import pytest
import typer

from moderation import __version__, sources
from moderation.assessing import assess
from moderation.cli.stopping import Stopping
from moderation.errors import Interrupted
from moderation.review_queue import COLUMNS, read_table
from moderation.sources import FoundPages

from .conftest import PAGE, PROJECT, Result, Run, as_nobody

ABUSIVE_PAGE = PAGE.replace("glorbly enough to be looked at", "you pathetic liar and coward")


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in an empty folder; gives exit code, output and errors."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(ABUSIVE_PAGE)
    return path


def assert_clear(result: Result, code: int, *words: str) -> None:
    """A failure has its exit code, names what matters and shows no traceback."""
    assert result[0] == code, result
    assert "Traceback" not in result[2]
    for word in words:
        assert word in result[2], result[2]


def test_a_scan_writes_queue_receipt_and_scores(run: Run, page: Path) -> None:
    """Three files, and an account on the screen."""
    code, output, _ = run("scan", page)
    assert code == 0
    assert "2 comments found = 1 flagged + 1 passed + 0 not checked" in output
    (row,) = read_table(Path("queue.csv")).frame.iter_rows(named=True)
    assert row["text"] == "Second comment, you pathetic liar and coward."
    assert json.loads(Path("queue.receipt.json").read_text())["comments"]["found"] == 2
    scores = polars.read_parquet("queue.scores.parquet")
    assert scores["outcome"].to_list() == ["passed", "flagged"]
    assert PAGE[scores["start"][0] : scores["end"][0]] == scores["text"][0]


def test_the_receipt_tells_how_the_queue_was_made(run: Run, page: Path) -> None:
    """Tool, model, lexicon and policy with versions, and the files' hashes."""
    run("scan", page)
    receipt = json.loads(Path("queue.receipt.json").read_text())
    assert receipt["settings"]["tool"] == f"moderation {__version__}"
    assert receipt["settings"]["model"]["revision"]
    assert receipt["settings"]["policy"]["thresholds"]
    assert set(receipt["files"]) == {"queue.csv", "queue.scores.parquet"}
    assert receipt["pages"][0]["sha256"]


def test_quiet_still_prints_the_account(run: Run, page: Path) -> None:
    """One line, whatever is asked for."""
    code, output, _ = run("scan", page, "--quiet")
    assert (code, output) == (
        0,
        "1 page read; 2 comments found = 1 flagged + 1 passed + 0 not checked\n",
    )


def test_json_is_the_receipt_and_nothing_else(run: Run, page: Path) -> None:
    """A program can read the output without cutting."""
    _, output, _ = run("scan", page, "--json")
    assert json.loads(output)["comments"]["flagged"] == 1


def test_a_second_scan_gives_the_same_queue(run: Run, page: Path) -> None:
    """Byte for byte, and it may replace a queue that nobody has touched."""
    run("scan", page)
    first = Path("queue.csv").read_bytes()
    assert run("scan", page)[0] == 0
    assert Path("queue.csv").read_bytes() == first


def test_decisions_survive_the_next_scan(run: Run, page: Path) -> None:
    """They are kept by comment, and what changed is said."""
    run("scan", page)
    queue = Path("queue.csv")
    queue.write_text(queue.read_text("utf-8-sig").replace(",,,,", ",remove,,,", 1), "utf-8-sig")
    code, output, _ = run("scan", page)
    assert code == 0
    assert "1 decision is new in the log." in output
    assert ",remove,,,,," in queue.read_text("utf-8-sig")


def test_a_queue_that_cannot_be_read_whole_stops_the_scan_before_it_starts(
    run: Run, page: Path
) -> None:
    """The command says which row, names the way out, and nothing has changed."""
    run("scan", page)
    queue = Path("queue.csv")
    queue.write_bytes(queue.read_bytes()[:-40])
    before = queue.read_bytes()
    assert_clear(run("scan", page), 2, "row 2", "left as it is", "--output")
    assert queue.read_bytes() == before


def test_a_page_from_standard_input(page: Path, tmp_path: Path) -> None:
    """Another program can pipe a page in."""
    queue = tmp_path / "piped.csv"
    command = [sys.executable, "-m", "moderation", "scan", "-", "-o", str(queue), "-q"]
    piped = subprocess.run(
        command, input=page.read_bytes(), capture_output=True, cwd=PROJECT, check=True
    )
    assert b"2 comments found" in piped.stdout
    assert len(read_table(queue).frame) == 1


def test_a_queue_is_shown_on_the_terminal(run: Run, page: Path) -> None:
    """The first rows, with their reasons."""
    run("scan", page)
    code, output, _ = run("show", "queue.csv")
    assert code == 0
    assert "insult" in output
    assert "Second comment" in output


def test_separate_shows_the_comments(run: Run, page: Path) -> None:
    """Numbers and texts, without scoring anything."""
    code, output, _ = run("separate", page)
    assert code == 0
    assert "1  First comment, quite harmless." in output


def test_separate_gives_json_lines(run: Run, page: Path) -> None:
    """One page a line, with spans and receipt."""
    _, output, _ = run("separate", page, "--json")
    data = json.loads(output)
    assert [comment["number"] for comment in data["comments"]] == [1, 2]
    assert data["receipt"]["found"] == 2


def test_separate_shows_the_columns_that_were_guessed(run: Run) -> None:
    """And what else a person should know of a table, on the screen and as JSON."""
    Path("c.csv").write_bytes("id;comment\r\n1;Schön\r\n2;\r\n".encode("cp1252"))
    _, output, _ = run("separate", "c.csv")
    assert 'Note: columns: text = "comment", id = "id" (guessed).' in output
    assert "1 row without text (line 3)" in output
    _, output, _ = run("separate", "c.csv", "--json")
    assert "1 row without text (line 3)" in json.loads(output)["warnings"]


def test_what_a_script_loads_is_said_once(run: Run) -> None:
    """It is what the page came to, and a warning."""
    Path("p.html").write_text(
        "<html><body><h1>News</h1><p>Words.</p><div id='disqus_thread'></div>"
        "<script src='https://x.disqus.com/embed.js'></script></body></html>"
    )
    for command in ("separate", "scan"):
        assert run(command, "p.html")[1].count("are loaded by a script (Disqus)") == 1


@pytest.mark.parametrize("named", ["odd/c.csv", "odd"])
@pytest.mark.parametrize(
    "content", ["", "id^comment\n" + "".join(f"{n}^Words, words\n" for n in range(9))]
)
def test_a_table_that_cannot_be_made_out_is_no_clean_page(
    run: Run, page: Path, named: str, content: str
) -> None:
    """Neither named outright nor in a folder; it may hold comments that nobody looked at."""
    Path("odd").mkdir()
    Path("odd/c.csv").write_text(content)
    code, output, _ = run("scan", page, named)
    assert code == 1
    assert "1 page read, 1 could not be read; 2 comments found" in output


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_of_decisions_is_not_scanned(run: Run, page: Path, form: str) -> None:
    """It holds the texts of comments, and lies where the pages lie."""
    run("scan", page, "-q")
    queue = polars.read_csv("queue.csv", infer_schema=False)
    queue.with_columns(decision=polars.lit("remove")).write_csv("queue.csv")
    Path("desk").mkdir()
    assert run("decisions", "queue.csv", "--format", form, "-o", f"desk/d.{form}")[0] == 0
    _, output, _ = run("scan", page, "desk")
    assert "2 comments found" in output
    assert f"Not pages, passed over: desk/d.{form}." in output
    assert_clear(run("scan", f"desk/d.{form}"), 2, "this tool wrote it: an export of decisions")


def test_a_line_that_is_no_json_is_no_clean_scan(run: Run) -> None:
    """The other comments are read and counted."""
    lines = ['{"id": 1, "text": "Fine words."}', '{"id": 2, "text": "You stu']
    Path("c.jsonl").write_text("\n".join(lines))
    assert_clear(run("scan", "c.jsonl", "-q"), 1, "1 row without the form of a JSON object")
    counts = json.loads(Path("queue.receipt.json").read_text())["comments"]
    assert counts == {"found": 1, "flagged": 0, "passed": 1, "not_checked": 0}


def test_a_printed_policy_can_be_used(run: Run, page: Path) -> None:
    """Print, save, edit, scan."""
    _, output, _ = run("policy", "strict")
    Path("own.toml").write_text(output)
    assert run("scan", page, "--policy", "own.toml")[0] == 0


def test_a_wrong_policy_names_file_line_and_key(run: Run, page: Path) -> None:
    """And nothing is written."""
    Path("own.toml").write_text("[toxicity]\ninsult = 7\n")
    assert_clear(run("scan", page, "-p", "own.toml"), 2, "own.toml:2", "toxicity.insult")
    assert not Path("queue.csv").exists()


def test_a_missing_path_alone_is_wrong_usage(run: Run) -> None:
    """There is nothing to do, so nothing is written."""
    assert_clear(run("scan", "nowhere.txt"), 2, "nowhere.txt: there is no such file or folder")
    assert not Path("queue.csv").exists()


def test_a_missing_path_among_others_does_not_stop_them(run: Run, page: Path) -> None:
    """The page is done, the path is named, the exit code says that not all was checked."""
    result = run("scan", page, "nowhere.txt")
    assert_clear(result, 1, "Not checked: nowhere.txt")
    assert "2 comments found" in result[1]


def test_a_folder_without_pages_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    """Scanning the wrong folder is not a clean result."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"\x89PNG")
    assert_clear(run("scan", tmp_path / "pictures"), 2, "holds no text pages")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture", id="binary"),
    ],
)
def test_a_file_that_is_no_page_is_reported(
    run: Run, page: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    """The others are done, and the receipt holds the failure too."""
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    assert_clear(run("scan", page, bad), 1, "bad.txt: ", reason)
    receipt = json.loads(Path("queue.receipt.json").read_text())
    assert reason in receipt["pages_failed"][0]["reason"]
    assert receipt["comments"]["found"] == 2


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-16", ""), ("cp1252", "read as Windows-1252"), ("utf-8", "")],
)
def test_a_page_in_another_encoding_is_read(
    run: Run, tmp_path: Path, encoding: str, note: str
) -> None:
    """Curly quotes from Windows arrive whole, and a guess is said."""
    text = ABUSIVE_PAGE.replace("Second", "“Second” — café —")
    (tmp_path / "p.txt").write_bytes(text.encode(encoding))
    code, output, _ = run("scan", tmp_path / "p.txt")
    assert code == 0
    assert note in " ".join(output.split())
    assert read_table(Path("queue.csv")).frame["text"][0].startswith("“Second” — café — comment")


def test_invalid_utf8_costs_one_character(run: Run, tmp_path: Path) -> None:
    """The comment is checked, and the note names the place."""
    data = ABUSIVE_PAGE.replace("Second", "Sécond").encode().replace(b"harmless", b"harm\xffless")
    (tmp_path / "p.txt").write_bytes(data)
    code, output, _ = run("scan", tmp_path / "p.txt")
    assert code == 0
    assert "are not UTF-8" in output


def test_nul_bytes_do_not_hide_a_comment(run: Run, tmp_path: Path) -> None:
    """They are shown in the queue as what they are."""
    (tmp_path / "p.txt").write_text(ABUSIVE_PAGE.replace("coward", "cow\0ard"))
    assert run("scan", tmp_path / "p.txt")[0] == 0
    assert "cow⟦U+0000⟧ard" in read_table(Path("queue.csv")).frame["text"][0]


@pytest.mark.slow
def test_one_line_of_fifty_megabytes_is_no_catastrophe(run: Run, tmp_path: Path) -> None:
    """It is read, and the other page too."""
    (tmp_path / "long.txt").write_text("word " * 10_000_000)
    (tmp_path / "page.txt").write_text(ABUSIVE_PAGE)
    code, output, _ = run("scan", tmp_path)
    assert code == 0
    assert "2 pages read; 2 comments found" in output


@pytest.mark.slow
def test_a_comment_of_millions_of_characters_is_marked(run: Run, tmp_path: Path) -> None:
    """Too long for the model is said, not cut in silence."""
    text = PAGE.replace("quite harmless.", "quite harmless. " + "word " * 1_000_000)
    (tmp_path / "p.txt").write_text(text)
    code, output, _ = run("scan", tmp_path / "p.txt")
    assert code == 1
    assert "1 not checked" in output
    assert "too long for the model" in "".join(read_table(Path("queue.csv")).frame["reasons"])


@pytest.mark.slow
def test_a_page_of_a_hundred_thousand_comments_is_done(run: Run, tmp_path: Path) -> None:
    """Every one of them is accounted for."""
    items = "\n\n".join(f"  {n}. I agree." for n in range(1, 100_001))
    (tmp_path / "p.txt").write_text(f"An article.\n\n\n\n{items}\n\nComments are closed.\n")
    (tmp_path / "words.toml").write_text("[toxicity]\ntoxicity = 0.9\n")
    code, output, _ = run("scan", tmp_path / "p.txt", "-p", tmp_path / "words.toml")
    assert code == 0
    assert "100,000 comments found" in output


def test_a_missing_output_folder_is_wrong_usage(run: Run, page: Path) -> None:
    """It is said before the work starts."""
    assert_clear(run("scan", page, "-o", "nowhere/queue.csv"), 2, "nowhere does not exist")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write")
def test_an_output_folder_that_is_not_writable_is_reported(run: Run, page: Path) -> None:
    """No traceback, and a way out."""
    assert_clear(run("scan", page, "-o", "/proc/self/queue.csv"), 1, "--output")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that fails while it is read")
def test_a_page_that_fails_half_way_is_reported(run: Run, page: Path) -> None:
    """The system's own words, and the other page still done."""
    result = run("scan", page, "/proc/self/mem")
    assert_clear(result, 1, "Not checked: /proc/self/mem: Input/output error")
    assert "2 comments found" in result[1]


@pytest.mark.skipif(os.name == "nt", reason="needs permissions as Unix has them")
def test_what_may_not_be_read_or_written_is_reported(run: Run, page: Path, tmp_path: Path) -> None:
    """A closed page is one failure; a closed output folder stops before the work."""
    closed = tmp_path / "closed.txt"
    closed.write_text(ABUSIVE_PAGE)
    closed.chmod(0)
    page.chmod(0o644)
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    with as_nobody(tmp_path):
        unread = run("scan", page, closed, "-o", open_folder / "q.csv")
        unwritten = run("scan", page, "-o", tmp_path / "q.csv")
    assert_clear(unread, 1, "closed.txt: Permission denied")
    assert "2 comments found" in unread[1]
    assert_clear(unwritten, 1, "not writable", "--output")


def test_a_page_that_vanishes_is_reported(
    run: Run, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed, then gone before it was read."""
    gone = tmp_path / "gone.txt"
    gone.write_text(ABUSIVE_PAGE)
    real = sources.find_pages

    def find_then_remove(*arguments: Any, **named: Any) -> FoundPages:
        found = real(*arguments, **named)
        gone.unlink()
        return found

    monkeypatch.setattr("moderation.pipeline.find_pages", find_then_remove)
    result = run("scan", page, gone)
    assert_clear(result, 1, "gone.txt: No such file")
    assert "2 comments found" in result[1]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_an_interrupted_scan_writes_nothing(tmp_path: Path) -> None:
    """Ctrl-C is answered with a sentence and the usual exit code."""
    items = "\n\n".join(f"  {n}. Remark number {n}, quite harmless." for n in range(1, 50_001))
    (tmp_path / "p.txt").write_text(f"An article.\n\n\n\n{items}\n\nComments are closed.\n")
    command = [sys.executable, "-m", "moderation", "scan", str(tmp_path / "p.txt")]
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "q.csv")],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A shell starts background jobs deaf to Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=6)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert_clear((process.returncode, "", errors), 130, "Stopped.", "goes on from there")
    left = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert left == ["p.txt", "q.cache.sqlite"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full output")
def test_an_output_that_is_full_is_no_traceback(page: Path, tmp_path: Path) -> None:
    """The files are written; what could not be shown is said."""
    command = [sys.executable, "-m", "moderation", "scan", str(page), "-o", str(tmp_path / "q.csv")]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            command, cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert_clear((run.returncode, "", run.stderr), 1, "could not be shown")
    assert (tmp_path / "q.csv").exists()


def test_a_comment_cannot_command_the_terminal(run: Run, tmp_path: Path) -> None:
    """Escape sequences are shown, not obeyed."""
    (tmp_path / "p.txt").write_text(PAGE.replace("quite", "quite \x1b]0;owned\x07 \x1b[2J"))
    _, output, _ = run("separate", tmp_path / "p.txt")
    assert "\x1b]0" not in output
    assert "⟦U+001B⟧]0;owned" in output


def test_a_full_disk_leaves_the_old_queue(page: Path, tmp_path: Path) -> None:
    """The command says so; the queue that was there is whole."""
    queue = tmp_path / "queue.csv"
    base = [sys.executable, "-m", "moderation", "scan", str(page), "-o", str(queue)]
    subprocess.run(base, cwd=PROJECT, check=True, capture_output=True)
    before = queue.read_bytes()
    limited = ["bash", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "bash", *base]
    full = subprocess.run(limited, cwd=PROJECT, check=False, capture_output=True, text=True)
    assert_clear(
        (full.returncode, full.stdout, full.stderr), 1, "Cannot write", "Nothing was changed"
    )
    assert queue.read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


def test_a_model_that_cannot_be_had_says_what_to_do(run: Run, page: Path) -> None:
    """Exit code 2, the known names, and nothing written."""
    assert_clear(run("scan", page, "--model", "orginal"), 2, "orginal", "original", "compact")
    assert not Path("queue.csv").exists()


def test_help_loads_nothing_heavy() -> None:
    """Polars, the model runtime and the language finder wait until they are needed."""
    script = (
        "import sys\nsys.argv = ['moderation', '--help']\nfrom moderation.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'polars', 'numpy', 'onnxruntime', 'tokenizers', 'langdetect', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "scan" in run.stdout
    assert run.stderr.strip() == "[]"


def test_a_scan_never_loads_torch(page: Path, tmp_path: Path) -> None:
    """The embedded model needs no deep-learning framework."""
    script = (
        "import sys\n"
        f"sys.argv = ['moderation', 'scan', {str(page)!r}, '-o', {str(tmp_path / 'q.csv')!r}]\n"
        "from moderation.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'transformers'} & set(sys.modules), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stderr.strip() == "set()"


def test_the_columns_of_a_queue_are_those_of_the_library(run: Run, page: Path) -> None:
    """The command writes what the library promises."""
    run("scan", page)
    assert Path("queue.csv").read_text("utf-8-sig").splitlines()[0] == ",".join(COLUMNS)


def test_a_second_scan_measures_only_what_is_new(
    run: Run, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also under another policy; --no-resume measures all again, and what is kept is that."""
    measured: list[int] = []
    real = assess

    def counted(found: Any, *others: Any) -> Any:
        measured.append(len(found))
        return real(found, *others)

    monkeypatch.setattr("moderation.engines.assess", counted)
    assert run("scan", page)[0] == 0
    page.write_text(
        ABUSIVE_PAGE.replace("\n\nComments are", "\n\n  3. A third one.\n\nComments are")
    )
    run("scan", page)
    run("scan", page, "--policy", "lenient")
    run("scan", page, "--no-resume")
    run("scan", page)
    assert [count for count in measured if count] == [2, 1, 3]


def test_a_cache_that_cannot_be_used_is_said_and_stops_nothing(run: Run, page: Path) -> None:
    """The queue is written as ever; the note names the file and the way out."""
    Path("queue.cache.sqlite").write_text("My notes on the queue.")
    code, output, errors = run("scan", page)
    assert code == 0
    assert "1 flagged" in output
    assert "Note: queue.cache.sqlite is another program's file and was left as it is." in errors
    assert Path("queue.cache.sqlite").read_text() == "My notes on the queue."


def _fail_when_interrupted() -> None:
    """As a library does that takes the interruption for a fault of its files."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ValueError("the profiles cannot be read") from None


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_ctrl_c_is_heard_though_a_library_swallows_it() -> None:
    """It is raised again at the next step, and is no fault of what was being loaded."""
    with Stopping() as stopping:
        stopping.check()
        with suppress(KeyboardInterrupt):  # as a library with a bare 'except' does
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            stopping.check()
    with pytest.raises(KeyboardInterrupt), Stopping():
        _fail_when_interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _answer_when_interrupted(answer: Exception) -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise answer from None


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
@pytest.mark.parametrize("answer", [Interrupted("Stopped."), typer.Exit(1)])
def test_who_heard_ctrl_c_says_how_the_command_ends(answer: Exception) -> None:
    """A watch that ends between two rounds has its own exit code; a stopped scan says its piece."""
    with pytest.raises(type(answer)), Stopping():
        _answer_when_interrupted(answer)
