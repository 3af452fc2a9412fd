"""Find comments that say the same: pasted copies and copies with small edits.

Three steps, each linear in the number of comments:

1. Texts that are equal once case and white space are folded are one text. For a short text that is
   the end of it: 'you are right' and 'you are not right' differ by one word too.
2. Longer texts that share a part of their signature (`minhash`) are looked at, each with the few
   that resemble the most others.
3. What was looked at is compared letter by letter. A text joins a group only when it is near the
   group's first text: A like B and B like C does not make C like A. One that says 'not' where the
   other does not never joins.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from moderation.review_queue.minhash import BANDS, band_keys

if TYPE_CHECKING:
    from moderation.review_queue.minhash import Positions, Whole32, Whole64

NEAR = 0.9
"""Twice the letters in common, in order, over all letters of both texts (0 to 1)."""

SHORTEST = 100
"""Characters, links and punctuation not counted, from which a text may differ from its copy."""

LONGEST = 20_000
"""Characters up to which texts are compared letter by letter, which grows with their square."""

COMPARED_WITH = 3
"""Texts of a band that each other one is compared with, so that a flood of copies stays cheap."""

TEXTS_AT_ONCE = 1000

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_NO_WORD = re.compile(r"[^\w]+|_+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0f\ufeff]")
_NEGATIONS = frozenset(
    "no not never none nobody nothing nor neither without cannot cant dont doesnt didnt isnt arent "
    "wasnt werent wont wouldnt shouldnt couldnt hasnt havent hadnt aint t "
    "nicht kein keine keinen keinem keiner nie niemals ohne nein "
    "ne pas jamais aucun aucune sans rien non nunca jamás sin nada ningún ninguna "
    "não nem sem mai senza nessuno nessuna niente nooit geen niet zonder "
    "nie bez nigdy не нет ни никогда без değil yok hayır asla "
    "لا ليس لم لن ما نہیں नहीं मत ना".split()
)
"""Words that turn a sentence round, in the languages of the lexicon; ``t`` is that of "don't"."""


def near_duplicates(ids: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Name the group of each comment that has a near-duplicate, by the comment's id.

    The answer does not depend on the order of the comments. A group is named for its first text,
    the one that the most others resemble: ``g`` and 12 hexadecimal digits.

    Raises:
        ValueError: when there are not as many ids as texts.
    """
    if len(ids) != len(texts):
        raise ValueError(f"{len(ids)} ids for {len(texts)} texts")
    if len(ids) < 2:
        return {}
    distinct = _Distinct(texts)
    leaders = _leaders(distinct)
    sizes: Counter[int] = Counter()
    for leader, copies in zip(leaders, distinct.copies.tolist(), strict=True):
        sizes[leader] += copies
    names = {leader: _name(distinct.text(leader)) for leader, size in sizes.items() if size > 1}
    of_text = (leaders[one] for one in distinct.of_text.tolist())
    return {
        comment_id: names[leader]
        for comment_id, leader in zip(ids, of_text, strict=True)
        if leader in names
    }


def folded(text: str) -> str:
    """A text without differences of case and of white space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _near(first: str, second: str) -> bool:
    """Tell whether two bare texts are copies of each other but for small edits."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where there is a candidate

    if min(len(first), len(second)) < SHORTEST or max(len(first), len(second)) > LONGEST:
        return False
    if Indel.normalized_similarity(first, second, score_cutoff=NEAR) < NEAR:
        return False
    return _negations(first) == _negations(second)


def _bare(text: str) -> str:
    """The words of a folded text, one blank between them: no links, no punctuation, no emoji."""
    visible = text if text.isascii() else _INVISIBLE.sub("", text)
    return _NO_WORD.sub(" ", _without_links(visible)).strip()


def _without_links(text: str) -> str:
    return _LINK.sub(" ", text) if "://" in text or "www." in text else text


def _negations(text: str) -> list[str]:
    return [word for word in text.split() if word in _NEGATIONS]


