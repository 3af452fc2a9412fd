"""What was measured of comments before, so that no comment is scored twice.

One SQLite file beside the queue. A scan writes each batch into it as soon as it is scored. So a
scan that was killed goes on where it was when it is started again, and a nightly scan of a growing
site costs only what is new. It holds no comment's text: entries are found by a hash of the text
with everything else that decides its scores (tool, model, lexicon, the language of its page).
Verdicts are not kept, since a policy may change; they are made anew from the scores.

SQLite in its WAL mode: a commit costs no wait for the disk, and what was committed survives the
process being killed. After a power cut the last seconds may be missing, and are scored again.
A cache that fails costs time and nothing else: the scan goes on without it, and says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from moderation import __version__
from moderation.detectors import Detectors
from moderation.passages import labels_of, spans_of, with_spans
from moderation.policy import Policy, judge
from moderation.records import FoundComment, JudgedComment, ScoredComment, TermMatch, by_field

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Fingerprints: TypeAlias = NDArray[numpy.uint64]
    """The first eight bytes of each key, as numbers, in rising order."""

KEPT_DAYS: Final = 60
"""Days after which what no scan asked for is forgotten."""

DATED_ANEW_AFTER: Final = 7
"""Days after which an entry that is asked for gets a new date: a scan that finds everything in the
file need not write all of it again."""

_FORMAT: Final = 2
_OURS: Final = 0x6D6F6443
"""Marks a file as ours, where SQLite keeps a number for that: no other file is ever touched."""

_DAY: Final = 86_400
_PATIENCE: Final = 30.0
"""Seconds to wait for another scan that writes into the same file."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS measured (
    key BLOB PRIMARY KEY,
    day INTEGER NOT NULL,
    language TEXT NOT NULL,
    scores BLOB NOT NULL,
    evidence TEXT NOT NULL,
    seal BLOB NOT NULL
) WITHOUT ROWID
"""

_LIBRARIES: Final = ("langdetect", "numpy", "onnxruntime", "py3langid", "tokenizers")
_MEASURING: Final = ("detectors", "passages", "language", "folding", "lexicon", "toxicity")
"""The rooms of ours that decide what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A row of the file; ``evidence`` is JSON, or empty where there is nothing to say."""

    key: bytes
    day: int
    language: str
    scores: bytes
    evidence: str


class ScoreCache:
    """A cache for one set of detectors and one policy; a context that closes its file.

    ``remarks`` say what went wrong with it; where something did, less or nothing is recalled.
    """

    def __init__(self, path: Path, detectors: Detectors, policy: Policy) -> None:
        """Open the file, or make it anew where it is damaged."""
        self.remarks: list[str] = []
        self._path = path
        self._detectors = detectors
        self._policy = policy
        self._identity = identity_of(detectors)
        self._today = int(time.time() // _DAY)
        self._can_write = True
        self._can_ask = True
        self._file = self._opened()

    def __enter__(self) -> ScoreCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def recall(self, found: Sequence[FoundComment]) -> list[JudgedComment | None]:
        """Judge the comments that were measured before; None for each that was not."""
        keys = [self._key(one) for one in found]
        entries = {entry.key: entry for entry in self._entries(keys)}
        old = [
            (self._today, entry.key)
            for entry in entries.values()
            if abs(self._today - entry.day) >= DATED_ANEW_AFTER
        ]
        self._write("UPDATE measured SET day = ? WHERE key = ?", old)
        return [
            self._judged(one, entries[key]) if key in entries else None
            for one, key in zip(found, keys, strict=True)
        ]

    def keep(self, found: Sequence[FoundComment], judged: Sequence[JudgedComment]) -> None:
        """Keep what was measured, durably; a failure is not kept, so that it is tried again."""
        labels = self._detectors.scorer.labels
        rows = []
        for one, result in zip(found, judged, strict=True):
            if result.scored.status != "failed":
                key, content = self._key(one), _measured(result, labels)
                rows.append((key, self._today, *content, _seal(key, *content)))
        self._write("INSERT OR REPLACE INTO measured VALUES (?,?,?,?,?,?)", rows)

    def forget_unused(self) -> None:
        """Drop what no scan has asked for in `KEPT_DAYS` days; called when a scan is whole."""
        self._write("DELETE FROM measured WHERE day < ?", [(self._today - KEPT_DAYS,)])

    def fingerprints(self) -> Fingerprints:
        """Give a short form of all keys, for those who must not ask for each comment."""
        import numpy  # noqa: PLC0415

        query = "SELECT substr(key, 1, 8) FROM measured ORDER BY key"
        try:
            rows = [] if self._file is None else self._file.execute(query).fetchall()
            keys: list[bytes] = [key for (key,) in rows]
            return numpy.frombuffer(b"".join(keys), dtype=">u8").astype(numpy.uint64)
        except sqlite3.DatabaseError as error:
            self._failed(error)
            return numpy.empty(0, numpy.uint64)

    def _key(self, found: FoundComment) -> bytes:
        return _key(self._identity, found)

    def _entries(self, keys: Sequence[bytes]) -> list[_Entry]:
        """The whole entries under these keys; one that is not as it was written is none."""
        if self._file is None or not self._can_ask or not keys:
            return []
        marks = ",".join("?" * len(keys))
        names = "key, day, language, scores, evidence, seal"
        query = f"SELECT {names} FROM measured WHERE key IN ({marks})"
        try:
            rows = self._file.execute(query, keys).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            self._failed(error)
            return []
        return [
            _Entry(key=key, day=day, language=language, scores=scores, evidence=evidence)
            for key, day, language, scores, evidence, seal in rows
            if _is_sealed(key, language, scores, evidence, seal)
        ]

    def _write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if self._file is None or not self._can_write or not rows:
            return
        try:
            with self._file:
                self._file.executemany(statement, rows)
        except sqlite3.DatabaseError as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        """Begin a damaged file anew; where no more can be written, go on with what is there."""
        if not _is_damaged(error):
            if _is_locked(error) and not self._can_look_on():
                self._can_ask = False
            if self._can_write:  # said once, and not for every batch that cannot be looked up
                self.remarks.append(_not_kept(self._path, error))
            self._can_write = False
            return
        self._close()
        self._file = None if self.remarks else self._anew(error)

    def _can_look_on(self) -> bool:
        """Tell whether a file that another scan has locked can be looked into all the same.

        In SQLite's WAL mode it can. On a drive that does without, each batch might wait as long as
        the one that has just timed out, and a scan of many would stand still.
        """
        assert self._file is not None
        with contextlib.suppress(sqlite3.Error):
            mode: str = self._file.execute("PRAGMA journal_mode").fetchone()[0]
            return mode == "wal"
        return False

    def _opened(self) -> sqlite3.Connection | None:
        try:
            if not _is_ours(self._path):
                self.remarks.append(_foreign(self._path))
                return None
            return _connected(self._path)
        except (OSError, sqlite3.DatabaseError) as error:
            if _is_damaged(error):
                return self._anew(error)
            self.remarks.append(_not_kept(self._path, error))
            return None

    def _anew(self, problem: Exception) -> sqlite3.Connection | None:
        """Put a new file in the place of a damaged one: all that is lost is time."""
        try:
            for path in (self._path, *_side_files(self._path)):
                path.unlink(missing_ok=True)
            file = _connected(self._path)
        except (OSError, sqlite3.DatabaseError) as error:
            self.remarks.append(_not_kept(self._path, error))
            return None
        self.remarks.append(
            f"{self._path} was damaged ({problem}) and was begun anew. Its scores are made again."
        )
        return file

    def _close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()

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
    model = f"{scorer.name} {scorer.revision} {','.join(scorer.labels)}"
    languages = ",".join(sorted(scorer.languages))
    tool = f"{_FORMAT}; {__version__}; {_our_code()}; {_libraries()}"
    return f"{tool}; {model}; {languages}; {detectors.lexicon.version}"


@cache
def _our_code() -> str:
    """A hash of the code that measures: between two releases it may change too."""
    digest = hashlib.blake2b(digest_size=8)
    package = Path(__file__).parent
    for name in _MEASURING:
        room = package / name
        for file in sorted(room.rglob("*.py")) if room.is_dir() else [room.with_suffix(".py")]:
            with contextlib.suppress(OSError):  # a package without its sources has its version
                digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _libraries() -> str:
    return ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _is_ours(path: Path) -> bool:
    """Tell a file that may be written, or replaced where it is damaged: none, or one of ours."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except FileNotFoundError:
        return True
    is_database = head.startswith(b"SQLite format 3\0")
    return not head or (is_database and head[68:72] in (_OURS.to_bytes(4, "big"), b""))


