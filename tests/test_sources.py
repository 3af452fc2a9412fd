"""Paths become pages; what is no page, or cannot be had, is said."""

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from moderation.files import ColumnNames
from moderation.sources import PagePath, UnreadablePage, find_pages, read_page

from .conftest import as_nobody
from .reading_files import read_found


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"page {name}")


def test_a_folder_is_searched_to_the_bottom(tmp_path: Path) -> None:
    """Pages of sub-folders are found, in the order of their ids."""
    write(tmp_path, "b.txt", "a/c.TXT", "a/no-suffix")
    assert [page.id for page in find_pages([tmp_path]).pages] == ["a/c.TXT", "a/no-suffix", "b.txt"]


def test_other_files_are_passed_over_and_named(tmp_path: Path) -> None:
    """Notes or a hidden file in the folder are no pages, and not silent."""
    write(tmp_path, "a.txt", "notes.md", ".hidden.txt", ".git/config")
    found = find_pages([tmp_path])
    assert [page.id for page in found.pages] == ["a.txt"]
    assert sorted(Path(skipped.source).name for skipped in found.skipped) == [
        ".git",
        ".hidden.txt",
        "notes.md",
    ]


def test_a_file_named_outright_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    """The user's word counts for more than a file name."""
    write(tmp_path, "page.html")
    assert [page.id for page in find_pages([tmp_path / "page.html"]).pages] == ["page.html"]


def test_a_page_keeps_its_id_however_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan from elsewhere, or with an absolute path, finds the same page again."""
    write(tmp_path, "in/sub/a.txt")
    absolute = find_pages([tmp_path / "in"]).pages
    monkeypatch.chdir(tmp_path)
    assert [p.id for p in find_pages(["in/"]).pages] == [p.id for p in absolute] == ["sub/a.txt"]


def test_a_page_named_twice_is_read_once(tmp_path: Path) -> None:
    """Overlapping arguments double no comment."""
    write(tmp_path, "a.txt")
    assert len(find_pages([tmp_path, tmp_path / "a.txt", tmp_path]).pages) == 1


def test_pages_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Two folders may both hold an index.txt."""
    write(tmp_path, "x/index.txt", "y/index.txt")
    pages = find_pages([tmp_path / "x", tmp_path / "y"]).pages
    assert len({page.id for page in pages}) == 2


def test_pages_of_one_name_stay_apart_from_a_third(tmp_path: Path) -> None:
    """A name made longer to be distinct must not meet another page's name."""
    write(tmp_path, "x/a.txt", "y/a.txt", "z/x/a.txt")
    pages = find_pages([tmp_path / "x/a.txt", tmp_path / "y/a.txt", tmp_path / "z"]).pages
    assert len({page.id for page in pages}) == 3


def test_a_page_reached_in_two_ways_has_one_id(tmp_path: Path) -> None:
    """The order of the arguments decides nothing."""
    write(tmp_path, "sub/a.txt")
    one = find_pages([tmp_path / "sub/a.txt", tmp_path]).pages
    other = find_pages([tmp_path, tmp_path / "sub/a.txt"]).pages
    assert [page.id for page in one] == [page.id for page in other] == ["sub/a.txt"]


def test_a_name_that_is_not_unicode_is_written_out(tmp_path: Path) -> None:
    """An archive from an old system costs no page."""
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("page")
    (page,) = find_pages([tmp_path]).pages
    assert page.id == "caf\\xe9.txt"
    assert read_page(page).document.text == "page"


def test_a_linked_folder_and_a_pipe_are_named_not_followed(tmp_path: Path) -> None:
    """Neither an endless loop nor an endless wait, and nothing is silent."""
    write(tmp_path, "in/a.txt", "out/b.txt")
    (tmp_path / "in/link").symlink_to(tmp_path / "out")
    os.mkfifo(tmp_path / "in/pipe.txt")
    found = find_pages([tmp_path / "in"])
    assert [page.id for page in found.pages] == ["a.txt"]
    assert {Path(skipped.source).name for skipped in found.skipped} == {"link", "pipe.txt"}


