"""Files read and their comments found, in portions; what cannot be read is reported, never dropped.

Used by the pass and by every other command that looks into pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from moderation.errors import UsageError
from moderation.exports import read_export
from moderation.files import ColumnNames, OpenedFile, PagePath, UnreadablePage, open_file
from moderation.files.kinds import DATA_SUFFIXES
from moderation.portions import Portion, ReadPage, Unread
from moderation.records import Comment, PassedOver, with_places
from moderation.separator import PageReceipt, Separation, separate
from moderation.sources import FoundPages, TextPage, found_in, read_text_page
from moderation.tables import read_table

if TYPE_CHECKING:
    from moderation.markup import SeparatedHtml


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedPage:
    """A page as it was read, and all its comments: for those who look at one page at a time."""

    page: ReadPage
    comments: tuple[Comment, ...]

    @property
    def source(self) -> str:
        """The path to show people."""
        return self.page.source

    @property
    def receipt(self) -> PageReceipt:
        """What the separator says of it."""
        return self.page.receipt

    def as_json(self) -> dict[str, Any]:
        """The page's comments and receipt as plain data."""
        return {
            "source": self.source,
            "encoding": self.page.encoding,
            "warnings": list(self.page.warnings),
            "comments": [asdict(comment) for comment in self.comments],
            "receipt": asdict(self.page.receipt),
        }


def require_pages(found: FoundPages) -> FoundPages:
    """Give back what was found.

    Raises:
        UsageError: when nothing that was named is a page; a scan of nothing is not a clean scan.
    """
    if not found.pages:
        problems = [f"{missing.source}: {missing.reason}" for missing in found.missing]
        named = "; ".join(problems) or "No path was given"
        raise UsageError(f"There is nothing to read. {named}.")
    return found


def read_portions(
    found: FoundPages,
    on_failure: Callable[[PassedOver], None],
    on_skip: Callable[[PassedOver], None] = lambda skipped: None,
    columns: ColumnNames | None = None,
) -> Iterator[Portion]:
    """Read files in order; ``on_failure`` hears of each that cannot be read, or not to its end.

    ``on_skip`` hears of what lay in another place and turned out, once fetched, to be no page.
    ``columns`` are those that a user named for the tables among them.
    """
    for missing in found.missing:
        on_failure(missing)
    for page in found.pages:
        for one in contents_of(page, columns):
            if isinstance(one, Portion):
                yield one
            else:
                (on_failure if one.is_failure else on_skip)(one.what)


def contents_of(page: PagePath, columns: ColumnNames | None = None) -> Iterator[Portion | Unread]:
    """Read one file, wherever it lies; what cannot be read is told, and never raised."""
    if page.remote is None:
        yield from _portions_or_failure(page, columns)
        return
    with found_in(page, columns) as found:
        yield from (Unread(what=missing) for missing in found.missing)
        yield from (Unread(what=skipped, is_failure=False) for skipped in found.skipped)
        for part in found.pages:
            yield from _portions_or_failure(part, columns)


def _portions_or_failure(page: PagePath, columns: ColumnNames | None) -> Iterator[Portion | Unread]:
    try:
        yield from portions_of(page, columns)
    except UnreadablePage as error:
        yield Unread(what=PassedOver(source=page.source, reason=str(error)))
    except Exception as error:  # a fault of ours on one page must not stop the others
        reason = f"the separator failed on it: {error!r}"
        yield Unread(what=PassedOver(source=page.source, reason=reason))


def separated_pages(
    found: FoundPages,
    on_failure: Callable[[PassedOver], None],
    columns: ColumnNames | None = None,
) -> Iterator[SeparatedPage]:
    """Read pages in order, each with all its comments: not for a file of a million."""
    waiting: dict[str, list[Comment]] = {}
    for portion in read_portions(found, on_failure, columns=columns):
        for comment in portion.comments:
            waiting.setdefault(comment.document_id, []).append(comment)
        for page in portion.finished:
            yield SeparatedPage(page=page, comments=tuple(waiting.pop(page.id, ())))


def portions_of(page: PagePath, columns: ColumnNames | None = None) -> Iterator[Portion]:
    """Read one file, as what it turns out to be.

    Raises:
        UnreadablePage: when it has gone, cannot be read, is empty or is nothing that we know; or
            when it breaks off, after the portions of what stands before.
    """
    with open_file(page) as opened:
        if opened.kind.family == "table":
            yield from read_table(opened, columns)
        elif opened.kind.family == "export":
            yield from read_export(opened)
        elif opened.kind.family == "html":
            yield _html_portion(opened, read_text_page(opened))
        else:
            yield _text_portion(opened, read_text_page(opened))


def _text_portion(opened: OpenedFile, read: TextPage) -> Portion:
    """Separate plain text.

    Raises:
        UnreadablePage: when it is called a table and is neither one nor a page with comments.
    """
    text = read.document.text
    # Cut down to what their writers wrote: names and dates have fields of their own.
    separation = separate(text, document_id=read.document.id, whole_items=False)
    if not separation.comments and opened.suffix in DATA_SUFFIXES:
        raise UnreadablePage(
            f"it is called {opened.suffix}, but no table can be made out in it; the first line "
            "should name the columns, with commas, semicolons, tabs or bars between"
        )
    article = text[: separation.comments[0].start] if separation.comments else text
    return _whole_page(opened, read, separation, article)


def _html_portion(opened: OpenedFile, read: TextPage) -> Portion:
    from moderation.markup import separate_html  # noqa: PLC0415 - a parser that text needs not

    separation = separate_html(read.document.text, document_id=read.document.id)
    return _whole_page(opened, read, separation, separation.article)


def _whole_page(
    opened: OpenedFile, read: TextPage, separation: Separation | SeparatedHtml, article: str
) -> Portion:
    document = read.document
    page = ReadPage(
        id=document.id,
        source=document.source,
        sha256=opened.sha256,
        encoding=document.encoding,
        media_type=opened.kind.media_type,
        receipt=separation.receipt,
        warnings=(read.warning,) if read.warning else (),
    )
    return Portion(
        article=article,
        comments=tuple(with_places(separation.comments)),
        sources={document.id: document.source},
        finished=(page,),
    )
