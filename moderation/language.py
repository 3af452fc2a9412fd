"""A comment and the language of its page in, the language of the comment out.

Four votes, cheapest first; the first that is sure decides:

1. **Script.** Most alphabets serve one language of ours only: Greek letters are Greek.
2. **Function words.** A comment full of a language's little words is in it, and the page's own
   language needs the fewest.
3. **py3langid**, held to our languages, its probabilities weighted by the page's language.
4. **langdetect**, seeded, beside py3langid when that has no favourite for a short text.

The answer for a text depends on the text and its prior alone: not on its neighbours, the order,
the process or the thread. Neither library is imported before a text needs it.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
"""The code for a text whose language cannot be told (ISO 639-2 "undetermined")."""

_SCRIPT_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "arabic": ("ar", "fa", "ur"),
    "armenian": ("hy",),
    "bengali": ("bn",),
    "cyrillic": ("bg", "mk", "ru", "uk"),
    "devanagari": ("hi", "mr", "ne"),
    "ethiopic": ("am",),
    "georgian": ("ka",),
    "greek": ("el",),
    "gujarati": ("gu",),
    "gurmukhi": ("pa",),
    "han": ("ja", "zh"),
    "hangul": ("ko",),
    "hebrew": ("he",),
    "kana": ("ja",),
    "kannada": ("kn",),
    "khmer": ("km",),
    "lao": ("lo",),
    "latin": tuple(
        "af ca cs cy da de en es et fi fr hr hu id it lt lv nl no pl pt ro sk sl so sq sv sw tl tr"
        " vi".split()
    ),
    "malayalam": ("ml",),
    "myanmar": ("my",),
    "odia": ("or",),
    "sinhala": ("si",),
    "tamil": ("ta",),
    "telugu": ("te",),
    "thai": ("th",),
}
"""Our languages by the script that they are written in, commonest forms only."""

LANGUAGES = frozenset(code for codes in _SCRIPT_LANGUAGES.values() for code in codes)
"""Every code that a text can be given, besides ``UNKNOWN``: ISO 639-1, without regions."""

_SCRIPT_STARTS: tuple[tuple[int, str], ...] = (
    (0x0000, "latin"),
    (0x0370, "greek"),
    (0x0400, "cyrillic"),
    (0x0530, "armenian"),
    (0x0590, "hebrew"),
    (0x0600, "arabic"),
    (0x0700, ""),
    (0x0750, "arabic"),
    (0x0780, ""),
    (0x08A0, "arabic"),
    (0x0900, "devanagari"),
    (0x0980, "bengali"),
    (0x0A00, "gurmukhi"),
    (0x0A80, "gujarati"),
    (0x0B00, "odia"),
    (0x0B80, "tamil"),
    (0x0C00, "telugu"),
    (0x0C80, "kannada"),
    (0x0D00, "malayalam"),
    (0x0D80, "sinhala"),
    (0x0E00, "thai"),
    (0x0E80, "lao"),
    (0x0F00, ""),
    (0x1000, "myanmar"),
    (0x10A0, "georgian"),
    (0x1100, "hangul"),
    (0x1200, "ethiopic"),
    (0x13A0, ""),
    (0x1780, "khmer"),
    (0x1800, ""),
    (0x1C80, "cyrillic"),
    (0x1C90, "georgian"),
    (0x1CC0, ""),
    (0x1E00, "latin"),
    (0x1F00, "greek"),
    (0x2000, ""),
    (0x3040, "kana"),
    (0x3100, ""),
    (0x3130, "hangul"),
    (0x3190, ""),
    (0x31F0, "kana"),
    (0x3200, ""),
    (0x3400, "han"),
    (0xA000, ""),
    (0xAC00, "hangul"),
    (0xD7B0, ""),
    (0xF900, "han"),
    (0xFB00, ""),
    (0x20000, "han"),
    (0x323B0, ""),
)
"""Where each run of Unicode blocks of a script starts; "" stands for every other script."""

_OWN_LETTERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mk", re.compile("[ѓќѕљњџјЃЌЅЉЊЏЈ]")),
    ("ru", re.compile("[ыэёЫЭЁ]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ur", re.compile("[ٹڈڑےں]")),
)
"""Letters that one language alone has among those of ours that share its script."""

# Codes of the libraries and of pages that are folded into one of ours.
_MERGED: Mapping[str, str] = {"nb": "no", "nn": "no", "fil": "tl"}

# Scripts whose letters say as much as a few Latin ones.
_SYLLABIC = frozenset({"han", "hangul", "kana"})

_STARTS = tuple(start for start, _ in _SCRIPT_STARTS)

# A longer text is not read to its end: its language has shown itself, and the time is needed.
_SAMPLE_LENGTH = 120

# What a text's language is worth before its letters are looked at. On a page in one language,
# another must be e^2.5 = 12 times as probable to be believed: then a right page language settles
# nearly every comment up to 20 characters, and a wrong one still leaves about as many of them right
# as langdetect gets alone (benchmarks/language.py prints both).
_PAGE_WEIGHT = math.exp(2.5)
# Where the page tells nothing, this is what most comments in a script are in.
_COMMONEST = frozenset({"ar", "en", "hi", "ru"})
_COMMONEST_WEIGHT = math.exp(0.7)
# English slang looks like these to every detector that was tried, and hardly a page is in them.
_SELDOM = frozenset({"af", "cy", "so", "sq", "sw", "tl"})
_SELDOM_WEIGHT = math.exp(-1.5)

# With every probability below this, and no page to ask, there is nothing to go by.
_NO_EVIDENCE = 0.05

# How many function words of one language a text needs to be in it, and what share of its words
# they must be: fewer where it is the page's own language, and in neither case chance reaches it.
_WORDS_NEEDED, _SHARE_NEEDED = 3, 0.2
_PAGE_WORDS_NEEDED, _PAGE_SHARE_NEEDED = 2, 0.15

# Below this, py3langid is right less often than not, and langdetect's opinion is worth its time.
_DOUBT = 0.4
_SHORT = 20

# langdetect never settles on a text that fits no language, and its own limit of 1,000 steps costs
# six milliseconds; after 50 it is as often right.
_LANGDETECT_ITERATIONS = 50
_LANGDETECT_SEED = 0

# A page's language is the one that most of these samples are in.
_PAGE_WINDOWS = 16

_NOT_PROSE = re.compile(
    r"https?://\S+|www\.\S+|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+"  # addresses
    r"|(?<!\w)[@#]\w+"  # names and tags
    r"|&#?\w{2,8};|<[^<>]{1,200}>"  # left-over markup
    r"|^>.*$",  # a quotation, which says what language the other one writes
    re.MULTILINE | re.IGNORECASE,
)
_MAY_NOT_BE_PROSE = re.compile(r"[@#&<>/]|www\.", re.IGNORECASE)
# "sooo" and "i d i o t" would count for languages that double vowels or have one-letter words.
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_SPACED_OUT = re.compile(r"(?<!\w)[^\W\d_](?:[ .*-][^\W\d_]){2,}(?!\w)")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# No language mixes these inside a word; people who spell "idiot" with a Cyrillic "о" do.
_DISGUISED = re.compile("\\w*(?:[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z])\\w*")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_BEYOND_LATIN = re.compile(r"[\u0370-\u1dff\u1f00-\u1fff\u2c00-\U0010ffff]")


def _read_function_words() -> dict[str, str]:
    table = json.loads(Path(__file__).with_name("function_words.json").read_text("utf-8"))
    return {word: language for language, words in table.items() for word in words.split()}


def _known(code: str) -> str:
    """Fold a page's language tag (``en-GB``, ``zh_Hant``, ``nb``) to one of our codes."""
    primary = re.split("[-_]", code.strip().lower(), maxsplit=1)[0]
    primary = _MERGED.get(primary, primary)
    return primary if primary in LANGUAGES else UNKNOWN


