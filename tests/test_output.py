"""The three files of a pass belong together and are written together."""

import hashlib
import json
from pathlib import Path

import pytest

from moderation.errors import OutputError, QueueExists
from moderation.output import write_results
from moderation.pipeline import ScanResult, scan

from .conftest import WordScorer


@pytest.fixture
def result(pages: Path, words: WordScorer, word_policy: Path) -> ScanResult:
    return scan([pages], policy=word_policy, model=words)


def test_the_receipt_names_the_files_by_their_hashes(result: ScanResult, tmp_path: Path) -> None:
    """A queue and a scores file that do not belong together can be told."""
    paths = write_results(result, tmp_path / "queue.csv")
    files = json.loads(paths.receipt.read_text())["files"]
    for path in (paths.queue, paths.scores):
        assert files[path.name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_decision_made_during_the_scan_is_not_lost(result: ScanResult, tmp_path: Path) -> None:
    """The queue is looked at again before it is replaced."""
    queue = write_results(result, tmp_path / "queue.csv").queue
    queue.write_text(queue.read_text("utf-8-sig").replace(",,,,", ",keep,,,", 1))
    with pytest.raises(QueueExists):
        write_results(result, queue)


def test_a_scan_killed_before_its_last_file_blocks_no_later_one(
    result: ScanResult, tmp_path: Path
) -> None:
    """With the new receipt beside the old, untouched queue, the next scan may write."""
    paths = write_results(result, tmp_path / "queue.csv")
    old = paths.queue.read_bytes().replace(b"glorbly", b"GLORBLY")
    paths.queue.write_bytes(old)
    receipt = json.loads(paths.receipt.read_text())
    receipt["files"]["queue.csv"]["sha256"] = hashlib.sha256(old).hexdigest()
    paths.receipt.write_text(json.dumps(receipt))
    write_results(result, paths.queue)
    paths.queue.write_bytes(old)  # as if the last rename had not happened
    write_results(result, paths.queue)


def test_an_interrupted_write_puts_everything_back(
    result: ScanResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between two of the files leaves the three that were there."""
    paths = write_results(result, tmp_path / "queue.csv")
    before = {path: path.read_bytes() for path in paths.all()}
    real = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        if target == paths.queue and not path.name.endswith(".old.partial"):
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_results(result, paths.queue)
    assert {path: path.read_bytes() for path in paths.all()} == before
    assert not list(tmp_path.glob(".*partial"))


def test_a_file_that_cannot_be_written_changes_none(result: ScanResult, tmp_path: Path) -> None:
    """When one of the three is in the way, the others stay as they were."""
    paths = write_results(result, tmp_path / "queue.csv")
    paths.receipt.unlink()
    paths.receipt.mkdir()
    old = {paths.queue: b"", paths.scores: b"old scores"}
    for path, content in old.items():
        path.write_bytes(content)
    with pytest.raises(OutputError, match=f"Cannot write {paths.receipt}"):
        write_results(result, paths.queue)
    assert {path: path.read_bytes() for path in old} == old
    assert not list(tmp_path.glob(".*partial"))
