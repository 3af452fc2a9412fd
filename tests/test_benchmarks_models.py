"""The comparison with Detoxify, on a model that is small enough for a test."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("detoxify", reason="detoxify is not installed: pip install detoxify")

from benchmarks.models import Rate, Turn, compare_models, print_models


def test_contenders_take_turns_on_the_same_weights(capsys: pytest.CaptureFixture[str]) -> None:
    """Every contender has every turn, the table starts with Detoxify, and says what was run."""
    before = os.environ.get("MODERATION_MODELS")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    rates, checked = compare_models(["You are a fool.", "Thanks!"], 2, **sizes)
    assert os.environ.get("MODERATION_MODELS") == before
    assert [len(rate.turns) for rate in rates] == [2] * 6
    print_models(rates, checked)
    table = capsys.readouterr().out
    assert table.index("Detoxify.predict, batches of 32") < table.index("the same weights exported")
    assert "of Detoxify's" in checked
    assert "random" in table


def test_ratios_are_made_turn_by_turn() -> None:
    """A neighbour that slows one turn slows both of its contenders."""
    theirs = Rate(name="a", turns=(Turn(clock=1, busy=2), Turn(clock=4, busy=2)))
    ours = Rate(name="b", turns=(Turn(clock=10, busy=4), Turn(clock=40, busy=8)))
    assert ours.times(theirs) == ([10, 10], [2, 4])
