"""The whole way from a page's HTML to its comments and receipt."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.markup.assembling import FoundComment, SeparatedHtml, assemble
from moderation.markup.candidates import read_signs
from moderation.markup.contents import Content, read_content
from moderation.markup.evidence import Judgement, judge
from moderation.markup.falling_back import separate_as_text
from moderation.markup.habits import learn_habits
from moderation.markup.lines import Line, LineReader
from moderation.markup.neighbours import attach_neighbours, find_parents
from moderation.markup.tree import parse
from moderation.markup.units import Unit, find_units
from moderation.memory import without_collection


def separate_html(html: str, *, document_id: str = "page") -> SeparatedHtml:
    """Find the reader comments of a page by its markup and account for what surrounds them.

    Never raises for broken HTML: it is read as a browser reads it. Where no element is marked up
    as a comment, the page is rendered and read as plain text is.
    """
    with without_collection():
        tree = parse(html)
        signs = read_signs(tree)
        reader = LineReader(tree, signs)
        units = find_units(tree, signs)
        attach_neighbours(tree, signs, units)
        find_parents(tree, signs, units)
        contents = _contents(reader, units)
        judgement = judge(units, contents)
        found = _found(units, contents, judgement)
        if not found:
            return separate_as_text(LineReader(tree, signs), document_id)
        return assemble(reader, found, judgement, document_id)


def _contents(reader: LineReader, units: Sequence[Unit]) -> list[Content]:
    """Read every comment, without the replies inside it."""
    holes: list[list[tuple[int, int]]] = [[] for _ in units]
    opened: list[int] = []
    for place, unit in enumerate(units):
        while opened and units[opened[-1]].end <= unit.start:
            opened.pop()
        if opened:
            holes[opened[-1]] += [*unit.before, (unit.start, unit.end), *unit.behind]
        opened.append(place)
    comments, stamps = [], []
    for place, unit in enumerate(units):
        lines: list[Line] = []
        reader.stamp = ""
        for start, end in unit.before:
            lines += reader.read(start, end)
        lines += reader.read(unit.start, unit.end, sorted(holes[place]))
        for start, end in unit.behind:
            lines += reader.read(start, end)
        comments.append(lines)
        stamps.append(reader.stamp)
    habits = learn_habits(comments)
    return [
        read_content(lines, habits, stamp) for lines, stamp in zip(comments, stamps, strict=True)
    ]


def _found(
    units: Sequence[Unit], contents: Sequence[Content], judgement: Judgement
) -> list[FoundComment]:
    """Return the comments; a reply to what is none goes to whom that replies to."""
    found: list[FoundComment] = []
    moved: dict[int, int | None] = {}
    for place, (unit, content) in enumerate(zip(units, contents, strict=True)):
        parent = moved[unit.parent] if unit.parent is not None else None
        if not judgement.accepted[place]:
            moved[place] = parent
            continue
        level = found[parent].level + 1 if parent is not None else 0
        moved[place] = len(found)
        found.append(FoundComment(unit=unit, content=content, parent=parent, level=level))
    return found
