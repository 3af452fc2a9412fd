"""Which elements of a page seem to be comments, each once.

A comment is often marked up several times over: ``li#comment-7 > div#div-comment-7 > div.comment-
body``. What carries the same number, or stands once in its element, is one comment; what carries
another number, the same names, or stands in a list of its own is a reply.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from moderation.markup.candidates import (
    FARTHEST_LIST,
    ITEM_TAGS,
    LIST_TAGS,
    Candidate,
    find_candidates,
)
from moderation.markup.signs import NOTHING, Role, Sign
from moderation.markup.tree import Tree
from moderation.records import CommentKind

NAMING = frozenset[Role](("author", "date", "head"))
FARTHEST_LIFT = 6
MOST_NODES_BESIDE = 80


@dataclass(slots=True)
class Unit:
    """One comment's element: from ``start`` to ``end`` in the tree, without its replies.

    ``before`` and ``behind`` are stretches outside of the element that belong to it, such as a
    ``<dt>`` with its writer. ``parent`` is the place of the comment that it replies to. ``key`` is
    the name of the outermost element, ``keys`` those of all elements that are the comment.
    """

    start: int
    end: int
    number: str
    kind: CommentKind
    depth: int | None = None
    parent: int | None = None
    key: str = ""
    keys: set[str] = field(default_factory=set)
    before: list[tuple[int, int]] = field(default_factory=list)
    behind: list[tuple[int, int]] = field(default_factory=list)
    system: str = ""
    exact: bool = False
    body_named: bool = False
    in_list: bool = False
    in_section: bool = False


def find_units(tree: Tree, signs: dict[int, Sign]) -> list[Unit]:
    """Return the elements that seem to be comments, in page order."""
    units = _resolve(tree, signs, find_candidates(tree, signs))
    units = _merge_pairs(tree, units)
    _lift(tree, signs, units)
    return units


def _resolve(tree: Tree, signs: dict[int, Sign], roots: Sequence[Candidate]) -> list[Unit]:
    """Tell comments from what is only a part of one, and from what only holds several."""
    units: list[Unit] = []
    waiting: list[tuple[Candidate, int | None]] = [(root, None) for root in reversed(roots)]
    while waiting:
        candidate, owner = waiting.pop()
        sign, node = candidate.sign, candidate.node
        if owner is not None and not _is_reply(tree, signs, candidate, units[owner]):
            unit = units[owner]
            unit.keys.add(sign.key)
            unit.exact = unit.exact or (sign.exact and sign.role == "item")
            unit.body_named = unit.body_named or sign.role == "body"
            unit.system = unit.system or sign.system
            if sign.kind != "comment":
                unit.kind = sign.kind
            unit.number = unit.number or sign.number
            unit.depth = unit.depth if unit.depth is not None else sign.depth
            waiting.extend((inner, owner) for inner in reversed(candidate.inside))
            continue
        if _holds_several(candidate):
            waiting.extend((inner, owner) for inner in reversed(candidate.inside))
            continue
        units.append(
            Unit(
                start=node,
                end=tree.ends[node],
                number=sign.number,
                kind=sign.kind,
                depth=sign.depth,
                parent=owner,
                key=sign.key,
                keys={sign.key},
                system=sign.system,
                exact=sign.exact and sign.role == "item",
                body_named=sign.role == "body",
                in_list="@" in sign.key,
                in_section=candidate.in_section,
            )
        )
        waiting.extend((inner, len(units) - 1) for inner in reversed(candidate.inside))
    return units


def _is_reply(tree: Tree, signs: dict[int, Sign], inner: Candidate, unit: Unit) -> bool:
    """Tell whether a comment inside another's element is one of its own."""
    if inner.sign.number and unit.number:
        return inner.sign.number != unit.number
    if inner.sign.key in unit.keys:
        return True
    if inner.sign.role != "item" or not (inner.sign.exact or inner.sign.number):
        return False
    node = tree.parents[inner.node]
    for _ in range(FARTHEST_LIST):
        if node <= unit.start:
            return False
        sign = signs.get(node, NOTHING)
        if tree.tags[node] in LIST_TAGS or sign.role == "list" or sign.nests:
            return True
        node = tree.parents[node]
    return False


def _holds_several(candidate: Candidate) -> bool:
    """Tell whether an element only wraps several comments, without being one."""
    if candidate.sign.number or len(candidate.inside) < 2:
        return False
    if candidate.sign.key in {inner.sign.key for inner in candidate.inside}:
        return False
    counts: dict[str, int] = {}
    numbers = set()
    for inner in candidate.inside:
        counts[inner.sign.key] = counts.get(inner.sign.key, 0) + 1
        if inner.sign.number:
            numbers.add(inner.sign.number)
    return len(numbers) > 1 or (len(numbers) == 0 and max(counts.values()) > 1)


def _merge_pairs(tree: Tree, units: list[Unit]) -> list[Unit]:
    """Make one of a ``<dt>`` and its ``<dd>``, and of neighbours with the same number."""
    merged: list[Unit] = []
    moved: dict[int, int] = {}
    for place, unit in enumerate(units):
        last = merged[-1] if merged else None
        if last is not None and last.end <= unit.start and _are_pair(tree, last, unit):
            last.before.append((last.start, last.end))
            last.start, last.end = unit.start, unit.end
            last.keys |= unit.keys
            last.number = last.number or unit.number
        else:
            merged.append(unit)
        moved[place] = len(merged) - 1
    for unit in merged:
        if unit.parent is not None:
            unit.parent = moved[unit.parent]
    return merged


def _are_pair(tree: Tree, first: Unit, second: Unit) -> bool:
    """Tell whether two neighbouring elements are the head and the words of one comment."""
    if tree.parents[first.start] != tree.parents[second.start]:
        return False
    if tree.tags[first.start] == "dt" and tree.tags[second.start] == "dd":
        return not (first.number and second.number and first.number != second.number)
    return bool(first.number) and first.number == second.number and first.key != second.key


def _lift(tree: Tree, signs: dict[int, Sign], units: Sequence[Unit]) -> None:
    """Where only the words of comments are named, take the elements around them with the writer.

    They reach up as far as they hold one comment and not much besides.
    """
    starts = [unit.start for unit in units]
    for place, unit in enumerate(units):
        if not unit.body_named or unit.exact or _names_someone(tree, signs, unit.start, unit.end):
            continue
        size = unit.end - unit.start
        node, best = tree.parents[unit.start], unit.start
        for _ in range(FARTHEST_LIFT):
            if node < 0 or tree.ends[node] - node > size + MOST_NODES_BESIDE:
                break
            if signs.get(node, NOTHING).role == "list" or tree.tags[node] in LIST_TAGS:
                break
            if bisect_left(starts, tree.ends[node]) - bisect_left(starts, node) > 1:
                break
            if tree.tags[node] in ITEM_TAGS or _names_someone(tree, signs, node, tree.ends[node]):
                best = node
            node = tree.parents[node]
        if best != unit.start:
            unit.start, unit.end = best, tree.ends[best]
            unit.number = unit.number or signs.get(best, NOTHING).number
            starts[place] = best


def _names_someone(tree: Tree, signs: dict[int, Sign], start: int, end: int) -> bool:
    """Tell whether an element in a stretch is named as the writer, the date or a head."""
    return any(signs[node].role in NAMING for node in range(start, end) if node in signs)
