"""Generated training texts: what the data sets do not hold enough of.

Three kinds, each with its opposite, so that the pattern is learnt and not the words:

* identities in harmless sentences, the same sentence with another identity (counterfactual pairs);
* threats, dehumanising and exclusion without a swear word, beside harmless sentences of the same
  words: quotation, negation, counter-speech, figures of speech, ordinary political disagreement;
* disguises (stretched letters, look-alikes, separators) of toxic and of clean text alike.

The templates stand in ``templates.txt``; those marked held out are only measured. Everything is
drawn from one seeded generator.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training import slots
from training.examples import Example, Labels, all_labels, labels_of, normalised

CLEAN = all_labels(0.0)
MILD = labels_of(
    toxicity=0.12, severe_toxicity=0.0, obscene=0.0, threat=0.0, insult=0.1, identity_attack=0.0
)
THREAT = labels_of(
    toxicity=0.93, severe_toxicity=0.35, obscene=0.05, threat=0.92, insult=0.2, identity_attack=0.1
)
GROUP_THREAT = labels_of(
    toxicity=0.96, severe_toxicity=0.5, obscene=0.05, threat=0.9, insult=0.4, identity_attack=0.92
)
DEHUMANISING = labels_of(
    toxicity=0.95, severe_toxicity=0.25, obscene=0.1, threat=0.03, insult=0.8, identity_attack=0.9
)
DEHUMANISING_YOU = labels_of(
    toxicity=0.93, severe_toxicity=0.15, obscene=0.1, threat=0.03, insult=0.9, identity_attack=0.25
)
EXCLUSION = labels_of(
    toxicity=0.9, severe_toxicity=0.1, obscene=0.02, threat=0.1, insult=0.5, identity_attack=0.8
)
INSULT = labels_of(
    toxicity=0.92,
    severe_toxicity=0.06,
    obscene=0.15,
    threat=0.01,
    insult=0.94,
    identity_attack=0.02,
)
IMPLIED_HATE = labels_of(
    toxicity=0.88, severe_toxicity=0.1, obscene=0.03, threat=0.03, insult=0.6, identity_attack=0.88
)
SLUR_HATE = labels_of(
    toxicity=0.96, severe_toxicity=0.3, obscene=0.5, threat=0.05, insult=0.8, identity_attack=0.92
)
SLUR_MENTION = labels_of(
    toxicity=0.12, severe_toxicity=0.0, obscene=0.12, threat=0.0, insult=0.06, identity_attack=0.1
)
RECLAIMED = labels_of(
    toxicity=0.15, severe_toxicity=0.0, obscene=0.15, threat=0.0, insult=0.05, identity_attack=0.06
)
FRIENDLY_PROFANITY = labels_of(
    toxicity=0.25, severe_toxicity=0.01, obscene=0.5, threat=0.0, insult=0.03, identity_attack=0.0
)
SNIDE = labels_of(
    toxicity=0.62,
    severe_toxicity=0.02,
    obscene=0.04,
    threat=0.01,
    insult=0.65,
    identity_attack=0.03,
)
HOSTILE_TO_CAMP = labels_of(
    toxicity=0.85,
    severe_toxicity=0.08,
    obscene=0.08,
    threat=0.03,
    insult=0.85,
    identity_attack=0.15,
)

FIELDS: dict[str, tuple[str, ...]] = {
    "adj": slots.ADJECTIVES,
    "adj2": slots.ADJECTIVES,
    "person": slots.PEOPLE,
    "group": slots.GROUPS,
    "group2": slots.GROUPS,
    "camp": slots.POLITICAL,
    "role": slots.ROLES,
    "topic": slots.TOPICS,
    "topic2": slots.TOPICS,
    "thing": slots.THINGS,
    "liked": slots.VERBS_GOOD,
    "met": slots.VERBS_DULL,
    "activity": slots.ACTIVITIES,
    "place": slots.PLACES,
    "vermin": slots.VERMIN,
    "harmed": slots.HARM,
    "harm": slots.HARM_VERBS,
    "exclude": slots.EXCLUSION,
    "kept_out": slots.EXCLUDE_VERBS,
    "trait": slots.TRAITS,
    "insult": slots.INSULTS,
    "kind": slots.KIND,
    "dull": slots.DULL,
    "object": slots.HARMLESS_OBJECTS,
    "open": slots.OPENERS,
    "close": slots.CLOSERS,
    "name": slots.NAMES,
    "neg": slots.NEGATIVE,
    "neg2": slots.NEGATIVE,
    "does": slots.TRAIT_VERBS,
    "right": slots.RIGHTS,
    "gadget": slots.GADGETS,
    "reclaimed": slots.RECLAIMED,
    "slur": slots.slurs(),
    "emoji": slots.EMOJI,
}
"""What fills the slots of sentences that are measured."""

_MORE = {
    "group": slots.MORE_GROUPS,
    "adj": slots.MORE_ADJECTIVES,
    "vermin": slots.MORE_VERMIN,
    "harmed": slots.MORE_HARMED,
    "harm": slots.MORE_HARM,
    "exclude": slots.MORE_EXCLUSION,
    "kept_out": slots.MORE_EXCLUDE_VERBS,
    "trait": slots.MORE_TRAITS,
    "insult": slots.MORE_INSULTS,
}
LEARNT_FIELDS = FIELDS | {
    slot: values + _MORE[slot.rstrip("2")]
    for slot, values in FIELDS.items()
    if slot.rstrip("2") in _MORE
}
"""What fills the slots of sentences that are learnt: more, so that the pattern is learnt."""

TEMPLATES = Path(__file__).with_name("templates.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Templates that say the same kind of thing, their labels, and how many sentences to make."""

    name: str
    labels: Labels
    count: int
    templates: tuple[str, ...]
    held_out: tuple[str, ...]


