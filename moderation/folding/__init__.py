"""What people do to a word to get it past a list, undone one named step at a time.

``skeleton(text)`` gives the letters that are left when every disguise of a single letter is undone,
and for each of them where it stands in the original text. The steps, in their order, are ``STEPS``;
the first two are undone by ``decode``, the next eight here, letter by letter. The last four concern
whole words (a letter that is hidden, moved, left out, or a word run into its neighbour) and are
undone by the lexicon, which knows what the words could be.

Pure: text in, values out. Imports nothing of ours but its own table of look-alike letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, get_args

from moderation.folding.decoding import Decoded as Decoded
from moderation.folding.decoding import decode as decode
from moderation.folding.decoding import may_be_coded as may_be_coded
from moderation.folding.look_alikes import EXACT_LOOK_ALIKES, LOOK_ALIKES

Step = Literal[
    "encoded",
    "turned",
    "invisible",
    "compatibility",
    "accents",
    "case",
    "look-alikes",
    "leetspeak",
    "separators",
    "stretched",
    "masked",
    "swapped",
    "vowels",
    "joined",
]

STEPS: Final[tuple[Step, ...]] = get_args(Step)
"""Every disguise that is undone, in the order in which it is undone."""

EVASIVE_STEPS: Final[frozenset[Step]] = frozenset(STEPS) - {"case", "accents", "joined"}
"""The steps that honest writing seldom needs; needing one is itself a sign of bad intent."""

_SYMBOL_LETTERS: Final = {
    "@": "a", "^": "a", "(": "c", "<": "c", "{": "c", "¢": "c", "€": "e", "£": "l", "!": "i",
    "|": "i", "¡": "i", "$": "s", "§": "s", "+": "t", "†": "t", "¥": "y", "×": "x",
}  # fmt: skip
_DIGIT_LETTERS: Final = {
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
}  # fmt: skip
_SAME_KEY: Final = {"l": "i", "q": "g", "v": "u"}
"""Letters that are written for one another: both get the key of the second."""

_LATIN_NAME: Final = re.compile(
    r"LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER|SMALL LETTER DOTLESS) ([A-Z])(?: WITH .+| BAR)?"
)
"""Small capitals, and letters whose stroke or hook is for Unicode a part of the letter."""

_MARKS: Final = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F),
    (0x0670, 0x0670), (0x06D6, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
)  # fmt: skip
"""Marks that dress a letter. Those of Indic scripts are vowels and stay."""

_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u0640")
"""Letters and marks that show nothing: fillers, the Braille blank, the Arabic stretching line."""

_ENCLOSED: Final = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""White-on-black letters and flag letters: styled alphabets that Unicode does not decompose."""

_APOSTROPHES: Final = frozenset("'’‘ʼ`´＇′")

JOINED, APOSTROPHE, MARK, SPACE = range(4)
"""What stands between two letters: nothing, an apostrophe, other punctuation, white space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one character comes to: its letters in lower case, and the steps that it took."""

    letters: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The letters of a text without their disguises, and where each stands in the original.

    ``text`` has one character for a run of equal letters: ``counts`` says how many stood there,
    ``starts`` and ``ends`` where the run begins and ends in the original, and ``gaps`` what
    stands before it. ``words`` holds the place in ``text`` at which each word begins.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    counts: tuple[int, ...]
    gaps: tuple[int, ...]
    words: tuple[int, ...]

    def word_spans(self) -> Iterator[tuple[int, int]]:
        """Where in ``text`` each word begins and stops."""
        return pairwise((*self.words, len(self.text)))


def _is_mark(character: str) -> bool:
    point = ord(character)
    return any(first <= point <= last for first, last in _MARKS)


def _is_invisible(character: str) -> bool:
    point = ord(character)
    return (
        character in _BLANKS
        or unicodedata.category(character) == "Cf"
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0100 <= point <= 0xE01EF
    )


def _decompose(character: str) -> str:
    """Compatibility form: styled and enclosed letters become the plain ones, marks stand apart."""
    point = ord(character)
    for first, length in _ENCLOSED:
        if first <= point < first + length:
            return chr(ord("a") + point - first)
    return unicodedata.normalize("NFKD", character)


def _latin_look_alike(character: str) -> str:
    """The plain letter that a letter of the Latin script (small capitals, IPA, ``ø``) looks like.

    Letters of other scripts are left alone here: whether they pose as Latin depends on their
    neighbours, see ``unmask_scripts``.
    """
    if character.isascii():
        return character
    if named := _LATIN_NAME.fullmatch(unicodedata.name(character, "")):
        return named[1].lower()
    if character in LOOK_ALIKES and not _is_foreign(character):
        return LOOK_ALIKES[character]
    return character


def _is_foreign(character: str) -> bool:
    return character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")


