"""The queue file: what a row holds, how it is written safely, and whether it may be replaced.

``columns`` owns the columns' names and order, ``cells`` makes text safe for a spreadsheet and back,
``reasons`` turns evidence into sentences, ``rows`` fills a row, ``files`` touches the disk.
"""

from moderation.review_queue.columns import COLUMNS, REVIEWER_COLUMNS
from moderation.review_queue.files import (
    QueuePaths,
    check_output,
    queue_bytes,
    read_queue,
    write_together,
)
from moderation.review_queue.rows import QueueRow, places, queue_row

__all__ = [
    "COLUMNS",
    "REVIEWER_COLUMNS",
    "QueuePaths",
    "QueueRow",
    "check_output",
    "places",
    "queue_bytes",
    "queue_row",
    "read_queue",
    "write_together",
]
