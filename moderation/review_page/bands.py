"""The rows that a person was shown as one band, kept until they decide about them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from typing import Final

from moderation.review_page.asking import BadRequest

MOST_KEPT: Final = 8
"""Bands that are remembered: one is forgotten when so many newer ones were looked at."""


class Bands:
    """Frozen rows, by a name that nobody can guess.

    What is decided in one go is what was counted and looked at, not what the filters let through
    by then. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Mapping[str, int]] = {}
        self._lock = threading.Lock()

    def freeze(self, changes: Mapping[str, int]) -> str:
        """Remember rows, each with the number of changes that it had; give their name."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._kept[name] = changes
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return name

    def frozen(self, name: str) -> Mapping[str, int]:
        """The rows of that name.

        Raises:
            BadRequest: when they are forgotten.
        """
        with self._lock:
            changes = self._kept.get(name)
        if changes is None:
            raise BadRequest(
                "It is not known any more which comments this was about. Nothing was decided. Take "
                "the range again and look at it once more."
            )
        return changes
