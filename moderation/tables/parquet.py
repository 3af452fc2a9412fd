"""Rows of Parquet files, read with polars a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.files import UnreadablePage
from moderation.tables.rows import SAMPLE_ROWS, BrokenOff, Notes, Row

if TYPE_CHECKING:
    import polars

SLICE_ROWS = 16_000
"""Rows that are read at once: a slice costs memory, its start a little time."""


class ParquetTable:
    """A Parquet file that lies unpacked on the disk.

    Raises:
        UnreadablePage: when its footer cannot be read, as in a file that was cut off.
    """

    place = "row"
    description = "Parquet"

    def __init__(self, path: Path) -> None:
        import polars  # noqa: PLC0415 - half of the command's start-up time

        self._path = path
        try:
            schema = polars.scan_parquet(path, glob=False).collect_schema()
            flat = {name: kind for name, kind in schema.items() if not kind.is_nested()}
            self.columns = tuple(flat)
            self._expressions = [_as_text(name, kind) for name, kind in flat.items()]
            self.sample = self._slice(range(len(flat)), 0, SAMPLE_ROWS)
        except (polars.exceptions.PolarsError, OSError) as error:
            raise UnreadablePage(
                f"the Parquet file is damaged or cut off: {_first_line(error)}"
            ) from error

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows."""
        import polars  # noqa: PLC0415

        notes.encoding = "utf-8"
        read = 0
        while True:
            try:
                slice_ = self._slice(wanted, read, SLICE_ROWS)
            except (polars.exceptions.PolarsError, OSError) as error:
                raise BrokenOff(f"row {read + 1:,}: {_first_line(error)}") from error
            for cells in slice_:
                read += 1
                yield Row(read, cells)
            if not slice_:
                return

    def _slice(self, wanted: Sequence[int], first: int, count: int) -> list[tuple[str, ...]]:
        import polars  # noqa: PLC0415

        # A name with an asterisk or brackets is no pattern.
        rows = polars.scan_parquet(self._path, glob=False).slice(first, count)
        return rows.select(self._expressions[place] for place in wanted).collect().rows()


def _as_text(name: str, kind: polars.DataType) -> polars.Expr:
    import polars  # noqa: PLC0415

    column = polars.col(name)
    if kind.is_float():
        # Whole numbers with gaps are often kept as 12.0.
        whole = column.cast(polars.Int64, strict=False)
        text = polars.when(whole == column).then(whole.cast(polars.String)).otherwise(
            column.cast(polars.String)
        )  # fmt: skip
    else:
        text = column.cast(polars.String, strict=False)
        text = text.str.replace_all("\r\n", "\n", literal=True).str.replace_all(
            "\r", "\n", literal=True
        )
    return text.fill_null("").alias(name)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
