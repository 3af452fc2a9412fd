"""The rows of a queue file, one by one, when some of them are broken.

A quotation mark too many or too few makes a CSV reader swallow the rows behind it. Here a damaged
row costs itself only. Reading goes on at the next line that begins a sound row: one with as many
cells as the header and a comment's id in the right one. `cells.to_cell` sees to it that no line
within a comment looks like that, so a comment cannot pass for a row.

The work grows with the length of the file, however many rows are broken: a row that runs on over
lines is given up at the first line that begins another row, or after `_LONGEST_ROW` lines.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from moderation.review_queue.columns import COLUMNS, LABELS, REVIEWER_COLUMNS
from moderation.review_queue.verdict_words import verdict_of

SEPARATORS: Final = ",;\t"

_ID: Final = re.compile(r"c[0-9a-f]{16}")
_ANY_ID: Final = re.compile(r"[cC][0-9a-fA-F]{16}")
_AROUND_CELLS: Final = " \t\r\n\xa0\u202f\ufeff\u200b\"'`´‘’‚“”„«»="
_EXCEL_HINT: Final = re.compile(r'"?sep=(.)"?[,;\t]*\s*', re.IGNORECASE)
_JOINT: Final = re.compile(r'\ufeff|"?[cC][0-9a-fA-F]{16}|"?[iI][dD]"?[,;\t]')
_ROW_IN_CELL: Final = re.compile(
    r"""\n(?:.*[,;\t"'])? *[cC][0-9a-fA-F]{16} *(?:[,;\t"']|$)""", re.M
)

ROWS_AT_A_TIME: Final = 5_000
"""Few enough for the processor's cache, enough for a column that is made of them."""

_LINES_BEFORE_HEADER: Final = 50
_LONGEST_ROW: Final = 40_000
"""Lines; a cell of 32,000 characters that are all line ends is a row still."""
_LONGEST_PROBE: Final = 500
"""Lines of a row behind a damaged one, where rows cannot be told by their first line."""
_MOST_SHOWN: Final = 80

_ON_ONE_LINE: Final = frozenset(COLUMNS) - {"note", "text", "reasons", "source", "author", "terms"}
"""Columns that hold no line end, so that what follows them is on the row's first line."""
_READ_IN_PLACE: Final = ("id", "decision", "text", "note", "terms", "decided_with")
_ALWAYS_FILLED: Final = ("priority", "text", "source", "scored_by")


def clean_id(cell: str) -> str | None:
    """A comment's id without what people and spreadsheets put around it; None when it is none."""
    if _ID.fullmatch(cell):
        return cell
    bare = cell.strip(_AROUND_CELLS).lower()
    return bare if _ID.fullmatch(bare) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns of a queue file.

    ``names`` are ours in our spelling and people's own, ``width`` is how many there are, ``id_at``
    which of them is the id; ``is_led_by_id`` says that it is always on the first line of a row.
    """

    names: tuple[str, ...]
    separator: str

    width: int = field(init=False)
    id_at: int = field(init=False)
    is_led_by_id: bool = field(init=False)

    def __post_init__(self) -> None:
        place = self.names.index("id")
        object.__setattr__(self, "width", len(self.names))
        object.__setattr__(self, "id_at", place)
        object.__setattr__(self, "is_led_by_id", set(self.names[:place]) <= _ON_ONE_LINE)

    def at(self, column: str, row: Sequence[str]) -> str | None:
        """A row's cell in a column; None when the file or the row has none."""
        place = self.names.index(column) if column in self.names else len(row)
        return row[place] if place < len(row) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A row that could not be read: its number, its lines in the file, and what is wrong.

    ``problem`` is a clause that ends with what people wrote into the row; ``has_id`` says whether
    it names the comment.
    """

    row: int
    line: int
    last_line: int
    problem: str
    has_id: bool


@dataclass(slots=True, kw_only=True)
class Repairs:
    """The rows in which something was put right on the way: told in a remark, never silent."""

    headers: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    split: list[int] = field(default_factory=list)
    other_separator: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some rows below one header; a file that was glued from two has two headers.

    ``rows`` have as many cells as the header, ``numbers`` are theirs as a spreadsheet shows them.
    """

    header: Header
    rows: list[list[str]]
    numbers: list[int]


def find_header(lines: Sequence[str]) -> tuple[Header, int, int] | None:
    """The header among a file's first lines, how many lines it ends behind, and its row number.

    Several separators are tried; the one that tells most of our columns apart is taken.
    """
    hinted = _EXCEL_HINT.fullmatch(lines[0]) if lines else None
    start = 1 if hinted else 0
    separators = [hinted[1], *SEPARATORS] if hinted else SEPARATORS
    found = [_header_below(lines[start:], separator) for separator in separators]
    best = max(
        (one for one in found if one is not None),
        key=lambda one: len({*one[0].names} & {*COLUMNS}),
        default=None,
    )
    return best and (best[0], best[1] + start, best[2])


def _header_below(lines: Sequence[str], separator: str) -> tuple[Header, int, int] | None:
    reader = csv.reader(lines, delimiter=separator)
    try:
        for number, record in enumerate(islice(reader, _LINES_BEFORE_HEADER), start=1):
            if is_header(record):
                return Header(names=names_of(record), separator=separator), reader.line_num, number
    except csv.Error:
        pass
    return None


def is_header(record: Sequence[str]) -> bool:
    """Whether a row names the columns: one cell says 'id' and another 'decision'."""
    return {"id", "decision"} <= {our_name(cell) for cell in record} and not any(
        map(clean_id, record)
    )


def names_of(record: Sequence[str]) -> tuple[str, ...]:
    """Our names for our columns, each given once, and people's own names for the others."""
    names: list[str] = []
    for cell in record:
        ours = our_name(cell)
        own = " ".join(cell.strip("\ufeff").split())
        names.append(ours if ours in COLUMNS and ours not in names else own)
    return tuple(names)


def our_name(cell: str) -> str:
    """``"Decided at "`` and ``decided-at`` are ``decided_at``; also behind a misread mark."""
    bare = cell.removeprefix("ï»¿").strip(_AROUND_CELLS).casefold()
    return re.sub(r"[\s\xa0_-]+", "_", bare)


class _GivenUp(Exception):
    """A row runs on into lines that are not its own."""


class _Lines:
    """Physical lines with their numbers; those that a damaged row took can be given back.

    ``taken`` are the lines of the row in progress, ``first`` the number of the first of them.
    """

    def __init__(self, lines: Iterator[str], already_read: int) -> None:
        self._lines = lines
        self._back: deque[tuple[int, str]] = deque()
        self._number = already_read
        self._header: Header | None = None
        self._longest = _LONGEST_ROW
        self.taken: list[str] = []
        self.first = already_read + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._back:
            number, line = self._back.popleft()
        else:
            line = next(self._lines)
            number = self._number = self._number + 1
        if not self.taken:
            self.first = number
        elif self._belongs_elsewhere(line):
            self._back.appendleft((number, line))
            raise _GivenUp
        self.taken.append(line)
        return line

    def expect(self, header: Header, longest: int) -> None:
        """Give a row up where one of this header's rows begins, or when it is too long."""
        self._header, self._longest = header if header.is_led_by_id else None, longest

    def give_back(self, keep: int) -> None:
        """Keep the first lines of the row in progress, and let the others be read again."""
        numbers = range(self.first + keep, self.first + len(self.taken))
        self._back.extendleft(reversed(list(zip(numbers, self.taken[keep:], strict=True))))
        del self.taken[keep:]

    def take_back(self, count: int) -> None:
        """Take lines that were given back for the row in progress again."""
        self.first = self._back[0][0]
        self.taken.extend(self._back.popleft()[1] for _ in range(count))

    def cut_next(self, cut: int) -> None:
        """Let the rest of the next line, from a position on, be read as a line of its own."""
        number, line = self._back.popleft()
        self._back.appendleft((number, line[cut:].lstrip("\ufeff")))

    def _belongs_elsewhere(self, line: str) -> bool:
        if len(self.taken) >= self._longest:
            return True
        if self._header is None or _ANY_ID.search(line) is None:
            return False
        return begins_row(line, self._header)


def begins_row(line: str, header: Header) -> bool:
    """Whether a line has a comment's id where a row's first line has it."""
    cells = _cells_of(line, header.separator)
    return header.id_at < len(cells) > 1 and clean_id(cells[header.id_at]) is not None


def _cells_of(line: str, separator: str) -> list[str]:
    """A line's cells, as far as they can be told, whatever is wrong with its quotation marks."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


class RowReader:
    """Reads the rows below a header; afterwards ``damages`` and ``repairs`` say what was wrong."""

    def __init__(
        self, lines: Iterator[str], header: Header, at_line: int, at_row: int, has_damage: bool
    ) -> None:
        self.damages: list[Damage] = []
        self.repairs = Repairs()
        self._lines = _Lines(lines, at_line)
        self._row = at_row
        self._has_damage = has_damage
        self._is_probing = False
        self._is_at_end = False
        self._use(header)

    def sections(self) -> Iterator[Section]:
        """The rows, in the order of the file and some thousands at a time."""
        while not self._is_at_end:
            section = Section(header=self._header, rows=[], numbers=[])
            while len(section.rows) < ROWS_AT_A_TIME and self._header is section.header:
                if self._is_at_end:
                    break
                self._read_sound_rows(section)
            yield section

    def _use(self, header: Header) -> None:
        self._header = header
        self._reader = csv.reader(self._lines, delimiter=header.separator, strict=True)
        self._lines.expect(header, _LONGEST_ROW)

    def _read_sound_rows(self, section: Section) -> None:
        """Take rows as long as nothing is unusual, then settle the one that is."""
        if not section.header.is_led_by_id or self._has_damage:
            self._settle_next(section)
            return
        width, id_at, taken = section.header.width, section.header.id_at, self._lines.taken
        rows, numbers, row, is_id = section.rows, section.numbers, self._row, _ID.fullmatch
        before = len(rows)
        unusual: list[str] | Exception | None = None
        try:
            for record in self._reader:
                if len(record) != width or not is_id(record[id_at]):
                    unusual = record
                    break
                row += 1
                rows.append(record)
                numbers.append(row)
                taken.clear()
                if len(rows) >= ROWS_AT_A_TIME:
                    break
            else:
                self._is_at_end = True
        except (csv.Error, _GivenUp) as error:
            unusual = error
        self._row = row
        if len(rows) > before:
            self._found_sound_row()
        if unusual is not None:
            self._settle(unusual, section)

    def _settle_next(self, section: Section) -> None:
        record = self._attempt(self._reader)
        if record is None:
            self._is_at_end = True
        else:
            self._settle(record, section)

    def _attempt(self, reader: Iterator[list[str]]) -> list[str] | Exception | None:
        try:
            return next(reader, None)
        except (csv.Error, _GivenUp) as error:
            return error

    def _settle(self, record: list[str] | Exception, section: Section) -> None:
        """Take a row if it is sound after all; mend it, or name it and go on behind it."""
        if self._accept(record, section) or self._read_otherwise(section):
            return
        if not self._cut_apart(section):
            swallows = isinstance(record, list) and self._swallows_rows(record)
            self._leave_out(_GivenUp() if swallows else record)

    def _accept(self, record: list[str] | Exception, section: Section) -> bool:
        if isinstance(record, Exception) or self._swallows_rows(record):
            return False
        if (row := self._whole(record)) is not None:
            self._take(row, section)
        elif not any(cell.strip() for cell in record):
            self._row += not self._is_probing
        elif is_header(record):
            self._row += 1
            self.repairs.headers.append(self._row)
            self._use(Header(names=names_of(record), separator=self._header.separator))
        else:
            return False
        self._lines.taken.clear()
        return True

    def _swallows_rows(self, record: Sequence[str]) -> bool:
        """Whether a row whose id may stand on any of its lines has taken others in."""
        raw = self._lines.taken
        if self._header.is_led_by_id or (len(raw) == 1 and not self._is_probing):
            return False
        if self._is_probing and not _written_by_the_book("".join(raw), self._header.separator):
            return True
        return any(_ROW_IN_CELL.search(cell) for cell in record if "\n" in cell)

    def _whole(self, record: list[str]) -> list[str] | None:
        """A row with as many cells as the header and a sound id, if it can be had."""
        header = self._header
        found = clean_id(record[header.id_at]) if len(record) > header.id_at else None
        row, missing = record[: header.width], header.width - len(record)
        if found is None or any(cell.strip() for cell in record[header.width :]):
            return None
        if missing and not _is_lined_up(record, header):
            return None
        if missing > 0:
            if not self._lines.taken[-1].endswith("\n"):
                return None
            self.repairs.short.append(self._row + 1)
            row += [""] * missing
        row[header.id_at] = found
        return row

    def _take(self, row: list[str], section: Section) -> None:
        self._row += 1
        self._found_sound_row()
        if self._has_damage and any("\ufffd" in line for line in self._lines.taken):
            self.repairs.unreadable.append(self._row)
        section.rows.append(row)
        section.numbers.append(self._row)

    def _found_sound_row(self) -> None:
        if self._is_probing:
            self._is_probing = False
            self._lines.expect(self._header, _LONGEST_ROW)

    def _read_otherwise(self, section: Section) -> bool:
        """Read the row with another separator, as where two files were put together."""
        usual, lines = self._header, self._lines
        for separator in SEPARATORS:
            other = replace(usual, separator=separator)
            first = lines.taken[0]
            if separator == usual.separator or not _begins_row_or_header(first, other):
                continue
            taken = len(lines.taken)
            lines.give_back(0)
            self._use(other)
            record = self._attempt(self._reader)
            if record is not None and self._accept(record, section):
                self.repairs.other_separator.append(self._row)
                return True
            lines.give_back(0)
            self._use(usual)
            lines.take_back(taken)
        return False

    def _cut_apart(self, section: Section) -> bool:
        """Tell two rows apart that stand on one line, because the line end between them is gone."""
        lines = self._lines
        for place, line in enumerate(lines.taken):
            cut = self._joint(line)
            if cut is None:
                continue
            head = [*lines.taken[:place], line[:cut] + "\n"]
            if not self._take_head(head, section):
                if place > 0 or not (self._is_probing or begins_row(line, self._header)):
                    return False
                self._name(line[:cut], "another row follows on its line, and it is not whole")
            lines.give_back(place)
            lines.taken.clear()
            lines.cut_next(cut)
            return True
        return False

    def _joint(self, line: str) -> int | None:
        """Where another row, or another header, begins within a line."""
        header = self._header
        for match in _JOINT.finditer(line):
            if not line[: match.start()].strip(_AROUND_CELLS):
                continue
            rest = line[match.start() :].lstrip("\ufeff")
            is_row = header.id_at == 0 and begins_row(rest, header)
            if is_row or any(is_header(_cells_of(rest, one)) for one in SEPARATORS):
                return match.start()
        return None

    def _take_head(self, head: Sequence[str], section: Section) -> bool:
        try:
            (record,) = csv.reader(head, delimiter=self._header.separator, strict=True)
        except (csv.Error, ValueError):
            return False
        row = self._whole(record)
        if row is None:
            return False
        self._take(row, section)
        self.repairs.split.append(self._row)
        return True

    def _leave_out(self, record: list[str] | Exception) -> None:
        """Name a damaged row, and look for the next sound one from its second line on."""
        lines = self._lines
        wrong = _what_is_wrong(record, self._header, lines.taken[-1])
        if isinstance(record, list) and len(record) == self._header.width:
            self._name(lines.taken[0], wrong, record)
            lines.taken.clear()
            return
        self._name(lines.taken[0], wrong)
        lines.give_back(1)
        lines.taken.clear()
        self._is_probing = True
        self._lines.expect(
            self._header, _LONGEST_ROW if self._header.is_led_by_id else _LONGEST_PROBE
        )

    def _name(self, line: str, problem: str, record: Sequence[str] | None = None) -> None:
        """Add a damage, or a line to the last one: what follows a broken row is often its rest."""
        header, number = self._header, self._lines.first
        cells = record or _cells_of(line, header.separator)
        found = clean_id(header.at("id", cells) or "")
        if self._is_probing and self._is_rest(cells, found is not None):
            last = self.damages[-1]
            more = ", ".join(_further(cells, header, is_in_place=False))
            self.damages[-1] = replace(
                last,
                last_line=number,
                problem=f"{last.problem}, {more}" if more else last.problem,
                has_id=last.has_id or found is not None,
            )
            return
        self._row += 1
        self.damages.append(
            Damage(
                row=self._row,
                line=number,
                last_line=number,
                problem=f"{problem}; {_what_it_holds(line, cells, header)}",
                has_id=found is not None,
            )
        )

    def _is_rest(self, cells: Sequence[str], has_id: bool) -> bool:
        if self._header.is_led_by_id:
            return len(cells) != self._header.width and not (has_id and len(cells) > 1)
        return not (has_id and self.damages[-1].has_id)


def _begins_row_or_header(line: str, header: Header) -> bool:
    return begins_row(line, header) or is_header(_cells_of(line, header.separator))


def _written_by_the_book(text: str, separator: str) -> bool:
    """Whether each cell of a row is quoted as a spreadsheet would: wholly or not at all."""
    cell = rf'(?:"[^"]*(?:""[^"]*)*"|[^"\n{separator}]*|="[^"\n]*")'
    return re.fullmatch(rf"{cell}(?:{separator}{cell})*\n?", text) is not None


def _is_lined_up(row: Sequence[str], header: Header) -> bool:
    """Whether a row that is too short or too long has all but empty cells at its end in place.

    Excel leaves empty cells away in some rows. A separator lost or added changes a row's length
    too, but moves its cells into columns where they make no sense.
    """
    filled = [column for column in _ALWAYS_FILLED if column in header.names]
    numbers = [header.at(column, row) or "" for column in ("priority", *LABELS)]
    language = header.at("language", row) or ""
    return (
        header.at("decision", row) is not None
        and (len(row) < header.width or not {*LABELS, "language"}.isdisjoint(header.names))
        and all((header.at(column, row) or "").strip() for column in filled)
        and all(re.fullmatch(r"\s*(?:\d+(?:[.,]\d+)?\s*%?)?\s*", number) for number in numbers)
        and re.fullmatch(r"\D{0,12}", language) is not None
    )


def _what_is_wrong(record: list[str] | Exception, header: Header, last_line: str) -> str:
    if not last_line.endswith("\n"):
        return "the file ends within it"
    if isinstance(record, csv.Error) and "limit" in str(record):
        return "one of its cells is longer than 131,072 characters"
    if isinstance(record, Exception):
        return "a quotation mark is missing in it, or one is too many"
    if len(record) > header.width:
        return f"it has {len(record)} cells, but the header has {header.width}"
    if len(record) < header.width:
        return f"it has only {len(record)} cells, but the header has {header.width}"
    given = record[header.id_at].strip()
    return f"'{_shortened(given)}' is no comment id" if given else "it has no comment id"


def _what_it_holds(line: str, cells: Sequence[str], header: Header) -> str:
    """What a person wrote into a damaged row, as far as it can be told, or how the row begins."""
    found = clean_id(header.at("id", cells) or "")
    written = [
        f"{column} '{_shortened(cell)}'"
        for column in REVIEWER_COLUMNS
        if (cell := (header.at(column, cells) or "").strip())
    ]
    if found is None:
        written = written if len(cells) == header.width else []
        named = f"it begins '{_shortened(line)}'"
    else:
        named = f"comment {found}"
    is_in_place = found is not None or len(cells) == header.width
    return ", ".join([named, *written, *_further(cells, header, is_in_place=is_in_place)])


def _further(cells: Sequence[str], header: Header, *, is_in_place: bool) -> Iterator[str]:
    """Ids and verdicts that stand in other cells than theirs: those of a row that ran into it."""
    expected = {header.names.index(name) for name in _READ_IN_PLACE if name in header.names}
    for place, cell in enumerate(cells):
        if is_in_place and place in expected:
            continue
        if (other := clean_id(cell)) is not None:
            yield f"comment {other}"
        elif verdict_of(cell) is not None:
            yield f"'{_shortened(cell)}'"


def _shortened(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _MOST_SHOWN else f"{one_line[:_MOST_SHOWN]} …"
