"""The files of a pass belong together, and are merged with what stands there."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import polars
import pytest

from moderation.errors import OutputError, QueueExists, UsageError
from moderation.output import check_results, earlier_sample, write_results
from moderation.pipeline import ScanResult, sample_order, scan
from moderation.rebuilding import rebuild_queue
from moderation.review_queue import QueuePaths, read_table
from moderation.review_queue.decision_log import read_log
from moderation.review_queue.reading import ROW
from moderation.scores import read_scores

from .conftest import PAGE, WordScorer

SECOND = PAGE.replace("Second comment, glorbly", "Another remark, glorbly")


@pytest.fixture
def result(pages: Path, words: WordScorer, word_policy: Path) -> ScanResult:
    return scan([pages], policy=word_policy, model=words)


@pytest.fixture
def desk(pages: Path, words: WordScorer, word_policy: Path, tmp_path: Path) -> "Desk":
    return Desk(pages, words, word_policy, tmp_path / "queue.csv")


class Desk:
    """A folder of pages, and a queue that is scanned into and worked on."""

    def __init__(self, pages: Path, words: WordScorer, policy: Path, queue: Path) -> None:
        self.pages, self.words, self.policy, self.queue = pages, words, policy, queue
        self.paths = QueuePaths.beside(queue)

    def scan(self, *paths: Path, audit_sample: int = 0) -> dict[str, int]:
        chosen = paths or (self.pages,)
        result = scan(chosen, policy=self.policy, model=self.words, audit_sample=audit_sample)
        write_results(result, self.queue)
        merged: dict[str, int] = json.loads(self.paths.receipt.read_text())["merge"]
        return merged

    def rows(self) -> list[dict[str, str]]:
        return read_table(self.queue).frame.drop(ROW).to_dicts()

    def edit(self, row: int, **cells: str) -> None:
        rows = self.rows()
        rows[row] |= cells
        frame = polars.DataFrame(rows, schema=dict.fromkeys(rows[0], polars.String))
        frame.write_csv(self.queue, include_bom=True)


def test_the_receipt_names_the_files_by_their_hashes(result: ScanResult, tmp_path: Path) -> None:
    """A queue and a scores file that do not belong together can be told."""
    paths = write_results(result, tmp_path / "queue.csv").paths
    files = json.loads(paths.receipt.read_text())["files"]
    for path in (paths.queue, paths.scores):
        assert files[path.name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_decision_made_during_the_scan_is_kept(desk: Desk) -> None:
    """The queue is read right before it is written, not when the scan begins."""
    desk.scan()
    result = scan([desk.pages], policy=desk.policy, model=desk.words)
    desk.edit(0, decision="keep", reviewer="Ana")
    written = write_results(result, desk.queue)
    (row,) = desk.rows()
    assert (row["decision"], row["reviewer"], written.account.recorded) == ("approve", "Ana", 1)


def test_what_the_merge_changed_is_in_the_receipt(desk: Desk) -> None:
    """Counts that reconcile, and every conflict and unknown word."""
    desk.scan()
    desk.edit(0, decision="glorb")
    (desk.pages / "second.txt").write_text(SECOND)
    merged = desk.scan()
    assert merged["before"] + merged["added"] - merged["dropped"] == merged["after"] == 2
    assert merged["unknown"][0]["word"] == "glorb"  # type: ignore[index]


def test_the_log_is_written_before_the_queue(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the queue cannot be put in place, the decisions are safe already."""
    desk.scan()
    desk.edit(0, decision="remove")
    before = desk.queue.read_bytes()

    real = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == desk.queue and not path.name.endswith(".old.partial"):
            raise PermissionError(13, "The process cannot access the file", str(target))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match=r"open in another program.*Close it there"):
        desk.scan()
    assert desk.queue.read_bytes() == before
    assert [entry.decision.verdict for entry in read_log(desk.paths.log).entries] == ["remove"]
    monkeypatch.undo()
    desk.scan()
    assert len(read_log(desk.paths.log).entries) == 1


