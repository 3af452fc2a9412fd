"""The folding: every disguise of a letter is undone, and every position leads back."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.folding import (
    EVASIVE_STEPS,
    STEPS,
    close_marks,
    close_spelled,
    decode,
    has_spelled,
    keys,
    keys_of_all,
    read_character,
    skeleton,
    squeeze,
    squeeze_all,
    unmask_scripts,
)

CASES = Path(__file__).parent / "cases" / "folding" / "steps.csv"
TEXTS = st.text(max_size=80)


def read_cases() -> list[tuple[str, str, str]]:
    """The rows of the table of disguises: step, disguised, plain."""
    with CASES.open(encoding="utf-8", newline="") as file:
        return [(row["step"], row["disguised"], row["plain"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("step", "disguised", "plain"), read_cases())
def test_each_disguise_of_letters_folds_to_the_same_skeleton(
    step: str, disguised: str, plain: str
) -> None:
    """A disguised word and the plain one have the same skeleton."""
    disguised = disguised.encode().decode("unicode_escape") if "\\u" in disguised else disguised
    folded = skeleton(unmask_scripts(disguised), symbols=step == "leetspeak")
    folded = close_marks(close_spelled(folded)) if step == "separators" else folded
    assert folded.text == skeleton(plain).text


def test_the_table_has_a_case_for_every_step_that_is_undone_here() -> None:
    """No folding without an example."""
    assert {step for step, _, _ in read_cases()} == set(STEPS[2:10])


@given(TEXTS)
def test_the_skeleton_points_into_the_text(text: str) -> None:
    """Every letter stands somewhere, in order, and never beyond the end."""
    bones = skeleton(text)
    assert len(bones.text) == len(bones.starts) == len(bones.ends) == len(bones.counts)
    assert all(
        0 <= start < end <= len(text) for start, end in zip(bones.starts, bones.ends, strict=True)
    )
    assert list(bones.starts) == sorted(bones.starts)
    assert list(bones.words) == sorted(set(bones.words))


@given(TEXTS, st.booleans())
def test_the_quick_look_sees_what_the_skeleton_sees(text: str, symbols: bool) -> None:
    """The folding without positions and the one with them give the same letters."""
    quick = squeeze(keys(text, symbols=symbols)).split()
    bones = skeleton(text, symbols=symbols)
    assert [bones.text[begin:stop] for begin, stop in bones.word_spans()] == quick


@given(TEXTS)
def test_closing_marks_parts_words_at_white_space_alone(text: str) -> None:
    """Punctuation inside a word is left out of it."""
    closed = close_marks(skeleton(text))
    assert closed.text == "".join(squeeze(keys(word).replace(" ", "")) for word in text.split())


@given(st.lists(st.text(max_size=12).map(lambda text: "".join(text.split())), max_size=8))
def test_many_texts_are_folded_as_one_is(texts: list[str]) -> None:
    """Folding in bulk gives what folding one by one gives."""
    assert keys_of_all(texts) == [keys(text) for text in texts]
    assert keys_of_all(texts, symbols=True) == [keys(text, symbols=True) for text in texts]
    assert squeeze_all(texts) == [squeeze(text) for text in texts]


@given(TEXTS)
def test_unmasking_scripts_keeps_the_length(text: str) -> None:
    """Positions hold before and after look-alike letters are replaced."""
    assert len(unmask_scripts(text)) == len(text)


@given(TEXTS, st.integers(min_value=0, max_value=80))
def test_an_invisible_character_changes_nothing(text: str, place: int) -> None:
    """A zero-width space anywhere leaves the letters as they are."""
    place = min(place, len(text))
    assert keys(text[:place] + "\u200b" + text[place:]) == keys(text)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_case_changes_nothing_in_plain_text(text: str) -> None:
    """Capitals and small letters have the same keys."""
    assert keys(text.upper()) == keys(text.lower())


@given(st.characters())
def test_reading_a_character_names_known_steps_in_their_order(character: str) -> None:
    """Steps are named as in the list, each once, in its order."""
    steps = read_character(character).steps
    assert list(steps) == sorted(set(steps), key=STEPS.index)


def test_honest_text_in_another_script_is_left_alone() -> None:
    """Russian and Greek words are not read as English ones, beside English words or without."""
    for text in ("оса сосна река", "I read оса и сосна today", "ΟΧΙ και ναι", "мост over the река"):
        assert unmask_scripts(text) == text


def test_a_foreign_letter_inside_a_latin_word_is_unmasked() -> None:
    """One Cyrillic letter in a Latin word poses as a Latin one."""
    assert unmask_scripts("blаrf") == "blarf"


def test_a_wholly_foreign_word_is_unmasked_where_nothing_is_honest() -> None:
    """A word of look-alikes alone in a Latin text poses as a Latin word."""
    assert unmask_scripts("you ѕсоре") == "you scope"


def test_small_capitals_and_barred_letters_are_read_by_their_names() -> None:
    """Letters that Unicode does not decompose are read as the letter that their name says."""
    assert keys("ʙᴀᴍ łøđ") == keys("bam lod")


def test_vowel_signs_of_indic_scripts_are_kept() -> None:
    """They are letters there and no decoration."""
    assert keys("हिन्दी") == "हिन्दी"


def test_spelled_words_are_noticed_and_short_stray_letters_are_not() -> None:
    """Three single letters in a row are a spelled word, ``I'm a`` is not."""
    assert has_spelled(keys("b l a r f"))
    assert not has_spelled(keys("I'm a man"))


