"""A queue is read back whatever a spreadsheet, an editor or an accident made of it."""

import csv
import io
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.review_queue import COLUMNS, QueueTable, queue_bytes, read_decisions, read_table
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.columns import STANDING_COLUMNS
from moderation.review_queue.csv_rows import begins_row, clean_id, find_header
from moderation.review_queue.reading import NO_NAME, ROW, unique_names

from .conftest import PROJECT, program
from .test_review_queue import HOSTILE
from .test_review_queue import row as queue_row_of

CASES = PROJECT / "tests" / "cases" / "queue"
Cells = dict[str, str]


def name(number: int) -> str:
    """The id of an invented comment."""
    return f"c{number:016x}"


def cells(number: int, **people: str) -> Cells:
    """A row as a scan writes it, with what people put into it."""
    written = {
        "id": name(number),
        "priority": "50",
        "text": f'Comment {number}, with "quotes" and,\na second line;',
        "reasons": "insult 0.50 ≥ 0.40",
        "source": "page.txt",
        "language": "en",
        "insult": "0.500",
        "scored_by": "moderation 0.1.0; words 1",
    }
    return dict.fromkeys(COLUMNS, "") | written | people


def as_csv(
    rows: Sequence[Cells],
    columns: Sequence[str] = COLUMNS,
    *,
    separator: str = ",",
    line_end: str = "\r\n",
    quoting: int = csv.QUOTE_MINIMAL,
) -> str:
    """Rows as a spreadsheet writes them."""
    text = io.StringIO(newline="")
    if line_end == "\r":
        quoting = csv.QUOTE_ALL  # else Python leaves a line feed in a cell bare
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], QueueTable]:
    """Write a file and read it as a queue."""

    def read_content(content: str | bytes) -> QueueTable:
        path = tmp_path / "queue.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path)

    return read_content


Read = Callable[[str | bytes], QueueTable]
DECIDED = [
    cells(1, decision="remove", note="two\nlines, and “quotes”", reviewer="Zoë"),
    cells(2),
    cells(3, decision="approve", note="fine; really", decided_at="23.11.2026"),
]


def assert_is_decided(table: QueueTable, *, problems: int = 0) -> None:
    """The three rows of `DECIDED` are there, with what people wrote."""
    assert len(table.problems) == problems
    frame = table.frame.sort("id")
    assert frame["id"].to_list() == [name(1), name(2), name(3)]
    assert frame["decision"].to_list() == ["remove", "", "approve"]
    assert frame["note"].to_list() == ["two\nlines, and “quotes”", "", "fine; really"]


def test_the_frame_has_our_columns_first_and_the_row_last(read: Read) -> None:
    """Everything is text but for the number of the row, which a spreadsheet shows."""
    frame = read(as_csv(DECIDED)).frame
    assert frame.columns == [*COLUMNS, ROW]
    assert set(frame.drop(ROW).dtypes) == {polars.String}
    assert frame[ROW].to_list() == [2, 3, 4]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_each_dialect_is_read(read: Read, separator: str, encoding: str, quoting: int) -> None:
    """Separator, encoding and quoting are the spreadsheet's choice, not a person's."""
    text = as_csv(DECIDED, separator=separator, quoting=quoting)
    table = read(text.encode(encoding, errors="replace"))
    assert_is_decided(table)
    assert (table.separator, table.encoding) == (separator, encoding)
    assert bool(table.remarks) == (encoding == "cp1252")


def test_utf16_with_its_mark_in_either_order(read: Read) -> None:
    """Excel's 'Unicode text' is little-endian, other programs write big-endian."""
    text = as_csv(DECIDED, separator="\t")
    assert_is_decided(read(b"\xfe\xff" + text.encode("utf-16-be")))
    assert_is_decided(read(b"\xff\xfe" + text.encode("utf-16-le")))


