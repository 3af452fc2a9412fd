"""Finding terms in texts, through their disguises, with positions in the text as it was given."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Final

from moderation.folding import STEPS, Decoded, decode, may_be_coded, unmask_scripts
from moderation.lexicon import context
from moderation.lexicon.index import build_index
from moderation.lexicon.search import Candidate, Searcher, is_odd
from moderation.lexicon.tables import (
    Term,
    apply_own_table,
    available_languages,
    packaged_table,
    parse_table,
    read_text,
)
from moderation.lexicon.vocabulary import Vocabulary
from moderation.records import TermMatch

_BATCH: Final = 128
"""Texts whose new words are looked at together."""
_CHUNK: Final = re.compile(r"\S+")


class Lexicon:
    """The terms of one or more tables, ready to be found.

    ``version`` is readable and names the very tables in use, e.g. ``en+hi 3f2a9c1``.
    """

    def __init__(self, terms: Iterable[Term], version: str) -> None:
        self.terms: tuple[Term, ...] = tuple(terms)
        self.version = version
        self._known: Vocabulary | None = None

    @cached_property
    def _searcher(self) -> Searcher:
        """Built when the first text is searched: whoever lists the terms need not wait for it."""
        return Searcher(build_index(self.terms))

    def _vocabulary(self) -> Vocabulary:
        if self._known is None or self._known.is_full:
            self._known = Vocabulary(self._searcher)
        return self._known

    def __repr__(self) -> str:
        return f"Lexicon({len(self.terms)} terms, {self.version!r})"

    def find(self, text: str, *, include_ambiguous: bool = False) -> list[TermMatch]:
        """Every term in the text, in the order of the text, none overlapping another.

        A term that is often innocent is reported only with a second sign beside it: another term,
        a hostile word, or being said to somebody. With ``include_ambiguous`` the others come too,
        their ``context`` being ``ambiguous``, for a caller that has a second sign of its own.
        """
        candidates = self._see(text, text.split(), self._vocabulary())
        return self._judge(text, candidates, include_ambiguous) if candidates else []

    def find_all(
        self, texts: Sequence[str], *, include_ambiguous: bool = False
    ) -> list[list[TermMatch]]:
        """What ``find`` gives for each of the texts; many together take less time."""
        return [
            self._judge(text, candidates, include_ambiguous)
            for first in range(0, len(texts), _BATCH)
            for text, candidates in self._see_all(texts[first : first + _BATCH])
        ]

    def _see_all(self, texts: Sequence[str]) -> Iterator[tuple[str, list[Candidate]]]:
        known = self._vocabulary()
        rows = [text.split() for text in texts]
        known.meet(rows)
        for text, words in zip(texts, rows, strict=True):
            yield text, self._see(text, words, known)

    def _see(self, text: str, words: Sequence[str], known: Vocabulary) -> list[Candidate]:
        found = self._see_as_written(text, words, known)
        if may_be_coded(text) and (decoded := decode(text)):
            return [*found, *self._see_decoded(decoded, known)]
        return found

    def _see_decoded(self, decoded: Decoded, known: Vocabulary) -> Iterator[Candidate]:
        """What is only seen when codes are read as what they show."""
        for candidate in self._see_as_written(decoded.text, decoded.text.split(), known):
            start, end = decoded.span(candidate.start, candidate.end)
            steps = decoded.undone(candidate.start, candidate.end)
            if steps:
                yield replace(candidate, start=start, end=end, steps=candidate.steps | steps)

    def _see_as_written(
        self, text: str, words: Sequence[str], known: Vocabulary
    ) -> list[Candidate]:
        keys = known.keys_of(words)
        if not text.isascii() and (plain := unmask_scripts(text)) != text:
            found = [*self._searcher.look_everywhere(text, plain)]
            return [*found, *self._look_at_swapped(text, plain, known)]
        return self._sightings(text, words, keys, known)

    def _sightings(
        self, text: str, words: Sequence[str], keys: Sequence[str], known: Vocabulary
    ) -> list[Candidate]:
        """What stands in the words of a text by themselves, and across several of them."""
        windows = self._windows(words, keys)
        notable = known.notable.intersection(words)
        if not notable and not windows:
            return []
        if not known.symbols.keys().isdisjoint(notable):
            read = [known.symbols.get(word) or known.keys[word] for word in words]
            windows += self._windows(words, read)
        found: list[Candidate] = []
        if windows or not known.found.keys().isdisjoint(notable):
            found.extend(self._look_at(text, windows, words, known))
        if known.may_be_spelled(words, keys, notable):
            found.extend(self._searcher.look_at_spelled(text, text))
        if not known.masked.isdisjoint(notable):
            found.extend(self._searcher.look_behind_masks(text, text))
        if not known.swapped.keys().isdisjoint(notable):
            found.extend(self._look_at_swapped(text, text, known))
        return found

    def _look_at(
        self, text: str, windows: Iterable[tuple[int, int]], words: Sequence[str], known: Vocabulary
    ) -> Iterator[Candidate]:
        """What was found in the words of a text, and what is found where windows are opened."""
        spans = [chunk.span() for chunk in _CHUNK.finditer(text)]
        for word, (start, _) in zip(words, spans, strict=True):
            for candidate in known.found.get(word, ()):
                yield candidate.moved(start)
        for first, last in _merged(windows):
            start, end = spans[first][0], spans[last][1]
            for candidate in self._searcher.look(text[start:end], text[start:end]):
                yield candidate.moved(start)

    def _look_at_swapped(self, text: str, plain: str, known: Vocabulary) -> Iterator[Candidate]:
        """Phrases in which a word has two neighbours swapped.

        They are swapped back, which moves no other character.
        """
        chunks = [(chunk.start(), chunk.group()) for chunk in _CHUNK.finditer(plain)]
        known.keys_of([word for _, word in chunks])
        places = [
            (start + place, start + other)
            for start, word in chunks
            if word in known.swapped
            for place, other in [known.swapped[word]]
        ]
        if not places:
            return
        text, plain = _swap_back(text, places), _swap_back(plain, places)
        words = plain.split()
        for first, last in _merged(self._windows(words, known.keys_of(words))):
            start, end = chunks[first][0], chunks[last][0] + len(words[last])
            for candidate in self._searcher.look(text[start:end], plain[start:end]):
                phrase = candidate.moved(start)
                if _is_phrase_with_one(phrase, text, places):
                    yield replace(phrase, steps=phrase.steps | {"swapped"})

    def _windows(self, words: Sequence[str], keys: Sequence[str]) -> list[tuple[int, int]]:
        """From which to which word a form may stand that goes over several of them."""
        index = self._searcher.index
        hits = index.searcher.find_matches_as_indexes("".join(keys), overlapping=True)
        if not hits:
            return []
        windows: list[tuple[int, int]] = []
        ends = [*accumulate(map(len, keys))]
        for needle, begin, stop in hits:
            first, last = bisect_right(ends, begin), bisect_left(ends, stop)
            if first < last:
                before = words[first], keys[first][: begin - ends[first] + len(keys[first])]
                after = words[last], keys[last][len(keys[last]) - ends[last] + stop :]
                if self._may_cross(needle, stop - begin, before, after):
                    windows.append((first, last))
        return windows

    def _may_cross(
        self, needle: int, length: int, before: tuple[str, str], after: tuple[str, str]
    ) -> bool:
        """Whether words may meet in a form, given the two at its ends and what it leaves of them.

        Only the words of a phrase may be run into others.
        """
        may_touch = self._searcher.may_touch
        is_phrase = needle in self._searcher.index.phrases
        return all(
            not side or ((is_phrase or is_odd(word)) and may_touch(word, side, length))
            for word, side in (before, after)
        )

    def _judge(
        self, text: str, candidates: Sequence[Candidate], include_ambiguous: bool
    ) -> list[TermMatch]:
        if not candidates:
            return []
        chosen = _without_overlaps(candidates)
        verdicts = context.judge(text, [(c.start, c.end, c.term, c.is_doubtful) for c in chosen])
        return [
            _match(text, candidate, verdict)
            for candidate, verdict in zip(chosen, verdicts, strict=True)
            if verdict is not None and (include_ambiguous or verdict != context.AMBIGUOUS)
        ]


def load_lexicon(languages: Iterable[str] | None = None, extra: Sequence[Path] = ()) -> Lexicon:
    """Load the tables of the languages (all, unless some are named) and lay own tables over them.

    An own table is a CSV file like ours; each row adds a term, changes a known one, or silences
    it (severity 0). Its language is its ``language`` column or its file name (``en-desk.csv``).
    """
    chosen = tuple(sorted(set(languages))) if languages is not None else available_languages()
    digest = hashlib.sha256()
    terms: tuple[Term, ...] = ()
    for language in chosen:
        name, text = packaged_table(language)
        digest.update(f"{name}\n{text}".encode())
        terms += parse_table(text, name, language)
    for path in extra:
        text = read_text(path)
        digest.update(f"{path.name}\n{text}".encode())
        terms = apply_own_table(terms, text, str(path), path.stem.partition("-")[0])
    own = f"+{len(extra)} own" if extra else ""
    return Lexicon(terms, f"{'+'.join(chosen)}{own} {digest.hexdigest()[:7]}")


def _match(text: str, candidate: Candidate, verdict: str) -> TermMatch:
    term = candidate.term
    return TermMatch(
        start=candidate.start,
        end=candidate.end,
        text=text[candidate.start : candidate.end],
        term=term.term,
        language=term.language,
        category=term.category,
        target=term.target,
        severity=term.severity,
        via=tuple(step for step in STEPS if step in candidate.steps),
        context=verdict,
    )


def _swap_back(text: str, places: Iterable[tuple[int, int]]) -> str:
    characters = list(text)
    for one, other in places:
        characters[one], characters[other] = characters[other], characters[one]
    return "".join(characters)


def _is_phrase_with_one(candidate: Candidate, text: str, places: Sequence[tuple[int, int]]) -> bool:
    """Whether it has several words, and one of the places is in it."""
    start, end = candidate.start, candidate.end
    first = bisect_right(places, (start, start))
    is_in = first < len(places) and places[first][0] < end
    return is_in and len(text[start:end].split()) > 1


def _without_overlaps(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Of candidates that overlap, the longest; of equally long, the plainest, then the gravest."""
    best_first = sorted(
        candidates, key=lambda c: (c.start - c.end, c.by_pattern, len(c.steps), -c.term.severity)
    )
    taken: list[Candidate] = []
    covered: set[int] = set()
    for candidate in best_first:
        if candidate.start not in covered and candidate.end - 1 not in covered:
            taken.append(candidate)
            covered.update(range(candidate.start, candidate.end))
    return sorted(taken, key=lambda c: c.start)


def _merged(windows: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The windows in order, those that overlap as one."""
    begin, end = -1, -1
    for first, last in sorted(windows):
        if first <= end:
            end = max(end, last)
            continue
        if begin >= 0:
            yield begin, end
        begin, end = first, last
    if begin >= 0:
        yield begin, end
