"""HTML kept within what a parser reads in linear time.

A parser that follows the standard needs time in the square of the nesting depth, of the open
formatting elements and of the attributes of one tag. No page that people read comes near these
limits. Where one does, the tags beyond them are left out, and their text stays.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FEW_TAGS = 3_000
"""A page with fewer tags cannot take long, whatever they are."""

DEEPEST = 1_000
MOST_FORMATTING = 100
MOST_TAG_PARTS = 200
LONGEST_TAG = 1_000

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CLOSED_BY_OTHERS = frozenset(
    "p li dd dt option optgroup tr td th thead tbody tfoot colgroup rb rt rp html head body".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_TEXT_ONLY = frozenset("script style textarea title xmp iframe noembed noframes".split())
_TEXT_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.I) for name in _TEXT_ONLY}
_TAG_OPENING = re.compile(r"<(?:(!--)|(/?)([A-Za-z][^\s/>]*))")
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{LONGEST_TAG}}}")
_KEPT_ATTRIBUTE = re.compile(
    r"""\s((?:class|id|itemprop|itemtype|datetime|href|rel|name)\s{0,9}=\s{0,9}"""
    r"""(?:"[^"]{0,500}"|'[^']{0,500}'|[^\s"'>]{1,500}))""",
    re.I,
)


class Guarded(NamedTuple):
    """HTML that is safe to parse, and how many tags were left out of it for that."""

    html: str
    tags_left_out: int


def guard(html: str) -> Guarded:
    """Return the page without the tags that would make parsing take forever; most pages as is."""
    if html.count("<") < FEW_TAGS and not _has_long_tag(html):
        return Guarded(html, 0)
    edits = _edits(html)
    if not edits:
        return Guarded(html, 0)
    pieces: list[str] = []
    last = 0
    for start, end, replacement in edits:
        pieces += (html[last:start], replacement)
        last = end
    pieces.append(html[last:])
    return Guarded("".join(pieces), len(edits))


def _has_long_tag(html: str) -> bool:
    """Tell whether one tag may hold more attributes than a few."""
    return _LONG_TAG.search(html) is not None


def _edits(html: str) -> list[tuple[int, int, str]]:
    """Return the stretches to replace: tags too deep, and tags with too many attributes."""
    edits: list[tuple[int, int, str]] = []
    # For each name, whether its open elements were kept; how many are open in all.
    opened: dict[str, list[bool]] = {}
    depth = formatting = position = 0
    while (match := _TAG_OPENING.search(html, position)) is not None:
        position = _behind(html, match)
        if position < 0:
            break
        name = match[3].lower() if match[3] else "br"
        if name in _VOID or (name in _CLOSED_BY_OTHERS and position - match.start() < LONGEST_TAG):
            continue
        if match[2]:
            if opened.get(name):
                if opened[name].pop():
                    depth -= 1
                    formatting -= name in _FORMATTING
                else:
                    edits.append((match.start(), position, ""))
            continue
        if name in _TEXT_ONLY:
            position = _behind_text(html, name, position)
            if position < 0:
                break
            continue
        if name not in _CLOSED_BY_OTHERS:
            keep = depth < DEEPEST and (name not in _FORMATTING or formatting < MOST_FORMATTING)
            opened.setdefault(name, []).append(keep)
            if not keep:
                edits.append((match.start(), position, ""))
                continue
            depth += 1
            formatting += name in _FORMATTING
        if position - match.start() > LONGEST_TAG:
            edits += _shortened(html, name, match.start(), position)
    return edits


def _behind(html: str, match: re.Match[str]) -> int:
    """Return where a tag or a comment ends, or -1 where it never does."""
    if match[1]:
        end = html.find("-->", match.end() - 2)
        return end + 3 if end >= 0 else -1
    return html.find(">", match.end()) + 1 or -1


def _behind_text(html: str, name: str, position: int) -> int:
    """Return where the end tag of a script or the like begins, or -1 where there is none."""
    closing = _TEXT_ENDS[name].search(html, position)
    return closing.start() if closing is not None else -1


def _shortened(html: str, name: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Return the edit that keeps only the telling attributes of a tag that has too many."""
    source = html[start:end]
    if len(source.split(None, MOST_TAG_PARTS)) <= MOST_TAG_PARTS:
        return []
    return [(start, end, f"<{name} {' '.join(_KEPT_ATTRIBUTE.findall(source)[:10])}>")]
