"""A queue is shared out: every row to somebody, pages whole, nobody's work replaced."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.errors import QueueExists, UsageError
from moderation.review_queue.columns import COLUMNS, LABELS
from moderation.review_queue.reading import ROW, QueueTable, read_table
from moderation.review_queue.splitting import (
    Split,
    part_name,
    reviewer_of,
    split,
    write_parts,
)
from moderation.review_queue.table_file import write_frame

NAMES = ("ann", "bo", "cy")


def queue_of(*rows: dict[str, str]) -> QueueTable:
    """A queue with these cells; those not given are empty, ids are made."""
    filled = [
        dict.fromkeys(COLUMNS, "")
        | {"id": f"c{number:016x}", "text": f"Comment {number}.", "priority": "50"}
        | {"number": str(number), "scored_by": "words 1"}
        | row
        for number, row in enumerate(rows, start=1)
    ]
    names = list(dict.fromkeys([*COLUMNS, *itertools.chain.from_iterable(rows)]))
    cells = {name: [row.get(name, "") for row in filled] for name in names}
    frame = polars.DataFrame(cells, schema=dict.fromkeys(names, polars.String))
    numbers = polars.Series(ROW, range(2, len(rows) + 2), dtype=polars.Int64)
    return QueueTable(frame=frame.with_columns(numbers))


def pages(*lengths: int) -> QueueTable:
    """A queue of pages with so many rows each, the rows of all pages mixed as priorities are."""
    rows = [
        (at, {"source": f"page {page}.txt", "number": str(at + 1)})
        for page, length in enumerate(lengths)
        for at in range(length)
    ]
    return queue_of(*(row for _, row in sorted(rows, key=lambda one: (one[0] % 7, one[0]))))


def written(table: QueueTable, path: Path) -> Path:
    with path.open("wb") as file:
        write_frame(table.frame.drop(ROW), file)
    return path


def ids_of(result: Split) -> list[list[str]]:
    return [part.frame["id"].to_list() for part in result.parts]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt", ""]),
            "group": st.sampled_from(["", "", "", "g1", "g2"]),
            "decision": st.sampled_from(["", "", "", "approve", "behalten", "approve | remove"]),
            "state": st.sampled_from(["", "", "gone", "no longer flagged"]),
            "note": st.sampled_from(["", "look"]),
        }
    ),
    max_size=40,
)


@settings(deadline=None)
@given(ROWS, st.integers(1, 5), st.integers(0, 50), st.booleans())
def test_every_undecided_row_is_in_one_part_or_in_two_if_it_overlaps(
    rows: list[dict[str, str]], people: int, overlap: int, blind: bool
) -> None:
    """No row is lost and none is given to a third person, whatever the queue looks like."""
    table = queue_of(*rows)
    names = [f"p{number}" for number in range(people)]
    result = split(table, names, overlap=overlap if people > 1 else 0, blind=blind)
    given_to = Counter(itertools.chain.from_iterable(ids_of(result)))
    undecided = {
        name
        for name, decision, state in table.frame.select("id", "decision", "state").iter_rows()
        if not decision and state != "gone"
    }
    assert set(given_to) == undecided
    assert set(given_to.values()) <= {1, 2}
    assert sum(count == 2 for count in given_to.values()) == result.overlap <= overlap
    assert len(undecided) == result.undecided
    assert result.undecided + result.decided + result.gone == len(rows)
    assert all(len(ids) == len(set(ids)) for ids in ids_of(result))


def test_whole_pages_go_to_one_person_and_the_shares_are_fair() -> None:
    """Nobody reads half a thread, and nobody gets twice as much as another."""
    table = pages(30, 25, 20, 15, 10, 10, 5, 5)
    result = split(table, NAMES)
    sources = [set(part.frame["source"]) for part in result.parts]
    assert all(not one & other for one, other in itertools.combinations(sources, 2))
    assert [part.frame.height for part in result.parts] == [40, 40, 40]
    assert [part.pages for part in result.parts] == [len(one) for one in sources]
    assert not result.cut_pages


def test_a_page_longer_than_a_fair_share_is_cut_into_neighbouring_rows() -> None:
    """One page with all comments does not leave all the work to one person."""
    result = split(pages(90), NAMES)
    assert result.cut_pages == ("page 0.txt",)
    numbers = [sorted(map(int, part.frame["number"])) for part in result.parts]
    assert numbers == [[*range(1, 31)], [*range(31, 61)], [*range(61, 91)]]


def test_pages_with_near_duplicates_go_to_one_person_where_that_is_fair() -> None:
    """One person decides a pasted comment once."""
    rows = [{"source": f"{page}.txt"} for page in "abcdefghijkl" for _ in range(2)]
    rows[0]["group"] = rows[22]["group"] = "g1"
    result = split(queue_of(*rows), NAMES)
    together = [part for part in result.parts if "g1" in set(part_groups(part.frame, rows))]
    assert len(together) == 1
    assert [part.frame.height for part in result.parts] == [8, 8, 8]


def part_groups(frame: polars.DataFrame, rows: list[dict[str, str]]) -> list[str]:
    return [rows[int(name[1:], 16) - 1].get("group", "") for name in frame["id"]]


def test_decided_and_gone_rows_stay_in_the_queue_and_are_counted() -> None:
    """Nobody judges again what is judged; a word that nobody knows is somebody's word too."""
    table = queue_of(
        {"decision": "approve"}, {"decision": "hmm"}, {"state": "no longer flagged; gone"}, {}
    )
    result = split(table, ["ann"])
    assert (result.decided, result.gone, result.undecided) == (2, 1, 1)
    assert ids_of(result) == [[f"c{4:016x}"]]


