"""The lexicon's engine, on invented words: what it finds and where, and what it leaves alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.lexicon.measures import SLOW
from moderation.errors import LexiconError
from moderation.lexicon import Lexicon, Term, available_languages, load_lexicon
from moderation.records import TermMatch


def make(*forms: str, **changes: object) -> Term:
    """A term for invented people, strong unless changed."""
    values: dict[str, object] = {
        "term": forms[0],
        "language": "en",
        "forms": forms,
        "category": "ethnicity",
        "target": "Martians",
        "severity": 3,
        **changes,
    }
    return Term(**values)  # type: ignore[arg-type]


LEXICON = Lexicon(
    [
        make("glorbak", "glorbaks", "glorbaki"),
        make("zwiff", "zwiffs", excused_by=("zwiff and span",)),
        make("mud plonder", "mud plonders"),
        make("splonk", "splonks", ambiguity="often innocent", severity=2),
        make("quorble", ambiguity="reclaimed"),
        make("*flub", "*flubs", excused_by=("honeyflub",)),
        make("frabber", severity=1, category="general insult"),
        make("1799"),
        make("8 zarks"),
        make("blat", severity=1),
    ],
    "test",
)


def found(text: str) -> list[str]:
    """The terms found in a text."""
    return [match.term for match in LEXICON.find(text)]


def only(text: str) -> TermMatch:
    """The one match in a text."""
    (match,) = LEXICON.find(text)
    return match


@pytest.mark.parametrize(
    ("text", "via"),
    [
        ("a glorbak here", ()),
        ("a Glorbak here", ("case",)),
        ("a glörbak here", ("accents",)),
        ("a glo\u200brbak here", ("invisible",)),
        ("a 𝓰𝓵𝓸𝓻𝓫𝓪𝓴 here", ("compatibility",)),
        ("a glоrbаk here", ("look-alikes",)),
        ("a gl0rb@k here", ("leetspeak",)),
        ("a g l o r b a k here", ("separators",)),
        ("a g.l.o.r.b.a.k here", ("separators",)),
        ("a g🔥l🔥o🔥r🔥b🔥a🔥k here", ("separators",)),
        ("a glor-bak here", ("separators",)),
        ("a glor bak here", ("separators",)),
        ("a gloooorbak here", ("stretched",)),
        ("a gl*rb*k here", ("masked",)),
        ("a gl-rbak here", ("masked",)),
        ("a golrbak here", ("swapped",)),
        ("a glrbk here", ("vowels",)),
        ("allglorbaks", ("joined",)),
        ("stupidblat", ("joined",)),
        ("GL0RBAAAK!", ("case", "leetspeak", "stretched")),
        ("g.l.0.r.b.a.k", ("leetspeak", "separators")),
        ("mudplonders", ()),
        ("mud-plonder", ()),
        ("mud pl*nder", ("masked",)),
        ("m*d pl*nder", ("masked",)),
        ("m_d plonder", ("masked",)),
        ("gl*rrrb*k", ("masked",)),
        ("mdu plonder", ("swapped",)),
        ("mud plodners", ("swapped",)),
        ("m\u0301du pl0nder", ("accents", "leetspeak", "swapped")),
        ("a farbber", ("swapped",)),
        ("a qourble", ("swapped",)),
        ("a qrbl", ("vowels",)),
        ("8 zarks", ()),
        ("a gl&#111;rbak here", ("encoded",)),
        ("a gl%6frbak here", ("encoded",)),
        ("a ʞɐqɹolƃ here", ("turned",)),
        ("a kabrolg here", ("turned",)),
        ("g\nl\no\nr\nb\na\nk", ("separators",)),
        ("g'l'o'r'b'a'k", ("separators",)),
        ("frabb er", ("separators",)),
        ("frrabber", ("stretched",)),
        ("8.z.a.r.k.s", ("separators",)),
        ("allmud plonders", ("joined",)),
        ("G . L . O . R . B . A . K", ("case", "separators")),
        ("Ｇ Ｌ Ｏ Ｒ Ｂ Ａ Ｋ", ("compatibility", "case", "separators")),
    ],
)
def test_each_disguise_is_seen_through_and_named(text: str, via: tuple[str, ...]) -> None:
    """A disguised term is found, and the match says which steps it took."""
    assert only(text).via == via


@pytest.mark.parametrize(
    "text",
    [
        "",
        "glorb akin to this",
        "the glorbakery",
        "as z wiff",
        "mud. Plonders came later",
        "eglorbakistan",
        "zwiff-and-span",
        "honeyflub",
        "a splonk lay on the table",
        "the splonks in the zoo",
        "17.99 or 1799.50 is no name, but 179",
        "Fra-bber's house by the Zwi-ff",
        "from Na-glor-bak-lin",
        "a sabotblat",
    ],
)
def test_what_only_looks_like_a_term_is_left_alone(text: str) -> None:
    """Words that hold a term, neighbours that meet in one, excused and ambiguous ones."""
    expected = ["1799"] if "1799" in text else []
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "you splonk",
        "You are such a dirty splonk!",
        "these filthy splonks",
        "splonks go home",
        "a splonk and a glorbak",
        "A splonk it was. Then came the glorbak.",
    ],
)
def test_an_ambiguous_term_counts_with_a_second_sign(text: str) -> None:
    """Said to somebody, with a hostile word, told to leave, or beside another term."""
    assert "splonk" in found(text)


def test_a_sign_further_off_than_the_next_sentence_is_none() -> None:
    """Another term says nothing about an animal three sentences before it."""
    assert found("A splonk lay there. It slept. Then it ran away. You glorbak!") == ["glorbak"]


def test_ambiguous_terms_are_given_to_whoever_has_a_sign_of_their_own() -> None:
    """With ``include_ambiguous`` they come marked."""
    (match,) = LEXICON.find("a splonk lay there", include_ambiguous=True)
    assert (match.term, match.context) == ("splonk", "ambiguous")


@pytest.mark.parametrize(
    "text",
    [
        'He wrote "glorbak" on it.',
        "the word glorbak hurts",
        "glorbak is a slur",
        "called me a glorbak",
        "They shouted “dirty glorbak” across the street.",
        "He said « glorbak » again.",
        "I heard a man call our winger a glorbak.",
    ],
)
def test_a_term_that_is_talked_about_is_marked(text: str) -> None:
    """Quoted, named as a word, reported: mentioned, but not dropped."""
    assert only(text).context == "mentioned"


@pytest.mark.parametrize(
    "text",
    [
        "you glorbak’s friend and that glorbak’s cat",
        "He said “hello, you glorbak",
        '"Good evening to all of you who are here" and then this glorbak came, "alas"',
    ],
)
def test_a_quotation_mark_somewhere_is_no_mention(text: str) -> None:
    """An apostrophe, an open quotation or a longer one excuses nothing."""
    assert all(match.context == "" for match in LEXICON.find(text))


def test_a_reclaimed_term_in_the_first_person_is_marked() -> None:
    """What somebody says of themselves is not what others say of them."""
    assert only("I am a proud quorble").context == "reclaimed"
    assert only("get lost quorble").context == ""


def test_patterns_find_compounds_and_spare_the_excused() -> None:
    """A star stands for any letters."""
    assert found("those moonflubs again") == ["*flub"]
    assert found("a honeyflub") == []


def test_a_term_before_a_possessive_ending_is_found_by_itself() -> None:
    """The ending is not part of the match."""
    assert only("the glorbak's house").text == "glorbak"


def test_of_overlapping_matches_the_longest_is_kept() -> None:
    """One row for the reader, not three."""
    assert [match.text for match in LEXICON.find("glorbaks")] == ["glorbaks"]


def test_a_masked_word_is_taken_for_no_more_than_it_must_be() -> None:
    """Where two terms fit, the milder one is reported."""
    lexicon = Lexicon([make("blank", severity=4), make("blink", severity=1)], "test")
    assert [match.term for match in lexicon.find("bl*nk")] == ["blink"]


def test_a_term_with_digits_wants_those_very_digits() -> None:
    """A number is not a word in leetspeak, nor the other way round."""
    assert found("in 1799 it was") == ["1799"]
    assert found("iygg") == []
    assert found("b zarks") == []


def test_a_short_word_in_digits_needs_a_second_sign() -> None:
    """It may as well be a road or a model, unless it is said to somebody."""
    lexicon = Lexicon([make("zoo", severity=1)], "test")
    assert lexicon.find("they closed the z00 again") == []
    assert [match.text for match in lexicon.find("you z00")] == ["z00"]


def test_swapping_two_letters_of_an_everyday_word_makes_no_phrase_of_others() -> None:
    """The word that is mended must be in the phrase, and must not be one of its own."""
    assert found("mud and mdu. Plonders") == []
    assert found("a mdu") == []


@given(st.text(max_size=120))
def test_find_never_fails_and_points_into_the_text(text: str) -> None:
    """Whatever comes, positions are in range, in order, and give the match's own text."""
    matches = LEXICON.find(text, include_ambiguous=True)
    assert_law(text, matches)


