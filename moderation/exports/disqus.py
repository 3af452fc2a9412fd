"""Disqus's export: threads, and apart from them all comments in one list."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.exports.plain import plain_text
from moderation.exports.records import Event, ExportedComment, Post, State
from moderation.exports.xml_records import Element, records
from moderation.tables.rows import Notes

_ID = "dsq:id"


def disqus_events(blocks: Iterator[str], notes: Notes) -> Iterator[Event]:
    """Read threads and comments in the order of the file."""
    for element, inside in records(blocks, frozenset({"thread", "post"}), notes):
        if inside is not None:
            # A comment names its thread by an element of the same name.
            inside.children.append(element)
        elif element.name == "thread":
            yield Post(
                id=element.attributes.get(_ID, ""),
                title=element.text_of("title"),
                link=element.text_of("link", "id"),
                text=plain_text(element.text_of("message")),
            )
        else:
            yield _comment(element)


def _comment(element: Element) -> ExportedComment:
    author = element.child("author")
    return ExportedComment(
        post_id=_reference(element, "thread"),
        own_id=element.attributes.get(_ID, ""),
        parent_id=_reference(element, "parent"),
        author=author.text_of("name", "username") if author is not None else "",
        posted_at=element.text_of("createdAt"),
        text=plain_text(element.text_of("message")),
        state=_state(element),
        line=element.line,
    )


def _reference(element: Element, name: str) -> str:
    child = element.child(name)
    return child.attributes.get(_ID, "") if child is not None else ""


def _state(element: Element) -> State:
    if element.text_of("isSpam") == "true":
        return "spam"
    if element.text_of("isDeleted") == "true":
        return "deleted"
    return "waiting for approval" if element.text_of("isApproved") == "false" else "approved"