def test_scores_of_pages_that_were_not_scanned_are_carried_over(desk: Desk) -> None:
    """Preview and tuning need every comment that the queue may show."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.scan(desk.pages / "second.txt")
    scores = read_scores(desk.paths.scores)
    assert sorted(scores.frame["source"]) == sorted(
        [str(desk.pages / "bridge.txt")] * 2 + [str(desk.pages / "second.txt")] * 2
    )
    assert json.loads(desk.paths.receipt.read_text())["scores_carried_over"] == 2
    assert len(list(scores.judged())) == 4


def test_a_page_whose_name_goes_on_with_a_number_sign_is_no_part_of_another(desk: Desk) -> None:
    """Programs that save pages keep what stands behind the # of an address."""
    plain, numbered = desk.pages / "index.txt", desk.pages / "index.txt#comment-5.txt"
    plain.write_text(PAGE)
    numbered.write_text(SECOND)
    desk.scan()
    merged = desk.scan(plain)
    assert (merged["gone"], merged["not_in_scan"]) == (0, 2)


def test_scores_of_what_is_gone_are_carried_only_while_its_row_stands(desk: Desk) -> None:
    """A comment that passed and is gone is nobody's business any more."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    (desk.pages / "second.txt").unlink()
    assert desk.scan()["gone"] == 1
    texts = read_scores(desk.paths.scores).frame["text"].to_list()
    assert len(texts) == 3
    assert any("Another remark" in text for text in texts)


def test_a_scan_of_one_page_leaves_the_rows_of_others(desk: Desk) -> None:
    """The desk can scan what came in today."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.edit(1, decision="remove")
    (desk.pages / "second.txt").write_text(SECOND.replace("Another remark", "A third remark"))
    merged = desk.scan(desk.pages / "second.txt")
    assert (merged["gone"], merged["not_in_scan"], merged["added"]) == (1, 1, 1)


def test_scanning_again_gives_the_same_bytes(desk: Desk) -> None:
    """With decisions, notes, groups and gone rows in it."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.edit(0, decision="OK", note="=1+1", reviewer="Ana")
    (desk.pages / "second.txt").unlink()
    desk.scan()
    first = desk.queue.read_bytes(), desk.paths.scores.read_bytes()
    desk.scan()
    assert (desk.queue.read_bytes(), desk.paths.scores.read_bytes()) == first


def test_the_separator_of_the_spreadsheet_is_kept(desk: Desk) -> None:
    """A desk whose Excel expects semicolons gets semicolons, in UTF-8."""
    desk.scan()
    rows = desk.rows()
    polars.DataFrame(rows).write_csv(desk.queue, separator=";")
    desk.scan()
    assert desk.queue.read_bytes().startswith(b"\xef\xbb\xbfid;priority;decision;")


def test_a_damaged_queue_is_refused_before_the_scan(desk: Desk) -> None:
    """The row is named, and nothing is overwritten."""
    desk.scan()
    broken = desk.queue.read_text("utf-8-sig").replace("Second", '"Second', 1) + "x\r\n" * 3
    desk.queue.write_text(broken, "utf-8-sig")
    before = desk.queue.read_bytes()
    with pytest.raises(QueueExists, match=r"row 2.*left as it is"):
        check_results(desk.queue)
    assert desk.queue.read_bytes() == before


def test_unreadable_scores_are_refused_before_the_scan(desk: Desk) -> None:
    """What they hold of other pages would be lost."""
    desk.scan()
    desk.paths.scores.write_bytes(b"PAR1 and no more")
    with pytest.raises(UsageError, match=r"queue\.scores\.parquet"):
        check_results(desk.queue)


def test_a_lost_queue_comes_back_with_the_next_scan(desk: Desk) -> None:
    """Its rows from the scores, also those of pages that are not scanned, its decisions too."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.edit(0, decision="remove", reviewer="Ana")
    desk.scan()
    desk.queue.unlink()
    desk.scan(desk.pages / "second.txt")
    assert sorted(row["decision"] for row in desk.rows()) == ["", "remove"]