def _connected(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        if file.execute("PRAGMA application_id").fetchone()[0] != _OURS:
            file.execute(f"PRAGMA application_id = {_OURS}")
        with contextlib.suppress(sqlite3.OperationalError):  # some drives can only do without
            file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute(_TABLE)
        file.execute("SELECT key, day, language, scores, evidence, seal FROM measured LIMIT 1")
    except BaseException:
        file.close()
        raise
    return file


def _side_files(path: Path) -> Iterator[Path]:
    """What SQLite keeps beside an open file, and leaves there when its program is killed."""
    yield from (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))


def _is_damaged(error: Exception) -> bool:
    """Tell a broken file, or one of an older form, from one that is locked or not writable."""
    if not isinstance(error, sqlite3.DatabaseError):
        return isinstance(error, UnicodeDecodeError)
    if not isinstance(error, sqlite3.OperationalError):
        return True
    signs = ("no such column", "malformed", "Could not decode")
    return any(sign in str(error) for sign in signs)


def _is_locked(error: Exception) -> bool:
    """Tell a file that another scan has held longer than `_PATIENCE`."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _not_kept(path: Path, error: Exception) -> str:
    return (
        f"What this scan scored cannot be kept in {path}: {error}. The scan is whole; only, one "
        "that is stopped begins anew, and the next one scores these comments again."
    )


def _foreign(path: Path) -> str:
    return (
        f"{path} is another program's file and was left as it is. So what this scan scored is not "
        "kept: move that file away, or choose another --output."
    )


def _seal(key: bytes, language: str, scores: bytes, evidence: str) -> bytes:
    """What tells that an entry is as it was written: a disk may change a byte in silence."""
    content = b"\x1f".join((key, language.encode(), scores, evidence.encode()))
    return hashlib.blake2b(content, digest_size=8).digest()


def _is_sealed(key: bytes, language: Any, scores: Any, evidence: Any, seal: Any) -> bool:
    try:
        return bool(_seal(key, language, scores, evidence) == seal)
    except (AttributeError, TypeError, UnicodeEncodeError):  # another type than was written
        return False


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
    written = json.dumps(evidence) if evidence else ""
    return scored.language, struct.pack(f"<{len(numbers)}d", *numbers), written


def _kept_match(match: TermMatch) -> dict[str, Any]:
    kept = by_field(match)
    del kept["text"]  # it stands in the comment
    return kept


def _match(row: Mapping[str, Any], text: str) -> TermMatch:
    return TermMatch(**{**row, "via": tuple(row["via"]), "text": text[row["start"] : row["end"]]})


def _places(spans: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in spans)