KINDS: tuple[tuple[str, Labels, int], ...] = (
    ("identity_positive", CLEAN, 3200),
    ("identity_neutral", CLEAN, 2600),
    ("politics_clean", CLEAN, 3400),
    ("counter_speech", CLEAN, 6500),
    ("figures_of_speech", CLEAN, 2000),
    ("everyday", CLEAN, 2600),
    ("threats", THREAT, 2600),
    ("group_threats", GROUP_THREAT, 2400),
    ("dehumanising", DEHUMANISING, 3200),
    ("dehumanising_you", DEHUMANISING_YOU, 1600),
    ("exclusion", EXCLUSION, 3000),
    ("insults", INSULT, 3000),
    ("hostile_to_camp", HOSTILE_TO_CAMP, 1500),
    ("quoted_mild", MILD, 2400),
    ("implied_hate", IMPLIED_HATE, 2600),
    ("slur_hate", SLUR_HATE, 2400),
    ("slur_mention", SLUR_MENTION, 2400),
    ("reclaimed", RECLAIMED, 700),
    ("friendly_profanity", FRIENDLY_PROFANITY, 1000),
    ("snide", SNIDE, 1500),
    ("polite_dispute", CLEAN, 1200),
    ("reported_hate", CLEAN, 1500),
)
"""Every family: its name in ``templates.txt``, its labels, how many sentences to make of it."""


def _families() -> tuple[Family, ...]:
    sections: dict[str, list[str]] = {}
    for line in TEMPLATES.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\[(.+)\]", line):
            current = sections.setdefault(found[1], [])
        elif line and not line.startswith("#"):
            current.append(line)
    return tuple(
        Family(
            name=name,
            labels=labels,
            count=count,
            templates=tuple(sections[name]),
            held_out=tuple(sections[f"{name}, held out"]),
        )
        for name, labels, count in KINDS
    )


FAMILIES = _families()


def fill(template: str, draw: random.Random, fields: dict[str, tuple[str, ...]] = FIELDS) -> str:
    """Fill a template's slots at random, mend the spaces and the case, and vary the writing."""
    text = re.sub(r"\{(\w+)\}", lambda slot: draw.choice(fields[slot[1]]), template)
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIO])", r"\1n ", text)
    text = re.sub(r"\s+([.,!?])", r"\1", " ".join(text.split()))
    return _written(text, draw)


def _written(text: str, draw: random.Random) -> str:
    roll = draw.random()
    if roll < 0.15:
        return text.lower()
    if roll < 0.25:
        return text.rstrip(".")
    if roll < 0.30:
        return text.rstrip(".") + "!" * draw.randint(1, 3)
    if roll < 0.33:
        return text.upper()
    return text[:1].upper() + text[1:]


