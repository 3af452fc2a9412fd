"""Every judged comment of a pass, in order, whether it is held or lies on the disk."""

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import polars
import pytest

from moderation import ledger
from moderation.errors import OutputError
from moderation.ledger import Ledger
from moderation.policy import judge, load_policy
from moderation.records import Comment, JudgedComment, Outcome, ScoredComment, TermMatch
from moderation.scores import scores_bytes

from .conftest import as_nobody

LABELS = ("toxicity", "insult")
COUNT = 50


@pytest.fixture
def judged(word_policy: Path) -> list[JudgedComment]:
    policy = load_policy(word_policy)
    return [
        JudgedComment(scored=one, verdict=judge(one, policy)) for one in map(scored, range(COUNT))
    ]


def scored(number: int) -> ScoredComment:
    """A comment of one of the kinds that there are."""
    text = f"Remark {number} glorb"
    comment = Comment(
        id=f"c{number:016}",
        document_id="p",
        number=number,
        start=number,
        end=number + len(text),
        text=text,
        author=None if number % 2 else "Ann",
        parent_id=f"c{number - 1:016}" if number % 3 == 1 else None,
    )
    if number % 7 == 6:
        return ScoredComment(
            comment=comment, source="p.txt", language="de", status="failed", error="it failed"
        )
    match = TermMatch(
        start=len(text) - 5,
        end=len(text),
        text="glorb",
        term="glorb",
        language="en",
        category="slur",
        target="",
        severity=4,
        via=("leet",),
    )
    return ScoredComment(
        comment=comment,
        source="p.txt",
        language="en",
        toxicity={"toxicity": 0.9 if number % 4 == 0 else 1 / 3, "insult": 0.1 + number / 1_000},
        matches=(match,) if number % 5 == 0 else (),
        scored_by="words 1",
    )


def filled(
    judged: list[JudgedComment], batch: int, folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> Ledger:
    monkeypatch.setattr(ledger, "PART", 8)
    kept = Ledger(LABELS, folder)
    for first in range(0, len(judged), batch):
        kept.add(judged[first : first + batch])
    return kept


@pytest.mark.parametrize("batch", [1, 7, 8, 19, COUNT])
def test_all_comments_come_back_as_they_were_and_in_order(
    judged: list[JudgedComment], batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From parts on the disk and from memory, each once."""
    kept = filled(judged, batch, tmp_path, monkeypatch)
    assert len(list(tmp_path.glob(".moderation-*.partial/*.parquet"))) == COUNT // 8
    assert (len(kept), list(kept)) == (COUNT, judged)
    assert kept.ids().to_list() == [one.scored.comment.id for one in judged]
    wanted: tuple[Outcome, ...] = ("flagged", "not_checked")
    assert list(kept.with_outcomes(wanted)) == [o for o in judged if o.verdict.outcome in wanted]
    ids = {judged[n].scored.comment.id for n in (0, 9, 49)}
    assert list(kept.chosen(ids)) == [judged[0], judged[9], judged[49]]


@pytest.mark.parametrize("part", [1, 8, 16, 4_096])
def test_the_scores_file_is_the_same_however_it_was_cut(
    judged: list[JudgedComment], part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, for any size of parts and of batches."""
    whole = scores_bytes([(one.scored, one.verdict) for one in judged], LABELS)
    for batch in (1, 19, COUNT):
        monkeypatch.setattr(ledger, "PART", part)
        kept = Ledger(LABELS, tmp_path)
        for first in range(0, COUNT, batch):
            kept.add(judged[first : first + batch])
        file = io.BytesIO()
        kept.write_scores(file)
        assert file.getvalue() == whole


def test_rows_of_an_earlier_file_stand_behind_the_others(
    judged: list[JudgedComment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a scan did not look at is carried over."""
    kept = filled(judged[:30], 7, tmp_path, monkeypatch)
    earlier = io.BytesIO(scores_bytes([(o.scored, o.verdict) for o in judged[30:]], LABELS))
    file = io.BytesIO()
    kept.write_scores(file, polars.read_parquet(earlier).lazy())
    ids = polars.read_parquet(io.BytesIO(file.getvalue()))["id"].to_list()
    assert ids == [one.scored.comment.id for one in judged]


def test_a_small_pass_never_touches_the_disk(
    judged: list[JudgedComment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is made when the first part is full."""
    kept = filled(judged[:7], 2, tmp_path, monkeypatch)
    assert list(tmp_path.glob(".moderation-*")) == []
    assert list(kept) == judged[:7]


def test_the_folder_goes_with_the_ledger(
    judged: list[JudgedComment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comments do not lie about when nobody needs them any more."""
    kept = filled(judged, 7, tmp_path, monkeypatch)
    assert list(tmp_path.glob(".moderation-*"))
    del kept
    assert not list(tmp_path.glob(".moderation-*"))


def test_the_folder_goes_when_the_program_ends(tmp_path: Path) -> None:
    """Also when an error ends it."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom moderation.ledger import Ledger\n"
        "kept = Ledger(('toxicity',), Path(sys.argv[1]))\n"
        "kept._parts_folder()\nprint(len(list(Path(sys.argv[1]).glob('.moderation-*'))))\n"
        "raise RuntimeError('something else')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, "1\n")
    assert not list(tmp_path.glob(".moderation-*"))


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be asked there")
def test_what_a_killed_scan_left_is_swept_away_and_nothing_else(
    judged: list[JudgedComment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old folder of a process that has ended goes; a young one, or a living one's, stays.

    Another machine's process cannot be asked, so its folder has a day.
    """
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    long_ago = time.time() - 2 * ledger.LEFT_BEHIND_AFTER
    own = ledger._machine()
    folders = {
        "left": (f"{ended.pid}-{own}", long_ago),
        "young": (f"{ended.pid}-{own}", time.time()),
        "living": (f"{os.getpid()}-{own}", long_ago),
        "elsewhere": (f"{ended.pid}-0000", long_ago),
        "abandoned": (f"{ended.pid}-0000", time.time() - 2 * ledger.ABANDONED_AFTER),
    }
    for name, (process, changed) in folders.items():
        folder = tmp_path / f".moderation-{process}-{name}.partial"
        folder.mkdir()
        (folder / "00000000.parquet").write_bytes(b"")
        os.utime(folder, (changed, changed))
    kept = filled(judged, 7, tmp_path, monkeypatch)
    left = {path.name.removesuffix(".partial").split("-")[-1] for path in tmp_path.glob(".mod*")}
    assert left & folders.keys() == {"young", "living", "elsewhere"}
    assert list(kept) == judged


@pytest.mark.skipif(os.name == "nt", reason="needs permissions as Unix has them")
def test_no_room_for_a_part_is_said_with_a_way_out(
    judged: list[JudgedComment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan stops with a sentence, not in the middle of a queue."""
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    with as_nobody(closed), pytest.raises(OutputError, match=r"no room .*closed.*start the same"):
        filled(judged, 7, closed, monkeypatch)
