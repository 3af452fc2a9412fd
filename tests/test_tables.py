"""CSV and TSV files become comments, a thousand rows at a time, and no row is lost silently."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.files import ColumnNames, UnreadablePage, open_file
from moderation.records import comment_id
from moderation.sources import PagePath, find_pages
from moderation.tables import ROWS_IN_A_PORTION, read_table
from moderation.tables.replies import REMEMBERED, Known, Replies
from moderation.tables.seen import Identity, Seen

from .reading_files import read_file


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_row_becomes_a_comment(tmp_path: Path) -> None:
    """Text, author, time and the site's own number, each from its column."""
    table = write(
        tmp_path / "c.csv", 'id,author,date,comment\n7,Ann,2024-01-01,"Well, ""yes"".\nIndeed."\n'
    )
    was = read_file(table)
    (comment,) = was.comments
    assert comment.text == 'Well, "yes".\nIndeed.'
    assert (comment.number, comment.site_number) == (1, 7)
    assert (comment.author, comment.posted_at) == ("Ann", "2024-01-01")
    assert comment.id == comment_id("c.csv", "Ann", "2024-01-01", comment.text, own_id="7")
    (page,) = was.finished
    assert (page.id, page.source, page.media_type) == ("c.csv", str(table), "text/csv")
    assert page.encoding == "utf-8"
    assert page.receipt.message == "1 comment found in the rows of a table."
    shown = 'columns: text = "comment", id = "id", author = "author", time = "date" (guessed)'
    assert page.receipt.evidence == (shown, "delimiter: comma")
    assert page.warnings == (shown,)


@pytest.mark.parametrize(
    ("text", "encoding", "read_as"),
    [
        ("id,comment\n1,Grüße\n2,Ja\n", "utf-8-sig", "utf-8-sig"),
        ("id;comment\r\n1;Grüße\r\n2;Ja\r\n", "cp1252", "cp1252"),
        ("id\tcomment\n1\tGrüße\n2\tJa\n", "utf-16", "utf-16"),
        ("id|comment\n1|Grüße\n2|Ja\n", "utf-16-le", "utf-16-le"),
        ("sep=;\r\nid;comment\r\n1;Grüße\r\n2;Ja\r\n", "utf-8", "utf-8"),
        ("id,comment\r1,Grüße\r2,Ja\r", "utf-8", "utf-8"),
        ('"id","comment"\n\n"1","Grüße"\n\n"2","Ja"\n', "utf-8", "utf-8"),
    ],
)
def test_a_table_is_read_however_it_was_saved(
    tmp_path: Path, text: str, encoding: str, read_as: str
) -> None:
    """By Excel on Windows, an old Macintosh, or a database."""
    was = read_file(write(tmp_path / "table", text, encoding))
    assert was.texts == ["Grüße", "Ja"]
    assert was.finished[0].encoding == read_as


def test_an_encoding_is_told_late_in_a_file(tmp_path: Path) -> None:
    """The first letter that is not ASCII may stand behind a megabyte of those that are."""
    text = "id,comment\n" + "".join(f"{n},plain words here\n" for n in range(60_000)) + "x,Grüße\n"
    was = read_file(write(tmp_path / "c.csv", text, "cp1252"))
    assert was.texts[-1] == "Grüße"
    assert "it is not UTF-8; read as Windows-1252" in was.warnings
    damaged = text.replace("plain", "plaiñ").encode() + b"y,bad \xff byte\n"
    (tmp_path / "d.csv").write_bytes(damaged)
    was = read_file(tmp_path / "d.csv")
    assert was.texts[-2:] == ["Grüße", "bad \N{REPLACEMENT CHARACTER} byte"]
    assert any("are not UTF-8" in warning for warning in was.warnings)


def test_rows_of_other_widths_are_read_and_named(tmp_path: Path) -> None:
    """By their lines, as an editor shows them."""
    was = read_file(
        write(tmp_path / "c.csv", 'id,comment,likes\n1,"One\nof two",2\n2,Two\n3,Three,4,5\n4,,1\n')
    )
    assert was.texts == ["One\nof two", "Two", "Three"]
    assert was.warnings[1:] == [
        "1 row with fewer cells than the table has columns (line 4)",
        "1 row with more cells than the table has columns, so some may be shifted (line 5)",
        "1 row without text (line 6)",
    ]
    assert [comment.number for comment in was.comments] == [1, 2, 3]


