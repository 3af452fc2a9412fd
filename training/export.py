"""Writes the trained model: package data for the embedded scorer, and a checkpoint for Detoxify.

Both come from the same calibrated weights, so ``Detoxify(checkpoint=…)`` and the embedded model
give the same scores, but for the rounding of int8.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from transformers import BertForSequenceClassification

from training.emoji import tokenizer_json
from training.examples import LABELS
from training.graph import Shape, build_graph, seen_inputs

WINDOW_TOKENS = 128
STRIDE_TOKENS = 96
DETOXIFY_NAMES = {
    "toxicity": "toxic",
    "severe_toxicity": "severe_toxic",
    "identity_attack": "identity_hate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line through a label's logits: what calibration makes of them."""

    slope: float
    offset: float


def calibrated(model: BertForSequenceClassification, lines: Mapping[str, Line]) -> None:
    """Fold the calibration into the last layer, so that the scores themselves are calibrated."""
    with torch.no_grad():
        for row, label in enumerate(LABELS):
            line = lines.get(label, Line(slope=1.0, offset=0.0))
            model.classifier.weight[row] *= line.slope
            model.classifier.bias[row] = model.classifier.bias[row] * line.slope + line.offset


def export_compact(
    model: BertForSequenceClassification,
    base: Path,
    folder: Path,
    data_hash: str,
    sample: Sequence[Sequence[int]],
) -> str:
    """Write ``model.onnx``, ``tokenizer.json`` and ``config.json``; give the revision.

    ``sample`` holds token rows of some training texts, for which int8 is made to fit.
    The same files in full precision go into a folder beside, named with ``_fp32``. Each
    file is written beside its place and renamed, so that nobody reads half of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().float().numpy()
        for name, value in model.state_dict().items()
        if value.is_floating_point()
    }
    config = model.config
    shape = Shape(
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        width=config.hidden_size,
        window=WINDOW_TOKENS,
    )
    full = build_graph(weights, shape, LABELS, int8=False)
    seen = seen_inputs(full, sample)
    small = build_graph(weights, shape, LABELS, int8=True, seen=seen)
    graph = small.SerializeToString(deterministic=True)
    revision = hashlib.sha256(graph).hexdigest()[:12]
    described = {
        "name": "compact",
        "labels": list(LABELS),
        "languages": ["en"],
        "window_tokens": WINDOW_TOKENS,
        "stride_tokens": STRIDE_TOKENS,
        "start_token": "[CLS]",
        "end_token": "[SEP]",
        "revision": revision,
        "training_data": data_hash,
    }
    write(folder / "model.onnx", graph)
    write(folder / "tokenizer.json", tokenizer_json(base).encode())
    write(folder / "config.json", (json.dumps(described, indent=2) + "\n").encode())
    folder.with_name(folder.name + "_fp32").mkdir(exist_ok=True)
    onnx.save(full, folder.with_name(folder.name + "_fp32") / "model.onnx")
    for name in ("tokenizer.json", "config.json"):
        shutil.copy(folder / name, folder.with_name(folder.name + "_fp32") / name)
    return revision


def export_detoxify(model: BertForSequenceClassification, base: Path, folder: Path) -> Path:
    """Write a checkpoint in Detoxify's own format, with its configuration and tokenizer beside it.

    ``Detoxify(checkpoint=PATH, huggingface_config_path=FOLDER)`` loads it without a network, as
    ``model_type`` in it points to a local folder: to ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(base / name, folder / name)
    write(folder / "tokenizer.json", tokenizer_json(base).encode())
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    # A BertTokenizerFast would make a tokenizer of its own, without what is said of emoji.
    settings.update(model_max_length=512, tokenizer_class="PreTrainedTokenizerFast")
    for name in ("unk", "sep", "pad", "cls", "mask"):
        settings[f"{name}_token"] = f"[{name.upper()}]"
    write(folder / "tokenizer_config.json", (json.dumps(settings, indent=2) + "\n").encode())
    arguments = {
        "model_type": str(folder.resolve()),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "PreTrainedTokenizerFast",
        "num_classes": len(LABELS),
    }
    classes = [DETOXIFY_NAMES.get(label, label) for label in LABELS]
    checkpoint: dict[str, Any] = {
        "config": {"arch": {"args": arguments}, "dataset": {"args": {"classes": classes}}},
        "state_dict": {name: value.contiguous() for name, value in model.state_dict().items()},
    }
    path = folder / "compact.ckpt"
    partial = path.with_suffix(".partial")
    torch.save(checkpoint, partial)
    partial.replace(path)
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place, then rename it."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