def test_a_scans_own_output_is_not_a_page(tmp_path: Path) -> None:
    """A queue without a suffix in the scanned folder is not read as one."""
    write(tmp_path, "a.txt", "queue")
    found = find_pages([tmp_path], outputs=[tmp_path / "queue"])
    assert [page.id for page in found.pages] == ["a.txt"]
    assert found.skipped[0].reason == "this scan writes it"


@pytest.mark.parametrize("path", ["", "a" * 300, "a\0b"])
def test_an_impossible_path_is_missing_not_fatal(tmp_path: Path, path: str) -> None:
    """An unset variable in a script does not scan the folder it happens to stand in."""
    write(tmp_path, "a.txt")
    found = find_pages([path, tmp_path])
    assert (len(found.pages), len(found.missing)) == (1, 1)


def test_a_pattern_that_the_shell_left_alone_is_matched(tmp_path: Path) -> None:
    """Quoted patterns, and Windows, work."""
    write(tmp_path, "a.txt", "b.txt", "c.csv", "d/e.txt")
    assert len(find_pages([f"{tmp_path}/**/*.txt"]).pages) == 3


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere.txt", "there is no such file or folder"),
        ("*.nothing", "no file matches this pattern"),
        ("empty", "the folder holds no text pages (.txt), HTML pages, tables or exports"),
    ],
)
def test_what_cannot_be_had_is_missing_with_a_reason(
    tmp_path: Path, path: str, reason: str
) -> None:
    """A misspelt path is never the same as a page without comments."""
    (tmp_path / "empty").mkdir()
    found = find_pages([f"{tmp_path}/{path}"])
    assert [missing.reason for missing in found.missing] == [reason]


def test_a_page_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads the page that another program sends."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"A page.")))
    (page,) = find_pages(["-"]).pages
    assert read_page(page).document.text == "A page."


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty"), (b" \r\n", "empty"), (b"\x89PNG\r\n", "PNG picture")]
)
def test_a_file_that_is_no_page_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    """Empty and binary files are failures with a reason, not pages without comments."""
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    with pytest.raises(UnreadablePage, match=reason):
        read_page(PagePath(id="page", source="page", path=path))


def test_a_page_that_has_vanished_says_so(tmp_path: Path) -> None:
    """Between listing and reading a file may go."""
    write(tmp_path, "a.txt")
    (page,) = find_pages([tmp_path]).pages
    (tmp_path / "a.txt").unlink()
    with pytest.raises(UnreadablePage, match="No such file"):
        read_page(page)


