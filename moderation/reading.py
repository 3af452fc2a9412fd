"""Pages read and separated, one at a time; what cannot be read is reported, never dropped.

Used by the pass and by ``moderation separate``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from moderation.errors import UsageError
from moderation.records import PassedOver
from moderation.separator import Separation, separate
from moderation.sources import FoundPages, ReadPage, UnreadablePage, read_page


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedPage:
    """A page as it was read, and its comments."""

    read: ReadPage
    separation: Separation

    @property
    def source(self) -> str:
        """The path to show people."""
        return self.read.document.source

    def as_json(self) -> dict[str, Any]:
        """The page's comments and receipt as plain data."""
        return {
            "source": self.source,
            "encoding": self.read.document.encoding,
            "comments": [asdict(comment) for comment in self.separation.comments],
            "receipt": asdict(self.separation.receipt),
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


def separated_pages(
    found: FoundPages, on_failure: Callable[[PassedOver], None]
) -> Iterator[SeparatedPage]:
    """Read and separate pages in order; ``on_failure`` hears of each that cannot be."""
    for missing in found.missing:
        on_failure(missing)
    for page in found.pages:
        try:
            read = read_page(page)
            separation = _separate(read)
        except UnreadablePage as error:
            on_failure(PassedOver(source=page.source, reason=str(error)))
        except Exception as error:  # a fault of ours on one page must not stop the others
            reason = f"the separator failed on it: {error!r}"
            on_failure(PassedOver(source=page.source, reason=reason))
        else:
            yield SeparatedPage(read=read, separation=separation)


def _separate(read: ReadPage) -> Separation:
    """Cut comments down to what their writers wrote: names and dates have fields of their own."""
    document = read.document
    return separate(document.text, document_id=document.id, whole_items=False)
