"""Thresholds with names, the reasons they give, and mistakes that are found by file and line."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.errors import PolicyError
from moderation.policy import (
    PRESETS,
    Policy,
    annotated_policy,
    flagging_matches,
    judge,
    load_policy,
    policy_of_settings,
    policy_text,
    policy_toml,
)
from moderation.records import Comment, ScoredComment, TermMatch
from moderation.review_queue.columns import LABELS
from moderation.review_queue.reasons import sentence
from moderation.toxicity import measured_effect

STANDARD = load_policy("standard")
TEXT = "a comment with a glorb in it"


def scored(
    toxicity: Mapping[str, float] | None = None, *matches: TermMatch, **changes: str
) -> ScoredComment:
    comment = Comment(id="c1", document_id="d", number=1, start=0, end=len(TEXT), text=TEXT)
    plain = ScoredComment(comment=comment, source="d.txt", language="en", matches=matches)
    return replace(plain, toxicity=toxicity or {}, **changes)  # type: ignore[arg-type]


def match(**changes: object) -> TermMatch:
    values: dict[str, object] = {
        "start": 17,
        "end": 22,
        "text": "glorb",
        "term": "glorb",
        "language": "en",
        "category": "nationality",
        "target": "Glorbians",
        "severity": 3,
    }
    return TermMatch(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_a_threshold_for_each_label_that_was_measured(name: str) -> None:
    """There is no data to measure severe_toxicity with, so no preset pretends to know."""
    thresholds = load_policy(name).thresholds
    assert set(thresholds) == set(LABELS) - {"severe_toxicity"}
    assert all(measured_effect(label, threshold) for label, threshold in thresholds.items())


def test_a_stricter_preset_flags_no_less() -> None:
    """From lenient to strict every threshold falls."""
    for label in STANDARD.thresholds:
        lenient, standard, strict = (load_policy(name).thresholds[label] for name in PRESETS)
        assert lenient > standard > strict


def test_a_harmless_comment_passes() -> None:
    """Low scores and no term give no reason."""
    verdict = judge(scored(dict.fromkeys(LABELS, 0.01)), STANDARD)
    assert (verdict.outcome, verdict.reasons, verdict.priority) == ("passed", (), 0)


def test_every_detector_gives_its_reason() -> None:
    """A term and two labels are three reasons, each with its evidence."""
    verdict = judge(scored({"insult": 0.84, "toxicity": 0.99}, match()), STANDARD)
    assert [reason.code for reason in verdict.reasons] == [
        "lexicon.slur",
        "toxicity.toxicity",
        "toxicity.insult",
    ]
    first = verdict.reasons[0]
    assert first.start is not None
    assert TEXT[first.start : first.end] == "glorb"


def test_reasons_read_as_a_sentence() -> None:
    """Term, group and severity in words; scores beside their thresholds."""
    policy = replace(STANDARD, thresholds={"insult": 0.7})
    verdict = judge(scored({"insult": 0.84}, match()), policy)
    assert sentence(verdict.reasons) == (
        'slur "glorb" (nationality: Glorbians, severe); insult 0.84 ≥ 0.70'
    )


@pytest.mark.parametrize(
    ("value", "threshold", "shown"),
    [(0.8449, 0.7, "0.84 ≥ 0.70"), (0.1261, 0.125, "0.126 ≥ 0.125"), (0.7, 0.7, "0.70 ≥ 0.70")],
)
def test_numbers_are_as_short_as_they_are_true(value: float, threshold: float, shown: str) -> None:
    """Two digits, unless these would misstate the score or the threshold."""
    policy = replace(STANDARD, thresholds={"insult": threshold})
    verdict = judge(scored({"insult": value}), policy)
    assert sentence(verdict.reasons) == f"insult {shown}"


def test_a_disguise_is_named_and_ranks_higher() -> None:
    """What was done to evade the list is said, and is a sign of its own."""
    plain = judge(scored(None, match()), STANDARD)
    evasive = judge(scored(None, match(via=("leetspeak",))), STANDARD)
    assert 'written to evade "glorb": leetspeak' in sentence(evasive.reasons)
    assert evasive.priority > plain.priority


def test_a_capital_letter_is_no_disguise() -> None:
    """What honest writing needs is not held against it."""
    capital = judge(scored(None, match(via=("case",))), STANDARD)
    assert "evade" not in sentence(capital.reasons)
    assert capital.priority == judge(scored(None, match()), STANDARD).priority


def test_a_quoted_term_is_shown_behind_the_others() -> None:
    """Mentioning is not using: the row stays, its priority halves."""
    used, mentioned = (judge(scored(None, match(context=c)), STANDARD) for c in ("", "mentioned"))
    assert mentioned.outcome == "flagged"
    assert mentioned.priority < used.priority


@pytest.mark.parametrize(
    ("toxicity", "others", "outcome"),
    [(0.1, (), "passed"), (0.35, (), "flagged"), (0.1, (match(term="blarg"),), "flagged")],
)
def test_an_ambiguous_term_needs_a_second_sign(
    toxicity: float, others: tuple[TermMatch, ...], outcome: str
) -> None:
    """Alone it passes; an uneasy model or another term makes it count."""
    ambiguous = match(context="ambiguous")
    assert judge(scored({"toxicity": toxicity}, ambiguous, *others), STANDARD).outcome == outcome


def test_a_mild_term_passes_where_the_policy_asks_for_more() -> None:
    """Severity is a threshold like any other."""
    assert judge(scored(None, match(severity=1)), STANDARD).outcome == "passed"


@pytest.mark.parametrize("status", ["unsupported_language", "failed"])
def test_what_could_not_be_checked_never_passes(status: str) -> None:
    """Without evidence it is 'not checked', with the reason in words."""
    verdict = judge(scored(status=status, error="it does not know 'xx'"), STANDARD)
    assert (verdict.outcome, verdict.priority) == ("not_checked", 0)
    assert sentence(verdict.reasons) == "it does not know 'xx'"


def test_a_flag_in_an_unknown_language_still_says_what_was_not_done() -> None:
    """A term found in a language that the model cannot judge gives both reasons."""
    verdict = judge(
        scored(None, match(), status="unsupported_language", error="no model"), STANDARD
    )
    assert verdict.outcome == "flagged"
    assert verdict.reasons[-1].detail == "no model"


@given(st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1)), st.integers(1, 4))
def test_priority_stays_in_range_and_grows_with_evidence(
    toxicity: dict[str, float], severity: int
) -> None:
    """From 0 to 100, and a further term never lowers it."""
    without = judge(scored(toxicity), STANDARD).priority
    with_term = judge(scored(toxicity, match(severity=severity)), STANDARD).priority
    assert 0 <= without <= with_term <= 100


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[toxicity]\ninsult = 1.5", "own.toml:2: the key 'toxicity.insult' must be a number"),
        ("[toxicity]\ninsult = true", "own.toml:2: the key 'toxicity.insult' must be a number"),
        ("", "own.toml: the table [toxicity] is missing"),
        (
            "[toxicity]\n[lexicon]\nseverity = []",
            "own.toml:3: the key 'lexicon.severity' must be 1",
        ),
        (f"a = {'[' * 5000}", "own.toml: this is not valid TOML"),
        (f"a = {'9' * 5000}", "own.toml: this is not valid TOML"),
        ("nmae = 'x'", "own.toml:1: the key 'nmae' is unknown; known here: lexicon, name"),
        ("[lexicon]\n\nsevrity = 2", "own.toml:3: the key 'lexicon.sevrity' is unknown"),
        (
            "[toxicity]\n[lexicon]\nseverity = 5",
            "own.toml:3: the key 'lexicon.severity' must be 1",
        ),
        (
            "[toxicity]\n[not_checked]\nqueue = 1",
            "own.toml:3: the key 'not_checked.queue' must be",
        ),
        ("toxicity = 0.5", "own.toml:1: the key 'toxicity' must be a table"),
        ("toxicity.insult = 2", "own.toml:1: the key 'toxicity.insult' must be a number"),
        ("name = ", "own.toml: this is not valid TOML"),
    ],
)
def test_a_mistake_is_found_by_file_line_and_key(tmp_path: Path, toml: str, message: str) -> None:
    """Nobody has to search for what is wrong with their policy."""
    path = tmp_path / "own.toml"
    path.write_text(toml)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert message in str(caught.value)


def test_a_printed_policy_leaves_the_users_own_remarks(tmp_path: Path) -> None:
    """A line with a remark is not overwritten by a figure."""
    path = tmp_path / "own.toml"
    path.write_text("[toxicity]\ninsult = 0.5  # agreed in May\nthreat = 0.5\n")
    printed = annotated_policy(path, lambda label, threshold: "measured").split("\n")
    assert printed[1] == "insult = 0.5  # agreed in May"
    assert printed[2].endswith("# measured")


def test_an_unknown_policy_lists_the_presets() -> None:
    """A misspelt preset is answered with the right names."""
    with pytest.raises(PolicyError, match="lenient, standard, strict"):
        load_policy("strickt")


def test_a_label_that_the_model_lacks_is_found_by_line(tmp_path: Path) -> None:
    """A threshold that could never flag anything is an error, not a wish."""
    path = tmp_path / "own.toml"
    path.write_text("[toxicity]\ninsult = 0.5\nsarcasm = 0.5\n")
    with pytest.raises(PolicyError, match=r"own.toml:3: the model compact has no label 'sarcasm'"):
        load_policy(path).require_labels(LABELS, "compact")


@pytest.mark.parametrize("name", PRESETS)
def test_a_printed_policy_is_the_policy(tmp_path: Path, name: str) -> None:
    """What `moderation policy` prints, with its figures, loads as the same settings."""
    path = tmp_path / "own.toml"
    path.write_text(annotated_policy(name, lambda label, threshold: f"{label} at {threshold}"))
    printed, preset = load_policy(path), load_policy(name)
    assert (printed.thresholds, printed.severity) == (preset.thresholds, preset.severity)
    assert "# insult at " in path.read_text()
    assert policy_text(name).splitlines()[0] in path.read_text()


policies = st.builds(
    Policy,
    name=st.text(max_size=20),
    thresholds=st.dictionaries(st.text(max_size=12), st.floats(0, 1), max_size=4),
    severity=st.integers(1, 4),
    second_sign=st.floats(0, 1),
    queue_unchecked=st.booleans(),
    version=st.just(""),
    places=st.just({}),
)


@settings(deadline=None)
@given(policies, st.text())
def test_a_policy_that_is_written_is_the_same_when_read(
    tmp_path_factory: pytest.TempPathFactory, written: Policy, remark: str
) -> None:
    """Any name, labels, numbers and remarks make a file that loads as the same settings."""
    path = tmp_path_factory.mktemp("policy") / "own.toml"
    text = policy_toml(written, [remark], {"lexicon.severity": remark})
    path.write_text(text, encoding="utf-8", newline="")
    assert replace(load_policy(path), version="", places={}) == written


def test_the_policy_of_a_scan_comes_back_from_its_receipt() -> None:
    """The next command need not be told again under which policy a queue was made."""
    names = ("name", "thresholds", "severity", "second_sign", "queue_unchecked", "version")
    recorded = {"policy": {name: getattr(STANDARD, name) for name in names}}
    assert policy_of_settings(recorded) == replace(STANDARD, places={})


@pytest.mark.parametrize("recorded", [{}, {"policy": None}, {"policy": {"name": "standard"}}])
def test_a_receipt_without_a_policy_is_said_to_be_one(recorded: dict[str, object]) -> None:
    """The message says how to name the policy."""
    with pytest.raises(PolicyError, match="--policy"):
        policy_of_settings(recorded)


def test_the_terms_that_flag_are_told_from_the_faint_ones() -> None:
    """A severe term flags; a mild one and an ambiguous one without a second sign do not."""
    mild = match(term="meh", text="a com", start=0, end=5, severity=1)
    assert flagging_matches(scored({}, match(), mild), STANDARD) == (match(),)
    assert flagging_matches(scored({}, match(context="ambiguous")), STANDARD) == ()
