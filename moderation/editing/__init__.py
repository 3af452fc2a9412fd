"""What an editor of term tables asks: what is in the lexicon, is my table right, what would it do?

    find_term(lexicon, "word")             # one term, or those that are spelled nearly so
    check_table(path)                      # every mistake of a table, with line and column
    try_terms(before, after, pages)        # what a change would flag in real comments

``looking_up`` finds terms, ``reading_rows`` reads a table past its mistakes, ``checking`` says what
is wrong with it, ``doubts`` what may be wrong with its terms, ``trying`` runs them on comments.

May import ``records``, ``errors``, ``encoding``, ``language``, ``lexicon``, ``toxicity`` and
``reading``. Prints nothing and switches nothing on.
"""

from moderation.editing.checking import TableCheck, check_table
from moderation.editing.looking_up import (
    find_term,
    near_terms,
    released_lexicon,
    select_terms,
    table_counts,
    what_the_tool_makes_of,
)
from moderation.editing.reading_rows import Remark
from moderation.editing.trying import (
    Trial,
    TrialExample,
    lexicon_with_tables,
    lexicon_with_term,
    try_terms,
)

__all__ = [
    "Remark",
    "TableCheck",
    "Trial",
    "TrialExample",
    "check_table",
    "find_term",
    "lexicon_with_tables",
    "lexicon_with_term",
    "near_terms",
    "released_lexicon",
    "select_terms",
    "table_counts",
    "try_terms",
    "what_the_tool_makes_of",
]