@pytest.mark.parametrize(("encoding", "word"), [("cp1251", "удалить"), ("cp1256", "احذف")])
def test_an_eight_bit_encoding_of_another_alphabet_is_guessed(
    read: Read, encoding: str, word: str
) -> None:
    """A Russian or Arabic desk's Excel writes neither UTF-8 nor Windows-1252; the guess is said."""
    text = as_csv([cells(n, decision=word, note=f"{word} {word}") for n in range(9)])
    table = read(text.replace("≥", "?").encode(encoding))
    assert set(table.frame["decision"]) == {word}
    assert "was read as Windows-125" in table.remarks[0]


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_line_ends_may_be_mixed(read: Read, line_end: str) -> None:
    """Also within one file; those inside a cell come out as line feeds."""
    lines = as_csv(DECIDED).split("\r\n", 2)
    assert_is_decided(read(line_end.join(lines[:2]) + "\r\n" + lines[2]))
    assert_is_decided(read(as_csv(DECIDED).replace("\r\n", "\n").replace("\n", line_end)))


@pytest.mark.parametrize("hint", ["sep=;\r\n", '"sep=;"\n', "SEP=;;;;\r\n", "\ufeffsep=;\r\n"])
def test_excels_line_about_the_separator_is_no_header(read: Read, hint: str) -> None:
    """Excel hides this line and counts the rows from the next one."""
    table = read(hint + as_csv(DECIDED, separator=";"))
    assert_is_decided(table)
    assert table.frame[ROW].to_list() == [2, 3, 4]


def test_columns_may_come_in_any_order(read: Read) -> None:
    """A cell is found by its column's name."""
    table = read(as_csv(DECIDED, sorted(COLUMNS, reverse=True)))
    assert_is_decided(table)
    assert table.frame.columns == [*COLUMNS, ROW]


def test_only_id_and_decision_are_needed(read: Read) -> None:
    """A reviewer may delete what is in the way; what is missing is empty."""
    frame = read(as_csv(DECIDED, ["decision", "id"])).frame
    assert frame["decision"].to_list() == ["remove", "", "approve"]
    assert set(frame["note"]) == set(frame["insult"]) == {""}


def test_a_queue_of_the_previous_version_is_read(read: Read) -> None:
    """It lacks the columns about a row's standing."""
    old = [column for column in COLUMNS if column not in STANDING_COLUMNS]
    table = read(as_csv(DECIDED, old))
    assert_is_decided(table)
    assert not any(table.frame[STANDING_COLUMNS[0]])


def test_peoples_own_columns_are_kept(read: Read) -> None:
    """Also two of one name, one without a name, and one with the name of our row number."""
    columns = ["colour", *COLUMNS, "colour", "", "_row", ""]
    rows = list(csv.reader(io.StringIO(as_csv(DECIDED, columns), newline="")))
    text = io.StringIO(newline="")
    own = [["red", *row[1:-4], "blue", "see page 3", "7", ""] for row in rows[1:]]
    csv.writer(text).writerows([rows[0], *own])
    table = read(text.getvalue())
    assert_is_decided(table)
    assert table.frame.columns == [*COLUMNS, "colour", "colour (2)", NO_NAME, "_row (2)", ROW]
    assert table.frame.row(0)[len(COLUMNS) : -1] == ("red", "blue", "see page 3", "7")


def test_names_are_told_apart_once_and_for_all() -> None:
    """A file that was written with the told-apart names is read with the same ones."""
    names = unique_names(["a", "a", "", "a (2)", "", ROW])
    assert names == ["a", "a (2)", NO_NAME, "a (2) (2)", f"{NO_NAME} (2)", f"{ROW} (2)"]
    assert unique_names(names) == names


def test_a_second_column_of_decisions_is_not_overlooked(read: Read) -> None:
    """The first one counts, the other is kept, and both facts are said."""
    table = read(as_csv(DECIDED, [*COLUMNS, "decision"]))
    assert "decision (2)" in table.frame.columns
    assert any("Two columns are named 'decision'" in remark for remark in table.remarks)


@pytest.mark.parametrize(
    "spelling",
    [str.upper, str.title, "  {} ".format, "'{}'".format, "“{}”".format, "\xa0{}\xa0".format],
)
def test_a_columns_name_may_be_spelt_otherwise(read: Read, spelling: Callable[[str], str]) -> None:
    """Case, blanks and quotation marks make no other column."""
    body = as_csv(DECIDED).split("\r\n", 1)[1]
    header = ",".join(spelling(column).replace("_", " ") for column in COLUMNS)
    table = read(f"\ufeff\ufeff{header}\r\n{body}")
    assert_is_decided(table)
    assert table.frame.columns == [*COLUMNS, ROW]


