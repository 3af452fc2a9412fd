"""The visible text of a part of a page, as lines that know in which element they stand.

A line ends where a browser would break it: at blocks and at ``<br>``. Loops only, linear time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moderation.markup.signs import INLINE_TAGS, NOTHING, Role, Sign, words_of
from moderation.markup.tree import TEXT, Tree

ASIDE_TAGS = frozenset(("nav", "aside", "footer"))
FORM_TAGS = frozenset("form button input label fieldset".split())
PARAGRAPH_TAGS = frozenset("p blockquote ul ol dl pre table h1 h2 h3 h4 h5 h6 figure hr".split())
_HIDDEN_TOKENS = words_of("hidden_tokens")
_SHOWN_ON_CLICK = words_of("shown_on_click_words")
_SMILEY_WORDS = words_of("smiley_words")
LONGEST_SMILEY = 24
_SURROUNDINGS = frozenset[Role](("author", "date", "head", "foot", "form", "aside"))


@dataclass(slots=True)
class Line:
    """One line: its text, the breaks before it (0 to 2), and what its elements' names say.

    ``role`` is what the nearest element with a sign says; ``firm`` whether it speaks of comments.
    ``body`` is the innermost element that is named as the words of a comment, or -1. ``slot``
    names the path of elements to the line, alike for the same place in every comment. ``hints``
    are the texts of inline elements named as author or date. ``links`` counts letters in links.
    ``marker`` is the list marker of the item that the line opens, ``list_depth`` how many lists it
    stands in; ``in_aside`` tells of navigation, footers and the like.
    """

    text: str
    breaks: int
    role: Role
    firm: bool
    body: int
    body_firm: bool
    slot: str
    tag: str
    node: int
    hints: list[tuple[Role, str]] = field(default_factory=list)
    links: int = 0
    marker: str = ""
    list_depth: int = 0
    in_aside: bool = False


@dataclass(slots=True)
class _Frame:
    """An open element: what holds for the text in it."""

    end: int
    role: Role
    firm: bool
    body: int
    body_firm: bool
    slot: str
    tag: str
    inline: bool
    link: bool
    preformatted: bool
    hint: Role = ""
    hinting: int = -1
    list_tag: str = ""
    count: int = 0
    list_depth: int = 0
    in_aside: bool = False


class LineReader:
    """Collects lines from stretches of a tree; ``hidden`` counts letters that nobody sees."""

    def __init__(self, tree: Tree, signs: Mapping[int, Sign]) -> None:
        self.tree = tree
        self.signs = signs
        self.hidden = 0

    def read(self, start: int, end: int, skipped: Sequence[tuple[int, int]] = ()) -> list[Line]:
        """Return the lines of the nodes from ``start`` to ``end`` but for some stretches."""
        lines: list[Line] = []
        frames: list[_Frame] = [_Frame(end, "", False, -1, False, "", "", False, False, False)]
        holes = iter((*skipped, (end, end)))
        hole = next(holes)
        breaks = 2
        node = start
        self._open: Line | None = None
        self._marker = ""
        self._hinting = -1
        while node < end:
            while node >= hole[1] and hole[0] < end:
                hole = next(holes)
            while frames[-1].end <= node and len(frames) > 1:
                breaks = max(breaks, self._close(frames.pop(), lines))
            if node >= hole[0] and node < hole[1]:
                breaks, node = 2, hole[1]
                self._finish(lines)
                continue
            tag = self.tree.tags[node]
            if tag == TEXT:
                breaks = self._add_text(self.tree.texts[node], node, frames, breaks, lines)
                node += 1
                continue
            if tag == "br":
                self._finish(lines)
                breaks, node = min(2, breaks + 1), node + 1
                continue
            if tag == "img":
                breaks = self._add_text(self._smiley(node), node, frames, breaks, lines)
                node += 1
                continue
            if self._is_hidden(node):
                self.hidden += self._letters(node)
                node = self.tree.ends[node]
                continue
            frame = self._frame(node, tag, frames[-1])
            if not frame.inline or (
                frame.firm and frame.role in _SURROUNDINGS and not frames[-1].firm
            ):
                self._finish(lines)
                if not frame.inline:
                    breaks = max(breaks, 2 if tag in PARAGRAPH_TAGS else 1)
            if tag == "li" and frames[-1].list_tag:
                frames[-1].count += 1
                self._marker = f"{frames[-1].count}." if frames[-1].list_tag == "ol" else "•"
            frames.append(frame)
            node += 1
        while len(frames) > 1:
            self._close(frames.pop(), lines)
        self._finish(lines)
        return lines

    def _frame(self, node: int, tag: str, above: _Frame) -> _Frame:
        """Return what holds inside an element."""
        sign = self.signs.get(node, NOTHING)
        inline = tag in INLINE_TAGS
        role, firm, body, body_firm = above.role, above.firm, above.body, above.body_firm
        hint = above.hint if inline else ""
        if tag in FORM_TAGS:
            role, firm = "form", True
        elif sign.role in ("body", "item"):
            if sign.role == "body" and (sign.firm or not body_firm):
                body, body_firm = node, sign.firm
                if above.role != "form":
                    role, firm = "", False
        elif sign.role in _SURROUNDINGS:
            if sign.firm or not inline:
                role, firm = sign.role, sign.firm
            if sign.role in ("author", "date") and (inline or sign.exact):
                hint = sign.role
            elif inline:
                hint = ""
        elif sign.role == "title":
            role, firm = "title", sign.firm
        if tag == "cite" and not hint:
            hint = "author"
        slot = (
            above.slot
            if inline and not sign.role
            else f"{above.slot[-200:]}>{tag}.{sign.key or self._first_class(node)}"
        )
        return _Frame(
            self.tree.ends[node],
            role,
            firm,
            body,
            body_firm,
            slot,
            tag,
            inline,
            above.link or tag == "a",
            above.preformatted or tag == "pre",
            hint,
            node if hint and (hint != above.hint or sign.role == hint) else above.hinting,
            tag if tag in ("ol", "ul") else "",
            list_depth=above.list_depth + (tag in ("ol", "ul")),
            in_aside=above.in_aside or tag in ASIDE_TAGS,
        )

    def _first_class(self, node: int) -> str:
        classes = self.tree.attribute(node, "class").split(None, 1)
        return classes[0] if classes else ""

    def _close(self, frame: _Frame, lines: list[Line]) -> int:
        """End an element; return the breaks that follow it."""
        if frame.inline:
            if frame.firm and frame.role in _SURROUNDINGS:
                self._finish(lines)
            return 0
        self._finish(lines)
        return 2 if frame.tag in PARAGRAPH_TAGS else 1

    def _add_text(
        self, text: str, node: int, frames: list[_Frame], breaks: int, lines: list[Line]
    ) -> int:
        """Add a text to the open line, or begin one; return the breaks that are still to come."""
        frame = frames[-1]
        if frame.preformatted and "\n" in text.strip("\n"):
            for part in text.strip("\n").split("\n"):
                self._finish(lines)
                self._begin(part.rstrip(), node, frame, max(breaks, 1))
                breaks = 1
            self._finish(lines)
            return 1
        words = text.split()
        if not words:
            if self._open is not None and text and not self._open.text.endswith(" "):
                self._open.text += " "
            return breaks
        clean = " ".join(words)
        space_before = text[0].isspace()
        line = self._open
        if line is None:
            self._begin(clean, node, frame, breaks)
            line = self._open
            assert line is not None
        else:
            line.text += (" " if space_before and not line.text.endswith(" ") else "") + clean
        if text[-1].isspace():
            line.text += " "
        if frame.hint:
            if line.hints and line.hints[-1][0] == frame.hint and self._hinting == frame.hinting:
                said = line.hints[-1][1] + (" " if space_before else "") + clean
                line.hints[-1] = (frame.hint, said)
            else:
                line.hints.append((frame.hint, clean))
            self._hinting = frame.hinting
        if frame.link:
            line.links += len(clean)
        return 0

    def _begin(self, text: str, node: int, frame: _Frame, breaks: int) -> None:
        """Begin a line."""
        self._open = Line(
            text,
            breaks,
            frame.role,
            frame.firm,
            frame.body,
            frame.body_firm,
            frame.slot,
            frame.tag,
            node,
            marker=self._marker,
            list_depth=frame.list_depth,
            in_aside=frame.in_aside,
        )
        self._marker = ""

    def _finish(self, lines: list[Line]) -> None:
        """End the open line."""
        if self._open is not None:
            self._open.text = self._open.text.strip()
            if self._open.text:
                lines.append(self._open)
            self._open = None

    def _smiley(self, node: int) -> str:
        """Return what a picture in a line of text says, if it stands for a smiley."""
        attributes = self.tree.attributes.get(node, {})
        alternative = attributes.get("alt", "")
        if not alternative or len(alternative) > LONGEST_SMILEY:
            return ""
        names = f"{attributes.get('class', '')} {attributes.get('src', '')[-200:]}".lower()
        return alternative if any(word in names for word in _SMILEY_WORDS) else ""

    def _is_hidden(self, node: int) -> bool:
        """Tell whether the page hides an element from everyone who reads it."""
        attributes = self.tree.attributes.get(node)
        if not attributes:
            return False
        if self.signs.get(node, NOTHING).role == "item":
            return False
        classes = attributes.get("class", "")
        if classes and not _HIDDEN_TOKENS.isdisjoint(classes.split()):
            return True
        style = attributes.get("style", "")
        if style:
            style = style.replace(" ", "").lower()
        if "hidden" in attributes or "display:none" in style or "visibility:hidden" in style:
            return not any(word in classes.lower() for word in _SHOWN_ON_CLICK)
        return False

    def _letters(self, node: int) -> int:
        """Return how many letters stand in an element."""
        texts = self.tree.texts
        return sum(len(texts[i].strip()) for i in range(node, self.tree.ends[node]))


def joined(lines: Sequence[Line]) -> str:
    """Return lines as a text: a blank line between paragraphs, a newline at other breaks."""
    pieces: list[str] = []
    for line in lines:
        if pieces:
            pieces.append("\n\n" if line.breaks > 1 else "\n" if line.breaks else " ")
        pieces.append(
            f"{line.marker} {line.text}" if line.marker and line.list_depth > 0 else line.text
        )
    return "".join(pieces)
