"""WordPress's own export (WXR 1.0 to 1.2): posts with their comments inside."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.exports.plain import plain_text
from moderation.exports.records import Event, ExportedComment, Post, PostEnd, State
from moderation.exports.xml_records import Element, records
from moderation.records import CommentKind
from moderation.tables.rows import Notes

_NO_POSTS = frozenset(
    "nav_menu_item revision custom_css customize_changeset wp_block wp_template wp_template_part "
    "wp_global_styles wp_navigation wp_font_family wp_font_face oembed_cache user_request".split()
)
"""Kinds of items on which nobody can comment; they are left out unless somebody did."""

_STATES: dict[str, State] = {
    "1": "approved",
    "approve": "approved",
    "approved": "approved",
    "0": "waiting for approval",
    "hold": "waiting for approval",
    "spam": "spam",
    "trash": "in the trash",
    "post-trashed": "in the trash",
}
_KINDS: dict[str, CommentKind] = {"pingback": "pingback", "trackback": "trackback"}


def wordpress_events(blocks: Iterator[str], notes: Notes) -> Iterator[Event]:
    """Read posts and comments in the order of the file."""
    begun: Element | None = None
    post_id = ""
    items = 0
    for element, inside in records(blocks, frozenset({"item", "wp:comment"}), notes):
        item = inside if element.name == "wp:comment" else element
        if item is None:
            notes.count("outside any post", element.line)
            continue
        commented = element.name == "wp:comment"
        if item is not begun and (commented or item.text_of("wp:post_type") not in _NO_POSTS):
            items += 1
            begun, post = item, _post(item, items)
            post_id = post.id
            yield post
        if commented:
            yield _comment(element, post_id)
        elif item is begun:
            yield PostEnd(id=post_id)


def _post(item: Element, number: int) -> Post:
    link = item.text_of("link", "guid")
    return Post(
        id=item.text_of("wp:post_id") or link or f"item {number}",
        title=item.text_of("title"),
        link=link,
        text=plain_text(item.text_of("content:encoded"), keep_lines=True),
    )


def _comment(element: Element, post_id: str) -> ExportedComment:
    return ExportedComment(
        post_id=post_id,
        own_id=element.text_of("wp:comment_id"),
        parent_id=element.text_of("wp:comment_parent"),
        author=element.text_of("wp:comment_author"),
        posted_at=element.text_of("wp:comment_date", "wp:comment_date_gmt"),
        text=plain_text(element.text_of("wp:comment_content"), keep_lines=True),
        state=_STATES.get(element.text_of("wp:comment_approved").lower(), "approved"),
        kind=_KINDS.get(element.text_of("wp:comment_type"), "comment"),
        line=element.line,
    )
