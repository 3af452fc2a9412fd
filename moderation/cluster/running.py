"""An order laid out on Ray Data: files to readers, portions to assessors, results back in order.

Readers are tasks, assessors a pool of actors that load the detectors once. A process that dies is
started again and its work done again, by Ray; since the same file always gives the same portions,
nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import ray
import ray.data
from ray.exceptions import RayError

from moderation.cluster.order import AssessedPortion, WorkOrder
from moderation.cluster.work import Assessor, TravellingBrief, packed, read_pages, unpacked
from moderation.errors import ClusterError, ModerationError
from moderation.files.archives import Archive
from moderation.portions import Unread
from moderation.sources import PagePath

FILES_TOGETHER: Final = 32
"""Files that one reader takes at most: a task has its price, and a saved page is quickly read."""

BLOCK: Final = 128 * 1024
"""Bytes of comments that travel together, some hundred: a second of work, so that a large file is
shared among all assessors and little is done again when one of them dies."""

RETRIES: Final = 8
"""How often work is begun again whose process died. More than that is no accident of a machine."""

ASSESSOR_SHARE: Final = 0.8
READER_SHARE: Final = 0.2
"""Of a processor, as Ray counts it. Reading takes about a fifth of the time of assessing, and a
pool that takes all processors must leave something for those that feed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How many assessors there are, and what each takes of its machine."""

    size: int
    processors: float
    cards: float

    @classmethod
    def of(cls, device: str, processes: int | None) -> Pool:
        """Choose for the cluster that we are connected to.

        Raises:
            ClusterError: when the brief wants graphics cards and the cluster has none.
        """
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        if device == "cpu":
            size = processes or max(1, math.floor(resources.get("CPU", 1)))
            return cls(size=size, processors=ASSESSOR_SHARE, cards=0)
        cards = math.floor(resources.get("GPU", 0))
        if not cards:
            raise ClusterError(
                f"The cluster has no graphics card for '--device {device}'. Leave --device out, or "
                "start Ray on machines that have one."
            )
        return cls(size=processes or cards, processors=ASSESSOR_SHARE, cards=1)


def run_order(order: WorkOrder, processes: int | None) -> Iterator[AssessedPortion | Unread]:
    """Work on an order with the cluster that this process is connected to.

    Raises:
        ClusterError: when the work cannot go on; what came until then is right and complete.
    """
    _require_files(order)
    for name in ("ray.data", "ray.exceptions"):  # what goes wrong is raised, and told by us
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        known = ray.put(order.known) if order.known is not None and len(order.known) else None
        brief = TravellingBrief.of(order.brief, order.identity, known)
        pool = Pool.of(order.brief.device, processes)
        with _own_settings():
            work = _laid_out(order, brief, pool)
        for table in work.iter_batches(batch_size=None, batch_format="pyarrow"):
            yield from unpacked(table)
    except RayError as error:
        raise _told(error) from error


@contextmanager
def _own_settings() -> Iterator[None]:
    """Give the data sets that are made in this context our settings; the caller's stay."""
    before = ray.data.DataContext.get_current()
    own = before.copy()
    own.target_max_block_size = BLOCK
    own.execution_options.preserve_order = True
    own.enable_progress_bars = False
    own.print_on_execution_start = False
    ray.data.DataContext._set_current(own)
    try:
        with warnings.catch_warnings():
            # How often to try again can be said only in ways that Ray is going to replace.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        ray.data.DataContext._set_current(before)


def _laid_out(order: WorkOrder, brief: TravellingBrief, pool: Pool) -> Any:
    pages = [_for_others(page) for page in order.pages]
    together = max(1, min(FILES_TOGETHER, len(pages) // (pool.size * 4)))
    tables = [packed(pages[first : first + together]) for first in range(0, len(pages), together)]
    return (
        ray.data.from_arrow(tables)
        .map_batches(
            read_pages,
            fn_kwargs={"columns": order.columns},
            batch_size=None,
            batch_format="pyarrow",
            num_cpus=READER_SHARE,
            ray_remote_args_fn=_reader_retries,
        )
        .map_batches(
            Assessor,
            fn_constructor_args=(brief,),
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=pool.size),
            num_cpus=pool.processors,
            num_gpus=pool.cards,
            ray_remote_args_fn=_assessor_retries,
        )
    )


def _reader_retries() -> dict[str, Any]:
    return {"max_retries": RETRIES}


def _assessor_retries() -> dict[str, Any]:
    return {"max_restarts": -1, "max_task_retries": RETRIES}


def _for_others(page: PagePath) -> PagePath:
    """Give a page as a process finds it that works in another folder."""
    if page.path is None:
        return page
    path = page.path.absolute()
    return replace(page, path=path, archive=None if page.archive is None else Archive(path))


def _require_files(order: WorkOrder) -> None:
    for page in order.pages:
        if page.path is None and page.remote is None:
            raise ClusterError(
                "Standard input can be read by this process only. Save it to a file, or leave out "
                "--engine ray."
            )


def _told(error: RayError) -> ModerationError:
    """Say what stopped the work: our own words where it was ours."""
    cause: BaseException | None = error
    while cause is not None:
        own = getattr(cause, "cause", None)
        if isinstance(own, ModerationError):
            return ClusterError(str(own))
        if isinstance(cause, ModerationError):
            return ClusterError(str(cause))
        cause = cause.__cause__
    first = str(error).strip().partition("\n")[0]
    return ClusterError(
        f"The cluster stopped: {first} The same command goes on from there; Ray's logs say more."
    )
