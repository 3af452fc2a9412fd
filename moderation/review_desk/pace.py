"""How fast a reviewer works, and how long the rest will take at that pace."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

_WINDOW: Final = 600.0
"""Seconds that the pace looks back on."""

_SHORTEST: Final = 60.0
"""Seconds over which the first decisions are spread, so that two quick ones promise nothing."""


class Pace:
    """Counts the comments that were decided one at a time; what is decided in one go is no pace."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self.decided: set[str] = set()

    def count(self, ids: set[str], *, is_single: bool) -> None:
        """Remember that comments were decided now."""
        self.decided |= ids
        if is_single:
            self._times.append(time.monotonic())

    def per_minute(self) -> float:
        """Decisions a minute in the last ten minutes, or since the first one; 0 without any."""
        now = time.monotonic()
        while self._times and now - self._times[0] > _WINDOW:
            self._times.popleft()
        if not self._times:
            return 0.0
        return len(self._times) * 60 / max(now - self._times[0], _SHORTEST)