def generated(seed: int, scale: float = 1.0) -> list[Example]:
    """Make the generated sentences, without those of held-out templates.

    Two in five that name an identity come with a twin that names another. One in twelve has emoji
    at its end, abusive or not, so that an emoji is not itself a sign of either.
    """
    draw = random.Random(seed)
    made = []
    for family in FAMILIES:
        for index in range(int(family.count * scale)):
            template = family.templates[index % len(family.templates)]
            named = "{group}" in template or "{adj}" in template
            if named and draw.random() < TWINS:
                texts: tuple[str, ...] = _pair(template, draw, LEARNT_FIELDS)
            else:
                texts = (fill(template, draw, LEARNT_FIELDS),)
            tail = ""
            if draw.random() < WITH_EMOJI:
                tail = " " * draw.randint(0, 1) + draw.choice(slots.EMOJI) * draw.randint(1, 3)
            made += [
                Example(
                    text=text + tail,
                    labels=family.labels,
                    source=f"generated_{family.name}",
                    weight=0.8,
                    twin=f"{family.name} {index}" if len(texts) > 1 else "",
                )
                for text in texts
            ]
    return made


def in_context(
    clean: Sequence[Example], sentences: Sequence[Example], seed: int, count: int
) -> list[Example]:
    """Put generated sentences before, behind or between real harmless ones, with their labels.

    A reader's comment is longer than a template, and its one bad sentence may stand anywhere.
    """
    draw = random.Random(seed)
    around = [
        e
        for e in clean
        if e.labels[0] is not None and e.labels[0] < 0.04 and 20 < len(e.text) < 160
    ]
    made = []
    for sentence in draw.sample(sentences, min(count, len(sentences))):
        parts = [sentence.text, draw.choice(around).text]
        draw.shuffle(parts)
        if draw.random() < 0.3:
            parts.append(draw.choice(around).text)
        made.append(
            Example(
                text=" ".join(parts),
                labels=sentence.labels,
                source="generated_in_context",
                weight=0.8,
            )
        )
    return made


def held_out(seed: int, per_template: int = 60) -> list[Example]:
    """Make sentences of the held-out templates, with held-out groups among their identities."""
    draw = random.Random(seed)
    fields = {**FIELDS, "group": slots.HELD_OUT_GROUPS + slots.GROUPS[::3]}
    return [
        Example(
            text=fill(template, draw, fields),
            labels=family.labels,
            source=f"generated_{family.name}",
        )
        for family in FAMILIES
        for template in family.held_out
        for _ in range(per_template)
    ]


TWINS = 0.4
WITH_EMOJI = 0.08

COUNTERFACTUAL_FAMILIES = (
    "identity_positive",
    "identity_neutral",
    "counter_speech",
    "dehumanising",
    "group_threats",
    "exclusion",
)


def counterfactual_pairs(seed: int, per_template: int = 30) -> list[tuple[str, str]]:
    """Make pairs of held-out sentences that differ only in the identity named."""
    draw = random.Random(seed)
    pairs = []
    for family in FAMILIES:
        if family.name not in COUNTERFACTUAL_FAMILIES:
            continue
        for template in family.held_out:
            for _ in range(per_template):
                pairs.append(_pair(template, draw, FIELDS, slots.HELD_OUT_GROUPS))
    return [pair for pair in pairs if pair[0] != pair[1]]


def _pair(
    template: str,
    draw: random.Random,
    fields: dict[str, tuple[str, ...]],
    more_groups: tuple[str, ...] = (),
) -> tuple[str, str]:
    seed = draw.random()
    groups = draw.sample(fields["group"] + more_groups, 2)
    adjectives = draw.sample(fields["adj"], 2)
    made = []
    for group, adjective in zip(groups, adjectives, strict=True):
        fixed = {**fields, "group": (group,), "adj": (adjective,)}
        made.append(fill(template, random.Random(seed), fixed))
    return made[0], made[1]


# --- identities swapped in real sentences -------------------------------------------------------

_SWAPPABLE = {word.lower(): slots.GROUPS for word in slots.GROUPS if " " not in word}
_SWAPPABLE |= {word.lower(): slots.ADJECTIVES for word in slots.ADJECTIVES if " " not in word}
for _ambiguous in (
    "white",
    "young",
    "old",
    "blind",
    "men",
    "women",
    "german",
    "american",
    "native",
):
    _SWAPPABLE.pop(_ambiguous, None)


