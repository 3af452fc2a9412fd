"""What a change of the terms would flag in real comments, before it is switched on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from moderation.editing.looking_up import released_lexicon
from moderation.editing.reading_rows import Complaint, PlacedRow
from moderation.errors import LexiconError, UsageError
from moderation.lexicon import Lexicon, Term, load_lexicon
from moderation.lexicon.tables import term_of
from moderation.reading import SeparatedPage
from moderation.records import Comment, TermMatch

MOST_EXAMPLES = 20
_AROUND = 60
"""Characters of the comment that an example shows on either side of the match."""
_TRIED = "tried"
_NO_SIGN = "ambiguous"
"""The context of a match that waits for a second sign and does not flag by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialExample:
    """A match that is new, in the words around it: ``before + match + after`` is in the comment."""

    source: str
    number: int | None
    term: str
    severity: int
    context: str
    via: tuple[str, ...]
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTrial:
    """A page's share: ``found`` comments are ``touched`` and untouched ones."""

    source: str
    found: int
    touched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a change of the terms would do to the comments of some pages.

    ``found`` comments are ``touched``, in which something is newly flagged, and ``untouched`` ones.
    ``already`` of the touched ones are flagged by the lexicon as it is, for another word.
    ``waiting`` counts those in which the change finds nothing but ambiguous words that wait for a
    second sign; ``released`` those in which something is flagged now that no longer would be. Both
    are beside the account: such a comment may be touched or not.
    """

    found: int
    touched: int
    untouched: int
    already: int
    waiting: int
    released: int
    pages: tuple[PageTrial, ...]
    examples: tuple[TrialExample, ...]
    more_examples: int

    def sentence(self) -> str:
        """The account in one line."""
        return (
            f"{_number(self.found, 'comment')} found = {self.touched:,} touched"
            f" + {self.untouched:,} untouched"
        )

    def as_json(self) -> dict[str, Any]:
        """The trial as plain data."""
        return asdict(self)


def lexicon_with_term(
    word: str,
    *,
    language: str = "en",
    category: str = "general insult",
    severity: int = 2,
    ambiguity: str = "never innocent",
) -> Lexicon:
    """The lexicon as it would be with one more term; bars part its forms (``term | form``).

    Raises:
        UsageError: when the term cannot be looked for, or the lexicon has it already.
    """
    name, _, forms = word.partition("|")
    cells = {
        "term": name.strip(),
        "forms": forms,
        "category": category,
        "target": "not said",
        "severity": str(severity),
        "ambiguity": ambiguity,
    }
    row = PlacedRow(file="the command", line=1, cells=cells, header=tuple(cells))
    try:
        term = term_of(row, language)
    except Complaint as complaint:
        raise UsageError(f"The term cannot be tried: {complaint.remark.what}.") from complaint
    released = released_lexicon()
    _refuse_known(released, term)
    return Lexicon((*released.terms, term), f"{released.version} +1 {_TRIED}")


def _refuse_known(lexicon: Lexicon, tried: Term) -> None:
    wanted = {form.casefold() for form in tried.forms}
    for term in lexicon.terms:
        if term.language == tried.language:
            for form in term.forms:
                if form.casefold() in wanted:
                    raise UsageError(
                        f"The lexicon has '{form}' already, as the term '{term.term}':"
                        f' see moderation lexicon show "{term.term}".'
                    )


def lexicon_with_tables(tables: Sequence[Path]) -> Lexicon:
    """The lexicon as it would be with a desk's own tables.

    Raises:
        LexiconError: when a table has a mistake; ``check_table`` tells them all.
    """
    try:
        return load_lexicon(extra=tables)
    except LexiconError as error:
        raise LexiconError(f"{error} moderation lexicon check tells all mistakes.") from error


def try_terms(before: Lexicon, after: Lexicon, pages: Iterable[SeparatedPage]) -> Trial:
    """Run both lexicons over all comments of the pages and tell the difference."""
    running = _Running(before, after)
    for page in pages:
        running.add(page)
    return running.trial()


class _Running:
    """The counts of a trial under way."""

    def __init__(self, before: Lexicon, after: Lexicon) -> None:
        self.before = before
        self.after = after
        self.pages: list[PageTrial] = []
        self.examples: list[TrialExample] = []
        self.more_examples = self.already = self.waiting = self.released = 0

    def add(self, page: SeparatedPage) -> None:
        """Count a page's comments."""
        comments = page.comments
        touched = sum(self._touches(page.source, comment) for comment in comments)
        self.pages.append(PageTrial(source=page.source, found=len(comments), touched=touched))

    def trial(self) -> Trial:
        """The account so far."""
        found = sum(page.found for page in self.pages)
        touched = sum(page.touched for page in self.pages)
        return Trial(
            found=found,
            touched=touched,
            untouched=found - touched,
            already=self.already,
            waiting=self.waiting,
            released=self.released,
            pages=tuple(self.pages),
            examples=tuple(self.examples),
            more_examples=self.more_examples,
        )

    def _touches(self, source: str, comment: Comment) -> bool:
        """Whether the change flags something in a comment that is not flagged as it is."""
        was = self.before.find(comment.text, include_ambiguous=True)
        will = self.after.find(comment.text, include_ambiguous=True)
        if was == will:
            return False
        flagged, flags = _flagging(was), _flagging(will)
        new = [match for match in will if _mark(match) in flags - flagged]
        if new:
            self.already += bool(flagged)
            for match in new:
                self._keep(source, comment, match)
        elif set(map(_mark, will)) - set(map(_mark, was)):
            self.waiting += 1
        self.released += bool(flagged - flags)
        return bool(new)

    def _keep(self, source: str, comment: Comment, match: TermMatch) -> None:
        if len(self.examples) >= MOST_EXAMPLES:
            self.more_examples += 1
        else:
            self.examples.append(_example(source, comment, match))


Mark = tuple[int, int, str, int]
"""What makes a match the same before and after: its place, its term and how grave that is."""


def _mark(match: TermMatch) -> Mark:
    return match.start, match.end, match.term, match.severity


def _flagging(matches: Iterable[TermMatch]) -> set[Mark]:
    """The matches that flag by themselves."""
    return {_mark(match) for match in matches if match.context != _NO_SIGN}


def _example(source: str, comment: Comment, match: TermMatch) -> TrialExample:
    text = comment.text
    return TrialExample(
        source=source,
        number=comment.number,
        term=match.term,
        severity=match.severity,
        context=match.context,
        via=match.via,
        before=text[max(0, match.start - _AROUND) : match.start],
        match=match.text,
        after=text[match.end : match.end + _AROUND],
    )


def _number(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
