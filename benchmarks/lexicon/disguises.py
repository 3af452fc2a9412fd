"""Terms in sentences, under one, two or three disguises: the generator of what must be found.

Everything is drawn with a fixed seed, so that two runs give the same texts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from moderation.lexicon import Lexicon, Term

SEED: Final = 20_400
ROUNDS: Final = 3

CARRIERS: Final = (
    "I have lived here for thirty years and those {} were never a problem before.",
    "Nobody asked the {} what they think about it.",
    "Why does this paper keep writing about {} every single week?",
    "my neighbour says {} run the whole council now",
    "What do you expect from a bunch of {} anyway?",
    "Another day, another {} in the news.",
    "This is what happens when {} get to decide, mark my words.",
    "lol {} again",
    "The editor is clearly a {}, that much is plain.",
    "So now the {} want a bigger share of the budget? No thanks!",
    "Typical {}, always complaining and never working.",
    "They let {} walk in and then wonder why the schools are full...",
    "Sorry but {} should not be allowed to vote on this.",
    "Go and tell that to the {} next door.",
    "@Mike you sound like one of those {} from the other thread",
    "I would not trust a {} with my dog, let alone my taxes.",
    "Keep crying, {}",
    "Only {} read this rag.",
    "the mayor is in bed with {} and everybody knows it",
    "Reply to comment 12: {} is the word you were looking for, I guess.",
)
"""Where the disguised terms stand: the kind of sentence that comment sections are made of."""

AIMED_CARRIERS: Final = (
    "You are nothing but a {}.",
    "you {}",
    "Look at you, you filthy {}!",
    "Those filthy {} are back.",
    "Shut up you stupid {}",
)
"""The same for terms that are reported only with a second sign beside them."""

WORD_BEFORE: Final = ("you", "stupid", "all", "these", "dirty", "kill", "hate", "bloody")

_STYLES: Final = (0x1D4D0, 0x1D400, 0x1D5D4, 0x1D586 - 26, 0xFF21, 0x24B6)
_LOOK_ALIKES: Final = {
    "a": "аɑα", "c": "сϲ", "e": "еҽ", "i": "іı", "o": "оο", "p": "рρ", "s": "ѕ", "x": "хχ",
    "y": "уү", "j": "ј", "h": "һ", "d": "ԁ", "k": "κк", "n": "ո", "u": "υս", "g": "ɡ", "t": "т",
}  # fmt: skip
_LEET: Final = {
    "a": "4@", "e": "3", "i": "1!", "l": "1", "o": "0", "s": "5$", "t": "7", "g": "9", "b": "8",
}  # fmt: skip
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e"
_VOWELS: Final = frozenset("aeiou")

Disguise = Callable[[random.Random, str], str]


def _letters(word: str) -> list[int]:
    return [place for place, character in enumerate(word) if character.isalpha()]


def _change_some(rng: random.Random, word: str, table: dict[str, str]) -> str:
    places = [place for place in _letters(word) if word[place].lower() in table]
    if not places:
        return word
    chosen = rng.sample(places, rng.randint(1, min(len(places), 3)))
    return "".join(
        rng.choice(table[c.lower()]) if place in chosen else c for place, c in enumerate(word)
    )


def case(rng: random.Random, word: str) -> str:
    """Capitals here and there."""
    return "".join(rng.choice((c.upper(), c)) for c in word)


def accents(rng: random.Random, word: str) -> str:
    """A mark or two over the letters."""
    marks = "\u0300\u0301\u0302\u0303\u0308\u0323\u0336"
    return "".join(c + rng.choice(marks) if c.isalpha() and rng.random() < 0.4 else c for c in word)


def styled(rng: random.Random, word: str) -> str:
    """Mathematical, wide or encircled letters."""
    first = rng.choice(_STYLES)
    return "".join(
        chr(first + ord(c.upper()) - ord("A")) if c.isascii() and c.isalpha() else c for c in word
    )


def look_alikes(rng: random.Random, word: str) -> str:
    """Letters of another script that look the same."""
    return _change_some(rng, word, _LOOK_ALIKES)


def invisible(rng: random.Random, word: str) -> str:
    """Characters that cannot be seen, between the letters."""
    place = rng.randint(1, max(1, len(word) - 1))
    return word[:place] + rng.choice(_INVISIBLE) * rng.randint(1, 3) + word[place:]


def leetspeak(rng: random.Random, word: str) -> str:
    """Digits and symbols for letters."""
    return _change_some(rng, word, _LEET)


def stretched(rng: random.Random, word: str) -> str:
    """One letter held for long."""
    place = rng.choice(_letters(word))
    return word[:place] + word[place] * rng.randint(2, 5) + word[place:]


def separators(rng: random.Random, word: str) -> str:
    """Something between all letters."""
    mark = rng.choice((" ", ".", "*", "-", "_", "🔥", " . ", "/"))
    return mark.join(word.replace(" ", ""))


def masked(rng: random.Random, word: str) -> str:
    """One or two inner letters hidden, vowels by preference."""
    inner = [
        place
        for place in _letters(word)
        if word[place - 1 : place].isalpha() and word[place + 1 : place + 2].isalpha()
    ] or _letters(word)[1:]
    vowels = [place for place in inner if word[place].lower() in _VOWELS] or inner
    hidden = set(rng.sample(vowels, 1))
    if len(word) > 5 and rng.random() < 0.5:
        hidden.add(rng.choice(inner))
    mark = rng.choice("**#_")
    return "".join(mark if place in hidden else c for place, c in enumerate(word))


def swapped(rng: random.Random, word: str) -> str:
    """Two inner neighbours in each other's place."""
    places = [
        place
        for place in range(1, len(word) - 1)
        if word[place - 1 : place + 2].isalpha() and word[place] != word[place + 1]
    ]
    if not places or len(word) < 6:
        return word
    place = rng.choice(places)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def vowels_left_out(rng: random.Random, word: str) -> str:
    """No vowels but a first one, where enough is left to read."""
    bare = word[0] + "".join(c for c in word[1:] if c.lower() not in _VOWELS)
    return bare if len(bare) >= 4 and " " not in word else word


