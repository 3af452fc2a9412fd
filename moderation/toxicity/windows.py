"""Cuts the tokens of a text into overlapping windows, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

CHUNK_CHARACTERS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The size of a model's window, in tokens of text, and how far each starts after the last."""

    tokens: int
    stride: int

    def __post_init__(self) -> None:
        if not 0 < self.stride <= self.tokens:
            raise ValueError(f"stride {self.stride} must be between 1 and {self.tokens} tokens")


def chunks(text: str, size: int = CHUNK_CHARACTERS) -> Iterator[str]:
    """Cut a text into chunks of at most ``size`` characters, at white space where there is any.

    A tokenizer of words gives the same tokens for the chunks as for the whole, but never holds the
    tokens of a megabyte at once. The chunks joined are the text.
    """
    start = 0
    while len(text) - start > size:
        end = start + size
        cut = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
        end = cut if cut > start else end
        yield text[start:end]
        start = end
    yield text[start:]


def windows(
    text: str,
    encode: Callable[[str], Sequence[int]],
    window: Window,
    chunk: int = CHUNK_CHARACTERS,
) -> Iterator[tuple[int, ...]]:
    """Yield the token windows of a text; none for a text without tokens.

    ``chunk`` is how many characters are encoded at a time; a longer word is cut.
    Every token is in at least one window. The last window may be shorter, but holds at least the
    overlap's tokens unless it is the only one.
    """
    yield from overlapping(
        (token for part in chunks(text, chunk) for token in encode(part)), window
    )


def overlapping(tokens: Iterable[int], window: Window) -> Iterator[tuple[int, ...]]:
    """Yield the windows of a text's tokens; none where there are none."""
    held: list[int] = []
    fresh = 0
    for token in tokens:
        if len(held) == window.tokens:
            yield tuple(held)
            del held[: window.stride]
            fresh = 0
        held.append(token)
        fresh += 1
    if fresh:
        yield tuple(held)
