"""A new scan into a queue that people work on: by id, and no verdict is lost."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.review_queue.account import MergeAccount
from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.decision_log import Log, LogEntry, histories, outcome, standing
from moderation.review_queue.extent import Extent
from moderation.review_queue.merging import START, FoundRows, Merged, merge, record, worked_on
from moderation.review_queue.older import older_queue
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.settling import Recorder

SCORED_BY = "moderation 1; words 1; lexicon 1"
POLICY = "policy desk aaaa"
PAGES = {"a": "site/a.txt", "b": "site/b.txt"}


def found_frame(rows: Mapping[str, Mapping[str, Any]]) -> polars.DataFrame:
    """Rows of a scan, given by id; whatever is not said is ordinary."""
    ordinary = dict.fromkeys(COLUMNS, "") | {"priority": "50", "scored_by": SCORED_BY}
    cells = [
        ordinary | {"id": name, "text": f"text of {name}", "source": PAGES[name[1]]} | dict(row)
        for name, row in rows.items()
    ]
    schema: dict[str, Any] = dict.fromkeys(COLUMNS, polars.String)
    frame = polars.DataFrame(cells, schema=schema, strict=False)
    return frame.with_columns(polars.Series(START, range(len(cells)), dtype=polars.Int64))


def plain(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Rows of which nothing is said."""
    return {name: {} for name in names}


def table_of(frame: polars.DataFrame) -> QueueTable:
    """A frame as it is read back from the file that it was written to."""
    plain = frame.drop([ROW, START], strict=False)
    rows = polars.Series(ROW, range(2, len(plain) + 2), dtype=polars.Int64)
    return QueueTable(frame=plain.with_columns(rows))


def by_text(ids: polars.Series, texts: polars.Series) -> dict[str, str]:
    """Comments that say the same are a group."""
    members: dict[str, list[str]] = {}
    for name, text in zip(ids, texts, strict=True):
        members.setdefault(text, []).append(name)
    return {
        name: f"g {text}" for text, names in members.items() if len(names) > 1 for name in names
    }


@dataclass
class Desk:
    """A queue, its log and the scans into it, as they go on for days."""

    frame: polars.DataFrame | None = None
    entries: list[LogEntry] = field(default_factory=list)
    policy: str = POLICY
    policy_before: str = POLICY
    earlier: set[str] = field(default_factory=set)
    clock: count[int] = field(default_factory=lambda: count(1))
    account: MergeAccount = field(default_factory=MergeAccount)

    def log(self) -> Log:
        return Log(entries=tuple(self.entries))

    def recorder(self, policy: str, **options: Any) -> Recorder:
        return Recorder(now=f"{next(self.clock):06}", tool="moderation 1", policy=policy, **options)

    def scan(
        self,
        flagged: Mapping[str, Mapping[str, Any]] | Sequence[str],
        passed: Sequence[str] = (),
        pages: str = "ab",
        looked_at: Mapping[str, str] | None = None,
        **options: Any,
    ) -> MergeAccount:
        """Scan pages on which these comments are flagged and those passed; others are not there."""
        rows = flagged if isinstance(flagged, Mapping) else plain(flagged)
        table = table_of(self.frame) if self.frame is not None else None
        seen = [*rows, *passed]
        extent = Extent(
            pages=looked_at or {f"{page}.txt": PAGES[page] for page in pages},
            seen=polars.Series(seen, dtype=polars.String),
            earlier=polars.DataFrame(
                [[name, f"{name[1]}.txt", PAGES[name[1]], 0] for name in sorted(self.earlier)],
                schema={"id": polars.String, "document_id": polars.String}
                | {"source": polars.String, "start": polars.Int64},
                orient="row",
            ),
        )
        extent = replace(extent, **options)
        old = older_queue(table, self.log(), extent.seen)
        worked = [name for name in passed if name in worked_on(old, self.log())]
        fresh = {"priority": "0", "reasons": ""}
        found = FoundRows(
            frame=found_frame(rows),
            unflagged=found_frame(dict.fromkeys(worked, fresh)),
            policy=self.policy,
        )
        recorder = self.recorder(self.policy_before)
        merged = merge(old, self.log(), found, extent, recorder=recorder, grouping=by_text)
        self.policy_before = self.policy
        self.earlier |= set(seen)
        return self.take(merged)

    def record(self, **options: Any) -> MergeAccount:
        assert self.frame is not None
        recorder = self.recorder(self.policy_before, **options)
        return self.take(
            record(
                older_queue(table_of(self.frame), self.log(), None),
                self.log(),
                recorder,
                grouping=by_text,
                policy=self.policy_before,
            )
        )

    def take(self, merged: Merged) -> MergeAccount:
        self.entries += merged.entries
        self.frame = merged.frame
        self.account = merged.account
        return merged.account

    def edit(self, name: str, **cells: str) -> None:
        """Write into the cells of a row, as a person does in a spreadsheet."""
        assert self.frame is not None
        chosen = polars.col("id") == name
        self.frame = self.frame.with_columns(
            polars.when(chosen).then(polars.lit(text)).otherwise(polars.col(column)).alias(column)
            for column, text in cells.items()
        )

    def row(self, name: str) -> dict[str, str]:
        assert self.frame is not None
        (row,) = self.frame.filter(polars.col("id") == name).to_dicts()
        return row

    def ids(self) -> list[str]:
        assert self.frame is not None
        return self.frame["id"].to_list()

    def decisions(self) -> dict[str, str]:
        assert self.frame is not None
        return {row["id"]: row["decision"] for row in self.frame.to_dicts() if row["decision"]}


