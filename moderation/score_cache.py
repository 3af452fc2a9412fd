"""What was measured of comments before, so that no comment is scored twice.

One SQLite file beside the queue. A scan writes each batch into it as soon as it is scored. So a
scan that was killed goes on where it was when it is started again, and a nightly scan of a growing
site costs only what is new. It holds no comment's text: entries are found by a hash of the text
with everything else that decides its scores (tool, model, lexicon, the language of its page).
Verdicts are not kept, since a policy may change; they are made anew from the scores.

SQLite in its WAL mode: a commit costs no wait for the disk, and what was committed survives the
process being killed. After a power cut the last seconds may be missing, and are scored again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from moderation import __version__
from moderation.detectors import Detectors
from moderation.errors import OutputError
from moderation.passages import labels_of, spans_of, with_spans
from moderation.policy import Policy, judge
from moderation.records import FoundComment, JudgedComment, ScoredComment, TermMatch

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Fingerprints: TypeAlias = NDArray[numpy.uint64]
    """The first eight bytes of each key, as numbers, in rising order."""

KEPT_DAYS: Final = 60
"""Days after which what no scan asked for is forgotten."""

_FORMAT: Final = 1
_DAY: Final = 86_400
_PATIENCE: Final = 30.0
"""Seconds to wait for another scan that writes into the same file."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS measured (
    key BLOB PRIMARY KEY,
    day INTEGER NOT NULL,
    language TEXT NOT NULL,
    scores BLOB NOT NULL,
    evidence TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A row of the file; ``evidence`` is JSON, or empty where there is nothing to say."""

    key: bytes
    day: int
    language: str
    scores: bytes
    evidence: str


class ScoreCache:
    """A cache for one set of detectors and one policy; a context that closes its file."""

    def __init__(self, path: Path, detectors: Detectors, policy: Policy) -> None:
        """Open the file, or make it anew where it is damaged.

        Raises:
            OutputError: when it cannot be written.
        """
        self.recalled = 0
        self._detectors = detectors
        self._policy = policy
        self._identity = identity_of(detectors)
        self._today = int(time.time() // _DAY)
        self._file = _open(path)

    def __enter__(self) -> ScoreCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def recall(self, found: Sequence[FoundComment]) -> list[JudgedComment | None]:
        """Judge the comments that were measured before; None for each that was not."""
        keys = [self._key(one) for one in found]
        entries = {entry.key: entry for entry in self._entries(keys)}
        old = [(self._today, entry.key) for entry in entries.values() if entry.day != self._today]
        if old:
            with self._file:
                self._file.executemany("UPDATE measured SET day = ? WHERE key = ?", old)
        known = [
            self._judged(one, entries[key]) if key in entries else None
            for one, key in zip(found, keys, strict=True)
        ]
        self.recalled += sum(one is not None for one in known)
        return known

    def keep(self, found: Sequence[FoundComment], judged: Sequence[JudgedComment]) -> None:
        """Keep what was measured, durably; a failure is not kept, so that it is tried again."""
        labels = self._detectors.scorer.labels
        rows = [
            (self._key(one), self._today, *_measured(result, labels))
            for one, result in zip(found, judged, strict=True)
            if result.scored.status != "failed"
        ]
        if rows:
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO measured VALUES (?,?,?,?,?)", rows)

    def forget_unused(self) -> None:
        """Drop what no scan has asked for in `KEPT_DAYS` days; called when a scan is whole."""
        with self._file:
            last = self._today - KEPT_DAYS
            self._file.execute("DELETE FROM measured WHERE day < ?", (last,))

    def fingerprints(self) -> Fingerprints:
        """Give a short form of all keys, for those who must not ask for each comment."""
        import numpy  # noqa: PLC0415

        keys = self._file.execute("SELECT substr(key, 1, 8) FROM measured ORDER BY key")
        return numpy.fromiter((int.from_bytes(key, "big") for (key,) in keys), dtype=numpy.uint64)

    def _key(self, found: FoundComment) -> bytes:
        return _key(self._identity, found)

    def _entries(self, keys: Sequence[bytes]) -> Iterator[_Entry]:
        marks = ",".join("?" * len(keys))
        names = "key, day, language, scores, evidence"
        query = f"SELECT {names} FROM measured WHERE key IN ({marks})"
        for key, day, language, scores, evidence in self._file.execute(query, keys):
            yield _Entry(key=key, day=day, language=language, scores=scores, evidence=evidence)

    def _judged(self, found: FoundComment, entry: _Entry) -> JudgedComment | None:
        """Judge from what is kept; None where the policy wants passages that are not there."""
        evidence: Mapping[str, Any] = json.loads(entry.evidence) if entry.evidence else {}
        scored = self._scored(found, entry, evidence)
        verdict = judge(scored, self._policy)
        labels = labels_of(verdict)
        if labels:
            spans = evidence.get("passages", {}).get("|".join(labels))
            if spans is None:
                return None
            verdict = with_spans(verdict, {k: _places(v) for k, v in spans.items()})
        return JudgedComment(scored=scored, verdict=verdict)

    def _scored(
        self, found: FoundComment, entry: _Entry, evidence: Mapping[str, Any]
    ) -> ScoredComment:
        labels = self._detectors.scorer.labels
        numbers = struct.unpack(f"<{len(entry.scores) // 8}d", entry.scores)
        text = found.comment.text
        return ScoredComment(
            comment=found.comment,
            source=found.source,
            language=entry.language,
            toxicity=dict(zip(labels, numbers, strict=True)) if numbers else {},
            matches=tuple(_match(row, text) for row in evidence.get("matches", ())),
            status=evidence.get("status", "scored"),
            error=evidence.get("error", ""),
            scored_by=self._detectors.scored_by(entry.language),
        )


def are_known(
    found: Sequence[FoundComment], identity: str, fingerprints: Fingerprints
) -> list[bool]:
    """Tell which comments have been measured before, but for one error in many billions."""
    import numpy  # noqa: PLC0415

    if not len(fingerprints):
        return [False] * len(found)
    short = [int.from_bytes(_key(identity, one)[:8], "big") for one in found]
    asked = numpy.array(short, dtype=numpy.uint64)
    places = numpy.searchsorted(fingerprints, asked).clip(max=len(fingerprints) - 1)
    return [bool(same) for same in fingerprints[places] == asked]


def _key(identity: str, found: FoundComment) -> bytes:
    parts = (identity, found.page_language, found.comment.text)
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def identity_of(detectors: Detectors) -> str:
    """Everything besides a comment that decides what is measured of it."""
    scorer = detectors.scorer
    labels = ",".join(scorer.labels)
    model = f"{scorer.name} {scorer.revision} {labels}"
    return f"{_FORMAT}; {__version__}; {model}; {detectors.lexicon.version}"


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if not _is_damaged(error):
            raise OutputError(_not_opened(path, error)) from error
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with contextlib.suppress(OSError):
            path.with_name(name).unlink()
    try:  # all that is lost is time
        return _connected(path)
    except sqlite3.DatabaseError as error:
        raise OutputError(_not_opened(path, error)) from error


def _connected(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute(_TABLE)
        file.execute("SELECT key, day, language, scores, evidence FROM measured LIMIT 1")
    except BaseException:
        file.close()
        raise
    return file


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    """Tell a file that is none of ours, or broken, from one that is locked or not writable."""
    if not isinstance(error, sqlite3.OperationalError):
        return True
    return "no such column" in str(error) or "malformed" in str(error)


def _not_opened(path: Path, error: Exception) -> str:
    return (
        f"The scores of earlier scans cannot be kept in {path}: {error}. Make its folder "
        "writable, or scan with --no-resume."
    )


def _measured(judged: JudgedComment, labels: Sequence[str]) -> tuple[str, bytes, str]:
    scored, verdict = judged.scored, judged.verdict
    numbers = [scored.toxicity[label] for label in labels] if scored.toxicity else []
    evidence: dict[str, Any] = {}
    if scored.status != "scored":
        evidence |= {"status": scored.status, "error": scored.error}
    if scored.matches:
        evidence["matches"] = [_kept_match(match) for match in scored.matches]
    if named := labels_of(verdict):
        evidence["passages"] = {"|".join(named): spans_of(verdict)}
    written = json.dumps(evidence, ensure_ascii=False) if evidence else ""
    return scored.language, struct.pack(f"<{len(numbers)}d", *numbers), written


def _kept_match(match: TermMatch) -> dict[str, Any]:
    kept = asdict(match)
    del kept["text"]  # it stands in the comment
    return kept


def _match(row: Mapping[str, Any], text: str) -> TermMatch:
    return TermMatch(**{**row, "via": tuple(row["via"]), "text": text[row["start"] : row["end"]]})


def _places(spans: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in spans)
