"""Near-duplicates: copies and small edits are one group, everything else is not."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.review_queue.groups import near_duplicates
from moderation.review_queue.minhash import BANDS, band_keys

LONG = [
    "The council promised a new bridge in spring, and now we read that the money went into a "
    "fountain that nobody asked for. Who signed this, and when will the people at the river be "
    "heard? My grandmother walks an hour to the doctor since the old bridge was closed.",
    "Как обычно, городской совет обещал новый мост весной, а деньги ушли на фонтан, о котором "
    "никто из нас ничего раньше даже и слышать вовсе ещё мог, и бабушка ходит к врачу целый час.",
    "रोज़ की तरह नगर परिषद ने वसंत में नया पुल बनाने का वादा किया था, और अब हम पढ़ते हैं कि सारा पैसा "
    "एक फव्वारे में चला गया जिसे किसी ने माँगा भी था या हमारी दादी एक घंटे पैदल चलकर डॉक्टर के पास जाती हैं।",
    "市议会答应春天修一座新桥，现在我们却读到钱都花在了一个谁都没要求过的喷泉上。这是谁签的字？河边的居民什么时候"
    "才能被听见？自从旧桥关闭以后，我奶奶要走一个小时才能到医生那里，天天如此，大家都知道，报纸也写过很多次了，可是"
    "到今天为止一点消息都没有，真让人生气。",
]


def as_one(*texts: str) -> bool:
    """Whether all texts are in one group."""
    ids = [f"c{number}" for number in range(len(texts))]
    groups = near_duplicates(ids, texts)
    return len(groups) == len(texts) and len(set(groups.values())) == 1


def _in_the_middle(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    def edit(text: str) -> str:
        words = text.split(" ")
        middle = len(words) // 2
        return " ".join([*words[:middle], *change(words[middle:])])

    return edit


EDITS: dict[str, Callable[[str], str]] = {
    "a name in front": lambda text: f"Anna: {text}",
    "a word left out": lambda text: text.replace(" money", "").replace(" деньги", ""),
    "a word changed": lambda text: text.replace("fountain", "statue").replace("фонтан", "забор"),
    "a typo": lambda text: text[:40] + text[41] + text[40] + text[42:],
    "other punctuation": lambda text: re.sub(r"[.,?]", " !! ", text),
    "capitals": str.upper,
    "emoji": _in_the_middle(lambda words: ["😂😂", *words, "🙄"]),
    "white space": lambda text: text.replace(" ", " \n\t "),
    "a link behind": lambda text: f"{text} https://example.org/{'long-path/' * 9}?x=1",
    "hidden characters": lambda text: text[:30] + "\u200b" + text[30:60] + "\u00ad" + text[60:],
    "a few words behind": lambda text: f"{text} Just saying.",
}


@pytest.mark.parametrize("text", LONG, ids=["en", "ru", "hi", "zh"])
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_small_edit_of_a_long_text_is_in_its_group(edit: Callable[[str], str], text: str) -> None:
    """People who paste a comment change a little, in any language."""
    assert as_one(text, edit(text))


def test_a_short_text_is_grouped_only_with_its_equal() -> None:
    """Case and white space do not matter; a word, a sign or an emoji may turn the meaning."""
    assert as_one("I agree.", "i  AGREE.", "I agree.\n")
    for other in ("I agree!", "I agree 🙄", "I agreed.", "I don't agree.", "Agree."):
        assert not as_one("I agree.", other)
    assert not as_one("You are a glorb and you know it.", "You are not a glorb and you know it.")


@pytest.mark.parametrize(
    ("word", "other"),
    [(" and now", " and not now"), ("nobody", "everybody"), (" promised", " never promised")],
)
def test_a_negation_more_or_less_is_another_opinion(word: str, other: str) -> None:
    """Also in a long text, where one word is little: a verdict must not be carried over."""
    assert word in LONG[0]
    assert not as_one(LONG[0], LONG[0].replace(word, other))


def test_much_added_text_is_another_comment() -> None:
    """What stands behind a pasted text may be what a person has to judge."""
    assert not as_one(
        LONG[0], f"{LONG[0]} All who live on the other side are glorbs, and {LONG[0][:60]}"
    )


def test_likeness_is_not_carried_from_text_to_text() -> None:
    """Each member resembles the group's first text: a chain of small steps does not hold on."""
    words = [f"word{number}" for number in range(60)]
    chain = []
    for step in range(0, 60, 3):
        words[step : step + 3] = [f"other{step + at}" for at in range(3)]
        chain.append(" ".join(words))
    groups = near_duplicates([f"c{at}" for at in range(len(chain))], chain)
    assert groups.get("c0") != groups.get("c19")
    assert len(set(groups.values())) > 1