@pytest.fixture
def desk() -> Desk:
    """A queue of three rows on two pages, scanned once."""
    desk = Desk()
    desk.scan({"ca1": {"priority": "90"}, "ca2": {"priority": "60"}, "cb1": {"priority": "70"}})
    return desk


def test_a_first_scan_is_worst_first(desk: Desk) -> None:
    """An empty place takes the rows as they are."""
    assert desk.ids() == ["ca1", "cb1", "ca2"]
    assert (desk.account.before, desk.account.added, desk.account.after) == (0, 3, 3)


def test_what_people_wrote_is_kept_and_the_evidence_is_refreshed(desk: Desk) -> None:
    """By id: scores, reasons and terms are new, decision, note, reviewer, date and columns stay."""
    desk.edit("cb1", decision="OK", note="quoted", reviewer="Ana", decided_at="3.11.")
    assert desk.frame is not None
    desk.frame = desk.frame.with_columns(polars.Series("shift", ["", "night", ""]))
    account = desk.scan({"ca1": {}, "ca2": {}, "cb1": {"priority": "20", "reasons": "insult 0.20"}})
    row = desk.row("cb1")
    assert [row[name] for name in ("decision", "note", "reviewer", "decided_at", "shift")] == [
        "approve",
        "quoted",
        "Ana",
        "3.11.",
        "night",
    ]
    assert (row["priority"], row["reasons"]) == ("20", "insult 0.20")
    assert desk.ids() == ["ca1", "ca2", "cb1"]
    assert (account.refreshed, account.recorded, account.added) == (3, 1, 0)


def test_merging_the_same_again_changes_nothing(desk: Desk) -> None:
    """Neither the queue nor the log."""
    desk.edit("ca1", decision="remove", reviewer="Ana")
    desk.edit("ca2", decision="glorb")
    rows = {"ca1": {"priority": "90"}, "ca2": {"priority": "60"}, "cb1": {"priority": "70"}}
    desk.scan(rows)
    frame, entries = desk.frame, list(desk.entries)
    account = desk.scan(rows)
    assert frame is not None
    assert frame.equals(desk.frame)  # type: ignore[arg-type]
    assert desk.entries == entries
    assert (account.kept, account.recorded, account.changed) == (1, 0, 0)


