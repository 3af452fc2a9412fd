"""How long texts are cut into windows."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest

from moderation.toxicity.windows import Window, chunks, windows


def spell(text: str) -> list[int]:
    """Encode a text as the numbers in it."""
    return [int(word) for word in text.split()]


@pytest.mark.parametrize("count", [1, 7, 8, 9, 12, 13, 50])
def test_every_token_is_in_a_window(count: int) -> None:
    """The windows cover the text in order, overlap, and none is longer than the model's."""
    text = " ".join(map(str, range(count)))
    found = list(windows(text, spell, Window(tokens=8, stride=5)))
    assert sorted({token for window in found for token in window}) == list(range(count))
    assert all(len(window) <= 8 for window in found)
    assert all(
        second[0] == first[0] + 5 and second[0] <= first[-1] for first, second in pairwise(found)
    )


def test_a_text_that_fits_is_one_window() -> None:
    """A text of exactly the window's length is not cut."""
    assert list(windows("1 2 3", spell, Window(tokens=3, stride=2))) == [(1, 2, 3)]


def test_an_empty_text_has_no_window() -> None:
    """There is nothing to run a model on."""
    assert list(windows("  ", spell, Window(tokens=3, stride=2))) == []


@pytest.mark.parametrize("text", ["", "short", "a b " * 50, "x" * 100, "ab\ncd" * 30])
def test_chunks_join_to_the_text(text: str) -> None:
    """Nothing is lost between chunks, and no chunk is longer than asked."""
    found = list(chunks(text, 16))
    assert "".join(found) == text
    assert all(len(chunk) <= 16 for chunk in found)


def test_chunks_do_not_cut_words() -> None:
    """Where there is white space, chunks end there."""
    assert {word for chunk in chunks("word " * 100, 17) for word in chunk.split()} == {"word"}


def test_memory_does_not_grow_with_the_text() -> None:
    """The windows of a million characters are made one after another."""
    text = "1 " * 500_000
    tracemalloc.start()
    count = sum(1 for _ in windows(text, spell, Window(tokens=126, stride=96)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 5_000
    assert peak < 5_000_000


@pytest.mark.parametrize("stride", [0, 9])
def test_a_stride_that_would_skip_tokens_is_refused(stride: int) -> None:
    """Windows must meet."""
    with pytest.raises(ValueError, match="stride"):
        Window(tokens=8, stride=stride)
