"""What reviewers decided leaves the tool whole, and nothing that a stranger wrote can run."""

import csv
import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.exporting import (
    Export,
    ExportAccount,
    export,
    ids_from_pages,
    ids_in_column,
    site_numbers,
)
from moderation.records import Comment, ScoredComment, Verdict
from moderation.review_queue import COLUMNS
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.decisions import read_decisions
from moderation.review_queue.reading import QueueTable, read_table
from moderation.scores import scores_bytes

from .conftest import PROJECT, Run, program

HOSTILE = json.loads((PROJECT / "tests" / "cases" / "exporting" / "hostile.json").read_text())

COMMAND = re.compile(
    r"apply (approve approved|trash trash|spam spam) [1-9][0-9]* "
    r'"\$@"  # row \d+, (c[0-9a-f]{16}|an id of another form)'
)
REMARK = re.compile(
    r"# (escalate|unsure): comment [1-9][0-9]*, row \d+, (c[0-9a-f]{16}|an id of another form)"
)


def comment_name(number: int) -> str:
    return f"c{number:016x}"


def write_queue(path: Path, rows: Sequence[Mapping[str, str]], own: Sequence[str] = ()) -> Path:
    """A queue of rows in plain words; what is not said is empty, ids count up."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *own])
        for number, row in enumerate(rows, start=1):
            cells = {"id": comment_name(number), "priority": "50", **row}
            writer.writerow([to_cell(cells.get(name, "")) for name in (*COLUMNS, *own)])
    return path


def exported(queue: Path, numbers: Mapping[str, int] | None = None) -> Export:
    table = read_table(queue)
    return export(table, read_decisions(table), numbers or {})


class Site:
    """A WordPress of one's own: a program ``wp`` that writes down what it is asked to do."""

    def __init__(self, folder: Path, failing: str = "", status: str = "approved") -> None:
        self.folder = folder
        self.calls_file = folder / "calls"
        wp = folder / "wp"
        wp.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\0" "$#" "$@" >>"{self.calls_file}"\n'
            f'if [ "$2" = status ]; then echo {status}; exit 0; fi\n'
            f'[ "$3" != "{failing}" ]\n'
        )
        wp.chmod(0o755)

    def apply(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script in the site's folder, as people would."""
        (self.folder / "decisions.sh").write_text(script, encoding="utf-8")
        return subprocess.run(
            [program("sh"), "decisions.sh", *arguments],
            cwd=self.folder,
            env={"PATH": f"{self.folder}{os.pathsep}{os.defpath}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        if not self.calls_file.exists():
            return []
        words = self.calls_file.read_bytes().decode().split("\0")[:-1]
        found = []
        while words:
            count = int(words.pop(0))
            found.append(words[:count])
            del words[:count]
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "site"
    folder.mkdir()
    return Site(folder)


def test_each_row_is_in_exactly_one_count(tmp_path: Path) -> None:
    """Nothing is left out in silence, and what is left out says why."""
    queue = write_queue(
        tmp_path / "queue.csv",
        [
            {"decision": "approve"},
            {"decision": "remove"},
            {"decision": "remove", "state": "gone"},
            {"decision": "escalate"},
            {"decision": "unsure"},
            {"decision": ""},
            {"decision": "approve | remove"},
            {"decision": "glorb?"},
            {"id": comment_name(1), "decision": "approve"},
        ],
    )
    account = exported(queue).account
    assert account == ExportAccount(
        rows=9, approve=1, remove=1, gone=1, escalate=1, unsure=1, undecided=1, conflicts=1,
        unknown=1, repeated=1,
    )  # fmt: skip
    assert account.sentence() == (
        "9 rows = 1 to approve + 1 to remove + 1 to escalate + 1 unsure + 1 undecided "
        "+ 1 in conflict + 1 with an unknown word + 1 gone from their page + 1 repeated"
    )
    assert not account.is_complete


def test_an_account_that_loses_a_row_cannot_be_made() -> None:
    """A count that does not add up stops the export instead of hiding."""
    with pytest.raises(ValueError, match="do not add up"):
        ExportAccount(rows=2, approve=1)


@pytest.mark.parametrize("text", HOSTILE)
def test_tables_give_every_text_back(text: str, tmp_path: Path) -> None:
    """CSV cells are safe in a spreadsheet and lose nothing; JSON lines stay lines."""
    row = {"decision": "remove", "text": text, "author": text, "note": text, "number": text}
    queue = write_queue(tmp_path / "queue.csv", [row, {"decision": "approve", "number": "3 › 1"}])
    export_ = exported(queue, {comment_name(1): 24})
    content = export_.as_csv()
    assert content.startswith("\ufeffid,source,number,site_number,author")
    cells, others = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    for column in ("text", "author", "note", "number"):
        assert not cells[column].startswith(("=", "+", "-", "@"))
    assert from_cell(cells["text"]) == text
    assert (cells["site_number"], others["number"]) == ("24", "3 › 1")
    lines = export_.as_json_lines().split("\n")
    assert len(lines) == 3
    first = json.loads(lines[0])
    assert (first["text"], first["author"], first["site_number"]) == (text, text, 24)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_stranger_is_in_the_script(text: str, tmp_path: Path, site: Site) -> None:
    """Not even in a remark, so that pasting a line anywhere runs nothing."""
    row = dict.fromkeys(("text", "author", "source", "note", "reviewer", "reasons"), text)
    queue = write_queue(
        tmp_path / "queue.csv",
        [row | {"decision": "remove", "wp": "7"}, row | {"decision": "escalate", "wp": "8"}],
        own=["wp"],
    )
    script = exported(queue).as_wordpress_script(ids_in_column(read_table(queue), "wp"), "spam")
    assert lines_of(script.text) == (
        ['apply spam spam 7 "$@"  # row 2, c0000000000000001'],
        ["# escalate: comment 8, row 3, c0000000000000002"],
    )
    assert site.apply(script.text).returncode == 0
    assert site.calls() == [["comment", "spam", "7"]]
    assert sorted(path.name for path in site.folder.iterdir()) == ["calls", "decisions.sh", "wp"]


def lines_of(script: str) -> tuple[list[str], list[str]]:
    """The script's commands and remarks; everything else is the same in each script."""
    body = script.partition("\n}\n\n")[2].partition("\nif [")[0].split("\n")
    assert all(COMMAND.fullmatch(line) or REMARK.fullmatch(line) for line in body if line), body
    return (
        [line for line in body if line.startswith("apply")],
        [line for line in body if line.startswith("#")],
    )


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(HOSTILE)
site_id = st.integers(1, 40).map(str) | anything
row_of_queue = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(["approve", "remove", "escalate", "unsure", "", "glorb"]),
        "text": anything,
        "author": anything,
        "wp": site_id,
    },
    optional={"state": st.sampled_from(["gone", "conflict"]), "id": anything},
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(row_of_queue, max_size=8))
def test_wordpress_is_told_exactly_what_was_decided(rows: list[dict[str, str]]) -> None:
    """The program sees one call for each comment whose id is beyond doubt, and no other word."""
    with tempfile.TemporaryDirectory() as folder:
        queue = write_queue(Path(folder) / "queue.csv", rows, own=["wp"])
        table = read_table(queue)
        decided = exported(queue)
        assert decided.account.rows == table.frame.height + len(table.problems)
        ids = ids_in_column(table, "wp")
        script = decided.as_wordpress_script(ids, "trash")
        site = Site(Path(folder))
        assert site.apply(script.text).returncode == 0
        expected = expected_calls(table, decided)
        assert site.calls() == expected
        assert script.commands == len(expected)
        remarks = lines_of(script.text)[1]
        assert len(expected) + len(remarks) + sum(script.left_out.values()) == len(
            decided.decisions
        )


def expected_calls(table: QueueTable, decided: Export) -> list[list[str]]:
    """The calls by another way: plain ids that stand beside one comment and one verdict only."""
    verbs = {"approve": "approve", "remove": "trash"}
    rows = list(table.frame.iter_rows(named=True))
    own = {row["id"]: from_cell(row["wp"]).strip() for row in reversed(rows)}
    said: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        said.setdefault(from_cell(row["wp"]).strip(), set()).add((row["author"], row["text"]))
    verdicts: dict[str, set[str]] = {}
    for one in decided.decisions:
        verdicts.setdefault(own[one.id], set()).add(one.verdict)
    return [
        ["comment", verbs[verdict], id_]
        for id_, (verdict, *others) in verdicts.items()
        if not others and verdict in verbs and len(said[id_]) == 1
        if id_.isascii() and re.fullmatch(r"[1-9][0-9]{0,19}", id_)
    ]


@pytest.mark.parametrize(
    "id_",
    ["0", "007", "-5", "1.5", "1,234", "1e5", "12 13", "٣٤", "1;ls", "$(ls)", "`ls`", "1\n2",
     "--force", "123456789012345678901"],
)  # fmt: skip
def test_only_plain_digits_are_an_id(id_: str, tmp_path: Path) -> None:
    """Anything else is left out and counted, also what a spreadsheet made of a number."""
    queue = write_queue(tmp_path / "queue.csv", [{"decision": "remove", "wp": id_}], own=["wp"])
    script = exported(queue).as_wordpress_script(ids_in_column(read_table(queue), "wp"), "trash")
    assert script.commands == 0
    assert script.left_out == {"have an id that is not plain digits": 1}
    assert script.unapplied == 1


def test_numbers_that_count_within_a_page_are_no_ids(tmp_path: Path) -> None:
    """Comment 24 of two pages is two comments, and neither is touched; a saved copy is one."""
    rows = [
        {"decision": "remove", "wp": "24", "text": "glorb"},
        {"decision": "remove", "wp": "24", "text": "another"},
        {"decision": "remove", "wp": "25", "text": "the same"},
        {"decision": "remove", "wp": "25", "text": "the same"},
        {"decision": "approve", "wp": "26", "text": "judged twice"},
        {"decision": "remove", "wp": "26", "text": "judged twice"},
    ]
    queue = write_queue(tmp_path / "queue.csv", rows, own=["wp"])
    script = exported(queue).as_wordpress_script(ids_in_column(read_table(queue), "wp"), "trash")
    assert lines_of(script.text)[0] == ['apply trash trash 25 "$@"  # row 4, c0000000000000003']
    assert script.unapplied == 4
    assert sum(script.left_out.values()) == 5


def test_a_comment_that_nobody_decided_tells_too(tmp_path: Path) -> None:
    """Number 24 stands beside a removed comment here and beside a harmless one there."""
    rows = [
        {"decision": "remove", "wp": "24", "text": "glorb"},
        {"decision": "", "wp": "24", "text": "harmless"},
    ]
    queue = write_queue(tmp_path / "queue.csv", rows, own=["wp"])
    script = exported(queue).as_wordpress_script(ids_in_column(read_table(queue), "wp"), "trash")
    assert (script.commands, script.unapplied) == (0, 1)
    write_scores(tmp_path / "scores", {comment_name(1): 24, comment_name(9): 24})
    from_pages = ids_from_pages(polars.read_parquet(tmp_path / "scores"))
    assert exported(queue).as_wordpress_script(from_pages, "trash").unapplied == 1


def script_of(tmp_path: Path, *rows: tuple[str, str]) -> str:
    queue = write_queue(
        tmp_path / "queue.csv", [{"decision": word, "wp": id_} for word, id_ in rows], own=["wp"]
    )
    ids = ids_in_column(read_table(queue), "wp")
    return exported(queue).as_wordpress_script(ids, "trash").text


def test_a_dry_run_only_says(tmp_path: Path, site: Site) -> None:
    """The first lines of the script say how to look before anything is done."""
    script = script_of(tmp_path, ("remove", "5"), ("approve", "6"), ("unsure", "7"))
    result = site.apply(script, "--dry-run")
    assert (result.returncode, site.calls()) == (0, [])
    assert result.stdout == "wp comment trash 5\nwp comment approve 6\n"


def test_one_failure_stops_no_other(tmp_path: Path) -> None:
    """A comment that WordPress refuses is named, the rest is done, and the exit code says so."""
    site = Site(tmp_path, failing="5")
    result = site.apply(script_of(tmp_path, ("remove", "5"), ("remove", "6")))
    assert result.returncode == 1
    assert "Not done: wp comment trash 5" in result.stderr
    assert result.stdout.endswith("Comments done: 1. Not done: 1.\n")
    assert site.calls()[-1] == ["comment", "trash", "6"]


def test_what_is_so_already_is_done(tmp_path: Path) -> None:
    """WordPress calls approving an approved comment an error; for a desk it is none."""
    site = Site(tmp_path, failing="5", status="approved")
    result = site.apply(script_of(tmp_path, ("approve", "5")))
    assert result.returncode == 0
    assert "Comment 5 has the status 'approved' already." in result.stdout


def test_further_arguments_go_to_wp(tmp_path: Path, site: Site) -> None:
    """A site is chosen as with wp itself, also where its folder has a blank."""
    site.apply(script_of(tmp_path, ("approve", "5")), "--path=/var/a site", "--url=example.org")
    assert site.calls() == [["comment", "approve", "5", "--path=/var/a site", "--url=example.org"]]


def test_without_wp_nothing_is_done(tmp_path: Path, site: Site) -> None:
    """The script says what is missing."""
    (site.folder / "wp").unlink()
    result = site.apply(script_of(tmp_path, ("approve", "5")))
    assert result.returncode == 127
    assert "is not on the PATH. Nothing was done." in result.stderr


def test_an_unknown_column_is_named_with_the_queues_own(tmp_path: Path) -> None:
    """A slip of the pen leads to the right name."""
    queue = write_queue(tmp_path / "queue.csv", [{"decision": "approve"}], own=["wp_id"])
    with pytest.raises(UsageError, match="Its own columns besides this tool's: wp_id"):
        ids_in_column(read_table(queue), "wp")


def write_scores(path: Path, numbers: Mapping[str, int | None]) -> None:
    judged = [
        (
            ScoredComment(
                comment=Comment(
                    id=id_, document_id="a", number=1, start=0, end=1, text=id_, site_number=number
                ),
                source="a.txt",
                language="en",
            ),
            Verdict(comment_id=id_, outcome="flagged", priority=1),
        )
        for id_, number in numbers.items()
    ]
    path.write_bytes(scores_bytes(judged, []))


def test_the_command_writes_a_script_from_the_pages_numbers(
    tmp_path: Path, run: Run, site: Site
) -> None:
    """From scan to site: numbers come from the scores file, what has none is counted."""
    queue = write_queue(
        tmp_path / "queue.csv", [{"decision": "ok"}, {"decision": "remove"}, {"decision": "remove"}]
    )
    write_scores(tmp_path / "queue.scores.parquet", {comment_name(1): 31, comment_name(2): 32})
    numbers = polars.read_parquet(tmp_path / "queue.scores.parquet")
    assert site_numbers(numbers) == {comment_name(1): 31, comment_name(2): 32}
    output = tmp_path / "decisions.sh"
    code, _, errors = run(
        "decisions", queue, "--format", "wp", "--id-column", "site_number", "-o", output
    )
    assert code == 1
    assert "The script holds 2 commands." in errors
    assert "Left out: 1 decided comment, which have no id of the site." in errors
    assert "3 rows = 1 to approve + 2 to remove" in errors
    assert site.apply(output.read_text()).returncode == 0
    assert site.calls() == [["comment", "approve", "31"], ["comment", "trash", "32"]]


def test_wordpress_needs_to_be_told_which_column(tmp_path: Path, run: Run) -> None:
    """The number on a page is not taken for an id unless somebody says so."""
    queue = write_queue(tmp_path / "queue.csv", [{"decision": "approve"}])
    code, _, errors = run("decisions", queue, "--format", "wp")
    assert code == 2
    assert "Say which column of the queue holds them with --id-column NAME" in errors


def test_obstacles_are_named_with_their_rows(tmp_path: Path, run: Run) -> None:
    """A conflict and an unknown word are shown, not settled, and the exit code tells a script."""
    queue = write_queue(
        tmp_path / "queue.csv",
        [{"decision": "approve"}, {"decision": "glorb?"}, {"decision": "approve | remove"}],
    )
    code, output, errors = run("decisions", queue)
    assert code == 1
    assert len(output.splitlines()) == 2
    assert "Row 3: 'glorb?' is no verdict that is known here; write approve" in errors
    assert f"Row 4: {comment_name(3)} has the verdicts approve and remove." in errors


def test_a_damaged_row_is_named_and_the_rest_exported(tmp_path: Path, run: Run) -> None:
    """A row that has lost its id costs itself, is named, and makes the export incomplete."""
    rows = [{"decision": "approve", "text": f"comment {number}"} for number in range(5)]
    queue = write_queue(tmp_path / "queue.csv", rows)
    content = queue.read_text(encoding="utf-8-sig")
    queue.write_text(content.replace(comment_name(3), "c0000"), encoding="utf-8")
    before = queue.read_bytes()
    code, output, errors = run("decisions", queue)
    assert code == 1
    assert len(output.splitlines()) == 5
    assert "Row 4: " in errors
    assert "5 rows = 4 to approve" in errors
    assert "1 damaged" in errors
    assert queue.read_bytes() == before


def test_everything_decided_is_success(tmp_path: Path, run: Run) -> None:
    """A nightly job can rely on exit code 0, and an earlier export is replaced."""
    rows = [{"decision": "approve", "text": "one"}, {"decision": "", "text": "another"}]
    queue = write_queue(tmp_path / "queue.csv", rows)
    output = tmp_path / "decisions.jsonl"
    for _ in range(2):
        code, _, errors = run("decisions", queue, "--format", "jsonl", "-o", output)
        assert (code, json.loads(output.read_text())["verdict"]) == (0, "approve")
    assert "2 rows = 1 to approve + 0 to remove" in errors


def test_an_export_never_replaces_a_queue(tmp_path: Path, run: Run) -> None:
    """The queue itself, or any file that is no earlier export, is left as it is."""
    queue = write_queue(tmp_path / "queue.csv", [{"decision": "approve"}])
    code, _, errors = run("decisions", queue, "-o", queue)
    assert code == 2
    assert "It was left as it is" in errors
    assert read_table(queue).frame.height == 1
