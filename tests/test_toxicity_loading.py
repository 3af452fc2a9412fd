"""Names in, a scorer out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity import chosen_model, load_scorer
from moderation.toxicity.models.manifest import MANIFEST
from moderation.toxicity.models.onnx_scorer import ExportedScorer
from moderation.toxicity.models.store import choose, remove
from moderation.toxicity.routing import RoutedScorer


def test_an_added_model_is_loaded_by_name(added: Path) -> None:
    """It is the exported one, with the revision of its graph."""
    scorer = load_scorer("small")
    assert isinstance(scorer, ExportedScorer)
    assert scorer.name == "small"
    assert scorer.languages == {"en"}
    assert len(scorer.revision) == 12


def test_several_names_make_one_scorer(added: Path) -> None:
    """Joined with +, the first preferred; a name that comes twice counts once."""
    scorer = load_scorer("compact+seven+compact")
    assert isinstance(scorer, RoutedScorer)
    assert scorer.name == "compact+seven"


@pytest.mark.parametrize("name", ["original", "compact+original"])
def test_a_model_that_is_not_added_says_how(name: str) -> None:
    """Detoxify's names are known before they are added, and nothing is downloaded by a scan."""
    with pytest.raises(ModelUnavailable, match=f"moderation models add {name[-8:]}"):
        load_scorer(name)


def test_an_unknown_name_lists_what_is_here(added: Path) -> None:
    """A misspelt name is answered with the models that there are."""
    with pytest.raises(UsageError, match=r"'smal'.*compact, compact-quick, seven, small.*original"):
        load_scorer("smal")


def test_a_damaged_model_is_not_used(added: Path) -> None:
    """Scores of a damaged model would be worth nothing."""
    (added / "small" / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="is damaged"):
        load_scorer("small")


def test_an_unknown_device_is_refused(added: Path) -> None:
    """The devices are named."""
    with pytest.raises(UsageError, match="cpu, cuda"):
        load_scorer("small", "tpu")


def test_a_graphics_card_that_is_not_there_is_an_error(added: Path) -> None:
    """No scan runs on the processor that was to run on a card."""
    from onnxruntime import get_available_providers

    if "CUDAExecutionProvider" in get_available_providers():
        pytest.skip("this machine's ONNX Runtime is made for graphics cards")
    with pytest.raises(ModelUnavailable, match=r"--device cuda needs .*onnxruntime-gpu"):
        load_scorer("small", "cuda")
    with pytest.raises(ModelUnavailable, match="embedded model runs on processors"):
        load_scorer("compact", "cuda")


def test_without_a_choice_it_is_the_embedded_model() -> None:
    """Somebody who added nothing gets what came with the tool."""
    assert chosen_model() == "compact"


def test_other_languages_go_to_added_models(added: Path) -> None:
    """A model that knows more languages helps out; one that knows none more does not."""
    assert chosen_model() == "compact+seven"
    choose(["small"])
    assert chosen_model() == "small+seven"
    choose(["seven"])
    assert chosen_model() == "seven"
    remove("seven")
    assert chosen_model() == "compact"


def test_a_model_with_fewer_labels_does_not_help_out(added: Path) -> None:
    """Its comments would have gaps; whoever wants it names it."""
    path = added / "seven" / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "labels": ["toxicity"]}), encoding="utf-8")
    assert chosen_model() == "compact"


def test_a_damaged_helper_does_not_stop_a_scan(added: Path) -> None:
    """Only what was chosen must be whole."""
    (added / "seven" / MANIFEST).write_text("")
    assert chosen_model() == "compact"
    choose(["seven"])
    with pytest.raises(ModelUnavailable, match="is damaged"):
        load_scorer(chosen_model())
