"""The queue file: what a row holds, how it is read, merged and written, and the log beside it.

``columns`` owns the columns' names and order, ``states`` the words about a row's standing,
``cells`` makes text safe for a spreadsheet and back, ``reasons`` turns evidence into sentences,
``rows`` fills a row, ``showing`` shows it in a notebook. ``reading`` reads a queue back
(``quick_reading``, ``file_text``, ``csv_rows``), ``decisions`` and ``verdict_words`` understand
what people wrote. ``decision_log`` keeps every decision; ``settling`` holds rows against the log,
``fanning`` carries a decision over to near-duplicates (``groups``), ``merging`` puts a new scan
into an old queue, with ``older``, ``extent`` and ``account``. ``recording`` does that to a file:
``files`` knows where it lies, ``locking`` keeps others out, ``table_file`` and ``writing`` put it
on the disk, ``side_files`` what is exported beside it. ``splitting`` and ``joining`` share the
work among people; ``judgements`` tells how far they agree.
"""

from moderation.review_queue.account import GroupConflict, MergeAccount
from moderation.review_queue.columns import COLUMNS, REVIEWER_COLUMNS, STANDING_COLUMNS
from moderation.review_queue.decisions import QueueDecisions, read_decisions
from moderation.review_queue.files import QueuePaths, check_output
from moderation.review_queue.reading import QueueTable, read_table
from moderation.review_queue.rows import QueueRow, queue_row
from moderation.review_queue.table_file import frame_of, queue_bytes
from moderation.review_queue.writing import write_together

__all__ = [
    "COLUMNS",
    "REVIEWER_COLUMNS",
    "STANDING_COLUMNS",
    "GroupConflict",
    "MergeAccount",
    "QueueDecisions",
    "QueuePaths",
    "QueueRow",
    "QueueTable",
    "check_output",
    "frame_of",
    "queue_bytes",
    "queue_row",
    "read_decisions",
    "read_table",
    "write_together",
]
