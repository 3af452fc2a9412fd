"""Where comments are assessed: in this process, or in several at once.

An engine is given batches of comments and gives each batch back judged, in the same order, one for
one; how many are on their way at a time is bounded. Which engine does the work changes no result.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from moderation.assessing import Brief, assess
from moderation.detectors import Detectors
from moderation.policy import Policy
from moderation.records import FoundComment, JudgedComment
from moderation.toxicity import is_small, on_one_thread, processors

if TYPE_CHECKING:
    from concurrent.futures import Future

Batch = Sequence[FoundComment]
Judged = list[JudgedComment]

FEW: Final = 1_024
"""Comments after which other processes pay: starting them takes as long as scoring some hundred."""

MOST_PROCESSES: Final = 8
"""Each holds the model, the lexicon and the language finder, a good 200 MB."""

PARENT_ASKED_AFTER: Final = 2.0
"""Seconds after which a worker looks whether the scan that started it is still there."""

AHEAD: Final = 3
"""Batches for each process that wait or are worked on, so that none has to wait for the next."""


class Engine(Protocol):
    """Something that assesses comments; `remarks_of` tells what it has to say of how it went."""

    def judged(self, batches: Iterator[Batch]) -> Iterator[Judged]:
        """Judge batches, each as many as it has, in the order in which they come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProcess:
    """Assesses here; the model itself may use all processors."""

    detectors: Detectors
    policy: Policy

    def judged(self, batches: Iterator[Batch]) -> Iterator[Judged]:
        """See `Engine.judged`."""
        for batch in batches:
            yield assess(batch, self.detectors, self.policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """Begins here, and goes on in ``count`` processes once there are more than a `FEW` comments.

    Language, terms and policy keep one processor busy between them, so several processes are what
    keeps all busy. Should one be killed, this process takes over what was on its way and the rest.
    """

    here: OwnProcess
    brief: Brief
    count: int
    remarks: list[str] = field(default_factory=list, compare=False)

    def judged(self, batches: Iterator[Batch]) -> Iterator[Judged]:
        """See `Engine.judged`."""
        done = 0
        for batch in batches:
            yield from self.here.judged(iter([batch]))
            done += len(batch)
            if done >= FEW:
                break
        else:
            return
        yield from self._elsewhere(batches)

    def _elsewhere(self, batches: Iterator[Batch]) -> Iterator[Judged]:
        from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor  # noqa: PLC0415

        pool = ProcessPoolExecutor(self.count, initializer=_begin, initargs=(self.brief,))
        waiting: deque[Batch] = deque()
        results: deque[Future[Judged]] = deque()
        try:
            for batch in batches:
                waiting.append(batch)  # first: should the pool break now, it is not lost
                results.append(pool.submit(_assess, batch))
                if len(results) >= self.count * AHEAD:
                    yield _first(waiting, results)
            while results:
                yield _first(waiting, results)
        except BrokenProcessPool:
            self.remarks.append(
                "A process that scored was ended from outside, perhaps for want of memory. No "
                "comment was lost, but the rest was done in one process, which takes longer."
            )
            yield from self.here.judged(iter([*waiting]))
            yield from self.here.judged(batches)
        finally:
            pool.shutdown(kill_workers=True)


def _first(waiting: deque[Batch], results: deque[Future[Judged]]) -> Judged:
    judged = results[0].result()
    results.popleft()
    waiting.popleft()
    return judged


def remarks_of(engine: Engine) -> tuple[str, ...]:
    """What people should know of how an engine did its work; most have nothing to say."""
    return tuple(getattr(engine, "remarks", ()))


def best_engine(brief: Brief, detectors: Detectors, processes: int | None = None) -> Engine:
    """Choose how to assess on this machine; ``processes`` is a wish, None leaves it to us.

    A large model keeps all processors busy by itself and would need its memory once for each
    process; one that was handed over as an object cannot go to another process.
    """
    here = OwnProcess(detectors=detectors, policy=brief.policy)
    can_travel = isinstance(brief.model, str) and is_small(detectors.scorer)
    count = min(processors(), MOST_PROCESSES) if processes is None else processes
    if count <= 1 or not can_travel:
        return here
    return Processes(here=here, brief=brief, count=count)


_own: OwnProcess | None = None
"""What a worker process has loaded; always None in the process that started it."""


def _begin(brief: Brief) -> None:
    global _own  # noqa: PLW0603 - a worker's one state, set once before its first batch
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    detectors = brief.load()
    alone = replace(detectors, scorer=on_one_thread(detectors.scorer))
    _own = OwnProcess(detectors=alone, policy=brief.policy)


def _end_with_parent(parent: int) -> None:
    """End this worker when the scan is killed: it would wait for the next batch for ever."""
    if sys.platform == "win32":  # there, a process keeps the number of a parent that has ended
        started_by = multiprocessing.parent_process()
        if started_by is not None:
            started_by.join()
            os._exit(1)
        return
    while os.getppid() == parent:
        time.sleep(PARENT_ASKED_AFTER)
    os._exit(1)


def _assess(batch: Batch) -> Judged:
    assert _own is not None
    return next(_own.judged(iter([batch])))
