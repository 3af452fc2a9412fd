"""Whether a stretch of text, letter by letter, is a form; and which disguises it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from moderation.folding import (
    APOSTROPHE,
    JOINED,
    SPACE,
    Skeleton,
    Step,
    read_character,
    same_key,
)
from moderation.lexicon.index import Form, common_keys

_SHORT: Final = 5
"""In a shorter word a letter exchanged or doubled makes another word too often to count."""
_NEVER_DOUBLED: Final = frozenset("aiuhjkqvwxy")
"""Letters that honest spelling hardly ever writes twice: twice is enough to be a stretch."""
_SENTENCE_ENDS: Final = frozenset(".!?;:\n")
_ENDINGS: Final = frozenset({"s", "re", "i", "ue", "d", "t", "m", "st", "er"})
"""The keys of what honest spelling writes after an apostrophe: 's, 're, 'll, 've and so on."""
_JOINABLE_WORD: Final = 3
_JOINABLE_KEY: Final = 7
_LONGEST_WORD: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a text that has the key of a form: letters ``begin`` to ``stop`` of ``bones``."""

    text: str
    bones: Skeleton
    begin: int
    stop: int

    @property
    def start(self) -> int:
        """Where it starts in the text."""
        return self.bones.starts[self.begin]

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.bones.ends[self.stop - 1]

    @property
    def written(self) -> str:
        """How it stands in the text."""
        return self.text[self.start : self.end]

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each of its letters stands there."""
        return self.bones.counts[self.begin : self.stop]

    @property
    def inner_gaps(self) -> tuple[int, ...]:
        """What stands between its letters."""
        return self.bones.gaps[self.begin + 1 : self.stop]

    @property
    def stands_alone(self) -> bool:
        """Whether no letter touches it on either side."""
        gaps = self.bones.gaps
        return gaps[self.begin] != JOINED and (
            self.stop == len(self.bones.text) or gaps[self.stop] != JOINED
        )

    def run(self, offset: int) -> str:
        """The text of one letter and its repetitions."""
        place = self.begin + offset
        return self.text[self.bones.starts[place] : self.bones.ends[place]]

    def before(self, offset: int) -> str:
        """The text between a letter and the one before it."""
        place = self.begin + offset
        return self.text[self.bones.ends[place - 1] : self.bones.starts[place]]

    def whole_word(self) -> Stretch:
        """The stretch with all letters that touch it, up to a limit."""
        gaps, first, last = self.bones.gaps, self.begin, self.stop
        while gaps[first] == JOINED and self.begin - first <= _LONGEST_WORD:
            first -= 1
        while last < len(gaps) and gaps[last] == JOINED and last - self.stop <= _LONGEST_WORD:
            last += 1
        return Stretch(text=self.text, bones=self.bones, begin=first, stop=last)


def compare(stretch: Stretch, form: Form) -> bool:
    """Whether the stretch can be the form: enough of each letter, and put together credibly."""
    return (
        _counts_fit(stretch.counts, form)
        and _digits_fit(stretch, form)
        and _letters_fit(stretch, form)
        and _gaps_fit(stretch, form)
    )


def _counts_fit(counts: tuple[int, ...], form: Form) -> bool:
    """Whether each letter stands there as often as in the form, or so often that it is stretched.

    One letter written twice for once is another word more often than a disguise.
    """
    surplus = [have - want for have, want in zip(counts, form.counts, strict=True)]
    if min(surplus) < 0:
        return False
    if not any(surplus):
        return True
    if form.step:
        return max(surplus) > 1
    if sum(surplus) > 1:
        return True
    place = surplus.index(1)
    if counts[place] > 2 or form.letters[place][0] in _NEVER_DOUBLED:
        return len(form.key) >= _SHORT or counts[place] > 2 or form.counts[place] == 1
    return form.is_strong and len(form.key) >= _SHORT


def _digits_fit(stretch: Stretch, form: Form) -> bool:
    """A number is not a word in leetspeak, and a form with digits wants those very digits."""
    written = stretch.written
    if any(c.isdigit() for c in form.spelling):
        return written.lower() == form.spelling
    letters = sum(not c.isdigit() for c in written)
    return letters > 1 or (letters == 1 and stretch.stop - stretch.begin <= 3)


def _letters_fit(stretch: Stretch, form: Form) -> bool:
    """A small letter that stands for another of the same key is credible in strong terms only."""
    places = exchanged(stretch, form)
    if not places:
        return True
    if not form.is_strong or len(form.key) < _SHORT or form.step:
        return False
    if any(gap != JOINED for gap in stretch.inner_gaps):
        return False
    return all(stretch.counts[offset] == form.counts[offset] for offset in places)


def exchanged(stretch: Stretch, form: Form) -> list[int]:
    """The places in the form at which the text has another small letter of the same key."""
    return [
        offset
        for offset, wanted in enumerate(form.letters)
        if _is_exchanged(stretch.run(offset), wanted, is_first=offset == 0)
    ]


def is_doubled(stretch: Stretch, form: Form) -> bool:
    """Whether a letter is written twice for once, which is a stretch or another word."""
    pairs = zip(stretch.counts, form.counts, strict=True)
    return any(have == 2 and want == 1 for have, want in pairs)


def _is_exchanged(run: str, wanted: str, *, is_first: bool) -> bool:
    """Whether the run has other letters than the form, apart from a capital I that shows an l."""
    plain = "".join(c for c in run if c.isascii() and c.isalpha())
    if any(c.lower() not in wanted and (is_first or c != "I") for c in plain):
        return True
    order = "".join(dict.fromkeys(plain.lower()))
    return len(order) > 1 and order not in "".join(dict.fromkeys(wanted))


def _gaps_fit(stretch: Stretch, form: Form) -> bool:
    """Separators inside a word are a disguise; neighbouring words that happen to fit are not."""
    pieces: list[str] = []
    spaced = False
    key = stretch.bones.text[stretch.begin : stretch.stop]
    spelled = JOINED not in stretch.inner_gaps
    piece = 0
    for offset, gap in enumerate(stretch.inner_gaps, start=1):
        if offset in form.breaks:
            if not spelled and not _break_fits(stretch, offset, gap, form):
                return False
            continue
        if gap == JOINED:
            continue
        if gap == APOSTROPHE and key[offset:] in _ENDINGS:
            return False
        pieces.append(key[piece:offset])
        spaced = spaced or gap == SPACE
        piece = offset
    return not pieces or _pieces_fit([*pieces, key[piece:]], form, spaced=spaced)


def _pieces_fit(pieces: list[str], form: Form, *, spaced: bool) -> bool:
    single = sum(len(piece) == 1 for piece in pieces)
    if single == len(pieces) or single >= 3:
        return len(pieces) >= 3
    common = common_keys()
    if not spaced:
        return not all(piece in common for piece in pieces)
    return form.is_strong and len(form.key) >= _SHORT and not any(p in common for p in pieces)


def _break_fits(stretch: Stretch, offset: int, gap: int, form: Form) -> bool:
    """Between the words of a term may stand anything but the end of a sentence.

    Nothing at all may stand there when the words are long enough not to meet by chance.
    """
    if gap == JOINED:
        shortest = min(len(word) for word in form.spelling.split())
        return shortest >= _JOINABLE_WORD or len(form.key) >= _JOINABLE_KEY
    return gap != SPACE or _SENTENCE_ENDS.isdisjoint(stretch.before(offset))


def steps_between(stretch: Stretch, form: Form) -> Iterator[Step]:
    """The disguises that stand between the stretch of text and the form as the table spells it."""
    if form.step:
        yield form.step
    for offset, wanted in enumerate(form.letters):
        yield from _letter_steps(stretch.run(offset), wanted)
        if stretch.counts[offset] > form.counts[offset]:
            yield "stretched"
        if offset:
            yield from _gap_steps(stretch, offset, is_break=offset in form.breaks)


def _gap_steps(stretch: Stretch, offset: int, *, is_break: bool) -> Iterator[Step]:
    between = stretch.before(offset)
    if not between:
        return
    if stretch.bones.gaps[stretch.begin + offset] != JOINED and not is_break:
        yield "separators"
    if any("invisible" in read_character(character).steps for character in between):
        yield "invisible"


def _letter_steps(run: str, wanted: str) -> Iterator[Step]:
    for character in run:
        if character in wanted:
            continue
        read = read_character(character)
        yield from read.steps
        if not read.letters and not character.isalnum():
            if not read.steps:
                yield "leetspeak" if same_key(character, wanted) else "separators"
        elif not any(letter in wanted for letter in read.letters):
            yield "look-alikes"
