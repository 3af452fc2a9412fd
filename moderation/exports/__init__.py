"""Exports of comment systems: WordPress, Disqus, Movable Type and Blogger files in, portions out.

``wordpress``, ``disqus``, ``blogger`` and ``movable_type`` each know one format and give posts and
comments as ``records``; ``xml_records`` reads XML of any size, ``plain`` makes text of a comment's
HTML. ``reading`` makes portions of them, with the posts kept in ``threads``.
"""

from moderation.exports.plain import plain_text
from moderation.exports.reading import COMMENTS_IN_A_PORTION, read_export

__all__ = ["COMMENTS_IN_A_PORTION", "plain_text", "read_export"]
