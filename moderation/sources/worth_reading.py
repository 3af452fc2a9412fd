"""Whether a file that nobody named is a page, told by looking at it."""

from __future__ import annotations

from moderation.files import ColumnNames, PagePath, content_suffix, look_at
from moderation.files.dialects import TABLE_SUFFIXES
from moderation.files.kinds import DATA_SUFFIXES, EMPTY, HTML_FRAGMENT
from moderation.sources.own_files import own_by_look
from moderation.tables import why_no_comments

PAGE_SUFFIXES = frozenset({"", ".txt", ".text", ".asc"})
"""What plain text in a folder has to be called to be a page: notes and programs are text too."""

HTML_SUFFIXES = frozenset(
    {".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".cfm", ".cgi"}
)
"""What a piece of HTML without a head may be called besides; some notes begin with a tag."""


def why_passed_over(page: PagePath, columns: ColumnNames | None = None) -> str:
    """Say why a file in a folder or an archive is not read, or nothing when it is.

    Raises:
        OSError, UnreadablePage, BadArchive: when it cannot be looked at.
    """
    look = look_at(page)
    suffix = content_suffix(page.name)
    family = look.kind.family
    if family == "other":
        # Who calls a file .txt means a page, and an archive may hold pages: that they cannot be
        # read is for reading them to report.
        is_missed = look.kind.holds_files or suffix in PAGE_SUFFIXES - {""}
        return "" if is_missed else f"it is {look.kind.title}"
    if own := own_by_look(look):
        return f"this tool wrote it: {own}"
    if family == "table":
        return why_no_comments(page, columns)
    if look.kind is EMPTY:
        # A download that failed leaves nothing; reading it will report that.
        expected = suffix in PAGE_SUFFIXES | HTML_SUFFIXES | DATA_SUFFIXES
        return "" if expected else "it is empty"
    # A table that cannot be made out may hold comments; reading it will report that.
    named = PAGE_SUFFIXES | TABLE_SUFFIXES
    if look.kind is HTML_FRAGMENT:
        named |= HTML_SUFFIXES
    if (family == "text" or look.kind is HTML_FRAGMENT) and suffix not in named:
        return f"files ending in {suffix} are not read as pages"
    return ""
