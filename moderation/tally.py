"""What a pass counts on its way, for its receipt and its progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from moderation.portions import ReadPage
from moderation.records import JudgedComment, Outcome, PassedOver
from moderation.sources import PagePath


@dataclass(slots=True)
class Tally:
    """What is counted on the way, and what is kept of a page once its comments are on theirs."""

    pages: list[tuple[ReadPage, str]] = field(default_factory=list)
    failures: list[PassedOver] = field(default_factory=list)
    skipped: list[PassedOver] = field(default_factory=list)
    pages_read: int = 0
    comments_found: int = 0
    known: int = 0
    by_page: dict[str, Counter[Outcome]] = field(default_factory=dict)
    not_checked_because: Counter[str] = field(default_factory=Counter)
    priorities: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    bytes_total: int = 0
    bytes_read: int = 0
    found_in_them: int = 0

    def file_read(self, size: int) -> None:
        """Note that a file was read to its end."""
        self.bytes_read += size
        self.found_in_them = self.comments_found

    def expected(self) -> int | None:
        """How many comments there will be, by the files that were read to their end."""
        if not self.bytes_read:
            return None
        whole = round(self.found_in_them * self.bytes_total / self.bytes_read)
        return max(whole, self.comments_found)

    def read(self, comments: int, finished: Sequence[ReadPage], language: str) -> None:
        """Count comments that were read, on a page of this language, and pages that are whole."""
        self.comments_found += comments
        self.pages_read += len(finished)
        self.pages += ((page, language) for page in finished)
        for page in finished:
            self.by_page.setdefault(page.id, Counter())

    def documents(self) -> Iterable[tuple[ReadPage, str]]:
        """Pages that are whole, with their languages; two that have one name count as one.

        ``a.csv#b`` may be a file and the article b in ``a.csv``. Nothing else tells their comments
        apart, so what became of them can only be counted together.
        """
        found: dict[str, tuple[ReadPage, str]] = {}
        for page, language in self.pages:
            same = found.get(page.id)
            found[page.id] = (_as_one(same[0], page), same[1]) if same else (page, language)
        return found.values()

    def add(self, judged: Sequence[JudgedComment]) -> None:
        """Count comments that were judged."""
        for one in judged:
            verdict = one.verdict
            page = self.by_page.setdefault(one.scored.comment.document_id, Counter())
            page[verdict.outcome] += 1
            if verdict.outcome == "flagged":
                self.priorities.append(verdict.priority)
            elif verdict.outcome == "not_checked":
                self.not_checked_because[verdict.reasons[0].detail] += 1


def _as_one(page: ReadPage, other: ReadPage) -> ReadPage:
    warning = f"{other.source} has the same name, and its comments are counted with these"
    return replace(
        page,
        receipt=replace(page.receipt, found=page.receipt.found + other.receipt.found),
        warnings=tuple(dict.fromkeys((*page.warnings, *other.warnings, warning))),
    )


def size(pages: Iterable[PagePath]) -> int:
    """The size of files in bytes; one that cannot be told counts 1. Only for a guess."""
    return sum(_size(page) for page in pages)


def _size(page: PagePath) -> int:
    if page.remote is not None:
        return page.remote.size or 1
    try:
        return page.path.stat().st_size if page.path is not None else 1
    except OSError:
        return 1