def test_a_lost_queue_is_rebuilt_as_it_was(desk: Desk) -> None:
    """From scores and log alone, byte for byte when nothing else was written into it."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan(audit_sample=1)
    desk.edit(0, decision="remove", reviewer="Ana", note="why")
    desk.scan(audit_sample=1)
    before = desk.queue.read_bytes()
    desk.queue.unlink()
    rebuilt = rebuild_queue(desk.queue)
    assert desk.queue.read_bytes() == before
    assert (rebuilt.account.put_back, rebuilt.account.added) == (1, 3)


def test_a_queue_that_stands_gets_what_it_has_lost(desk: Desk) -> None:
    """Rows that were deleted and cells that were cleared; what else stands there stays."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.edit(0, decision="remove")
    desk.edit(1, decision="approve")
    desk.scan()
    desk.edit(0, decision="")
    lines = desk.queue.read_bytes().splitlines(keepends=True)
    desk.queue.write_bytes(b"".join(lines[:-1]))
    rebuilt = rebuild_queue(desk.queue)
    assert sorted(row["decision"] for row in desk.rows()) == ["approve", "remove"]
    assert (rebuilt.account.added, rebuilt.account.put_back) == (1, 2)


def test_nothing_is_rebuilt_from_nothing(tmp_path: Path) -> None:
    """The files that are needed are named."""
    with pytest.raises(UsageError, match=r"queue\.decisions\.jsonl and queue\.scores\.parquet"):
        rebuild_queue(tmp_path / "queue.csv")


def test_a_blind_sample_is_unmarked_in_the_queue_and_named_in_the_receipt(desk: Desk) -> None:
    """Reviewers cannot tell it; the report can."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan(audit_sample=1)
    receipt = json.loads(desk.paths.receipt.read_text())
    sample = receipt["audit_sample"]
    passed = [
        row["id"]
        for row in read_scores(desk.paths.scores).frame.to_dicts()
        if row["outcome"] == "passed"
    ]
    assert sample == {"asked": 1, "drawn_from": 2, "ids": [min(passed, key=sample_order)]}
    (row,) = [row for row in desk.rows() if row["id"] in sample["ids"]]
    assert (row["state"], row["priority"], row["reasons"]) == ("", "81", "toxicity = 0.10")
    assert receipt["comments"]["passed"] == 2
    assert earlier_sample(desk.queue) == 1


def test_a_blind_sample_stays_one_when_pages_are_scanned_apart(desk: Desk) -> None:
    """The first of all comments that passed, wherever they were found; the others leave."""
    for number in range(4):
        text = PAGE.replace("First", f"The {number}th").replace("Second", f"Remark {number}")
        (desk.pages / f"page{number}.txt").write_text(text)
    desk.scan(audit_sample=3)
    apart = desk.queue.with_name("apart.csv")
    other = Desk(desk.pages, desk.words, desk.policy, apart)
    for page in sorted(desk.pages.iterdir()):
        other.scan(page, audit_sample=3)
    samples = [json.loads(one.paths.receipt.read_text())["audit_sample"] for one in (desk, other)]
    assert samples[0] == samples[1]
    assert sorted(row["id"] for row in desk.rows()) == sorted(row["id"] for row in other.rows())


def test_a_sampled_comment_that_was_judged_stays(desk: Desk) -> None:
    """Its verdict is a person's work when the sample ends."""
    desk.scan(audit_sample=1)
    (chosen,) = json.loads(desk.paths.receipt.read_text())["audit_sample"]["ids"]
    index = [row["id"] for row in desk.rows()].index(chosen)
    desk.edit(index, decision="approve")
    desk.scan(audit_sample=0)
    assert [row["decision"] for row in desk.rows() if row["id"] == chosen] == ["approve"]


