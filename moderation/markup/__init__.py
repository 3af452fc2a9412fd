"""Finds the reader comments in a saved page's HTML, by its structure, and accounts for the rest.

    separate_html(html) -> SeparatedHtml(text, article, comments, receipt)

The rooms, in the order in which a page goes through them:

* ``guarding``      HTML kept within what a parser reads in linear time
* ``tree``          the parsed page as flat lists
* ``signs``         what the names of an element say of its part; the words are in ``signs.json``
* ``candidates``    which elements may be comments
* ``units``         which of them are one and the same comment, and which are replies inside it
* ``neighbours``    what stands beside a comment's element; replies that stand there
* ``lines``         the visible text of a part of the page, line by line
* ``habits``        where names, dates and the site's own words stand in all comments of a page
* ``writers``       who wrote a comment and when
* ``contents``      a comment taken apart: head, words, links
* ``evidence``      which elements that are named like comments are some
* ``embeds``        comment services whose comments a script loads
* ``page``          a text put together, with positions
* ``assembling``    the page's text with its comments in place, and the receipt
* ``falling_back``  a page without comments in its markup, read as plain text
* ``separating``    the whole way, in one function

Each room imports only from those above it. Every step is a loop, never a function that calls
itself, and takes time in proportion to the page's length.
"""

from __future__ import annotations

from moderation.markup.assembling import SeparatedHtml
from moderation.markup.separating import separate_html

__all__ = ["SeparatedHtml", "separate_html"]
