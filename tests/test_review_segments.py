"""A comment cut into pieces that are each shown in one way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moderation.records import Reason, TermMatch
from moderation.review_page.indentation import unindented
from moderation.review_page.segments import NO_MARKS, Marks, Segment, marks_in, segments
from moderation.review_queue.cells import show_invisible
from moderation.review_queue.rows import shown_text


def match(text: str, part: str, severity: int = 3) -> TermMatch:
    """A match of an invented term where ``part`` first stands in a text."""
    start = text.index(part)
    return TermMatch(
        start=start,
        end=start + len(part),
        text=part,
        term="glorb",
        language="en",
        category="ethnicity",
        target="Glorbians",
        severity=severity,
    )


def passage(start: int | None, end: int | None, code: str = "toxicity.insult") -> Reason:
    """A reason that names a part of the text."""
    return Reason(code=code, detail="insult", value=0.8, threshold=0.5, start=start, end=end)


def joined(found: list[Segment]) -> str:
    """The pieces put together again."""
    return "".join(segment.text for segment in found)


HARD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("⟦⟧U+200B27E6\u200b\u200d\u202e\u2066\ufeff\x00👩\u0646\u06cc<&\"'\n"),
    ),
    max_size=40,
)
SPANS = st.dictionaries(
    st.integers(0, 6), st.tuples(st.integers(-3, 45), st.integers(-3, 45)), max_size=6
)


@given(HARD, SPANS, SPANS, st.frozensets(st.integers(0, 6)))
def test_the_pieces_joined_are_the_text(
    text: str,
    terms: dict[int, tuple[int, int]],
    passages: dict[int, tuple[int, int]],
    masked: frozenset[int],
) -> None:
    """Whatever overlaps, is empty, or lies outside."""
    found = segments(text, Marks(terms=terms, passages=passages, masked=masked))
    assert joined(found) == show_invisible(text)
    assert all(segment.text for segment in found)


@given(HARD, SPANS, st.integers(0, 45), st.integers(0, 45))
def test_the_pieces_of_a_part_joined_are_that_part(
    text: str, terms: dict[int, tuple[int, int]], start: int, length: int
) -> None:
    """An excerpt loses nothing between its ends."""
    start = min(start, len(text))
    found = segments(text, Marks(terms=terms, passages={}), start, start + length)
    assert joined(found) == show_invisible(text[start : start + length])


@given(HARD, SPANS, SPANS)
def test_each_character_is_marked_exactly_where_its_spans_say(
    text: str, terms: dict[int, tuple[int, int]], passages: dict[int, tuple[int, int]]
) -> None:
    """The first of the terms and of the passages that it lies in."""
    place = 0
    for segment in segments(text, Marks(terms=terms, passages=passages)):
        is_invisible = "invisible" in segment.kinds
        for at in range(place, place + (1 if is_invisible else len(segment.text))):
            assert segment.term == min(
                (number for number, (start, end) in terms.items() if start <= at < end),
                default=None,
            )
            assert segment.passage == min(
                (number for number, (start, end) in passages.items() if start <= at < end),
                default=None,
            )
        assert ("term" in segment.kinds) == (segment.term is not None)
        assert ("passage" in segment.kinds) == (segment.passage is not None)
        place += 1 if is_invisible else len(segment.text)
    assert place == len(text)


def test_a_term_inside_a_passage_is_both() -> None:
    """And keeps the places of both in their lists."""
    text = "You are a glorb, really."
    marks = marks_in(text, [match(text, "glorb")], [passage(4, 15)])
    assert segments(text, marks) == [
        Segment(text="You "),
        Segment(text="are a ", kinds=("passage",), passage=0),
        Segment(text="glorb", kinds=("term", "passage"), term=0, passage=0, is_masked=True),
        Segment(text=", really."),
    ]


def test_an_invisible_character_inside_a_term_is_shown_and_the_term_goes_on() -> None:
    """So that the page can mask the whole of it."""
    text = "a gl\u200borb"
    found = segments(text, marks_in(text, [match(text, "gl\u200borb")], []))
    assert [segment.text for segment in found] == ["a ", "gl", "⟦U+200B⟧", "orb"]
    assert [segment.term for segment in found] == [None, 0, 0, 0]
    assert [segment.is_masked for segment in found] == [False, True, True, True]
    assert found[2].kinds == ("term", "invisible")


def test_a_written_out_mark_that_the_author_typed_cannot_pass_for_ours() -> None:
    """Its bracket is written out as well."""
    found = segments("⟦U+202E⟧")
    assert [(segment.text, segment.kinds) for segment in found] == [
        ("⟦U+27E6⟧", ("invisible",)),
        ("U+202E⟧", ()),
    ]


def test_only_severe_enough_terms_are_masked() -> None:
    """Mild ones are read as they are."""
    text = "glorb and blarg"
    mild, moderate = match(text, "glorb", severity=1), match(text, "blarg", severity=2)
    found = segments(text, marks_in(text, [mild, moderate], []))
    assert [(segment.text, segment.is_masked) for segment in found] == [
        ("glorb", False),
        (" and ", False),
        ("blarg", True),
    ]


def test_evidence_about_another_text_marks_nothing() -> None:
    """A wrong mark is worse than none: not even the passages are believed then."""
    text = "You are a glorb."
    right, wrong = match(text, "glorb"), match("glorb is what you are", "glorb")
    assert marks_in(text, [right, wrong], [passage(0, 3)]) == NO_MARKS


@given(st.integers(-5, 30), st.integers(-5, 30))
def test_a_passage_that_does_not_lie_in_the_text_is_left_out(start: int, end: int) -> None:
    """As is one that names all of it and so points at nothing."""
    text = "Twenty characters !!"
    marked = marks_in(text, [], [passage(start, end)]).passages
    is_part = 0 <= start < end <= 20 and end - start < 20
    assert marked == ({0: (start, end)} if is_part else {})


def test_reasons_of_the_word_list_and_without_a_place_are_no_passages() -> None:
    """Only the model has passages; its older scans have none."""
    reasons = [passage(0, 3, "lexicon.slur"), passage(None, None)]
    assert marks_in("A comment.", [], reasons) == NO_MARKS


def test_ten_thousand_marks_in_a_long_text_take_no_time() -> None:
    """A page that was glued together does not stop the desk."""
    text = "glorb " * 20_000
    spans = {number: (6 * number, 6 * number + 5) for number in range(20_000)}
    found = segments(text, Marks(terms=spans, passages={0: (3, 100_000)}))
    assert joined(found) == text


LINES = st.lists(st.text(alphabet="ab \t\u00a0é", max_size=8), max_size=6).map("\n".join)


@given(LINES, st.integers(0, 40), st.integers(0, 40))
def test_marks_move_with_the_words_when_the_page_s_indentation_is_taken_away(
    text: str, one: int, other: int
) -> None:
    """What was marked before is marked after, but for the blanks that are gone."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    shown, moved = unindented(text, Marks(terms={0: (start, end)}, passages={}))
    assert shown == shown_text(text)
    first, last = moved.terms[0]
    assert 0 <= first <= last <= len(shown) + 1
    assert shown[first:last].split() == text[start:end].split()


def test_a_term_over_two_indented_lines_stays_whole() -> None:
    """As far as it is shown."""
    text = "first\n      gl\n      orb there"
    found = match(text, "gl\n      orb")
    shown, marks = unindented(text, marks_in(text, [found], []))
    assert shown == "first\ngl\norb there"
    assert [one.text for one in segments(shown, marks) if one.term == 0] == ["gl\norb"]
