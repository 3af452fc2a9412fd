"""Thresholds learned from a desk's decisions, and promises that hold on comments not yet seen."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from moderation.errors import PolicyError, UsageError
from moderation.measures import Share
from moderation.policy import Policy, judge, load_policy
from moderation.records import Comment, ScoredComment, TermMatch, Verdict, comment_id
from moderation.review_queue import COLUMNS, QueuePaths
from moderation.scores import scores_bytes
from moderation.tuning import (
    ENOUGH,
    Estimate,
    Evidence,
    FlaggedRow,
    Goal,
    Proposal,
    Refusal,
    Tuning,
    policy_file_text,
    tune,
    write_policy,
)
from moderation.tuning.evidence import Standing
from moderation.tuning.proposal import learn
from moderation.tuning.search import Numbers, Sample, flagged, path
from moderation.tuning.validation import BAND, Bands, limits_of, strengths_of

from .conftest import Run

POLICY = Policy(
    name="desk",
    thresholds={"toxicity": 0.5, "insult": 0.5, "threat": 0.4},
    severity=2,
    second_sign=0.3,
    queue_unchecked=True,
    version="1a2b3c4d",
    places={},
)
LABELS = tuple(POLICY.thresholds)
STRENGTH_OF_SEVERITY = np.array([0, 30, 50, 70, 90])


class Desk:
    """A desk whose truth is known: a comment has a badness, which the model sees dimly."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def comments(self, count: int) -> tuple[Numbers, np.ndarray]:
        """Strengths (three scores, a term's severity) and whether people would remove it."""
        badness = self.random.normal(size=count)
        noise = self.random.normal(size=(count, 3)) * 0.7
        scores = 1 / (1 + np.exp(-(1.9 * badness[:, None] * [1.2, 1.0, 0.5] - 2.0 + noise)))
        some_term = self.random.random(count) < 0.05
        severity = np.where(some_term, self.random.integers(1, 5, count), 0)
        removed = self.random.random(count) < 1 / (1 + np.exp(5.0 - 4.0 * badness - 0.4 * severity))
        return np.column_stack([scores, severity]), removed

    def evidence(self, count: int, read: float = 1.0) -> Evidence:
        """What is known when people have decided the worst ``read`` part of the queue."""
        strengths, removed = self.comments(count)
        chosen = flagged(strengths, TODAY)
        strengths, removed, priority = (
            strengths[chosen],
            removed[chosen],
            priorities(strengths[chosen]),
        )
        order = np.argsort(-priority, kind="stable")
        decided = set(order[: int(read * len(order))].tolist())
        return Evidence(
            policy=POLICY,
            rows=tuple(
                row(
                    f"c{i}",
                    strengths[i],
                    ("hit" if removed[i] else "wasted") if i in decided else "open",
                    int(priority[i]),
                )
                for i in range(len(strengths))
            ),
        )


def row(name: str, strengths: Sequence[float], standing: Standing, priority: int) -> FlaggedRow:
    *scores, severity = map(float, strengths)
    return FlaggedRow(
        comment_id=name,
        kin=name,
        scores=tuple(scores),
        severity=int(severity),
        priority=priority,
        standing=standing,
    )


def priorities(strengths: Numbers) -> np.ndarray:
    by_score = np.where(strengths >= TODAY, strengths, 0)[:, :-1].max(axis=1) * 90
    by_term = STRENGTH_OF_SEVERITY[strengths[:, -1].astype(int)]
    return np.asarray(np.maximum(by_score, by_term), dtype=int)


TODAY = limits_of(Evidence(policy=POLICY, rows=()))


def holds(estimate: Estimate, truth: float) -> bool:
    return estimate.interval.low <= truth <= estimate.interval.high


