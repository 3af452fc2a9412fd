"""What the tests of tables and exports share: a file read to its end, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from moderation.exports import read_export
from moderation.files import ColumnNames, UnreadablePage, open_file
from moderation.portions import Portion, ReadPage
from moderation.records import Comment
from moderation.sources import PagePath, find_pages
from moderation.tables import read_table


@dataclass(kw_only=True)
class WasRead:
    """All portions of a file, what they hold, and how it ended."""

    portions: list[Portion] = field(default_factory=list)
    failure: str = ""

    @property
    def comments(self) -> list[Comment]:
        return [comment for portion in self.portions for comment in portion.comments]

    @property
    def finished(self) -> list[ReadPage]:
        return [page for portion in self.portions for page in portion.finished]

    @property
    def texts(self) -> list[str]:
        return [comment.text for comment in self.comments]

    @property
    def warnings(self) -> list[str]:
        return [warning for page in self.finished for warning in page.warnings]


def read_file(path: Path, columns: ColumnNames | None = None) -> WasRead:
    """Read a table or an export as the pass does: what came before a failure counts."""
    (page,) = find_pages([path]).pages
    return read_found(page, columns)


def read_found(page: PagePath, columns: ColumnNames | None = None) -> WasRead:
    """Read what was found; all laws that every reader keeps are held against it."""
    was = WasRead()
    try:
        with open_file(page) as opened:
            portions: Iterator[Portion]
            if opened.kind.family == "table":
                portions = read_table(opened, columns)
            else:
                portions = read_export(opened)
            for portion in portions:
                was.portions.append(portion)
    except UnreadablePage as error:
        was.failure = str(error)
    hold_the_laws(was)
    return was


def hold_the_laws(was: WasRead) -> None:
    """Every document is finished once, every comment counted, named apart, and has a source."""
    finished = [page.id for page in was.finished]
    assert len(set(finished)) == len(finished)
    ids = [comment.id for comment in was.comments]
    assert len(set(ids)) == len(ids)
    assert sum(page.receipt.found for page in was.finished) == len(ids)
    assert {comment.document_id for comment in was.comments} <= set(finished)
    by_id = {page.id: page.source for page in was.finished}
    known: set[str] = set()
    below: dict[str, int] = {}
    done: set[str] = set()
    for portion in was.portions:
        assert len(portion.comments) <= 1000
        assert {comment.document_id for comment in portion.comments} == set(portion.sources)
        assert all(by_id[document] == source for document, source in portion.sources.items())
        for comment in portion.comments:
            assert comment.document_id not in done
            assert comment.parent_id is None or comment.parent_id in known
            # A document is its comments' texts, one below the other.
            start = below.get(comment.document_id, 0)
            assert (comment.start, comment.end) == (start, start + len(comment.text))
            below[comment.document_id] = comment.end + 1
            known.add(comment.id)
        done |= {page.id for page in portion.finished}
