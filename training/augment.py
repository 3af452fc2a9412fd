"""Generated training texts: what the data sets do not hold enough of.

Three kinds, each with its opposite, so that the pattern is learnt and not the words:

* identities in harmless sentences, the same sentence with another identity (counterfactual pairs);
* threats, dehumanising and exclusion without a swear word, beside harmless sentences of the same
  words: quotation, negation, counter-speech, figures of speech, ordinary political disagreement;
* disguises (stretched letters, look-alikes, separators) of toxic and of clean text alike.

Templates marked held out are only measured. Everything is drawn from one seeded generator.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Templates that say the same kind of thing, their labels, and how many sentences to make."""

    name: str
    labels: Labels
    count: int
    templates: tuple[str, ...]
    held_out: tuple[str, ...]


def _family(name: str, labels: Labels, count: int, templates: str, held_out: str) -> Family:
    def lines(text: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in text.strip().splitlines())

    return Family(
        name=name, labels=labels, count=count, templates=lines(templates), held_out=lines(held_out)
    )


FAMILIES = (
    _family(
        "identity_positive",
        CLEAN,
        2600,
        """
        As a {adj} {person} I {liked} this {thing}.
        As a {adj} {adj2} {person}, I {liked} this {thing}. {close}
        I am a {adj} {person} and I {liked} the {thing}.
        I'm {adj} and proud of it.
        My {person} is {adj} and very {kind}.
        {open} {group} {activity}.
        {group} {activity}, and so do {group2}.
        I met some {group} last week and they were {kind}.
        {name} is {adj}. {name} is also {dull}.
        {name} is a {adj} {person}.
        {name} is a {kind} {adj} {person}.
        You are a {kind} {adj} {person}.
        You're {adj}? So am I!
        Two {adj} {person}s wrote to me about {topic}.
        There are many {group} in this {place}.
        {open} {group} are as {kind} as anybody else.
        We need more {adj} writers in this newspaper.
        I have {group} among my friends and we talk about {topic} all the time.
        The {adj} community in our {place} organised a festival.
        Thank you for writing about {group}. I {liked} it.
        Speaking as a {adj} {person}: I {met} this {thing}.
        Happy to see {group} and {group2} on the same stage.
        My wife is {adj} and my son is {dull}.
        Proud to be {adj}!
        Welcome to all {group} who move to this {place}.
        I am not {adj}, but my best friend is.
        {group} have lived in this {place} for a hundred years.
        The {adj} {person} next door is {kind}.
        {name}, who is {adj}, {liked} the {thing}.
        I support {group}.""",
        """
        Being {adj} myself, I really {liked} what you wrote.
        The film is about a {adj} {person} who moves to a new {place}.
        A {adj} {person} asked me the way this morning.""",
    ),
    _family(
        "identity_neutral",
        CLEAN,
        1800,
        """
        The {thing} is about {group} and {topic}.
        How many {group} voted in the last election?
        {open} what do {group} think about {topic}?
        The law treats {group} and {group2} differently when it comes to {topic}.
        A study of {group} found that most of them are {dull}.
        {role} met {group} to talk about {topic}.
        Discrimination against {group} is still common in this {place}.
        The history of {group} in this {place} is not taught at school.
        Many {group} were killed in the war.
        {group} were attacked in the {place} last night and police are looking for witnesses.
        My {adj} {person} friend is {dull}.
        Is the author a {adj} {person}?
        {group} and {group2} disagree about {topic}.
        In the census, {group} are counted separately.
        {open} I don't think {role} understands {group}.
        The {adj} vote decided {topic}.
        He was the first {adj} {person} to win the prize.
        I grew up {adj} in a small {place}.
        Not all {group} think the same about {topic}.
        I am a {adj} {person}.
        She is {adj}.
        {adj}
        {group}
        {group} in our {place}""",
        """
        According to the survey, {group} worry most about {topic}.
        Where can I read more about {group} and {topic}?""",
    ),
    _family(
        "politics_clean",
        CLEAN,
        3400,
        """
        {open} {role} is wrong about {topic} and I will vote against him.
        {role} is right about {topic}. {close}
        I disagree with {role} on {topic}.
        {open} {camp} should explain how they want to pay for {topic}.
        {camp} and {role} disagree about {topic}, as always.
        I am tired of hearing about {topic}.
        {role} promised to fix {topic} and did nothing.
        We need to talk about {topic}, not about {topic2}.
        {open} the numbers on {topic} do not add up.
        {role} should resign over {topic}.
        Why does nobody ask {role} about {topic}?
        I voted for {role} twice, never again.
        This policy on {topic} is a mistake and will cost us millions.
        {camp} will lose the next election because of {topic}.
        {open} I don't trust {role} on {topic}.
        {role} has failed on {topic} and on {topic2}.
        What a disappointing decision about {topic}.
        The debate about {topic} was a waste of time.
        {camp} care more about {topic} than about {topic2}.
        Taxpayers will pay for {topic} again. {close}
        I am against {topic}, and so are most {camp}.
        {open} {topic} is a right, not a privilege.
        If you don't like {topic}, vote.
        {camp} are wrong about {topic}.
        {role} lied about {topic}, and the paper should say so.
        {camp} have a point about {topic}.
        {open} both {camp} and {role} are to blame for {topic}.
        I hate what {role} did to {topic}.
        {role} is the worst on {topic} in my lifetime.
        Stop spending our money on {topic}!""",
        """
        As far as {topic} goes, {role} has lost my vote.
        {camp} will never agree with {role} about {topic}, which is sad for the {place}.""",
    ),
    _family(
        "counter_speech",
        CLEAN,
        3000,
        """
        I don't hate {group}.
        I do not hate {group}, and nobody should.
        {open} no one should call {group} {vermin}.
        Nobody should say that {group} {trait}.
        It is wrong to say that {group} {trait}.
        Calling {group} {vermin} is disgusting.
        Whoever says '{exclude}' to {group} should be ashamed.
        You said that {group} {trait}. That is false and unfair.
        My {person} was told to {exclude}. It hurt.
        He shouted "{exclude}" at a {adj} {person} on the bus, and people stood up for her.
        Saying that {group} should be {harmed} is never acceptable.
        If you think {group} {trait}, you have never met any.
        Not all {group} are the same, please don't generalise.
        {group} are not {vermin}.
        {group} are people, not {vermin}.
        We must not treat {group} like {vermin}.
        Stop saying {group} {trait}.
        In 1938 they wrote that {group} were {vermin}. We know where that led.
        The idea that {group} {trait} is racist nonsense.
        People who hate {group} need help.
        I reported a comment that said {group} should be {harmed}.
        It makes me sad when somebody calls a {adj} {person} names.
        Hatred of {group} has no place in this {place}.
        I would never say that {group} {trait}.
        {group} should not {kept_out}.
        It is a myth that {group} {trait}.
        When they call {group} {vermin}, speak up.
        I used to think {group} {trait}. I was wrong.""",
        """
        The idea that any {adj} {person} is {vermin} is what we have to fight.
        Please never tell {group} to {exclude}.""",
    ),
    _family(
        "figures_of_speech",
        CLEAN,
        1500,
        """
        I had to {harm} {object}.
        {open} time to {harm} {object}.
        How do I {harm} {object}?
        You need to {harm} {object} before it gets worse.
        My {person} will kill me if I am late.
        This {thing} killed me, so funny.
        They should shoot {object} again, the light was bad.
        He was shot in the {place} and survived.
        That {thing} is sick, I {liked} it.
        The suspect threatened to {harm} the clerk, according to police.
        {role} was {harmed} in the old story.
        There are {vermin} in my garden.
        My dog chases rats and cats.
        The doctor said it was a disease of the liver.
        A virus closed the school in our {place}.
        I could murder a pizza right now.
        Our team got beaten badly last night.
        She would kill for that {thing}.
        Go back to your seat, please.
        Go back to your country of birth and you will see how much has changed.
        I went back to my country last summer and {liked} it.
        You people are {kind}, thank you.
        You people are {kind}.
        They should all be paid more.
        They should all be {kind}.
        They should all be invited.
        The city will deport no one this year.""",
        """
        Please {harm} {object} and start again.
        They should all be thanked for the {thing}.""",
    ),
    _family(
        "everyday",
        CLEAN,
        1300,
        """
        {open} I {liked} this {thing}. {close}
        Great {thing}, {name}! {close}
        Could you post the {thing} about {topic} again?
        I {met} the {thing}, {name}.
        {name}, you are wrong about {topic}, but thanks for the {thing}.
        This {thing} made me cry.
        I don't agree with your {thing}, {name}.
        Where can I find the {thing}?
        That {thing} was terrible, what a shame.
        I hate Mondays, but I {liked} this {thing}.
        What a boring {thing}.
        The {thing} is badly written and too long.
        You make no sense to me, {name}. Can you explain {topic}?
        Poor {name}, that must hurt. {close}
        My {person} makes this every Sunday.""",
        """
        Lovely {thing}, thank you for sharing it, {name}.
        I could not open the {thing}, can you fix the link?""",
    ),
    _family(
        "threats",
        THREAT,
        1900,
        """
        They should all be {harmed}.
        {open} they should be {harmed}.
        You should be {harmed}. {close}
        Someone should {harm} you.
        I will {harm} you.
        I am going to {harm} you and your family.
        I hope somebody will {harm} {role}.
        I know where you live and I will {harm} you.
        {role} should be {harmed}.
        {role} deserves to be {harmed}. {close}
        People like you deserve to be {harmed}.
        {open} all {camp} should be {harmed}.
        I hope you get {harmed}.
        If I see you I will {harm} you.
        Watch your back, {name}. We will {harm} you.
        Somebody please {harm} this {person}.
        The only good {person} like that is a dead one.
        One bullet would solve {role}.
        Just {harm} them all.
        {harm} them all, {open}
        I want to {harm} {camp}.
        You will be {harmed} soon.
        I hope your children get {harmed}.""",
        """
        Next time I meet {name}, I swear I will {harm} him.
        The lot of them ought to be {harmed}.""",
    ),
    _family(
        "group_threats",
        GROUP_THREAT,
        1900,
        """
        {open} all {group} should be {harmed}.
        {group} should be {harmed}.
        {group} deserve to be {harmed}. {close}
        Somebody should {harm} every {adj} {person} in this {place}.
        I want to {harm} {group}.
        We must {harm} {group} before they take over.
        I would {harm} a {adj} {person} if I met one.
        Let's {harm} {group} and {group2}.
        The only good {adj} {person} is a dead one.
        {harm} all {group}.
        I hope {group} get {harmed}.
        {group} will be {harmed} and I will laugh.
        It would be no loss if {group} were {harmed}.
        It is time that {group} were {harmed}.""",
        """
        There is one answer to {group}: they have to be {harmed}.
        The {place} would be better off with {group} {harmed}.""",
    ),
    _family(
        "dehumanising",
        DEHUMANISING,
        2400,
        """
        {open} {group} are {vermin}. {close}
        {group} are nothing but {vermin}.
        {group} are {vermin} and {trait}.
        {group} {trait}.
        {open} {group} {trait}. {close}
        All {group} {trait}.
        I hate {group}.
        I can't stand {group}, they {trait}.
        {group} disgust me.
        I hate all {group} and {group2}.
        A {adj} {person} is worth less than a dog.
        {group} ruin everything. They are {vermin}.
        Every {adj} {person} I met was one of those {vermin}.
        This {place} is full of {group}, they are {vermin}.
        No wonder, {group} {trait}.
        {name} is a disgusting {adj} {person}.
        You filthy {adj} {person}.
        Typical {adj} {person}: they {trait}.
        God hates {group}.
        {group} don't deserve to live.
        {group} are not human.
        I would never let a {adj} {person} near my children.""",
        """
        What do you expect from {group}, they are {vermin}.
        It is in their blood: {group} {trait}.""",
    ),
    _family(
        "dehumanising_you",
        DEHUMANISING_YOU,
        1300,
        """
        You people are {vermin}.
        You and your kind are {vermin}.
        {open} you people {trait}.
        Your kind {trait}.
        You are {vermin}. {close}
        They are {vermin}, nothing more.
        These people are {vermin}.
        You are all {vermin} and you {trait}.
        Those people {trait}.
        Look at them, {vermin}.""",
        """
        The whole family is {vermin}.
        I never saw such {vermin} as you lot.""",
    ),
    _family(
        "exclusion",
        EXCLUSION,
        2000,
        """
        {exclude}
        {exclude}. {close}
        {exclude}, you people are {vermin}.
        Why don't you {exclude}?
        {group}, {exclude}!
        Tell the {group} to {exclude}.
        {open} {group} should {kept_out}.
        {group} should {kept_out}. {close}
        We don't want {group} in this {place}.
        {group} have no business in our {place}.
        No {group} in my {place}, thank you.
        {group} don't belong here. They {trait}.
        You people should {kept_out}.
        A {adj} {person} should {kept_out}.
        This is our {place}, no {group} wanted.
        Keep {group} out of our {place}, they {trait}.""",
        """
        The sooner {group} leave our {place}, the better for decent people.
        I say {exclude} and take the {group} with you.""",
    ),
    _family(
        "insults",
        INSULT,
        1700,
        """
        You are a {insult}. {close}
        {open} you are such a {insult}.
        {name}, you {insult}.
        What a {insult} you are, {name}.
        {role} is a {insult}.
        Only a {insult} would write that about {topic}.
        You {insult}, go and read about {topic}.
        Shut up, you {insult}.
        The author is a {insult} and should be fired.
        Nobody likes you, {insult}.
        You are too stupid to understand {topic}.
        You make me sick, {insult}.
        {name} is the dumbest {person} I ever met.
        Go away, {insult}. {close}
        How can anyone be as stupid as {name}?
        Your {thing} shows that you are a {insult}.""",
        """
        I see the {insult} {name} is back with another {thing}.
        It takes a real {insult} to believe that about {topic}.""",
    ),
    _family(
        "hostile_to_camp",
        HOSTILE_TO_CAMP,
        1100,
        """
        {camp} are {vermin}.
        {open} {camp} are all {insult}s.
        {camp} {trait}.
        I hate {camp}, they are {vermin}.
        Typical {camp}, all of them {insult}s.
        {camp} should {kept_out}.
        {open} {camp} are too stupid to understand {topic}.
        {role} and the other {insult}s {trait}.""",
        """
        Show me one of the {camp} who is not a {insult}.
        What {vermin} these {camp} are.""",
    ),
    _family(
        "quoted_mild",
        MILD,
        500,
        """
        He called me a {insult} and I laughed.
        Don't call {name} a {insult}, please.
        I am not a {insult}, {name}.
        {name} said '{insult}' to me, is that allowed here?
        I was a {insult} to believe {role} about {topic}.
        Am I a {insult} for liking this {thing}?
        I feel like a {insult} today.""",
        """
        She is no {insult}, she just disagrees about {topic}.
        Nobody here is a {insult}, let us talk about {topic}.""",
    ),
)


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
    """Make the generated sentences, without those of held-out templates."""
    draw = random.Random(seed)
    made = []
    for family in FAMILIES:
        for index in range(int(family.count * scale)):
            text = fill(family.templates[index % len(family.templates)], draw)
            made.append(
                Example(
                    text=text, labels=family.labels, source=f"generated_{family.name}", weight=0.8
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
                pairs.append(_pair(template, draw))
    return [pair for pair in pairs if pair[0] != pair[1]]


def _pair(template: str, draw: random.Random) -> tuple[str, str]:
    seed = draw.random()
    groups = draw.sample(slots.GROUPS + slots.HELD_OUT_GROUPS, 2)
    adjectives = draw.sample(slots.ADJECTIVES, 2)
    made = []
    for group, adjective in zip(groups, adjectives, strict=True):
        fixed = {**FIELDS, "group": (group,), "adj": (adjective,)}
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
    """Give real texts that name an identity a copy that names another, with the same labels."""
    draw = random.Random(seed)
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, _SWAPPABLE)) + r")\b", re.IGNORECASE)
    candidates = [e for e in examples if len(e.text) < 300 and pattern.search(e.text)]
    made = []
    for example in draw.sample(candidates, min(count, len(candidates))):
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