def joined(rng: random.Random, word: str) -> str:
    """Run into the word before it."""
    return rng.choice(WORD_BEFORE) + word if len(word) > 3 else word


DISGUISES: Final[dict[str, Disguise]] = {
    "case": case,
    "accents": accents,
    "styled": styled,
    "look-alikes": look_alikes,
    "invisible": invisible,
    "leetspeak": leetspeak,
    "stretched": stretched,
    "separators": separators,
    "masked": masked,
    "swapped": swapped,
    "vowels": vowels_left_out,
    "joined": joined,
}
_ORDER: Final = (
    "swapped", "vowels", "stretched", "joined", "masked", "leetspeak", "look-alikes", "case",
    "accents", "styled", "separators", "invisible",
)  # fmt: skip
_APART: Final = frozenset({"swapped", "vowels", "masked", "joined", "separators"})
"""Of these a combination has one at most: two of them leave nothing that a person could read."""

BARS: Final = {1: 0.97, 2: 0.93, 3: 0.85}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text with a disguised term in it, and where it stands."""

    text: str
    start: int
    end: int
    term: str
    disguises: tuple[str, ...]


def disguise(rng: random.Random, word: str, number: int) -> tuple[str, tuple[str, ...]]:
    """The word under so many disguises, each of which changed it, and their names."""
    used: list[str] = []
    for name in sorted(_choose(rng, number), key=_ORDER.index):
        changed = DISGUISES[name](rng, word)
        if changed != word:
            used.append(name)
        word = changed
    return word, tuple(used)


def _choose(rng: random.Random, number: int) -> list[str]:
    """Draw so many disguises that a person could still read the word under them."""
    names = list(_ORDER)
    rng.shuffle(names)
    chosen: list[str] = []
    for name in names:
        if len(chosen) == number:
            break
        if name not in _APART or _APART.isdisjoint(chosen):
            chosen.append(name)
    return chosen


def make_samples(
    terms: Iterable[Term], number: int, rounds: int = ROUNDS, mildest: int = 2
) -> list[Sample]:
    """Every term of a severity under so many disguises, in a sentence; with none, it stands openly.

    Patterns, terms of fewer than three letters and those in another script are left out.
    """
    rng = random.Random(SEED + number)
    samples: list[Sample] = []
    for term in terms:
        if term.severity < mildest or not can_be_disguised(term.term):
            continue
        for _ in range(rounds):
            word, used = disguise(rng, term.term, number)
            if len(used) == number:
                samples.append(in_a_sentence(rng, term, word, used))
    return samples


def can_be_disguised(word: str) -> bool:
    """Whether it is no pattern, and long enough to be recognised under a disguise."""
    return word.isascii() and "*" not in word and "[" not in word and len(_letters(word)) >= 3


def in_a_sentence(rng: random.Random, term: Term, word: str, disguises: tuple[str, ...]) -> Sample:
    """The word in one of the sentences, with a second sign where the term needs one."""
    carriers = AIMED_CARRIERS if term.ambiguity == "often innocent" else CARRIERS
    before, _, after = rng.choice(carriers).partition("{}")
    return Sample(
        text=before + word + after,
        start=len(before),
        end=len(before) + len(word),
        term=term.term,
        disguises=disguises,
    )


def is_found(lexicon: Lexicon, sample: Sample) -> bool:
    """Whether some match lies on the disguised term."""
    return any(
        match.start < sample.end and sample.start < match.end for match in lexicon.find(sample.text)
    )
