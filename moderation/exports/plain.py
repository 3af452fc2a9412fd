"""The HTML of a comment as plain text.

Only whole tags are taken for markup. What is not closed is shown as it stands, so that nothing that
somebody wrote is lost, and the standard library's parser meets nothing that makes it slow.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "address article aside dd details div dl dt fieldset figcaption figure footer form header hr "
    "li main nav section table tr".split()
)
_PARAGRAPHS = frozenset("p blockquote h1 h2 h3 h4 h5 h6 ol ul pre".split())
MOST_QUOTES = 5
"""Quotations inside each other that are shown as such."""

_SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
_LINE_SPACES = re.compile(r"[ \t\r\f\xa0]+")
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")


def plain_text(html: str, *, keep_lines: bool = False) -> str:
    """Write HTML as plain text.

    Paragraphs are parted by a blank line, ``<br>`` ends a line, lines of a quotation begin with
    ``> ``, entities are decoded, of a link its text stays and of a picture what it is said to show.
    ``keep_lines`` keeps the line ends of the source, as systems do that make paragraphs of them.
    """
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    if "<" not in html and "&" not in html and keep_lines:
        return html.strip()
    writer = _Writer(keep_lines)
    writer.feed(_NO_TAG.sub("&lt;", _without_comments(html)))
    writer.close()
    return writer.text()


def _without_comments(html: str) -> str:
    kept: list[str] = []
    place = 0
    while (start := html.find("<!--", place)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[place:start])
        place = end + 3
    return "".join(kept) + html[place:]


class _Writer(HTMLParser):
    def __init__(self, keep_lines: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._keep_lines = keep_lines
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank_due = False
        self._quotes = self._last_quotes = 0
        self._verbatim = 0

    def set_cdata_mode(self, *_: object, **__: object) -> None:
        """Take no element's content for anything but text: what a script says is shown too."""

    def text(self) -> str:
        """Give what was written."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    # The names of what follows are the standard library's.
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break()
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")
        else:
            self._edge(tag)
            self._quotes += tag == "blockquote"
            self._verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._edge(tag)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._verbatim = max(0, self._verbatim - 1)

    def handle_data(self, data: str) -> None:
        if not (self._keep_lines or self._verbatim):
            self._write(_SPACES.sub(" ", data))
            return
        first, *others = _LINE_SPACES.sub(" ", data).split("\n")
        self._write(first)
        for line in others:
            self._break()
            self._write(line)

    def _write(self, text: str) -> None:
        # One space between words, none at the beginning of a line.
        if not self._line or self._line[-1][-1] == " ":
            text = text.lstrip(" ")
        if text:
            self._line.append(text)

    def _edge(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._end_line()
            self._blank_due = True
        elif tag in _BLOCKS:
            self._end_line()

    def _break(self) -> None:
        if any(map(str.strip, self._line)):
            self._end_line()
        else:
            self._blank_due = True

    def _end_line(self) -> None:
        line, self._line = "".join(self._line).strip(), []
        if not line:
            return
        quotes = min(self._quotes, MOST_QUOTES)
        mark = "> " * quotes
        if self._blank_due and self._lines:
            self._lines.append(("> " * min(quotes, self._last_quotes)).rstrip())
        self._blank_due = False
        self._last_quotes = quotes
        self._lines.append(mark + line)
