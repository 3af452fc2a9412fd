"""The account that every pass gives: what was read, what was found, what became of each comment.

The receipt is data. `Receipt.as_json` is what is written beside the queue, `Receipt.sentence` the
line that is always printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moderation.records import Outcome, PassedOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Comments by what became of them; ``found`` is their sum by construction of the pass."""

    found: int = 0
    flagged: int = 0
    passed: int = 0
    not_checked: int = 0

    @classmethod
    def of(cls, found: int, outcomes: Mapping[Outcome, int]) -> Counts:
        """Count outcomes against the number that the separator found.

        Raises:
            ValueError: when they do not add up, which means that a comment was lost on the way.
        """
        counts = cls(
            found=found,
            flagged=outcomes.get("flagged", 0),
            passed=outcomes.get("passed", 0),
            not_checked=outcomes.get("not_checked", 0),
        )
        if counts.flagged + counts.passed + counts.not_checked != found:
            raise ValueError(f"the counts do not add up: {counts}")
        return counts

    def sentence(self) -> str:
        """``12 comments found = 4 flagged + 7 passed + 1 not checked``."""
        noun = "comment" if self.found == 1 else "comments"
        return (
            f"{self.found:,} {noun} found = {self.flagged:,} flagged + {self.passed:,} passed "
            f"+ {self.not_checked:,} not checked"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAccount:
    """One page: how it was read, what the separator says of it, and what became of its comments.

    ``separation`` is the separator's own receipt as plain data.
    """

    id: str
    source: str
    sha256: str
    encoding: str
    media_type: str
    language: str
    counts: Counts
    separation: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The account of one pass.

    ``settings`` holds what decided the result: tool, model, lexicon and policy with their versions.
    ``failures`` are pages that could not be read, ``skipped`` files that are no pages,
    ``not_checked_because`` counts the comments that were not checked by the reason.
    """

    counts: Counts
    pages: tuple[PageAccount, ...]
    failures: tuple[PassedOver, ...]
    skipped: tuple[PassedOver, ...]
    not_checked_because: Mapping[str, int]
    settings: Mapping[str, Any]

    @property
    def everything_was_checked(self) -> bool:
        """Whether every page was read and every comment judged."""
        return not self.failures and self.counts.not_checked == 0

    def sentence(self) -> str:
        """The line that every pass prints, whatever else it prints."""
        pages = len(self.pages)
        unread = f", {len(self.failures)} could not be read" if self.failures else ""
        noun = "page" if pages == 1 else "pages"
        return f"{pages:,} {noun} read{unread}; {self.counts.sentence()}"

    def as_json(self) -> dict[str, Any]:
        """The receipt as plain data, in a stable order."""
        return {
            "summary": self.sentence(),
            "everything_was_checked": self.everything_was_checked,
            "settings": dict(self.settings),
            "comments": asdict(self.counts),
            "not_checked_because": dict(self.not_checked_because),
            "pages_read": len(self.pages),
            "pages_failed": [asdict(failure) for failure in self.failures],
            "files_skipped": [asdict(skipped) for skipped in self.skipped],
            "pages": [_page_as_json(page) for page in self.pages],
        }


def _page_as_json(page: PageAccount) -> dict[str, Any]:
    return {
        "id": page.id,
        "source": page.source,
        "sha256": page.sha256,
        "encoding": page.encoding,
        "media_type": page.media_type,
        "language": page.language,
        "warnings": list(page.warnings),
        "comments": asdict(page.counts),
        "separation": dict(page.separation),
    }
