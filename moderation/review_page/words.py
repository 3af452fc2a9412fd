"""What a program knows of a comment, in sentences for a moderator."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from moderation.folding import EVASIVE_STEPS
from moderation.policy import SEVERITIES
from moderation.records import Reason, TermMatch
from moderation.review_queue.reasons import code_in_words, sentence

Direction = Literal["ltr", "rtl", "auto"]

DISGUISES: Final[Mapping[str, str]] = {
    "encoded": "letters written as codes",
    "turned": "letters turned over or the word turned round",
    "invisible": "invisible characters",
    "compatibility": "styled letters",
    "accents": "accents",
    "case": "capitals",
    "look-alikes": "look-alike letters",
    "leetspeak": "digits or signs for letters",
    "separators": "letters pulled apart",
    "stretched": "stretched letters",
    "masked": "masked letters",
    "swapped": "swapped letters",
    "vowels": "vowels left out",
    "joined": "run into other words",
}
"""The foldings, as what the writer did."""

CONTEXTS: Final[Mapping[str, str]] = {
    "mentioned": "mentioned, not used",
    "reclaimed": "used of oneself or one's own group",
    "ambiguous": "often innocent; counts only with a second sign",
}
"""How a term is used, where that could be told."""

VERDICTS: Final[Mapping[str, str]] = {
    "undecided": "undecided",
    "decided": "decided",
    "approve": "approve: it stays",
    "remove": "remove: it goes",
    "escalate": "escalate: somebody else decides",
    "unsure": "unsure: looked at, not decided",
    "conflict": "conflict: people decided differently",
    "noted": "with a note",
}

_TOO_FAINT: Final = "too faint to flag by itself"
"""How the policy ends the detail of a reason that did not flag."""

_LETTERS_LOOKED_AT: Final = 400


def label_in_words(label: str) -> str:
    """``severe_toxicity`` as people say it."""
    return label.replace("_", " ")


def severity_in_words(severity: int) -> str:
    """``severe (3 of 4)``."""
    name = SEVERITIES.get(severity)
    return f"{name} ({severity} of {max(SEVERITIES)})" if name else str(severity)


def disguise_in_words(match: TermMatch) -> str:
    """``written to evade: look-alike letters``; a capital or an accent is no disguise."""
    steps = [DISGUISES.get(step, step) for step in match.via if step in EVASIVE_STEPS]
    return f"written to evade: {', '.join(steps)}" if steps else ""


def context_in_words(match: TermMatch) -> str:
    """``mentioned, not used``; empty where nothing could be told."""
    return CONTEXTS.get(match.context, match.context)


def reason_in_words(reason: Reason, matches: Sequence[TermMatch] = ()) -> str:
    """Say in one or two sentences why the comment is here.

    ``matches`` are those of the comment; a reason of the word list is about one of them.
    """
    if reason.code.startswith("toxicity."):
        return _score_sentence(reason)
    if reason.code.startswith("lexicon."):
        span = (reason.start, reason.end)
        match = next((one for one in matches if (one.start, one.end) == span), None)
        if match is not None:
            return _term_sentence(reason, match, matches)
    return _as_sentence(reason.detail or code_in_words(reason.code))


def _score_sentence(reason: Reason) -> str:
    label = label_in_words(reason.code.partition(".")[2])
    if reason.value is None:
        return _as_sentence(reason.detail or label)
    if reason.threshold is None:
        return f"The model's score for {label} is {reason.value:.2f}."
    # The queue's own phrase, so that a number is rounded the same way everywhere.
    shown, _, limit = sentence([reason]).removeprefix(f"{reason.detail} ").partition(" ≥ ")
    return f"The model's score for {label} is {shown}; the policy flags from {limit}."


def _term_sentence(reason: Reason, match: TermMatch, matches: Sequence[TermMatch]) -> str:
    kind = label_in_words(reason.code.partition(".")[2])
    about = f"{match.category}: {match.target}" if match.target else match.category
    parts = [f"The word list has “{match.term}” as {_with_article(kind)} ({about})"]
    parts.append(severity_in_words(match.severity))
    parts += filter(
        None, (disguise_in_words(match), context_in_words(match), _times(match, matches))
    )
    said = f"{'; '.join(parts)}."
    return f"{said} It is {_TOO_FAINT}." if reason.detail.endswith(f"{_TOO_FAINT})") else said


def _times(match: TermMatch, matches: Sequence[TermMatch]) -> str:
    same = (match.language, match.term, match.context)
    count = sum((one.language, one.term, one.context) == same for one in matches)
    return f"{count} times" if count > 1 else ""


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _as_sentence(words: str) -> str:
    begun = words[:1].upper() + words[1:]
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


def direction_of(texts: Iterable[str]) -> Direction:
    """Which way texts run: as most of their first letters do; ``auto`` where none tells."""
    letters = (letter for text in texts for letter in text[:_LETTERS_LOOKED_AT])
    counts = Counter(map(unicodedata.bidirectional, letters))
    right_to_left = counts["R"] + counts["AL"]
    if not right_to_left and not counts["L"]:
        return "auto"
    return "rtl" if right_to_left > counts["L"] else "ltr"


def language_in_words(code: str) -> str:
    """The English name of a language, by its ISO 639-1 code; an unknown code stands for itself."""
    return _LANGUAGES.get(code, code)


_LANGUAGES: Final[Mapping[str, str]] = dict(
    pair.split(":")
    for pair in (
        "af:Afrikaans am:Amharic ar:Arabic bg:Bulgarian bn:Bengali ca:Catalan cs:Czech cy:Welsh "
        "da:Danish de:German el:Greek en:English es:Spanish et:Estonian fa:Persian fi:Finnish "
        "fr:French gu:Gujarati he:Hebrew hi:Hindi hr:Croatian hu:Hungarian hy:Armenian "
        "id:Indonesian it:Italian ja:Japanese ka:Georgian km:Khmer kn:Kannada ko:Korean lo:Lao "
        "lt:Lithuanian lv:Latvian mk:Macedonian ml:Malayalam mr:Marathi my:Burmese ne:Nepali "
        "nl:Dutch no:Norwegian or:Odia pa:Punjabi pl:Polish pt:Portuguese ro:Romanian ru:Russian "
        "si:Sinhala sk:Slovak sl:Slovenian so:Somali sq:Albanian sv:Swedish sw:Swahili ta:Tamil "
        "te:Telugu th:Thai tl:Tagalog tr:Turkish uk:Ukrainian und:unknown ur:Urdu vi:Vietnamese "
        "zh:Chinese"
    ).split()
)
