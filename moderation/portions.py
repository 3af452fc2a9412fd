"""What reading gives: comments in portions, with what is known of the pages they stand on.

A saved page is one portion. A file of a million comments is many, so that no stage after reading
holds more than one of them. Where portions end is for the reader of a kind of file to decide; it
must not depend on the machine, since it decides which comments stand behind each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.records import Comment, PassedOver
from moderation.separator import PageReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page, a thread or a table that was read to its end.

    ``id`` is the ``document_id`` of its comments and ``source`` the path to show people, with what
    leads to the page inside a file of many. ``sha256`` is that of the file's bytes on the disk.
    ``media_type`` names the kind that was found in it, whatever its suffix says. ``warnings`` tell
    what people should know of how it was read; ``receipt`` accounts for its comments.
    """

    id: str
    source: str
    sha256: str
    encoding: str
    media_type: str
    receipt: PageReceipt
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Comments that come together, in the order in which people are to see them.

    ``article`` is text from around them (the article, a title) that tells their page's language
    better than they do; empty where there is none. ``sources`` has the source of each document
    that the comments belong to. ``finished`` are pages of which all comments have now come; a page
    without comments is there too. Every document is finished exactly once.
    """

    article: str
    comments: tuple[Comment, ...]
    sources: Mapping[str, str]
    finished: tuple[ReadPage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file, or what remained of one, that gave no comments, and why.

    ``is_failure`` unless it turned out, when it was opened, to be nothing that is read as a page.
    """

    what: PassedOver
    is_failure: bool = True
