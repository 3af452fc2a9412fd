"""Portions from the events of an export: comments named, replies tied, each post accounted for.

As in tables, a comment's text is what the export has of it, made plain; a post is taken to be its
comments' texts, one below the other, and positions are positions in that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace

from moderation.encoding import StreamDecoder
from moderation.exports.blogger import blogger_events
from moderation.exports.disqus import disqus_events
from moderation.exports.movable_type import movable_type_events
from moderation.exports.records import Event, ExportedComment, Post, PostEnd
from moderation.exports.threads import LONGEST_ARTICLE, Thread, Threads
from moderation.exports.wordpress import wordpress_events
from moderation.files import Kind, OpenedFile, UnreadablePage
from moderation.files.kinds import BLOGGER, DISQUS, MOVABLE_TYPE, WORDPRESS
from moderation.portions import Portion
from moderation.records import Comment
from moderation.tables.lines import text_blocks
from moderation.tables.replies import Known, Replies
from moderation.tables.rows import BrokenOff, Notes, of_the_file
from moderation.tables.seen import Identity, Seen, site_number

COMMENTS_IN_A_PORTION = 1000
"""At most; where comments stand inside their post, its end is the portion's too."""

_READERS: Mapping[Kind, Callable[[Iterator[str], Notes], Iterator[Event]]] = {
    WORDPRESS: wordpress_events,
    DISQUS: disqus_events,
    BLOGGER: blogger_events,
    MOVABLE_TYPE: movable_type_events,
}
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]+)["']""")


def read_export(opened: OpenedFile) -> Iterator[Portion]:
    """Read the comments of an export, each post or thread as a document of its own.

    Raises:
        UnreadablePage: when the file is damaged. Where it breaks off in the middle, all comments
            before were given, and their posts are finished.
    """
    declared = _DECLARED.search(opened.look.head[:1024])
    decoder = StreamDecoder(declared[1].decode("ascii") if declared else "")
    notes = Notes("line", "comment")
    events = _READERS[opened.kind](text_blocks(opened, decoder), notes)
    assembly = _Assembly(opened, decoder, notes)
    problem = yield from _warned_at_the_end(events, assembly)
    if problem is not None:
        what = getattr(problem, "strerror", None) or str(problem)
        raise UnreadablePage(
            f"it breaks off: {what}. The {assembly.found:,} comments before are kept"
        )


def _warned_at_the_end(
    events: Iterator[Event], assembly: _Assembly
) -> Generator[Portion, None, BrokenOff | OSError | None]:
    """Hold each portion until the next: what is to be said of the whole file goes with the last."""
    held: Portion | None = None
    problem = None
    try:
        for event in events:
            for portion in assembly.take(event):
                if held is not None:
                    yield held
                held = portion
    except (BrokenOff, OSError) as error:
        problem = error
    for portion in assembly.rest():
        if held is not None:
            yield held
        held = portion
    if held is not None:
        *others, last = held.finished
        last = replace(last, warnings=assembly.warnings(problem))
        yield replace(held, finished=(*others, last))
    return problem


class _Assembly:
    """Gathers events into portions."""

    def __init__(self, opened: OpenedFile, decoder: StreamDecoder, notes: Notes) -> None:
        self._decoder = decoder
        self._notes = notes
        self._flat = opened.kind in {DISQUS, BLOGGER}
        self._seen = Seen()
        self._replies = Replies()
        self._threads = Threads(opened)
        self._waiting: list[ExportedComment] = []
        self.found = 0

    def take(self, event: Event) -> Iterator[Portion]:
        """Take the next event; give a portion when one is full or a post is over."""
        if isinstance(event, Post):
            # Of posts that stay open to the end of the file, only what names them is kept.
            self._threads.begin(replace(event, text="") if self._flat else event)
        elif isinstance(event, PostEnd):
            portion = self._portion()
            page = self._threads.end(event.id, self._decoder.encoding)
            yield replace(portion, finished=(page,))
        elif not event.text.strip():
            self._threads.get(event.post_id)
            self._notes.count("without text", event.line)
        else:
            self._waiting.append(event)
            if len(self._waiting) == COMMENTS_IN_A_PORTION:
                yield self._portion()

    def rest(self) -> Iterator[Portion]:
        """Give what is waiting and finish the posts that are open, a portion for every thousand."""
        if self._waiting:
            yield self._portion()
        left = self._threads.left()
        for start in range(0, len(left), COMMENTS_IN_A_PORTION):
            ids = left[start : start + COMMENTS_IN_A_PORTION]
            pages = tuple(self._threads.end(post_id, self._decoder.encoding) for post_id in ids)
            yield Portion(article="", comments=(), sources={}, finished=pages)

    def warnings(self, problem: Exception | None) -> tuple[str, ...]:
        """Say what is to be known of the file as a whole."""
        warnings = [self._decoder.warning, *self._notes.warnings()]
        warnings.append(self._replies.warning())
        if problem is not None:
            warnings.append("the export breaks off and was not read to its end")
        return of_the_file(warnings, self._threads.ended)

    def _portion(self) -> Portion:
        waiting, self._waiting = self._waiting, []
        threads = [self._threads.get(comment.post_id) for comment in waiting]
        names = self._seen.ids(list(map(_identity, waiting, threads)))
        articles = dict.fromkeys(thread.article for thread in threads if thread.article)
        return Portion(
            article="\n".join(articles)[:LONGEST_ARTICLE],
            comments=tuple(map(self._comment, names, waiting, threads)),
            sources={thread.id: thread.source for thread in threads},
        )

    def _comment(self, name: str, exported: ExportedComment, thread: Thread) -> Comment:
        parent = self._replies.parent(exported.parent_id, exported.own_id)
        level = parent.level + 1 if parent is not None else 0
        self._replies.remember(exported.own_id, Known(name, level))
        self.found += 1
        start, end = thread.take(exported.text)
        number = thread.count(exported)
        return Comment(
            id=name,
            document_id=thread.id,
            number=number,
            place=str(number),
            start=start,
            end=end,
            text=exported.text,
            author=exported.author or None,
            posted_at=exported.posted_at or None,
            parent_id=parent.id if parent is not None else None,
            level=level,
            site_number=site_number(exported.own_id),
            kind=exported.kind,
        )


def _identity(exported: ExportedComment, thread: Thread) -> Identity:
    return Identity(
        document_id=thread.id,
        author=exported.author or None,
        posted_at=exported.posted_at or None,
        text=exported.text,
        own_id=exported.own_id,
    )
