"""What would change in a queue is told before it changes, and agrees with what a scan then does."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.pipeline import Progress
from moderation.policy import Policy, judge
from moderation.previewing import Change, Trial, find_pair, preview, write_preview
from moderation.records import Comment, ScoredComment, TermMatch, Verdict, comment_id
from moderation.review_queue import COLUMNS, QueuePaths
from moderation.scores import scores_bytes

from .conftest import Run

LABELS = ("toxicity", "insult")
OLD = Policy(
    name="old",
    thresholds={"toxicity": 0.5, "insult": 0.5},
    severity=2,
    second_sign=0.3,
    queue_unchecked=True,
    version="11111111",
    places={},
)
NEW = replace(OLD, name="new", thresholds={"toxicity": 0.7, "insult": 0.3}, version="22222222")
Cells = dict[str, dict[str, str]]


def id_of(name: str) -> str:
    return comment_id("d", None, None, name)


def scored(
    name: str, toxicity: float = 0.0, insult: float = 0.0, text: str = "a text"
) -> ScoredComment:
    comment = Comment(id=id_of(name), document_id="d", number=1, start=0, end=6, text=text)
    labels = {"toxicity": toxicity, "insult": insult}
    return ScoredComment(comment=comment, source="d.txt", language="en", toxicity=labels)


def unchecked(name: str) -> ScoredComment:
    plain = scored(name)
    return replace(plain, toxicity={}, status="unsupported_language", error="not known")


def write_files(
    folder: Path,
    comments: Sequence[ScoredComment],
    cells: Cells | None = None,
    rows: Sequence[str] | None = None,
) -> Path:
    """Write scores, receipt and queue as a scan under `OLD` leaves them; gives the queue.

    ``cells`` are people's, by name; ``rows`` are the names in the queue, if not all that it flags.
    """
    paths = QueuePaths.beside(folder / "queue.csv")
    judged: list[tuple[ScoredComment, Verdict]] = [(one, judge(one, OLD)) for one in comments]
    paths.scores.write_bytes(scores_bytes(judged, LABELS))
    names = ("name", "thresholds", "severity", "second_sign", "queue_unchecked", "version")
    recorded = {"policy": {name: getattr(OLD, name) for name in names}}
    paths.receipt.write_text(json.dumps({"settings": recorded}))
    own = {id_of(name): values for name, values in (cells or {}).items()}
    in_queue = [verdict.comment_id for _, verdict in judged if verdict.outcome != "passed"]
    if rows is not None:
        in_queue = [id_of(name) for name in rows]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({"id": one} | own.get(one, {}) for one in in_queue)
    paths.queue.write_bytes(text.getvalue().encode("utf-8-sig"))
    return paths.queue


def named(changes: Sequence[Change]) -> set[str]:
    return {change.comment_id for change in changes}


def ids(*names: str) -> set[str]:
    return {id_of(name) for name in names}


def test_a_new_policy_adds_drops_keeps_and_changes(tmp_path: Path) -> None:
    """Each comment is in the kind that a scan would make of it, with people's work in mind."""
    comments = [
        scored("rises", insult=0.4),
        scored("falls", toxicity=0.6),
        scored("was decided", toxicity=0.6),
        scored("has a note", toxicity=0.6),
        scored("stays", toxicity=0.9),
        scored("another reason", toxicity=0.9, insult=0.4),
        scored("harmless"),
        unchecked("foreign"),
    ]
    cells = {"was decided": {"decision": "löschen"}, "has a note": {"note": "ask Ann"}}
    found = preview([write_files(tmp_path, comments, cells)], Trial(policy=NEW))
    assert named(found.of_kind("added")) == ids("rises")
    assert named(found.of_kind("dropped")) == ids("falls")
    assert named(found.of_kind("kept")) == ids("was decided", "has a note")
    assert named(found.of_kind("changed")) == ids("another reason")
    assert [change.decision for change in found.decided] == ["remove"]
    assert (found.rows_before, found.rows_after) == (6, 6)
    assert found.sentence() == (
        "Adds 1 row, drops 1, keeps 2 that a person worked on, changes 1; "
        "touches 1 that you already decided."
    )


def test_counts_reconcile_under_both_policies(tmp_path: Path) -> None:
    """Comments = flagged + passed + not checked, before and after."""
    comments = [scored("a", 0.6), scored("b", insult=0.4), scored("c"), unchecked("d")]
    found = preview([write_files(tmp_path, comments)], Trial(policy=NEW))
    before, after = found.before, found.after
    assert (before.flagged, before.passed, before.not_checked) == (1, 2, 1)
    assert (after.flagged, after.passed, after.not_checked) == (1, 2, 1)
    assert before.found == after.found == 4


share = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.95])
limits = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0])
glorb = TermMatch(
    start=0,
    end=6,
    text="a text",
    term="glorb",
    language="en",
    category="nationality",
    target="Glorbians",
    severity=2,
)
measured = st.tuples(share, share, st.booleans(), st.sampled_from(["scored", "failed"]))


policies = st.builds(
    lambda toxicity, insult, severity, queue_unchecked: replace(
        OLD,
        thresholds={"toxicity": toxicity, "insult": insult},
        severity=severity,
        queue_unchecked=queue_unchecked,
    ),
    limits,
    limits,
    st.integers(1, 4),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(measured, max_size=12), policies)
def test_the_quick_way_agrees_with_judging_every_comment(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[tuple[float, float, bool, str]],
    policy: Policy,
) -> None:
    """No comment that would be different is passed over for speed."""
    comments = []
    for number, (first, second, has_term, status) in enumerate(values):
        one = scored(str(number), first, second)
        if status == "failed":
            one = replace(one, status="failed", toxicity={}, error="it failed")
        comments.append(replace(one, matches=(glorb,) if has_term else ()))
    queue = write_files(tmp_path_factory.mktemp("desk"), comments)
    found = preview([queue], Trial(policy=policy))
    outcomes = [judge(one, policy).outcome for one in comments]
    assert found.after.flagged == outcomes.count("flagged")
    assert found.after.not_checked == outcomes.count("not_checked")
    rows = outcomes.count("flagged") + policy.queue_unchecked * outcomes.count("not_checked")
    assert found.rows_after == rows


def test_a_row_of_the_audit_sample_stays_and_is_not_told_apart(tmp_path: Path) -> None:
    """A row that passed before and passes still is there for another reason than the policy."""
    queue = write_files(tmp_path, [scored("sampled"), scored("b", 0.9)], rows=["sampled", "b"])
    found = preview([queue], Trial(policy=NEW))
    assert found.changes == ()
    assert found.rows_after == 2


def test_rows_that_somebody_took_out_are_counted(tmp_path: Path) -> None:
    """A scan would bring them back, and the preview says so."""
    queue = write_files(tmp_path, [scored("a", 0.9), scored("b", 0.9)], rows=["a"])
    found = preview([queue], Trial(policy=NEW))
    assert found.removed_rows == 1
    assert named(found.of_kind("added")) == ids("b")


def test_a_queue_of_other_scores_is_said_to_be_one(tmp_path: Path) -> None:
    """None in common is an error, some are named, comments gone from their page are neither."""
    gone = {"x": {"state": "gone"}}
    queue = write_files(tmp_path, [scored("a", 0.9)], gone, rows=["a", "x"])
    assert preview([queue], Trial(policy=NEW)).strangers == ()
    queue = write_files(tmp_path, [scored("a", 0.9)], rows=["a", "x"])
    assert preview([queue], Trial(policy=NEW)).strangers == (id_of("x"),)
    queue = write_files(tmp_path, [scored("a", 0.9)], rows=["x", "y"])
    with pytest.raises(UsageError, match="do not belong together"):
        preview([queue], Trial(policy=NEW))


def test_without_a_queue_the_last_scan_is_compared(tmp_path: Path) -> None:
    """A researcher who has only the scores file can try a policy too."""
    queue = write_files(tmp_path, [scored("a", 0.6)])
    queue.unlink()
    found = preview([QueuePaths.beside(queue).scores], Trial(policy=NEW))
    assert named(found.of_kind("dropped")) == ids("a")


def test_files_are_told_apart_and_found_beside_each_other(tmp_path: Path) -> None:
    """Either file is enough, and their order is free."""
    queue, scores = tmp_path / "queue.csv", tmp_path / "queue.scores.parquet"
    assert find_pair([queue]) == (scores, queue)
    assert find_pair([scores]) == (scores, None)
    queue.touch()
    assert find_pair([scores]) == (scores, queue)
    assert find_pair([queue, scores]) == find_pair([scores, queue]) == (scores, queue)
    with pytest.raises(UsageError):
        find_pair([queue, queue])


