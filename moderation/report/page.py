"""The report as one page that opens without a network and without a script.

Everything is in the file: one style sheet, and drawings as elements. The page's own policy forbids
every other style, every script and every request, and the style sheet is let in by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Final

from moderation import __version__
from moderation.errors import UsageError
from moderation.report import sentences
from moderation.report.curves import at
from moderation.report.findings import Curve, CurvePoint, Findings

if TYPE_CHECKING:
    from jinja2 import Environment

OPENING: Final = '<!doctype html>\n<html lang="en" data-moderation-report>\n'
"""How every report begins; only a file that begins so is ever replaced."""

MOST_PAGES_DRAWN = 15
MOST_PAGES_NAMED = 60
MOST_REASONS = 24
MOST_FILES_NAMED = 100

_THRESHOLDS = tuple(step / 10 for step in range(9, 0, -1))
_PRIORITIES = (90, 80, 70, 60, 50, 40, 30, 20, 10)


def page(findings: Findings) -> str:
    """Write the report as HTML.

    Raises:
        UsageError: when the packages of the extra ``[report]`` are not installed.
    """
    environment = _environment()
    drawn, drawing_styles = _drawn(findings)
    from markupsafe import Markup  # noqa: PLC0415 - an extra

    css = f"{_resource('page.css')}\n{drawing_styles}\n"
    return environment.get_template("page.html.jinja").render(
        opening=Markup(OPENING),
        css=Markup(css),
        style_hash=_hash(css),
        findings=findings,
        drawings={name: Markup(svg) for name, svg in drawn.items()},
        version=__version__,
        pages_named=findings.pages[:MOST_PAGES_NAMED],
        pages_left=findings.pages[MOST_PAGES_NAMED:],
        most_reasons=MOST_REASONS,
        most_files=MOST_FILES_NAMED,
        words=sentences,
        table_of=_table_of,
    )


def _environment() -> Environment:
    try:
        import jinja2  # noqa: PLC0415
        import matplotlib  # noqa: F401, PLC0415
    except ImportError as error:
        raise UsageError(
            f"A report as a page needs the package {error.name}, which is not installed. Install "
            "it with: python -m pip install 'comment-moderation[report]'. Without --output the "
            "main figures are printed."
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=lambda value: f"{value:,}",
        percent=sentences.percent,
        visible=_visible,
        day=sentences.time_in_words,
    )
    return environment


def _resource(name: str) -> str:
    return (resources.files("moderation.report") / name).read_text(encoding="utf-8")


def _hash(css: str) -> str:
    return base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _visible(text: str) -> str:
    from moderation.review_queue.cells import show_invisible  # noqa: PLC0415

    return show_invisible(text)


def _drawn(findings: Findings) -> tuple[dict[str, str], str]:
    """Each drawing that there is something to draw for, and the styles of all."""
    from moderation.report.drawings import COLOURS  # noqa: PLC0415 - an extra
    from moderation.report.restyling import StyleSheet, restyled  # noqa: PLC0415

    sheet = StyleSheet(COLOURS)
    svgs = (*_drawings_of_counts(findings), *_drawings_of_figures(findings))
    return {name: restyled(svg, name, sheet) for name, svg in svgs}, sheet.css()


def _drawings_of_counts(findings: Findings) -> Iterator[tuple[str, str]]:
    from moderation.report import drawings  # noqa: PLC0415

    found, rows = findings.scanned, findings.rows
    if found is not None and found.found:
        parts = [
            ("flagged", found.flagged, "flagged"),
            ("not checked", found.not_checked, "unsure"),
        ]
        yield "found", drawings.bars([*parts, ("passed", found.passed, "open")])
    if rows.all:
        verdicts = ("remove", "escalate", "approve", "unsure")
        decided = [(verdict, int(getattr(rows, verdict)), verdict) for verdict in verdicts]
        yield "rows", drawings.bars([*decided, ("open", rows.all - rows.decided, "open")])


def _drawings_of_figures(findings: Findings) -> Iterator[tuple[str, str]]:
    from moderation.report import drawings  # noqa: PLC0415

    first = findings.pages[:MOST_PAGES_DRAWN]
    if in_need := [page for page in first if page.flagged + page.not_checked]:
        yield "pages", drawings.pages(in_need)
    if findings.reasons:
        yield "reasons", drawings.reasons(findings.reasons[:MOST_REASONS])
    if any(one.scored for one in findings.distributions):
        yield "distributions", drawings.distributions(findings.distributions)
    if findings.priority_curve.points:
        yield "priority", drawings.curve(findings.priority_curve)
    if any(curve.points for curve in findings.label_curves):
        yield "curves", drawings.curves(findings.label_curves)
    if findings.days:
        yield "days", drawings.days(findings.days)


def _table_of(curve: Curve) -> list[CurvePoint]:
    return at(curve.points, _PRIORITIES if curve.name == "priority" else _THRESHOLDS)
