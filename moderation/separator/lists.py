"""The lists of a page as a tree, read from markers, numbers and indentation alone.

Takes lines, gives lists; whether a list holds comments is decided elsewhere (``evidence``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from moderation.separator.lines import Line, Marker

LARGEST_GAP = 60
"""How many numbers may be missing between two items of an indented list."""

LARGEST_MARGIN_GAP = 5
"""The same for a list at the margin, where a line of text may look like an item by chance."""

DEEPEST_AT_MARGIN = 4
"""How many lists may be open at once where no indentation tells them apart."""

SHORTEST_CHAIN = 3
"""From so many on, lists of one item inside each other are read as lists side by side."""


@dataclass(slots=True)
class Item:
    """One item: the index of its first and last line, its number, and the lists within it."""

    first: int
    last: int
    value: int | None
    children: list[ItemList] = field(default_factory=list)


@dataclass(slots=True)
class ItemList:
    """Items of one style at one indentation; ``step`` is -1 where the numbers count down."""

    style: str
    indent: int
    items: list[Item]
    step: int = 1

    @property
    def first(self) -> int:
        """Return the index of the list's first line."""
        return self.items[0].first

    @property
    def last(self) -> int:
        """Return the index of the list's last line."""
        return self.items[-1].last

    @property
    def numbered(self) -> bool:
        """Tell whether the items carry numbers."""
        return self.items[0].value is not None


class _Builder:
    """Keeps the lists that are open at the present line, the outermost first."""

    def __init__(self, breaks: Callable[[int], bool]) -> None:
        self.roots: list[ItemList] = []
        self.open: list[ItemList] = []
        self.breaks = breaks

    def read(self, index: int, line: Line) -> None:
        """Take one line in."""
        if line.marker is None:
            while self.open and 0 < self.open[-1].indent >= line.indent and not self._runs_on(line):
                self._close(index)
            if self.open and self.open[0].indent == 0 and self.breaks(index):
                while self.open:
                    self._close(index)
        else:
            # A list at the margin has no end that could be seen, so an indented one ends it.
            while self.open and (
                self.open[-1].indent > line.indent or (line.indent > self.open[-1].indent == 0)
            ):
                self._close(index)
            self._place(index, line.indent, line.marker)

    def finish(self, index: int) -> list[ItemList]:
        """Close what is still open after the last line."""
        while self.open:
            self._close(index)
        return self.roots

    def _runs_on(self, line: Line) -> bool:
        """Tell a line that goes on right below an item, indented no deeper than its number."""
        return line.gap == 0 and line.indent == self.open[-1].indent

    def _close(self, index: int) -> None:
        """End the innermost list before the line of that index."""
        self.open.pop().items[-1].last = index - 1

    def _place(self, index: int, indent: int, marker: Marker) -> None:
        """Put a new item in the open list it continues, or in a list of its own."""
        item = Item(index, index, marker.value)
        depth = self._continued(indent, marker)
        if depth is not None:
            while len(self.open) > depth + 1:
                self._close(index)
            target = self.open[depth]
            target.items[-1].last = index - 1
            if _relation(target, marker.value) == "down":
                target.step = -1
            target.items.append(item)
            return
        if not self._nests_at_margin(indent, marker):
            while self.open and self.open[-1].indent >= indent:
                self._close(index)
        new = ItemList(marker.style, indent, [item])
        siblings = self.open[-1].items[-1].children if self.open else self.roots
        siblings.append(new)
        self.open.append(new)

    def _nests_at_margin(self, indent: int, marker: Marker) -> bool:
        """Tell whether a list that begins at the margin may stand inside the one before it."""
        return indent == 0 and marker.value in (None, 0, 1) and len(self.open) < DEEPEST_AT_MARGIN

    def _continued(self, indent: int, marker: Marker) -> int | None:
        """Return the place in ``open`` of the list that the marker continues."""
        depths = [
            depth
            for depth in range(len(self.open) - 1, max(-1, len(self.open) - 9), -1)
            if self.open[depth].indent == indent and self.open[depth].style == marker.style
        ]
        if not depths:
            return None
        if marker.value is None or _relation(self.open[depths[0]], marker.value) == "next":
            return depths[0]
        for wanted in ("next", "later", "down"):
            for depth in depths:
                if _relation(self.open[depth], marker.value) == wanted:
                    return depth
        return None


def _relation(item_list: ItemList, value: int | None) -> str | None:
    """Say how a number relates to the last one of a list: next, later, down, or not at all."""
    last = item_list.items[-1].value
    if last is None or value is None:
        return None
    counting_down = item_list.step < 0
    if value == last + 1 and not counting_down:
        return "next"
    if value == last - 1 and (counting_down or (len(item_list.items) == 1 and last > 1)):
        return "down" if value != 1 or last == 2 else None
    largest_gap = LARGEST_GAP if item_list.indent else LARGEST_MARGIN_GAP
    if not counting_down and last <= value <= last + largest_gap and value > 1:
        return "later"
    return None


def build_lists(lines: Sequence[Line], breaks: Callable[[int], bool]) -> list[ItemList]:
    """Return the outermost lists of a page in page order, each with the lists inside it.

    ``breaks`` tells of a line's index whether it ends a list at the margin, where no indentation
    shows an end; it is asked only while such a list is open.
    """
    builder = _Builder(breaks)
    for index, line in enumerate(lines):
        builder.read(index, line)
    return [part for root in builder.finish(len(lines)) for part in _unchained(root)]


def _unchained(root: ItemList) -> list[ItemList]:
    """Return a chain of lists of one item, each inside the one before, as lists side by side.

    A page may open a list for every comment; at the margin they look as if each held the next.
    """
    chain = [root]
    while (
        chain[-1].indent == 0
        and len(chain[-1].items) == 1
        and len(chain[-1].items[0].children) == 1
        and chain[-1].items[0].children[0].style == root.style
        and len(chain[-1].items[0].children[0].items) == 1
    ):
        chain.append(chain[-1].items[0].children[0])
    if len(chain) < SHORTEST_CHAIN:
        return [root]
    for item_list in chain[:-1]:
        item = item_list.items[0]
        item.last = item.children.pop().first - 1
    return chain


def numbered_inside(item_list: ItemList) -> list[ItemList]:
    """Return the outermost numbered lists inside the items of a bulleted one, in page order."""
    found: list[ItemList] = []
    pending = [item_list]
    while pending:
        for item in pending.pop().items:
            for child in item.children:
                (found if child.numbered else pending).append(child)
    return sorted(found, key=lambda child: child.first)