def test_a_comment_that_is_no_longer_flagged_leaves_unless_a_person_worked_on_it(
    desk: Desk,
) -> None:
    """A decision or a note keeps the row, with its fresh scores, behind the flagged ones."""
    desk.edit("ca1", decision="approve")
    desk.edit("cb1", note="look again")
    account = desk.scan({}, passed=["ca1", "ca2", "cb1"])
    assert desk.ids() == ["ca1", "cb1"]
    assert {desk.row(name)["state"] for name in desk.ids()} == {"no longer flagged"}
    assert desk.row("ca1")["priority"] == "0"
    assert (account.dropped, account.kept_unflagged) == (1, 2)


def test_a_comment_that_is_gone_stays_at_the_end_and_comes_back(desk: Desk) -> None:
    """Marked, decided or not; and an ordinary row again when the page has it again."""
    desk.edit("ca1", decision="remove")
    assert desk.scan(["ca2", "cb1"]).gone == 1
    assert desk.ids() == ["ca2", "cb1", "ca1"]
    assert (desk.row("ca1")["state"], desk.row("ca1")["decision"]) == ("gone", "remove")
    assert desk.scan(["ca2", "cb1"]).still_gone == 1
    assert desk.scan(["ca1", "ca2", "cb1"]).came_back == 1
    assert desk.row("ca1")["state"] == ""


def test_a_page_that_was_not_scanned_keeps_its_rows_as_they_were(desk: Desk) -> None:
    """Scanning one page says nothing about another."""
    before = desk.row("cb1")
    account = desk.scan(["ca1", "ca2"], pages="a")
    assert (account.not_in_scan, account.gone) == (1, 0)
    assert desk.row("cb1") == before


def test_a_gone_comment_of_a_page_that_was_not_scanned_stays_gone(desk: Desk) -> None:
    """What the last scan of its page said holds."""
    desk.scan(["ca1", "ca2"])
    desk.scan(["ca1", "ca2"], pages="a")
    assert desk.row("cb1")["state"] == "gone"


def test_a_page_deleted_from_a_folder_that_was_scanned_whole_is_gone(desk: Desk) -> None:
    """The folder was searched and the page is not there; one that could not be read is no such."""
    desk.scan(["ca1", "ca2"], pages="a", folders=("site",), unread=frozenset({"site/b.txt"}))
    assert desk.row("cb1")["state"] == ""
    desk.scan(["ca1", "ca2"], pages="a", folders=("elsewhere",))
    assert desk.row("cb1")["state"] == ""
    assert desk.scan(["ca1", "ca2"], pages="a", folders=("site",)).gone == 1


def test_another_site_s_page_of_the_same_name_is_another_page(desk: Desk) -> None:
    """A page at another path without a comment in common takes nothing from the first."""
    pages = {"a.txt": "other/a.txt"}
    account = desk.scan([], passed=["cax"], looked_at=pages)
    assert (account.gone, account.not_in_scan) == (0, 3)


def test_a_page_scanned_from_elsewhere_is_known_by_its_comments(desk: Desk) -> None:
    """One comment in common is enough, whatever the path."""
    old = table_of(desk.frame)  # type: ignore[arg-type]
    extent = Extent(
        pages={"a.txt": "/abs/a.txt"},
        seen=polars.Series(["ca1"]),
        earlier=polars.DataFrame(
            {
                "id": ["ca1", "ca2"],
                "document_id": ["a.txt", "a.txt"],
                "source": [PAGES["a"]] * 2,
                "start": [0, 1],
            }
        ),
    )
    assert extent.looked_at(old.frame.filter(polars.col("id") == "ca2")).to_list() == [True]