@pytest.mark.skipif(os.name == "nt", reason="needs permissions as Unix has them")
def test_a_page_without_permission_says_so(tmp_path: Path) -> None:
    """A file that may not be read is reported, and so is a folder."""
    write(tmp_path, "a.txt", "closed/b.txt")
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "closed").chmod(0)
    with as_nobody(tmp_path):
        found = find_pages([tmp_path])
        with pytest.raises(UnreadablePage, match="Permission denied"):
            read_page(found.pages[0])
    assert [missing.reason for missing in found.missing] == [
        "the folder cannot be read: Permission denied"
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that fails while it is read")
def test_a_page_that_fails_half_way_says_so() -> None:
    """An error in the middle of reading is a failure of this page, in the system's words."""
    page = PagePath(id="memory", source="/proc/self/mem", path=Path("/proc/self/mem"))
    with pytest.raises(UnreadablePage, match="Input/output error"):
        read_page(page)


def test_a_folder_is_looked_at_by_content(tmp_path: Path) -> None:
    """Pages, tables and exports are taken whatever their names, all others named with a reason."""
    for name, content in {
        "page.txt": "A page.",
        "page.php": "<!DOCTYPE html><p>A page.</p>",
        "piece.html": "<ol class=commentlist><li>One</li></ol>",
        "piece.md": "<div align=center>Read me</div>",
        "table.dat": "id,comment\n1,One\n",
        "prices.csv": "item,price\nbread,3\nmilk,1\n",
        "two.csv": "text,body\nOne here,two there\n",
        "settings.json": '{"debug": true}',
        "lines.log": '{"comment": "One"}\n',
        "notes.md": "Notes.",
        "code.py": "print(1)",
        "picture.txt": "\x89PNG",
        "picture": "\x89PNG",
        "drawing": "<svg></svg>",
        "export": '<?xml version="1.0"?><disqus></disqus>',
    }.items():
        (tmp_path / name).write_text(content, encoding="latin-1")
    found = find_pages([tmp_path])
    assert [page.id for page in found.pages] == [
        "export",
        "lines.log",
        "page.php",
        "page.txt",
        "picture.txt",
        "piece.html",
        "table.dat",
        "two.csv",
    ]
    assert {Path(skipped.source).name: skipped.reason for skipped in found.skipped} == {
        "code.py": "files ending in .py are not read as pages",
        "drawing": "it is an XML file of an unknown kind (<svg>)",
        "notes.md": "files ending in .md are not read as pages",
        "picture": "it is a PNG picture",
        "piece.md": "files ending in .md are not read as pages",
        "prices.csv": "CSV table: no column of it can be the comments' text. Its columns are "
        "'item', 'price'.",
        "settings.json": "file of JSON lines: no column of it can be the comments' text. Its "
        "columns are 'debug'.",
    }


def test_what_this_tool_wrote_is_passed_over(tmp_path: Path) -> None:
    """By name, and a queue by its header too, however it was renamed or saved."""
    write(tmp_path, "a.txt", "q.receipt.json", "q.scores.parquet", "q.decisions.jsonl")
    write(tmp_path, "q.cache.sqlite")
    header = "id;priority;decision;note;state;text;reasons;source\n"
    (tmp_path / "renamed.txt").write_text(f"\ufeff{header}c1;5;;;;Text;;a.txt\n")
    found = find_pages([tmp_path])
    assert [page.id for page in found.pages] == ["a.txt"]
    assert {Path(skipped.source).name: skipped.reason for skipped in found.skipped} == {
        "q.cache.sqlite": "this tool wrote it: a cache of scores",
        "q.decisions.jsonl": "this tool wrote it: the log of decisions",
        "q.receipt.json": "this tool wrote it: a receipt",
        "q.scores.parquet": "this tool wrote it: the scores of a scan",
        "renamed.txt": "this tool wrote it: a queue",
    }
    named = find_pages([tmp_path / "q.receipt.json", tmp_path / "renamed.txt"])
    assert [missing.reason for missing in named.missing] == [
        "this tool wrote it: a receipt",
        "this tool wrote it: a queue; scan the pages that it was made from",
    ]


def test_a_table_whose_columns_were_named_is_taken(tmp_path: Path) -> None:
    """The user's word counts for more than a guess, in folders too."""
    (tmp_path / "c.csv").write_text("a,b,c\n1,2,yes\n1,2,no\n1,2,3\n4,5,6\n7,8,9\n")
    assert not find_pages([tmp_path]).pages
    assert find_pages([tmp_path], columns=ColumnNames(text="c")).pages


def test_a_table_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another program sends is looked at before it is read."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"id,comment\n1,One\n")))
    (page,) = find_pages(["-"]).pages
    was = read_found(page)
    assert was.texts == ["One"]
    assert was.finished[0].id == "standard-input"


@pytest.mark.skipif(os.name == "nt", reason="needs pipes as Unix has them")
def test_a_table_is_read_from_a_pipe(tmp_path: Path) -> None:
    """A pipe that is named outright is read once, to its end."""
    os.mkfifo(tmp_path / "pipe")
    (page,) = find_pages([tmp_path / "pipe"]).pages
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("id,comment\n1,One\n"))
    writer.start()
    assert read_found(page).texts == ["One"]
    writer.join()
