"""Other disguises than those that the lexicon was made with: a second, independent generator.

Each family is measured by itself, on terms in sentences. They have no bar: they show what somebody
finds who tries other things. Some can hardly be undone without taking innocent words for terms
(a letter exchanged for its neighbour on the keyboard), and are here to say so in figures.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import quote

from benchmarks.lexicon.disguises import SEED, Sample, can_be_disguised, in_a_sentence
from moderation.lexicon import Term

MOST_TERMS: Final = 600
"""Of each family; drawn by lot."""

Disguise = Callable[[random.Random, str], str]

_UPSIDE_DOWN: Final = dict(
    zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True)
)
_HOMOGLYPHS: Final = {
    "a": "ꭺᎪⲀꓮ", "b": "ᏼᏴᖯꓐ", "c": "ᏟⲤꓚ", "d": "ᎠꓓԀ", "e": "Ꭼꓰⴹ", "g": "ꓖᏀ", "h": "ᎻⲎꓧ", "i": "ӏᎥⲒ",
    "j": "Ꭻꓙϳ", "k": "ᏦⲔꓗ", "l": "ᏞꓡӀ", "m": "ᎷⲘꓟ", "n": "ⲚꓠՈ", "o": "ⲟՕꓳօ", "p": "ⲢᏢꓑ", "r": "ꓣᏒ",
    "s": "Տꓢ", "t": "ᎢⲦꓔ", "u": "ՍՍꓴ", "v": "Ꮩꓦ", "w": "Ꮃꓪ", "x": "Ⲭꓫ", "y": "Ⲩꓬ", "z": "Ꮓꓜ",
}  # fmt: skip
_SMALL_CAPITALS: Final = dict(
    zip("abcdefghijklmnopqrstuvwxyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀsᴛᴜᴠᴡxʏᴢ", strict=True)
)
_RAISED: Final = dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_STROKED: Final = {
    "a": "ⱥ", "b": "ƀ", "c": "ȼ", "d": "đ", "e": "ɇ", "g": "ǥ", "h": "ħ", "i": "ɨ", "j": "ɉ",
    "k": "ƙ", "l": "ł", "n": "ɲ", "o": "ø", "p": "ᵽ", "r": "ɍ", "s": "ʂ", "t": "ŧ", "u": "ʉ",
    "y": "ɏ", "z": "ƶ",
}  # fmt: skip
_DRAWN: Final = {
    "a": ("/\\", "/-\\"), "b": ("|3", "6"), "c": ("(", "<", "¢"), "d": ("|)",), "e": ("€", "£"),
    "g": ("6", "&"), "h": ("|-|", "#"), "i": ("¡", ":"), "k": ("|<",), "l": ("|", "£"),
    "m": ("|\\/|",), "n": ("|\\|",), "o": ("()", "°"), "s": ("§", "z"), "t": ("+", "†"),
    "u": ("|_|", "µ"), "v": ("\\/",), "w": ("\\/\\/", "vv"), "x": ("><", "×"), "y": ("¥",),
    "z": ("2",),
}  # fmt: skip
_SOUNDS: Final = (
    ("ck", "kk"), ("ck", "k"), ("f", "ph"), ("ks", "x"), ("x", "ks"), ("c", "k"), ("k", "ck"),
    ("s", "z"), ("oo", "u"), ("ee", "ea"), ("er", "a"), ("y", "ie"), ("qu", "kw"), ("wh", "w"),
    ("tch", "ch"), ("i", "y"),
)  # fmt: skip
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SEPARATORS: Final = (
    "|",
    "~",
    ",",
    "·",
    "=",
    "+",
    "\u3000",
    "→",
    " - ",
    "'",
    "\u2063",
    ")(",
    "❤️",
    "、",
    "\\",
)
_TAGS: Final = ("<b></b>", "<i>", "<wbr>", "<!-- -->", "&shy;", "&zwnj;")


def _each(word: str, change: Callable[[str], str]) -> str:
    return "".join(change(c) if c.isascii() and c.isalpha() else c for c in word)


def _some(rng: random.Random, word: str, change: Callable[[str], str]) -> str:
    """The word with one letter or more changed: each with even odds, but not none."""
    letters = [place for place, c in enumerate(word) if c.isascii() and c.isalpha()]
    chosen = {rng.choice(letters), *(place for place in letters if rng.random() < 0.5)}
    return "".join(change(c) if place in chosen else c for place, c in enumerate(word))


def _by_table(table: dict[str, str]) -> Disguise:
    return lambda rng, word: _each(word.lower(), lambda c: rng.choice(table.get(c, c)))


def _one_by_table(table: dict[str, str]) -> Disguise:
    def change(rng: random.Random, word: str) -> str:
        places = [place for place, c in enumerate(word) if c.lower() in table]
        if not places:
            return word
        place = rng.choice(places)
        return word[:place] + rng.choice(table[word[place].lower()]) + word[place + 1 :]

    return change


def _html(rng: random.Random, word: str) -> str:
    form = rng.choice(("&#{};", "&#x{:x};", "&#{:04};"))
    return _some(rng, word, lambda c: form.format(ord(c)))


def _percent(rng: random.Random, word: str) -> str:
    return _some(rng, quote(word), lambda c: f"%{ord(c):02x}") if rng else word


def _escaped(rng: random.Random, word: str) -> str:
    return _some(rng, word, lambda c: f"\\u{ord(c):04x}")


def _upside_down(_: random.Random, word: str) -> str:
    return "".join(_UPSIDE_DOWN.get(c, c) for c in reversed(word.lower()))


def _reversed(_: random.Random, word: str) -> str:
    return word[::-1]


def _a_letter_a_line(rng: random.Random, word: str) -> str:
    return rng.choice(("\n", "\n\n", " \n")).join(word.replace(" ", ""))


def _tag_characters(rng: random.Random, word: str) -> str:
    return "".join(c + chr(0xE0000 + ord(rng.choice("abcxyz"))) for c in word)


def _soft_hyphens(_: random.Random, word: str) -> str:
    return "\u00ad".join(word)


def _zalgo(rng: random.Random, word: str) -> str:
    return _each(word, lambda c: c + "".join(chr(rng.randint(0x300, 0x36F)) for _ in range(6)))


def _squared(_: random.Random, word: str) -> str:
    return _each(word.lower(), lambda c: chr(0x1F170 + ord(c) - ord("a")) + "\ufe0f")


def _flags(rng: random.Random, word: str) -> str:
    letters = (chr(0x1F1E6 + ord(c) - ord("a")) if c.isalpha() else c for c in word.lower())
    return rng.choice(("", "\u200b", " ")).join(letters)


def _emoji_letters(_: random.Random, word: str) -> str:
    table = {"a": "🅰️", "b": "🅱️", "o": "🅾️", "p": "🅿️", "m": "Ⓜ️", "i": "ℹ️", "x": "❌"}
    return _each(word.lower(), lambda c: table.get(c, c))


def _separated(rng: random.Random, word: str) -> str:
    return rng.choice(_SEPARATORS).join(word.replace(" ", ""))


def _cut_once(rng: random.Random, word: str) -> str:
    place = rng.randint(1, len(word) - 1)
    return word[:place] + rng.choice((" ", ". ", "-", "_", "/", "\n")) + word[place:]


def _tags(rng: random.Random, word: str) -> str:
    place = rng.randint(1, len(word) - 1)
    return word[:place] + rng.choice(_TAGS) + word[place:]


def _bracketed(rng: random.Random, word: str) -> str:
    place = rng.choice([place for place, c in enumerate(word) if c.isalpha()])
    before, after = rng.choice(("()", "[]", "{}", "**", "__", "~~"))
    return word[:place] + before + word[place] + after + word[place + 1 :]


def _drawn(rng: random.Random, word: str) -> str:
    places = [place for place, c in enumerate(word) if c in _DRAWN]
    chosen = rng.sample(places, min(len(places), rng.randint(1, 2)))
    return "".join(rng.choice(_DRAWN[c]) if p in chosen else c for p, c in enumerate(word))


def _by_ear(rng: random.Random, word: str) -> str:
    sounds = [pair for pair in _SOUNDS if pair[0] in word]
    return word.replace(*rng.choice(sounds)) if sounds else word


def _all_doubled(_: random.Random, word: str) -> str:
    return _each(word, lambda c: c * 2)


def _one_doubled(rng: random.Random, word: str) -> str:
    place = rng.choice([place for place, c in enumerate(word) if c.isalpha()])
    return word[:place] + word[place] + word[place:]


def _neighbour_key(rng: random.Random, word: str) -> str:
    place = rng.choice([place for place, c in enumerate(word) if c.isalpha() and place])
    row = next((row for row in _ROWS if word[place] in row), "")
    at = row.find(word[place])
    near = [row[by] for by in (at - 1, at + 1) if row and 0 <= by < len(row)]
    return word[:place] + rng.choice(near) + word[place + 1 :] if near else word


def _one_left_out(rng: random.Random, word: str) -> str:
    place = rng.randrange(1, len(word))
    return word[:place] + word[place + 1 :]


def _other_vowel(rng: random.Random, word: str) -> str:
    places = [place for place, c in enumerate(word) if c in "aeiou" and place]
    if not places:
        return word
    place = rng.choice(places)
    return word[:place] + rng.choice("aeiou".replace(word[place], "")) + word[place + 1 :]


def _struck_through(rng: random.Random, word: str) -> str:
    mark = rng.choice("\u0335\u0336\u0337\u0338\u0332\u20e0")
    return "".join(c + mark for c in word)


def _decomposed(rng: random.Random, word: str) -> str:
    marks = "\u0300\u0301\u0302\u0303\u0308\u030c"
    return unicodedata.normalize("NFC", _some(rng, word, lambda c: c + rng.choice(marks)))


FAMILIES: Final[dict[str, Disguise]] = {
    "HTML entities": _html,
    "percent-encoding": _percent,
    "escapes": _escaped,
    "tags inside": _tags,
    "upside down": _upside_down,
    "backwards": _reversed,
    "one letter a line": _a_letter_a_line,
    "tag characters": _tag_characters,
    "soft hyphens": _soft_hyphens,
    "zalgo": _zalgo,
    "struck through": _struck_through,
    "accented": _decomposed,
    "squared letters": _squared,
    "flag letters": _flags,
    "emoji letters": _emoji_letters,
    "all homoglyphs": _by_table(_HOMOGLYPHS),
    "one homoglyph": _one_by_table(_HOMOGLYPHS),
    "small capitals": _by_table(_SMALL_CAPITALS),
    "raised letters": _by_table(_RAISED),
    "stroked letters": _by_table(_STROKED),
    "other separators": _separated,
    "cut once": _cut_once,
    "a letter bracketed": _bracketed,
    "drawn letters": _drawn,
    "by ear": _by_ear,
    "all doubled": _all_doubled,
    "one doubled": _one_doubled,
    "neighbour on the keyboard": _neighbour_key,
    "one letter left out": _one_left_out,
    "another vowel": _other_vowel,
}


def other_samples(terms: Iterable[Term], mildest: int = 1) -> Iterator[Sample]:
    """Terms of a severity in sentences, drawn anew for each family."""
    some = [term for term in terms if term.severity >= mildest and can_be_disguised(term.term)]
    for family, disguise in FAMILIES.items():
        rng = random.Random(f"{SEED} {family}")
        for term in rng.sample(some, min(MOST_TERMS, len(some))):
            word = disguise(rng, term.term)
            if word != term.term:
                yield in_a_sentence(rng, term, word, (family,))
