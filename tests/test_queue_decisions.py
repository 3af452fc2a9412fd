"""What people decided is taken out of a queue; what they contradict is shown, not settled."""

import polars
import pytest

from moderation.records import Decision
from moderation.review_queue import COLUMNS, QueueTable, read_decisions
from moderation.review_queue.decisions import Conflict, UnknownVerdict, joined, verdicts_in
from moderation.review_queue.reading import ROW

ONE, TWO = "c0000000000000001", "c0000000000000002"


def table(*rows: dict[str, str]) -> QueueTable:
    """A queue of rows that say only what a test is about; each is of comment `ONE` at first."""
    cells = [dict.fromkeys(COLUMNS, "") | {"id": ONE} | row for row in rows]
    frame = polars.DataFrame(cells, schema=dict.fromkeys(COLUMNS, polars.String))
    numbers = polars.Series(ROW, range(2, len(rows) + 2), dtype=polars.Int64)
    return QueueTable(frame=frame.with_columns(numbers))


def test_a_decision_is_taken_out_with_what_belongs_to_it() -> None:
    """Texts come without the marks that keep a spreadsheet from changing them."""
    found = read_decisions(
        table(
            {
                "decision": " Delete. ",
                "note": "'007",
                "reviewer": "Zoë",
                "decided_at": "'5 May",
                "decided_with": TWO,
            }
        )
    )
    assert found.decisions == {
        ONE: Decision(
            comment_id=ONE,
            verdict="remove",
            reviewer="Zoë",
            decided_at="5 May",
            note="007",
            decided_with=TWO,
        )
    }
    assert (found.unknown, found.conflicts, found.taken_back) == ((), (), frozenset())


def test_a_row_without_a_decision_is_none() -> None:
    """A note, a reviewer or a date alone decides nothing."""
    found = read_decisions(table({"note": "look", "reviewer": "Zoë"}, {"id": TWO}))
    assert found.decisions == {}
    assert found.taken_back == frozenset()


@pytest.mark.parametrize("word", ["banana", "yes", "TRUE", "approve | banana", "remove?"])
def test_an_unknown_word_is_reported_with_its_row(word: str) -> None:
    """It is kept as it stands, and decides nothing."""
    found = read_decisions(table({"id": TWO}, {"decision": word}))
    assert found.unknown == (UnknownVerdict(row=3, comment_id=ONE, word=word),)
    assert found.decisions == {}


@pytest.mark.parametrize("blank", [" ", "\xa0", "\x1c", "\x85", "\n"])
def test_a_blank_cell_is_an_empty_one(blank: str) -> None:
    """Whatever kind of blank it is, and around a word too."""
    assert read_decisions(table({"decision": blank})) == read_decisions(table({}))
    assert read_decisions(table({"decision": f"{blank}ok{blank}"})).decisions[ONE]


def test_two_rows_that_differ_are_a_conflict() -> None:
    """Rows, verdicts and reviewers are told; none of the verdicts holds."""
    found = read_decisions(
        table(
            {"decision": "weg", "reviewer": "Zoë"},
            {"id": TWO, "decision": "approve"},
            {"decision": "ok", "reviewer": "Ali"},
            {"note": "no verdict"},
        )
    )
    assert found.conflicts == (
        Conflict(
            comment_id=ONE,
            rows=(2, 4),
            verdicts=("approve", "remove"),
            reviewers=("Zoë", "Ali"),
        ),
    )
    assert set(found.decisions) == {TWO}


def test_two_rows_that_agree_are_one_decision() -> None:
    """Both notes and both names are kept, each once."""
    found = read_decisions(
        table(
            {"decision": "remove", "note": "spam", "reviewer": "Zoë", "decided_with": TWO},
            {"decision": "delete", "note": "seen before", "reviewer": "Ali"},
            {"decision": "remove", "note": "spam", "reviewer": "Zoë"},
        )
    )
    decision = found.decisions[ONE]
    assert decision.verdict == "remove"
    assert (decision.note, decision.reviewer) == ("spam | seen before", "Zoë | Ali")
    assert decision.decided_with == ""


@pytest.mark.parametrize("order", [1, -1])
def test_one_decided_row_and_an_empty_one_are_a_decision(order: int) -> None:
    """In either order, and with the note of the empty one."""
    rows = [{"decision": "approve", "note": "a"}, {"note": "b", "decided_under": "old"}]
    found = read_decisions(table(*rows[::order]))
    assert found.decisions[ONE].verdict == "approve"
    assert set(found.decisions[ONE].note.split(" | ")) == {"a", "b"}
    assert found.taken_back == frozenset()


def test_a_standing_conflict_is_one_in_its_cell() -> None:
    """As `queue join` writes it, until a person replaces it."""
    found = read_decisions(table({"decision": "approve | remove", "reviewer": "Zoë | Ali"}))
    (conflict,) = found.conflicts
    assert (conflict.rows, conflict.verdicts) == ((2,), ("approve", "remove"))
    assert conflict.reviewers == ("Zoë", "Ali")
    assert found.decisions == {}


@pytest.mark.parametrize("cell", ["undo", "Take back.", "rückgängig"])
def test_a_decision_is_taken_back_by_a_word(cell: str) -> None:
    """Whether the log knows of it or not."""
    assert read_decisions(table({"decision": cell})).taken_back == {ONE}


def test_a_decision_is_taken_back_by_clearing_its_cell() -> None:
    """Where ``decided_under`` shows that the log has it."""
    found = read_decisions(table({"decision": "  ", "decided_under": "moderation 0.1.0"}))
    assert found.taken_back == {ONE}
    assert found.decisions == {}


def test_taking_back_beside_a_verdict_is_a_conflict() -> None:
    """One copy says undo and the other still decides: a person has to say which holds."""
    found = read_decisions(table({"decision": "undo"}, {"decision": "remove"}))
    assert found.conflicts[0].verdicts == ("remove", "undo")
    assert found.taken_back == frozenset()
    assert verdicts_in("remove | undo") == ("remove", "undo")


def test_an_unknown_word_beside_a_decision_is_reported_too() -> None:
    """The decision holds, and the word is not lost."""
    found = read_decisions(table({"decision": "remove"}, {"decision": "banana"}))
    assert found.decisions[ONE].verdict == "remove"
    assert found.unknown == (UnknownVerdict(row=3, comment_id=ONE, word="banana"),)


def test_an_unknown_word_is_not_a_cleared_cell() -> None:
    """A misspelt verdict does not take back the one before."""
    found = read_decisions(table({"decision": "banana", "decided_under": "moderation 0.1.0"}))
    assert found.taken_back == frozenset()


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["a", "", "a", "b"], "a | b"),
        (["a | b", "b", "a | b"], "a | b"),
        (["", " "], ""),
        (["a ", "b\nc"], "a  | b\nc"),
    ],
)
def test_texts_are_joined_each_once(texts: list[str], wanted: str) -> None:
    """Joining what was joined before adds nothing."""
    assert joined(texts) == wanted