def swapped_identities(examples: Sequence[Example], seed: int, count: int) -> list[Example]:
    """Give real texts that name an identity two copies that name others, with the same labels."""
    draw = random.Random(seed)
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, _SWAPPABLE)) + r")\b", re.IGNORECASE)
    candidates = [e for e in examples if len(e.text) < 300 and pattern.search(e.text)]
    made = []
    for number, example in enumerate(draw.sample(candidates, min(count // 2, len(candidates)))):
        for _ in range(2):
            text = pattern.sub(
                lambda word: draw.choice(_SWAPPABLE[word[0].lower()]).lower(), example.text
            )
            made.append(
                Example(
                    text=text,
                    labels=example.labels,
                    source="swapped_identities",
                    weight=example.weight * 0.8,
                    teacher_share=0.0,
                    twin=f"swapped {number}",
                )
            )
    return made


# --- disguises ----------------------------------------------------------------------------------

_LEET = {
    "a": "@4",
    "e": "3",
    "i": "1!",
    "o": "0",
    "s": "$5",
    "t": "7+",
    "g": "9",
    "b": "8",
    "l": "1",
}
_LOOKALIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і", "s": "ѕ"}


def _leet(word: str, draw: random.Random) -> str:
    return "".join(draw.choice(_LEET[c]) if c in _LEET and draw.random() < 0.6 else c for c in word)


def _lookalike(word: str, draw: random.Random) -> str:
    return "".join(_LOOKALIKE[c] if c in _LOOKALIKE and draw.random() < 0.7 else c for c in word)


def _stretch(word: str, draw: random.Random) -> str:
    place = draw.randrange(len(word))
    return word[:place] + word[place] * draw.randint(2, 5) + word[place + 1 :]


def _separate(word: str, draw: random.Random) -> str:
    return draw.choice(" .-_*").join(word)


def _mask(word: str, draw: random.Random) -> str:
    star = draw.choice("*#-_.")
    return word[0] + star * max(1, len(word) - 2) + word[-1]


def _mask_one(word: str, draw: random.Random) -> str:
    place = draw.randrange(1, max(2, len(word) - 1))
    return word[:place] + draw.choice("*#@") + word[place + 1 :]


def _swap(word: str, draw: random.Random) -> str:
    place = draw.randrange(max(1, len(word) - 1))
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    _leet,
    _lookalike,
    _stretch,
    _separate,
    _mask,
    _mask_one,
    _swap,
    _stretch,
    _leet,
    _mask_one,
)


def telling_words(examples: Sequence[Example], count: int = 400) -> frozenset[str]:
    """Find the words that stand far more often in toxic texts than in clean ones.

    They are learnt from the data, so that no list of slurs is needed here.
    """
    toxic: Counter[str] = Counter()
    clean: Counter[str] = Counter()
    for example in examples:
        belief = example.labels[0]
        if belief is not None:
            (toxic if belief > 0.6 else clean).update(set(normalised(example.text).split()))
    score = {word: n / (clean[word] + 3) for word, n in toxic.items() if n >= 15 and len(word) > 2}
    return frozenset(sorted(score, key=lambda word: (-score[word], word))[:count])


def disguised(examples: Sequence[Example], seed: int, count: int) -> list[Example]:
    """Disguise words of toxic texts (the telling ones) and of clean texts (any), half and half."""
    draw = random.Random(seed)
    telling = telling_words(examples)
    toxic = [
        e
        for e in examples
        if (e.labels[0] or 0) > 0.7
        and len(e.text) < 250
        and telling & set(normalised(e.text).split())
    ]
    clean = [
        e for e in examples if e.labels[0] is not None and e.labels[0] < 0.15 and len(e.text) < 250
    ]
    made = []
    for pool, words in ((toxic, telling), (clean, frozenset())):
        for example in draw.sample(pool, min(count // 2, len(pool))):
            made.append(_disguise(example, words, draw))
    return made


def _disguise(example: Example, words: frozenset[str], draw: random.Random) -> Example:
    def change(found: re.Match[str]) -> str:
        word = found[0]
        chosen = word.lower() in words if words else draw.random() < 0.15
        return draw.choice(DISGUISES)(word, draw) if chosen else word

    text = re.sub(r"[A-Za-z]{3,}", change, example.text)
    return Example(
        text=text,
        labels=example.labels,
        source="disguised",
        weight=example.weight * 0.8,
        teacher_share=0.0,
    )