@pytest.mark.parametrize(
    ("unread", "looked_at"), [((), [True, False]), (("old/site.xml",), [False, False])]
)
def test_a_post_that_left_an_export_was_looked_for(
    unread: tuple[str, ...], looked_at: list[bool]
) -> None:
    """Its file was read without it; but not where the file breaks off, and not in another file."""
    rows = polars.DataFrame(
        {"id": ["c1", "c2"], "source": ["old/site.xml#post-2", "old/other.xml#post-2"]}
    )
    extent = Extent(
        pages={"site.xml#1": "old/site.xml#post-1"},
        seen=polars.Series([], dtype=polars.String),
        files=frozenset({"old/site.xml"}),
        unread=frozenset(unread),
        earlier=rows.with_columns(document_id=polars.lit("site.xml#2"), start=0),
    )
    assert extent.looked_at(rows).to_list() == looked_at


def test_an_older_version_still_counts_and_says_so(desk: Desk) -> None:
    """What has changed since the decision is named: model, word list, policy, or several."""
    desk.edit("ca1", decision="approve")
    desk.record()
    desk.policy = "policy desk bbbb"
    desk.scan({"ca1": {"scored_by": "moderation 2; words 2; lexicon 1"}, "ca2": {}, "cb1": {}})
    assert desk.row("ca1")["state"] == "decided under an older model and policy"
    assert desk.row("ca1")["decided_under"] == f"{SCORED_BY}; {POLICY}"
    assert desk.row("ca2")["state"] == ""


def test_a_decision_typed_before_a_scan_was_made_under_the_older_policy(desk: Desk) -> None:
    """The row that the person saw counts, not the one that the scan makes of it."""
    desk.edit("ca1", decision="approve")
    desk.policy = "policy desk bbbb"
    desk.scan(["ca1", "ca2", "cb1"])
    assert desk.entries[0].decided_under == f"{SCORED_BY}; {POLICY}"
    assert desk.row("ca1")["state"] == "decided under an older policy"


def test_an_unknown_word_stays_as_it_was_written(desk: Desk) -> None:
    """It is reported with its row in the queue as it now stands, and is no decision."""
    desk.edit("cb1", decision="glorb")
    account = desk.scan(["ca1", "ca2", "cb1"])
    assert desk.row("cb1")["decision"] == "glorb"
    (unknown,) = account.unknown
    assert (unknown.row, unknown.comment_id, unknown.word) == (4, "cb1", "glorb")
    assert not desk.entries


def test_two_rows_of_one_comment_become_one_and_different_verdicts_a_conflict(desk: Desk) -> None:
    """Shown with both verdicts, both people and both notes, and not settled."""
    desk.edit("ca1", decision="approve", reviewer="Ana", note="fine")
    assert desk.frame is not None
    second = desk.frame.filter(polars.col("id") == "ca1")
    second = second.with_columns(
        decision=polars.lit("remove"), reviewer=polars.lit("Ben"), note=polars.lit("not fine")
    )
    desk.frame = polars.concat([desk.frame, second])
    account = desk.scan(["ca1", "ca2", "cb1"])
    row = desk.row("ca1")
    assert (row["decision"], row["reviewer"]) == ("approve | remove", "Ana | Ben")
    assert (row["note"], row["state"]) == ("fine | not fine", "conflict")
    (conflict,) = account.conflicts
    assert (conflict.verdicts, conflict.reviewers) == (("approve", "remove"), ("Ana", "Ben"))
    assert account.doubled == 1
    assert [entry.action for entry in desk.entries] == ["in conflict"] * 2


def test_a_conflict_is_settled_by_one_word(desk: Desk) -> None:
    """The person's word stands, and the log has both verdicts and the settlement."""
    desk.edit("ca1", decision="approve | remove")
    desk.record()
    desk.edit("ca1", decision="remove", reviewer="Cem")
    account = desk.record()
    assert (desk.row("ca1")["decision"], desk.row("ca1")["state"]) == ("remove", "")
    assert not account.conflicts
    assert standing(desk.entries)["ca1"].decision.reviewer == "Cem"


