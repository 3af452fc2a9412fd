"""Finds the reader comments in the text of a saved page, and accounts for the rest of it.

    separate(text) -> Separation(comments, receipt)

The rooms, in the order in which the text goes through them:

* ``phrases``       words that sites write around comments, by language: data only
* ``lines``         the page as lines with indentation, blank lines before and list markers
* ``lists``         the lists as a tree, from markers, numbers and indentation alone
* ``dates``         where a line gives a date or a time
* ``heads``         what one line says of a writer and a date
* ``surroundings``  what one line says of a comment section's beginning and end
* ``threads``       comments without markers, from the lines that name their writers
* ``evidence``      the signs for and against a run of items being comments, with weights
* ``sections``      which runs of the page are comments
* ``items``         an item cut into head, body and links; replies below their parents
* ``receipt``       the values handed back
* ``accounting``    the receipt of a page: gaps, leftovers, a sentence for people
* ``separating``    the whole way, in one function

Each room imports only from those above it, and ``receipt`` from none of them. Every step takes
time in proportion to the page's length.
"""

from __future__ import annotations

from moderation.separator.receipt import Leftover, LeftoverKind, PageReceipt, Separation
from moderation.separator.separating import separate

__all__ = ["Leftover", "LeftoverKind", "PageReceipt", "Separation", "separate"]
