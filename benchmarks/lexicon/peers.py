"""Other filters on the same texts: what they find of the disguised, and what of the innocent.

Each answers one question, whether a text is to be stopped; so does our lexicon here. Looked at on
23 November 2026 and not measured: profanity-check 1.0.3 cannot be imported beside a scikit-learn of
this decade (alt-profanity-check is its successor), profanity-filter 1.3.3 cannot be installed (it
needs a package that is no longer there).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from benchmarks.lexicon.disguises import SEED, Sample, make_samples
from benchmarks.lexicon.measures import best_time
from benchmarks.lexicon.texts import TextList, optional
from moderation.lexicon import Lexicon

MOST_SAMPLES: Final = 1_000
MOST_INNOCENT: Final = 1_000
"""Of each list: one of the others takes 15 milliseconds for a text."""

Ask = Callable[[Sequence[str]], list[bool]]
"""Tells of each text whether it is to be stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFigures:
    """A filter's figures.

    ``recall`` gives shares of the disguised by the number of disguises (0: none), ``kept`` those of
    only the terms that the filter finds when they stand openly; ``alarms`` gives texts stopped in
    10,000 of each innocent list; ``speed`` is in texts a second.
    """

    name: str
    recall: dict[int, float]
    kept: dict[int, float]
    alarms: dict[str, float]
    speed: float


def measure_peers(lexicon: Lexicon, innocent: Sequence[TextList]) -> Iterator[PeerFigures]:
    """Ask our lexicon and every other filter that is installed about the same draw of all texts."""
    rng = random.Random(SEED)
    english = [term for term in lexicon.terms if term.language == "en"]
    drawn = rng.sample(english, min(MOST_SAMPLES, len(english)))
    samples = {number: make_samples(drawn, number, rounds=1, mildest=1) for number in range(4)}
    lists = {texts.name: _draw(rng, texts.texts) for texts in innocent if texts.texts}
    for name, ask in _available(lexicon):
        yield _figures(name, ask, samples, lists)


def missing() -> list[str]:
    """The filters that are not installed."""
    return [name for module, name in _MODULES.items() if optional(module) is None]


_MODULES: Final = {
    "better_profanity": "better-profanity",
    "profanity_check": "alt-profanity-check",
    "glin_profanity": "glin-profanity",
    "pyobscenity": "pyobscenity",
    "profanite": "profanite",
}


def _available(lexicon: Lexicon) -> Iterator[tuple[str, Ask]]:
    yield "this lexicon", _one_by_one(lexicon.find)
    if better := optional("better_profanity"):
        yield "better-profanity", _one_by_one(better.profanity.contains_profanity)
    if alt := optional("profanity_check"):
        yield "alt-profanity-check", lambda texts: [bool(flag) for flag in alt.predict(texts)]
    if glin := optional("glin_profanity"):
        yield "glin-profanity", _one_by_one(glin.Filter().is_profane)
        strict = {"detect_leetspeak": True, "leetspeak_level": "aggressive"}
        everything = {"all_languages": True, "normalize_unicode": True, **strict}
        yield "glin-profanity, all on", _one_by_one(glin.Filter(everything).is_profane)
    if obscenity := optional("pyobscenity"):
        yield "pyobscenity", _one_by_one(obscenity.check)
    if profanite := optional("profanite"):
        filter_ = profanite.Profanite({"languages": ["en"]})
        yield "profanite", _one_by_one(filter_.contains_profanity)


def _one_by_one(flag: Callable[[str], object]) -> Ask:
    return lambda texts: [bool(flag(text)) for text in texts]


def _figures(
    name: str, ask: Ask, samples: Mapping[int, Sequence[Sample]], lists: Mapping[str, list[str]]
) -> PeerFigures:
    found = {number: _found(ask, some) for number, some in samples.items()}
    openly = {sample.term for sample, is_found in found[0] if is_found}
    timed = [sample.text for sample in samples[1][:300]]
    return PeerFigures(
        name=name,
        recall={number: _share(pairs) for number, pairs in found.items()},
        kept={
            number: _share([pair for pair in pairs if pair[0].term in openly])
            for number, pairs in found.items()
        },
        alarms={what: 10_000 * sum(ask(texts)) / len(texts) for what, texts in lists.items()},
        speed=len(timed) / best_time(partial(ask, timed), times=1),
    )


def _found(ask: Ask, samples: Sequence[Sample]) -> list[tuple[Sample, bool]]:
    return list(zip(samples, ask([sample.text for sample in samples]), strict=True))


def _share(pairs: Sequence[tuple[Sample, bool]]) -> float:
    return sum(is_found for _, is_found in pairs) / max(1, len(pairs))


def _draw(rng: random.Random, texts: Sequence[str]) -> list[str]:
    return rng.sample(texts, min(MOST_INNOCENT, len(texts)))