def _sample(text: str) -> str:
    """Keep the prose of a text, shortened, its letters as they are usually written."""
    if len(text) > 4 * _SAMPLE_LENGTH:
        text = text[: 4 * _SAMPLE_LENGTH]
    if _MAY_NOT_BE_PROSE.search(text):
        text = _NOT_PROSE.sub(" ", text)
    if not text.isascii():
        # Letters borrowed from the mathematical or full-width blocks become letters again.
        text = unicodedata.normalize("NFKC", text)
    text = _STRETCHED.sub(r"\1", text[:_SAMPLE_LENGTH])
    text = _SPACED_OUT.sub(lambda found: re.sub("[ .*-]", "", found[0]), text)
    return text.lower() if text.isupper() else text


def _script(text: str) -> str:
    """Name the script of most letters, "" when there are none or it is none of ours."""
    if not _BEYOND_LATIN.search(text):
        return "latin" if _WORD.search(text) else ""
    letters = _NOT_LETTERS.sub("", _DISGUISED.sub("", text))
    if not letters:
        return "latin" if _WORD.search(text) else ""
    counts = Counter(_SCRIPT_STARTS[bisect_right(_STARTS, ord(c)) - 1][1] for c in letters)
    if counts["kana"]:
        # Japanese mixes both; Chinese has no use for kana.
        counts["kana"] += counts.pop("han", 0)
    # Latin words in another script are names and commands; and one Chinese letter is a word.
    counts["latin"] //= 3 if counts.keys() & _SYLLABIC else 2
    return max(counts, key=lambda name: (counts[name], name), default="")