@pytest.mark.parametrize("word", ["", "undo"])
def test_a_cleared_cell_takes_a_recorded_decision_back(desk: Desk, word: str) -> None:
    """On purpose: the row shows that the log had it. The log keeps that it was made."""
    desk.edit("ca1", decision="remove", reviewer="Ana")
    desk.record()
    desk.edit("ca1", decision=word)
    assert desk.record().taken_back == 1
    row = desk.row("ca1")
    assert [row[name] for name in ("decision", "reviewer", "decided_under")] == [""] * 3
    assert [entry.action for entry in desk.entries] == ["decided", "taken back"]
    assert desk.record().taken_back == 0


def test_a_copy_from_before_a_decision_loses_nothing(desk: Desk) -> None:
    """A row without a trace of the recorded decision is an older copy: it is put back, and said."""
    copy = desk.frame
    desk.edit("ca1", decision="remove", reviewer="Ana", note="why")
    desk.record()
    desk.frame = copy
    account = desk.scan(["ca1", "ca2", "cb1"])
    row = desk.row("ca1")
    assert [row[name] for name in ("decision", "reviewer", "note")] == ["remove", "Ana", "why"]
    assert (account.put_back, len(desk.entries)) == (1, 1)


def test_a_copy_from_before_a_change_brings_no_old_verdict_back(desk: Desk) -> None:
    """The row says which entry of the log it shows, and the log has a later one."""
    desk.edit("ca1", decision="remove")
    desk.record()
    copy = desk.frame
    desk.edit("ca1", decision="approve")
    desk.record()
    desk.frame = copy
    desk.record()
    assert (desk.row("ca1")["decision"], len(desk.entries)) == ("approve", 2)


def test_a_verdict_written_into_an_older_copy_is_a_conflict_with_the_newer_one(desk: Desk) -> None:
    """Two people moved on from the same row in different directions."""
    desk.edit("ca1", decision="remove")
    desk.record()
    copy = desk.frame
    desk.edit("ca1", decision="approve", reviewer="Ana")
    desk.record()
    desk.frame = copy
    desk.edit("ca1", decision="escalate", reviewer="Ben")
    account = desk.record()
    assert desk.row("ca1")["decision"] == "approve | escalate"
    assert desk.row("ca1")["reviewer"] == "Ana | Ben"
    assert len(account.conflicts) == 1


def test_a_log_without_a_queue_gives_its_decisions_to_the_next_scan(desk: Desk) -> None:
    """Also to a comment that is no longer flagged."""
    desk.edit("ca1", decision="remove")
    desk.edit("cb1", decision="approve")
    desk.record()
    desk.frame = None
    account = desk.scan(["ca1", "ca2"], passed=["cb1"])
    assert desk.decisions() == {"ca1": "remove", "cb1": "approve"}
    assert desk.row("cb1")["state"] == "no longer flagged"
    assert (account.put_back, account.only_in_log) == (2, 0)


def test_a_decision_without_a_row_is_counted(desk: Desk) -> None:
    """It stands in the log, and the account says so."""
    desk.edit("ca1", decision="remove")
    desk.record()
    desk.frame = desk.frame.filter(polars.col("id") != "ca1")  # type: ignore[union-attr]
    assert desk.scan(["ca2", "cb1"]).only_in_log == 1


def test_rows_without_an_id_stay(desk: Desk) -> None:
    """A remark that a person wrote between the rows is nobody's comment, and is kept."""
    remark = found_frame({"ca9": {"id": "", "note": "until here on Monday", "source": ""}})
    assert desk.frame is not None
    desk.frame = polars.concat([desk.frame, remark.drop(START)])
    account = desk.scan(["ca1", "ca2", "cb1"])
    assert desk.ids()[-1] == ""
    assert desk.row("")["note"] == "until here on Monday"
    assert account.after == 4


SAME = {"text": "buy glorb now"}


@pytest.fixture
def copies() -> Desk:
    """Three comments that say the same, and one that does not."""
    desk = Desk()
    desk.scan({"ca1": SAME, "ca2": SAME, "cb1": SAME, "cb2": {}})
    return desk