def test_the_overlap_is_spread_over_pages_and_over_pairs_of_people() -> None:
    """Agreement is measured between all people, and on long pages more than on short ones."""
    result = split(pages(100, 60, 60, 60, 20), NAMES, overlap=30)
    times = Counter(itertools.chain.from_iterable(ids_of(result)))
    twice = {name for name, count in times.items() if count == 2}
    assert len(twice) == result.overlap == 30
    pairs = Counter(
        tuple(at for at, ids in enumerate(ids_of(result)) if name in ids) for name in twice
    )
    assert set(pairs) == {(0, 1), (0, 2), (1, 2)}
    held = zip(result.parts, ids_of(result), strict=True)
    assert all(part.overlap == len(set(ids) & twice) for part, ids in held)
    sources = Counter(
        source
        for part in result.parts
        for name, source in part.frame.select("id", "source").iter_rows()
        if name in twice
    )
    assert {name: count // 2 for name, count in sources.items()} == {
        "page 0.txt": 10, "page 1.txt": 6, "page 2.txt": 6, "page 3.txt": 6, "page 4.txt": 2,
    }  # fmt: skip


def test_of_near_duplicates_one_at_most_is_in_the_overlap() -> None:
    """Judging the same text twice more says nothing of people's agreement."""
    table = queue_of(*({"source": f"{at}.txt", "group": "g1"} for at in range(12)), {})
    assert split(table, NAMES, overlap=10).overlap == 2


def test_the_same_queue_gives_the_same_parts() -> None:
    """A part that was lost can be made again."""
    table = pages(20, 15, 9, 3)
    assert ids_of(split(table, NAMES, overlap=9)) == ids_of(split(table, NAMES, overlap=9))


def test_a_part_keeps_the_order_of_the_queue_and_its_evidence() -> None:
    """Worst first, as in the queue, and an overlapping row stands where it would stand anyway."""
    table = pages(20, 15, 9)
    result = split(table, NAMES, overlap=8)
    order = table.frame["id"].to_list()
    assert all(ids == sorted(ids, key=order.index) for ids in ids_of(result))
    assert {"priority", "reasons", "terms", *LABELS} <= set(result.parts[0].frame.columns)