def _name(text: str) -> str:
    return "g" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class _Distinct:
    """Texts that are equal when folded, taken as one, in an order that only the texts decide.

    ``of_text`` gives for each text of the input its number here, ``copies`` how often each stands
    in the input, ``bands`` the band keys of each and ``long`` whether it has any.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy  # noqa: PLC0415 - half of the start-up time of a command

        self._texts = texts
        digests = numpy.empty(len(texts), dtype=numpy.uint64)
        bands = numpy.zeros((len(texts), BANDS), dtype=numpy.uint32)
        long = numpy.zeros(len(texts), dtype=bool)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            block = slice(start, start + TEXTS_AT_ONCE)
            shown = [folded(text) for text in texts[block]]
            digests[block] = _digests(shown)
            long[block] = [len(text) >= SHORTEST for text in shown]
            if chosen := [_without_links(text) for text in shown if len(text) >= SHORTEST]:
                bands[block][long[block]] = band_keys(chosen)
        _, self._first, self.of_text, self.copies = numpy.unique(
            digests, return_index=True, return_inverse=True, return_counts=True
        )
        self.bands, self.long = bands[self._first], long[self._first]

    def __len__(self) -> int:
        return len(self.copies)

    def text(self, number: int) -> str:
        """A distinct text, folded."""
        return folded(self._texts[self._first[number]])


def _digests(texts: Sequence[str]) -> Whole64:
    import numpy  # noqa: PLC0415

    digests = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for text in texts
    )
    return numpy.frombuffer(digests, dtype="<u8")


def _leaders(distinct: _Distinct) -> list[int]:
    """For each distinct text the first text of its group, which may be itself."""
    leaders = list(range(len(distinct)))
    known: dict[int, str] = {}
    for number, earlier in _candidates(distinct):
        text = _bare(distinct.text(number))
        for candidate in dict.fromkeys(leaders[one] for one in earlier):
            if candidate not in known:
                known[candidate] = _bare(distinct.text(candidate))
            if _near(text, known[candidate]):
                leaders[number] = candidate
                break
    return leaders


def _candidates(distinct: _Distinct) -> Iterator[tuple[int, list[int]]]:
    """Texts that share a band with earlier ones, and which; each text after the earlier ones.

    First come the texts whose bands hold the most texts, copies counted: where one text was edited
    in many ways, the one that they all came from.
    """
    import numpy  # noqa: PLC0415

    numbers = numpy.flatnonzero(distinct.long)
    bands, copies = distinct.bands[numbers], distinct.copies[numbers]
    ranked = numpy.argsort(-_weights(bands, copies), kind="stable")
    numbers, bands = numbers[ranked], bands[ranked]
    pairs = numpy.empty(0, dtype=numpy.uint64)
    for band in range(BANDS):
        pairs = numpy.union1d(pairs, _pairs_of(bands[:, band]))
    for later, found in groupby(pairs.tolist(), key=lambda pair: pair >> 32):
        yield int(numbers[later]), [int(numbers[pair & 0xFFFFFFFF]) for pair in found]


def _weights(bands: Whole32, copies: Positions) -> Positions:
    """How many texts share a band with each, counted once a band."""
    import numpy  # noqa: PLC0415

    weights = numpy.zeros(len(bands), dtype=numpy.int64)
    for band in range(BANDS):
        order, starts, sizes = _buckets(bands[:, band])
        if len(order):
            weights[order] += numpy.repeat(numpy.add.reduceat(copies[order], starts), sizes)
    return weights


def _pairs_of(keys: Whole32) -> Whole64:
    """Each text with the first few of its bucket, as ``later << 32 | earlier``."""
    import numpy  # noqa: PLC0415

    order, starts, sizes = _buckets(keys)
    within = numpy.arange(len(order)) - numpy.repeat(starts, sizes)
    pairs = [
        (order[within > place].astype(numpy.uint64) << numpy.uint64(32))
        | order[(numpy.repeat(starts, sizes) + place)[within > place]].astype(numpy.uint64)
        for place in range(COMPARED_WITH)
    ]
    return numpy.unique(numpy.concatenate(pairs))


def _buckets(keys: Whole32) -> tuple[Positions, Positions, Positions]:
    """Texts by key, those alone with theirs left out; where each bucket starts, and its size."""
    import numpy  # noqa: PLC0415

    order = numpy.argsort(keys, kind="stable")
    _, sizes = numpy.unique(keys[order], return_counts=True)
    order = order[numpy.repeat(sizes > 1, sizes)]
    sizes = sizes[sizes > 1]
    return order, numpy.cumsum(sizes) - sizes, sizes
