"""The files that this tool writes, known again where they lie among what is to be read."""

from __future__ import annotations

import re

from moderation.encoding import StreamDecoder
from moderation.files import Look, PagePath, UnreadablePage, look_at
from moderation.files.archives import BadArchive
from moderation.files.kinds import CSV, JSON_LINES, TSV

_NAMES = {
    ".receipt.json": "a receipt",
    ".scores.parquet": "the scores of a scan",
    ".decisions.jsonl": "the log of decisions",
    ".cache.sqlite": "a cache of scores",
}
_COLUMNS = {
    "a queue": frozenset({"id", "priority", "decision", "state", "reasons"}),
    "an export of decisions": frozenset(
        {"id", "site_number", "verdict", "decided_at", "decided_with"}
    ),
}
_FEWEST_COLUMNS = 4
"""People delete columns of a queue, but seldom two of these."""

_KEY = re.compile(r'"(\w+)":')


def own_by_name(name: str) -> str:
    """Say what file of ours has such a name, if any."""
    return next((what for ending, what in _NAMES.items() if name.lower().endswith(ending)), "")


def own_by_content(page: PagePath) -> str:
    """Say what file of ours it is, if any; nothing of a file that cannot be looked at."""
    try:
        return own_by_look(look_at(page))
    except (OSError, UnreadablePage, BadArchive):
        return ""


def own_by_look(look: Look) -> str:
    """Say what file of ours begins so, if any: queues and exports have columns of their own."""
    if look.kind not in {CSV, TSV, JSON_LINES}:
        return ""
    first = StreamDecoder().decode(look.head).partition("\n")[0]
    # Our names hold neither quotes nor delimiters, whatever program saved the file last.
    if look.kind is JSON_LINES:
        names = set(_KEY.findall(first))
    else:
        names = {cell.strip(' "') for cell in re.split("[,;\t]", first)}
    return next(
        (what for what, ours in _COLUMNS.items() if len(names & ours) >= _FEWEST_COLUMNS), ""
    )
