"""Use told from mention, in every language that we have terms of."""

import csv
import re
from collections import Counter
from io import StringIO

import pytest

from benchmarks.lexicon.__main__ import print_contexts
from benchmarks.lexicon.contexts import (
    Case,
    context_cases,
    contexts_in,
    measure_cases,
    measure_labelled,
)
from benchmarks.lexicon.texts import CASES
from moderation.errors import LexiconError
from moderation.lexicon import Lexicon, available_languages, load_lexicon
from moderation.lexicon.cues import KINDS, Cues, compile_phrase, parse_cues, read_cues
from moderation.lexicon.quoting import Span, innermost, quotations, quoted_blocks
from moderation.lexicon.tables import CERTAINTIES


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Every table."""
    return load_lexicon()


@pytest.mark.parametrize("case", context_cases(), ids=lambda case: f"{case.language}: {case.text}")
def test_what_a_term_does_in_its_text_is_seen(lexicon: Lexicon, case: Case) -> None:
    """Plain abuse stays plain; what is mentioned or reclaimed is marked."""
    assert contexts_in(lexicon, case) == case.finds


@pytest.mark.parametrize("case", context_cases("contexts_known_failures.csv"))
@pytest.mark.xfail(strict=True, reason="a known failure: move it to contexts.csv when it passes")
def test_known_failures(lexicon: Lexicon, case: Case) -> None:
    """What we know to get wrong."""
    assert contexts_in(lexicon, case) == case.finds


def test_there_are_cases_of_both_kinds_in_every_language() -> None:
    """At least 20 in the four largest, 8 in the others, and neither kind alone."""
    cases = context_cases()
    numbers = Counter(case.language for case in cases)
    abuse = Counter(case.language for case in cases if case.is_abuse)
    assert set(numbers) == set(available_languages())
    for language, number in numbers.items():
        assert number >= (20 if language in {"en", "es", "fr", "de"} else 8)
        assert number / 4 <= abuse[language] <= number * 3 / 4


def test_every_language_has_cues_of_every_kind() -> None:
    """With a certainty, as the term tables have it."""
    rows = read_cues()
    assert {(row.kind, row.language) for row in rows} == {
        (kind, language) for kind in KINDS for language in available_languages()
    }
    assert {row.certainty for row in rows} <= set(CERTAINTIES)


@pytest.mark.parametrize(
    ("phrase", "before", "after", "fits"),
    [
        ("the word …", "the word", "hurts", True),
        ("the word …", "the last word", "hurts", False),
        ("called me/us (a) …", "he called us", "", True),
        ("called me/us (a) …", "he called us a", "", True),
        ("called me/us (a) …", "he called them a", "", False),
        ("назвал* меня …", "он назвала меня", "", True),
        ("bana … dedi", "o bana", "dedi", True),
        ("bana … dedi", "o bana", "demez", False),
        ("… is (*) slur", "", "is vile slur", True),
        ("… is * slur", "", "is slur", False),
        ("^ … is racist", "", "is racist", True),
        ("^ … is racist", "that", "is racist", False),
    ],
)
def test_a_phrase_fits_the_words_around_the_term(
    phrase: str, before: str, after: str, fits: bool
) -> None:
    """Either word, a word that may be missing, a beginning, any word, the sentence's start."""
    words = [*reversed(before.split()), "^"]
    assert compile_phrase(phrase).fits(words, after.split()) is fits
    assert Cues([phrase]).fit(words, after.split()) is fits


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("shout,en,he said …,sure,", "cues.csv, line 2: 'shout' is no kind of cue"),
        ("mention,en,he said,sure,", "cues.csv, line 2: 'he said' needs one '…'"),
        ("mention,en,(he) …,sure,", "cues.csv, line 2: '(he) …' has no word that must be there"),
        ("mention,en,he sa* …,sure,", "cues.csv, line 2: 'sa*' needs 3 letters before the star"),
    ],
)
def test_a_mistake_in_the_table_names_its_line(row: str, message: str) -> None:
    """An editor can find it."""
    text = f"kind,language,phrase,certainty,note\n{row}\n"
    with pytest.raises(LexiconError, match=re.escape(message)):
        list(parse_cues(text, "cues.csv"))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("> they said this\nNo.", "> they said this"),
        (">they said this\nNo.", ">they said this"),
        (">> one\n> two\nNo.", ">> one|> two"),
        ("> > one\nNo.", "> > one"),
        ("&gt; they said this\nNo.", "&gt; they said this"),
        ("| they said this\nNo.", "| they said this"),
        ("Yes.\n> they said this", "> they said this"),
        (">not true\nIt is.", ">not true"),
        ("[quote=Tom]this\nand that[/quote] No.", "[quote=Tom]this\nand that[/quote]"),
        ("[quote][quote]a[/quote]b[/quote] No.", "[quote][quote]a[/quote]b[/quote]"),
        ("<blockquote>this</blockquote>No.", "<blockquote>this</blockquote>"),
        (
            "&lt;blockquote&gt;this&lt;/blockquote&gt;No.",
            "&lt;blockquote&gt;this&lt;/blockquote&gt;",
        ),
        ("Tom wrote:\nthis\nand that\n\nNo.", "Tom wrote:\nthis\nand that"),
        ("Max schrieb:\ndas\n\nNein.", "Max schrieb:\ndas"),
        ("> only this", ""),
        ("> only this\n> and that", ""),
        ("> 50% of them\nare here", ""),
        (">:( no\nno", ""),
        (">_> no\nno", ""),
        ("-> this way\nno", ""),
        ("=> this way\nno", ""),
        (">>4821 no\nno", ""),
        (">be me\n>go home\nfun", ""),
        ("a > b\nno", ""),
        ("| a | b |\nno", ""),
        ("[quote]never closed\nno", ""),
    ],
)
def test_what_repeats_another_comment_is_seen(text: str, quoted: str) -> None:
    """Lines behind a sign, blocks between tags and below a name; no sums, faces or stories."""
    assert "|".join(text[start:end] for start, end in quoted_blocks(text)) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "this".', '"this"'),
        ("Er sagte „das“.", "„das“"),
        ("Er sagte »das«.", "»das«"),
        ("Il dit « ça ».", "« ça »"),
        ("Er sagte ‚das‘.", "‚das‘"),
        ("彼は「これ」と", "「これ」"),
        ("He said 'this' today.", "'this'"),
        ("‘I don’t’, he said.", "‘I don’t’"),
        ("the dogs' and cats' food", ""),
        ("don't and won't", ""),
        ('an "open one', ""),
    ],
)
def test_quotation_marks_of_many_languages_are_paired(text: str, quoted: str) -> None:
    """An apostrophe opens nothing."""
    assert "|".join(text[start:end] for start, end in quotations(text)) == quoted


