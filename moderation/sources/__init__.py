"""Where pages come from: paths in, `Document` values out.

``paths`` finds the pages that the user meant, ``pages`` reads one of them. ``remote`` lists and
fetches what lies in object storage, ``fetching`` makes pages of what it fetched. Touches the disk
only to read, but for the temporary copies of remote files.
"""

from moderation.sources.fetching import found_in
from moderation.sources.pages import ReadPage, UnreadablePage, read_page
from moderation.sources.paths import FoundPages, PagePath, find_pages

__all__ = [
    "FoundPages",
    "PagePath",
    "ReadPage",
    "UnreadablePage",
    "find_pages",
    "found_in",
    "read_page",
]
