"""The front door for programs: the pass over files, and the same for texts in a polars frame.

What these functions do is what the command does; nothing is written unless a cache is named.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from moderation.assessing import Brief
from moderation.detectors import Detectors, page_language
from moderation.engines import Batch, best_engine
from moderation.errors import UsageError
from moderation.files import named_columns
from moderation.pipeline import Manner, Progress, ScanResult
from moderation.pipeline import scan as run_scan
from moderation.policy import Policy, load_policy
from moderation.records import Comment, FoundComment, JudgedComment
from moderation.remembering import Remembering
from moderation.review_queue.reasons import sentence
from moderation.score_cache import ScoreCache
from moderation.toxicity import Scorer

if TYPE_CHECKING:
    import polars

BATCH: Final = 64
"""Texts of a frame that are scored together; changes no score."""

NO_TEXT: Final = "there is no text"
"""The reason why a row without a text was not checked."""

_KEY: Final = "\x1ftext"


def scan(  # noqa: PLR0913 - all by keyword, all with a default
    paths: str | Path | Iterable[str | Path],
    *,
    policy: str | Path | Policy = "standard",
    model: str | Scorer = "compact",
    device: str = "cpu",
    terms: Sequence[str | Path] = (),
    columns: Mapping[str, str] | None = None,
    audit_sample: int = 0,
    cache: str | Path | None = None,
    processes: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ScanResult:
    """Run the whole pass over files, folders and patterns; the result's rows are the queue.

    Args:
        paths: one or several, as the command takes them.
        policy: ``lenient``, ``standard``, ``strict``, a TOML file, or a `Policy`.
        model: a name that `load_scorer` knows, or a `Scorer` of your own.
        device: where a model runs that is named: ``cpu`` or ``cuda``.
        terms: your own term tables, which add to ours, change or silence terms.
        columns: the columns of tables, by what is in them: ``{"text": "body", "author": "user"}``.
            They may be text, id, author, time, parent and article; those left out are guessed.
        audit_sample: how many comments that passed are put among the rows, unmarked.
        cache: a file in which scores are kept and found again by the next scan.
        processes: how many may score at once; None for as many as pay.
        on_progress: hears now and then how far the pass has come.

    Raises:
        UsageError: when nothing that was named is a page, or a column is called what there is not.
        LexiconError: when one of the term tables cannot be used.
        PolicyError: when the policy cannot be used, or asks for a label that the model lacks.
        ModelUnavailable: when the model cannot be had here.
        OutputError: when there is no room for the parts of a large pass.
    """
    return run_scan(
        [paths] if isinstance(paths, (str, Path)) else [*paths],
        policy=policy,
        model=model,
        device=device,
        terms=[Path(path) for path in terms],
        columns=None if columns is None else named_columns(columns),
        audit_sample=audit_sample,
        manner=Manner(
            cache=None if cache is None else Path(cache),
            processes=processes,
            on_progress=on_progress or (lambda progress: None),
        ),
    )


def score_frame(  # noqa: PLR0913 - all by keyword, all with a default
    frame: polars.DataFrame,
    text: str = "text",
    *,
    policy: str | Path | Policy = "standard",
    model: str | Scorer = "compact",
    device: str = "cpu",
    terms: Sequence[str | Path] = (),
    cache: str | Path | None = None,
    processes: int | None = None,
    prefix: str = "",
) -> polars.DataFrame:
    """Judge the texts in a column of a frame; all rows and columns stay, in their order.

    These columns come behind the others, each with ``prefix`` before its name: ``outcome``
    (``flagged``, ``passed`` or ``not_checked``), ``priority`` (0 to 100), ``reasons`` (a sentence),
    ``language``, ``terms``, and one number from 0 to 1 for each label of the model, null where it
    did not judge. A row whose text is null is ``not_checked``. Equal texts are scored once. The
    language of most texts helps to tell that of a short one. A cache that cannot be used is a
    warning.

    Made for ``frame.pipe(score_frame, text="comment")``. ``model``, ``policy``, ``device``,
    ``terms``, ``cache`` and ``processes`` are as `scan` takes them.

    Raises:
        UsageError: when it is no polars frame, the column is not there or holds no text, or a new
            column would replace one that is there.
        LexiconError: when one of the term tables cannot be used.
        PolicyError: when the policy cannot be used, or asks for a label that the model lacks.
        ModelUnavailable: when the model cannot be had here.
    """
    import polars  # noqa: PLC0415

    column = _texts(frame, text)
    brief = Brief(
        policy=policy if isinstance(policy, Policy) else load_policy(policy),
        model=model,
        terms=tuple(Path(path) for path in terms),
        device=device,
    )
    detectors = brief.load()
    brief.policy.require_labels(detectors.scorer.labels, detectors.scorer.name)
    names = ["outcome", "priority", "reasons", "language", "terms", *detectors.scorer.labels]
    _require_free(frame, [f"{prefix}{name}" for name in names])
    different = column.drop_nulls().unique(maintain_order=True)
    batches = _batches(different, detectors)
    judged = _judged(batches, brief, detectors, None if cache is None else Path(cache), processes)
    found = _frame(different, judged, names)
    joined = column.alias(_KEY).to_frame().join(found, on=_KEY, how="left", maintain_order="left")
    new = joined.drop(_KEY).with_columns(
        polars.col("outcome").fill_null("not_checked"),
        polars.col("priority").fill_null(0),
        polars.col("reasons").fill_null(NO_TEXT),
        polars.col("language").fill_null("und"),
        polars.col("terms").fill_null(""),
    )
    return frame.hstack(new.rename({name: f"{prefix}{name}" for name in names}))


def _texts(frame: polars.DataFrame, text: str) -> polars.Series:
    import polars  # noqa: PLC0415

    if not isinstance(frame, polars.DataFrame):
        kind = f"{type(frame).__module__.partition('.')[0]}.{type(frame).__name__}"
        raise UsageError(
            f"score_frame takes a polars.DataFrame, not a {kind}. Collect a lazy frame first; make "
            "one of another library's frame with polars.DataFrame or polars.from_pandas."
        )
    if text not in frame.columns:
        raise UsageError(
            f"The frame has no column '{text}'. It has {', '.join(frame.columns) or 'none'}; name "
            "the one that holds the texts with text=."
        )
    column = frame[text]
    if column.dtype == polars.Null or isinstance(column.dtype, (polars.Categorical, polars.Enum)):
        column = column.cast(polars.String)
    if column.dtype != polars.String:
        raise UsageError(f"The column '{text}' holds {column.dtype}, not text.")
    return column


def _require_free(frame: polars.DataFrame, names: Sequence[str]) -> None:
    taken = [name for name in names if name in frame.columns]
    if taken:
        raise UsageError(
            f"The frame has columns of these names already: {', '.join(taken)}. Rename or drop "
            "them, or give the new ones a prefix with prefix=."
        )


def _batches(texts: polars.Series, detectors: Detectors) -> Iterator[Batch]:
    language = page_language("\n".join(texts.head(BATCH)), detectors)
    comments = (_comment(number, text, language) for number, text in enumerate(texts))
    while batch := list(islice(comments, BATCH)):
        yield batch


def _comment(number: int, text: str, language: str) -> FoundComment:
    comment = Comment(
        id=f"row {number}", document_id="", number=number, start=0, end=len(text), text=text
    )
    return FoundComment(comment=comment, source="", page_language=language)


def _judged(
    batches: Iterator[Batch],
    brief: Brief,
    detectors: Detectors,
    cache: Path | None,
    processes: int | None,
) -> Iterator[JudgedComment]:
    engine = best_engine(brief, detectors, processes)
    if cache is None:
        for judged in engine.judged(batches):
            yield from judged
        return
    with ScoreCache(cache, detectors, brief.policy) as kept:
        for judged in Remembering(engine, kept).judged(batches):
            yield from judged
        for remark in kept.remarks:
            warnings.warn(remark, stacklevel=4)


def _frame(
    texts: polars.Series, judged: Iterator[JudgedComment], names: Sequence[str]
) -> polars.DataFrame:
    """A row for each of the texts, with what was found of it."""
    import polars  # noqa: PLC0415

    labels = names[5:]
    types = [polars.String, polars.Int64, *[polars.String] * 3, *[polars.Float64] * len(labels)]
    rows = [
        (
            one.verdict.outcome,
            one.verdict.priority,
            sentence(one.verdict.reasons, one.scored.comment.text),
            one.scored.language,
            "; ".join(dict.fromkeys(match.term for match in one.scored.matches)),
            *(one.scored.toxicity.get(label) for label in labels),
        )
        for one in judged
    ]
    schema = dict(zip(names, types, strict=True))
    found = polars.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(texts.alias(_KEY))
