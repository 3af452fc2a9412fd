"""Reading a checkpoint without running code from it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.checkpoint import read_checkpoint

from .checkpoints import LABELS, SmallCheckpoint, make_checkpoint

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")


class Runs:
    """An object whose unpickling makes a folder."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.witness),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallCheckpoint:
    """A small checkpoint, made once."""
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint"))


def test_it_says_what_it_holds(made: SmallCheckpoint) -> None:
    """Class, tokenizer, base and hash are read; the old names of classes are translated."""
    found = read_checkpoint(made.path)
    assert found.labels == LABELS
    assert found.model_class == "BertForSequenceClassification"
    assert found.tokenizer_class == "BertTokenizer"
    assert found.base == "nobody/bert-base"
    assert found.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert "classifier.weight" in found.state


@pytest.mark.parametrize("place", ["state_dict", "config", "extra"])
def test_a_file_that_would_run_code_is_refused(
    made: SmallCheckpoint, tmp_path: Path, place: str
) -> None:
    """Wherever the code sits, it is not run, and the error names what it would have called."""
    path, witness = tmp_path / "evil.ckpt", tmp_path / "witness"
    torch.save({**torch.load(made.path, weights_only=True), place: Runs(witness)}, path)
    with pytest.raises(ModelUnavailable, match=r"evil\.ckpt was not loaded") as caught:
        read_checkpoint(path)
    assert "mkdir" in str(caught.value)
    assert "weights_only" not in str(caught.value)
    assert not witness.exists()


def test_an_old_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """The format before zip archives is read with the same care."""
    path, witness = tmp_path / "evil.ckpt", tmp_path / "witness"
    torch.save({"state_dict": Runs(witness)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(ModelUnavailable, match="was not loaded"):
        read_checkpoint(path)
    assert not witness.exists()


def test_numbers_of_numpy_are_harmless(made: SmallCheckpoint, tmp_path: Path) -> None:
    """A training script leaves its best score beside the weights; that is no reason to refuse."""
    import numpy as np

    path = tmp_path / "with_numbers.ckpt"
    loaded = torch.load(made.path, weights_only=True)
    torch.save({**loaded, "best": np.float64(0.98), "epoch": np.int64(3)}, path)
    assert read_checkpoint(path).labels == LABELS


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"PK\x03\x04", b"\x80\x02."])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    """Anything else than a checkpoint is named as such."""
    path = tmp_path / "other.ckpt"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"other\.ckpt"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ([], "state_dict"),
        ({"state_dict": {}}, r"config\.arch\.args\.model_type"),
        ({"state_dict": {}, "config": {"arch": {"args": 3}}}, r"config\.arch\.args\.model_type"),
    ],
)
def test_a_checkpoint_of_another_format_is_refused(
    tmp_path: Path, content: Any, missing: str
) -> None:
    """Weights without Detoxify's settings are refused with the name of what is missing."""
    path = tmp_path / "plain.ckpt"
    torch.save(content, path)
    with pytest.raises(ModelUnavailable, match=f"it has no {missing}"):
        read_checkpoint(path)


def test_more_classes_than_outputs_are_refused(tmp_path: Path) -> None:
    """Fewer are right: Detoxify's 'unbiased' has outputs that its classes do not name."""
    assert read_checkpoint(make_checkpoint(tmp_path / "more", outputs=16).path).outputs == 16
    with pytest.raises(ModelUnavailable, match="names 6 classes for 5 outputs"):
        read_checkpoint(make_checkpoint(tmp_path / "fewer", num_classes=5).path)


def test_a_hash_in_the_name_is_held_against_the_file(made: SmallCheckpoint, tmp_path: Path) -> None:
    """A file that is not what its name says is refused; one that is, is read."""
    sha256 = hashlib.sha256(made.path.read_bytes()).hexdigest()
    content = made.path.read_bytes()
    wrong = tmp_path / "toxic-c1212f89.ckpt"
    wrong.write_bytes(content)
    with pytest.raises(
        ModelUnavailable, match=rf"begins with {sha256[:8]}, its name says c1212f89"
    ):
        read_checkpoint(wrong)
    for name in (f"toxic-{sha256[:10]}.ckpt", "toxic-20240131.ckpt", "toxic-final.ckpt"):
        (tmp_path / name).write_bytes(content)
        assert read_checkpoint(tmp_path / name).sha256 == sha256


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """What cannot be read is said with its path."""
    with pytest.raises(ModelUnavailable, match=r"no\.ckpt cannot be read"):
        read_checkpoint(tmp_path / "no.ckpt")
