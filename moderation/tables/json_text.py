"""A JSON text of any size, taken apart at its brackets; each value is read by the standard library.

Lists are walked entry by entry, so that a file of one long list is never held whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moderation.tables.rows import LONGEST_CELL, BrokenOff

MOST_DEPTH = 6
"""Objects inside each other in which lists are looked for."""

LONGEST_VALUE = 4 * LONGEST_CELL
"""Characters of an object with all that is nested in it; it is held whole. What is longer lacks a
quotation mark or a bracket, or is one object around a whole site."""

_SPACE = re.compile(r"[ \t\n\r\ufeff]*")
_AT_ONCE = 65_536


class JsonText:
    """A cursor over the text of a JSON file that comes in blocks."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._place = 0
        self._line = 1
        self._counted = 0
        self._ended = False

    @property
    def line(self) -> int:
        """The number of the line on which the cursor stands."""
        self._line += self._text.count("\n", self._counted, self._place)
        self._counted = self._place
        return self._line

    def lists(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int, Any]]:
        """Give every entry of every list, with the list's path of names and the entry's line.

        Lists inside entries are part of them.

        Raises:
            BrokenOff: where it is no JSON, with the line.
        """
        while self._peek():
            yield from self._walk(path)

    def _walk(self, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int, Any]]:
        opening = self._peek()
        if opening == "[":
            for _ in self._entries("]"):
                line = self.line
                yield path, line, self._value()
        elif opening == "{" and len(path) < MOST_DEPTH:
            for _ in self._entries("}"):
                name = self._value()
                self._expect(":")
                yield from self._walk((*path, str(name)))
        else:
            self._value()

    def _entries(self, closing: str) -> Iterator[None]:
        """Stop at the beginning of each entry; the caller reads it."""
        self._place += 1
        if self._peek() == closing:
            self._place += 1
            return
        while True:
            yield
            mark = self._peek()
            if mark not in {",", closing}:
                raise self._broken(f"{mark!r} where a comma or {closing} belongs")
            self._place += 1
            if mark == closing:
                return

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._broken(f"a {mark} is missing")
        self._place += 1

    def _peek(self) -> str:
        """Give the next character that is not space; nothing at the end."""
        while True:
            match = _SPACE.match(self._text, self._place)
            assert match is not None
            self._place = match.end()
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def _value(self) -> Any:
        """Read a value whole."""
        self._peek()
        wanted = _AT_ONCE
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except RecursionError as error:
                raise self._broken("brackets are nested too deep") from error
            except ValueError as error:
                if self._ended:
                    what = getattr(error, "msg", str(error).partition(":")[0])
                    what = what.removesuffix(" starting at")
                    raise self._broken(what) from error
            else:
                # A number at the end of what is here may go on.
                if end < len(self._text) or self._ended:
                    self._place = end
                    return value
            wanted = self._read_on(wanted)

    def _read_on(self, wanted: int) -> int:
        """Bring more of the text, twice as much each time; give what to bring next."""
        if len(self._text) - self._place >= LONGEST_VALUE:
            raise self._broken(f"a value of more than {LONGEST_VALUE:,} characters")
        while len(self._text) - self._place < min(wanted, LONGEST_VALUE) and self._more():
            pass
        return max(wanted, len(self._text) - self._place) * 2

    def _more(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return False
        _ = self.line  # what goes out of sight is counted first
        self._text = self._text[self._place :] + block
        self._place = self._counted = 0
        return True

    def _broken(self, what: str) -> BrokenOff:
        if self._ended and self._place >= len(self._text):
            what = "the file ends too early"
        return BrokenOff(f"line {self.line:,} is no JSON: {what}")
