"""The comparison with other filters."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.peers import compare_peers, peak_memory, print_peers

TEXTS = ["Thanks for the article.", "You are an idiot.", "The bus was late again."]


def test_the_embedded_model_is_timed_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    """Every filter has a line: its rates, or why it has none."""
    paces = compare_peers(TEXTS, None)
    print_peers(TEXTS, paces, "reader comments")
    printed = capsys.readouterr().out.splitlines()
    assert len(paces) == len(printed) - 3 == 5
    for pace in paces[:2]:
        assert pace.clock > 0
        assert pace.busy > 0
    assert "not asked for" in paces[2].missing


def test_an_interpreter_without_tox_block_is_reported() -> None:
    """A failure is told in its line, and the others are still timed."""
    paces = compare_peers(TEXTS, Path(sys.executable))
    assert "failed" in paces[2].missing


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process's peak so")
def test_memory_is_that_of_a_process_of_its_own() -> None:
    """Scoring a few comments takes more than nothing and less than a gigabyte."""
    assert 20 < peak_memory(TEXTS, 30) < 1024
