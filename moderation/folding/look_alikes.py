"""Characters that look like a Latin letter, from Unicode's own table of confusables.

``confusables.tsv`` is that table cut down to single characters (its head says from where). A letter
whose capital looks like a Latin one is written for it in lower case too (``н`` for ``h``), and the
other way round, so those are added here.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final


def _read_table() -> dict[str, str]:
    table: dict[str, str] = {}
    text = files(__package__).joinpath("confusables.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            letter, _, characters = line.partition("\t")
            table.update(dict.fromkeys(characters, letter))
    return table


def _with_both_cases(table: dict[str, str]) -> dict[str, str]:
    others = {
        other: letter
        for character, letter in table.items()
        for other in (character.lower(), character.upper())
        if len(other) == 1 and not other.isascii()
    }
    return {**others, **table}


EXACT_LOOK_ALIKES: Final[dict[str, str]] = _read_table()
"""From the character to the lower-case Latin letter that Unicode says it can be taken for."""

LOOK_ALIKES: Final[dict[str, str]] = _with_both_cases(EXACT_LOOK_ALIKES)
"""The same, and with the other case of each, which is often written for it."""