def test_one_decision_fans_out_to_the_near_duplicates(copies: Desk) -> None:
    """Decision and reviewer, not the note; the row says on which comment it was made."""
    copies.edit("ca2", decision="remove", reviewer="Ana", note="spam")
    account = copies.record()
    for name in ("ca1", "cb1"):
        row = copies.row(name)
        assert [row[c] for c in ("decision", "reviewer", "note", "decided_with", "state")] == [
            "remove",
            "Ana",
            "",
            "ca2",
            "with its group",
        ]
    assert copies.row("cb2")["decision"] == ""
    assert (account.fanned_out, account.recorded, len(copies.entries)) == (2, 1, 1)
    assert copies.row("ca1")["group"] == copies.row("ca2")["group"] != ""


def test_a_new_copy_of_a_decided_comment_is_decided_too(copies: Desk) -> None:
    """The flood goes on, the desk does not have to."""
    copies.edit("ca1", decision="remove")
    copies.scan({"ca1": SAME, "ca2": SAME, "cb1": SAME, "cb2": {}, "ca3": SAME})
    assert copies.row("ca3")["decided_with"] == "ca1"


@pytest.mark.parametrize(("word", "follows"), [("approve", ""), ("remove", "remove")])
def test_an_approval_does_not_reach_a_copy_with_other_terms(word: str, follows: str) -> None:
    """Somebody copies a harmless comment and adds a slur: a person looks at that one."""
    desk = Desk()
    desk.scan({"ca1": SAME, "ca2": {**SAME, "terms": "glorb"}, "cb1": SAME})
    desk.edit("ca1", decision=word)
    desk.record()
    assert desk.row("ca2")["decision"] == follows
    assert desk.row("cb1")["decision"] == word


@pytest.mark.parametrize(("word", "follows"), [("approve", "approve"), ("", "")])
def test_a_fanned_out_decision_changes_and_leaves_with_its_origin(
    copies: Desk, word: str, follows: str
) -> None:
    """Nobody has to hunt down its copies."""
    copies.edit("ca1", decision="remove", reviewer="Ana")
    copies.record()
    copies.edit("ca1", decision=word)
    copies.record()
    row = copies.row("cb1")
    assert (row["decision"], row["reviewer"] != "") == (follows, follows != "")
    assert (row["decided_with"] != "") == (follows != "")


def test_who_overwrites_a_fanned_out_decision_makes_it_his_own(copies: Desk) -> None:
    """Then people differ within the group, which is reported, and nothing fans out any more."""
    copies.edit("ca1", decision="remove")
    copies.record()
    copies.edit("cb1", decision="approve", reviewer="Ben")
    account = copies.record()
    assert copies.decisions() == {"ca1": "remove", "cb1": "approve"}
    (conflict,) = account.group_conflicts
    assert (conflict.verdicts, conflict.ids) == (("approve", "remove"), ("ca1", "cb1"))
    assert standing(copies.entries)["cb1"].decision.reviewer == "Ben"


def test_an_edit_of_origin_and_copy_at_once_is_told_apart(copies: Desk) -> None:
    """The copy's cell is held against what its origin said when it was fanned out."""
    copies.edit("ca1", decision="remove")
    copies.record()
    copies.edit("ca1", decision="approve")
    copies.edit("ca2", decision="unsure")
    copies.record()
    assert copies.decisions() == {"ca1": "approve", "ca2": "unsure"}


def test_clearing_a_fanned_out_cell_is_answered(copies: Desk) -> None:
    """It comes back with its origin, and the person is told what to do instead."""
    copies.edit("ca1", decision="remove")
    copies.record()
    copies.edit("cb1", decision="")
    account = copies.record()
    assert copies.row("cb1")["decision"] == "remove"
    assert "follows the decision on ca1" in account.remarks[0]


def test_rows_that_do_not_add_up_are_an_error() -> None:
    """A lost row stops the write instead of hiding."""
    with pytest.raises(ValueError, match="do not add up"):
        MergeAccount(before=3, added=1, after=3)


