"""Tables of comments, one a row: CSV, TSV, JSON, JSON lines and Parquet in, portions out.

``delimited``, ``json_lines``, ``json_rows`` and ``parquet`` read the rows of one kind of file each;
``opened`` chooses among them. ``reading`` makes comments of rows, with ``seen`` for equal ones and
``replies`` for parents. Nothing here holds more than a portion of a file, whatever its size.
"""

from moderation.tables.opened import open_table, why_no_comments
from moderation.tables.reading import ROWS_IN_A_PORTION, read_table

__all__ = ["ROWS_IN_A_PORTION", "open_table", "read_table", "why_no_comments"]
