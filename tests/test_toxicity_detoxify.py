"""Detoxify's models through the adapter, on a small checkpoint in Detoxify's own format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import ModelUnavailable
from moderation.toxicity import load_scorer

pytest.importorskip(
    "detoxify", reason="the detoxify package is not installed: pip install detoxify"
)

TEXTS = ["", "you are a fool", "hello 😀 friend", "שלום you fool", "fool " * 40]
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "you",
    "are",
    "a",
    "fool",
    "hello",
    "friend",
    ".",
]
CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]


def make_checkpoint(folder: Path, **changes: Any) -> Path:
    """Write a tiny BERT with random weights as Detoxify's training code would."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification

    folder.mkdir(exist_ok=True)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=len(CLASSES),
        initializer_range=0.8,
    )
    config.save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    BertWordPieceTokenizer(vocab=vocabulary).save(str(folder / "tokenizer.json"))
    described = {"tokenizer_class": "BertTokenizerFast", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    arguments = {
        "model_type": str(folder),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(CLASSES),
        **changes,
    }
    path = folder / "tiny.ckpt"
    torch.save(
        {
            "config": {"arch": {"args": arguments}, "dataset": {"args": {"classes": CLASSES}}},
            "state_dict": BertForSequenceClassification(config).state_dict(),
        },
        path,
    )
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small checkpoint, made once."""
    return make_checkpoint(tmp_path_factory.mktemp("detoxify"))


def test_scores_equal_detoxify(checkpoint: Path) -> None:
    """The adapter and Detoxify.predict agree within 1e-4, label by label."""
    from detoxify import Detoxify

    theirs = Detoxify(checkpoint=str(checkpoint), huggingface_config_path=str(checkpoint.parent))
    expected = theirs.predict(TEXTS)
    ours = load_scorer(str(checkpoint)).score(TEXTS)
    for label, values in expected.items():
        assert [row[label] for row in ours] == pytest.approx(values, abs=1e-4)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_text_gives_a_list_of_one(checkpoint: Path, count: int) -> None:
    """The shape of the result does not depend on how many texts there are, as Detoxify's does."""
    results = load_scorer(str(checkpoint)).score(["you fool"] * count)
    assert [type(row["toxicity"]) for row in results] == [float] * count


def test_classes_get_their_common_names(checkpoint: Path) -> None:
    """The old names of classes are translated, and the scorer says which file it is."""
    scorer = load_scorer(str(checkpoint))
    assert scorer.labels == (
        "toxicity",
        "severe_toxicity",
        "obscene",
        "threat",
        "insult",
        "identity_attack",
    )
    assert scorer.name == "tiny.ckpt"
    assert scorer.languages == {"en"}


def test_a_long_text_is_read_to_its_end(checkpoint: Path) -> None:
    """What stands beyond 512 tokens counts; Detoxify cuts it off in silence."""
    from detoxify import Detoxify

    start, end = "hello friend . " * 300, "you are a fool " * 200
    theirs = Detoxify(checkpoint=str(checkpoint), huggingface_config_path=str(checkpoint.parent))
    assert theirs.predict(start + end) == theirs.predict(start)
    whole, first = load_scorer(str(checkpoint)).score([start + end, start])
    assert whole != first


def test_configuration_beside_the_checkpoint_is_enough(tmp_path: Path) -> None:
    """A checkpoint that names a model on the hub loads without a network from its own folder."""
    path = make_checkpoint(tmp_path / "moved", model_type="bert-base-uncased")
    assert load_scorer(str(path)).score(["you fool"])[0]["insult"] > 0.0


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Pickled code in a checkpoint is not run; the error says why the file was not loaded."""
    import torch

    path, witness = tmp_path / "evil.ckpt", tmp_path / "witness"
    torch.save({"state_dict": Runs(witness), "config": {}}, path)
    with pytest.raises(ModelUnavailable, match=r"evil\.ckpt was not loaded"):
        load_scorer(str(path))
    assert not witness.exists()


class Runs:
    """An object whose unpickling makes a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.witness),)


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    """Anything else than a checkpoint is named as such."""
    path = tmp_path / "other.ckpt"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"other\.ckpt"):
        load_scorer(str(path))


def test_a_checkpoint_of_another_format_is_refused(tmp_path: Path) -> None:
    """Weights without Detoxify's settings are refused with the name of what is missing."""
    import torch

    path = tmp_path / "plain.ckpt"
    torch.save({"state_dict": {}}, path)
    with pytest.raises(ModelUnavailable, match=r"it has no config\.arch\.args\.model_type"):
        load_scorer(str(path))


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every connection goes to a closed port, and nothing is in the caches."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


@pytest.mark.parametrize("name", ["original", "unbiased-small"])
def test_weights_that_cannot_be_had(no_network: Path, name: str) -> None:
    """Without a network the error says at once what was tried and what to do."""
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        load_scorer(name)
    assert time.monotonic() - started < 5
    message = str(caught.value)
    assert "https://github.com/unitaryai/detoxify/releases/download/" in message
    assert "On a machine without network: download that file elsewhere" in message
    assert "--model" in message
    assert [path for path in no_network.rglob("*") if path.is_file()] == []


def test_configuration_that_cannot_be_had(no_network: Path) -> None:
    """A checkpoint alone, of a model on the hub, is answered with the files to put beside it."""
    path = make_checkpoint(no_network / "alone", model_type="nobody/no-such-model")
    for other in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (path.parent / other).unlink()
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        load_scorer(str(path))
    assert time.monotonic() - started < 5
    assert "https://huggingface.co/nobody/no-such-model" in str(caught.value)
    assert f"put them into {path.parent}" in str(caught.value)


def test_a_missing_package_gives_the_install_command(tmp_path: Path) -> None:
    """Without the detoxify package the error gives the command that installs it."""
    (tmp_path / "detoxify.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = (
        "from moderation.toxicity import load_scorer\n"
        "from moderation.errors import ModelUnavailable\n"
        "try:\n    load_scorer('original')\n"
        "except ModelUnavailable as error:\n    print(error)\n"
    )
    here = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": here},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pip install -c constraints.txt '.[detoxify]'" in said
