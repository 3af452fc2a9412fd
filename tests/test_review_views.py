"""What a row looks like as JSON, and its reasons in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.folding import STEPS
from moderation.language import LANGUAGES
from moderation.policy import Policy, judge
from moderation.records import HUMAN_VERDICTS, Comment, Reason, ScoredComment, TermMatch
from moderation.review_desk.values import (
    VERDICT_FILTERS,
    Brief,
    Facets,
    Row,
    Standing,
    Summary,
)
from moderation.review_page.views import (
    LONGEST_EXCERPT,
    LONGEST_SHOWN,
    brief_json,
    facets_json,
    row_json,
    summary_json,
    summary_row_json,
)
from moderation.review_page.words import (
    CONTEXTS,
    DISGUISES,
    VERDICTS,
    direction_of,
    language_in_words,
    reason_in_words,
)
from moderation.review_queue.cells import show_invisible
from moderation.review_queue.reasons import sentence
from moderation.review_queue.rows import shown_text

TEXT = "You are a g1orb and nothing else."
MATCH = TermMatch(
    start=10,
    end=15,
    text="g1orb",
    term="glorb",
    language="en",
    category="ethnicity",
    target="Glorbians",
    severity=3,
    via=("case", "leetspeak"),
)
INSULT = Reason(code="toxicity.insult", detail="insult", value=0.8, threshold=0.55, start=0, end=15)
POLICY = Policy(
    name="desk",
    thresholds={"insult": 0.55},
    severity=2,
    second_sign=0.5,
    queue_unchecked=True,
    version="1",
    places={},
)


def row(text: str = TEXT, **changed: Any) -> Row:
    """A row with the evidence of one term and one score."""
    known = Row(
        id="c0123456789abcdef",
        text=text,
        source="pages/bridge.txt",
        number="3 › 1",
        author="Ann",
        posted_at="5 May",
        group="",
        language="en",
        reasons_cell="",
        terms_cell="glorb",
        scored_by="moderation 1",
        priority=72,
        scores={"toxicity": 0.4, "insult": 0.8},
        matches=(MATCH,),
        reasons=(reason_of(MATCH), INSULT),
        has_evidence=True,
        standing=Standing(),
    )
    return replace(known, **changed)


def bare(text: str, **changed: Any) -> Row:
    """A row of a queue that came without its scores file."""
    return row(text, matches=(), reasons=(), has_evidence=False, **changed)


def reason_of(match: TermMatch, text: str = TEXT, scores: dict[str, float] | None = None) -> Reason:
    """The reason that the policy itself makes of a match."""
    comment = Comment(id="c1", document_id="page", number=1, start=0, end=len(text), text=text)
    scored = ScoredComment(
        comment=comment, source="page", language="en", toxicity=scores or {}, matches=(match,)
    )
    strong = replace(match, term="blarg", context="", severity=4)
    return judge(replace(scored, matches=(match, strong)), POLICY).reasons[-1]


def shown(one: Row, **changed: Any) -> dict[str, Any]:
    """What the page gets, after a trip through JSON."""
    options = {"group_size": 0, "whole": False, **changed}
    found: dict[str, Any] = json.loads(json.dumps(row_json(one, {"toxicity": 0.5}, **options)))
    return found


def text_of(segments: list[dict[str, Any]]) -> str:
    """The text that the page shows."""
    return "".join(segment["text"] for segment in segments)


def test_a_score_is_said_with_its_threshold() -> None:
    """In the words of the policy, rounded as in the queue."""
    assert reason_in_words(INSULT) == (
        "The model's score for insult is 0.80; the policy flags from 0.55."
    )
    close = replace(INSULT, value=0.6999, threshold=0.6995)
    assert "0.6999; the policy flags from 0.6995." in reason_in_words(close)
    severe = replace(INSULT, code="toxicity.severe_toxicity", detail="severe toxicity")
    assert reason_in_words(severe).startswith("The model's score for severe toxicity is 0.80;")


def test_a_score_without_a_threshold_is_only_said() -> None:
    """Such as that of a comment that is here to see what the scan misses."""
    sampled = Reason(code="toxicity.insult", detail="insult = 0.03", value=0.03)
    assert reason_in_words(sampled) == "The model's score for insult is 0.03."


def test_a_term_is_named_with_all_that_is_known_of_it() -> None:
    """Category, target, severity and disguise, in words."""
    assert reason_in_words(reason_of(MATCH), [MATCH]) == (
        "The word list has “glorb” as a slur (ethnicity: Glorbians); severe (3 of 4); "
        "written to evade: digits or signs for letters."
    )


def test_how_a_term_is_used_is_said() -> None:
    """As is how often it stands there."""
    mentioned = replace(MATCH, context="mentioned", via=())
    again = replace(mentioned, start=20, end=25)
    words = reason_in_words(reason_of(mentioned), [mentioned, again])
    assert words.endswith("severe (3 of 4); mentioned, not used; 2 times.")


def test_an_insult_gets_its_article() -> None:
    """And no target where there is none."""
    insult = replace(MATCH, category="general insult", target="", via=())
    assert reason_in_words(reason_of(insult), [insult]).startswith(
        "The word list has “glorb” as an insult (general insult); "
    )


def test_a_term_that_is_too_faint_to_flag_says_so() -> None:
    """So that nobody takes it for the reason why the comment is here."""
    faint = replace(MATCH, severity=1, via=())
    reason = reason_of(faint)
    assert "too faint" in reason.detail
    assert reason_in_words(reason, [faint]).endswith(
        "mild (1 of 4). It is too faint to flag by itself."
    )


def test_a_reason_without_its_match_keeps_its_own_words() -> None:
    """As the queue has them."""
    assert reason_in_words(reason_of(MATCH)).startswith('Slur "g1orb" (ethnicity: Glorbians')
    unchecked = Reason(code="not_checked.language", detail="")
    assert reason_in_words(unchecked) == "The model does not know the language."


def test_every_disguise_context_verdict_and_language_has_words() -> None:
    """Nothing falls back to a program's own name for it."""
    assert set(DISGUISES) == set(STEPS)
    assert set(CONTEXTS) == {"mentioned", "reclaimed", "ambiguous"}
    assert set(VERDICTS) >= {*HUMAN_VERDICTS, *filter(None, VERDICT_FILTERS)}
    assert all(language_in_words(code) != code for code in (*LANGUAGES, "und"))
    assert language_in_words("tlh") == "tlh"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Good morning", "ltr"),
        ("صباح الخير", "rtl"),
        ("שלום רב to you", "rtl"),
        ("He wrote שלום to us all", "ltr"),
        ("12:30 … 👍", "auto"),
        ("", "auto"),
    ],
)
def test_a_text_runs_as_most_of_its_letters_do(text: str, direction: str) -> None:
    """Not as a control character in it says."""
    assert direction_of([text]) == direction
    assert direction_of([f"\u202e{text}"]) == direction


