"""Make a stranger's text safe in a spreadsheet cell, and turn it back without loss.

Four dangers, undone in the reverse order by `from_cell`:

- Characters that cannot be seen (bidirectional controls, zero-width and control characters) are
  written out as ``⟦U+202E⟧``. Joiners that a script or an emoji needs stay.
- A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, and turns
  ``007`` into 7 and ``5 May`` into a date. Such a cell gets an apostrophe in front, the mark that
  spreadsheets themselves use for "this is text". So does each further line that begins so, and the
  sign of ``;=`` is written out: where a country's spreadsheets expect semicolons, opening the file
  cuts cells at line ends and semicolons, and what stands behind the cut must not run either.
- A line of a comment could pass for a row of the queue, where a quotation mark was lost on the way.
  A row is known by its id; so the ``c`` of an id is written out on each further line of a cell.
- A spreadsheet cuts or splits a cell beyond 32,767 characters. A longer text ends in a note that
  says so; the whole of it stands in the scores file.

Sources: OWASP, "CSV Injection"; Excel specifications and limits.
"""

from __future__ import annotations

import re

LONGEST_CELL = 32_000
"""Characters; Excel's limit of 32,767 less room for the note."""

_INVISIBLE = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # all controls but the line feed: LibreOffice drops tabs too
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"  # lone surrogates cannot be written as UTF-8 at all
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    "]"
    "|⟦(?=U\\+)"  # our own mark, when a comment happens to hold one
)
_WRITTEN_OUT = re.compile("⟦U\\+([0-9A-F]{4,6})⟧")

_ZERO_WIDTH_JOINER, _ZERO_WIDTH_NON_JOINER = "\u200d", "\u200c"
_EMOJI = "[\u2190-\u2bff\U0001f000-\U0001faff]"
_JOINING_SCRIPT = "[\u0620-\u07ff\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]"
_NEEDED_JOINER = re.compile(
    f"(?<={_EMOJI})\u200d(?={_EMOJI})"
    f"|(?<={_EMOJI}[\ufe0f\U0001f3fb-\U0001f3ff])\u200d(?={_EMOJI})"
    f"|(?<={_JOINING_SCRIPT})[\u200c\u200d](?={_JOINING_SCRIPT})"
)

_SIGN = "[=+\\-@\uff0b\uff0d\uff1d\uff20]"
_LINE_TO_MARK = re.compile(rf"^(?='*[^\S\n]*{_SIGN})", re.MULTILINE)
_MARKED_LINE = re.compile(rf"^'(?='*[^\S\n]*{_SIGN})", re.MULTILINE)
_SIGN_AFTER_SEMICOLON = re.compile(r"(?<=;)(?P<blanks> *)(?P<sign>[=@]|[+-](?=\(*\w))")

_COMMENT_ID = re.compile("(?<![0-9A-Za-z])[cC](?=[0-9A-Fa-f]{16}(?![0-9A-Za-z]))")

_LONGEST_LOOK_ALIKE = 40
_VALUE_CHARACTERS = re.compile(r"[\w\s.,:;/+%()#'’°\u2212\u2013$€£¥₹-]*")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_TRUTH_WORDS = frozenset(
    "true false wahr falsch vrai faux verdadero falso verdadeiro vero waar onwaar prawda fałsz "
    "истина ложь doğru yanlış sant falskt".split()
)


def to_cell(text: str) -> str:
    """Write a text so that a spreadsheet shows all of it, runs none of it and keeps it as it is."""
    safe = _without_rows(_SIGN_AFTER_SEMICOLON.sub(_write_sign_out, show_invisible(text)))
    marked = f"'{safe}" if _looks_like_a_value(safe.lstrip("'")) else safe
    return _within_cell(_LINE_TO_MARK.sub("'", marked))


def from_cell(cell: str) -> str:
    """Undo `to_cell`: the text as it was, unless it was too long for a cell."""
    unmarked = _MARKED_LINE.sub("", cell)
    if unmarked.startswith("'") and _looks_like_a_value(unmarked.lstrip("'")):
        unmarked = unmarked[1:]
    return _WRITTEN_OUT.sub(lambda match: chr(int(match[1], 16)), unmarked)


def show_invisible(text: str) -> str:
    """Write out every character of a text that cannot be seen, but for line ends."""
    if _INVISIBLE.search(text) is None:
        return text
    needed = {match.start() for match in _NEEDED_JOINER.finditer(text)}
    return _INVISIBLE.sub(
        lambda match: match[0] if match.start() in needed else f"⟦U+{ord(match[0]):04X}⟧", text
    )


def _without_rows(text: str) -> str:
    first, line_end, further = text.partition("\n")
    if not line_end:
        return text
    return first + line_end + _COMMENT_ID.sub(lambda match: f"⟦U+{ord(match[0]):04X}⟧", further)


def _write_sign_out(match: re.Match[str]) -> str:
    return f"{match['blanks']}⟦U+{ord(match['sign']):04X}⟧"


def _looks_like_a_value(text: str) -> bool:
    """Tell what a spreadsheet might take for a number, a date, a time or a truth value.

    Deliberately wide, since month names and currencies differ by language: digits with at most one
    word ('5 May', '1e5', '20 %'), or with two words and a second number ('3 Mar 2024 9 pm').
    """
    if len(text) > _LONGEST_LOOK_ALIKE or _VALUE_CHARACTERS.fullmatch(text) is None:
        return False
    numbers, words = _NUMBER.findall(text), _WORD.findall(text)
    if numbers:
        return len(words) <= 1 or (len(words) == 2 and len(numbers) >= 2)
    return text.strip().casefold() in _TRUTH_WORDS


def _within_cell(cell: str) -> str:
    if len(cell) <= LONGEST_CELL:
        return cell
    left_out = len(cell) - LONGEST_CELL
    return f"{cell[:LONGEST_CELL]} […{left_out:,} more characters: see the scores file]"