def _spelled(sample: str) -> str:
    """Name the one language whose own letters a text has, "" if there is none or several."""
    found = [language for language, letters in _OWN_LETTERS if letters.search(sample)]
    return found[0] if len(found) == 1 else ""


def _weight(language: str, prior: str) -> float:
    """Say what a language is worth before the letters are looked at."""
    if language == prior:
        return _PAGE_WEIGHT
    if language in _SELDOM:
        return _SELDOM_WEIGHT
    return _COMMONEST_WEIGHT if language in _COMMONEST and prior == UNKNOWN else 1.0


class LanguageFinder:
    """Finds the language of pages and comments; make one and keep it, its models load once."""

    def page_language(self, text: str) -> str:
        """Name the language of most of a page, ``UNKNOWN`` where none can be told.

        Looks at a few windows spread over the page, so a long page takes no longer than a short.
        """
        votes = Counter(self._language(window, UNKNOWN) for window in _windows(text))
        votes.pop(UNKNOWN, None)
        return max(votes, key=lambda code: (votes[code], code), default=UNKNOWN)

    def languages(self, texts: Sequence[str], prior: str | Sequence[str] = UNKNOWN) -> list[str]:
        """Name one language a text, in order.

        ``prior`` is the language of the page that the texts are from, or one for each text. It
        decides where a text has no letters, and tips the scale where a text is short.

        Raises:
            ValueError: There are not as many priors as texts.
        """
        priors = [prior] * len(texts) if isinstance(prior, str) else list(prior)
        if len(priors) != len(texts):
            raise ValueError(f"{len(texts)} texts came with {len(priors)} priors")
        folded = {code: _known(code) for code in set(priors)}
        return [
            self._language(text, folded[code]) for text, code in zip(texts, priors, strict=True)
        ]

    def _language(self, text: str, prior: str) -> str:
        sample = _sample(text)
        script = _script(sample)
        candidates = _SCRIPT_LANGUAGES.get(script, ())
        if len(candidates) == 1:
            return candidates[0]
        if not candidates:
            return UNKNOWN if _WORD.search(sample) else prior
        if script == "han":
            return "ja" if prior == "ja" else "zh"
        if script == "latin":
            return self._spoken(sample, prior) or self._probable(sample, candidates, prior)
        sample = _LATIN.sub(" ", sample)
        return _spelled(sample) or self._probable(sample, candidates, prior)

    def _spoken(self, sample: str, page: str) -> str:
        """Name the language whose function words a text is full of, "" if there is none."""
        words = _WORD.findall(sample.lower().replace("’", "'"))
        language_of = self._function_words
        found = Counter(language_of[word] for word in language_of.keys() & words)
        if not found:
            return ""
        (language, count), *others = found.most_common(2)
        if language == page:
            needed = max(_PAGE_WORDS_NEEDED, _PAGE_SHARE_NEEDED * len(words))
        else:
            needed = max(_WORDS_NEEDED, _SHARE_NEEDED * len(words))
        return language if count >= needed and not (others and others[0][1] * 3 > count) else ""

    def _probable(self, sample: str, candidates: tuple[str, ...], page: str) -> str:
        """Weigh py3langid's probabilities by what the page makes likely."""
        # A page in another script says nothing about which language of this one it is.
        prior = page if page in candidates else UNKNOWN
        code: str
        code, probability = self._identifier.classify(sample)
        language = _MERGED.get(code, code)
        # Most texts are settled here, without the cost of a full ranking.
        heaviest = _COMMONEST_WEIGHT if prior == UNKNOWN else _PAGE_WEIGHT
        rest = (1 - probability) * heaviest
        if language in candidates and probability * _weight(language, prior) > rest:
            return language
        if prior == UNKNOWN and probability < _NO_EVIDENCE:
            return page
        weights = dict.fromkeys(candidates, 0.0)
        for code, probability in self._identifier.rank(sample):
            language = _MERGED.get(code, code)
            if language in weights:
                weights[language] += float(probability) * _weight(language, prior)
        if prior == UNKNOWN and len(sample) <= _SHORT:
            self._ask_again(sample, weights)
        return max(weights, key=lambda code: (weights[code], code))

    def _ask_again(self, sample: str, weights: dict[str, float]) -> None:
        """Let langdetect weigh in where no language stands out."""
        if max(weights.values()) >= _DOUBT * sum(weights.values()):
            return
        for language, probability in self._second_opinion(sample).items():
            if language in weights:
                weights[language] *= 1 + probability

    def _second_opinion(self, sample: str) -> dict[str, float]:
        """Ask langdetect for its probabilities; it has none for a text without features."""
        from langdetect.lang_detect_exception import LangDetectException  # noqa: PLC0415

        detector = self._detectors.create()
        detector.ITERATION_LIMIT = _LANGDETECT_ITERATIONS
        detector.append(sample)
        opinions: Counter[str] = Counter()
        try:
            for opinion in detector.get_probabilities():
                opinions[opinion.lang.partition("-")[0]] += opinion.prob
        except LangDetectException:
            return {}
        return dict(opinions)

    @cached_property
    def _function_words(self) -> dict[str, str]:
        return _read_function_words()

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        ours = {*LANGUAGES, "nn"}
        identifier.set_languages([code for code in identifier.labels if code in ours])
        return identifier

    @cached_property
    def _detectors(self) -> DetectorFactory:
        from langdetect import PROFILES_DIRECTORY, DetectorFactory  # noqa: PLC0415

        # A factory of our own, because the seed of langdetect's is the whole process's; profiles
        # in sorted order, because theirs is the file system's and shifts the last digits.
        factory = DetectorFactory()
        factory.set_seed(_LANGDETECT_SEED)
        factory.load_json_profile(
            [path.read_text("utf-8") for path in sorted(Path(PROFILES_DIRECTORY).iterdir())]
        )
        return factory


def _windows(text: str) -> list[str]:
    step = max(_SAMPLE_LENGTH, len(text) // _PAGE_WINDOWS)
    return [text[start : start + _SAMPLE_LENGTH] for start in range(0, len(text), step)]
