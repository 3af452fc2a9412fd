"""Files read and their comments found, in portions; what cannot be read is reported, never dropped.

Used by the pass and by every other command that looks into pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from moderation.errors import UsageError
from moderation.portions import Portion, ReadPage, Unread
from moderation.records import Comment, PassedOver, with_places
from moderation.separator import PageReceipt, Separation, separate
from moderation.sources import FoundPages, PagePath, UnreadablePage, found_in, read_page


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
) -> Iterator[Portion]:
    """Read files in order; ``on_failure`` hears of each that cannot be read, or not to its end.

    ``on_skip`` hears of what lay in another place and turned out, once fetched, to be no page.
    """
    for missing in found.missing:
        on_failure(missing)
    for page in found.pages:
        for one in contents_of(page):
            if isinstance(one, Portion):
                yield one
            else:
                (on_failure if one.is_failure else on_skip)(one.what)


def contents_of(page: PagePath) -> Iterator[Portion | Unread]:
    """Read one file, wherever it lies; what cannot be read is told, and never raised."""
    if page.remote is None:
        yield from _portions_or_failure(page)
        return
    with found_in(page) as found:
        yield from (Unread(what=missing) for missing in found.missing)
        yield from (Unread(what=skipped, is_failure=False) for skipped in found.skipped)
        for part in found.pages:
            yield from _portions_or_failure(part)


def _portions_or_failure(page: PagePath) -> Iterator[Portion | Unread]:
    try:
        yield from portions_of(page)
    except UnreadablePage as error:
        yield Unread(what=PassedOver(source=page.source, reason=str(error)))
    except Exception as error:  # a fault of ours on one page must not stop the others
        reason = f"the separator failed on it: {error!r}"
        yield Unread(what=PassedOver(source=page.source, reason=reason))


def separated_pages(
    found: FoundPages, on_failure: Callable[[PassedOver], None]
) -> Iterator[SeparatedPage]:
    """Read pages in order, each with all its comments: not for a file of a million."""
    waiting: dict[str, list[Comment]] = {}
    for portion in read_portions(found, on_failure):
        for comment in portion.comments:
            waiting.setdefault(comment.document_id, []).append(comment)
        for page in portion.finished:
            yield SeparatedPage(page=page, comments=tuple(waiting.pop(page.id, ())))


def portions_of(page: PagePath) -> Iterator[Portion]:
    """Read one file.

    Raises:
        UnreadablePage: when it has gone, cannot be read, is empty or is nothing that we know.
    """
    read = read_page(page)
    document = read.document
    separation = _separate(document.text, document.id)
    finished = ReadPage(
        id=document.id,
        source=document.source,
        sha256=read.sha256,
        encoding=document.encoding,
        media_type=document.media_type,
        receipt=separation.receipt,
        warnings=(read.warning,) if read.warning else (),
    )
    yield Portion(
        article=_article(document.text, separation),
        comments=separation.comments,
        sources={document.id: document.source},
        finished=(finished,),
    )


def _separate(text: str, document_id: str) -> Separation:
    """Cut comments down to what their writers wrote: names and dates have fields of their own."""
    separation = separate(text, document_id=document_id, whole_items=False)
    return replace(separation, comments=tuple(with_places(separation.comments)))


def _article(text: str, separation: Separation) -> str:
    """The page before its first comment."""
    return text[: separation.comments[0].start] if separation.comments else text
