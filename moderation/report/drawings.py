"""The report's drawings, made with matplotlib.

Colours are stand-ins that `restyling` turns into the page's own, so a drawing is never shown as
matplotlib makes it. Names from outside are drawn as they are: nothing in them is taken for markup.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from moderation.report.findings import (
    Curve,
    DayOfWork,
    Distribution,
    PageFindings,
    ReasonFindings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawn = TypeVar("Drawn")

_NAMES = (
    "ink muted line sheet flagged on-flagged approve remove escalate unsure open on-bar rest "
    "first second third fourth fifth"
).split()
_STAND_INS = {name: f"#0101{index:02x}" for index, name in enumerate(_NAMES, start=1)}

COLOURS = {colour: f"var(--{name})" for name, colour in _STAND_INS.items()}
"""The colour that stands in a drawing to the variable of the page's style sheet."""

_INK, _MUTED, _LINE = (_STAND_INS[name] for name in ("ink", "muted", "line"))
_SHEET, _ON_BAR = _STAND_INS["sheet"], _STAND_INS["on-bar"]
_ON_BARS = {"flagged": _STAND_INS["on-flagged"]}
_FLAGGED, _REST = _STAND_INS["flagged"], _STAND_INS["rest"]
_PEOPLE = [_STAND_INS[name] for name in ("first", "second", "third", "fourth", "fifth")]

_WIDTH = 8.8
_SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "moderation",  # the same drawing gives the same bytes
    "text.parse_math": False,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _MUTED,
    "axes.titlecolor": _INK,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid.axis": "y",
    "axes.linewidth": 0.8,
    "grid.color": _LINE,
    "grid.linewidth": 0.7,
    "text.color": _INK,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "xtick.labelcolor": _MUTED,
    "ytick.labelcolor": _MUTED,
    "legend.frameon": False,
}
_LONGEST_NAME = 44
_IN_A_ROW = 3
_LABELLED_FROM = 0.12
_MOST_PEOPLE = len(_PEOPLE)


def bars(parts: Sequence[tuple[str, int, str]]) -> str:
    """One bar of parts that make a whole; a part is its name, its count and its colour's name."""
    with _drawing(0.5, layout=None) as (figure, finish):
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        whole, left = max(1, sum(count for _, count, _ in parts)), 0
        for name, count, colour in parts:
            axes.barh(0, count, left=left, color=_STAND_INS[colour], height=1, edgecolor=_SHEET)
            if count / whole >= _LABELLED_FROM:
                share, on_it = f"{name} {count / whole:.0%}", _ON_BARS.get(colour, _ON_BAR)
                axes.text(left + count / 2, 0, share, ha="center", va="center", color=on_it)
            left += count
        axes.set_xlim(0, whole)
        return finish()


def pages(shown: Sequence[PageFindings]) -> str:
    """The pages with most rows in the queue, as lying bars."""
    with _drawing(0.55 + 0.23 * len(shown)) as (figure, finish):
        axes = figure.subplots()
        places = range(len(shown))
        flagged = [page.flagged for page in shown]
        axes.barh(places, flagged, color=_FLAGGED, height=0.66)
        axes.barh(
            places, [page.not_checked for page in shown], left=flagged, color=_REST, height=0.66
        )
        for place, page in zip(places, shown, strict=True):
            total = page.flagged + page.not_checked
            _count_behind(axes, total, place, f"{total:,} of {page.found:,}")
        _names_down_the_side(axes, [page.source for page in shown])
        axes.set_xlim(right=1.18 * max(page.flagged + page.not_checked for page in shown))
        axes.set_xlabel("comments in need of a look, of all on the page")
        return finish()


def reasons(shown: Sequence[ReasonFindings]) -> str:
    """How often each reason occurs, and beside it how often it was right."""
    with _drawing(0.75 + 0.27 * len(shown)) as (figure, finish):
        often, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1))
        places = range(len(shown))
        often.barh(places, [reason.rows for reason in shown], color=_FLAGGED, height=0.62)
        for place, reason in zip(places, shown, strict=True):
            _count_behind(often, reason.rows, place, f"{reason.rows:,}")
            _precision_mark(right, place, reason)
        _names_down_the_side(often, [reason.words for reason in shown])
        often.set_xlim(right=1.15 * max(reason.rows for reason in shown))
        often.set_title("Rows with this reason")
        right.set_title("Of those judged, worth a look")
        right.set_xlim(0, 1)
        right.xaxis.set_major_formatter(PercentFormatter(1))
        right.grid(axis="x")
        right.tick_params(axis="y", length=0)
        right.spines["left"].set_visible(False)
        return finish()


def distributions(shown: Sequence[Distribution]) -> str:
    """One small histogram a label, with the policy's threshold drawn in."""
    with _drawing(1.75 * _rows_of(shown) + 0.3) as (figure, finish):
        for axes, one in _grid(figure, shown):
            _histogram(axes, one)
        return finish()


def curve(one: Curve) -> str:
    """Precision over recall as one large drawing."""
    with _drawing(2.9) as (figure, finish):
        _curve(figure.subplots(), one)
        return finish()


def curves(shown: Sequence[Curve]) -> str:
    """Precision over recall, one small drawing a curve."""
    with _drawing(2.15 * _rows_of(shown) + 0.3) as (figure, finish):
        for axes, one in _grid(figure, shown):
            axes.set_title(one.name.replace("_", " "))
            _curve(axes, one)
        return finish()


