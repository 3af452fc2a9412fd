"""The visible text of a part of a page, as lines that know in which element they stand.

A line ends where a browser would break it: at blocks and at ``<br>``. Loops only, linear time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moderation.markup.signs import HEADING_TAGS, INLINE_TAGS, NOTHING, Role, Sign, words_of
from moderation.markup.tree import TEXT, Tree

AROUND = frozenset[Role](("author", "date", "head", "foot", "form", "aside"))
"""Roles of what stands around the words of a comment."""

ASIDE_TAGS = frozenset(("nav", "aside", "footer"))
FORM_TAGS = frozenset("form button input label fieldset".split())
PARAGRAPH_TAGS = frozenset("p blockquote ul ol dl pre table h1 h2 h3 h4 h5 h6 figure hr".split())
PLAIN_INLINE_TAGS = INLINE_TAGS - {"a", "b", "cite", "img", "strong", "time"}
LONGEST_SMILEY = 24
_HIDDEN_TOKENS = words_of("hidden_tokens")
_SHOWN_ON_CLICK = words_of("shown_on_click_words")
_SMILEY_WORDS = words_of("smiley_words")


@dataclass(slots=True)
class Place:
    """What holds for the text in an element.

    ``role`` is what the nearest element with a sign says, ``firm`` whether it speaks of comments.
    ``body`` is the innermost element that is named as the words of a comment, or -1. ``slot``
    names the path of elements to it, alike for the same place in every comment. ``hint`` is what
    an inline element, ``hinting``, is named as: the writer or the date.
    """

    role: Role = ""
    firm: bool = False
    body: int = -1
    body_firm: bool = False
    slot: int = 0
    tag: str = ""
    is_link: bool = False
    is_preformatted: bool = False
    is_heading: bool = False
    in_aside: bool = False
    hint: Role = ""
    hinting: int = -1
    list_tag: str = ""
    list_depth: int = 0
    items: int = 0
    link_twin: Place | None = None

    @property
    def breaks(self) -> int:
        """Return how many line breaks stand before and behind the element."""
        return 0 if self.tag in INLINE_TAGS else 2 if self.tag in PARAGRAPH_TAGS else 1

    @property
    def stands_apart(self) -> bool:
        """Tell whether its text is a line of its own: a block, or named as beside a comment."""
        return self.tag not in INLINE_TAGS or (self.firm and self.role in AROUND)


@dataclass(slots=True)
class Line:
    """One line, the place that it stands in, and the breaks before it (0 to 2).

    ``hints`` are the texts of inline elements that are named as author or date; ``links`` counts
    letters in links. ``marker`` is the list marker of the item that the line opens.
    """

    text: str
    breaks: int
    place: Place
    marker: str = ""
    links: int = 0
    hints: list[tuple[Role, str]] = field(default_factory=list)

    @property
    def role(self) -> Role:
        """Return what the line's element is named as."""
        return self.place.role

    @property
    def names_writer(self) -> bool:
        """Tell whether the line stands in, or holds, an element named as the writer."""
        return self.place.role == "author" or any(role == "author" for role, _ in self.hints)


