"""A scan on a cluster is a scan: the same rows, whatever dies on the way. The cluster is Ray's."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from moderation.cluster import RayCluster
from moderation.cluster.connecting import require_ray
from moderation.errors import ClusterError
from moderation.pipeline import Manner, Progress, ScanResult, scan

from .cluster_scorers import OtherScorer, TravellingScorer
from .conftest import PROJECT, Run
from .test_pipeline import numbered

PAGES = 48
COMMENTS = 20
"""On each page; every fifth is flagged."""

SLOW = 0.004
"""Seconds for a comment, so that a run lasts long enough to be disturbed."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """A cluster of three processors on this machine, for all tests of this file."""
    ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'ray[data]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
        patch.setenv("PYTHONPATH", str(PROJECT))  # its processes import the tests' scorers
        ray.init(
            address="local",
            num_cpus=3,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 * 2**20,
        )
        yield RayCluster(processes=2)
        ray.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pages."""
    folder = tmp_path_factory.mktemp("site")
    for page in range(PAGES):
        comments = (
            f"Remark {number} of page {page}, {'glorbly' if number % 5 == 0 else 'calm'} enough."
            for number in range(COMMENTS)
        )
        (folder / f"page{page:03}.txt").write_text(numbered(*comments))
    return folder


def everything(result: ScanResult) -> list[object]:
    """All that a pass says, but for what names its engine."""
    receipt = result.receipt.as_json()
    receipt["settings"].pop("engine", None)
    return [list(result.judged), [row.cells() for row in result.rows], receipt]


def files_of(queue: Path) -> tuple[bytes, bytes, dict[str, Any]]:
    """The files of a scan, without what names its time, its engine and the files themselves."""
    receipt = json.loads(queue.with_suffix(".receipt.json").read_text())
    receipt["settings"].pop("engine", None)
    receipt["files"] = list(receipt["files"].values())
    receipt.pop("finished_at")
    return queue.read_bytes(), queue.with_suffix(".scores.parquet").read_bytes(), receipt