def test_an_original_with_many_edits_is_one_group() -> None:
    """The edits differ from each other more than from the text that they were made of."""
    chance = random.Random(5)
    words = [f"w{chance.randrange(10**6)}" for _ in range(60)]
    texts = [" ".join(words)]
    for _ in range(40):
        edited = list(words)
        for at in chance.sample(range(60), 3):
            edited[at] = f"x{chance.randrange(10**6)}"
        texts.append(" ".join(edited))
    assert as_one(*texts)


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["I agree.", "i agree.", "Thank you", "", LONG[0], LONG[0].upper()]),
        st.builds(lambda word: LONG[0].replace("fountain", word), st.sampled_from("abcdef")),
        st.builds(lambda word: LONG[1] + word, st.text(max_size=12)),
        st.text(max_size=30),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_comments_does_not_matter(texts: list[str], chance: random.Random) -> None:
    """The same comments have the same groups under the same names, however they are sorted."""
    pairs = [(f"c{number}", text) for number, text in enumerate(texts)]
    groups = near_duplicates(*_columns(pairs))
    chance.shuffle(pairs)
    assert near_duplicates(*_columns(pairs)) == groups
    sizes = [list(groups.values()).count(name) for name in groups.values()]
    assert all(size > 1 for size in sizes)
    assert all(re.fullmatch(r"g[0-9a-f]{12}", name) for name in groups.values())


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [one for one, _ in pairs], [text for _, text in pairs]


def test_a_group_s_name_depends_on_its_texts_alone() -> None:
    """Other comments and other ids leave it as it is."""
    small = near_duplicates(["a", "b"], [LONG[0], EDITS["a typo"](LONG[0])])
    large = near_duplicates(["x", "y", "z"], [LONG[1], EDITS["a typo"](LONG[0]), LONG[0]])
    assert set(small.values()) == set(large.values())
    assert "x" not in large


def test_there_must_be_as_many_ids_as_texts() -> None:
    """A mistake of the caller is told, not answered."""
    with pytest.raises(ValueError, match="1 ids for 2 texts"):
        near_duplicates(["a"], ["one", "two"])
    assert near_duplicates([], []) == {}


@pytest.mark.parametrize(
    "text", ["", "   ", "!" * 300, "😂" * 200, "a" * 500, "\ud800" * 150, "的" * 300]
)
def test_strange_texts_are_grouped_with_their_equals_only(text: str) -> None:
    """No words, one long word, lone surrogates: nothing fails and nothing is mixed up."""
    groups = near_duplicates(["a", "b", "c"], [text, text, LONG[0]])
    assert set(groups) == {"a", "b"}


FLOODS = {
    "one text": lambda at: LONG[0],
    "one text with a number": lambda at: f"{LONG[0]} {at}",
    "a long beginning": lambda at: (
        f"{LONG[0]} " + " ".join(f"w{at * k % 99991}" for k in range(40))
    ),
    "a few words in any order": lambda at: " ".join(
        random.Random(at).choices(["glorb", "bridge", "money", "river", "council"], k=40)
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("text_of", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_like_texts_takes_time_in_proportion(text_of: Callable[[int], str]) -> None:
    """Somebody who floods a page cannot stop the scan: four times the texts, not sixteen times."""
    took = []
    for count in (5_000, 20_000):
        texts = [text_of(at) for at in range(count)]
        started = time.process_time()
        near_duplicates([str(at) for at in range(count)], texts)
        took.append(time.process_time() - started)
    assert took[1] < 9 * took[0] + 0.5


def test_band_keys_agree_as_often_as_texts_have_word_pairs_in_common() -> None:
    """Equal texts agree in all bands, texts without a common pair in none."""
    same, again, other = band_keys([LONG[0].casefold(), LONG[0].casefold(), LONG[1].casefold()])
    assert (same == again).sum() == BANDS
    assert (same == other).sum() == 0
