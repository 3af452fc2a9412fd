"""Commands that read pages: ``scan`` and ``separate``."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.app import ExitCode, app, report_failures
from moderation.errors import UsageError

if TYPE_CHECKING:
    from moderation.cluster import Cluster
    from moderation.files import ColumnNames
    from moderation.records import PassedOver

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
    from moderation.cli.scanning import Job, scan_once, watch_folders
    from moderation.output import check_results
    from moderation.pipeline import Manner
    from moderation.policy import load_policy
    from moderation.review_queue import QueuePaths
    from moderation.toxicity import chosen_model

    check_results(output)
    if watch and engine is not EngineName.LOCAL:
        raise UsageError("--watch takes pages on this machine; leave --engine out.")
    if poll is not None and not watch:
        raise UsageError("--poll goes with --watch.")
    job = Job(
        paths=tuple(paths),
        output=output,
        brief=Brief(
            policy=load_policy(policy),
            model=model or chosen_model(),
            terms=tuple(terms or ()),
            device=device,
        ),
        columns=_columns(columns),
        audit_sample=audit_sample,
        manner=Manner(
            cache=QueuePaths.beside(output).cache,
            anew=not resume,
            folder=output.parent,
            processes=processes,
            cluster=_cluster(engine, ray_address, processes),
        ),
        quiet=quiet,
        as_json=as_json,
    )
    if watch:
        watch_folders(job, poll)
    else:
        scan_once(job)


def _columns(named: str | None) -> ColumnNames | None:
    from moderation.files import parse_columns

    return None if named is None else parse_columns(named)


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
