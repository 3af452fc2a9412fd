"""A closer look at a piece of text, letter by letter, in every way in which it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from moderation.folding import (
    JOINED,
    SPACE,
    Skeleton,
    Step,
    close_marks,
    close_spelled,
    has_spelled,
    keys,
    skeleton,
)
from moderation.lexicon import context
from moderation.lexicon.compare import (
    Stretch,
    compare,
    exchanged,
    is_doubled,
    steps_between,
)
from moderation.lexicon.index import (
    GUESSED_LANGUAGES,
    Form,
    Index,
    Pattern,
    Spelling,
    build_masked,
    compile_form,
    splits,
    word_list,
)
from moderation.lexicon.masks import Masks
from moderation.lexicon.tables import Term

LONGEST_WORD: Final = 64
"""Longer runs of letters are not searched for words run together: nobody would read them."""
_JOINED_LENGTH: Final = 4
"""Shorter terms are not sought inside longer words at all."""
_ANYWHERE_LENGTH: Final = 6
"""Strong terms of this length are found in any word that has so much more on a side:"""
_ANYWHERE_SIDE: Final = 4
_ASCII_SYMBOL: Final = re.compile(
    r"[@^<{!|$+](?=[A-Za-z0-9]|[@$!|+]|[^\w\s][A-Za-z0-9])|[@$|](?= [A-Za-z0-9])| ! (?=\S )"
    r"|(?<=[A-Za-z0-9])(?:[@$|+]|\((?=[A-Za-z0-9]))"
)
_ASCII_HINT: Final = re.compile(r"[@^<{!|$+(]")
_ANY_SYMBOL: Final = re.compile(
    r"[@^<{¢€£!|¡$§+†¥×](?=[^\W_]|[@$!|+]|[^\w\s]|\u200b)|[@$|](?= [^\W_])"
    r"|(?<=[^\W_])(?:[@$|+€¢£]|\((?=[^\W_]))"
)
"""A symbol that can stand for a letter, beside a letter. Plain text has a quicker expression."""
_NAME_MARKS: Final = re.compile("[-.'’‘]+")
_INNER_MARK: Final = re.compile(r"(?:[^\w\s'’]|_)(?<=[^\W_].)[^\w\s]*_*(?=[^\W_])")
"""Punctuation between two letters: it may cut a word apart. Apostrophes seldom do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A form that stands in the text, before anything around it was looked at.

    ``is_doubtful`` when it takes guesswork to see it and it is written like a name.
    """

    start: int
    end: int
    term: Term
    steps: frozenset[Step]
    by_pattern: bool = False
    is_doubtful: bool = False

    def moved(self, by: int) -> Candidate:
        """The same, with the piece in which it was found standing so far into the text."""
        return Candidate(
            start=self.start + by,
            end=self.end + by,
            term=self.term,
            steps=self.steps,
            by_pattern=self.by_pattern,
            is_doubtful=self.is_doubtful,
        )


class Searcher:
    """Finds what a piece of text could be, without asking what it means there."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._innocent = word_list("innocent.txt")

    @cached_property
    def masks(self) -> Masks:
        """What masked words can stand for, worked out when the first one is met."""
        return Masks(build_masked(self.index))

    def may_touch(self, word: str, side: str, length: int) -> bool:
        """Whether a form of so many letters may begin or end in a word and leave a side over.

        Quick and generous: what passes is looked at letter by letter. Of a longer side than
        ``LONGEST_WORD`` a part is enough.
        """
        return (
            not side
            or (length >= _ANYWHERE_LENGTH and len(side) >= _ANYWHERE_SIDE)
            or len(side) > LONGEST_WORD
            or splits(side, self.index.keys)
            or is_odd(word)
        )

    def look_everywhere(self, text: str, plain: str) -> Iterator[Candidate]:
        """Everything that a text could be, in every way of reading it."""
        yield from self.look(text, plain)
        yield from self.look_at_spelled(text, plain)
        yield from self.look_behind_masks(text, plain)

    def look(self, text: str, plain: str) -> Iterator[Candidate]:
        """Everything that one or more whole words could be, apart from masked and spelled ones.

        ``plain`` is the text with foreign letters unmasked.
        """
        yield from self._read(text, plain, symbols=False)
        if has_letter_symbol(plain):
            yield from self._read(text, plain, symbols=True)
        yield from self._find_patterns(text, plain)

    def _read(self, text: str, plain: str, *, symbols: bool) -> Iterator[Candidate]:
        bones = skeleton(plain, symbols=symbols)
        yield from self._search(text, bones)
        if has_inner_mark(plain):
            yield from self._search(text, close_marks(bones))

    def look_at_spelled(self, text: str, plain: str) -> Iterator[Candidate]:
        """Everything that words spelled out letter by letter could be, with symbols or without."""
        if has_spelled(keys(plain)):
            yield from self._search(text, close_spelled(skeleton(plain)))
        if has_letter_symbol(plain) and has_spelled(keys(plain, symbols=True)):
            yield from self._search(text, close_spelled(skeleton(plain, symbols=True)))

    def look_behind_masks(self, text: str, plain: str) -> Iterator[Candidate]:
        """Everything that masked words could be, or the phrases that they are part of."""
        for found in self.masks.find(plain):
            written = text[found.start : found.end]
            if _undress(written) not in self._innocent:
                yield Candidate(
                    start=found.start,
                    end=found.end,
                    term=found.term,
                    steps=frozenset({"masked", *found.steps}),
                    is_doubtful=_is_name_in_parts(written),
                )

    def _search(self, text: str, bones: Skeleton) -> Iterator[Candidate]:
        index = self.index
        for begin, stop in bones.word_spans():
            key = bones.text[begin:stop]
            if ending := index.ending(key):
                stretch = Stretch(text=text, bones=bones, begin=stop - len(ending), stop=stop)
                yield from self._verified(stretch, index.spellings(ending))
            spellings = index.whole(key)
            if spellings:
                stretch = Stretch(text=text, bones=bones, begin=begin, stop=stop)
                yield from self._verified(stretch, spellings)
        hits = index.searcher.find_matches_as_indexes(bones.text, overlapping=True)
        for needle, begin, stop in hits:
            stretch = Stretch(text=text, bones=bones, begin=begin, stop=stop)
            yield from self._verified(stretch, index.spellings(index.needles[needle]))

    def _verified(self, stretch: Stretch, spellings: Sequence[Spelling]) -> Iterator[Candidate]:
        if _has_symbol_at_edge(stretch.written):
            return
        for spelling in spellings:
            form = compile_form(spelling)
            is_plain = stretch.written == form.spelling and form.step is None
            if not is_plain and not compare(stretch, form):
                continue
            steps = set() if is_plain else set(steps_between(stretch, form))
            if not stretch.stands_alone:
                if not self._stands_in_joined_words(stretch, form, steps):
                    continue
                steps.add("joined")
            if steps and _undress(stretch.written) in self._innocent:
                continue
            yield Candidate(
                start=stretch.start,
                end=stretch.end,
                term=form.term,
                steps=frozenset(steps),
                is_doubtful=_is_doubtful(stretch, form, steps),
            )

    def _stands_in_joined_words(self, stretch: Stretch, form: Form, steps: set[Step]) -> bool:
        """Whether the form stands inside a longer word that is plainly several run together."""
        word = stretch.whole_word()
        if (
            word.stop - word.begin > LONGEST_WORD
            or form.step
            or form.term.language not in GUESSED_LANGUAGES
            or len(form.key) < _JOINED_LENGTH
            or not _is_cut_at_breaks(stretch, form)
            or _undress(word.written) in self._innocent
        ):
            return False
        if SPACE in stretch.inner_gaps:
            return self._is_phrase_in_joined_words(stretch, word)
        anywhere = form.is_strong and len(form.key) >= _ANYWHERE_LENGTH and steps <= {"case"}
        bones = stretch.bones
        return all(
            (anywhere and stop - begin >= _ANYWHERE_SIDE)
            or (splits(bones.text[begin:stop]) and splits(_written(bones, begin, stop)))
            for begin, stop in _sides(stretch, word)
        )

    def _is_phrase_in_joined_words(self, stretch: Stretch, word: Stretch) -> bool:
        """Whether a phrase was run into everyday words, and cuts none in two (``also gay``)."""
        words = word.written.split()
        return all(
            splits(_written(stretch.bones, begin, stop), is_exact=True)
            and not self.is_known(words[0 if begin == word.begin else -1])
            for begin, stop in _sides(stretch, word)
        )

    def is_known(self, word: str) -> bool:
        """Whether it is a word by itself."""
        bare = _undress(word)
        return bare in self._innocent or bare in word_list("common.txt")

    def _find_patterns(self, text: str, plain: str) -> Iterator[Candidate]:
        hits = self.index.pattern_searcher.find_matches_as_indexes(keys(plain), overlapping=True)
        wanted = sorted({number for number, _, _ in hits})
        if not wanted:
            return
        for word in re.finditer(r"[^\W_]+", plain):
            if word.end() - word.start() > LONGEST_WORD:
                continue
            read = keys(word.group())
            for number in wanted:
                pattern = self.index.patterns[number]
                if pattern.needle in read and pattern.expression.fullmatch(read):
                    candidate = self._pattern_candidate(text, word.span(), pattern)
                    if candidate:
                        yield candidate

    def _pattern_candidate(
        self, text: str, span: tuple[int, int], pattern: Pattern
    ) -> Candidate | None:
        word, term = text[span[0] : span[1]], pattern.term
        if _undress(word) in self._innocent or word.lower() in term.excused_by:
            return None
        steps: frozenset[Step] = frozenset() if word.islower() else frozenset({"case"})
        return Candidate(
            start=span[0],
            end=span[1],
            term=term,
            steps=steps,
            by_pattern=True,
            is_doubtful=pattern.may_be_name and context.is_title(word),
        )


