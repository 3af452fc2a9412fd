"""The posts of an export while their comments come: how they are named, and their accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from moderation.exports.records import ExportedComment, Post
from moderation.files import OpenedFile
from moderation.portions import ReadPage
from moderation.separator import PageReceipt

LONGEST_ARTICLE = 20_000
"""Characters of a post that are given with its comments, to tell its language."""

LONGEST_NAME = 200
"""Characters of a title that are shown behind a file's path."""


@dataclass(slots=True, kw_only=True)
class Thread:
    """A post that was begun, and what has come of its comments so far."""

    id: str
    source: str
    article: str
    found: int = 0
    length: int = 0
    states: Counter[str] = field(default_factory=Counter)

    def count(self, comment: ExportedComment) -> int:
        """Count a comment; give its number on this post, from 1."""
        self.found += 1
        self.states[comment.state] += 1
        if comment.kind != "comment":
            self.states[comment.kind] += 1
        return self.found

    def take(self, text: str) -> tuple[int, int]:
        """Put a comment's text below those before it; give where it begins and ends there."""
        start, end = self.length, self.length + len(text)
        self.length = end + 1
        return start, end


class Threads:
    """All posts of a file that are open, by the site's ids."""

    def __init__(self, opened: OpenedFile) -> None:
        self._opened = opened
        self._open: dict[str, Thread] = {}
        self._ended: Counter[str] = Counter()
        self._names: set[str] = set()

    def begin(self, post: Post) -> None:
        """Open a post. One that is open already keeps the names that its comments have by now."""
        if post.id in self._open:
            return
        page = self._opened.page
        shown = " ".join((post.link or post.title or post.id).split())[:LONGEST_NAME]
        self._open[post.id] = Thread(
            id=self._name(post.id),
            source=f"{page.source}#{shown}" if shown else page.source,
            article="\n\n".join(filter(None, (post.title, post.text)))[:LONGEST_ARTICLE],
        )

    def _name(self, post_id: str) -> str:
        """Name a post as the site does; one whose name is taken gets a number too."""
        page_id = self._opened.page.id
        name = f"{page_id}#{post_id}" if post_id else page_id
        numbered = (f"{name} ({number})" for number in count(max(2, self._ended[post_id] + 1)))
        free = next(one for one in chain([name], numbered) if one not in self._names)
        self._names.add(free)
        return free

    def get(self, post_id: str) -> Thread:
        """Give a post, opened here if the file has not told of it before its comments."""
        self.begin(Post(id=post_id))
        return self._open[post_id]

    @property
    def ended(self) -> int:
        """How many posts were closed."""
        return self._ended.total()

    def left(self) -> Sequence[str]:
        """The ids of the posts that are open; of a file without any post, an empty one."""
        if not self._open and not self._ended:
            self.begin(Post(id=""))
        return list(self._open)

    def end(self, post_id: str, encoding: str) -> ReadPage:
        """Close a post and give its account."""
        thread = self._open.pop(post_id)
        self._ended[post_id] += 1
        counted = "1 comment" if thread.found == 1 else f"{thread.found:,} comments"
        kind = self._opened.kind
        states = ", ".join(f"{count:,} {state}" for state, count in thread.states.most_common())
        return ReadPage(
            id=thread.id,
            source=thread.source,
            sha256=self._opened.sha256,
            encoding=encoding,
            media_type=kind.media_type,
            receipt=PageReceipt(
                found=thread.found,
                message=f"{counted} found in a post of {kind.title}.",
                confidence=1.0,
                evidence=(kind.title, f"states: {states}") if states else (kind.title,),
            ),
        )
