"""Whether a stretch of text, letter by letter, is a form; and which disguises it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from moderation.folding import (
    APOSTROPHE,
    JOINED,
    MARK,
    SPACE,
    Skeleton,
    Step,
    read_character,
    same_key,
)
from moderation.lexicon.index import GUESSED_LANGUAGES, Form, common_keys

_SHORT: Final = 5
"""In a shorter word a letter exchanged or doubled makes another word too often to count."""
_SHORT_WEAK: Final = 6
"""The same for weak terms."""
_NEVER_DOUBLED: Final = frozenset("aiuhjkqvwxy")
"""Letters that honest spelling hardly ever writes twice: twice is enough to be a stretch."""
_SENTENCE_ENDS: Final = frozenset(".!?;:\n")
_ENDINGS: Final = frozenset({"s", "re", "i", "ue", "d", "t", "m", "st", "er"})
"""The keys of what honest spelling writes after an apostrophe: 's, 're, 'll, 've and so on."""
_SHORTEST_IN_DIGITS: Final = 3
"""Of fewer letters, one of them a digit, too little is left to read."""
_LONGEST_IN_DIGITS: Final = 4
"""Of this many characters one letter is enough."""
_SHORTEST_SPELLED: Final = 3
"""Of more single letters than these the last one is no ending (``b'y't'e'd``)."""
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

    def part(self, begin: int, stop: int) -> str:
        """The text of some of its letters and of what stands between them."""
        bones = self.bones
        return self.text[bones.starts[self.begin + begin] : bones.ends[self.begin + stop - 1]]

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
    return len(form.key) >= (_SHORT if form.is_strong else _SHORT_WEAK)


def _digits_fit(stretch: Stretch, form: Form) -> bool:
    """A number is not a word in leetspeak, and a form with digits wants those very digits."""
    written = stretch.written
    if any(c.isdigit() for c in form.spelling):
        return _has_its_digits(stretch, form)
    letters = sum(not c.isdigit() for c in written)
    if letters < len(written) and (
        sum(stretch.counts) < _SHORTEST_IN_DIGITS or _has_number(stretch, form)
    ):
        return False
    if form.step and 2 * letters <= len(written):
        return False
    return letters > 1 or (letters == 1 and len(written) <= _LONGEST_IN_DIGITS)


def _has_its_digits(stretch: Stretch, form: Form) -> bool:
    """Whether the digits of the form stand there as digits: alone, or with its letters at least."""
    if stretch.written.lower() == form.spelling:
        return True
    return not form.spelling.isdigit() and all(
        stretch.run(offset) == wanted[: stretch.counts[offset]]
        for offset, wanted in enumerate(form.letters)
        if wanted[0].isdigit()
    )


def _has_number(stretch: Stretch, form: Form) -> bool:
    """Whether a number stands where the form has a word, parted by a mark (``90/Die``)."""
    if MARK not in stretch.inner_gaps:
        return False
    ends = [0, *sorted(form.breaks), len(form.key)]
    words = (stretch.part(begin, stop) for begin, stop in pairwise(ends))
    return any(len(word) > 1 and word.isdigit() for word in words)


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
    """The places in the form at which the text has another letter of the same key.

    A capital I that shows an l is none, except where the next part of a name may begin (``DoIt``),
    or where all letters are capitals (``SITS``).
    """
    shows_capitals = (form.is_strong or len(form.key) >= _SHORT) and not stretch.written.isupper()
    return [
        offset
        for offset, wanted in enumerate(form.letters)
        if _is_exchanged(stretch.run(offset), wanted, shows_capitals=offset > 0 and shows_capitals)
    ]


def is_doubled(stretch: Stretch, form: Form) -> bool:
    """Whether a letter is written twice for once, which is a stretch or another word."""
    pairs = zip(stretch.counts, form.counts, strict=True)
    return any(have == 2 and want == 1 for have, want in pairs)


def _is_exchanged(run: str, wanted: str, *, shows_capitals: bool) -> bool:
    """Whether the run has other letters than the form, apart from a capital I that shows an l."""
    plain = "".join(c for c in run if c.isascii() and c.isalpha())
    if any(c.lower() not in wanted and (c != "I" or not shows_capitals) for c in plain):
        return True
    order = "".join(dict.fromkeys(plain.lower()))
    return len(order) > 1 and order not in "".join(dict.fromkeys(wanted))


def _gaps_fit(stretch: Stretch, form: Form) -> bool:
    """Separators inside a word are a disguise; neighbouring words that happen to fit are not."""
    cuts: list[int] = []
    spelled = JOINED not in stretch.inner_gaps
    for offset, gap in enumerate(stretch.inner_gaps, start=1):
        if offset in form.breaks:
            if not spelled and not _break_fits(stretch, offset, gap, form):
                return False
        elif gap != JOINED:
            cuts.append(offset)
    return not cuts or _cuts_fit(stretch, cuts, form)


def _cuts_fit(stretch: Stretch, cuts: list[int], form: Form) -> bool:
    """Whether a word that is cut into pieces is more likely one word than several."""
    key = stretch.bones.text[stretch.begin : stretch.stop]
    gaps = stretch.bones.gaps[stretch.begin : stretch.stop]
    ends = [0, *cuts, len(key)]
    pieces = [key[begin:stop] for begin, stop in pairwise(ends)]
    single = sum(len(piece) == 1 for piece in pieces)
    if single == len(pieces) > _SHORTEST_SPELLED:
        return True
    if _has_ending(pieces, gaps, cuts):
        return False
    if single == len(pieces) or single >= 3:
        return len(pieces) >= 3
    if any(stretch.part(begin, stop).isdigit() for begin, stop in pairwise(ends)):
        return False
    common = common_keys()
    if all(gaps[cut] != SPACE for cut in cuts):
        return not all(piece in common for piece in pieces)
    return (
        len(form.key) >= (_SHORT if form.is_strong else _SHORT_WEAK)
        and form.term.language in GUESSED_LANGUAGES
        and not any(piece in common for piece in pieces)
        and all(stretch.before(cut).isspace() for cut in cuts if gaps[cut] == SPACE)
    )


def _has_ending(pieces: Sequence[str], gaps: Sequence[int], cuts: Sequence[int]) -> bool:
    """Whether a piece is what honest spelling writes after an apostrophe: 's, 're and so on."""
    if gaps[0] == APOSTROPHE and pieces[0] in _ENDINGS and not all(len(p) == 1 for p in pieces):
        return True
    return gaps[cuts[-1]] == APOSTROPHE and pieces[-1] in _ENDINGS


def _break_fits(stretch: Stretch, offset: int, gap: int, form: Form) -> bool:
    """Between the words of a term may stand anything but the end of a sentence.

    Nothing at all may stand there when the words are long enough not to meet by chance.
    """
    if gap == JOINED:
        shortest = min(len(word) for word in form.spelling.split())
        return shortest >= _JOINABLE_WORD or len(form.key) >= _JOINABLE_KEY
    if gap == SPACE and form.spelling.startswith("a-"):  # an a-hole is none: a hole
        return False
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
    for character in between:
        read = read_character(character)
        if not read.letters and not character.isspace():
            yield from read.steps


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
