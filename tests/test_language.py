"""The language of comments and of pages."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.language import LANGUAGES, UNKNOWN, LanguageFinder

CASES = Path(__file__).parent / "cases" / "language"
PAGE_CODES = [UNKNOWN, "en", "de", "ja", "ru", "hi", "xx", ""]

GERMAN_ARTICLE = (
    "Die alte Brücke über den Fluss wird im kommenden Frühjahr abgerissen, sagte die "
    "Bürgermeisterin am Montag. Viele Anwohner sind darüber nicht glücklich. "
)
ENGLISH_COMMENT = "4. I do not think that this is a good idea, and I never did.\n"


def read_cases(name: str) -> list[dict[str, Any]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def sentences() -> list[dict[str, Any]]:
    return [case for path in sorted(CASES.glob("??.jsonl")) for case in read_cases(path.name)]


def as_tests(name: str) -> list[Any]:
    return [pytest.param(case, id=case["text"] or "nothing") for case in read_cases(name)]


@pytest.fixture(scope="module")
def finder() -> LanguageFinder:
    return LanguageFinder()


@pytest.mark.parametrize("case", as_tests("on-a-page.jsonl"))
def test_a_comment_is_found_on_its_page(finder: LanguageFinder, case: dict[str, Any]) -> None:
    """Each case says, in ``why``, what makes it hard."""
    assert finder.languages([case["text"]], case["prior"]) == [case["language"]]


@pytest.mark.parametrize("case", as_tests("known-failures.jsonl"))
@pytest.mark.xfail(strict=True)
def test_known_failure(finder: LanguageFinder, case: dict[str, Any]) -> None:
    """What we get wrong is listed, and a case that comes right asks to be moved."""
    assert finder.languages([case["text"]], case["prior"]) == [case["language"]]


def test_sentences_are_found_as_often_as_langdetect_finds_them(finder: LanguageFinder) -> None:
    """In no language of the test sentences is langdetect alone more than one sentence better."""
    from langdetect import LangDetectException
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.set_seed(0)
    factory.load_profile(PROFILES_DIRECTORY)

    def alone(text: str) -> str:
        detector = factory.create()
        detector.append(text)
        try:
            return str(detector.detect()).partition("-")[0]
        except LangDetectException:
            return UNKNOWN

    cases = sentences()
    ours = finder.languages([case["text"] for case in cases])
    right = [found == case["language"] for found, case in zip(ours, cases, strict=True)]
    theirs = [alone(case["text"]) == case["language"] for case in cases]
    assert sum(right) >= sum(theirs)
    assert sum(right) >= 0.97 * len(cases)
    for language in {case["language"] for case in cases}:
        rows = [row for row, case in enumerate(cases) if case["language"] == language]
        assert sum(right[row] for row in rows) >= sum(theirs[row] for row in rows) - 1, language


def test_the_own_page_settles_every_sentence(finder: LanguageFinder) -> None:
    """With the page's language known, no test sentence is taken for another language."""
    cases = sentences()
    languages = [case["language"] for case in cases]
    assert finder.languages([case["text"] for case in cases], languages) == languages


def test_as_many_answers_as_texts(finder: LanguageFinder) -> None:
    """None, one and many texts give none, one and many codes, in order."""
    assert finder.languages([]) == []
    assert finder.languages(["Das ist doch nicht wahr"]) == ["de"]
    texts = ["Das ist doch nicht wahr", "I do not believe that", "Это неправда"]
    assert finder.languages(texts) == ["de", "en", "ru"]


def test_each_text_may_have_a_page_of_its_own(finder: LanguageFinder) -> None:
    """A sequence of priors is one for each text."""
    assert finder.languages(["ok", "ok", "👍"], ["de", "en", "fr"]) == ["de", "en", "fr"]


def test_too_few_priors_are_an_error(finder: LanguageFinder) -> None:
    """Texts and priors that do not pair up are refused, with both counts."""
    with pytest.raises(ValueError, match="2 texts came with 1 priors"):
        finder.languages(["one", "two"], ["en"])


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-GB", "en"), ("zh-Hant", "zh"), ("nb_NO", "no"), ("DE", "de"), ("xx", UNKNOWN)],
)
def test_a_page_may_be_labelled_as_html_labels_it(
    finder: LanguageFinder, tag: str, code: str
) -> None:
    """Regions, scripts and case are folded away; a language that is none of ours is unknown."""
    assert finder.languages(["👍"], tag) == [code]


