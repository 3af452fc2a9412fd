"""Which rows of a queue that was just read do not say what the log says.

All rows are looked at together, so that a queue of which a hundred thousand rows are decided opens
at once. What is not plainly in order is settled by the queue's own rules; to name a row too many
here costs time and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from moderation.review_desk.log_history import LogHistory

if TYPE_CHECKING:
    import polars

_LOGGED: Final = ("action", "verdict", "reviewer", "note", "decided_at", "decided_under")


def rows_to_settle(rows: polars.DataFrame, history: LogHistory) -> list[str]:
    """The ids of rows to settle; each comment has one row, and the frame has `COLUMNS`."""
    import polars  # noqa: PLC0415 - half of the start-up time

    if history.frame.is_empty() and not history.later and _is_untouched(rows):
        return []
    plain = _beside_log(rows, history)
    plain = plain.with_columns(is_sound=_says_what_is_logged())
    plain = plain.join(_origins(plain), on="decided_with", how="left", maintain_order="left")
    follows = polars.col("decided_with") != ""
    sound = (~follows & polars.col("is_sound")) | (follows & _follows_soundly())
    odd = plain.filter(
        ~sound.fill_null(value=False)
        | polars.col("id").is_in(list(history.later))
        | polars.col("group").is_in(_odd_groups(plain).implode())
    )
    found: list[str] = odd["id"].to_list()
    return found


def _is_untouched(rows: polars.DataFrame) -> bool:
    """Whether nobody has decided anything yet."""
    return all((rows[name] == "").all() for name in ("decision", "decided_under", "decided_with"))


def _beside_log(rows: polars.DataFrame, history: LogHistory) -> polars.DataFrame:
    """What people wrote, and beside it the last entry of each comment and how many there are."""
    import polars  # noqa: PLC0415

    last = history.frame.group_by("id").agg(
        polars.len().alias("entries"), polars.last(*_LOGGED).name.prefix("logged_")
    )
    columns = ("decision", "note", "reviewer", "decided_at", "decided_under", "decided_with")
    return rows.select("id", *columns, "group").join(
        last, on="id", how="left", maintain_order="left"
    )


def _says_what_is_logged() -> polars.Expr:
    import polars  # noqa: PLC0415

    stands = polars.col("logged_action").is_in(["decided", "changed"])
    ended = polars.col("entries").is_null() | (polars.col("logged_action") == "taken back")
    same = polars.col("decision") == polars.col("logged_verdict")
    for column in ("note", "reviewer", "decided_at"):
        logged = polars.col(f"logged_{column}")
        marked = polars.concat_str(polars.lit("'"), logged)
        same &= (polars.col(column) == logged) | (polars.col(column) == marked)
    empty = (polars.col("decision") == "") & (polars.col("decided_under") == "")
    return (stands & same & (polars.col("decided_under") == _as_shown())) | (ended & empty)


def _as_shown() -> polars.Expr:
    """What ``decided_under`` says of the last entry (`states.numbered`)."""
    import polars  # noqa: PLC0415

    number = polars.format("{}; change {}", "logged_decided_under", "entries")
    return polars.when(polars.col("entries") == 1).then("logged_decided_under").otherwise(number)


def _origins(plain: polars.DataFrame) -> polars.DataFrame:
    """The rows that others follow, as columns to put beside those."""
    import polars  # noqa: PLC0415

    is_origin = polars.col("id").is_in(plain["decided_with"].unique().implode())
    return plain.filter(is_origin & (polars.col("decided_with") == "")).select(
        polars.col("id").alias("decided_with"),
        polars.col("decision", "reviewer", "group", "is_sound").name.prefix("origin_"),
    )


def _follows_soundly() -> polars.Expr:
    import polars  # noqa: PLC0415

    ended = polars.col("entries").is_null() | (polars.col("logged_action") == "taken back")
    same = (
        (polars.col("decision") == polars.col("origin_decision"))
        & (polars.col("reviewer") == polars.col("origin_reviewer"))
        & (polars.col("group") == polars.col("origin_group"))
    )
    return ended & same & polars.col("origin_is_sound")


def _odd_groups(plain: polars.DataFrame) -> polars.Series:
    """Groups with followers and different decisions, or with a decision that not all have."""
    import polars  # noqa: PLC0415

    follows = polars.col("decided_with") != ""
    own = polars.col("decision").filter(~follows & (polars.col("decision") != ""))
    of_groups = plain.filter(polars.col("group") != "").group_by("group")
    counted = of_groups.agg(
        own.n_unique().alias("verdicts"),
        follows.any().alias("is_followed"),
        (polars.col("decision") == "").any().alias("is_open"),
    )
    alone = (polars.col("verdicts") == 1) & polars.col("is_open")
    mixed = (polars.col("verdicts") != 1) & polars.col("is_followed")
    return counted.filter(alone | mixed)["group"]