def test_nothing_but_the_output_is_written(tmp_path: Path) -> None:
    """The three files are the same bytes afterwards, and no fourth lies there."""
    queue = write_files(tmp_path, [scored("a", 0.6), scored("b", insult=0.4)])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    preview([queue], Trial(policy=NEW))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_only_the_policy_is_new_and_no_model_is_loaded(tmp_path: Path) -> None:
    """The stored scores are judged again; ONNX Runtime is not even imported."""
    queue = write_files(tmp_path, [scored("a", 0.6)])
    program = (
        "import sys; from moderation.cli import app; "
        "app(['preview', '--policy', sys.argv[2], sys.argv[1]], standalone_mode=False); "
        "assert 'onnxruntime' not in sys.modules; assert 'torch' not in sys.modules"
    )
    policy = tmp_path / "new.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.7\n")
    subprocess.run([sys.executable, "-c", program, str(queue), str(policy)], check=True, timeout=60)


def test_a_new_word_list_is_looked_for_and_scores_are_kept(tmp_path: Path) -> None:
    """A term of the desk's own adds its comments; the model's scores stay as stored."""
    comments = [scored("a", 0.2, text="what a glorbspat he is"), scored("b", 0.9), unchecked("c")]
    queue = write_files(tmp_path, comments)
    table = tmp_path / "en-desk.csv"
    table.write_text("term,forms,category,target,severity\nglorbspat,,nationality,Glorbians,3\n")
    steps: list[Progress] = []
    found = preview([queue], Trial(terms=(table,)), steps.append)
    (added,) = found.of_kind("added")
    assert added.comment_id == id_of("a")
    assert "glorbspat" in added.reasons_after
    assert found.of_kind("changed") == ()
    assert found.policy_after == "old 11111111"
    assert found.after.not_checked == 1
    assert steps[-1].comments_done == steps[-1].comments_found == 3


def test_a_new_model_scores_again_and_keeps_terms(tmp_path: Path) -> None:
    """What the old model did not know, and what failed before, is treated as it should be."""

    class Model:
        name, revision, labels = "glorb", "1", LABELS
        languages = frozenset({"en"})

        def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
            return [{"toxicity": 0.8 if "bad" in text else 0.1, "insult": 0.0} for text in texts]

    comments = [
        scored("a", 0.2, text="a bad one"),
        scored("b", 0.9, text="a good one"),
        replace(unchecked("c"), status="failed", error="it failed"),
        unchecked("d"),
        replace(scored("e", 0.1), matches=(glorb,)),
    ]
    found = preview([write_files(tmp_path, comments)], Trial(model=Model()))
    assert named(found.of_kind("added")) == ids("a")
    assert named(found.of_kind("dropped")) == ids("b", "d")
    assert (found.after.flagged, found.after.not_checked) == (2, 1)


def test_the_written_rows_are_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    """A comment that begins like a formula is marked, and a foreign file is not written over."""
    queue = write_files(tmp_path, [scored("a", 0.6, text="=1+1")])
    found = preview([queue], Trial(policy=NEW))
    path = tmp_path / "preview.csv"
    for _ in range(2):
        write_preview(found, path)
    (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
    assert (row["change"], row["text"]) == ("dropped", "'=1+1")
    with pytest.raises(UsageError, match="stands there already"):
        write_preview(found, queue)


def test_the_command_shows_what_would_change(run: Run, tmp_path: Path) -> None:
    """Rows with places and reasons, counts under both policies, and that nothing was changed."""
    comments = [scored("a", 0.6), scored("b", insult=0.4), scored("c", 0.6)]
    queue = write_files(tmp_path, comments, {"a": {"decision": "approve"}})
    policy = tmp_path / "new.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.7\ninsult = 0.3\n")
    code, out, _ = run("preview", "--policy", policy, queue)
    assert code == 0
    assert "Adds 1 row, drops 1, keeps 1 that a person worked on" in out
    assert "toxicity 0.60 ≥ 0.50  →  –" in out
    assert "decided: approve" in out
    assert "Nothing was changed." in out
    code, out, _ = run("preview", "--policy", policy, queue, "--json")
    assert json.loads(out)["counts"] == {"added": 1, "dropped": 1, "kept": 1, "changed": 0}


def test_the_command_asks_what_to_try(run: Run, tmp_path: Path) -> None:
    """Without a policy, a table or a model there is nothing to compare."""
    code, _, err = run("preview", write_files(tmp_path, [scored("a", 0.6)]))
    assert (code, "Say what to try" in err) == (2, True)