def test_an_alphabet_of_no_language_of_ours_is_unknown(finder: LanguageFinder) -> None:
    """Tibetan on an English page is not passed off as English."""
    assert finder.languages(["བོད་སྐད་"], "en") == [UNKNOWN]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", UNKNOWN),
        ("12:30 — 14:00\n* * *\n", UNKNOWN),
        (GERMAN_ARTICLE, "de"),
        (GERMAN_ARTICLE * 3 + ENGLISH_COMMENT, "de"),
        (GERMAN_ARTICLE * 500 + ENGLISH_COMMENT * 50, "de"),
        ("古い橋は来年の春に取り壊される予定です。" * 20 + ENGLISH_COMMENT, "ja"),
    ],
    ids=["empty", "no letters", "one sentence", "short", "long", "Japanese"],
)
def test_a_page_is_in_the_language_of_most_of_it(
    finder: LanguageFinder, text: str, language: str
) -> None:
    """Comments in another language do not change the language of their page."""
    assert finder.page_language(text) == language


def test_order_and_company_change_nothing(finder: LanguageFinder) -> None:
    """A text has the same answer alone, in any order and beside any others."""
    texts = [case["text"] for case in sentences()] + ["haha", "zxq", "nice", "xq zq"]
    together = finder.languages(texts)
    order = random.Random(1).sample(range(len(texts)), len(texts))
    shuffled = finder.languages([texts[place] for place in order])
    assert shuffled == [together[place] for place in order]
    assert [finder.languages([text])[0] for text in texts] == together


def test_threads_change_nothing() -> None:
    """Threads that share a finder, models not yet loaded, get what one thread gets."""
    texts = [case["text"] for case in sentences()] + ["haha", "zxq", "nice", "xq zq"] * 5
    shared = LanguageFinder()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: shared.languages([text])[0], texts))
    assert found == LanguageFinder().languages(texts)


def test_processes_and_the_seed_of_others_change_nothing(finder: LanguageFinder) -> None:
    """Another process, with another hash seed and langdetect seeded by others, answers the same."""
    texts = [case["text"] for case in read_cases("known-failures.jsonl")] + ["haha", "zxq", "nice"]
    program = (
        "import json, sys, langdetect; langdetect.DetectorFactory.seed = 7;"
        "from moderation.language import LanguageFinder;"
        "print(json.dumps(LanguageFinder().languages(json.load(sys.stdin))))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(texts),
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert [json.loads(answer) for answer in answers] == [finder.languages(texts)] * 2


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """Neither the import nor a text that its script settles loads a model; a doubtful one does."""
    program = (
        "import sys\n"
        "from moderation.language import LanguageFinder\n"
        "finder = LanguageFinder()\n"
        "heavy = 'numpy', 'py3langid', 'langdetect'\n"
        "def loaded(): return [name for name in heavy if name in sys.modules]\n"
        "print(loaded()); finder.languages(['Привіт', '👍', 'the cat and you'], 'en')\n"
        "print(loaded()); finder.languages(['haha'], 'en')\n"
        "print(loaded()); finder.languages(['xq zq'])\n"
        "print(loaded())\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.splitlines() == [
        "[]",
        "[]",
        "['numpy', 'py3langid']",
        "['numpy', 'py3langid', 'langdetect']",
    ]


@settings(deadline=None, max_examples=200)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=4),
    prior=st.sampled_from(PAGE_CODES),
)
def test_any_texts_give_as_many_known_codes(texts: list[str], prior: str) -> None:
    """Whatever the characters, lone surrogates among them, every text gets a documented code."""
    found = SHARED.languages(texts, prior)
    assert len(found) == len(texts)
    assert set(found) <= LANGUAGES | {UNKNOWN}
    assert SHARED.page_language("".join(texts)) in LANGUAGES | {UNKNOWN}


@pytest.mark.parametrize(
    "text",
    ["@" * 50_000, "a" * 50_000 + "@", "a@" * 50_000, "<" * 50_000, "aα" * 50_000, "ﷺ" * 50_000],
    ids=["@", "a…@", "a@", "<", "mixed scripts", "a ligature of 18 letters"],
)
def test_a_hostile_text_takes_no_longer(finder: LanguageFinder, text: str) -> None:
    """Only the start of a text is read, so no pattern can run away on it."""
    import time

    finder.languages(["haha", "xq zq"])
    start = time.perf_counter()
    finder.languages([text])
    assert time.perf_counter() - start < 0.25


def test_function_words_belong_to_one_language_each() -> None:
    """A word on two lists would count for the list that happens to be read last."""
    import moderation.language

    table = json.loads(
        Path(moderation.language.__file__).with_name("function_words.json").read_text("utf-8")
    )
    words = [word for words in table.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert set(table) <= LANGUAGES


SHARED = LanguageFinder()