@lru_cache(maxsize=65536)
def read_character(character: str) -> Letter:
    """Undo on one character every step that concerns single characters, and say which it took.

    Separators come to no letters at all. Symbols that can stand for a letter (``@``, ``$``) are
    not read as one here, because most of the time they are none; see ``symbol_letter``.
    """
    if _is_invisible(character):
        return Letter(letters="", steps=("invisible",))
    steps: list[Step] = []
    plain = _decompose(character)
    bare = "".join(part for part in plain if not _is_mark(part))
    if len(plain) > len(bare) or (not bare and plain):
        steps.append("accents")
    if bare and bare.casefold() != character.casefold() and len(plain) == len(bare):
        steps.append("compatibility")
    lowered = bare.casefold()
    if lowered != bare:
        steps.append("case")
    looked = "".join(_latin_look_alike(part) for part in lowered)
    if looked != lowered:
        steps.append("look-alikes")
    read = "".join(_DIGIT_LETTERS.get(part, part) for part in looked)
    if read != looked:
        steps.append("leetspeak")
    kept = "".join(part for part in read if part.isalnum() or unicodedata.category(part)[0] == "M")
    return Letter(letters=kept, steps=tuple(sorted(set(steps), key=STEPS.index)))


def symbol_letter(character: str) -> str:
    """The letter that a symbol can stand for, or nothing."""
    return _SYMBOL_LETTERS.get(character, "")


class _KeyTable(dict[int, str]):
    """A table for ``str.translate`` that works out a character when it is first met.

    What it holds depends on nothing but Unicode, so that filling it cannot be seen from outside.
    With ``lines`` a line's end stays one.
    """

    def __init__(self, *, symbols: bool = False, lines: bool = False) -> None:
        super().__init__()
        self._symbols = symbols
        for point in range(128):
            self[point] = self._key(chr(point))
        if lines:
            self[ord("\n")] = "\n"

    def __missing__(self, point: int) -> str:
        self[point] = key = self._key(chr(point))
        return key

    def _key(self, character: str) -> str:
        if self._symbols and (letter := symbol_letter(character)):
            return _SAME_KEY.get(letter, letter)
        letters = read_character(character).letters
        if letters:
            return "".join(_SAME_KEY.get(letter, letter) for letter in letters)
        return "" if _is_invisible(character) or _is_mark(character) else " "


_LETTERS: Final = _KeyTable()
_SYMBOLS: Final = _KeyTable(symbols=True)
_LETTER_LINES: Final = _KeyTable(lines=True)
_SYMBOL_LINES: Final = _KeyTable(symbols=True, lines=True)

_DOUBLES: Final = tuple(letter * 2 for letter in "abcdefghijkmnoprstuwxyz2")
_RUN: Final = re.compile(r"(\S)\1+")


def keys(text: str, *, symbols: bool = False) -> str:
    """The text in lower-case letters alone, one space or more between words.

    This is the quick look, without a way back to the original: ``skeleton`` gives the same
    letters with one. ``l`` and ``i``, ``q`` and ``g``, ``v`` and ``u`` have one key, because each
    is written for the other.
    """
    return text.translate(_SYMBOLS if symbols else _LETTERS)


def keys_of_all(texts: Sequence[str], *, symbols: bool = False) -> list[str]:
    """What ``keys`` gives for each of the texts, none of which has a line's end in it."""
    table = _SYMBOL_LINES if symbols else _LETTER_LINES
    return _by_line(texts, lambda lines: lines.translate(table))


def squeeze(text: str) -> str:
    """Every run of one letter brought down to one letter; spaces are left alone."""
    if not text.isascii():
        return _RUN.sub(r"\1", text)
    for double in _DOUBLES:
        while double in text:
            text = text.replace(double, double[0])
    return text


def squeeze_all(texts: Sequence[str]) -> list[str]:
    """What ``squeeze`` gives for each of the texts, none of which has a line's end in it."""
    return _by_line(texts, squeeze)


def _by_line(texts: Sequence[str], fold: Callable[[str], str]) -> list[str]:
    """Fold many texts in one go, those of plain ASCII apart: they take a tenth of the time."""
    plain = [text for text in texts if text.isascii()]
    if len(plain) in (0, len(texts)):
        return fold("\n".join(texts)).split("\n") if texts else []
    folded = iter(fold("\n".join(plain)).split("\n"))
    others = iter(fold("\n".join(text for text in texts if not text.isascii())).split("\n"))
    return [next(folded if text.isascii() else others) for text in texts]


def skeleton(text: str, *, symbols: bool = False) -> Skeleton:
    """The letters of the text without their disguises, and where each stands in the original."""
    table = _SYMBOLS if symbols else _LETTERS
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    counts: list[int] = []
    gaps: list[int] = []
    words: list[int] = []
    gap = SPACE
    for position, character in enumerate(text):
        read = table[ord(character)]
        if read == " ":
            gap = max(gap, _gap_kind(character))
            continue
        for letter in read:
            if gap == JOINED and letters and letters[-1] == letter:
                counts[-1] += 1
                ends[-1] = position + 1
                continue
            if gap != JOINED:
                words.append(len(letters))
            letters.append(letter)
            starts.append(position)
            ends.append(position + 1)
            counts.append(1)
            gaps.append(gap)
            gap = JOINED
    return Skeleton(
        text="".join(letters),
        starts=tuple(starts),
        ends=tuple(ends),
        counts=tuple(counts),
        gaps=tuple(gaps),
        words=tuple(words),
    )


