"""Commands that read pages: ``scan`` and ``separate``."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.app import ExitCode, app, report_failures
from moderation.cli.stopping import Stopping
from moderation.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from moderation.assessing import Brief
    from moderation.cluster import Cluster
    from moderation.files import ColumnNames
    from moderation.pipeline import Manner, Progress
    from moderation.records import PassedOver

STOPPED = (
    "Stopped. The queue is as it was. What was scored is kept, and the same command goes on from "
    "there."
)


Columns = Annotated[
    str | None,
    typer.Option(
        metavar="ROLE=NAME,…",
        help="The columns of tables: text=body,id=cid. Roles are text, id, author, time, parent, "
        "article; those left out are guessed, and shown.",
        show_default="guessed",
    ),
]


class EngineName(str, Enum):
    """Where the work is done."""

    LOCAL = "local"
    RAY = "ray"


@app.command()
def scan(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Pages, tables, exports, archives, folders of them, patterns, or - for standard "
            "input."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The queue to write.")] = Path(
        "queue.csv"
    ),
    policy: Annotated[
        str, typer.Option("--policy", "-p", help="lenient, standard, strict, or a TOML file.")
    ] = "standard",
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="compact, or a model that 'moderation models' added; several joined with +, each "
            "for its languages; or a Detoxify checkpoint file.",
            show_default="what 'moderation models use' chose",
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where the model runs: cpu, or cuda for a graphics card.")
    ] = "cpu",
    terms: Annotated[
        list[Path] | None,
        typer.Option(help="A table of your own terms to lay over ours; may be repeated."),
    ] = None,
    columns: Columns = None,
    audit_sample: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Add N comments that passed, unmarked, to learn what the scan misses. The number "
            "holds for later scans into the same queue; 0 ends it.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            help="Use what earlier scans into this queue have scored, also one that was stopped, "
            "or score everything anew.",
        ),
    ] = True,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many processes may score at once.", show_default="as many as pay"
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on with pages as they come or change, until Ctrl-C."),
    ] = False,
    poll: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            metavar="SECONDS",
            help="With --watch: look so often, for a drive on which the system tells of no change.",
            show_default="as the system tells, and every minute",
        ),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="Where pages are read and scored: here, or on a Ray cluster."),
    ] = EngineName.LOCAL,
    ray_address: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="The Ray cluster.",
            show_default="RAY_ADDRESS, or one on this machine",
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Look through all comments of the pages and write the queue, worst first.

    A queue that stands there already is merged: decisions, notes, reviewers and your own columns
    are kept, by comment.

    Exits with 0 when everything was checked, with 1 when something could not be (the output says
    what), with 2 when the command was wrong.
    """
    from moderation.assessing import Brief
    from moderation.output import check_results, earlier_sample, write_results
    from moderation.pipeline import Manner
    from moderation.pipeline import scan as run_scan
    from moderation.policy import load_policy
    from moderation.review_queue import QueuePaths
    from moderation.terminal.merging import show_problems
    from moderation.terminal.progress import ProgressShown
    from moderation.terminal.summary import show_summary
    from moderation.toxicity import chosen_model

    check_results(output)
    if poll is not None and not watch:
        raise UsageError("--poll goes with --watch.")
    if watch:
        brief = Brief(
            policy=load_policy(policy),
            model=model or chosen_model(),
            terms=tuple(terms or ()),
            device=device,
        )
        manner = Manner(
            cache=QueuePaths.beside(output).cache,
            anew=not resume,
            folder=output.parent,
            processes=processes,
        )
        _watch(paths, output, brief, manner, audit_sample, poll, quiet=quiet, as_json=as_json)
        return
    asked = earlier_sample(output) if audit_sample is None else audit_sample
    try:
        with Stopping() as stopping, ProgressShown(wanted=not quiet) as progress:

            def on_progress(step: Progress) -> None:
                stopping.check()
                progress.update(step)

            result = run_scan(
                paths,
                policy=policy,
                model=model or chosen_model(),
                device=device,
                terms=terms or (),
                outputs=QueuePaths.beside(output).all_ever(),
                columns=_columns(columns),
                audit_sample=asked,
                manner=Manner(
                    cache=QueuePaths.beside(output).cache,
                    anew=not resume,
                    folder=output.parent,
                    processes=processes,
                    cluster=_cluster(engine, ray_address, processes),
                    on_progress=on_progress,
                ),
            )
        written = write_results(result, output)
    except KeyboardInterrupt:
        raise Interrupted(STOPPED) from None
    receipt = result.receipt
    if as_json:
        typer.echo(json.dumps(written.receipt, indent=2))
    elif quiet:
        typer.echo(receipt.sentence())
    else:
        show_summary(result, written)
    show_problems(written.account, written.warnings)
    report_failures(receipt.failures)
    if not receipt.everything_was_checked:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _columns(named: str | None) -> ColumnNames | None:
    from moderation.files import parse_columns

    return None if named is None else parse_columns(named)


def _watch(
    paths: list[str],
    output: Path,
    brief: Brief,
    manner: Manner,
    audit_sample: int | None,
    poll: float | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    from moderation.cli.watching import show_rounds
    from moderation.terminal.progress import ProgressShown
    from moderation.watching import Polling, Watch

    with Stopping() as stopping, ProgressShown(wanted=not quiet) as progress:

        def on_progress(step: Progress) -> None:
            stopping.check()
            progress.update(step)

        try:
            watch = Watch(
                [Path(path) for path in paths],
                output,
                brief,
                manner=replace(manner, on_progress=on_progress),
                audit_sample=audit_sample,
                signals=None if poll is None else Polling(poll),
            )
        except KeyboardInterrupt:
            raise Interrupted(STOPPED) from None
        if not quiet and not as_json:
            typer.echo(f"Watching {', '.join(paths)}. Ctrl-C ends it.", err=True)
        show_rounds(watch, progress, quiet=quiet, as_json=as_json, stopped=STOPPED)


def _cluster(engine: EngineName, address: str, processes: int | None) -> Cluster | None:
    """Prepare the engine that was asked for, before anything slow is done."""
    if engine is EngineName.LOCAL:
        if address:
            raise UsageError("--ray-address is for --engine ray; add that, or leave it out.")
        return None
    from moderation.cluster.connecting import RayCluster, require_ray

    require_ray()
    return RayCluster(address=address, processes=processes)


@app.command()
def separate(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Pages, tables, exports, archives, folders of them, patterns, or - for standard "
            "input."
        ),
    ],
    columns: Columns = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print comments and receipts as JSON lines.")
    ] = False,
) -> None:
    """Show which comments are found in the pages, and what else stands there, without scoring."""
    from moderation.reading import require_pages, separated_pages
    from moderation.sources import find_pages
    from moderation.terminal.separation import show_separation

    failures: list[PassedOver] = []
    named = _columns(columns)
    found = require_pages(find_pages(paths, (), named))
    for page in separated_pages(found, failures.append, named):
        if as_json:
            typer.echo(json.dumps(page.as_json()))
        else:
            show_separation(page)
    report_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)