class _Collector:
    """Puts texts together to lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.marker = ""
        self._open: Line | None = None
        self._breaks = 2
        self._hinting = -1

    def finish(self, breaks: int) -> None:
        """End the open line; the next has at least so many breaks before it."""
        line = self._open
        if line is not None:
            line.text = line.text.strip()
            self.lines.append(line)
            self._open = None
        self._breaks = max(self._breaks, breaks)

    def break_line(self) -> None:
        """End the line at a ``<br>``; a second one makes an empty line."""
        self.finish(0)
        self._breaks = min(2, self._breaks + 1)

    def add(self, text: str, place: Place) -> None:
        """Add a text to the open line, or begin one."""
        if place.is_preformatted and "\n" in text.strip("\n"):
            self._add_preformatted(text.strip("\n").split("\n"), place)
            return
        words = text.split()
        line = self._open
        if not words:
            if line is not None and text and not line.text.endswith(" "):
                line.text += " "
            return
        clean = " ".join(words)
        spaced = text[0].isspace() or (line is not None and line.text.endswith(" "))
        if line is None:
            line = self._begin(clean, place)
        else:
            line.text += f" {clean}" if spaced and not line.text.endswith(" ") else clean
        if text[-1].isspace():
            line.text += " "
        if place.is_link:
            line.links += len(clean)
        if place.hint:
            self._hint(line, place, f" {clean}" if spaced else clean)

    def _begin(self, text: str, place: Place) -> Line:
        self._open = Line(text, self._breaks, place, self.marker)
        self.marker = ""
        self._breaks = 0
        return self._open

    def _add_preformatted(self, parts: Sequence[str], place: Place) -> None:
        for part in parts:
            self.finish(1)
            if part.strip():
                self._begin(part.rstrip(), place)
        self.finish(1)

    def _hint(self, line: Line, place: Place, text: str) -> None:
        """Note a text of an element named as author or date; its parts belong together."""
        if line.hints and self._hinting == place.hinting:
            role, said = line.hints[-1]
            line.hints[-1] = (role, said + text)
        else:
            line.hints.append((place.hint, text.strip()))
        self._hinting = place.hinting


class LineReader:
    """Collects lines from stretches of a tree.

    ``hidden`` counts letters that nobody sees; ``stamp`` is the first time that an attribute gave
    since it was last cleared.
    """

    def __init__(self, tree: Tree, signs: Mapping[int, Sign]) -> None:
        self.tree = tree
        self.signs = signs
        self.hidden = 0
        self.stamp = ""
        self._slots: dict[tuple[int, str], int] = {}

    def read(self, start: int, end: int, skipped: Sequence[tuple[int, int]] = ()) -> list[Line]:
        """Return the lines of the nodes from ``start`` to ``end`` but for some stretches."""
        tags, texts, ends = self.tree.tags, self.tree.texts, self.tree.ends
        out = _Collector()
        opened: list[tuple[int, Place]] = [(end + 1, Place())]
        holes = [*skipped, (end, end)]
        hole = 0
        node = start
        while node < end:
            while opened[-1][0] <= node:
                self._leave(opened.pop()[1], opened[-1][1], out)
            while holes[hole][1] <= node:
                hole += 1
            if holes[hole][0] <= node:
                out.finish(2)
                node = holes[hole][1]
                continue
            tag, place = tags[node], opened[-1][1]
            if tag == TEXT:
                out.add(texts[node], place)
            elif tag == "br":
                out.break_line()
            elif tag == "img":
                out.add(self._smiley(node), place)
            elif self._is_hidden(node):
                self.hidden += self._letters(node)
                node = ends[node]
                continue
            elif ends[node] > node + 1 or tag in ("time", "li", "hr"):
                opened.append((ends[node], self._enter(node, tag, place, out)))
            node += 1
        out.finish(0)
        return out.lines

    def _enter(self, node: int, tag: str, above: Place, out: _Collector) -> Place:
        """Return what holds inside an element, and break the line before it."""
        sign = self.signs.get(node)
        if sign is None:
            if tag in PLAIN_INLINE_TAGS:
                return above
            if tag == "a":
                above.link_twin = above.link_twin or _as_link(above)
                return above.link_twin
        if tag == "time":
            self.stamp = self.stamp or self.tree.attribute(node, "datetime")
        place = self._place(node, tag, sign or NOTHING, above)
        if place.stands_apart and not (tag in INLINE_TAGS and above.firm):
            out.finish(place.breaks)
        if tag == "li" and above.list_tag:
            above.items += 1
            out.marker = f"{above.items}." if above.list_tag == "ol" else "•"
        return place

    def _leave(self, place: Place, above: Place, out: _Collector) -> None:
        """Break the line behind an element."""
        if place is not above and place.stands_apart:
            out.finish(place.breaks)

    def _place(self, node: int, tag: str, sign: Sign, above: Place) -> Place:
        """Return what holds inside an element with a sign, or in a block."""
        inline = tag in INLINE_TAGS
        place = Place(
            above.role,
            above.firm,
            above.body,
            above.body_firm,
            above.slot if inline and not sign.role else self._slot(above.slot, node, tag, sign),
            tag,
            above.is_link or tag == "a",
            above.is_preformatted or tag == "pre",
            above.is_heading or tag in HEADING_TAGS,
            above.in_aside or tag in ASIDE_TAGS,
            above.hint if inline else "",
            above.hinting,
            tag if tag in ("ol", "ul") else "",
            above.list_depth + (tag in ("ol", "ul")),
        )
        if tag in FORM_TAGS and sign.role != "author":
            place.role, place.firm = "form", True
        elif sign.role and not (above.role == "title" and tag == "a"):
            _apply(sign, node, inline, above, place)
        if tag == "cite" and not place.hint:
            place.hint, place.hinting = "author", node
        return place

    def _slot(self, above: int, node: int, tag: str, sign: Sign) -> int:
        """Return the name of a path of elements, a number."""
        name = sign.key or f"{tag}.{self.tree.attribute(node, 'class').partition(' ')[0]}"
        return self._slots.setdefault((above, name), len(self._slots) + 1)

    def _smiley(self, node: int) -> str:
        """Return what a picture in a line of text says, if it stands for a smiley."""
        alternative = self.tree.attribute(node, "alt")
        if not alternative or len(alternative) > LONGEST_SMILEY:
            return ""
        classes, source = self.tree.attribute(node, "class"), self.tree.attribute(node, "src")
        names = f"{classes} {source[-200:]}".lower()
        return alternative if any(word in names for word in _SMILEY_WORDS) else ""

    def _is_hidden(self, node: int) -> bool:
        """Tell whether the page hides an element from everyone who reads it."""
        attributes = self.tree.attributes.get(node)
        if not attributes or self.signs.get(node, NOTHING).role == "item":
            return False
        classes = attributes.get("class") or ""
        if classes and not _HIDDEN_TOKENS.isdisjoint(classes.split()):
            return True
        style = attributes.get("style") or ""
        if style:
            style = style.replace(" ", "").lower()
        if "hidden" in attributes or "display:none" in style or "visibility:hidden" in style:
            return not any(word in classes.lower() for word in _SHOWN_ON_CLICK)
        return False

    def _letters(self, node: int) -> int:
        """Return how many letters stand in an element."""
        texts = self.tree.texts
        return sum(len(texts[i].strip()) for i in range(node, self.tree.ends[node]))


def _apply(sign: Sign, node: int, inline: bool, above: Place, place: Place) -> None:
    """Set what an element's sign says in its place."""
    if sign.role in ("body", "item"):
        if sign.role == "body" and (sign.firm or not above.body_firm):
            place.body, place.body_firm = node, sign.firm
            if above.role != "form":
                place.role, place.firm = "", False
    elif sign.role in AROUND:
        if sign.firm or not inline:
            place.role, place.firm = sign.role, sign.firm
        if sign.role in ("author", "date") and (inline or sign.exact):
            place.hint, place.hinting = sign.role, node
        elif inline:
            place.hint = ""
    elif sign.role == "title":
        place.role, place.firm = "title", sign.firm


def _as_link(place: Place) -> Place:
    """Return a place that differs from another only by being in a link."""
    return Place(
        place.role,
        place.firm,
        place.body,
        place.body_firm,
        place.slot,
        "a",
        True,
        place.is_preformatted,
        place.is_heading,
        place.in_aside,
        place.hint,
        place.hinting,
        "",
        place.list_depth,
    )


def joined(lines: Sequence[Line]) -> str:
    """Return lines as a text: a blank line between paragraphs, a newline at other breaks."""
    pieces: list[str] = []
    for line in lines:
        if pieces:
            pieces.append("\n\n" if line.breaks > 1 else "\n" if line.breaks else " ")
        pieces.append(f"{line.marker} {line.text}" if line.marker else line.text)
    return "".join(pieces)
