"""Cells that a spreadsheet shows whole, runs never and keeps as they are."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.review_queue.cells import LONGEST_CELL, from_cell, to_cell

DANGEROUS_STARTS = tuple("=+-@＝＋－＠")


@given(st.text(max_size=200))
@example("⟦U+202E⟧ written by hand")
@example("⟦U+⟦U+202E⟧\u202e")
@example("''=1")
@example(" '=1")
@example("'5 May")
@example("\r\n\x00\ufeff")
def test_a_cell_gives_back_its_text(text: str) -> None:
    """Reading undoes writing, for any text at all."""
    assert from_cell(to_cell(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\n;5⟦U+2E⟧\u202ea"), max_size=12))
def test_a_cell_gives_back_a_text_of_nothing_but_traps(text: str) -> None:
    """Marks, apostrophes and the escape's own letters in any order are told apart."""
    assert from_cell(to_cell(text)) == text


@given(st.sampled_from(DANGEROUS_STARTS), st.sampled_from(["", " ", "\t", "\n"]), st.text())
def test_no_cell_can_run(sign: str, space: str, rest: str) -> None:
    """A cell never begins with what a spreadsheet runs, not even behind white space."""
    assert not to_cell(space + sign + rest).lstrip().startswith(DANGEROUS_STARTS)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("fine\n=1+1\n- and a list", "fine\n'=1+1\n'- and a list"),
        ("nice;=1+1;bye", "nice;⟦U+003D⟧1+1;bye"),
        ("joke ;-) or ;-(", "joke ;-) or ;-("),
    ],
)
def test_no_part_of_a_cell_can_run(text: str, cell: str) -> None:
    """Where spreadsheets expect semicolons, a cell is cut at them and at line ends."""
    assert to_cell(text) == cell
    assert from_cell(cell) == text


@pytest.mark.parametrize(
    "text", ["007", "1e5", "5 May", "12/05", "3.1", "TRUE", "20 %", "Mon, 3 Mar 2024", "1,000"]
)
def test_a_look_alike_is_marked_as_text(text: str) -> None:
    """What a spreadsheet would turn into a number, a date or a truth value gets an apostrophe."""
    assert to_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Hello.", "I am 5 and a half", "'tis the season", "true story"])
def test_plain_words_stay_plain(text: str) -> None:
    """Nothing is put in front of an ordinary comment."""
    assert to_cell(text) == text


@pytest.mark.parametrize("invisible", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x07", "\u200d"])
def test_the_invisible_is_shown(invisible: str) -> None:
    """Controls and zero-width characters are written out where a reader can see them."""
    assert to_cell(f"a{invisible}b") == f"a⟦U+{ord(invisible):04X}⟧b"


@pytest.mark.parametrize("text", ["👩‍👩‍👧 family", "❤️‍🔥", "می‌خواهم", "क्‍ष"])
def test_joiners_that_writing_needs_stay(text: str) -> None:
    """Emoji, Persian and Hindi need their joiners; hiding nothing, they are left alone."""
    assert to_cell(text) == text


def test_a_text_too_long_for_a_cell_says_so() -> None:
    """Excel splits cells beyond 32,767 characters; ours ends with a count of what is elsewhere."""
    cell = to_cell("x" * 40_000)
    assert len(cell) < 32_767
    assert cell.endswith(f"[…{40_000 - LONGEST_CELL:,} more characters: see the scores file]")


@given(st.lists(st.text(max_size=50), min_size=1))
def test_a_row_of_cells_survives_csv(texts: list[str]) -> None:
    """Quotes, commas and line ends inside cells come back as they were."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow([to_cell(text) for text in texts])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [from_cell(cell) for cell in row] == texts