def days(shown: Sequence[DayOfWork]) -> str:
    """Decisions of each day, stacked by reviewer."""
    dates = sorted({one.day for one in shown})
    people = _people(shown)
    with _drawing(2.5) as (figure, finish):
        axes = figure.subplots()
        bottom = [0] * len(dates)
        for person, colour in zip(people, _PEOPLE, strict=False):
            counts = _by_date(shown, dates, person, people)
            axes.bar(
                range(len(dates)), counts, bottom=bottom, color=colour, label=_short(person),
                width=0.7,
            )  # fmt: skip
            bottom = [below + count for below, count in zip(bottom, counts, strict=True)]
        axes.set_xlim(-0.6, max(len(dates), 6) - 0.4)
        step = max(1, -(-len(dates) // 10))
        axes.set_xticks(range(0, len(dates), step), [date[5:] for date in dates[::step]])
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.grid(axis="y")
        axes.set_ylabel("decisions")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=_MOST_PEOPLE)
        return finish()


@contextmanager
def _drawing(
    height: float, layout: Literal["constrained"] | None = "constrained"
) -> Iterator[tuple[Figure, Callable[[], str]]]:
    """A figure of the page's width, in inches, and what turns it into SVG when it is done."""
    with rc_context(), warnings.catch_warnings():
        rcdefaults()  # whatever the user has set up for other work
        rcParams.update(_SETTINGS)
        # The browser has the letters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=(_WIDTH, height), layout=layout)

        def finish() -> str:
            file = io.StringIO()
            figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
            return file.getvalue()

        yield figure, finish


def _rows_of(shown: Sequence[object]) -> int:
    return -(-len(shown) // _IN_A_ROW)


def _grid(figure: Figure, shown: Sequence[Drawn]) -> Iterator[tuple[Axes, Drawn]]:
    rows = _rows_of(shown)
    places = figure.subplots(rows, _IN_A_ROW, squeeze=False, sharex=True, sharey=True).flatten()
    for axes in places[len(shown) :]:
        axes.set_visible(False)
    yield from zip(places, shown, strict=False)


def _histogram(axes: Axes, one: Distribution) -> None:
    width = 1 / len(one.counts)
    starts = [index * width for index in range(len(one.counts))]
    flags = [one.threshold is not None and start + width / 2 >= one.threshold for start in starts]
    colours = [_FLAGGED if flag else _REST for flag in flags]
    axes.bar(starts, one.counts, width=width * 0.86, align="edge", color=colours)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.minorticks_off()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    axes.grid(axis="y")
    axes.set_title(one.label.replace("_", " "))
    axes.set_xlabel("score")
    axes.set_ylabel("comments")
    axes.label_outer()
    if one.threshold is not None:
        axes.axvline(one.threshold, color=_INK, linewidth=1.1, linestyle=(0, (4, 2)))
        right = one.threshold > 0.6
        axes.text(
            one.threshold - 0.02 if right else one.threshold + 0.02,
            0.93,
            f"{one.threshold:.2f}",
            transform=axes.get_xaxis_transform(),
            ha="right" if right else "left",
            va="top",
        )


def _curve(axes: Axes, one: Curve) -> None:
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.03)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="both")
    axes.set_xlabel("share of the hits that are found")
    axes.set_ylabel("share of rows that are hits")
    axes.label_outer()
    if not one.points:
        axes.text(0.5, 0.5, "too few decisions", ha="center", va="center", color=_MUTED)
        return
    found = [point.recall.value or 0.0 for point in one.points]
    bounds = [point.precision.interval for point in one.points]
    axes.fill_between(
        found,
        [bound.low for bound in bounds],
        [bound.high for bound in bounds],
        color=_FLAGGED,
        alpha=0.18,
        linewidth=0,
    )
    axes.plot(found, [point.precision.value or 0.0 for point in one.points], color=_FLAGGED)
    if one.in_force is not None and one.in_force.precision.trials:
        where = (one.in_force.recall.value or 0.0, one.in_force.precision.value or 0.0)
        axes.plot(*where, marker="o", color=_INK, markersize=5, clip_on=False)
        side, above = (-1 if where[0] > 0.8 else 1), (-1 if where[1] > 0.95 else 1)
        axes.annotate(
            f"{one.in_force.threshold:.2f}",
            where,
            xytext=(7 * side, 7 * above),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
        )


def _precision_mark(axes: Axes, place: int, reason: ReasonFindings) -> None:
    if reason.precision.value is None:
        axes.text(0.01, place, "not judged yet", va="center", color=_MUTED)
        return
    interval = reason.precision.interval
    axes.hlines(place, interval.low, interval.high, color=_INK, linewidth=1.4)
    axes.plot(reason.precision.value, place, "o", color=_INK, markersize=5, clip_on=False)


def _count_behind(axes: Axes, end: float, place: int, count: str) -> None:
    axes.annotate(
        count, (end, place), xytext=(4, 0), textcoords="offset points", va="center", color=_MUTED
    )


def _names_down_the_side(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _people(shown: Sequence[DayOfWork]) -> list[str]:
    """The reviewers with most decisions; from the fifth on they share a colour."""
    totals: dict[str, int] = {}
    for one in shown:
        totals[one.reviewer] = totals.get(one.reviewer, 0) + one.decided
    people = sorted(totals, key=lambda name: (-totals[name], name))
    return people if len(people) <= _MOST_PEOPLE else [*people[: _MOST_PEOPLE - 1], "others"]


def _by_date(
    shown: Sequence[DayOfWork], dates: Sequence[str], person: str, people: Sequence[str]
) -> list[int]:
    def is_theirs(one: DayOfWork) -> bool:
        return one.reviewer == person or (person == "others" and one.reviewer not in people)

    return [
        sum(one.decided for one in shown if one.day == date and is_theirs(one)) for date in dates
    ]


def _short(name: str) -> str:
    """A name that fits and that XML can hold; the end of a path says more than its beginning."""
    seen = "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in name)
    return seen if len(seen) <= _LONGEST_NAME else f"…{seen[-_LONGEST_NAME:]}"