def _is_cut_at_breaks(stretch: Stretch, form: Form) -> bool:
    """Whether no blank or mark stands in it but between the words of a phrase."""
    return all(
        gap == JOINED or offset in form.breaks
        for offset, gap in enumerate(stretch.inner_gaps, start=1)
    )


def _sides(stretch: Stretch, word: Stretch) -> Iterator[tuple[int, int]]:
    """What the word has before the stretch and after it, if anything."""
    for begin, stop in ((word.begin, stretch.begin), (stretch.stop, word.stop)):
        if begin < stop:
            yield begin, stop


def _is_doubtful(stretch: Stretch, form: Form, steps: set[Step]) -> bool:
    """Whether a name could have been taken for the term by guessing too much."""
    if not steps:
        return False
    if _is_mostly_digits(stretch.written):
        return True
    if "separators" in steps and (_is_name_in_parts(stretch.written) or _is_in_a_chain(stretch)):
        return True
    guessed = (
        not steps.isdisjoint({"accents", "swapped", "vowels", "turned", "joined"})
        or is_doubled(stretch, form)
        or bool(exchanged(stretch, form))
    )
    return guessed and context.is_title(stretch.whole_word().written)


def _is_name_in_parts(written: str) -> bool:
    """Whether it is a name as some languages write it: with hyphens or dots (``Pu-t'e``, ``Sp.z``).

    A single letter before the hyphen is no part of a name: so slurs are cut (``N-word``).
    """
    parts = _NAME_MARKS.split(written)
    return len(parts[0]) > 1 and context.is_title(written) and all(map(str.isalpha, parts))


