"""What each word of a text comes to by itself, worked out once and remembered.

Most words of most texts were met before, and are harmless. So a text is taken for the words
between its blanks: those that are new are looked at in bulk, and of the others it is enough to know
what was found in them, and what they could be part of.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

import ahocorasick_rs

from moderation.folding import keys, keys_of_all, squeeze_all
from moderation.lexicon.index import ENDING_LENGTH
from moderation.lexicon.masks import has_masks
from moderation.lexicon.search import (
    LONGEST_WORD,
    Candidate,
    Searcher,
    has_inner_mark,
    has_letter_symbol,
    is_odd,
)

_LARGEST: Final = 4_000_000
"""Characters. A fuller vocabulary is given up for a new one, so that it stays bounded."""
_LONE_LETTERS: Final = frozenset("bcefghjknopruwxyz")
"""Keys of letters that honest text seldom leaves alone, as it does in ``I'm a``, ``don't``."""


class Vocabulary:
    """The words met so far.

    ``keys`` has every one of them, with its letters squeezed; ``symbols`` those whose symbols may
    be letters, read so. ``found`` has what is in a word by itself. ``masked`` are the words that a
    masked phrase may have. ``letters`` are single letters that may be of a word spelled out if
    one of ``edges`` (words that begin or end with a single letter) stands beside them, ``spelled``
    those words that have several. ``swapped`` has words that are part of a phrase when the two
    characters at these places are swapped back. A word is ``notable`` when it is in any of these
    but ``keys`` and ``edges``.
    """

    def __init__(self, searcher: Searcher) -> None:
        self.keys: dict[str, str] = {}
        self.symbols: dict[str, str] = {}
        self.found: dict[str, tuple[Candidate, ...]] = {}
        self.masked: set[str] = set()
        self.letters: set[str] = set()
        self.spelled: set[str] = set()
        self.edges: set[str] = set()
        self.swapped: dict[str, tuple[int, int]] = {}
        self.notable: set[str] = set()
        self._searcher = searcher
        self._index = searcher.index
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether it holds as much as it may."""
        return self._size > _LARGEST

    def keys_of(self, words: Sequence[str]) -> list[str]:
        """The key of each word; what is new is learnt."""
        try:
            return [*map(self.keys.__getitem__, words)]
        except KeyError:
            self.meet([words])
            return [*map(self.keys.__getitem__, words)]

    def meet(self, rows: Sequence[Sequence[str]]) -> None:
        """Learn what is new in some texts, given by their words, in one go."""
        if new := set().union(*rows).difference(self.keys):
            self._learn(sorted(new))

    def _learn(self, words: Sequence[str]) -> None:
        """Look at words, all of them new."""
        raw = keys_of_all(words)
        marked = {word: key for word, key in zip(words, raw, strict=True) if not word.isalnum()}
        odd = {word: key for word, key in marked.items() if is_odd(word)}
        with_symbols = [word for word in odd if _may_hold_symbol(word)]
        symbols = dict(zip(with_symbols, keys_of_all(with_symbols, symbols=True), strict=True))
        readings = [*zip(words, raw, strict=True), *symbols.items(), *_close(odd), *_close(symbols)]
        written = [word for word, _ in readings]
        squeezed = squeeze_all([key for _, key in readings])
        joined = "\n".join(squeezed).replace(" ", "").split("\n")
        self._search({*self._with_part(written, squeezed), *self._with_needle(written, joined)})
        self._search({words[line] for line, _ in _hits(self._index.pattern_searcher, raw)})
        self._unmask(odd)
        single = {word: key for word, key in zip(words, raw, strict=True) if len(word) == 1}
        self._learn_letters({**marked, **single})
        self._learn_swapped([*zip(words, raw, strict=True), *symbols.items()])
        self.symbols.update(zip(with_symbols, joined[len(words) :], strict=False))
        self.notable.update(word for word in words if self._is_notable(word))
        self._size += sum(map(len, words))
        # The keys come last: who finds a word there may rely on all else being known.
        self.keys.update(zip(words, joined, strict=False))

    def _is_notable(self, word: str) -> bool:
        return (
            word in self.found
            or word in self.symbols
            or word in self.masked
            or word in self.letters
            or word in self.spelled
            or word in self.swapped
        )

    def may_be_spelled(self, words: Sequence[str], keys: Sequence[str], notable: set[str]) -> bool:
        """Whether three single letters or more may follow each other, one of them unusual."""
        if not self.spelled.isdisjoint(notable):
            return True
        letters = self.letters & notable
        if not letters:
            return False
        readable = [word for word, key in zip(words, keys, strict=True) if key]
        places = [place for place, word in enumerate(readable) if word in letters]
        return any(
            not self.edges.isdisjoint(readable[max(0, place - 1) : place])
            or not self.edges.isdisjoint(readable[place + 1 : place + 2])
            for place in places
        )

    def _with_part(self, words: Sequence[str], squeezed: Sequence[str]) -> Iterator[str]:
        """The words that have the key of a term, or a part between marks that has it."""
        letters, known, endings = self._index.letters, self._index.keys, self._index.endings
        parts = set(" ".join(squeezed).split())
        hot = set(self._index.words.intersection(parts))
        hot.update(
            key
            for key in parts
            if (frozenset(key) in letters and key not in known and self._index.swapped(key))
            or (key[-ENDING_LENGTH:] in endings and self._index.ending(key))
        )
        if hot:
            for word, key in zip(words, squeezed, strict=True):
                if key in hot or (" " in key and not hot.isdisjoint(key.split())):
                    yield word

    def _with_needle(self, words: Sequence[str], joined: Sequence[str]) -> Iterator[str]:
        """The words in which a term can stand that is sought anywhere."""
        for line, (_, begin, stop) in _hits(self._index.searcher, joined):
            word, key = words[line], joined[line]
            sides = (
                key[max(0, begin - LONGEST_WORD - 1) : begin],
                key[stop : stop + LONGEST_WORD + 1],
            )
            if all(self._searcher.may_touch(word, side, stop - begin) for side in sides):
                yield word

    def _search(self, suspects: set[str]) -> None:
        for word in suspects.difference(self.found):
            if found := tuple(self._searcher.look(word, word)):
                self.found[word] = found

    def _learn_letters(self, words: Mapping[str, str]) -> None:
        for word, key in words.items():
            parts = key.split()
            if parts and (len(parts[0]) == 1 or len(parts[-1]) == 1):
                self.edges.add(word)
                if _is_lone(parts):
                    (self.spelled if len(parts) > 1 else self.letters).add(word)

    def _learn_swapped(self, readings: Iterable[tuple[str, str]]) -> None:
        known = self._index.phrase_letters
        for word, key in readings:
            if frozenset(key.strip()) in known and not self._searcher.is_known(word):
                place = self._index.unswapped(key.strip())
                characters = [place for place, c in enumerate(word) if keys(c).strip()]
                if place is not None and len(characters) == len(key.strip()):
                    self.swapped[word] = characters[place], characters[place + 1]

    def _unmask(self, odd: Iterable[str]) -> None:
        for word in odd:
            if not word.isascii() or has_masks(word):
                if self._searcher.masks.needs_neighbours(word):
                    self.masked.add(word)
                elif found := tuple(self._searcher.look_behind_masks(word, word)):
                    self.found[word] = (*self.found.get(word, ()), *found)


def _is_lone(parts: Sequence[str]) -> bool:
    """Whether a single letter is among them that honest text seldom leaves alone."""
    return not _LONE_LETTERS.isdisjoint(parts) or parts in (["s"], ["t"])


def _may_hold_symbol(word: str) -> bool:
    """Whether a symbol may be a letter, if need be of a word that goes on behind the next blank."""
    return word == "!" or has_letter_symbol(f"{word} a")


def _close(readings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Words that punctuation cuts apart, read without it."""
    return ((word, key.replace(" ", "")) for word, key in readings.items() if has_inner_mark(word))


def _hits(
    searcher: ahocorasick_rs.AhoCorasick, lines: Sequence[str]
) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """In which line the searcher finds what: its number, and where it begins and stops."""
    hits = searcher.find_matches_as_indexes("\n".join(lines), overlapping=True)
    if hits:
        ends = [*accumulate(len(line) + 1 for line in lines)]
        for needle, begin, stop in hits:
            line = bisect_right(ends, begin)
            start = ends[line] - len(lines[line]) - 1
            yield line, (needle, begin - start, stop - start)
