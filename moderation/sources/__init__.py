"""Where pages come from: paths in, pages to read out.

``paths`` finds what the user meant, ``worth_reading`` tells pages from other files in a folder,
``own_files`` knows what this tool wrote, ``pages`` reads a text page. ``remote`` lists and fetches
what lies in object storage, ``fetching`` makes pages of what it fetched. Touches the disk only to
read, but for the temporary copies of remote files.
"""

from moderation.files import PagePath, UnreadablePage
from moderation.sources.fetching import found_in
from moderation.sources.pages import TextPage, read_page, read_text_page
from moderation.sources.paths import FoundPages, find_pages

__all__ = [
    "FoundPages",
    "PagePath",
    "TextPage",
    "UnreadablePage",
    "find_pages",
    "found_in",
    "read_page",
    "read_text_page",
]