def test_of_nested_quotations_the_inner_one_counts() -> None:
    """It names the word; the outer one is speech."""
    text = "„Er sagte ‚das‘ zu mir.“"
    place = text.index("das")
    assert innermost(quotations(text), place, place + 3) == Span(place - 1, place + 4)


def test_the_figures_count_what_is_right(lexicon: Lexicon) -> None:
    """Mentions and abuse of each language by themselves."""
    cases = [case for case in context_cases() if case.language == "nl"]
    figures = list(measure_cases(lexicon, cases))
    assert [figure.share for figure in figures] == [1.0, 1.0]
    assert sum(figure.terms for figure in figures) == len(cases)


def test_labelled_texts_are_measured_where_they_are() -> None:
    """An empty lexicon marks nothing."""
    for harmless, hateful in measure_labelled(Lexicon([], "empty")):
        assert (harmless.marked, hateful.terms) == (0, 0)


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each language's cases, and whatever labelled sets there are."""
    print_contexts(Lexicon([], "empty"))
    output = capsys.readouterr().out
    assert "ur, mentioned or reclaimed     0 of" in output


def test_the_case_files_are_plain_tables() -> None:
    """With the columns that are promised."""
    for name in ("contexts.csv", "contexts_known_failures.csv"):
        text = (CASES / name).read_text(encoding="utf-8")
        assert csv.DictReader(StringIO(text)).fieldnames == ["language", "text", "finds"]


def names() -> list[tuple[str, str]]:
    """Texts with names in them, and the terms to be found there, parted by a bar."""
    with (CASES / "names.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["finds"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("text", "finds"), names())
def test_a_name_does_not_flag_but_beside_an_insult(lexicon: Lexicon, text: str, finds: str) -> None:
    """At a sentence's start, in small letters, in capitals."""
    assert "|".join(match.text for match in lexicon.find(text)) == finds