def test_a_blind_part_leaves_out_what_the_tool_and_others_think() -> None:
    """Evidence does not sway the person, neither does an earlier note."""
    rows = [
        {"source": "b.txt", "number": "10", "note": "surely spam", "mood": "own"},
        {"source": "b.txt", "number": "9 › 1", "priority": "99"},
        {"source": "a.txt", "number": "3"},
    ]
    (part,) = split(queue_of(*rows), ["ann"], blind=True).parts
    left_out = {"priority", "reasons", "terms", "scored_by", "group", "state", *LABELS}
    assert not left_out & set(part.frame.columns)
    assert part.frame["number"].to_list() == ["3", "9 › 1", "10"]
    assert not any(part.frame["note"])
    assert {"text", "author", "decision", "note", "reviewer", "mood"} <= set(part.frame.columns)


def test_parts_are_queues_that_can_be_read(tmp_path: Path) -> None:
    """What a spreadsheet opens, the tool reads back: also a blind part, and an empty one."""
    table = pages(5, 5)
    for blind in (False, True):
        result = split(table, NAMES, blind=blind)
        folder = tmp_path / str(blind)
        paths = write_parts(result.parts, tmp_path / "queue.csv", folder)
        assert [path.name for path in paths] == ["queue-ann.csv", "queue-bo.csv", "queue-cy.csv"]
        read = [read_table(path) for path in paths]
        assert [one.frame["id"].to_list() for one in read] == ids_of(result)
        assert not any(one.problems for one in read)


def test_a_part_that_somebody_worked_on_is_never_replaced(tmp_path: Path) -> None:
    """Splitting again by mistake costs nobody a decision, and none of the parts is touched."""
    queue = tmp_path / "queue.csv"
    result = split(pages(6, 6), ["ann", "bo"])
    paths = write_parts(result.parts, queue, tmp_path)
    write_parts(result.parts, queue, tmp_path)
    write_parts(split(pages(6, 6), ["ann", "bo"], overlap=4).parts, queue, tmp_path)
    content = paths[0].read_bytes()
    table = read_table(paths[1])
    worked = table.frame.with_columns(polars.lit("remove").alias("decision"))
    written(QueueTable(frame=worked), paths[1])
    with pytest.raises(QueueExists, match=r"queue-bo\.csv holds .* rows that a person has worked"):
        write_parts(result.parts, queue, tmp_path)
    assert paths[0].read_bytes() == content


def test_a_file_that_is_no_part_is_never_replaced(tmp_path: Path) -> None:
    """A file of the same name may be anything."""
    (tmp_path / "queue-ann.csv").write_text("shopping list\nbread\n")
    with pytest.raises(QueueExists, match="is no queue of this tool"):
        write_parts(split(pages(2), ["ann"]).parts, tmp_path / "queue.csv", tmp_path)


@pytest.mark.parametrize(
    ("names", "overlap", "message"),
    [
        (["ann", "Ann"], 0, "given twice"),
        (["../ann"], 0, "cannot be part of a file's name"),
        ([""], 0, "cannot be part of a file's name"),
        (["ann"], 5, "two people"),
        ([], 0, "at least one person"),
    ],
)
def test_names_and_overlap_are_checked(names: list[str], overlap: int, message: str) -> None:
    """A name becomes a file's name, and two people must not share one."""
    with pytest.raises(UsageError, match=message):
        split(pages(3), names, overlap=overlap)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """The folder for the parts is made, but not the one above it."""
    parts = split(pages(2), ["ann"]).parts
    with pytest.raises(UsageError, match="does not exist"):
        write_parts(parts, tmp_path / "queue.csv", tmp_path / "no" / "parts")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write_parts(parts, tmp_path / "queue.csv", tmp_path / "file")


@pytest.mark.parametrize(
    ("part", "reviewer"),
    [("queue-ann.csv", "ann"), ("ann.csv", "ann"), ("queue-ann lee.csv", "ann lee")],
)
def test_a_part_s_name_says_whose_it_is(part: str, reviewer: str) -> None:
    """A reviewer who leaves the column empty is known by the file."""
    assert reviewer_of(Path("sent") / part, Path("here/queue.csv")) == reviewer
    assert part_name(Path("queue.csv"), "ann") == "queue-ann.csv"