def test_a_row_whose_text_may_be_cut_short_is_no_clean_read(tmp_path: Path) -> None:
    """A comma without quotes moves half of the text to where nobody looks."""
    rows = "id,comment,author\n1,You are kind, I think,Bob\n2,Two,Ann\n"
    was = read_file(write(tmp_path / "c.csv", rows))
    assert was.texts == ["You are kind", "Two"]
    assert was.failure.startswith("not all of it was read: 1 row with more cells")
    was = read_file(write(tmp_path / "d.csv", "id,comment,author\n1,One,Bob,\n2,Two,Ann,\n"))
    assert was.texts == ["One", "Two"]
    assert not was.failure


@pytest.mark.parametrize(
    "rows",
    [
        "id,comment,author\n" + "".join(f"{n},Fine words,Ann,\n" for n in range(9)),
        "id,comment,author,likes,flags\n" + "".join(f"{n},Fine words,Ann\n" for n in range(9)),
    ],
)
def test_a_known_header_makes_a_table_of_rows_of_another_width(tmp_path: Path, rows: str) -> None:
    """Some programs end each row with a delimiter, or leave off cells that are empty."""
    was = read_file(write(tmp_path / "c.csv", rows))
    assert was.texts == ["Fine words"] * 9
    assert not was.failure


def test_commas_in_an_unquoted_text_at_the_end_belong_to_it(tmp_path: Path) -> None:
    """Who joins cells by hand seldom quotes the last."""
    rows = "".join(f"{n},Ann,Fine words\n" for n in range(8))
    was = read_file(
        write(tmp_path / "c.csv", f"id,author,comment\n{rows}9,Bob,Well, yes, indeed\n")
    )
    assert was.texts[-1] == "Well, yes, indeed"
    assert len(was.warnings) == 1


def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path) -> None:
    """What came before is kept; the rest is a failure, not one comment of the rest."""
    rows = "".join(f'{n},"Fine words"\n' for n in range(2000))
    tail = "".join(f"{n},and so on and on and on and on\n" for n in range(200_000))
    was = read_file(write(tmp_path / "c.csv", f'id,comment\n{rows}x,"Open\n{tail}'))
    assert len(was.comments) == 2000
    assert re.match(
        r"it breaks off: the row that begins on line 2,002 cannot be read .* a quotation mark may "
        r"be missing there. The 2,000 comments before are kept",
        was.failure,
    )


@pytest.mark.parametrize(
    ("text", "texts", "warning"),
    [
        (
            'id,comment\n1,Fine\n2,"Open, she said\n3,Three\n\n4,Four',
            ["Fine", '"Open, she said', "Three", "Four"],
            "line 3 is never closed; it was taken as a character, and what stands behind it as "
            "2 rows",
        ),
        (
            'comment,id\n"Two\nlines, ""so""",1\n"Op""en,2\nThree,3\n',
            ['Two\nlines, "so"', '"Op""en', "Three"],
            "line 4 is never closed; it was taken as a character, and what stands behind it as "
            "1 row",
        ),
        (
            'sep=;\nname;comment;id\n"A\nB";"Open;2\nC;Three;3\n',
            ['"Open', "Three"],
            "line 4 is never closed; it was taken as a character, and what stands behind it as "
            "1 row",
        ),
        (
            'id,comment\n1,Fine\n2,"A comment, of some lines,\nof which the last\nis cut',
            ["Fine", "A comment, of some lines,\nof which the last\nis cut"],
            "line 3 is never closed; all from there to the end of the file is one cell",
        ),
        (
            'id,comment\n1,Fine\n2,"Cut, here',
            ["Fine", "Cut, here"],
            "line 3 is never closed; all from there to the end of the file is one cell",
        ),
        ('id,comment\n1,Fine\n2,"Two\nlines"', ["Fine", "Two\nlines"], ""),
    ],
)
def test_a_quote_that_is_open_at_the_end_swallows_no_row(
    tmp_path: Path, text: str, texts: list[str], warning: str
) -> None:
    """The rows behind it are read as rows, and the line where it opens is said."""
    was = read_file(write(tmp_path / "c.csv", text))
    assert was.texts == texts
    said = [one for one in was.warnings if "quotation mark" in one]
    assert said == ([f"the quotation mark that opens on {warning}"] if warning else [])


def test_a_quote_that_a_later_one_closes_is_named(tmp_path: Path) -> None:
    """Several rows are read as one, which is said; quotes that are doubled are no cause for it."""
    text = 'id,comment\n1,"Two\nlines, ""so"""\n2,"Open\n3,Three\n4,"Four"\n5,"Five"\n'
    was = read_file(write(tmp_path / "c.csv", text))
    assert was.texts == ['Two\nlines, "so"', 'Open\n3,Three\n4,Four"', "Five"]
    (said,) = (one for one in was.warnings if "quotation mark" in one)
    assert said.startswith("1 row of several lines with a bare quotation mark inside quotes")
    assert said.endswith("(line 4)")


