"""What the readers of the kinds of exports give: posts, and the comments on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moderation.records import CommentKind

State = Literal["approved", "waiting for approval", "spam", "in the trash", "deleted", "hidden"]
"""What the site itself had made of a comment. All are read, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An article, a post or a thread under which comments stand.

    ``id`` is the site's name for it; ``text`` is its own text, plain, empty where it is not known.
    """

    id: str
    title: str = ""
    link: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedComment:
    """A comment as an export has it; ``text`` is plain.

    ``post_id`` is the id of its post, ``own_id`` and ``parent_id`` are the site's names for itself
    and for what it replies to, ``line`` is where it stands in the file.
    """

    post_id: str
    text: str
    own_id: str = ""
    parent_id: str = ""
    author: str = ""
    posted_at: str = ""
    state: State = "approved"
    kind: CommentKind = "comment"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEnd:
    """Says that all comments of a post have come."""

    id: str


Event = Post | ExportedComment | PostEnd
"""A post comes before its comments; no end is said of one whose comments may come anywhere."""