def test_evasive_steps_leave_out_what_honest_spelling_needs() -> None:
    """Capitals, accents and hashtags are no evasion."""
    assert EVASIVE_STEPS.isdisjoint({"case", "accents", "joined"})
    assert "leetspeak" in EVASIVE_STEPS


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a &#98;larf", "a blarf"),
        ("a &#x62;larf", "a blarf"),
        ("a %62larf", "a blarf"),
        ("a \\u0062larf", "a blarf"),
        ("a bl<b>a</b>rf", "a blarf"),
        ("a bl&shy;arf", "a blarf"),
        ("bla<br>rf", "bla rf"),
        ("a |3larf", "a blarf"),
        ("a ɟɹɐlq", "a blarf"),
    ],
)
def test_codes_are_read_as_what_they_show(written: str, shown: str) -> None:
    """Entities, percent and backslash codes, tags inside words, drawn and turned letters."""
    decoded = decode(written)
    assert decoded is not None
    assert decoded.text == shown


@pytest.mark.parametrize(
    "text", ["", "100% of it & more", "a < b | c (d)", "path\\to", "cross (x) or so", "naïve"]
)
def test_signs_that_are_no_code_are_left_alone(text: str) -> None:
    """Nothing is decoded that shows what it is."""
    assert decode(text) is None


@given(st.text(alphabet="ab&#98;x%62\\u0062<b>/|()ɟɹɐ q\n", max_size=60))
def test_what_is_decoded_points_into_the_text(text: str) -> None:
    """Each shown character has a place, and plain ones stand there themselves."""
    decoded = decode(text)
    if decoded is not None:
        assert len(decoded.text) == len(decoded.starts) == len(decoded.ends)
        for place in range(len(decoded.text)):
            start, end = decoded.span(place, place + 1)
            assert 0 <= start < end <= len(text)
            assert decoded.undone(place, place + 1) or decoded.text[place] == text[start]


def test_letters_spelled_one_by_one_pose_together() -> None:
    """A foreign letter among single Latin ones poses, though it stands by itself."""
    assert unmask_scripts("b.l.а.r.f") == "b.l.a.r.f"


def test_a_word_of_several_scripts_poses() -> None:
    """Nobody writes Coptic, Lisu and Cherokee in one word but to be read as Latin."""
    assert unmask_scripts("ꓐⲀꓣᎬ") == "bare"
