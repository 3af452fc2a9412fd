"""A table opened by its kind, and a look at one without reading it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moderation.files import (
    AmbiguousColumns,
    ColumnNames,
    NoTextColumn,
    OpenedFile,
    PagePath,
    UnreadablePage,
    choose_columns,
    open_file,
)
from moderation.files.kinds import CSV, JSON, JSON_LINES, PARQUET, TSV
from moderation.tables.delimited import DelimitedTable
from moderation.tables.json_lines import JsonLinesTable
from moderation.tables.json_rows import JsonTable
from moderation.tables.parquet import ParquetTable
from moderation.tables.rows import Table


@contextmanager
def open_table(opened: OpenedFile, named: ColumnNames | None = None) -> Iterator[Table]:
    """Open a table; ``named`` helps to choose among several lists in a JSON file.

    Raises:
        UnreadablePage: when it is damaged or no table.
        OSError: when it cannot be read.
    """
    if opened.kind is PARQUET:
        with opened.on_disk() as path:
            yield ParquetTable(path)
    elif opened.kind is JSON:
        yield JsonTable(opened, named)
    elif opened.kind is JSON_LINES:
        yield JsonLinesTable(opened)
    elif opened.kind in {CSV, TSV}:
        yield DelimitedTable(opened)
    else:
        raise UnreadablePage(f"it is {opened.kind.title}, not a table")


def why_no_comments(page: PagePath, named: ColumnNames | None = None) -> str:
    """Say why a table holds no comments, or nothing when it may hold some.

    For tables that lie about in a folder. One that cannot be read, or in which several columns may
    be the text, may hold comments: reading it says what is wrong.
    """
    try:
        with open_file(page) as opened, open_table(opened, named) as table:
            choose_columns(table.columns, table.sample, named)
    except NoTextColumn as error:
        return f"{opened.kind.title.partition(' ')[2]}: {error}"
    except (AmbiguousColumns, UnreadablePage, OSError):
        return ""
    return ""
