"""An engine and a cache together: what was measured before is not measured again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from moderation.engines import Batch, Engine, Judged
from moderation.records import FoundComment, JudgedComment
from moderation.score_cache import ScoreCache


class Remembering:
    """An engine that has only those comments assessed that were not before; an `Engine`.

    With ``anew``, all are, and what was kept of them is replaced. ``known`` counts those that were
    not assessed again.
    """

    def __init__(self, engine: Engine, cache: ScoreCache, *, anew: bool = False) -> None:
        self.known = 0
        self._engine = engine
        self._cache = cache
        self._anew = anew

    def judged(self, batches: Iterator[Batch]) -> Iterator[Judged]:
        """See `Engine.judged`."""
        waiting: deque[tuple[list[FoundComment], list[JudgedComment | None]]] = deque()

        def unknown() -> Iterator[Batch]:
            for batch in batches:
                recalled = self._recalled(batch)
                new = [one for one, known in zip(batch, recalled, strict=True) if known is None]
                waiting.append((new, recalled))
                yield new

        for judged in self._engine.judged(unknown()):
            new, recalled = waiting.popleft()
            self._cache.keep(new, judged)
            self.known += len(recalled) - len(new)
            fresh = iter(judged)
            yield [next(fresh) if known is None else known for known in recalled]

    def _recalled(self, batch: Batch) -> list[JudgedComment | None]:
        return [None for _ in batch] if self._anew else self._cache.recall(batch)
