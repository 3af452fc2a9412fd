"""JSON files, JSON lines and Parquet files become comments as CSV does."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.files import ColumnNames, open_file
from moderation.sources import find_pages
from moderation.tables.json_rows import JsonTable
from moderation.tables.json_text import LONGEST_VALUE, JsonText
from moderation.tables.parquet import SLICE_ROWS
from moderation.tables.rows import BrokenOff, Notes

from .conftest import SHARED_PAGES
from .reading_files import read_file, read_found


def write_json(path: Path, value: Any, indent: int | None = None) -> Path:
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    return path


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_objects_is_a_table(tmp_path: Path, indent: int | None) -> None:
    """On one line or on many; what is inside an object has a name with a dot."""
    items = [
        {"id": 1, "user": {"name": "Ann"}, "body": "One\r\ntwo", "likes": 2, "tags": ["a"]},
        {"id": 2, "user": {"name": "Bob"}, "body": None},
        {"id": 3, "body": "Three"},
        "a stray string",
    ]
    was = read_file(write_json(tmp_path / "c.json", items, indent))
    assert was.texts == ["One\ntwo", "Three"]
    assert [comment.author for comment in was.comments] == ["Ann", None]
    assert [comment.number for comment in was.comments] == [1, 3]
    assert was.warnings[0] == 'columns: text = "body", id = "id", author = "user.name" (guessed)'
    assert sorted(warning.partition(" (")[0] for warning in was.warnings[1:]) == [
        "1 row without text",
        "1 row without the form of a JSON object",
    ]


def test_the_list_that_holds_comments_is_found(tmp_path: Path) -> None:
    """However deep it lies, and beside others, which are named."""
    value = {
        "version": 2,
        "users": [{"id": 7, "name": "Ann"}] * 5,
        "data": {"page": 1, "comments": [{"id": 1, "text": "One"}, {"id": 2, "text": "Two"}]},
    }
    was = read_file(write_json(tmp_path / "c.json", value))
    assert was.texts == ["One", "Two"]
    assert was.finished[0].receipt.evidence[1] == "JSON, the list 'data.comments'"
    unread = "the list 'users' (5 entries) was not read: it has no column 'text'"
    assert unread in was.warnings
    assert {comment.document_id for comment in was.comments} == {"c.json"}


def test_all_lists_of_comments_are_read(tmp_path: Path) -> None:
    """Each is an article of its own, but where a column or the user says otherwise."""
    value = {
        "article-1": [{"id": 1, "text": "One"}, {"id": 2, "text": "Two"}],
        "users": [{"id": 7, "name": "Ann"}],
        "more": {"article-2": [{"id": 1, "text": "Three"}, {"text": "Four", "article": "x"}]},
    }
    path = write_json(tmp_path / "c.json", value)
    was = read_file(path)
    assert was.texts == ["One", "Two", "Three", "Four"]
    assert [comment.document_id for comment in was.comments] == [
        "c.json#article-1",
        "c.json#article-1",
        "c.json#more.article-2",
        "c.json#more.article-2",
    ]
    description = "JSON, the lists 'article-1', 'more.article-2'"
    assert was.finished[0].receipt.evidence[1] == description
    unread = "the list 'users' (1 entry) was not read: it has no column 'text'"
    assert f"in the whole file: {unread}" in was.warnings
    one = read_file(path, ColumnNames(article=""))
    assert {comment.document_id for comment in one.comments} == {"c.json"}
    value["article-1"] = [{"text": "One", "article": "x"}, {"text": "Two"}]
    was = read_file(write_json(path, value), ColumnNames(article="article"))
    assert [comment.document_id for comment in was.comments] == [
        "c.json#x",
        "c.json#article-1",
        "c.json#more.article-2",
        "c.json#x",
    ]


def test_a_text_late_in_a_list_without_texts_is_read(tmp_path: Path) -> None:
    """The column was not among the first entries; nothing is lost for that."""
    value = {
        "comments": [{"text": "One"}],
        "spam": [{"id": number} for number in range(300)] + [{"id": 300, "text": "Two"}],
    }
    was = read_file(write_json(tmp_path / "c.json", value))
    assert was.texts == ["One", "Two"]
    assert "the list 'spam' (300 entries) was not read: it has no column 'text'" in was.warnings


def test_memory_does_not_grow_with_the_lists_of_a_file(tmp_path: Path) -> None:
    """Of each more than its name is held only while there are few."""

    def peak(count: int) -> int:
        value = {
            f"article-{number}": [{"text": f"comment {number} " + "word " * 400}]
            for number in range(count)
        }
        path = write_json(tmp_path / f"{count}.json", value)
        del value
        tracemalloc.start()
        with open_file(find_pages([path]).pages[0]) as opened:
            table = JsonTable(opened)
            found = sum(1 for _ in table.rows([0], Notes("line")))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == count
        return most

    assert peak(4_000) < peak(2_500) + 1_500 * 1_000


def test_replies_inside_a_comment_keep_their_parent(tmp_path: Path) -> None:
    """To any depth, in the order in which they stand."""
    deepest: dict[str, Any] = {"text": "reply 90", "replies": []}
    for number in reversed(range(90)):
        deepest = {"text": f"reply {number}", "replies": [deepest]}
    was = read_file(write_json(tmp_path / "c.json", [deepest, {"text": "another"}]))
    assert was.texts == [*(f"reply {number}" for number in range(91)), "another"]
    assert [comment.level for comment in was.comments] == [*range(91), 0]


def test_comments_inside_articles_are_documents_of_their_own(tmp_path: Path) -> None:
    """As Isso exports them."""
    value = [
        {
            "id": "/a/",
            "title": "A",
            "comments": [{"id": 0, "text": "One"}, {"id": 1, "text": "Two"}],
        },
        {"id": "/b/", "title": "B", "comments": [{"id": 0, "text": "One"}]},
    ]
    was = read_file(write_json(tmp_path / "c.json", value))
    assert [comment.document_id for comment in was.comments] == [
        "c.json#/a/",
        "c.json#/a/",
        "c.json#/b/",
    ]


def test_the_last_revision_is_what_a_comment_says(tmp_path: Path) -> None:
    """As Coral keeps them."""
    value = [{"id": "x", "revisions": [{"body": "First try"}, {"body": "Second try"}]}]
    assert read_file(write_json(tmp_path / "c.json", value)).texts == ["Second try"]


def test_a_bad_line_is_named_and_the_next_is_read(tmp_path: Path) -> None:
    """Of JSON lines each stands alone."""
    lines = ['{"body": "One"}', "{broken", "", "17", '{"body": "Two \\ud800"}', '{"body": " "}']
    (tmp_path / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")
    was = read_file(tmp_path / "c.jsonl")
    assert was.texts == ["One", "Two \N{REPLACEMENT CHARACTER}"]
    assert was.warnings[1:] == [
        "2 rows without the form of a JSON object (lines 2, 4)",
        "1 row without text (line 6)",
    ]
    assert was.failure == (
        "not all of it was read: 2 rows without the form of a JSON object (lines 2, 4). "
        "2 comments are kept"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[{"body": "One"},\n{"body": "Two"}', "line 2 is no JSON: the file ends too early"),
        ('[{"body": "One"},\n{"body": "Two"},\n{"body": "Th', "line 3 is no JSON: Unterminated"),
        ('[{"body": "One"},\n{"body": "Two"}\n{"body": "Three"}]', "line 3 is no JSON: '{' where"),
        ('[{"body": "One"},\n{"body": "Two"},\n{"body" "Three"}]', "line 3 is no JSON: Expecting"),
        (
            '[{"body": "One"},\n{"body": "Two"},\n' + '{"a":' * 100_000 + "}]",
            "line 3 is no JSON: brackets are nested too deep",
        ),
    ],
)
def test_broken_json_keeps_what_came_before(tmp_path: Path, text: str, problem: str) -> None:
    """With the line at which it broke."""
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    was = read_file(tmp_path / "c.json")
    assert was.texts == ["One", "Two"]
    assert was.failure.startswith(f"it breaks off: {problem}")
    assert was.failure.endswith("The 2 comments before are kept")
    assert was.warnings[-1] == "the table breaks off and was not read to its end"


@pytest.mark.parametrize(("more", "is_read"), [(-70_000, True), (70_000, False)])
def test_an_object_is_held_up_to_sixteen_million_characters(
    tmp_path: Path, more: int, is_read: bool
) -> None:
    """With all the comments that are nested in it; a longer one is a failure, and never silent."""
    count = (LONGEST_VALUE + more) // 10_000
    comment = {"text": "x" * (10_000 - len('{"text": ""}, '))}
    value = [{"text": "One"}, {"title": "An article", "comments": [comment] * count}]
    was = read_file(write_json(tmp_path / "c.json", value))
    assert len(was.comments) == (1 + count if is_read else 1)
    assert ("a value of more than 16,000,000 characters" in was.failure) != is_read


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"comments": [', "line 1 is no JSON: the file ends too early"),
        ('{"version": 2,\n"comments": [{"id": 1, "te', "line 2 is no JSON: Unterminated string"),
        ('[{"id": 1, "text": "One', "line 1 is no JSON: Unterminated string"),
        ('[{"id": 1},\n{"id": 2, "text"', "line 2 is no JSON: Expecting ':' delimiter"),
    ],
)
def test_json_that_is_cut_off_before_any_text_is_a_failure_in_a_folder(
    tmp_path: Path, text: str, problem: str
) -> None:
    """It may hold comments, so it is not passed over as a file without them."""
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    found = find_pages([tmp_path])
    assert found.skipped == ()
    was = read_found(found.pages[0])
    assert was.failure.startswith(f"it breaks off: {problem}")
    assert was.failure.endswith("There is no comment before")


def test_real_json_exports_are_read() -> None:
    """Commento's and Isso's."""
    exports = SHARED_PAGES / "exports"
    if not exports.exists():
        pytest.skip("the shared pages are not here")
    commento = read_file(exports / "commento_remark42.json")
    assert commento.texts[0] == "Example comment created by user."
    assert [comment.level for comment in commento.comments] == [0, 0, 1]
    isso = read_file(exports / "generic_isso.json")
    assert [comment.author for comment in isso.comments] == ["texas holdem", "Richard Crinshaw"]
    assert isso.finished[1].id == "generic_isso.json#/posts/0007/"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.lists(values, max_size=8), st.integers(1, 9), st.sampled_from([None, 1]))
def test_entries_of_a_list_are_the_same_in_blocks_of_any_size(
    entries: list[Any], size: int, indent: int | None
) -> None:
    """As the standard library reads them from the whole."""
    text = json.dumps({"x": {"y": entries}}, indent=indent)
    blocks = (text[start : start + size] for start in range(0, len(text), size))
    read = [(path, entry) for path, _, entry in JsonText(blocks).lists()]
    assert read == [(("x", "y"), entry) for entry in entries]


@given(st.text(alphabet='[]{},:"a1 \n', max_size=30))
def test_no_text_hangs_or_breaks_the_reader(text: str) -> None:
    """It is JSON, or it says where it is none."""
    with contextlib.suppress(BrokenOff):
        for path, line, _ in JsonText(iter([text])).lists():
            assert len(path) <= 6
            assert 1 <= line <= text.count("\n") + 1


def test_parquet_is_read_in_slices(tmp_path: Path) -> None:
    """Whatever its row groups; numbers and times are written as people read them."""
    count = 2 * SLICE_ROWS + 7
    frame = polars.DataFrame(
        {
            "comment_id": [float(number) for number in range(count)],
            "parent_id": [None, 0.0, *[None] * (count - 2)],
            "comment_text": ["One\r\ntwo", None, *(f"text {n}" for n in range(2, count))],
            "created_at": polars.datetime_range(
                polars.datetime(2024, 1, 1), polars.datetime(2025, 1, 1), "1h", eager=True
            )
            .sample(count, with_replacement=True, seed=1)
            .sort(),
            "tags": [["a"]] * count,
        }
    )
    frame.write_parquet(tmp_path / "c[1].parquet", row_group_size=5_000)
    was = read_file(tmp_path / "c[1].parquet")
    assert len(was.comments) == count - 1
    assert was.texts[:2] == ["One\ntwo", "text 2"]
    assert was.comments[1].site_number == 2
    assert (was.comments[0].posted_at or "").startswith("2024-01-01 0")
    assert was.finished[0].media_type == "application/vnd.apache.parquet"
    assert "1 row without text (row 2)" in was.warnings
    assert read_file(tmp_path / "c[1].parquet", ColumnNames(id="", time="")).comments[0].id


def test_damaged_parquet_says_so(tmp_path: Path) -> None:
    """Cut off, it has no footer; bad in the middle, what came before is kept."""
    path = tmp_path / "c.parquet"
    frame = polars.DataFrame({"comment": [f"text {n} " * 9 for n in range(4 * SLICE_ROWS)]})
    frame.write_parquet(path, row_group_size=SLICE_ROWS, compression="zstd")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "the Parquet file is damaged or cut off" in read_file(path).failure
    middle = len(whole) * 3 // 4
    path.write_bytes(whole[:middle] + bytes(2000) + whole[middle + 2000 :])
    was = read_file(path)
    assert was.failure.startswith("it breaks off: row ")
    assert len(was.comments) >= SLICE_ROWS
