"""What was measured before is found again exactly, and a cache that fails costs only time."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moderation import score_cache
from moderation.assessing import assess
from moderation.detectors import Detectors, load_detectors
from moderation.policy import Policy, load_policy
from moderation.records import Comment, FoundComment, JudgedComment
from moderation.score_cache import DATED_ANEW_AFTER, KEPT_DAYS, ScoreCache

from .conftest import PROJECT, WordScorer, as_nobody

TEXTS = (
    "A calm first remark about the bridge.",
    "You glorbly people, I have seen enough of you, glorbly as you are.",
    "Das ist doch wieder einmal typisch für diese Stadtverwaltung.",
    "What a b1tch, and a \ud800 half of a character.",
    "👏👏👏",
    "",
)


class NoWal(sqlite3.Connection):
    """A connection to a file on a drive that has no WAL."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "PRAGMA journal_mode = WAL":
            raise sqlite3.OperationalError("unable to open database file")
        return super().execute(statement, *values)


def found(text: str, page_language: str = "en", place: int = 0) -> FoundComment:
    comment = Comment(
        id=f"c{place:016}", document_id="p", number=1, start=0, end=len(text), text=text
    )
    return FoundComment(comment=comment, source="p.txt", page_language=page_language)


FOUND = [found(text, place=place) for place, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def loaded() -> Detectors:
    return load_detectors(WordScorer())


@pytest.fixture
def policy(word_policy: Path) -> Policy:
    return load_policy(word_policy)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.cache.sqlite"


@pytest.fixture
def judged(path: Path, loaded: Detectors, policy: Policy) -> list[JudgedComment]:
    """What was found of the comments, kept in the file."""
    results = assess(FOUND, loaded, policy)
    with ScoreCache(path, loaded, policy) as cache:
        cache.keep(FOUND, results)
        assert not cache.remarks
    return results


def recalled(
    path: Path, detectors: Detectors, policy: Policy, asked: Sequence[FoundComment] = FOUND
) -> list[JudgedComment | None]:
    with ScoreCache(path, detectors, policy) as cache:
        results = cache.recall(asked)
        assert not cache.remarks
    return results


def test_what_was_kept_is_recalled_exactly(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """Scores to the last bit, terms, passages, languages and verdicts, of every kind of comment."""
    assert recalled(path, loaded, policy) == judged
    assert {one.scored.status for one in judged} == {"scored", "unsupported_language"}
    assert any(one.scored.matches for one in judged)
    spans = [reason.further for one in judged for reason in one.verdict.reasons]
    assert any(spans), "a reason with several passages must be among them"


def test_the_same_text_elsewhere_is_recalled_as_the_comment_that_it_is(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """Scores belong to a text; id, page, author and place are those of the comment asked about."""
    (one,) = recalled(path, loaded, policy, [replace(found(TEXTS[1], place=77), source="b.txt")])
    assert one is not None
    assert (one.scored.comment.id, one.scored.source) == ("c0000000000000077", "b.txt")
    assert one.verdict.comment_id == one.scored.comment.id
    assert one.scored.toxicity == judged[1].scored.toxicity


class _Changed(WordScorer):
    revision = "2"


class _Relabelled(WordScorer):
    labels = ("toxicity", "rudeness")


@pytest.mark.parametrize("scorer", [_Changed(), _Relabelled()])
def test_another_model_knows_nothing_of_it(
    path: Path,
    loaded: Detectors,
    policy: Policy,
    judged: list[JudgedComment],
    scorer: WordScorer,
) -> None:
    """A new revision, or other labels, are measured anew."""
    assert recalled(path, replace(loaded, scorer=scorer), policy) == [None] * len(FOUND)


def test_another_term_list_knows_nothing_of_it(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment], tmp_path: Path
) -> None:
    """A desk that adds a term gets it looked for in every comment."""
    table = tmp_path / "desk.csv"
    table.write_text("term,language,category,target,severity\nnimby,en,general insult,general,3\n")
    other = load_detectors(WordScorer(), [table])
    assert recalled(path, other, policy) == [None] * len(FOUND)


def test_another_page_language_or_text_is_another_comment(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """Each of them may change what is measured."""
    asked = [found(TEXTS[0], "de"), found(f"{TEXTS[0]} "), found(TEXTS[0])]
    assert [one is None for one in recalled(path, loaded, policy, asked)] == [True, True, False]


def test_other_code_or_libraries_know_nothing_of_it(
    path: Path,
    loaded: Detectors,
    policy: Policy,
    judged: list[JudgedComment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An update of the tool, or of what it measures with, may change a score."""
    monkeypatch.setattr(score_cache, "_version", lambda name: "another")
    score_cache._libraries.cache_clear()
    try:
        assert recalled(path, loaded, policy) == [None] * len(FOUND)
    finally:
        monkeypatch.undo()
        score_cache._libraries.cache_clear()


def test_a_comment_that_failed_is_tried_again(
    path: Path, loaded: Detectors, policy: Policy
) -> None:
    """A fault of today is not held against it tomorrow."""
    broken = [found("This must explode now.")]
    with ScoreCache(path, loaded, policy) as cache:
        cache.keep(broken, assess(broken, loaded, policy))
    assert recalled(path, loaded, policy, broken) == [None]


def test_a_new_policy_judges_anew_and_asks_only_for_passages_that_miss(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """A stricter policy flags from the same scores; what it wants explained was not yet."""
    lenient = replace(policy, thresholds={"toxicity": 0.95, "insult": 0.95})
    strict = replace(policy, thresholds={"toxicity": 0.05, "insult": 0.5})
    freed = recalled(path, loaded, lenient)[1]
    assert freed is not None
    assert freed.verdict.outcome == "passed"
    calm, abusive, *_ = recalled(path, loaded, strict)
    assert calm is None
    assert abusive is not None
    assert abusive.verdict == assess(FOUND, loaded, strict)[1].verdict


def test_a_comment_that_changed_its_score_replaces_it(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """Kept again, an entry is the later one."""
    other = [replace(one, scored=replace(one.scored, language="xx")) for one in judged]
    with ScoreCache(path, loaded, policy) as cache:
        cache.keep(FOUND, other)
        again = cache.recall(FOUND)
    assert {one.scored.language for one in again if one} == {"xx"}


def test_the_file_holds_no_text_of_a_comment(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """Neither in the file nor in what SQLite keeps beside it."""
    with ScoreCache(path, loaded, policy) as cache:
        cache.keep(FOUND, judged)
        files = [file.read_bytes() for file in path.parent.glob("queue.cache.sqlite*")]
    assert len(files) >= 2
    for word in (b"calm", b"people", b"Stadtverwaltung", b"b1tch"):
        assert not any(word in content for content in files)


def _overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200:] = b"\x55" * (len(content) - 200)
    path.write_bytes(content)


def _no_text(path: Path) -> None:
    """Bytes that are no UTF-8, where a language stood."""
    with sqlite3.connect(path) as file:
        file.execute("UPDATE measured SET language = CAST(x'ff' AS TEXT)")
    file.close()


def _older_form(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("ALTER TABLE measured DROP COLUMN seal")
    file.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: os.truncate(path, 100),
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: os.truncate(path, 0),
        _overwrite,
        _older_form,
        _no_text,
    ],
    ids=["head only", "half", "empty", "overwritten", "of an older form", "no text"],
)
def test_a_damaged_file_is_begun_anew(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment], damage: object
) -> None:
    """It is said, what is lost is measured again, and the next scan has it."""
    assert callable(damage)
    damage(path)
    was_empty = path.stat().st_size == 0
    with ScoreCache(path, loaded, policy) as cache:
        known = cache.recall(FOUND)
        cache.keep(FOUND, judged)
        remarks = cache.remarks
    assert known == [None] * len(FOUND)
    assert len(remarks) == (0 if was_empty else 1)
    assert was_empty or "was damaged" in remarks[0]
    assert recalled(path, loaded, policy) == judged


def test_a_byte_that_changed_on_the_disk_makes_no_score(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """An entry that is not as it was written is measured again."""
    with sqlite3.connect(path) as file:
        file.execute("UPDATE measured SET scores = zeroblob(16) WHERE length(scores) = 16")
        file.execute("UPDATE measured SET evidence = '{' WHERE evidence != ''")
    file.close()
    known = recalled(path, loaded, policy)
    assert [one is None for one in known] == [True] * len(FOUND)


@pytest.mark.parametrize("kind", ["text", "database"])
def test_another_programs_file_is_left_alone(
    path: Path, loaded: Detectors, policy: Policy, kind: str
) -> None:
    """The scan goes on without a cache and says so."""
    if kind == "text":
        path.write_text("My notes on the queue.\n" * 9)
    else:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE notes (note TEXT)")
        file.close()
    before = path.read_bytes()
    with ScoreCache(path, loaded, policy) as cache:
        assert cache.recall(FOUND) == [None] * len(FOUND)
        cache.keep(FOUND, assess(FOUND, loaded, policy))
        cache.forget_unused()
        (remark,) = cache.remarks
    assert "another program's file" in remark
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="needs permissions as Unix has them")
@pytest.mark.parametrize("readable", [True, False])
def test_a_file_that_may_not_be_written_stops_no_scan(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment], readable: bool
) -> None:
    """What can be read is used; that nothing new is kept is said once."""
    path.chmod(0o444 if readable else 0)
    new = [found("A remark that nobody has seen before.")]
    fresh = assess(new, loaded, policy)
    with as_nobody(path.parent), ScoreCache(path, loaded, policy) as cache:
        known = cache.recall(FOUND)
        for _ in range(3):
            cache.keep(new, fresh)
        (remark,) = cache.remarks
    assert "cannot be kept" in remark
    assert known in (judged, [None] * len(FOUND))
    assert recalled(path, loaded, policy, new) == [None]


def test_a_full_disk_stops_no_scan(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """What was kept is used on, nothing more is kept, and it is said once."""
    many = [found(f"Remark number {n} about the bridge.", place=n) for n in range(400)]
    fresh = assess(many, loaded, policy)
    with ScoreCache(path, loaded, policy) as cache:
        assert cache._file is not None
        pages = cache._file.execute("PRAGMA page_count").fetchone()[0]
        cache._file.execute(f"PRAGMA max_page_count = {pages + 1}")
        for _ in range(3):
            cache.keep(many, fresh)
        (remark,) = cache.remarks
        assert "database or disk is full" in remark
        assert cache.recall(FOUND) == judged
        assert cache.recall(many) == [None] * len(many)


@pytest.mark.parametrize("writes_first", [False, True])
@pytest.mark.usefixtures("judged")
def test_a_file_that_another_scan_holds_is_asked_once(
    path: Path,
    loaded: Detectors,
    policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
    writes_first: bool,
) -> None:
    """On a drive without WAL each batch would wait again; after one time-out none does."""
    monkeypatch.setattr(score_cache, "_PATIENCE", 0.05)
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    file.close()
    # A drive without WAL stays as it is when it is asked for it.
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *_, **more: connect(*_, **more, factory=NoWal))
    with ScoreCache(path, loaded, policy) as cache:
        assert cache._file is not None
        judged = [one for one in cache.recall(FOUND) if one]
        assert len(judged) == len(FOUND)
        other = connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        asked: list[str] = []
        cache._file.set_trace_callback(asked.append)
        if writes_first:
            cache.keep(FOUND, judged)
        for _ in range(3):
            assert cache.recall(FOUND) == [None] * len(FOUND)
            cache.keep(FOUND, judged)
        (remark,) = cache.remarks
        other.close()
        assert cache.recall(FOUND) == [None] * len(FOUND)
    assert "database is locked" in remark
    assert sum(statement.startswith("SELECT") for statement in asked) == (not writes_first)


def test_a_file_that_is_only_written_elsewhere_is_asked_on(
    path: Path,
    loaded: Detectors,
    policy: Policy,
    judged: list[JudgedComment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With WAL no lookup waits for another scan's lock, so what is there is used."""
    monkeypatch.setattr(score_cache, "_PATIENCE", 0.05)
    with ScoreCache(path, loaded, policy) as cache:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        cache.keep(FOUND, judged)
        assert cache.recall(FOUND) == judged
        other.close()
        (remark,) = cache.remarks
    assert "database is locked" in remark


def test_two_scans_share_a_file(path: Path, loaded: Detectors, policy: Policy) -> None:
    """Each writes what it has scored and finds what the other has."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.test_score_cache import *\n"
        "policy = load_policy(Path(sys.argv[2]))\n"
        "detectors = load_detectors(WordScorer())\n"
        "texts = [found(f'{n} {sys.argv[3]} remark.') for n in range(200)]\n"
        "with ScoreCache(Path(sys.argv[1]), detectors, policy) as cache:\n"
        "    for first in range(0, 200, 4):\n"
        "        some = texts[first:first + 4]\n"
        "        cache.recall(some)\n"
        "        cache.keep(some, assess(some, detectors, policy))\n"
        "    assert not cache.remarks, cache.remarks\n"
    )
    words = path.parent / "words.toml"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, path, words, name],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
        for name in ("one", "another")
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    asked = [found(f"{n} {name} remark.") for name in ("one", "another") for n in range(200)]
    assert None not in recalled(path, loaded, policy, asked)


def test_what_a_killed_scan_leaves_beside_the_file_is_taken_up(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment], tmp_path: Path
) -> None:
    """What was kept stands in SQLite's own side file until the next scan opens it."""
    new = [found("A remark that nobody has seen before.")]
    fresh = assess(new, loaded, policy)
    left = tmp_path / "left"
    left.mkdir()
    with ScoreCache(path, loaded, policy) as cache:
        cache.keep(new, fresh)
        for file in path.parent.glob("queue.cache.sqlite*"):  # as they lie when it is killed
            shutil.copy(file, left)
    assert recalled(left / path.name, loaded, policy, new) == fresh
    assert [file.name for file in left.iterdir()] == [path.name]


def test_what_nobody_asks_for_is_forgotten(
    path: Path,
    loaded: Detectors,
    policy: Policy,
    judged: list[JudgedComment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sixty days later only what a scan of the meantime has asked for is left."""
    now = time.time()

    def scanned(days: int, asked: Sequence[FoundComment]) -> list[JudgedComment | None]:
        monkeypatch.setattr(time, "time", lambda: now + days * 86_400)
        with ScoreCache(path, loaded, policy) as cache:
            known = cache.recall(asked)
            cache.forget_unused()
        return known

    assert scanned(DATED_ANEW_AFTER - 1, FOUND) == judged
    assert scanned(30, FOUND[:2]) == judged[:2]
    assert scanned(KEPT_DAYS + 1, []) == []
    assert scanned(KEPT_DAYS + 1, FOUND) == [*judged[:2], *[None] * (len(FOUND) - 2)]


def test_a_file_that_is_read_often_is_not_written_each_time(
    path: Path, loaded: Detectors, policy: Policy, judged: list[JudgedComment]
) -> None:
    """A nightly scan that finds everything leaves the file as it is."""
    before = path.read_bytes()
    recalled(path, loaded, policy)
    assert path.read_bytes() == before