def test_a_row_holds_everything_that_a_decision_needs() -> None:
    """Marks, reasons, scores and terms."""
    page = shown(row(), group_size=4)
    assert text_of(page["segments"]) == TEXT
    assert [one["kinds"] for one in page["segments"]] == [["passage"], ["term", "passage"], []]
    assert page["segments"][1] == {
        "text": "g1orb",
        "kinds": ["term", "passage"],
        "term": 0,
        "passage": 0,
        "is_masked": True,
    }
    assert page["language"] == {"code": "en", "name": "English"}
    assert (page["number"], page["priority"], page["group_size"]) == ("3 › 1", 72, 4)
    assert page["scores"] == [
        {
            "label": "toxicity",
            "words": "toxicity",
            "value": 0.4,
            "threshold": 0.5,
            "is_over": False,
        },
        {"label": "insult", "words": "insult", "value": 0.8, "threshold": 0.55, "is_over": True},
    ]
    assert page["terms"][0]["severity_words"] == "severe (3 of 4)"
    assert page["terms"][0]["via_words"] == "written to evade: digits or signs for letters"
    assert page["terms"][0]["is_masked"]
    assert [one["code"] for one in page["reasons"]] == ["lexicon.slur", "toxicity.insult"]


def test_evidence_about_another_text_is_told_but_not_marked() -> None:
    """The reasons still stand; only where they point is unknown."""
    page = shown(row("Another text altogether, and longer."))
    assert all(not one["kinds"] for one in page["segments"])
    assert len(page["reasons"]) == 2


def test_a_queue_without_its_scores_still_says_why() -> None:
    """In the words of its own cell, one reason apart from the other."""
    reasons = (reason_of(MATCH), INSULT)
    page = shown(bare(TEXT, reasons_cell=sentence(reasons)))
    assert [one["words"] for one in page["reasons"]] == [
        'Slur "g1orb" (ethnicity: Glorbians, severe, written to evade "glorb": leetspeak).',
        "Insult 0.80 ≥ 0.55.",
    ]
    assert [one["code"] for one in page["reasons"]] == ["lexicon", "toxicity"]
    line = summary_row_json(bare(TEXT, reasons_cell=sentence(reasons)))
    assert line["top_reason"]["code"] == "lexicon"
    assert summary_row_json(bare(TEXT))["top_reason"] == {"code": "", "words": ""}


def test_a_queue_without_its_scores_still_masks_the_slurs_that_it_names() -> None:
    """As its cell spells them, and nowhere inside another word."""
    text = "A g1orb is a g1orb, ag1orb is not, blarg!"
    again, other = replace(MATCH, start=2, end=7), replace(MATCH, start=35, end=40, text="blarg")
    other = replace(other, term="blarg", via=(), context="mentioned", target="", severity=1)
    cell = sentence((reason_of(again, text), INSULT, reason_of(other, text)))
    page = shown(bare(text, reasons_cell=cell))
    marked = [one for one in page["segments"] if one["kinds"]]
    assert [(one["text"], one["is_masked"]) for one in marked] == [
        ("g1orb", True),
        ("g1orb", True),
        ("blarg", False),
    ]
    assert text_of(page["segments"]) == text
    first, _, last = page["terms"]
    assert (first["term"], first["target"]) == ("glorb", "Glorbians")
    assert first["via_words"] == "written to evade: digits or signs for letters"
    assert (last["category"], last["context_words"]) == ("ethnicity", "mentioned, not used")


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_cell_says_the_text_stays_whole(cell: str, text: str) -> None:
    """A person may have written anything into it."""
    page = shown(bare(text, reasons_cell=f'slur "{text[:5]}" (a, severe); {cell}'))
    assert text_of(page["segments"]) == show_invisible(shown_text(text))


