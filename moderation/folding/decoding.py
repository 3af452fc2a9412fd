"""Letters that are written as codes, drawn with several signs, or turned upside down.

``decode(text)`` gives the text as it would be shown, and where each of its characters stands in the
original. Most texts have nothing of the kind, which is quickly seen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_CODES: Final = re.compile(
    r"(?P<encoded>&\#(?P<decimal>\d{1,7});?|&\#[xX](?P<hexadecimal>[0-9a-fA-F]{1,6});?"
    r"|&(?:shy|zwnj|zwj|ZeroWidthSpace);"
    r"|%(?P<percent>20|[4-7][0-9a-fA-F])|\\u\{?(?P<escape>00[0-9a-fA-F]{2})\}?"
    r"|\\x(?P<byte>[4-7][0-9a-fA-F])"
    r"|(?<=[^\W_])(?:</?[a-zA-Z]{1,6} ?/?>|<!--[^<>]{0,40}-->){1,4}(?=[^\W_]))"
    r"|(?P<drawn>(?<=[^\W_])(?:\|-\||\|_\||\|\\/\||\|\\\||\\/\\/|\\/|/-?\\|\|3|\|<|\|\)|\(\)|><)"
    r"|(?:\|-\||\|_\||\|\\/\||\|\\\||\\/\\/|\\/|/-?\\|\|3|\|<|\|\)|><)(?=[^\W_]))"
)
_DRAWN: Final = {
    "|-|": "h", "|_|": "u", "|\\/|": "m", "|\\|": "n", "\\/\\/": "w", "\\/": "v", "/\\": "a",
    "/-\\": "a", "|3": "b", "|<": "k", "|)": "d", "()": "o", "><": "x",
}  # fmt: skip
_BLOCK_TAG: Final = re.compile(r"</?(?:br|p|div|li|td|tr|ul|ol|hr)\b", re.IGNORECASE)

_UPSIDE_DOWN: Final = dict(
    zip("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎƎℲƆ⅄ᴚ∀", "acefghijkmrtvwyefcyra", strict=True)
)  # fmt: skip
_EITHER_WAY: Final = dict(zip("qpludbnosxz", "bdlnpquosxz", strict=True))
"""Plain letters that are another one, or the same, when they are turned."""
_TURNED: Final = {**_UPSIDE_DOWN, **_EITHER_WAY}
_TURNED_RUN: Final = re.compile(
    rf"(?<![^\W_])[{''.join(_TURNED)}]+(?: [{''.join(_TURNED)}]+)*(?![^\W_])"
)

Kind = Literal["encoded", "leetspeak", "turned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text without its codes: where each character of it begins and ends in the original.

    ``changes`` gives, in order, the places in ``text`` that are not as they were, or before which
    something was left out, and what was undone there.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    changes: tuple[tuple[int, Kind], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the text stands in the original."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def undone(self, start: int, end: int) -> frozenset[Kind]:
        """What was undone in a part of the text. A sign that shows nothing is before a place."""
        first = bisect_left(self.changes, (start,))
        last = bisect_left(self.changes, (end,))
        return frozenset(kind for place, kind in self.changes[first:last] if place < end)


_Part = tuple[int, int, str, Kind]
"""From where to where something else is to be read, and what was done to it."""


def may_be_coded(text: str) -> bool:
    """Whether something is there that every code has. Written out, as every text passes here."""
    return (
        not text.isascii()
        or "&" in text
        or "%" in text
        or "|" in text
        or "<" in text
        or "\\" in text
        or "()" in text
    )


def decode(text: str) -> Decoded | None:
    """The text without codes, or nothing when it has none."""
    parts = [*_coded(text)]
    if not text.isascii() and not _UPSIDE_DOWN.keys().isdisjoint(text):
        parts += _turned(text)
    return _assemble(text, sorted(parts)) if parts else None


def _coded(text: str) -> Iterator[_Part]:
    for found in _CODES.finditer(text):
        if drawn := found["drawn"]:
            yield found.start(), found.end(), _DRAWN[drawn], "leetspeak"
        else:
            yield found.start(), found.end(), _shown(found), "encoded"


def _shown(found: re.Match[str]) -> str:
    if decimal := found["decimal"]:
        point = int(decimal)
    elif digits := found["hexadecimal"] or found["percent"] or found["escape"] or found["byte"]:
        point = int(digits, 16)
    else:
        return " " if _BLOCK_TAG.match(found.group()) else ""
    return chr(point) if 32 <= point < 0x110000 and not 0xD800 <= point < 0xE000 else " "


def _turned(text: str) -> Iterator[_Part]:
    for run in _TURNED_RUN.finditer(text):
        if not _UPSIDE_DOWN.keys().isdisjoint(run.group()):
            for place, character in enumerate(run.group(), start=run.start()):
                yield place, place + 1, _TURNED.get(character, character), "turned"


def _assemble(text: str, parts: list[_Part]) -> Decoded:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    changes: list[tuple[int, Kind]] = []
    done = 0
    for start, end, shown, kind in parts:
        if start < done:
            continue
        _append(text, done, start, (characters, starts, ends))
        changes.append((len(characters), kind))
        for character in shown:
            characters.append(character)
            starts.append(start)
            ends.append(end)
        done = end
    _append(text, done, len(text), (characters, starts, ends))
    return _turn_back(characters, starts, ends, changes)


def _append(text: str, start: int, end: int, into: tuple[list[str], list[int], list[int]]) -> None:
    characters, starts, ends = into
    characters += text[start:end]
    starts += range(start, end)
    ends += range(start + 1, end + 1)


def _turn_back(
    characters: list[str], starts: list[int], ends: list[int], changes: list[tuple[int, Kind]]
) -> Decoded:
    """What was turned upside down is read from its end."""
    for first, last in _runs([place for place, kind in changes if kind == "turned"]):
        turned = slice(first, last + 1)
        characters[turned] = characters[turned][::-1]
        starts[turned] = starts[turned][::-1]
        ends[turned] = ends[turned][::-1]
    return Decoded(
        text="".join(characters), starts=tuple(starts), ends=tuple(ends), changes=tuple(changes)
    )


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Places that follow each other, as first and last."""
    first = last = -2
    for place in places:
        if place != last + 1:
            if first >= 0:
                yield first, last
            first = place
        last = place
    if first >= 0:
        yield first, last