def test_empty_columns_and_rows_at_the_end_are_nothing(read: Read) -> None:
    """Excel adds hundreds of them."""
    rows = list(csv.reader(io.StringIO(as_csv(DECIDED), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([*(row + [""] * 300 for row in rows), *[[""] * 325] * 500])
    table = read(text.getvalue() + "\r\n\r\n")
    assert_is_decided(table)
    assert table.frame.columns == [*COLUMNS, ROW]
    assert not table.remarks


def test_an_empty_row_counts_as_a_row(read: Read) -> None:
    """A spreadsheet shows it, so the numbers behind it are one higher."""
    header, body = as_csv(DECIDED).split("\r\n", 1)
    assert read(f"{header}\r\n\r\n,,,\r\n{body}").frame[ROW].to_list() == [4, 5, 6]


def test_a_header_may_stand_below_other_rows(read: Read) -> None:
    """Somebody wrote a title above the table."""
    table = read(f"Monday's queue,,\r\n,,\r\n{as_csv(DECIDED)}")
    assert_is_decided(table)
    assert table.frame[ROW].to_list() == [4, 5, 6]


def test_a_header_in_the_middle_is_passed_over(read: Read) -> None:
    """It comes from pasting two tables; it is said."""
    text = as_csv(DECIDED[:1]) + as_csv(DECIDED[1:])
    table = read(text)
    assert_is_decided(table)
    assert table.frame[ROW].to_list() == [2, 4, 5]
    assert "Row 3: the header stands there once more" in table.remarks[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("joint", ["", "\r\n", "\ufeff", "\r\n\ufeff"])
def test_two_files_put_together_are_read(read: Read, separator: str, joint: str) -> None:
    """With other columns in another order, another separator, or without a line end between."""
    first, columns = as_csv(DECIDED[:1]).removesuffix("\r\n"), ["note", "decision", "id", "mine"]
    second = as_csv([row | {"mine": "x"} for row in DECIDED[1:]], columns, separator=separator)
    if not joint:
        second = as_csv(DECIDED[1:], separator=separator)
    table = read(first + joint + second)
    assert_is_decided(table)
    assert ("mine" in table.frame.columns) == bool(joint)


def test_sorted_and_filtered_rows_are_read(read: Read) -> None:
    """The order is the reviewer's, and what was filtered away is not there."""
    frame = read(as_csv(DECIDED[::-1][:2])).frame
    assert frame["id"].to_list() == [name(3), name(2)]


@pytest.mark.parametrize(
    "spelling",
    [
        " {} ", "\xa0{}", '"{}"', "'{}", "‘{}’", '="{}"', '"=""{}"""', "“{}”", "\ufeff{}",
        pytest.param("upper", id="upper case"),
    ],
)  # fmt: skip
def test_an_id_is_known_in_any_dress(read: Read, spelling: str) -> None:
    """Blanks, quotation marks, an apostrophe in front, a formula around it, upper case."""
    wanted = "c00000000000abcde"
    found = wanted.upper() if spelling == "upper" else spelling.format(wanted)
    table = read(f"id,decision\r\n{found},remove\r\n")
    assert table.frame.select("id", "decision").rows() == [(wanted, "remove")]


@pytest.mark.parametrize("given_id", ["", "c12", "12345678901234567", "x" + name(1), "total"])
def test_a_decision_without_an_id_is_named(read: Read, given_id: str) -> None:
    """It cannot be used, but it is told what was written there."""
    table = read(as_csv([cells(1), cells(2, id=given_id, decision="remove", note="spam")]))
    (problem,) = table.problems
    assert (problem.row, problem.line) == (3, 4)
    assert "comment id" in problem.problem
    assert "decision 'remove', note 'spam'" in problem.problem
    assert table.frame["id"].to_list() == [name(1)]


def test_changed_cells_are_kept_as_they_stand(read: Read) -> None:
    """Truth values, dates, smart quotes and blanks are a person's or a spreadsheet's wording."""
    changed = {"decision": " TRUE", "decided_at": "23/11/26 9:05 PM", "note": "\xa0“hm”… \n- x"}
    row = read(as_csv([cells(1, **changed)])).frame.row(0, named=True)
    assert {column: row[column] for column in changed} == changed


def test_a_cell_of_32_000_characters_is_read(read: Read) -> None:
    """Also when all of them are line ends."""
    long = [cells(1, text="x" * 32_000), cells(2, text="\n" * 32_000, decision="approve")]
    frame = read(as_csv(long)).frame
    assert frame["text"].str.len_chars().to_list() == [32_000, 32_000]


def test_two_rows_with_one_id_are_both_there(read: Read) -> None:
    """Which of them holds is not for the reader to say."""
    frame = read(as_csv([cells(1, decision="remove"), cells(1, decision="approve")])).frame
    assert frame["decision"].to_list() == ["remove", "approve"]


BROKEN = {
    "a quotation mark is gone": lambda row: row.replace('"Comm', "Comm", 1),
    "the text's end is gone": lambda row: row.replace('line;"', "line;", 1),
    "a quotation mark too many": lambda row: row.replace("50", '"50', 1),
    "a quotation mark in a decision": lambda row: row.replace("approve", '"approve'),
    "a separator too many": lambda row: row.replace(",", ",,", 1),
    "cut short": lambda row: row[:40] + "\r\n",
    "cut within its decision": lambda row: row[:26] + "\r\n",
    "a cell without end": lambda row: row.replace("page.txt", "x" * 200_000),
}


@pytest.mark.parametrize("breaking", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_one_broken_row_of_ten_thousand_costs_itself(
    read: Read, breaking: Callable[[str], str], quoting: int
) -> None:
    """Row 7,000 is named with its line and its id, and all the others are read."""
    rows = [as_csv([cells(n, decision="approve")], quoting=quoting) for n in range(2, 10_001)]
    header, bodies = rows[0].split("\r\n", 1)[0], [row.split("\r\n", 1)[1] for row in rows]
    bodies[6_998] = breaking(bodies[6_998])
    table = read(f"{header}\r\n{''.join(bodies)}")
    (problem,) = table.problems
    assert (problem.row, problem.line) == (7_000, 13_998)
    assert name(7_000) in problem.problem
    assert set(table.frame["id"]) == {name(n) for n in range(2, 10_001) if n != 7_000}
    assert table.frame[ROW].to_list() == [n for n in range(2, 10_001) if n != 7_000]


def test_what_was_decided_in_a_broken_row_is_told(read: Read) -> None:
    """A person can put it back by hand."""
    broken = as_csv([cells(1), cells(2, decision="remove", note="spam")])
    (problem,) = read(broken[: broken.rindex('"')] + broken[broken.rindex('"') + 1 :]).problems
    assert f"comment {name(2)}, decision 'remove', note 'spam'" in problem.problem


def test_a_lost_line_end_costs_nothing(read: Read) -> None:
    """Two rows on one line are told apart by the second one's id."""
    text = as_csv(DECIDED, line_end="\n")
    table = read(text.replace("\n" + name(2), name(2)).replace("\n" + name(3), name(3)))
    assert_is_decided(table)
    assert "Rows 2, 3: the next row stood on the same line" in table.remarks[0]


def test_rows_with_another_separator_are_read(read: Read) -> None:
    """As where rows of another file were pasted in."""
    pasted = as_csv(DECIDED[1:2], separator=";").split("\r\n", 1)[1]
    text = as_csv(DECIDED[:1]) + pasted + as_csv(DECIDED[2:]).split("\r\n", 1)[1]
    assert_is_decided(read(text))


def test_excel_may_leave_empty_cells_away_at_the_end(read: Read) -> None:
    """It does so in some rows of some files; the cells before them stand in their columns."""
    lines = as_csv(DECIDED).replace(",,\r\n", "\r\n")
    table = read(lines)
    assert_is_decided(table)
    assert "cells are missing at the end" in table.remarks[0]


def test_a_row_that_is_out_of_its_columns_is_not_taken_for_a_short_one(read: Read) -> None:
    """A lost separator moves the decision into another column."""
    text = as_csv([cells(1, decision="remove"), cells(2)]).replace(",remove,", "remove,", 1)
    table = read(text)
    assert [problem.row for problem in table.problems] == [2]
    assert table.frame["id"].to_list() == [name(2)]


def cut_points() -> list[int]:
    """Places in the bytes of `DECIDED` behind the header, one in each kind of cell."""
    data = as_csv(DECIDED).encode()
    return [data.index(mark) for mark in (b"lines, and", b"\x80\x9cquotes", b"really", b"page.txt")]


@pytest.mark.parametrize("place", cut_points())
def test_a_file_that_ends_too_soon_is_read_as_far_as_it_goes(read: Read, place: int) -> None:
    """Within a quoted cell, a character of several bytes, or a plain cell; the row is named."""
    data = as_csv(DECIDED).encode()
    table = read(data[: place + 1])
    whole = data[:place].count(b"\nc0") - 1
    assert len(table.frame) == whole
    assert [problem.row for problem in table.problems] == [whole + 2]
    assert "the file ends within it" in table.problems[0].problem


def test_a_zero_byte_costs_one_character(read: Read) -> None:
    """The row is read, the place is shown, and it is said."""
    table = read(as_csv(DECIDED).replace("really", "re\0ally"))
    assert table.frame["note"][2] == "fine; re\ufffdally"
    assert table.remarks == ("Row 4: some characters could not be read, and are shown as \ufffd.",)


def test_bytes_that_are_no_utf8_cost_one_character(read: Read) -> None:
    """Damage in one cell takes no other cell along."""
    table = read(as_csv(DECIDED).encode().replace(b"really", b"re\xffally"))
    assert table.frame["note"][2] == "fine; re\ufffdally"
    assert table.encoding == "utf-8"
    assert table.remarks[0].startswith("Row 4:")


def workbook(*names: str) -> bytes:
    """An archive with the parts of an office document."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in names:
            archive.writestr(
                part, "application/vnd.oasis.opendocument.spreadsheet"[: 99 * part[0].islower()]
            )
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\r\n \r\n", "is empty"),
        (workbook("[Content_Types].xml"), "Excel workbook .*CSV UTF-8"),
        (workbook("mimetype"), "LibreOffice workbook .*CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel workbook"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG picture"),
        (bytes(range(256)) * 40, "binary data"),
        (b"shopping,list\r\nmilk,1\r\n", "no row names the columns 'id' and 'decision'"),
        (b"id,priority\r\nc1,2\r\n", "no row names the columns 'id' and 'decision'"),
        (b'id,"priority,decision\r\n', "no row names"),
        (",".join(COLUMNS)[:40].encode(), "ends within its header"),
    ],
)
def test_what_is_no_queue_is_refused_in_a_sentence(read: Read, content: bytes, words: str) -> None:
    """The message says what the file is and what to do."""
    with pytest.raises(UsageError, match=words) as raised:
        read(content)
    assert str(raised.value).endswith(".")


def test_a_missing_queue_is_said(tmp_path: Path) -> None:
    """The name may be misspelt."""
    with pytest.raises(UsageError, match="There is no queue at"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(tmp_path)


def test_a_comment_that_imitates_a_row_is_no_row(read: Read) -> None:
    """Not even where the quotation mark before it was lost: a comment must not decide another."""
    forged = as_csv([cells(2, decision="approve")]).split("\r\n", 1)[1]
    rows = [cells(1, text=to_cell(f"Hello\n{forged}")), cells(2, decision="remove")]
    text = as_csv(rows)
    assert read(text).frame["decision"].to_list() == ["", "remove"]
    table = read(text.replace('"Hello', "Hello", 1))
    assert table.frame["decision"].to_list() == ["remove"]
    assert [problem.row for problem in table.problems] == [2]


@pytest.mark.parametrize(
    ("sound", "broken"),
    [(',"a', ',""a'), (',"a', ',x,"a'), ('",\r\n', ",\r\n"), (",,", ',","')],
    ids=["a doubled quotation mark", "a separator", "no end of a cell", "a comma in a cell"],
)
def test_the_work_grows_with_the_file_and_not_with_the_damage(
    read: Read, sound: str, broken: str
) -> None:
    """Ten thousand broken rows are named one by one, in little more time than sound ones take."""
    columns = ["id", "decision", "text", "note"]
    text = as_csv([cells(n, text=f"a, {n}") for n in range(10_000)], columns)
    begin = time.process_time()
    table = read(text.replace(sound, broken))
    assert time.process_time() - begin < 10
    assert len(table.problems) == 10_000
    assert table.frame.is_empty()


def test_an_id_behind_the_text_is_found_again_after_damage(read: Read) -> None:
    """Where the id is not on a row's first line, rows are told by their form."""
    columns = ["text", "note", "decision", "id", "source"]
    rows = [as_csv([cells(n, decision="approve")], columns) for n in range(500)]
    header, bodies = rows[0].split("\r\n", 1)[0], [row.split("\r\n", 1)[1] for row in rows]
    bodies[250] = bodies[250].replace('"', "", 1)
    table = read(f"{header}\r\n{''.join(bodies)}")
    assert [problem.row for problem in table.problems] == [252]
    assert name(250) not in table.frame["id"]
    assert len(table.frame) == 499


def test_the_parts_that_tell_rows_apart() -> None:
    """An id in its column begins a row; an id elsewhere does not."""
    found = find_header([",".join(COLUMNS) + "\n"])
    assert found is not None
    header, lines, row = found
    assert (header.id_at, header.is_led_by_id, lines, row) == (0, True, 1, 1)
    assert begins_row(f"{name(1)},50,\n", header)
    assert not begins_row(f"see {name(1)},50\n", header)
    assert not begins_row(f"{name(1)}\n", header)
    assert clean_id(" x ") is None


TEXTS = st.text(
    st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cs"]), max_size=40
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "decision": st.sampled_from(["", "approve", "remove", "escalate", "unsure"]),
            "note": TEXTS,
            "text": TEXTS,
            "reviewer": TEXTS,
            "mine": TEXTS,
        }
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(
    ROWS,
    st.permutations([*COLUMNS, "mine"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.randoms(use_true_random=False),
)
def test_any_text_survives_any_dialect(  # noqa: PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Cells],
    columns: list[str],
    separator: str,
    encoding: str,
    line_end: str,
    quoting: int,
    chance: random.Random,
) -> None:
    """Ids, decisions, notes and texts come back, whatever they hold and whatever was chosen."""
    written = [
        cells(n) | {"reasons": "insult"} | {key: to_cell(value) for key, value in row.items()}
        for n, row in enumerate(rows)
    ]
    chance.shuffle(written)
    text = as_csv(written, columns, separator=separator, line_end=line_end, quoting=quoting)
    path = tmp_path_factory.mktemp("dialect") / "queue.csv"
    path.write_bytes(text.encode(encoding, errors="replace"))
    table = read_table(path)
    assert not table.problems
    held = {row["id"]: row for row in written}
    assert set(table.frame["id"]) == set(held)
    for row in table.frame.iter_rows(named=True):
        if encoding == "cp1252" and not text.isascii():
            break  # what the encoding lacks was lost when the file was saved
        for column in ("note", "text", "reviewer", "mine"):
            assert from_cell(row[column]) == from_cell(held[row["id"]][column])
    decisions = read_decisions(table).decisions
    assert {key: one.verdict for key, one in decisions.items()} == {
        key: row["decision"] for key, row in held.items() if row["decision"]
    }


def office(folder: Path, source: str, target: str, *options: str) -> Path:
    """Let LibreOffice open a file and save it in another form."""
    command = [
        program("soffice"), f"-env:UserInstallation=file://{folder}/profile", "--headless",
        *options, "--convert-to", target, "--outdir", str(folder / "out"), source,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240, cwd=folder)
    return folder / "out" / f"{Path(source).stem}.{target.partition(':')[0]}"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A queue with traps and decisions, opened in LibreOffice: a folder with ``queue.ods``."""
    folder = tmp_path_factory.mktemp("office")
    rows = list(
        csv.DictReader(io.StringIO(queue_bytes(
            [queue_row_of(text, number) for number, text in enumerate(HOSTILE)]
        ).decode("utf-8-sig"), newline=""))
    )  # fmt: skip
    for number, row in enumerate(rows):
        row |= {
            "decision": "remove" if number % 2 else "",
            "note": to_cell(f"5 May: déjà vu\n{number}"),
        }
    (folder / "queue.csv").write_text(as_csv(rows), encoding="utf-8-sig", newline="")
    office(folder, "queue.csv", "ods", "--infilter=CSV:44,34,76,1")
    return folder / "out"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "encoding"),
    [
        ("59,34,1,1,,0,false,true", "cp1252"),
        ("9,34,65535,1,,0,true,true", "utf-16"),
        ("44,34,76,1,,0,true,true", "utf-8"),
    ],
    ids=["semicolons and Windows-1252", "tabs and UTF-16, all quoted", "commas, all quoted"],
)
def test_what_libreoffice_saves_is_read(sheet: Path, options: str, encoding: str) -> None:
    """The same ids, decisions and notes, in each form that its dialog offers."""
    path = office(sheet, "queue.ods", f"csv:Text - txt - csv (StarCalc):{options}")
    table = read_table(path)
    assert not table.problems
    assert table.encoding.startswith(encoding)
    frame = table.frame
    assert frame["id"].to_list() == [name(number) for number in range(len(HOSTILE))]
    assert frame["decision"].to_list() == [
        "remove" if number % 2 else "" for number in range(len(HOSTILE))
    ]
    assert [from_cell(note) for note in frame["note"]] == [
        f"5 May: déjà vu\n{number}" for number in range(len(HOSTILE))
    ]
    if encoding != "cp1252":
        texts = [queue_row_of(text, number).text for number, text in enumerate(HOSTILE)]
        assert [from_cell(cell) for cell in frame["text"]] == texts


@pytest.mark.slow
def test_a_trip_through_an_excel_workbook_changes_nothing(sheet: Path) -> None:
    """Saved as .xlsx, opened again and saved as CSV; the workbook itself is refused with advice."""
    workbook_path = office(sheet, "queue.ods", "xlsx")
    with pytest.raises(UsageError, match=r"Excel workbook \(.xlsx\).*CSV UTF-8"):
        read_table(workbook_path)
    with pytest.raises(UsageError, match=r"LibreOffice workbook \(.ods\)"):
        read_table(sheet / "queue.ods")
    path = office(sheet / "out", "queue.xlsx", "csv:Text - txt - csv (StarCalc):59,34,76,1")
    frame = read_table(path).frame
    texts = [queue_row_of(text, number).text for number, text in enumerate(HOSTILE)]
    assert [from_cell(cell) for cell in frame["text"]] == texts
    assert frame["id"].to_list() == [name(number) for number in range(len(HOSTILE))]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs the memory that a process has used")
def test_a_large_queue_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """Two hundred thousand rows of 450 bytes with an emoji each: no text of four bytes a letter."""
    path, long = tmp_path / "queue.csv", "a comment, neither long nor short 🙂 " * 6
    header, row = as_csv([cells(0, text=long, decision="approve")]).split("\r\n", 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\r\n")
        file.writelines(row.replace(name(0), name(number)) for number in range(200_000))
    script = (
        "import pathlib, re, sys\nfrom moderation.review_queue.reading import read_table\n"
        "table = read_table(pathlib.Path(sys.argv[1]))\n"
        # The peak of this process alone: getrusage also counts that of the one it came from.
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(len(table.frame), int(re.search(r'VmHWM:\\s*(\\d+)', status)[1]) // 1024)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows, megabytes = map(int, run.stdout.split())
    assert rows == 200_000
    assert megabytes < 400


def test_another_limit_for_cells_changes_nothing(read: Read) -> None:
    """The csv module has one for the whole process, which other programs raise."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        broken = as_csv([cells(1)]).replace("page.txt", "x" * 200_000)
        (problem,) = read(broken).problems
        assert "131,072" in problem.problem
        assert csv.field_size_limit() == 2**31 - 1
    finally:
        csv.field_size_limit(before)
