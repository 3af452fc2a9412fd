"""Finding terms in a text, through their disguises, with positions in the text as it was given."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from moderation.folding import (
    STEPS,
    Skeleton,
    Step,
    chunks_around,
    close_marks,
    close_spelled,
    closed_keys,
    has_spelled,
    keys,
    skeleton,
    squeeze,
    unmask_scripts,
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
    Spelling,
    build_index,
    build_masked,
    compile_form,
    splits,
    word_list,
)
from moderation.lexicon.masks import MaskedForms, find_masked, has_masks
from moderation.lexicon.tables import (
    Term,
    apply_own_table,
    available_languages,
    packaged_table,
    parse_table,
    read_text,
)
from moderation.records import TermMatch

_LONGEST_WORD: Final = 64
"""Longer runs of letters are not searched for words run together: nobody would read them."""
_JOINED_LENGTH: Final = 4
"""Shorter terms are not sought inside longer words at all."""
_JOINED_WEAK_LENGTH: Final = 5
"""The same for terms of severity 1 and 2 and those that are often innocent."""
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
_REPEATED: Final = re.compile(r"(.)\1\1|aa|ii|uu|hh|jj|kk|ww|xx|yy")
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


class Lexicon:
    """The terms of one or more tables, ready to be found.

    ``version`` is readable and names the very tables in use, e.g. ``en+hi 3f2a9c1``.
    """

    def __init__(self, terms: Iterable[Term], version: str) -> None:
        self.terms: tuple[Term, ...] = tuple(terms)
        self.version = version
        self._index = build_index(self.terms)
        self._innocent = word_list("innocent.txt")
        self._masked_forms: MaskedForms | None = None

    def __repr__(self) -> str:
        return f"Lexicon({len(self.terms)} terms, {self.version!r})"

    def find(self, text: str, *, include_ambiguous: bool = False) -> list[TermMatch]:
        """Every term in the text, in the order of the text, none overlapping another.

        A term that is often innocent is reported only with a second sign beside it: another term,
        a hostile word, or being said to somebody. With ``include_ambiguous`` the others come too,
        their ``context`` being ``ambiguous``, for a caller that has a second sign of its own.
        """
        candidates = self._candidates(text)
        if not candidates:
            return []
        chosen = _without_overlaps(candidates)
        matches = context.judge(text, [(c.start, c.end, c.term, c.is_doubtful) for c in chosen])
        return [
            _match(text, candidate, verdict)
            for candidate, verdict in zip(chosen, matches, strict=True)
            if verdict is not None and (include_ambiguous or verdict != context.AMBIGUOUS)
        ]

    def _candidates(self, text: str) -> list[Candidate]:
        plain = unmask_scripts(text)
        found = list(self._read(text, plain, symbols=False))
        if _has_letter_symbol(plain):
            found.extend(self._read(text, plain, symbols=True))
        if has_masks(plain):
            found.extend(self._masked(text, plain))
        return found

    def _masked(self, text: str, plain: str) -> Iterator[Candidate]:
        if self._masked_forms is None:
            self._masked_forms = build_masked(self._index.own)
        for found in find_masked(plain, self._masked_forms):
            if _undress(text[found.start : found.end]) not in self._innocent:
                yield Candidate(
                    start=found.start,
                    end=found.end,
                    term=found.term,
                    steps=frozenset({"masked", *found.steps}),
                )

    def _read(self, text: str, plain: str, *, symbols: bool) -> Iterator[Candidate]:
        """Read the text in each way that could show something, quickly ruling out the others."""
        raw = keys(plain, symbols=symbols)
        seen = self._may_hold(raw)
        spelled = has_spelled(raw)
        cut = [plain[start:stop] for start, stop in chunks_around(_INNER_MARK, plain)]
        closed = bool(cut) and self._may_hold(closed_keys(" ".join(cut), symbols=symbols))
        if seen or spelled or closed:
            bones = skeleton(plain, symbols=symbols)
            if seen:
                yield from self._search(text, bones)
            if spelled:
                yield from self._search(text, close_spelled(bones))
            if closed:
                yield from self._search(text, close_marks(bones))
        if self._index.patterns and self._index.pattern_searcher.find_matches_as_indexes(raw):
            yield from self._find_patterns(text, plain, raw)

    def _may_hold(self, raw: str) -> bool:
        """A quick look, which most texts do not pass: could there be a term in these keys?"""
        index = self._index
        written = raw.split()
        if not index.exact.isdisjoint(written):
            return True
        squeezed = squeeze(raw)
        words = written
        if squeezed != raw:
            words = squeezed.split()
            changed = index.words.intersection(set(words).difference(written))
            if changed and self._may_be_stretched(written, words, changed):
                return True
        hits = index.searcher.find_matches_as_indexes("".join(words), overlapping=True)
        if not hits:
            return False
        ends = list(accumulate(map(len, words)))
        return any(self._is_plausible(words, ends, hit) for hit in hits)

    def _may_be_stretched(
        self, written: list[str], words: list[str], keys_met: frozenset[str]
    ) -> bool:
        """Whether one of the words has letters to spare beyond a form with its key."""
        return any(
            len(as_written) >= len(spelling.form) + (1 if _is_repeated(as_written) else 2)
            for as_written, word in zip(written, words, strict=True)
            if word in keys_met
            for spelling in self._index.spellings(word)
        )

    def _is_plausible(self, words: list[str], ends: list[int], hit: tuple[int, int, int]) -> bool:
        """Whether a needle stands for whole words, or inside a word that may be several.

        Quick and generous: what passes is looked at again, letter by letter.
        """
        needle, begin, stop = hit
        first = bisect_right(ends, begin)
        last = bisect_left(ends, stop)
        before = words[first][: begin - ends[first] + len(words[first])]
        after = words[last][len(words[last]) - ends[last] + stop :]
        if not before and not after:
            return True
        if first != last and needle not in self._index.phrases:
            return False
        anywhere = stop - begin >= _ANYWHERE_LENGTH
        return all(
            (anywhere and len(side) >= _ANYWHERE_SIDE) or splits(side, self._index.keys)
            for side in (before, after)
            if side and len(side) <= _LONGEST_WORD
        )

    def _search(self, text: str, bones: Skeleton) -> Iterator[Candidate]:
        index = self._index
        for begin, stop in bones.word_spans():
            key = bones.text[begin:stop]
            if key in index.words:
                stretch = Stretch(text=text, bones=bones, begin=begin, stop=stop)
                yield from self._verified(stretch, index.spellings(key))
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
        shortest = _JOINED_LENGTH if form.is_strong else _JOINED_WEAK_LENGTH
        if (
            word.stop - word.begin > _LONGEST_WORD
            or form.step
            or form.term.language not in GUESSED_LANGUAGES
            or len(form.key) < shortest
            or _undress(word.written) in self._innocent
        ):
            return False
        anywhere = form.is_strong and len(form.key) >= _ANYWHERE_LENGTH and steps <= {"case"}
        bones = stretch.bones
        sides = (
            _written(bones, word.begin, stretch.begin),
            _written(bones, stretch.stop, word.stop),
        )
        return all(
            (anywhere and len(side) >= _ANYWHERE_SIDE) or splits(side) for side in sides if side
        )

    def _find_patterns(self, text: str, plain: str, raw: str) -> Iterator[Candidate]:
        hits = self._index.pattern_searcher.find_matches_as_indexes(raw, overlapping=True)
        wanted = sorted({number for number, _, _ in hits})
        for word in re.finditer(r"[^\W_]+", plain):
            if word.end() - word.start() > _LONGEST_WORD:
                continue
            read = keys(word.group())
            for number in wanted:
                pattern = self._index.patterns[number]
                if pattern.needle in read and pattern.expression.fullmatch(read):
                    candidate = self._pattern_candidate(text, word.span(), pattern.term)
                    if candidate:
                        yield candidate

    def _pattern_candidate(self, text: str, span: tuple[int, int], term: Term) -> Candidate | None:
        word = text[span[0] : span[1]]
        if _undress(word) in self._innocent or word.lower() in term.excused_by:
            return None
        steps: frozenset[Step] = frozenset() if word.islower() else frozenset({"case"})
        return Candidate(start=span[0], end=span[1], term=term, steps=steps, by_pattern=True)


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


def _is_doubtful(stretch: Stretch, form: Form, steps: set[Step]) -> bool:
    """Whether a name could have been taken for the term by guessing too much."""
    if not steps:
        return False
    guessed = (
        not steps.isdisjoint({"accents", "swapped", "vowels", "joined"})
        or is_doubled(stretch, form)
        or bool(exchanged(stretch, form))
    )
    return guessed and context.is_title(stretch.whole_word().written)


def _has_letter_symbol(text: str) -> bool:
    """Whether a symbol stands where it may be a letter."""
    if text.isascii():
        return _ASCII_HINT.search(text) is not None and _ASCII_SYMBOL.search(text) is not None
    return _ANY_SYMBOL.search(text) is not None


def _has_symbol_at_edge(written: str) -> bool:
    """Whether a bracket or an exclamation mark was read as the first or last letter."""
    return written[0] in "(<{!|+^" or written[-1] in "(<{!|^"


def _is_repeated(keys_written: str) -> bool:
    """Whether a letter stands three times in a row, or one twice that hardly ever does."""
    return _REPEATED.search(keys_written) is not None


def _undress(word: str) -> str:
    """The word as the list of innocent words has it: small letters, no possessive ending."""
    return word.lower().removesuffix("'s").removesuffix("’s")


def _written(bones: Skeleton, begin: int, stop: int) -> str:
    """The keys of the letters as often as they stand there."""
    return "".join(bones.text[place] * bones.counts[place] for place in range(begin, stop))