@settings(max_examples=100)
@given(
    st.lists(st.text(alphabet='a"\n, ', min_size=1, max_size=8), min_size=1, max_size=9),
    st.data(),
)
def test_no_row_is_lost_to_a_quote_that_is_never_closed(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], data: st.DataObject
) -> None:
    """Whatever quoted cells stand before it: all plain rows behind it come back."""
    folder = tmp_path_factory.mktemp("quotes")
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows([text, "Ann"] for text in texts)
    behind = data.draw(st.integers(1, 9))
    tail = "".join(f"row {number},Bob\n" for number in range(behind))
    path = write(folder / "c.csv", f'comment,author\n{rows.getvalue()}"open,Cy\n{tail}')
    was = read_file(path)
    assert was.texts[-behind - 1 :] == ['"open', *(f"row {number}" for number in range(behind))]
    assert len(was.comments) == sum(bool(text.strip()) for text in texts) + 1 + behind


def test_the_parsers_limit_is_put_back(tmp_path: Path) -> None:
    """It is one for the whole process, and others rely on it."""
    before = csv.field_size_limit()
    was = read_file(write(tmp_path / "c.csv", f'id,comment\n1,"{"long " * 60_000}"\n2,short\n'))
    assert len(was.texts[0]) == 300_000
    assert csv.field_size_limit() == before


def test_backslashes_before_quotes_are_told(tmp_path: Path) -> None:
    """As databases write CSV."""
    text = 'id,comment,likes\n1,"He said \\"no\\", twice",0\n2,"Yes",1\n'
    assert read_file(write(tmp_path / "c.csv", text)).texts == ['He said "no", twice', "Yes"]


def test_a_table_without_a_header_needs_its_columns_named_by_number(tmp_path: Path) -> None:
    """Unless one column alone is words."""
    rows = "".join(f'{n},2024-01-0{n},"These are the words of number {n}"\n' for n in range(1, 8))
    was = read_file(write(tmp_path / "c.csv", rows))
    assert len(was.comments) == 7
    assert (
        "no header, so columns are called by their numbers" in was.finished[0].receipt.evidence[1]
    )
    was = read_file(tmp_path / "c.csv", ColumnNames(text="2"))
    assert was.texts[0] == "2024-01-01"


def test_an_ambiguous_table_lists_its_columns_and_the_option(tmp_path: Path) -> None:
    """A guess by lot would scan the wrong column in silence."""
    table = write(tmp_path / "c.csv", "text,body\nOne here,two there\n")
    was = read_file(table)
    assert was.failure == (
        "it is a CSV table: the comments' text may be in 'text' or 'body'. Its columns are 'text', "
        "'body'. Name the right one: --columns text=text"
    )
    assert read_file(table, ColumnNames(text="body")).texts == ["two there"]


def test_articles_are_documents_of_their_own(tmp_path: Path) -> None:
    """Each is finished once, behind the last comment, and shown behind the file's path."""
    table = write(
        tmp_path / "c.csv",
        "article_id,comment\na 1,One\nb,Two\na 1,One\n,Four\n" + f"{'long ' * 100},Five\n",
    )
    was = read_file(table)
    assert [c.document_id for c in was.comments][:4] == [
        "c.csv#a 1",
        "c.csv#b",
        "c.csv#a 1",
        "c.csv",
    ]
    assert len(was.comments[4].document_id) < 120
    assert [page.receipt.found for page in was.finished] == [2, 1, 1, 1]
    assert was.finished[0].source == f"{table}#a 1"
    assert not was.portions[0].finished


def test_equal_comments_are_told_apart(tmp_path: Path) -> None:
    """By the table's own ids, or else as copies in the order in which they come."""
    with_ids = read_file(write(tmp_path / "a.csv", "id,comment\n1,Same\n2,Same\n2,Same\n"))
    copies = read_file(write(tmp_path / "b.csv", "who,comment\nx,Same\ny,Same\nz,Same\n"))
    assert [comment.id for comment in copies.comments] == [
        comment_id("b.csv", None, None, "Same", copy) for copy in range(3)
    ]
    assert with_ids.comments[0].id == comment_id("a.csv", None, None, "Same", own_id="1")
    assert with_ids.comments[2].id == comment_id("a.csv", None, None, "Same", 1, own_id="2")