def test_rows_that_were_taken_out_are_said(desk: Desk) -> None:
    """A filtered sheet saves what it shows; what is still flagged is in the queue again."""
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    lines = desk.queue.read_bytes().splitlines(keepends=True)
    desk.queue.write_bytes(b"".join(lines[:-1]))
    result = scan([desk.pages], policy=desk.policy, model=desk.words)
    written = write_results(result, desk.queue)
    assert "A row of the last scan had been taken out of the queue." in written.warnings[0]
    assert (written.account.added, len(desk.rows())) == (1, 2)


def test_a_link_to_a_queue_stays_a_link(desk: Desk, tmp_path: Path) -> None:
    """What belongs to a queue lies beside the file, not beside the link."""
    desk.scan()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "today.csv"
    link.symlink_to(desk.queue)
    desk.edit(0, decision="approve")
    result = scan([desk.pages], policy=desk.policy, model=desk.words)
    assert write_results(result, link).account.recorded == 1
    assert link.is_symlink()
    assert [path.name for path in folder.iterdir()] == ["today.csv"]


def test_permissions_are_kept_and_the_log_has_those_of_the_queue(desk: Desk) -> None:
    """What was private stays private."""
    desk.scan()
    desk.queue.chmod(0o600)
    desk.edit(0, decision="approve")
    desk.queue.chmod(0o600)
    desk.scan()
    assert {path.stat().st_mode & 0o777 for path in (desk.queue, desk.paths.log)} == {0o600}


def test_a_queue_that_lies_open_in_libreoffice_is_said(desk: Desk) -> None:
    """Who has it open, and that decisions are safe."""
    desk.scan()
    lock = desk.queue.with_name(".~lock.queue.csv#")
    lock.write_text("Ana Example,ana,desk7,23.11.2026 23:50,file:///home/ana/profile;")
    result = scan([desk.pages], policy=desk.policy, model=desk.words)
    (warning,) = write_results(result, desk.queue).warnings
    assert "open in a spreadsheet by Ana Example since 23.11.2026 23:50" in warning
    assert "safe in the log" in warning


def test_an_interrupted_write_puts_everything_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between two of the files leaves the three that were there."""
    desk.scan()
    paths = (desk.queue, desk.paths.receipt, desk.paths.scores)
    before = {path: path.read_bytes() for path in paths}
    real = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        if target == desk.queue and not path.name.endswith(".old.partial"):
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.scan()
    assert {path: path.read_bytes() for path in paths} == before
    assert not list(desk.queue.parent.glob(".*partial"))


def test_a_file_that_cannot_be_written_changes_none(result: ScanResult, tmp_path: Path) -> None:
    """When one of the three is in the way, the others stay as they were."""
    paths = write_results(result, tmp_path / "queue.csv").paths
    paths.receipt.unlink()
    paths.receipt.mkdir()
    old = {paths.queue: b"", paths.scores: b"old scores"}
    for path, content in old.items():
        path.write_bytes(content)
    with pytest.raises(OutputError, match=f"Cannot write {paths.receipt}"):
        write_results(result, paths.queue)
    assert {path: path.read_bytes() for path in old} == old
    assert not list(tmp_path.glob(".*partial"))


def test_two_scans_into_one_queue_lose_no_row_and_no_decision(desk: Desk, tmp_path: Path) -> None:
    """They wait for each other, and each reads what the other wrote."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.conftest import WordScorer\n"
        "from moderation.output import write_results\nfrom moderation.pipeline import scan\n"
        "from moderation.review_queue.recording import record_decisions\n"
        "page, policy, queue = map(Path, sys.argv[1:])\n"
        "result = scan([page], policy=policy, model=WordScorer())\n"
        "for _ in range(5):\n"
        "    write_results(result, queue)\n"
        "    record_decisions(queue)\n"
    )
    (desk.pages / "second.txt").write_text(SECOND)
    desk.scan()
    desk.edit(0, decision="remove")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, page, str(desk.policy), str(desk.queue)],
            cwd=Path(__file__).parents[1],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        for page in map(str, sorted(desk.pages.iterdir()))
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert sorted(row["decision"] for row in desk.rows()) == ["", "remove"]
    assert len(read_log(desk.paths.log).entries) == 1
