"""The lines of a file of any size, in text."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.encoding import StreamDecoder
from moderation.files import OpenedFile
from moderation.files.opening import read_some
from moderation.tables.rows import LONGEST_CELL, BrokenOff

BLOCK_BYTES = 65_536
"""As many as are looked at to tell the kind and the encoding."""


def text_blocks(opened: OpenedFile, decoder: StreamDecoder) -> Iterator[str]:
    """Give the text of a file in blocks, line ends folded."""
    with opened.stream() as stream:
        # The encoding is told from the first block, which must not be a short one.
        first = b"".join(read_some(stream, BLOCK_BYTES))
        yield decoder.decode(first)
        while block := stream.read1(BLOCK_BYTES):  # type: ignore[attr-defined]
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def text_lines(blocks: Iterator[str]) -> Iterator[str]:
    """Cut blocks into lines with their ends; the last may have none.

    Raises:
        BrokenOff: at a line of more than 4 million characters.
    """
    rest: list[str] = []
    waiting = number = 0
    for block in blocks:
        first, *others = block.split("\n")
        rest.append(first)
        waiting += len(first)
        if others:
            yield "".join(rest) + "\n"
            yield from (line + "\n" for line in others[:-1])
            number += len(others)
            rest, waiting = [others[-1]], len(others[-1])
        if waiting > LONGEST_CELL:
            raise BrokenOff(f"line {number + 1:,} is longer than {LONGEST_CELL:,} characters")
    if waiting:
        yield "".join(rest)
