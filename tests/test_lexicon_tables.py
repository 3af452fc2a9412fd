"""The term tables: what is wrong with one is said with file, line and column."""

from pathlib import Path

import pytest

from moderation.errors import LexiconError
from moderation.lexicon import read_table
from moderation.lexicon.tables import parse_table

HEAD = "term,forms,category,target,severity,ambiguity,certainty\n"
GOOD = "glorbak,glorbaks | glorbaki,ethnicity,Martians,3,,\n"


def problem(text: str) -> str:
    """What the reader says about a table."""
    with pytest.raises(LexiconError) as error:
        parse_table(text, "xx.csv", "xx")
    return str(error.value)


def test_a_good_table_is_read() -> None:
    """Every cell becomes a field; empty ones have their defaults."""
    (term,) = parse_table(HEAD + GOOD, "xx.csv", "xx")
    assert term.forms == ("glorbak", "glorbaks", "glorbaki")
    assert (term.language, term.severity, term.ambiguity) == ("xx", 3, "never innocent")
    assert term.is_slur


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("blarf,,ethnicity,Martians,5,,", "xx.csv, line 3, column 'severity': '5' is not a whole"),
        ("blarf,,ethnicity,Martians,mild,,", "xx.csv, line 3, column 'severity': 'mild' is not"),
        ("blarf,,colour,Martians,3,,", "xx.csv, line 3, column 'category': 'colour' is none of"),
        ("blarf,,ethnicity,,3,,", "xx.csv, line 3, column 'target': it is empty"),
        (",,ethnicity,Martians,3,,", "xx.csv, line 3, column 'term': it is empty"),
        ("blarf,,ethnicity,Martians,3,maybe,", "xx.csv, line 3, column 'ambiguity': 'maybe' is"),
        ("blarf,,ethnicity,Martians,3,,perhaps", "xx.csv, line 3, column 'certainty': 'perhaps'"),
        ("blarf,a/b,ethnicity,Martians,3,,", "xx.csv, line 3, column 'forms': 'a/b' may hold"),
        ("blarf,*a*,ethnicity,Martians,3,,", "xx.csv, line 3, column 'forms': the pattern '*a*'"),
        ("blarf,bla[rf,ethnicity,Martians,3,,", "xx.csv, line 3, column 'forms': the pattern"),
        ("b,,ethnicity,Martians,3,,", "xx.csv, line 3, column 'forms': 'b' is too short"),
        ("glorbak,,ethnicity,Martians,3,,", "xx.csv, line 3, column 'term': 'glorbak' stands in"),
        ("blarf,,ethnicity,Martians,3,,,,", "xx.csv, line 3: 9 cells where the head has 7"),
        ("blarf,,ethnicity", "xx.csv, line 3: 3 cells where the head has 7"),
        ('blarf,"un"closed,ethnicity,Martians,3,,', "xx.csv, line 3: this is not a CSV row"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_column(row: str, message: str) -> None:
    """The message begins with the place."""
    assert problem(HEAD + GOOD + row + "\n").startswith(message)


def test_the_line_is_the_line_of_the_file() -> None:
    """Blank lines and cells of several lines are counted as an editor counts them."""
    text = HEAD + '\nglorbak,"glorbaks |\nglorbaki",ethnicity,Martians,3,,\n\nblarf,,colour,x,3,,\n'
    assert problem(text).startswith("xx.csv, line 6, column 'category'")


def test_the_head_must_name_known_columns_once() -> None:
    """A misspelled column would be an option that does nothing."""
    assert "column 'sevrity': there is no such column" in problem("term,sevrity\n")
    assert "column 'term': it stands there twice" in problem("term,term\n")
    assert "column 'target': it is missing" in problem("term,forms,category,severity\n")
    assert "is empty" in problem("")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A missing file and one in another encoding say so."""
    with pytest.raises(LexiconError, match="cannot be read"):
        read_table(tmp_path / "missing.csv")
    path = tmp_path / "en.csv"
    path.write_bytes(HEAD.encode() + b"gl\xf6rb,,ethnicity,Martians,3,,\n")
    with pytest.raises(LexiconError, match="is not UTF-8"):
        read_table(path)


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """A byte-order mark and Windows line ends are no obstacle; the name gives the language."""
    path = tmp_path / "en-desk.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + GOOD).replace("\n", "\r\n").encode())
    (term,) = read_table(path)
    assert term.language == "en"
