"""The quick way of reading a queue reads what the careful way reads, or declines."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.review_queue import COLUMNS, read_table
from moderation.review_queue.cells import to_cell
from moderation.review_queue.file_text import recognise
from moderation.review_queue.quick_reading import quick_read
from moderation.review_queue.reading import ROW, QueueTable, _carefully, _quickly, _usual_limit
from moderation.review_queue.table_file import write_frame

from .conftest import PROJECT

NASTY = st.text(alphabet="ab\",;\t\n\r\0\ufeff\u2028cC0123456789abcdef'=é🦊 ", max_size=40)
CELLS = st.one_of(st.just(""), NASTY.map(to_cell), NASTY)
OWN_NAMES = st.lists(
    st.sampled_from(["colour", "my column", "Decision", "id", "", " x ", 'a"b', "colour"]),
    max_size=2,
)


def name_of(number: int) -> str:
    return f"c{number:016x}"


@st.composite
def frames(draw: st.DrawFn) -> polars.DataFrame:
    """Queues as a person may have left them; few rows, but any cell in them."""
    rows = draw(st.integers(1, 4))
    own = [name for name in dict.fromkeys(draw(OWN_NAMES)) if name not in COLUMNS]
    columns = {name: [""] * rows for name in (*COLUMNS, *own)}
    for name in draw(st.lists(st.sampled_from([*COLUMNS[1:], *own]), max_size=4)):
        columns[name] = draw(st.lists(CELLS, min_size=rows, max_size=rows))
    columns["id"] = [name_of(number) for number in range(rows)]
    return polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))


def written(frame: polars.DataFrame, separator: str = ",") -> bytes:
    file = io.BytesIO()
    write_frame(frame, file, separator)
    return file.getvalue()


def both_ways(content: bytes) -> tuple[QueueTable | None, QueueTable]:
    """What the quick way reads, None where it declines, and what the careful way reads."""
    file = io.BytesIO(content)
    text = recognise(file)
    quick = _quickly(file, text)
    assert file.tell() == 0
    with _usual_limit():
        return quick, _carefully(file, text)


def assert_same(quick: QueueTable, careful: QueueTable) -> None:
    assert quick.frame.schema == careful.frame.schema
    assert quick.frame.equals(careful.frame)
    for field in fields(QueueTable):
        if field.name != "frame":
            assert getattr(quick, field.name) == getattr(careful, field.name), field.name


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames(), separator=st.sampled_from(",;\t"))
def test_both_ways_read_the_same_queue(frame: polars.DataFrame, separator: str) -> None:
    """Whatever stands in the cells, the quick way gives the careful way's table or none."""
    quick, careful = both_ways(written(frame, separator))
    if quick is not None:
        assert_same(quick, careful)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    frame=frames(),
    place=st.floats(0, 1),
    cut=st.integers(0, 3),
    put=st.sampled_from([b"", b'"', b",", b"\r\n", b"\n", b"\r", b"\0", b"\xff", b"c000"]),
)
def test_a_damaged_file_is_never_read_otherwise(
    frame: polars.DataFrame, place: float, cut: int, put: bytes
) -> None:
    """One wrong byte and the quick way declines, or what it reads is what there is to read."""
    content = written(frame)
    at = 200 + int(place * (len(content) - 200))
    damaged = content[:at] + put + content[at + cut :]
    quick, careful = both_ways(damaged)
    if quick is not None:
        assert_same(quick, careful)


def test_a_queue_of_this_tool_is_read_the_quick_way() -> None:
    """The sample queue, as a scan wrote it, needs no careful look."""
    quick, careful = both_ways((PROJECT / "samples" / "queue.csv").read_bytes())
    assert quick is not None
    assert_same(quick, careful)


def plain(rows: int = 3, **cells: str) -> polars.DataFrame:
    columns = {name: [""] * rows for name in COLUMNS}
    columns["id"] = [name_of(number) for number in range(rows)]
    columns["text"] = [f"text {number}\nand more" for number in range(rows)]
    frame = polars.DataFrame(columns)
    return frame.with_columns(polars.lit(cell).alias(name) for name, cell in cells.items())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_own_columns_are_no_hindrance(separator: str) -> None:
    """A person's columns and choice of separator are read the quick way too."""
    quick, careful = both_ways(written(plain(colour="red; or, blue\tgreen"), separator))
    assert quick is not None
    assert_same(quick, careful)
    assert (quick.separator, quick.frame["colour"][0]) == (separator, "red; or, blue\tgreen")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.removeprefix(b"\xef\xbb\xbf"),
        lambda content: content.replace(b"\r\n", b"\n"),
        lambda content: content.removesuffix(b"\r\n"),
        lambda content: content.replace(b"decision", b"Decision", 1),
        lambda content: content.replace(b",note,", b",", 1),
        lambda content: content.replace(b"c0000000000000001", b"C0000000000000001"),
        lambda content: content.replace(b"text 1", b"text\xff1"),
        lambda content: content.replace(b"text 1", b"text\0 1"),
        lambda content: content.replace(b"and more", b"c0000000000000009,and more", 1),
        lambda content: content.replace(b'"text 1', b'text 1"'),
        lambda content: content + content,
    ],
)
def test_what_is_unusual_is_left_to_the_careful_way(change: object) -> None:
    """No mark, other line ends, another header, odd ids, bad bytes, a row within a cell."""
    assert callable(change)
    content = change(written(plain()))
    assert quick_read(io.BytesIO(content), recognise(io.BytesIO(content))) is None


def test_a_cell_that_is_too_long_is_left_to_the_careful_way() -> None:
    """The careful way calls it damage, so the quick way must not read it."""
    quick, careful = both_ways(written(plain(rows=1, note="x" * 140_000)))
    assert quick is None
    assert careful.problems


def test_a_header_without_rows_is_left_to_the_careful_way() -> None:
    """There is nothing to gain."""
    quick, careful = both_ways(written(plain(rows=0)))
    assert quick is None
    assert careful.frame.is_empty()


def test_many_blocks_make_one_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is longer than a block is read in parts, and rows keep their numbers."""
    monkeypatch.setattr("moderation.review_queue.quick_reading._BLOCK", 1_000)
    path = tmp_path / "queue.csv"
    path.write_bytes(written(plain(rows=500)))
    table = read_table(path)
    assert table.frame["id"].to_list() == [name_of(number) for number in range(500)]
    assert table.frame[ROW].to_list() == list(range(2, 502))
    quick, careful = both_ways(path.read_bytes())
    assert quick is not None
    assert_same(quick, careful)