def _is_in_a_chain(stretch: Stretch) -> bool:
    """Whether more parts stand before or after it, with hyphens between (``Na-pu-ta-lin``)."""
    around = stretch.text[max(0, stretch.start - 1) : stretch.start]
    parts = stretch.written.split("-")
    is_chained = "-" in (around, stretch.text[stretch.end : stretch.end + 1])
    return is_chained and len(parts) > 1 and max(map(len, parts)) > 1


def _is_mostly_digits(written: str) -> bool:
    """Whether it may as well be a number with a letter: a road, a model, a size."""
    return sum(character.isdigit() for character in written) * 2 > len(written)


def is_odd(word: str) -> bool:
    """Whether more than letters, digits and the punctuation of a sentence stands in a word."""
    return not word.lstrip("(\"'").rstrip(".,?!:;\"')").isalnum() or "!!" in word


def has_letter_symbol(text: str) -> bool:
    """Whether a symbol stands where it may be a letter."""
    if text.isascii():
        return _ASCII_HINT.search(text) is not None and _ASCII_SYMBOL.search(text) is not None
    return _ANY_SYMBOL.search(text) is not None


def has_inner_mark(text: str) -> bool:
    """Whether punctuation stands between two letters of a word."""
    return _INNER_MARK.search(text) is not None


def _has_symbol_at_edge(written: str) -> bool:
    """Whether a bracket or an exclamation mark was read as the first or last letter."""
    return written[0] in "(<{!|+^" or written[-1] in "(<{!|^"


def _undress(word: str) -> str:
    """The word as the list of innocent words has it: small letters, no possessive ending."""
    return word.lower().removesuffix("'s").removesuffix("’s")


def _written(bones: Skeleton, begin: int, stop: int) -> str:
    """The keys of the letters as often as they stand there."""
    return "".join(bones.text[place] * bones.counts[place] for place in range(begin, stop))
