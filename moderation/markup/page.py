"""The text of a page put together, piece by piece, with the positions of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.markup.lines import Line, joined
from moderation.separator.receipt import Leftover, LeftoverKind

LONGEST_DETAIL = 80


class PageText:
    """Builds a text; what is added is parted from what was before by a blank line."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.leftovers: list[Leftover] = []

    def add(self, text: str) -> tuple[int, int]:
        """Add a part and return from where to where it stands."""
        if self._length and text:
            self._append("\n\n")
        start = self._length
        self._append(text)
        return start, self._length

    def add_leftover(self, lines: Sequence[Line], kind: LeftoverKind) -> None:
        """Add lines of the comment section that belong to no comment."""
        text = joined(lines)
        if text:
            start, end = self.add(text)
            detail = " ".join(text[: 2 * LONGEST_DETAIL].split())[:LONGEST_DETAIL]
            self.leftovers.append(Leftover(start=start, end=end, kind=kind, detail=detail))

    @property
    def length(self) -> int:
        """Return how long the text is by now."""
        return self._length

    def text(self) -> str:
        """Return the text as a whole."""
        return "".join(self._pieces)

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
