"""Texts to MinHash band keys, in numpy alone: texts that share a key are worth comparing.

A signature is made from a text's pairs of neighbouring words. Each hash function keeps the smallest
of its values over all pairs, so that two texts agree in it as often as they have pairs in common;
a band is a few such values, and its key is equal only when all of them are.

Sources: Broder, "On the resemblance and containment of documents" (1997), for MinHash; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3, for the bands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Whole32: TypeAlias = NDArray[numpy.uint32]
    Whole64: TypeAlias = NDArray[numpy.uint64]
    Positions: TypeAlias = NDArray[numpy.int64]

BANDS, HASHES_PER_BAND = 16, 4
"""Finds 99 % of texts with 7 of 10 word pairs in common, and 89 % of those with 6."""

LAST_LETTER = 0x323B0
"""The code point behind the last letter that Unicode 16 knows: no letter itself."""


def band_keys(texts: Sequence[str]) -> Whole32:
    """The keys of each text's bands: one row a text, `BANDS` columns."""
    import numpy  # noqa: PLC0415

    shingles, starts = _word_pairs(texts)
    smallest = numpy.empty((len(texts), BANDS * HASHES_PER_BAND), dtype=numpy.uint32)
    hashed = numpy.empty_like(shingles)
    for column, (factor, summand) in enumerate(_hash_functions()):
        numpy.multiply(shingles, factor, out=hashed)
        numpy.bitwise_xor(hashed, summand, out=hashed)
        smallest[:, column] = numpy.minimum.reduceat(hashed, starts)
    keys = numpy.zeros((len(texts), BANDS), dtype=numpy.uint64)
    for row in range(HASHES_PER_BAND):
        keys = _mixed(keys ^ smallest[:, row::HASHES_PER_BAND].astype(numpy.uint64))
    shortened: Whole32 = (keys >> numpy.uint64(32)).astype(numpy.uint32)
    return shortened


def _word_pairs(texts: Sequence[str]) -> tuple[Whole32, Positions]:
    """A hash of each two neighbouring words, text after text, and where each text's begin.

    A word's hash is a difference of two sums over the whole block: that of its letters, each times
    a power that its place gives, divided by the power of the word's own place.
    """
    import numpy  # noqa: PLC0415

    block = "\n".join((*texts, ""))
    codes = numpy.frombuffer(block.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)
    powers, inverses = _powers(len(codes))
    letters = _letters()[numpy.minimum(codes, LAST_LETTER)]
    sums = numpy.concatenate(([numpy.uint64(0)], numpy.cumsum(letters * powers)))
    word_starts, word_ends = _words(codes, letters)
    words = _mixed((sums[word_ends] - sums[word_starts]) * inverses[word_starts])
    following = numpy.append(words[1:], numpy.uint64(0))
    text_ends = numpy.cumsum([len(text) + 1 for text in texts])
    counts = numpy.searchsorted(word_starts, text_ends)
    starts = numpy.concatenate(([0], counts[:-1]))
    following[counts[counts > 0] - 1] = 0  # the last word of a text has none behind it
    pairs = _mixed(words + following * numpy.uint64(3))
    return (pairs >> numpy.uint64(32)).astype(numpy.uint32), starts


def _words(codes: Whole32, letters: Whole64) -> tuple[Positions, Positions]:
    """Where words start and end; a sign of a script that sets no blanks is a word by itself.

    The end of each text counts as a word too, so that no text is without any.
    """
    import numpy  # noqa: PLC0415

    inside = letters != 0
    alone = (codes == 10) | (inside & _unspaced(codes))
    before = numpy.concatenate(([False], inside[:-1]))
    after_alone = numpy.concatenate(([False], alone[:-1]))
    starts = alone | (inside & (~before | after_alone))
    ends = inside | alone
    follows = numpy.concatenate((starts[1:] | ~ends[1:], [True]))
    return numpy.flatnonzero(starts), numpy.flatnonzero(ends & follows) + 1


def _unspaced(codes: Whole32) -> Any:
    """Thai to Khmer, Chinese and Japanese letters."""
    south_east = ((codes >= 0x0E00) & (codes < 0x0F00)) | ((codes >= 0x1000) & (codes < 0x10A0))
    khmer = (codes >= 0x1780) & (codes < 0x1800)
    east = ((codes >= 0x3040) & (codes < 0xA000)) | ((codes >= 0x20000) & (codes < 0x32000))
    return south_east | khmer | east


@cache
def _letters() -> Whole64:
    """A number for each character that words are made of, and 0 for all others."""
    import numpy  # noqa: PLC0415

    numbers = _mixed(numpy.arange(1, LAST_LETTER + 2, dtype=numpy.uint64))
    is_letter = numpy.zeros(len(numbers), dtype=bool)
    for start, end in _letter_ranges():
        is_letter[start:end] = True
    return numpy.where(is_letter, numbers, numpy.uint64(0))


def _letter_ranges() -> Iterator[tuple[int, int]]:
    everything = "".join(map(chr, range(LAST_LETTER + 1)))
    for match in re.finditer(r"[^\W_]+", everything):
        yield match.span()
    for code in range(0x300, 0x1E95):  # the marks above and below letters, which belong to a word
        if unicodedata.category(chr(code)).startswith("M"):
            yield code, code + 1


@lru_cache(maxsize=2)
def _powers_of_two_long(length: int) -> tuple[Whole64, Whole64]:
    import numpy  # noqa: PLC0415

    base = 0x9E3779B97F4A7C15
    both = []
    for factor in (base, pow(base, -1, 1 << 64)):
        powers = numpy.full(length, factor, dtype=numpy.uint64)
        powers[0] = 1
        both.append(numpy.cumprod(powers))
    return both[0], both[1]


def _powers(length: int) -> tuple[Whole64, Whole64]:
    """The powers of an odd number and of its inverse, modulo 2 to the 64th."""
    powers, inverses = _powers_of_two_long(max(1 << 20, 1 << (length - 1).bit_length()))
    return powers[:length], inverses[:length]


@cache
def _hash_functions() -> tuple[tuple[numpy.uint32, numpy.uint32], ...]:
    """An odd factor and a mask for each hash of the signature, the same in every run."""
    import numpy  # noqa: PLC0415

    seeds = numpy.arange(2 * BANDS * HASHES_PER_BAND, dtype=numpy.uint64)
    numbers = (_mixed(seeds) >> numpy.uint64(32)).astype(numpy.uint32)
    return tuple(zip(numbers[::2] | numpy.uint32(1), numbers[1::2], strict=True))


def _mixed(numbers: Whole64) -> Whole64:
    """Spread numbers over all 64 bits (the finaliser of splitmix64; Steele et al., 2014)."""
    import numpy  # noqa: PLC0415

    mixed: Whole64 = numbers + numpy.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> numpy.uint64(31)
    return mixed
