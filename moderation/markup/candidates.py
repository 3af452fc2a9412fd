"""Which elements of a page may be comments, by their names or by the section that they stand in."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from moderation.markup.signs import NOTHING, Sign, read_sign
from moderation.markup.tree import Tree

LIST_TAGS = frozenset(("ol", "ul", "dl", "menu"))
ITEM_TAGS = frozenset("li dd article tr".split())
FARTHEST_LIST = 60
"""How many elements up a list is looked for."""


@dataclass(slots=True)
class Candidate:
    """An element that may be a comment, and those inside it."""

    node: int
    sign: Sign
    in_section: bool = False
    inside: list[Candidate] = field(default_factory=list)


def read_signs(tree: Tree) -> dict[int, Sign]:
    """Return the signs of all elements that have any."""
    signs = {}
    for node, attributes in tree.attributes.items():
        sign = read_sign(tree.tags[node], attributes)
        if sign.role or sign.nests:
            signs[node] = sign
    return signs


def find_candidates(tree: Tree, signs: dict[int, Sign]) -> list[Candidate]:
    """Return the outermost elements that may be comments, with the others inside them."""
    shut = 0  # Behind the last box of other pages' comments.
    section = 0  # Behind the last section of comments.
    in_form = 0
    roots: list[Candidate] = []
    opened: list[Candidate] = []
    for node, sign in _with_list_items(tree, signs):
        if node < shut:
            continue
        if sign.role == "aside":
            shut = tree.ends[node]
        elif sign.role == "list" and sign.firm:
            section = max(section, tree.ends[node])
        elif sign.role == "form":
            in_form = max(in_form, tree.ends[node])
        elif sign.role in ("item", "body") and (sign.firm or sign.number):
            if node < in_form and not sign.number:
                continue
            while opened and tree.ends[opened[-1].node] <= node:
                opened.pop()
            candidate = Candidate(node, sign, node < section)
            (opened[-1].inside if opened else roots).append(candidate)
            opened.append(candidate)
    return roots


def _with_list_items(tree: Tree, signs: dict[int, Sign]) -> list[tuple[int, Sign]]:
    """Return all signs in order; what has none in a section of comments may be one of them."""
    found = dict(signs)
    named = sorted(
        node for node, sign in signs.items() if sign.firm and sign.role in ("item", "body")
    )
    searched = 0
    for node, sign in signs.items():
        if sign.role != "list" or not sign.firm:
            continue
        if tree.tags[node] not in LIST_TAGS:
            is_bare = bisect_left(named, node) == bisect_left(named, tree.ends[node])
            if is_bare and node >= searched:
                searched = tree.ends[node]
                found |= _signed_items(tree, signs, node)
            continue
        child = node + 1
        while child < tree.ends[node]:
            tag = tree.tags[child]
            if tag in ("li", "dd") and (child not in signs or not signs[child].role):
                found[child] = NOTHING._replace(role="item", firm=True, key=f"{tag}@")
            child = tree.ends[child]
    return sorted(found.items())


def _signed_items(tree: Tree, signs: dict[int, Sign], section: int) -> dict[int, Sign]:
    """Return the elements of a section that stand side by side and name a writer or a date."""
    items: dict[int, Sign] = {}
    for node in range(section + 1, tree.ends[section]):
        if signs.get(node, NOTHING).role not in ("author", "date"):
            continue
        item = node
        for _ in range(FARTHEST_LIST):
            if tree.tags[item] in ITEM_TAGS or tree.parents[item] == section:
                break
            item = tree.parents[item]
        if item != node and not signs.get(item, NOTHING).firm:
            key = f"{tree.tags[item]}@{tree.attribute(item, 'class').partition(' ')[0]}"
            items[item] = NOTHING._replace(role="item", firm=True, key=key)
    keys = Counter(sign.key for sign in items.values())
    return {item: sign for item, sign in items.items() if keys[sign.key] > 1}