WORDS = ["approve", "OK", "remove", "escalate", "unsure", "glorb", "undo", "", "approve | remove"]
COMMENTS = ["ca1", "ca2", "ca3", "cb1", "cb2"]
steps = st.one_of(
    st.tuples(
        st.just("edit"),
        st.sampled_from(COMMENTS),
        st.sampled_from(WORDS),
        st.sampled_from(["", "Ana", "Ben"]),
    ),
    st.tuples(
        st.just("scan"),
        st.sets(st.sampled_from(COMMENTS)),
        st.sets(st.sampled_from(COMMENTS)),
        st.sampled_from(["a", "b", "ab"]),
    ),
    st.tuples(st.just("note"), st.sampled_from(COMMENTS), st.sampled_from(["", "n1", "n2"])),
    st.tuples(st.just("record")),
    st.tuples(st.just("shuffle"), st.integers(0, 99)),
    st.tuples(st.just("older copy"), st.integers(0, 9)),
    st.tuples(st.just("double"), st.sampled_from(COMMENTS)),
    st.tuples(st.just("lose the queue")),
)


def play(desk: Desk, copies: list[polars.DataFrame], step: tuple[Any, ...]) -> None:
    """Do what desks do; a step that cannot be done is passed over."""
    match step:
        case ("scan", flagged, passed, pages):
            here = [name for name in sorted(flagged) if name[1] in pages]
            others = [name for name in sorted(passed - flagged) if name[1] in pages]
            texts = {name: SAME if name in {"ca1", "cb1"} else {} for name in here}
            desk.scan(texts, others, pages)
        case _ if desk.frame is None:
            return
        case ("edit", name, word, reviewer):
            desk.edit(name, decision=word, reviewer=reviewer)
        case ("note", name, note):
            desk.edit(name, note=note)
        case ("record",):
            desk.record()
        case ("shuffle", seed):
            order = list(range(desk.frame.height))
            random.Random(seed).shuffle(order)
            desk.frame = desk.frame[order]
        case ("older copy", number) if copies:
            desk.frame = copies[number % len(copies)]
        case ("double", name):
            desk.frame = polars.concat([desk.frame, desk.frame.filter(polars.col("id") == name)])
        case ("lose the queue",):
            desk.frame = None
    if desk.frame is not None:
        copies.append(desk.frame)


def shown(desk: Desk) -> dict[str, str]:
    """Decisions that stand in the queue of people's own making, and conflicts."""
    assert desk.frame is not None
    return {
        row["id"]: row["decision"]
        for row in desk.frame.to_dicts()
        if row["decided_under"] and row["decision"] != "glorb"
    }


