"""Which rows some filters let through, and in what order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from moderation.records import HUMAN_VERDICTS
from moderation.review_desk.book import CONFLICT, UNDECIDED, UNKNOWN
from moderation.review_desk.fixed_rows import FixedRows, small_letters, small_word
from moderation.review_desk.values import Filters
from moderation.review_queue.cells import to_cell

if TYPE_CHECKING:
    import polars

_WORDS: Final = re.compile(r'"([^"]*)"|(\S+)')

CODES: Final[Mapping[str, tuple[int, ...]]] = {
    "undecided": (UNDECIDED, UNKNOWN),
    "decided": tuple(range(1, len(HUMAN_VERDICTS) + 1)),
    **{verdict: (code,) for code, verdict in enumerate(HUMAN_VERDICTS, start=1)},
    "conflict": (CONFLICT,),
}
"""The codes of rows that each value of `Filters.verdict` lets through; ``noted`` has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All rows of a queue at one moment, in the order of the file.

    ``codes`` and ``is_noted`` have one value a row. ``notes`` are as they were when the queue was
    read or written last, ``new_notes`` those of rows that have changed since, by place. ``decided``
    has the time of each row's decision, empty where it has none.
    """

    fixed: FixedRows
    codes: polars.Series
    is_noted: polars.Series
    notes: polars.Series
    new_notes: Mapping[int, str]
    decided: Callable[[], polars.Series]


Mask = Callable[[Rows, Filters], "polars.Series | None"]
"""One truth value a row; None where the filter lets everything through."""


def places(rows: Rows, filters: Filters) -> polars.Series:
    """The rows that the filters let through, as places in the queue, in the wanted order."""
    return ordered(rows, mask(rows, filters).arg_true(), filters)


def mask(rows: Rows, filters: Filters, without: str = "") -> polars.Series:
    """One truth value a row; ``without`` names a filter that is left out."""
    import polars  # noqa: PLC0415 - half of the start-up time

    result = polars.repeat(value=True, n=len(rows.fixed), dtype=polars.Boolean, eager=True)
    for name, of in MASKS.items():
        one = of(rows, filters) if name != without else None
        if one is not None:
            result &= one
    return result


def ordered(rows: Rows, chosen: polars.Series, filters: Filters) -> polars.Series:
    """Some places in the order that the filters ask for; ties stay in the order of the file."""
    import polars  # noqa: PLC0415

    keys = _KEYS[filters.order](rows, chosen, filters)
    if not keys:
        return chosen
    frame = polars.DataFrame(keys)
    by = polars.arg_sort_by(
        frame.columns,
        descending=filters.order in {"score", "newest"},
        nulls_last=True,
        maintain_order=True,
    )
    return chosen.gather(frame.select(by).to_series())


def words_of(search: str) -> list[str]:
    """The words of a search in small letters; those in quotation marks are one."""
    plain = re.sub("[“”„«»]", '"', search)
    words = (small_word("".join(match)) for match in _WORDS.findall(plain))
    return [word for word in words if word.strip()]


def _search(rows: Rows, filters: Filters) -> polars.Series | None:
    found: polars.Series | None = None
    for word in words_of(filters.search):
        one = rows.fixed.haystack.str.contains(word, literal=True) | _in_notes(rows, word)
        found = one if found is None else found & one
    return found


def _in_notes(rows: Rows, word: str) -> polars.Series:
    import polars  # noqa: PLC0415

    found = small_letters(rows.notes).str.contains(word, literal=True)
    if rows.new_notes:
        where = polars.Series(list(rows.new_notes), dtype=polars.UInt32)
        found = found.scatter(where, [word in small_word(note) for note in rows.new_notes.values()])
    return found


def _reason(rows: Rows, filters: Filters) -> polars.Series | None:
    if not filters.reason:
        return None
    evidence = rows.fixed.evidence
    if evidence is None:
        return _none(rows)
    code = evidence.reasons["code"]
    found = (code == filters.reason) | code.str.starts_with(f"{filters.reason}.")
    return _only(rows, evidence.reasons["row"].filter(found))


def _severity(rows: Rows, filters: Filters) -> polars.Series | None:
    if filters.severity <= 0:
        return None
    evidence = rows.fixed.evidence
    return _none(rows) if evidence is None else evidence.severity >= filters.severity


def _target(rows: Rows, filters: Filters) -> polars.Series | None:
    if not filters.target:
        return None
    evidence = rows.fixed.evidence
    if evidence is None:
        return _none(rows)
    return _only(rows, evidence.targets["row"].filter(evidence.targets["target"] == filters.target))


def _label(rows: Rows, filters: Filters) -> polars.Series | None:
    if not filters.label:
        return None
    scores = rows.fixed.score(filters.label)
    if scores is None:
        return _none(rows)
    return ((scores >= filters.low) & (scores <= filters.high)).fill_null(value=False)


def _verdict(rows: Rows, filters: Filters) -> polars.Series | None:
    if not filters.verdict:
        return None
    if filters.verdict == "noted":
        return rows.is_noted
    return rows.codes.is_in(CODES[filters.verdict])


def _cell(column: str, name: str) -> Mask:
    def of(rows: Rows, filters: Filters) -> polars.Series | None:
        wanted: str = getattr(filters, name)
        return rows.fixed.cells(column).is_in([wanted, to_cell(wanted)]) if wanted else None

    return of


MASKS: Final[Mapping[str, Mask]] = {
    "page": _cell("source", "page"),
    "language": _cell("language", "language"),
    "author": _cell("author", "author"),
    "group": _cell("group", "group"),
    "label": _label,
    "verdict": _verdict,
    "reason": _reason,
    "severity": _severity,
    "target": _target,
    "search": _search,
}


def _none(rows: Rows) -> polars.Series:
    import polars  # noqa: PLC0415

    return polars.repeat(value=False, n=len(rows.fixed), dtype=polars.Boolean, eager=True)


def _only(rows: Rows, chosen: polars.Series) -> polars.Series:
    return _none(rows).scatter(chosen, values=True)


Key = Callable[[Rows, "polars.Series", Filters], "dict[str, polars.Series]"]


def _by_score(rows: Rows, chosen: polars.Series, filters: Filters) -> dict[str, polars.Series]:
    scores = rows.fixed.score(filters.label)
    return {} if scores is None else {"score": scores.gather(chosen)}


def _by_page(rows: Rows, chosen: polars.Series, _: Filters) -> dict[str, polars.Series]:
    fixed, evidence = rows.fixed, rows.fixed.evidence
    start = {} if evidence is None else {"start": evidence.start.gather(chosen)}
    page = {"page": fixed.cells("source").gather(chosen)}
    return {**page, **start, "number": fixed.page_number.gather(chosen)}


def _by_time(rows: Rows, chosen: polars.Series, _: Filters) -> dict[str, polars.Series]:
    return {"decided": rows.decided().gather(chosen)}


_KEYS: Final[Mapping[str, Key]] = {
    "priority": lambda *_: {},
    "score": _by_score,
    "page": _by_page,
    "newest": _by_time,
}


def undecided_after(rows: Rows, filters: Filters, listed: polars.Series, place: int) -> int | None:
    """The next undecided row behind one in a list, or from its beginning; None without any.

    ``listed`` are the places that the filters let through, whatever is decided about them.
    """
    is_open = rows.codes.is_in(CODES["undecided"])
    wanted = _verdict(rows, filters)
    chosen = is_open if wanted is None else is_open & wanted
    where = (listed == place).arg_true()
    begin = int(where[0]) + 1 if len(where) else 0
    for part in (listed[begin:], listed[: max(begin - 1, 0)]):
        found = part.filter(chosen.gather(part))
        if len(found):
            return int(found[0])
    return None
