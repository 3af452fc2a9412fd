"""Comments from the rows of a table, in portions.

There is no page text around them: a document is taken to be its comments' texts, one below the
other, and positions are positions in that. So they tell the order of comments as on a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.files import (
    AmbiguousColumns,
    ColumnNames,
    Columns,
    NoTextColumn,
    OpenedFile,
    UnreadablePage,
    choose_columns,
)
from moderation.files.columns import ROLES
from moderation.portions import Portion, ReadPage
from moderation.records import Comment
from moderation.separator import PageReceipt
from moderation.tables.opened import open_table
from moderation.tables.replies import Known, Replies
from moderation.tables.rows import BrokenOff, Notes, Row, Table, of_the_file
from moderation.tables.seen import Identity, Seen, site_number

ROWS_IN_A_PORTION = 1000
"""Fixed: it decides which comments stand behind each other, whatever the machine."""

LONGEST_ARTICLE_NAME = 200


def read_table(opened: OpenedFile, named: ColumnNames | None = None) -> Iterator[Portion]:
    """Read the comments of a table, a thousand rows a portion.

    All comments are one document, or one for each article where there is a column for it; documents
    are finished behind the last comment.

    Raises:
        UnreadablePage: when no column, or more than one, can be the text, and when the table is
            damaged. Where it breaks off in the middle, all before it was given and is finished;
            where single rows could not be read, all others were.
    """
    try:
        with open_table(opened, named) as table:
            columns = choose_columns(table.columns, table.sample, named)
            yield from _Reading(opened, table, columns).portions()
    except (NoTextColumn, AmbiguousColumns) as error:
        raise UnreadablePage(f"it is {opened.kind.title}: {error}") from error
    except OSError as error:
        raise UnreadablePage(error.strerror or str(error)) from error


@dataclass(slots=True, kw_only=True)
class _Cells:
    """A row's cells by what they are."""

    text: str
    id: str = ""
    author: str = ""
    time: str = ""
    parent: str = ""
    article: str = ""


