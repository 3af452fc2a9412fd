"""Where pages come from: paths in, pages to read out.

``paths`` finds what the user meant, ``worth_reading`` tells pages from other files in a folder,
``own_files`` knows what this tool wrote, ``pages`` reads a text page. Touches the disk, and only to
read.
"""

from moderation.files import PagePath, UnreadablePage
from moderation.sources.pages import TextPage, read_page, read_text_page
from moderation.sources.paths import FoundPages, find_pages

__all__ = [
    "FoundPages",
    "PagePath",
    "TextPage",
    "UnreadablePage",
    "find_pages",
    "read_page",
    "read_text_page",
]