def test_a_promise_needs_as_many_decisions_as_hold_it_to_ten_points() -> None:
    """At a share of a half, where the interval is widest, 93 decisions do and 92 do not."""
    assert ENOUGH == 93
    for trials, is_enough in ((93, True), (92, False)):
        interval = Share(hits=trials // 2, trials=trials).interval
        assert (interval.high - interval.low <= 0.2) is is_enough


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goal", "read"),
    [(Goal(precision=0.6), 1.0), (Goal(rows=350), 1.0), (Goal(rows=350), 0.6)],
    ids=["precision", "budget", "budget with a third unread"],
)
def test_what_is_promised_holds_on_fresh_comments(goal: Goal, read: float) -> None:
    """Of 50 desks at least 45 get what the interval said, in precision and in removals kept."""
    precise, kept = 0, 0
    fresh, removed = Desk(10_000).comments(100_000)
    today, priority = flagged(fresh, TODAY), priorities(fresh)
    for seed in range(50):
        evidence = Desk(seed).evidence(2_500, read)
        result = learn(evidence, goal).result
        assert isinstance(result, Proposal), result
        bands = Bands.of(evidence.rows)
        covered = np.isin(priority // BAND, list(bands.weights))
        limits = np.array(
            [*result.choice.policy.thresholds.values(), result.choice.policy.severity]
        )
        left = flagged(fresh, limits) & covered
        expected = result.choice.expected
        precise += holds(expected.precision, float(removed[left].mean()))
        kept += holds(
            expected.kept, float((removed & left).sum() / (removed & today & covered).sum())
        )
    assert (precise >= 45, kept >= 45) == (True, True), (precise, kept)


def test_the_search_gives_up_wasted_rows_first() -> None:
    """A label that is always wrong goes before one that is always right."""
    random = np.random.default_rng(1)
    right = np.column_stack(
        [random.uniform(0.5, 1, 100), np.zeros(100), np.zeros(100), np.zeros(100)]
    )
    wrong = np.column_stack(
        [np.zeros(100), random.uniform(0.5, 1, 100), np.zeros(100), np.zeros(100)]
    )
    sample = Sample(
        strengths=np.vstack([right, wrong]),
        hits=np.repeat([True, False], 100),
        weights=np.ones(200),
    )
    middle = next(limits for limits in path(sample, TODAY) if limits[1] > 0.9)
    assert middle[0] == TODAY[0]


def test_limits_only_rise_and_stay_what_a_policy_may_say() -> None:
    """Every policy on the way flags a part of what the one before flagged, and loads."""
    evidence = Desk(3).evidence(1_500)
    strengths = strengths_of(evidence.rows)
    sample = Sample(
        strengths=strengths,
        hits=np.array([one.standing == "hit" for one in evidence.rows]),
        weights=np.ones(len(strengths)),
    )
    before = TODAY
    for limits in path(sample, TODAY)[1:]:
        assert (limits >= before).all()
        assert (limits[:-1] <= 1).all()
        assert limits[-1] in {2, 3, 4}
        assert flagged(strengths, limits).sum() < flagged(strengths, before).sum()
        before = limits


def test_the_same_decisions_give_the_same_figures_in_any_order() -> None:
    """Nothing depends on chance or on how a spreadsheet was sorted."""
    evidence = Desk(4).evidence(1_500)
    turned = replace(evidence, rows=evidence.rows[::-1])
    assert learn(evidence, Goal(precision=0.6)).result == learn(turned, Goal(precision=0.6)).result


def test_too_few_decisions_are_refused_with_how_many_are_missing() -> None:
    """Ninety decisions with forty hits are fifty-three removals short."""
    rows = tuple(
        row(f"c{i}", (0.9, 0.0, 0.0, 0), "hit" if i < 40 else "wasted", 81) for i in range(90)
    )
    tuning = learn(Evidence(policy=POLICY, rows=rows), Goal(precision=0.8))
    assert isinstance(tuning.result, Refusal)
    assert (tuning.result.missing_decisions, tuning.result.missing_hits) == (53, 53)
    assert "53 more are missing" in tuning.result.reason
    assert tuning.choices == ()
    assert tuning.reasons[0].share == Share(hits=40, trials=90)


def test_a_goal_that_would_leave_too_few_decisions_is_refused() -> None:
    """A budget of 30 rows of 700 cannot be promised anything to within ten points."""
    result = learn(Desk(5).evidence(2_500), Goal(rows=30)).result
    assert isinstance(result, Refusal)
    assert result.missing_decisions > 0


def test_a_goal_out_of_reach_is_said_to_be() -> None:
    """Where the model cannot tell, no threshold makes nine rows in ten hits."""
    rows = tuple(
        row(f"c{i}", (0.5 + i / 1_000, 0, 0, 0), "hit" if i % 2 else "wasted", 60)
        for i in range(400)
    )
    result = learn(Evidence(policy=POLICY, rows=rows), Goal(precision=0.9)).result
    assert isinstance(result, Refusal)
    assert "would be hits" in result.reason


def test_a_goal_that_is_met_already_raises_nothing() -> None:
    """Lower thresholds are never proposed: nobody has read what they would bring."""
    evidence = Desk(6).evidence(2_500)
    result = learn(evidence, Goal(precision=0.2)).result
    assert isinstance(result, Proposal)
    assert result.is_today
    assert result.choice.policy == evidence.policy
    assert result.choice.expected.kept.value == 1


def test_rows_of_a_priority_that_nobody_read_are_left_out_and_counted() -> None:
    """Ten thousand unread rows at the bottom of the queue change no promise."""
    evidence = Desk(7).evidence(2_500)
    unread = tuple(row(f"u{i}", (0.0, 0.0, 0.41, 0), "open", 10) for i in range(10_000))
    with_unread = learn(replace(evidence, rows=evidence.rows + unread), Goal(precision=0.6))
    without = learn(evidence, Goal(precision=0.6))
    assert with_unread.unread == 10_000
    assert isinstance(with_unread.result, Proposal)
    assert isinstance(without.result, Proposal)
    assert with_unread.result.choice.expected == without.result.choice.expected
    assert with_unread.choices[0].rows == without.choices[0].rows + 10_000


def test_a_term_is_retired_only_for_the_rows_that_it_flags_alone() -> None:
    """Thirty-five decisions without a hit are enough, thirty-four are not."""
    term = match("glorb")
    for count, retired in ((35, True), (34, False)):
        alone = [
            replace(row(f"a{i}", (0, 0, 0, 3), "wasted", 70), terms=(term,)) for i in range(count)
        ]
        beside = [
            replace(row(f"b{i}", (0.9, 0, 0, 3), "hit", 83), terms=(term,)) for i in range(50)
        ]
        tuning = learn(Evidence(policy=POLICY, rows=(*alone, *beside)))
        assert bool(tuning.to_retire) is retired
        assert tuning.terms[0].share == Share(hits=50, trials=50 + count)


def test_a_goal_is_one_thing() -> None:
    """A precision and a number of rows cannot both be wanted."""
    with pytest.raises(ValueError, match="not both"):
        Goal(precision=0.8, rows=100)


def match(term: str, severity: int = 3) -> TermMatch:
    return TermMatch(
        start=0,
        end=len(term),
        text=term,
        term=term,
        language="en",
        category="nationality",
        target="Glorbians",
        severity=severity,
    )


def id_of(name: str) -> str:
    return comment_id("d", None, None, name)


def scored(name: str, toxicity: float, *matches: TermMatch) -> ScoredComment:
    comment = Comment(id=id_of(name), document_id="d", number=1, start=0, end=5, text="glorb")
    labels = {"toxicity": toxicity, "insult": 0.0, "threat": 0.0}
    return ScoredComment(
        comment=comment, source="d.txt", language="en", toxicity=labels, matches=matches
    )


def write_desk(
    folder: Path,
    comments: Sequence[ScoredComment],
    cells: dict[str, dict[str, str]],
    audit: Sequence[str] = (),
    policy: Policy = POLICY,
) -> Path:
    """Write scores, receipt and a queue with people's cells; gives the queue."""
    paths = QueuePaths.beside(folder / "queue.csv")
    judged: list[tuple[ScoredComment, Verdict]] = [(one, judge(one, policy)) for one in comments]
    paths.scores.write_bytes(scores_bytes(judged, LABELS))
    settings = {
        name: getattr(policy, name)
        for name in ("name", "thresholds", "severity", "second_sign", "queue_unchecked", "version")
    }
    receipt = {
        "settings": {"policy": settings},
        "audit_sample": {"ids": [id_of(name) for name in audit]},
    }
    paths.receipt.write_text(json.dumps(receipt))
    by_id = {id_of(name): own for name, own in cells.items()}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for one, verdict in judged:
        if verdict.outcome != "passed" or one.comment.id in by_id:
            own = {"id": one.comment.id, "priority": str(verdict.priority)}
            writer.writerow(own | by_id.get(one.comment.id, {}))
    paths.queue.write_bytes(text.getvalue().encode("utf-8-sig"))
    return paths.queue


def test_decisions_count_as_a_desk_means_them(tmp_path: Path) -> None:
    """Escalated is a hit; unsure, taken over and unsettled rows count for neither and are named."""
    names = ["c1", "c2", "c3", "c4", "c5", "c6", "c7"]
    decisions = {
        "c1": {"decision": "remove"},
        "c2": {"decision": "escalate"},
        "c3": {"decision": "approve"},
        "c4": {"decision": "unsure"},
        "c5": {"decision": "remove", "decided_with": id_of("c1"), "group": "g1"},
        "p1": {"decision": "remove"},
    }
    comments = [*(scored(name, 0.9) for name in names), scored("p1", 0.1)]
    tuning = tune(write_desk(tmp_path, comments, decisions))
    assert tuning.reasons[0].share == Share(hits=2, trials=3)
    left_out = tuning.evidence.left_out
    assert (left_out.unsure, left_out.from_a_near_duplicate, left_out.not_flagged) == (1, 1, 1)
    assert len(tuning.evidence.rows) == 7
    assert tuning.missed is None


def test_an_audit_sample_says_what_is_missed(tmp_path: Path) -> None:
    """One of ten read without a flag, of a hundred, is about ten comments."""
    comments = [scored(f"p{i}", 0.1) for i in range(100)]
    answers = {f"p{i}": {"decision": "remove" if i == 0 else "approve"} for i in range(10)}
    queue = write_desk(tmp_path, comments, answers, audit=list(answers))
    missed = tune(queue).missed
    assert missed is not None
    assert missed.share == Share(hits=1, trials=10)
    assert missed.comments == pytest.approx(10)
    assert missed.interval.low < 10 < missed.interval.high


def test_todays_scores_count_and_not_the_queues_old_cells(tmp_path: Path) -> None:
    """A decision made under an older model tells about the present one."""
    queue = write_desk(
        tmp_path,
        [scored("c1", 0.9)],
        {"c1": {"decision": "remove", "toxicity": "0.51", "reasons": "toxicity 0.51 ≥ 0.50"}},
    )
    assert tune(queue).evidence.rows[0].scores == (0.9, 0.0, 0.0)


def test_a_wrong_policy_or_none_is_said(tmp_path: Path) -> None:
    """Thresholds are compared with those that made the queue, and with no others."""
    queue = write_desk(tmp_path, [scored("c1", 0.6)], {"c1": {"decision": "remove"}})
    other = tmp_path / "other.toml"
    other.write_text("[toxicity]\ntoxicity = 0.8\n")
    with pytest.raises(UsageError, match="under another policy"):
        tune(queue, policy=other)
    QueuePaths.beside(queue).receipt.unlink()
    with pytest.raises(PolicyError, match="--policy"):
        tune(queue)


def proposed(seed: int = 8) -> tuple[Tuning, Proposal]:
    tuning = learn(Desk(seed).evidence(2_500), Goal(precision=0.6))
    assert isinstance(tuning.result, Proposal)
    return tuning, tuning.result


def test_a_tuned_policy_loads_and_says_where_it_comes_from(tmp_path: Path) -> None:
    """Numbers as chosen; decisions, date and expected effect as remarks."""
    tuning, proposal = proposed()
    path_ = tmp_path / "tuned.toml"
    write_policy(tuning, proposal, path_, date(2026, 11, 24))
    loaded, text = load_policy(path_), path_.read_text()
    assert loaded.thresholds == proposal.choice.policy.thresholds
    assert (loaded.severity, loaded.second_sign) == (proposal.choice.policy.severity, 0.3)
    assert loaded.name == "desk-tuned"
    assert "2026-11-24" in text
    assert proposal.choice.expected.precision.sentence() in text
    assert "# was 0.5" in text
    assert text == policy_file_text(tuning, proposal, date(2026, 11, 24))


def test_a_policy_of_ones_own_is_not_written_over(tmp_path: Path) -> None:
    """Only an earlier file of this command is replaced."""
    tuning, proposal = proposed()
    own = tmp_path / "desk.toml"
    own.write_text("[toxicity]\n")
    with pytest.raises(UsageError, match="stands there already"):
        write_policy(tuning, proposal, own, date(2026, 11, 24))
    assert own.read_text() == "[toxicity]\n"
    for day in (24, 25):
        write_policy(tuning, proposal, tmp_path / "tuned.toml", date(2026, 11, day))
    assert "2026-11-25" in (tmp_path / "tuned.toml").read_text()


def test_rows_are_counted_as_a_scan_would_count_them(tmp_path: Path) -> None:
    """The rows of a choice are what its policy flags, judged by the policy itself."""
    random = np.random.default_rng(11)
    comments = [
        scored(f"c{i}", float(random.uniform(0, 1)), *([match("glorb", 2)] if i % 7 == 0 else []))
        for i in range(800)
    ]
    cells = {
        f"c{i}": {"decision": "remove" if one.toxicity["toxicity"] > 0.7 else "approve"}
        for i, one in enumerate(comments)
        if judge(one, POLICY).outcome == "flagged"
    }
    tuning = tune(write_desk(tmp_path, comments, cells))
    assert len(tuning.choices) > 3
    for choice in tuning.choices:
        judged = [judge(one, choice.policy).outcome for one in comments]
        assert choice.rows == judged.count("flagged")


@pytest.fixture
def decided_queue(tmp_path: Path) -> Path:
    """A desk that removes more the higher the score, with 300 decisions."""
    random = np.random.default_rng(12)
    comments = [scored(f"c{i}", float(0.5 + i / 600)) for i in range(300)]
    cells = {
        f"c{i}": {"decision": "remove" if random.random() < i / 300 else "approve"}
        for i in range(300)
    }
    return write_desk(tmp_path, comments, cells)


def test_the_command_shows_choices_and_writes_a_policy(run: Run, decided_queue: Path) -> None:
    """A budget of a day's work becomes a policy file that a scan takes."""
    tuned = decided_queue.with_name("tuned.toml")
    budget = ("--rows-per-day", "75", "--days", "2")
    code, out, err = run("tune", decided_queue, *budget, "-o", tuned)
    assert code == 0, err
    assert "300 decisions on 300 flagged comments" in out
    assert "Expect about" in out
    assert load_policy(tuned).thresholds["toxicity"] > 0.5
    code, out, _ = run("tune", decided_queue, *budget, "--json")
    assert json.loads(out)["proposal"]["rows"] <= 150


def test_the_command_refuses_and_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    """Too few decisions end with exit code 1, and no file is written."""
    queue = write_desk(tmp_path, [scored("c1", 0.9)], {"c1": {"decision": "remove"}})
    tuned = tmp_path / "tuned.toml"
    code, out, _ = run("tune", queue, "--target-precision", "0.8", "-o", tuned)
    assert code == 1
    assert "92 more are missing" in out
    assert not tuned.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rows-per-day", "200"], "--days"),
        (["--days", "2"], "--rows-per-day"),
        (["--rows", "10", "--target-precision", "0.5"], "one goal"),
        (["--rows", "10", "--rows-per-day", "5", "--days", "2"], "one budget"),
        (["-o", "tuned.toml"], "for a goal"),
    ],
)
def test_goals_that_do_not_go_together_are_refused(
    run: Run, decided_queue: Path, options: list[str], message: str
) -> None:
    """Each mistake is one sentence that names the option."""
    code, _, err = run("tune", decided_queue, *options)
    assert (code, message in err) == (2, True), err