class _Reading:
    """One pass over a table."""

    def __init__(self, opened: OpenedFile, table: Table, columns: Columns) -> None:
        self._page = opened.page
        self._opened = opened
        self._table = table
        self._columns = columns
        self._roles = [role for role in ROLES if getattr(columns, role) is not None]
        self._notes = Notes(table.place)
        self._seen = Seen()
        self._replies = Replies()
        self._number = 0
        self._found: dict[str, int] = {}
        self._length: dict[str, int] = {}

    def portions(self) -> Iterator[Portion]:
        problem = None
        rows = self._table.rows([getattr(self._columns, role) for role in self._roles], self._notes)
        more = True
        while more and problem is None:
            taken, problem = _take(rows)
            more = len(taken) == ROWS_IN_A_PORTION
            if taken:
                yield self._portion(taken)
        yield from self._finish(problem)
        kept = sum(self._found.values())
        if problem is not None:
            what = getattr(problem, "strerror", None) or str(problem)
            raise UnreadablePage(f"it breaks off: {what}. The {kept:,} comments before are kept")
        if losses := self._notes.losses():
            raise UnreadablePage(f"not all of it was read: {losses}. {kept:,} comments are kept")

    def _portion(self, rows: Sequence[Row]) -> Portion:
        first = self._number + 1
        self._number += len(rows)
        filled = [
            (number, row, cells)
            for number, row in enumerate(rows, first)
            if self._has_text(cells := self._cells(row), row)
        ]
        documents = [
            self._document(row.article or cells.article or row.list_name)
            for _, row, cells in filled
        ]
        names = self._seen.ids(
            [
                Identity(
                    document_id=document,
                    author=cells.author or None,
                    posted_at=cells.time or None,
                    text=cells.text,
                    own_id=cells.id,
                )
                for document, (_, _, cells) in zip(documents, filled, strict=True)
            ]
        )
        comments = tuple(
            self._comment(name, document, number, row, cells)
            for name, document, (number, row, cells) in zip(names, documents, filled, strict=True)
        )
        sources = {document: self._source(document) for document in documents}
        return Portion(article="", comments=comments, sources=sources)

    def _cells(self, row: Row) -> _Cells:
        cells = _Cells(**dict(zip(self._roles, row.cells, strict=True)))
        cells.id, cells.parent = cells.id.strip(), cells.parent.strip()
        cells.author, cells.time = cells.author.strip(), cells.time.strip()
        return cells

    def _has_text(self, cells: _Cells, row: Row) -> bool:
        if cells.text.strip() and cells.text != "\\N":
            return True
        self._notes.count("without text", row.line)
        return False

    def _document(self, article: str) -> str:
        name = _article_name(article)
        document = f"{self._page.id}#{name}" if name else self._page.id
        self._found[document] = self._found.get(document, 0) + 1
        return document

    def _source(self, document: str) -> str:
        return self._page.source + document[len(self._page.id) :]

    def _comment(self, name: str, document: str, number: int, row: Row, cells: _Cells) -> Comment:
        replies = self._replies
        parent = replies.parent(row.parent_key or cells.parent, cells.id)
        level = parent.level + 1 if parent is not None else 0
        if self._columns.parent is not None:
            replies.remember(cells.id, Known(name, level))
        replies.remember(row.key, Known(name, level))
        start = self._length.get(document, 0)
        end = start + len(cells.text)
        self._length[document] = end + 1
        return Comment(
            id=name,
            document_id=document,
            number=number,
            place=str(number),
            start=start,
            end=end,
            text=cells.text,
            author=cells.author or None,
            posted_at=cells.time or None,
            parent_id=parent.id if parent is not None else None,
            level=level,
            site_number=site_number(cells.id),
        )

    def _finish(self, problem: Exception | None) -> Iterator[Portion]:
        """Finish all documents, a portion for every thousand; the first has the warnings."""
        documents = list(self._found) or [self._page.id]
        sha256 = self._opened.sha256
        warnings = self._warnings(problem)
        for start in range(0, len(documents), ROWS_IN_A_PORTION):
            pages = []
            for document in documents[start : start + ROWS_IN_A_PORTION]:
                pages.append(self._read_page(document, sha256, warnings))
                warnings = ()
            yield Portion(article="", comments=(), sources={}, finished=tuple(pages))

    def _warnings(self, problem: Exception | None) -> tuple[str, ...]:
        warnings = [self._columns.shown] if self._columns.guessed else []
        warnings += self._notes.warnings()
        warnings.append(self._replies.warning())
        if problem is not None:
            warnings.append("the table breaks off and was not read to its end")
        return of_the_file(warnings, len(self._found))

    def _read_page(self, document: str, sha256: str, warnings: tuple[str, ...]) -> ReadPage:
        found = self._found.get(document, 0)
        counted = "1 comment" if found == 1 else f"{found:,} comments"
        return ReadPage(
            id=document,
            source=self._source(document),
            sha256=sha256,
            encoding=self._notes.encoding,
            media_type=self._opened.kind.media_type,
            receipt=PageReceipt(
                found=found,
                message=f"{counted} found in the rows of a table.",
                confidence=1.0,
                evidence=(self._columns.shown, self._table.description),
            ),
            warnings=warnings,
        )


def _take(rows: Iterator[Row]) -> tuple[list[Row], Exception | None]:
    """Read the rows of a portion; a problem comes after those before it."""
    taken: list[Row] = []
    try:
        for row in rows:
            taken.append(row)
            if len(taken) == ROWS_IN_A_PORTION:
                break
    except (BrokenOff, OSError) as error:
        return taken, error
    return taken, None


def _article_name(cell: str) -> str:
    """Write an article's name on one line, and a long one as its beginning and a hash."""
    name = " ".join(cell.split())
    if len(name) <= LONGEST_ARTICLE_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name[:80]}… {digest}"