def test_a_very_long_comment_is_cut_until_the_whole_is_asked_for() -> None:
    """And says how long it is."""
    long = bare("word " * 20_000 + ".")
    page = shown(long)
    assert page["is_cut"]
    assert page["text_length"] == 100_001
    assert text_of(page["segments"]) == long.text[:LONGEST_SHOWN]
    whole = shown(long, whole=True)
    assert not whole["is_cut"]
    assert text_of(whole["segments"]) == long.text


@given(st.text(max_size=2 * LONGEST_EXCERPT), st.integers(0, 600))
def test_an_excerpt_is_a_part_of_the_text(text: str, place: int) -> None:
    """Around the first mark, with an ellipsis where something was left out."""
    text = f"{text[:place]}g1orb{text[place:]}"
    start = text.index("g1orb")
    found = replace(MATCH, start=start, end=start + 5)
    line = summary_row_json(row(text, matches=(found,), reasons=()))["excerpt"]
    cut = [segment for segment in line if "cut" in segment["kinds"]]
    rest = [segment for segment in line if "cut" not in segment["kinds"]]
    assert text_of(rest) in show_invisible(shown_text(text))
    assert any(segment["term"] == 0 for segment in rest)
    assert all(segment["text"] == "…" for segment in cut)


def test_a_line_of_the_list_shows_the_score_that_was_asked_for() -> None:
    """Else the highest one."""
    assert summary_row_json(row())["score"] == 0.8
    assert summary_row_json(row(), "toxicity")["score"] == 0.4
    assert summary_row_json(row(scores={}))["score"] is None
    assert summary_row_json(row(scores={"insult": float("nan")}))["score"] is None
    assert "segments" in summary_row_json(row(), whole=True)


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_text_from_outside_comes_with_its_invisible_characters_shown(
    author: str, note: str
) -> None:
    """A name cannot turn the line that it stands in around."""
    standing = Standing(note=note, verdict="remove", change=2)
    page = row_json(row(author=author, standing=standing), {}, group_size=0, whole=False)
    assert page["author"] == show_invisible(author)
    assert page["standing"]["note"] == show_invisible(note)
    assert page["standing"]["change"] == 2


def test_a_neighbour_is_masked_like_the_comment_itself() -> None:
    """Its slurs are not less of a burden."""
    brief = Brief(
        id="c1", author="", posted_at="", text=TEXT, number="2", matches=(MATCH,), is_flagged=True
    )
    page = brief_json(brief)
    assert page is not None
    assert [one["is_masked"] for one in page["segments"]] == [False, True, False]
    assert page["standing"] is None
    assert brief_json(None) is None


def test_the_summary_names_each_label_and_its_threshold() -> None:
    """And says in a sentence why nothing can be saved, where that is so."""
    summary = Summary(
        rows=3,
        undecided=1,
        conflicts=1,
        verdicts={"remove": 1},
        session_decided=1,
        per_minute=0.1,
        seconds_left=600.0,
        can_undo=True,
        can_redo=False,
        warnings=("queue.csv is open\u202e in a spreadsheet.",),
        labels=("severe_toxicity",),
        thresholds={"severe_toxicity": 0.6},
        read_only="The folder cannot be written.",
    )
    page = summary_json(summary, queue="queue.csv", reviewer="Ann", revision=7)
    assert page["labels"] == [
        {"name": "severe_toxicity", "words": "severe toxicity", "threshold": 0.6}
    ]
    assert page["read_only"] == "The folder cannot be written."
    assert "⟦U+202E⟧" in page["warnings"][0]
    assert page["session"] == {"decided": 1, "per_minute": 0.1, "seconds_left": 600.0}


def test_each_value_of_a_filter_has_words() -> None:
    """Those of the queue and of the policy."""
    facets = Facets(
        reason=(("lexicon.slur", 3), ("toxicity.insult", 2)),
        severity=(("4", 1), ("2", 5)),
        language=(("de", 3),),
        verdict=(("undecided", 4),),
    )
    page = facets_json(facets, ["insult"])
    assert page["reason"][0] == {"value": "lexicon.slur", "words": "word list: slur", "count": 3}
    assert [one["words"] for one in page["severity"]] == ["extreme", "moderate or worse"]
    assert page["language"][0]["words"] == "German"
    assert page["label"] == [{"value": "insult", "words": "insult", "count": None}]