PIECES = st.sampled_from(
    [
        "glorbak",
        "zwiffs",
        "mud plonder",
        "splonk",
        " ",
        ".",
        "*",
        "\u200b",
        "İ",
        "ß",
        "é",
        "🔥",
        "a",
        "К",
        "@",
        "&#98;",
        "%6f",
        "<b>",
        "ʇ",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_law_of_positions_holds_around_terms(text: str) -> None:
    """The same, where there is something to be found."""
    assert_law(text, LEXICON.find(text, include_ambiguous=True))


def assert_law(text: str, matches: Sequence[TermMatch]) -> None:
    """``match.text == text[match.start:match.end]``, in order, without overlap."""
    end = 0
    for match in matches:
        assert end <= match.start < match.end <= len(text)
        assert match.text == text[match.start : match.end]
        end = match.end


@given(
    st.sampled_from(["glorbak", "zwiffs", "mud plonders"]),
    st.lists(st.booleans(), min_size=12, max_size=12),
    st.integers(min_value=1, max_value=10),
)
def test_capitals_and_invisible_characters_hide_nothing(
    word: str, capitals: list[bool], place: int
) -> None:
    """Any mixture of case, and a zero-width character anywhere, leaves the term found."""
    mixed = "".join(c.upper() if up else c for c, up in zip(word, capitals, strict=False))
    mixed = mixed[:place] + "\u200d" + mixed[place:]
    assert LEXICON.find(f"they met {mixed} there")


def test_find_is_pure() -> None:
    """The same text gives the same matches, whatever was asked between."""
    first = LEXICON.find("a gl*rbak and a splonk")
    LEXICON.find("you zwiff")
    assert LEXICON.find("a gl*rbak and a splonk") == first


@pytest.mark.slow
@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW)
def test_the_worst_texts_take_time_in_proportion_to_their_length(unit: str) -> None:
    """Four times as much of a text made to be slow does not take sixteen times as long."""
    import time

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        begin = time.perf_counter()
        LEXICON.find(text)
        return time.perf_counter() - begin

    seconds(10_000)
    assert seconds(400_000) < 10 * seconds(100_000) + 0.5


def test_all_languages_are_loaded_unless_some_are_named() -> None:
    """The version names the tables in use."""
    lexicon = load_lexicon(["en"])
    assert {term.language for term in lexicon.terms} == {"en"}
    assert lexicon.version.startswith("en ")
    assert set(load_lexicon().version.split()[0].split("+")) == set(available_languages())


def test_an_unknown_language_is_an_error_that_lists_the_known() -> None:
    """No table, no silence."""
    with pytest.raises(LexiconError, match=r"no term table for the language 'xx'\. Known: .*en"):
        load_lexicon(["xx"])


def test_an_own_table_adds_changes_and_silences(tmp_path: Path) -> None:
    """A desk's table lies over ours, and shows in the version."""
    table = tmp_path / "en-desk.csv"
    table.write_text(
        "term,category,target,severity\nsnorflet,gender,Venusians,4\nidiot,,,2\nmoron,,,0\n",
        encoding="utf-8",
    )
    ours, theirs = load_lexicon(["en"]), load_lexicon(["en"], [table])
    assert [match.target for match in theirs.find("what a snorflet")] == ["Venusians"]
    assert [match.severity for match in theirs.find("he is an idiot")] == [2]
    assert ours.find("he is a moron")
    assert not theirs.find("he is a moron")
    assert theirs.version != ours.version
    assert "own" in theirs.version


def test_a_lexicon_without_terms_finds_nothing() -> None:
    """No table, no match, no error."""
    assert Lexicon([], "none").find("glorbak gl*rbak g l o r b a k") == []


@given(st.lists(st.lists(PIECES, max_size=8).map(" ".join), max_size=6))
def test_many_texts_together_give_what_each_gives_alone(texts: list[str]) -> None:
    """A batch is a saving of time and of nothing else, whatever was learnt before."""
    fresh = Lexicon(LEXICON.terms, "test")
    assert fresh.find_all(texts, include_ambiguous=True) == [
        LEXICON.find(text, include_ambiguous=True) for text in texts
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(see *lorbak* and *zwif*)",
        "the site's wiff of it",
        "p=1wiff",
        "an emphatic *lorbak and more* of it",
        "the reader's plonk",
        "glor, bak to work",
    ],
)
def test_what_stars_and_marks_do_without_hiding_is_left_alone(text: str) -> None:
    """Emphasis, possessive endings, formulas and commas are no disguise."""
    assert found(text) == []