@pytest.mark.slow
def test_a_cluster_writes_the_same_files_as_one_machine(
    cluster: RayCluster, run: Run, tmp_path: Path
) -> None:
    """Queue and scores byte for byte, with the embedded model; the receipt but for the engine."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    terms = tmp_path / "en-desk.csv"
    terms.write_text("term,category,target,severity\nbridge,profanity,nobody,2\n")
    pages = PROJECT / "samples"
    scanned = ("scan", pages, "--quiet", "--model", "compact", "--terms", terms)
    here = run(*scanned, "-o", tmp_path / "here" / "queue.csv")
    there = run(*scanned, "-o", tmp_path / "there" / "queue.csv", "--engine", "ray")
    assert here[:2] == there[:2]
    assert here[0] == 1, here[2]
    assert files_of(tmp_path / "here" / "queue.csv") == files_of(tmp_path / "there" / "queue.csv")


@pytest.mark.slow
def test_killed_workers_lose_nothing_and_double_nothing(
    cluster: RayCluster, site: Path, tmp_path: Path, word_policy: Path
) -> None:
    """One process that scores is killed in mid-run, and later every process that works."""
    (tmp_path / "pids").mkdir()
    scorer = TravellingScorer(folder=tmp_path / "pids", pause=SLOW)
    killed: list[int] = []

    def disturb(progress: Progress) -> None:
        share = progress.comments_done / (PAGES * COMMENTS)
        living = [pid for pid in _workers() if pid not in killed]
        scoring = [pid for pid in living if (tmp_path / "pids" / str(pid)).exists()]
        chosen = scoring[:1] if share >= 0.1 and not killed else []
        chosen = living if share >= 0.4 and len(killed) == 1 else chosen
        for pid in chosen:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    manner = Manner(cluster=cluster, on_progress=disturb)
    there = scan([site], policy=word_policy, model=scorer, manner=manner)
    here = scan([site], policy=word_policy, model=TravellingScorer())
    assert len(killed) >= 3
    assert len(list((tmp_path / "pids").iterdir())) > 2, "nobody took over"
    assert everything(there) == everything(here)
    assert there.receipt.counts.found == PAGES * COMMENTS


@pytest.mark.slow
def test_a_cluster_scores_only_what_is_new(
    cluster: RayCluster, site: Path, tmp_path: Path, word_policy: Path
) -> None:
    """What an earlier scan kept is not scored again, and what the cluster scored is kept."""
    cache = tmp_path / "queue.cache.sqlite"
    model = TravellingScorer()
    scan([site / "page00*"], policy=word_policy, model=model, manner=Manner(cache=cache))
    known: list[int] = []

    def watched(engine: RayCluster | None) -> Manner:
        return Manner(
            cache=cache, cluster=engine, on_progress=lambda p: known.append(p.comments_known)
        )

    there = scan([site], policy=word_policy, model=model, manner=watched(cluster))
    assert known[-1] == 10 * COMMENTS
    here = scan([site], policy=word_policy, model=model, manner=watched(None))
    assert known[-1] == PAGES * COMMENTS
    assert everything(there) == everything(here)


@pytest.mark.slow
def test_what_cannot_be_read_there_is_told_here(
    cluster: RayCluster, tmp_path: Path, word_policy: Path
) -> None:
    """Failures are the same, in the same order, and the other pages are read."""
    for name in ("a", "c"):
        (tmp_path / f"{name}.txt").write_text(numbered("A calm remark.", "So glorbly."))
    (tmp_path / "b.txt").touch()
    paths = [tmp_path / "c.txt", tmp_path / "b.txt", tmp_path / "nowhere.txt", tmp_path / "a.txt"]
    model = TravellingScorer()
    there = scan(paths, policy=word_policy, model=model, manner=Manner(cluster=cluster))
    assert [failure.reason for failure in there.receipt.failures] == [
        "there is no such file or folder",
        "the file is empty",
    ]
    assert everything(there) == everything(scan(paths, policy=word_policy, model=model))


@pytest.mark.slow
def test_a_machine_with_another_version_does_not_take_part(
    cluster: RayCluster, site: Path, word_policy: Path
) -> None:
    """Its scores would not be those of this machine."""
    model = OtherScorer(home=os.getpid())
    with pytest.raises(ClusterError, match=r"another version of this tool.* Install the same"):
        scan([site], policy=word_policy, model=model, manner=Manner(cluster=cluster))


@pytest.mark.slow
def test_a_cluster_without_graphics_cards_says_so(cluster: RayCluster, run: Run) -> None:
    """Before any work, and without a traceback."""
    from moderation.cluster.running import Pool

    with pytest.raises(ClusterError, match="no graphics card for '--device cuda'"):
        Pool.of("cuda", None)


@pytest.mark.slow
def test_standard_input_stays_here(cluster: RayCluster, run: Run, tmp_path: Path) -> None:
    """It cannot be read by another process, and that is said."""
    code, _, errors = run("scan", "-", "-o", tmp_path / "queue.csv", "--engine", "ray")
    assert code == 2
    assert errors.startswith("Error: Standard input can be read by this process only.")


def test_an_address_where_nobody_answers_is_told_at_once(run: Run, tmp_path: Path) -> None:
    """With what to check; Ray alone would try for minutes."""
    pytest.importorskip("ray", reason="ray is not installed: pip install 'ray[data]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    page = tmp_path / "page.txt"
    page.write_text(numbered("A calm remark."))
    # In a process of its own: in this one a cluster may be connected.
    command = [sys.executable, "-m", "moderation", "scan", str(page), "--engine", "ray"]
    done = subprocess.run(
        [*command, "--ray-address", address, "-o", str(tmp_path / "queue.csv")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == 2
    assert f"Error: No Ray cluster answers at '{address}'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the engine that needs nothing."""

    def nothing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("moderation.cluster.connecting.version", nothing)
    with pytest.raises(ClusterError, match=r"pip install 'comment-moderation\[ray\]'"):
        require_ray()


def test_an_address_is_for_ray_only(run: Run, pages: Path, tmp_path: Path) -> None:
    """An option that would do nothing is refused."""
    out = tmp_path / "queue.csv"
    code, _, errors = run("scan", pages, "-o", out, "--ray-address", "127.0.0.1:6379")
    assert (code, errors) == (
        2,
        "Error: --ray-address is for --engine ray; add that, or leave it out.\n",
    )


def test_a_scan_on_one_machine_never_imports_ray(pages: Path, tmp_path: Path) -> None:
    """Nor fsspec: who does not ask for them does not wait for them."""
    program = (
        "import sys, moderation; from moderation.pipeline import scan; "
        f"scan([{str(pages)!r}]); print(sorted({{'ray', 'fsspec', 'pyarrow'}} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.stdout.strip() == "[]"


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _workers() -> list[int]:
    """The processes of the cluster that do work, of this test's own cluster only."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_text().partition("\0")[0]
            starter = _parent(_parent(int(folder.name)))
        except (OSError, ValueError, IndexError):
            continue
        if (
            name.startswith(("ray::MapWorker", "ray::MapBatches", "ray::IDLE"))
            and starter == os.getpid()
        ):
            found.append(int(folder.name))
    return found