def logged(desk: Desk, names: Sequence[str]) -> dict[str, str]:
    """The same from the log alone."""
    entries = {name: outcome(history) for name, history in histories(desk.entries).items()}
    return {
        name: " | ".join(entry.decision.verdict for entry in entries[name])
        for name in names
        if entries.get(name)
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, min_size=4, max_size=14))
def test_no_history_loses_a_verdict(history: list[tuple[Any, ...]]) -> None:
    """Whatever happens at a desk, each verdict that was read is in the log for good, what stands
    in the log stands in the queue, and a decision goes only by a recorded act."""
    desk, copies = Desk(), list[polars.DataFrame]()
    desk.scan(COMMENTS)
    for step in history:
        before = list(desk.entries)
        typed = (
            {
                (row["id"], row["decision"])
                for row in desk.frame.to_dicts()
                if row["decision"] in {"approve", "remove", "escalate", "unsure"}
                and not row["decided_with"]
            }
            if desk.frame is not None and step[0] in {"scan", "record"}
            else set()
        )
        play(desk, copies, step)
        assert desk.entries[: len(before)] == before
        ever = {(one.decision.comment_id, one.decision.verdict) for one in desk.entries}
        assert typed <= ever
    desk.scan(COMMENTS)
    names = [n for n in COMMENTS if desk.row(n)["decision"] not in {"glorb"}]
    in_queue = {n: word for n, word in shown(desk).items() if "glorb" not in word}
    in_log = {n: word for n, word in logged(desk, names).items() if n in in_queue}
    assert {n: w.replace(" | undo", "") for n, w in in_queue.items()} == in_log
    assert set(logged(desk, names)) <= set(in_queue) | {
        n for n in names if "glorb" in desk.row(n)["decision"]
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=10))
def test_after_any_history_once_is_as_good_as_twice(history: list[tuple[Any, ...]]) -> None:
    """Merging again finds nothing to do; and the log alone gives the same decisions."""
    desk, copies = Desk(), list[polars.DataFrame]()
    desk.scan(COMMENTS)
    for step in history:
        play(desk, copies, step)
    desk.scan(COMMENTS)
    frame, entries = desk.frame, list(desk.entries)
    desk.scan(COMMENTS)
    assert frame is not None
    assert desk.entries == entries
    assert frame.equals(desk.frame)  # type: ignore[arg-type]
    own = {n: w for n, w in shown(desk).items() if "undo" not in w and "glorb" not in w}
    desk.frame = None
    desk.scan(COMMENTS)
    again = shown(desk)
    assert {name: again.get(name) for name in own} == own


def test_a_row_with_a_column_of_one_s_own_stays(copies: Desk) -> None:
    """Somebody noted who is to be asked: the row does not vanish with its flag."""
    copies.frame = desk_frame(copies).with_columns(
        ask=polars.when(polars.col("id") == "cb2")
        .then(polars.lit("legal"))
        .otherwise(polars.lit(""))
    )
    copies.scan({"ca1": SAME, "ca2": SAME, "cb1": SAME}, passed=["cb2"])
    row = copies.row("cb2")
    assert (row["ask"], row["state"]) == ("legal", "no longer flagged")


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("id", "decision")])
def test_any_deleted_column_costs_no_verdict(copies: Desk, column: str) -> None:
    """One verdict stays the one that it was, reaches no stranger, and keeps its note in the log."""
    copies.edit("cb2", decision="remove", reviewer="Ana", note="call legal")
    copies.record()
    before = [entry.decision for entry in copies.entries]
    table = table_of(desk_frame(copies).with_columns(polars.lit("").alias(column)))
    table = replace(table, deleted=frozenset({column}))
    old = older_queue(table, copies.log(), None)
    merged = record(old, copies.log(), copies.recorder(POLICY), grouping=by_text, policy=POLICY)
    decided = merged.frame.filter(polars.col("decision") != "")
    assert decided["id"].to_list() == ["cb2"]
    assert [*before, *(entry.decision for entry in merged.entries)] == before


def test_an_approval_fans_out_only_where_terms_are_known(copies: Desk) -> None:
    """Whoever deletes the column of terms does not thereby approve of a slur in a copy."""
    copies.edit("ca1", decision="approve")
    table = replace(table_of(desk_frame(copies)), deleted=frozenset({"terms"}))
    old = older_queue(table, copies.log(), None)
    merged = record(old, copies.log(), copies.recorder(POLICY), grouping=by_text, policy=POLICY)
    assert merged.frame.filter(polars.col("decision") != "")["id"].to_list() == ["ca1"]


def test_a_note_outlives_a_decision_that_was_withdrawn(copies: Desk) -> None:
    """It stands in the row, and goes with the next decision."""
    copies.edit("cb2", decision="approve", note="asked Ana")
    copies.record()
    copies.edit("cb2", decision="undo")
    copies.record()
    copies.edit("cb2", decision="remove")
    copies.record()
    assert (copies.row("cb2")["note"], copies.entries[-1].decision.note) == (
        "asked Ana",
        "asked Ana",
    )


def desk_frame(desk: Desk) -> polars.DataFrame:
    """The queue of a desk that has one."""
    assert desk.frame is not None
    return desk.frame
