"""What stands beside a comment's element: its writer, and the comment that it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from moderation.markup.candidates import FARTHEST_LIST, LIST_TAGS
from moderation.markup.signs import INLINE_TAGS, NOTHING, Role, Sign
from moderation.markup.tree import TEXT, Tree
from moderation.markup.units import Unit

SPACERS = frozenset(("a", "hr", "br", "img"))
_INDENT = re.compile(r"(?:margin|padding)-left\s{0,3}:\s{0,3}(\d{1,5})")


def attach_neighbours(tree: Tree, signs: dict[int, Sign], units: Sequence[Unit]) -> None:
    """Give each comment the elements beside it that name its writer or its date."""
    by_parent: dict[int, list[Unit]] = {}
    for unit in units:
        by_parent.setdefault(tree.parents[unit.start], []).append(unit)
    for parent, siblings in by_parent.items():
        if parent >= 0:
            gaps = _gaps(tree, signs, parent, siblings)
            before = sum(bool(_heads(signs, gap)) for gap in gaps[:-1])
            behind = sum(bool(_heads(signs, gap)) for gap in gaps[1:])
            if 2 * max(before, behind) < len(siblings):
                continue
            for place, gap in enumerate(gaps):
                # The writer stands before the words or behind them, in all comments alike.
                heads = _heads(signs, gap) if before >= behind else gap
                feet = gap[: len(gap) - len(heads)] if before >= behind else gap
                if place > 0:
                    siblings[place - 1].behind += [(node, tree.ends[node]) for node in feet]
                if place < len(siblings) and before >= behind:
                    siblings[place].before[:0] = [(node, tree.ends[node]) for node in heads]


def _gaps(
    tree: Tree, signs: dict[int, Sign], parent: int, siblings: Sequence[Unit]
) -> list[list[int]]:
    """Return what stands beside comments: before the first, between each two, after the last."""
    gaps: list[list[int]] = [[]]
    starts = {(unit.before[0][0] if unit.before else unit.start): unit for unit in siblings}
    node = parent + 1
    while node < tree.ends[parent]:
        unit = starts.get(node)
        if unit is not None:
            gaps.append([])
            node = unit.end
            continue
        if _is_beside(tree, signs, node):
            gaps[-1].append(node)
        elif tree.tags[node] != TEXT and tree.tags[node] not in SPACERS:
            # Something else, such as a list of replies: what follows it is not the comment's.
            gaps[-1] = []
        node = tree.ends[node]
    return gaps


def _heads(signs: dict[int, Sign], gap: Sequence[int]) -> list[int]:
    """Return the elements of a gap that belong to the comment behind it."""
    last_foot = max(
        (place for place, node in enumerate(gap) if signs.get(node, NOTHING).role == "foot"),
        default=-1,
    )
    return list(gap[last_foot + 1 :])


def _is_beside(tree: Tree, signs: dict[int, Sign], node: int) -> bool:
    """Tell whether an element beside a comment belongs to it."""
    if tree.tags[node] in ("dt",):
        return True
    sign = signs.get(node, NOTHING)
    roles: tuple[Role, ...] = ("author", "date", "head", "foot")
    return sign.role in roles and (sign.firm or tree.tags[node] not in INLINE_TAGS)


def find_parents(tree: Tree, signs: dict[int, Sign], units: Sequence[Unit]) -> None:
    """Tell replies that do not stand inside the comment that they answer."""
    home: dict[int, int | None] = {}
    last_in: dict[int, int] = {}
    deepest: list[tuple[int, int]] = []  # (depth, place) of the comments that are still open
    indents = [_indent(tree, unit.start) for unit in units]
    if any(indents):
        for unit, indent in zip(units, indents, strict=True):
            unit.depth = unit.depth if unit.depth is not None else indent
    for place, unit in enumerate(units):
        element = tree.parents[unit.start]
        if unit.parent is None:
            if element not in home:
                home[element] = _answered(tree, signs, element, last_in)
            unit.parent = home[element]
        if unit.parent is None and unit.depth is not None:
            while deepest and deepest[-1][0] >= unit.depth:
                deepest.pop()
            unit.parent = deepest[-1][1] if deepest else None
            deepest.append((unit.depth, place))
        last_in[element] = place


def _indent(tree: Tree, node: int) -> int:
    """Return how far an element's own style moves it to the right, in whatever unit."""
    style = tree.attribute(node, "style")
    match = _INDENT.search(style) if style else None
    return int(match[1]) if match is not None else 0


def _answered(
    tree: Tree, signs: dict[int, Sign], element: int, last_in: dict[int, int]
) -> int | None:
    """Return the comment whose replies stand in an element, if that is a list of replies."""
    node = element
    for _ in range(FARTHEST_LIST):
        above = tree.parents[node]
        if above < 0:
            return None
        in_item = tree.tags[above] == "li" and tree.tags[node] in LIST_TAGS
        if above in last_in and (in_item or signs.get(node, NOTHING).nests):
            return last_in[above]
        if signs.get(node, NOTHING).role == "list" and not signs[node].nests:
            return None
        node = above
    return None