def test_an_id_holds_when_rows_are_added_before_it(tmp_path: Path) -> None:
    """The next export of a growing site begins with the newest."""
    write(tmp_path / "c.csv", "id,comment\n1,One\n2,Two\n")
    first = read_file(tmp_path / "c.csv").comments
    write(tmp_path / "c.csv", "id,comment\n3,Two\n1,One\n2,Two\n")
    assert [comment.id for comment in read_file(tmp_path / "c.csv").comments[1:]] == [
        comment.id for comment in first
    ]


def test_replies_find_their_parents(tmp_path: Path) -> None:
    """Whatever stands for none, and with what frames and Reddit add to an id."""
    table = write(
        tmp_path / "c.csv",
        "id,parent_id,comment\n1,,Top\n2,1,Reply\n3,2.0,Deeper\n4,0,Top too\n5,t1_1,Reply too\n"
        "6,99,Orphan\n7,7,Itself\n8,t3_1,To the article\n",
    )
    was = read_file(table)
    names = {comment.id: comment.site_number for comment in was.comments}
    parents = [names.get(comment.parent_id or "") for comment in was.comments]
    assert parents == [None, 1, 2, None, 1, None, None, None]
    assert [comment.level for comment in was.comments] == [0, 1, 2, 0, 1, 0, 0, 0]
    assert was.warnings[1:] == ["1 comment replies to one that was not read before"]


def test_parents_are_remembered_for_a_hundred_thousand_comments() -> None:
    """And memory is not filled with the rest."""
    replies = Replies()
    for number in range(3 * REMEMBERED):
        replies.remember(str(number), Known(f"c{number}", 0))
    assert replies.parent(str(2 * REMEMBERED + 1)) == Known(f"c{2 * REMEMBERED + 1}", 0)
    assert replies.parent("5") is None
    assert replies.warning() == "1 comment replies to one that was not read before"


def test_portions_hold_a_thousand_rows(tmp_path: Path) -> None:
    """Neither more nor fewer, whatever the machine; the end comes by itself."""
    rows = "".join(f"{n},word {n}\n" for n in range(2500))
    was = read_file(write(tmp_path / "c.csv", f"id,comment\n{rows}"))
    assert [len(portion.comments) for portion in was.portions] == [1000, 1000, 500, 0]
    assert ROWS_IN_A_PORTION == 1000
    assert [comment.number for comment in was.comments] == list(range(1, 2501))


def test_a_table_of_nothing_is_a_page_of_nothing(tmp_path: Path) -> None:
    """An export of a day without comments is no failure."""
    was = read_file(write(tmp_path / "c.csv", "id,author,comment\n"))
    assert not was.comments
    assert was.finished[0].receipt.message == "0 comments found in the rows of a table."


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    """Ten times the rows cost eight bytes a row and no more."""

    def peak(count: int) -> int:
        with (tmp_path / "c.csv").open("w") as file:
            file.write("comment,user\n")
            file.writelines(f"this is what number {n} said of it,ann\n" for n in range(count))
        (page,) = find_pages([tmp_path / "c.csv"]).pages
        tracemalloc.start()
        with open_file(page) as opened:
            for portion in read_table(opened):
                assert portion.sources or portion.finished
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak_bytes

    peak(1000)  # what is imported and built once counts for neither
    assert peak(30_000) - peak(3_000) < 1_500_000


def test_a_file_that_has_gone_is_unreadable(tmp_path: Path) -> None:
    """Between listing and reading."""
    page = PagePath(id="c.csv", source="c.csv", path=tmp_path / "c.csv")
    with pytest.raises(UnreadablePage, match="No such file"), open_file(page):
        pass


letters = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"',;|")
cells = st.text(letters, max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), max_size=30),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    delimiter: str,
    line_end: str,
) -> None:
    """Whatever stands in the cells, every row is a comment or counted as one without text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("comment_text", "author"), *rows])
    path = tmp_path_factory.mktemp("csv") / "c.csv"
    path.write_bytes(file.getvalue().encode())
    was = read_file(path, ColumnNames(text="comment_text"))
    assert was.texts == [text for text, _ in rows if text.strip() and text != "\\N"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 7))
def test_copies_are_counted_the_same_in_portions_of_any_size(picks: list[int], size: int) -> None:
    """As a dictionary of all comments would count them."""
    identities = [
        Identity(document_id="d", author=None, posted_at=None, text=f"text {pick}")
        for pick in picks
    ]
    seen = Seen()
    names = [
        name
        for start in range(0, len(identities), size)
        for name in seen.ids(identities[start : start + size])
    ]
    counts: dict[int, int] = {}
    for pick, identity, name in zip(picks, identities, names, strict=True):
        assert name == identity.id(counts.get(pick, 0))
        counts[pick] = counts.get(pick, 0) + 1
