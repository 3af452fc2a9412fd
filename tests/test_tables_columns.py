"""Columns are named by the user or guessed, and every guess is shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import UsageError
from moderation.files import (
    AmbiguousColumns,
    ColumnNames,
    NoTextColumn,
    choose_columns,
    parse_columns,
)
from moderation.files.columns import ROLES

CASES = json.loads(
    (Path(__file__).parent / "cases" / "sources" / "columns.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_columns_are_guessed(case: dict[str, Any]) -> None:
    """By names in several languages, by contents where no name helps, and never by lot."""
    columns, rows = case["columns"], [case["row"]] * 3
    if "error" in case:
        with pytest.raises((NoTextColumn, AmbiguousColumns)) as error:
            choose_columns(columns, rows)
        assert type(error.value).__name__ == case["error"]
        assert all(repr(column) in str(error.value) for column in columns)
        return
    chosen = choose_columns(columns, rows)
    places = {role: getattr(chosen, role) for role in ROLES}
    found = {role: columns[place] for role, place in places.items() if place is not None}
    assert found == case["chosen"]
    assert chosen.guessed


def test_a_guess_is_shown_and_so_is_what_was_named() -> None:
    """The receipt tells which columns were read, and which of them nobody named."""
    columns, rows = ["body", "user", "when"], [["So it is.", "ann", "x"]]
    guessed = choose_columns(columns, rows)
    assert guessed.shown == 'columns: text = "body", author = "user" (guessed)'
    partly = choose_columns(columns, rows, ColumnNames(text="body", time="when"))
    assert partly.shown == (
        'columns: text = "body", author = "user", time = "when" (author guessed)'
    )
    told = choose_columns(columns, rows, ColumnNames(text="when", author=""))
    assert told.shown == 'columns: text = "when" (as named)'
    assert not told.guessed


def test_a_column_may_be_named_by_its_number_or_in_another_case() -> None:
    """A table without a header has nothing but numbers; nobody should have to copy capitals."""
    columns, rows = ["1", "2", "Body "], [["a", "b", "c"]]
    assert choose_columns(columns, rows, ColumnNames(text="body")).text == 2
    assert choose_columns(columns, rows, ColumnNames(text="2")).text == 1
    assert choose_columns(["a", "b", "c"], rows, ColumnNames(text="3")).text == 2


def test_an_empty_name_turns_a_guess_off() -> None:
    """A column that is called like an id and is none can be left out."""
    chosen = choose_columns(["text", "id"], [["So it is.", "5"]], ColumnNames(id=""))
    assert chosen.id is None


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    """The message is enough to correct the option."""
    with pytest.raises(NoTextColumn, match=r"no column 'txt' in it. Its columns are 'a', 'b'"):
        choose_columns(["a", "b"], [["x", "y"]], ColumnNames(text="txt"))


def test_the_option_is_read() -> None:
    """Roles and columns, with room for a comma inside a name."""
    assert parse_columns("text=body, id=cid") == ColumnNames(text="body", id="cid")
    assert parse_columns('"text=Your view, please",author=') == ColumnNames(
        text="Your view, please", author=""
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("body", r"'body' names no column. Write ROLE=COLUMN"),
        ("txt=body", r"Roles are text, id, author, time, parent, article"),
        ("text=a,text=b", r"The column for text is named twice: 'a', 'b'"),
        ("text=", r"holds no comments; name one: text=COLUMN"),
    ],
)
def test_a_wrong_option_says_how_to_write_it(option: str, message: str) -> None:
    """The library's own error, ready to be shown."""
    with pytest.raises(UsageError, match=message):
        parse_columns(option)
