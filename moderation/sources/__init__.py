"""Where pages come from: paths in, `Document` values out.

``paths`` finds the pages that the user meant, ``pages`` reads one of them. Touches the disk, and
only to read.
"""

from moderation.sources.pages import ReadPage, UnreadablePage, read_page
from moderation.sources.paths import FoundPages, PagePath, find_pages

__all__ = [
    "FoundPages",
    "PagePath",
    "ReadPage",
    "UnreadablePage",
    "find_pages",
    "read_page",
]