def _gap_kind(character: str) -> int:
    if character.isspace():
        return SPACE
    return APOSTROPHE if character in _APOSTROPHES else MARK


_FOREIGN_POSERS: Final = frozenset(c for c in LOOK_ALIKES if _is_foreign(c))
_UNUSUAL_SCRIPTS: Final = frozenset({"CHEROKEE", "COPTIC", "LISU", "DESERET", "TIFINAGH"})
"""Scripts in which next to nobody writes to us, so that either case of a letter may pose."""
_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u200b-\u200d\u2060\u00ad])*")
_LATIN_LETTER: Final = re.compile("[A-Za-z]")
_SPELLED_MIXED: Final = re.compile(
    r"(?<![^\W_])[^\W_](?:[^\w\n]|_){1,3}(?:[^\W_](?:[^\w\n]|_){1,3})+[^\W_](?![^\W_])"
)
"""Single letters with something between them."""


def unmask_scripts(text: str) -> str:
    """Letters of another script that pose as Latin ones, replaced; all else, and the length, kept.

    Text that is honestly written in its own script is left alone. A letter poses when its word
    also has a Latin letter; or when the text has Latin letters and not one letter of the other
    script in it could only be of that script.
    """
    if text.isascii() or _FOREIGN_POSERS.isdisjoint(text):
        return text
    all_pose = _has_latin(text) and not _has_honest(text)
    plain = _WORD.sub(lambda word: _unmask_word(word.group(), all_pose), text)
    return _SPELLED_MIXED.sub(lambda run: _unmask_word(run.group(), all_pose=False), plain)


def _unmask_word(word: str, all_pose: bool) -> str:
    if all_pose or _has_latin(word) or _mixes_scripts(word):
        return "".join(LOOK_ALIKES.get(c, c) if c in _FOREIGN_POSERS else c for c in word)
    return word


def _mixes_scripts(word: str) -> bool:
    """Whether its letters are of several scripts, and every one of them can be taken for Latin."""
    return _FOREIGN_POSERS.issuperset(word) and len({_script(c) for c in word}) > 1


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _has_latin(text: str) -> bool:
    """Whether a Latin letter stands there, plain or styled."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return _LATIN_LETTER.search(plain) is not None


def _has_honest(text: str) -> bool:
    """Whether a foreign letter stands there that cannot be taken for a Latin one."""
    return any(
        c not in (LOOK_ALIKES if _script(c) in _UNUSUAL_SCRIPTS else EXACT_LOOK_ALIKES)
        for c in set(text)
        if ord(c) > 127 and _is_foreign(c)
    )


def same_key(character: str, wanted: str) -> bool:
    """Whether a symbol can stand for one of the wanted letters."""
    letter = symbol_letter(character)
    return bool(letter) and _SAME_KEY.get(letter, letter) in keys(wanted)


_SPELLED: Final = re.compile(r"(?:^| )[^ ](?: +[^ ]){2,}(?= |$)")


_LONE_LETTERS: Final = frozenset("bcefghjknopruwxyz")
"""Keys of letters that honest text seldom leaves alone, as it does in ``I'm a``, ``don't``."""


def has_spelled(read: str) -> bool:
    """Whether three single letters or more follow each other, in the result of ``keys``."""
    if _LONE_LETTERS.isdisjoint(read.split()) and " s s" not in read and " t s" not in read:
        return False
    return _SPELLED.search(read) is not None


def close_spelled(bones: Skeleton) -> Skeleton:
    """The skeleton with words that were spelled out letter by letter put together again."""
    single = _single_letter_words(bones)
    return _close(bones, {place for place in single if place - 1 in single})


def close_marks(bones: Skeleton) -> Skeleton:
    """The skeleton with words that punctuation cuts apart put together again."""
    return _close(bones, {place for place in bones.words if bones.gaps[place] < SPACE})


def _single_letter_words(bones: Skeleton) -> set[int]:
    return {begin for begin, stop in bones.word_spans() if stop - begin == 1}


def _close(bones: Skeleton, closed: set[int]) -> Skeleton:
    """Join the words that begin at the closed places to those before them.

    ``gaps`` keeps what really stood between the letters, so that it can still be judged.
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    counts: list[int] = []
    gaps: list[int] = []
    words: list[int] = []
    is_word = set(bones.words) - closed
    for place, letter in enumerate(bones.text):
        if place in closed and letters and letters[-1] == letter:
            counts[-1] += bones.counts[place]
            ends[-1] = bones.ends[place]
            continue
        if place in is_word:
            words.append(len(letters))
        letters.append(letter)
        starts.append(bones.starts[place])
        ends.append(bones.ends[place])
        counts.append(bones.counts[place])
        gaps.append(bones.gaps[place])
    return Skeleton(
        text="".join(letters),
        starts=tuple(starts),
        ends=tuple(ends),
        counts=tuple(counts),
        gaps=tuple(gaps),
        words=tuple(words),
    )
