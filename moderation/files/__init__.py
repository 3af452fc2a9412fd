"""What a file is and what is in it, told from its content: bytes on the disk in, a stream out.

``opening`` tells a file's kind, hashes it and gives its content; ``kinds`` knows the kinds,
``unpacking`` gzip and zstd, ``archives`` zip. ``dialects`` tells how a table of plain text is
written and ``columns`` which of its columns hold what.
"""

from moderation.files.columns import (
    AmbiguousColumns,
    ColumnNames,
    Columns,
    NoTextColumn,
    choose_columns,
    named_columns,
    parse_columns,
)
from moderation.files.kinds import Kind
from moderation.files.opening import Look, OpenedFile, content_suffix, is_zip, look_at, open_file
from moderation.files.page_path import PagePath, RemoteFile, UnreadablePage

__all__ = [
    "AmbiguousColumns",
    "ColumnNames",
    "Columns",
    "Kind",
    "Look",
    "NoTextColumn",
    "OpenedFile",
    "PagePath",
    "RemoteFile",
    "UnreadablePage",
    "choose_columns",
    "content_suffix",
    "is_zip",
    "look_at",
    "named_columns",
    "open_file",
    "parse_columns",
]
