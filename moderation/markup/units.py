"""Which elements of a page are comments, and which are replies to which.

A comment is often marked up several times over: ``li#comment-7 > div#div-comment-7 > div.comment-
body``. What carries the same number, or stands once in its element, is one comment; what carries
another number, the same names, or stands in a list of its own is a reply.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from moderation.markup.signs import INLINE_TAGS, NOTHING, Role, Sign, read_sign
from moderation.markup.tree import TEXT, Tree
from moderation.records import CommentKind

LIST_TAGS = frozenset(("ol", "ul", "dl", "menu"))
ITEM_TAGS = frozenset("li dd article tr".split())
SPACERS = frozenset(("a", "hr", "br", "img"))
NAMING = frozenset[Role](("author", "date", "head"))
FARTHEST_LIFT = 6
MOST_NODES_BESIDE = 80
FARTHEST_LIST = 60
"""How many elements up a list of replies is looked for."""


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


@dataclass(slots=True)
class _Candidate:
    """An element that may be a comment, and those inside it."""

    node: int
    sign: Sign
    inside: list[_Candidate] = field(default_factory=list)


def read_signs(tree: Tree) -> dict[int, Sign]:
    """Return the signs of all elements that have any."""
    signs = {}
    for node, attributes in tree.attributes.items():
        sign = read_sign(tree.tags[node], attributes)
        if sign.role or sign.nests:
            signs[node] = sign
    return signs


def find_units(tree: Tree, signs: dict[int, Sign]) -> list[Unit]:
    """Return the comments in page order."""
    units = _resolve(tree, signs, _candidates(tree, signs))
    units = _merge_pairs(tree, units)
    _lift(tree, signs, units)
    _attach_neighbours(tree, signs, units)
    _find_parents(tree, signs, units)
    return units


def _candidates(tree: Tree, signs: dict[int, Sign]) -> list[_Candidate]:
    """Return the outermost elements that may be comments, with the others inside them."""
    shut = 0  # Behind the last box of other pages' comments.
    in_form = 0
    roots: list[_Candidate] = []
    opened: list[_Candidate] = []
    for node, sign in _with_list_items(tree, signs):
        if node < shut:
            continue
        if sign.role == "aside":
            shut = tree.ends[node]
        elif sign.role == "form":
            in_form = max(in_form, tree.ends[node])
        elif sign.role in ("item", "body") and (sign.firm or sign.number):
            if node < in_form and not sign.number:
                continue
            while opened and tree.ends[opened[-1].node] <= node:
                opened.pop()
            candidate = _Candidate(node, sign)
            (opened[-1].inside if opened else roots).append(candidate)
            opened.append(candidate)
    return roots


def _with_list_items(tree: Tree, signs: dict[int, Sign]) -> list[tuple[int, Sign]]:
    """Return all signs in order; an item without one in a list of comments is an item of it."""
    found = dict(signs)
    for node, sign in signs.items():
        if sign.role != "list" or tree.tags[node] not in LIST_TAGS:
            continue
        child = node + 1
        while child < tree.ends[node]:
            tag = tree.tags[child]
            if tag in ("li", "dd") and (child not in signs or not signs[child].role):
                found[child] = NOTHING._replace(role="item", firm=True, key=f"{tag}@")
            child = tree.ends[child]
    return sorted(found.items())


def _resolve(tree: Tree, signs: dict[int, Sign], roots: Sequence[_Candidate]) -> list[Unit]:
    """Tell comments from what is only a part of one, and from what only holds several."""
    units: list[Unit] = []
    waiting: list[tuple[_Candidate, int | None]] = [(root, None) for root in reversed(roots)]
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
                in_list=sign.key.endswith("@"),
            )
        )
        waiting.extend((inner, len(units) - 1) for inner in reversed(candidate.inside))
    return units


def _is_reply(tree: Tree, signs: dict[int, Sign], inner: _Candidate, unit: Unit) -> bool:
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


def _holds_several(candidate: _Candidate) -> bool:
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
    return bool(first.number) and first.number == second.number


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


def _attach_neighbours(tree: Tree, signs: dict[int, Sign], units: Sequence[Unit]) -> None:
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


def _find_parents(tree: Tree, signs: dict[int, Sign], units: Sequence[Unit]) -> None:
    """Tell replies that do not stand inside the comment that they answer."""
    home: dict[int, int | None] = {}
    last_in: dict[int, int] = {}
    deepest: list[tuple[int, int]] = []  # (depth, place) of the comments that are still open
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
