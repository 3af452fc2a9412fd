"""A scan that is killed, at whatever moment, and started again: nothing is lost or done twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PROJECT

KILLS = 50


def page(first: int, count: int) -> str:
    """A page of comments that differ, among them some that fail or are in another language."""
    texts = [f"Remark number {n} about the bridge." for n in range(first, first + count)]
    texts[3] = f"You are glorbly, and that is remark {first}."
    texts[7] = f"This must explode now, says remark {first}."
    texts[11] = f"Das ist doch wieder einmal typisch für diese Stadtverwaltung, {first} Mal."
    items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(texts, start=1))
    return f"An article about a bridge that is closed.\n\n\n\n{items}\n\nComments are closed.\n"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
def test_a_scan_killed_at_fifty_random_moments_loses_and_repeats_nothing(
    tmp_path: Path, word_policy: Path
) -> None:
    """Queue, scores and receipt are those of a scan that nobody disturbed; no kept score is made
    again."""
    pages = tmp_path / "many"
    pages.mkdir()
    for number in range(5):
        (pages / f"page-{number}.txt").write_text(page(number * 100, 60), encoding="utf-8")
    command = [sys.executable, "-m", "tests.killing", pages, word_policy, tmp_path, str(KILLS)]
    run = subprocess.run(
        [str(part) for part in command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["kills"] == KILLS
    assert told["trials"] > 1, "the kills must reach all of a scan, its end too"
    assert (told["different"], told["twice"]) == ([], [])
