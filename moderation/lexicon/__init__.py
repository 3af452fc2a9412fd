"""The slur lexicon: terms as data, and a small engine that finds them through their disguises.

    lexicon = load_lexicon()
    lexicon.find("some comment")

The terms stand in ``terms/*.csv``, one table a language, written for an editor and not for Python;
``tables`` reads and checks them, ``index`` turns them into something that can be searched,
``matcher`` searches, ``context`` tells use from mention and abuse from innocence.

May import ``records``, ``errors`` and ``folding``. Pure: one text in, matches out.
"""

from moderation.lexicon.matcher import Lexicon, load_lexicon
from moderation.lexicon.tables import Term, available_languages, read_table

__all__ = ["Lexicon", "Term", "available_languages", "load_lexicon", "read_table"]
