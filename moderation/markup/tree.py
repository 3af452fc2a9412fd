"""A parsed page as flat lists in document order, so that every later step is a loop.

Nothing here calls itself: a page may be nested as deep as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.markup.guarding import guard

TEXT = "#text"
NO_ATTRIBUTES: Mapping[str, str | None] = {}

_LEFT_OUT = frozenset(
    "-comment !doctype style template svg math object embed canvas audio video select textarea"
    " title".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Elements and texts of a page in document order, the root first.

    For node ``i``: its ``tags[i]`` (``#text`` for a text), its ``texts[i]`` ('' for an element),
    its ``parents[i]`` (-1 for the root), the place ``ends[i]`` behind its last descendant, and
    its ``attributes``, which only elements that have any are listed in.
    """

    title: str
    tags: list[str]
    texts: list[str]
    parents: list[int]
    ends: list[int]
    attributes: dict[int, dict[str, str | None]]
    scripts: tuple[str, ...]
    tags_left_out: int = 0

    def attribute(self, node: int, name: str) -> str:
        """Return an attribute of a node, or ''."""
        return self.attributes.get(node, NO_ATTRIBUTES).get(name) or ""


def parse(html: str) -> Tree:
    """Parse a page, however broken. Scripts and other text that nobody sees is left out."""
    guarded = guard(html)
    root = LexborHTMLParser(guarded.html.encode("utf-8", "replace")).root
    tags: list[str] = []
    texts: list[str] = []
    parents: list[int] = []
    ends: list[int] = []
    attributes: dict[int, dict[str, str | None]] = {}
    scripts: list[str] = []
    title = ""
    opened: list[int] = []
    above = -1
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag or ""
        here = len(tags)
        child = None
        if tag == "-text":
            tags.append(TEXT)
            texts.append(node.text_content or "")
            parents.append(above)
            ends.append(here + 1)
        elif tag == "script":
            scripts.append(_script(node))
        elif tag == "title" and not title:
            title = " ".join((node.text() or "").split())
        elif tag not in _LEFT_OUT:
            tags.append(tag)
            texts.append("")
            parents.append(above)
            ends.append(here + 1)
            found = node.attributes
            if found:
                attributes[here] = found
            child = node.first_child
        if child is not None:
            opened.append(here)
            above = here
            node = child
            continue
        following = node.next
        while following is None and opened:
            ends[opened.pop()] = len(tags)
            above = opened[-1] if opened else -1
            parent = node.parent
            if parent is None:
                break
            node = parent
            following = node.next
        node = following
    return Tree(
        title=title,
        tags=tags,
        texts=texts,
        parents=parents,
        ends=ends,
        attributes=attributes,
        scripts=tuple(scripts),
        tags_left_out=guarded.tags_left_out,
    )


def _script(node: LexborNode) -> str:
    """Return what tells which script it is: its address and the beginning of its text."""
    source = node.attributes.get("src") or ""
    return f"{source} {(node.text() or '')[:2000]}"
