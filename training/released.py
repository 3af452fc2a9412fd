"""Reads the released int8 weights back into full precision, so that a run can go on from them.

No checkpoint of an earlier run is needed: what ships is enough. Seven bits a weight lose a little,
which the first steps of the run make good.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertForSequenceClassification

from training.cascade import without_first_look
from training.graph import Array

_PARTS = ("query", "key", "value")


def load_released(model: BertForSequenceClassification, graph: Path) -> dict[str, Any]:
    """Put the weights of a released graph into ``model``; give what the model card says of it.

    The graph folds segment and positions into one table and cuts it at its window: positions
    behind the window keep the model's own.
    """
    content = graph.read_bytes()
    constants = {
        one.name: numpy_helper.to_array(one)
        for one in without_first_look(onnx.ModelProto.FromString(content)).graph.initializer
    }
    state = {name: value.clone() for name, value in model.state_dict().items()}
    for name, value in _named(constants, model.config.num_hidden_layers).items():
        found = torch.from_numpy(np.array(value))
        rows = len(found)
        if state[name].shape[1:] != found.shape[1:] or rows > len(state[name]):
            raise ValueError(f"{graph}: {name} has the shape {tuple(found.shape)}")
        state[name][:rows] = found
    state["bert.embeddings.token_type_embeddings.weight"][0] = 0.0
    model.load_state_dict(state)
    return {"released": hashlib.sha256(content).hexdigest()[:12]}


def _named(constants: dict[str, Any], layers: int) -> dict[str, Array]:
    """The graph's constants under the names of a BertForSequenceClassification checkpoint."""
    embeddings = "bert.embeddings"
    found = {
        f"{embeddings}.word_embeddings.weight": constants["words"] * constants["words.scale"],
        f"{embeddings}.position_embeddings.weight": constants["places"],
        f"{embeddings}.LayerNorm.weight": constants["embedded.gamma"],
        f"{embeddings}.LayerNorm.bias": constants["embedded.beta"],
    }
    for name, part in (("pooled", "bert.pooler.dense"), ("logits", "classifier")):
        found[f"{part}.weight"] = constants[f"{name}.weight"]
        found[f"{part}.bias"] = constants[f"{name}.bias"]
    for layer in range(layers):
        found |= _layer(constants, layer)
    return found


def _layer(constants: dict[str, Any], layer: int) -> dict[str, Array]:
    name, prefix = f"layer{layer}", f"bert.encoder.layer.{layer}"
    attention = f"{prefix}.attention"
    found = {}
    joined, biases = _matrix(constants, f"{name}.joined"), constants[f"{name}.joined.bias"]
    parts = _PARTS if f"{name}.q.weight" not in constants else _PARTS[1:]
    width = joined.shape[1] // len(parts)
    for number, part in enumerate(parts):
        columns = slice(number * width, (number + 1) * width)
        found[f"{attention}.self.{part}.weight"] = joined[:, columns].T
        found[f"{attention}.self.{part}.bias"] = biases[columns]
    if len(parts) == 2:
        found[f"{attention}.self.query.weight"] = _matrix(constants, f"{name}.q").T
        found[f"{attention}.self.query.bias"] = constants[f"{name}.q.bias"]
    for source, part in (
        ("dense", f"{attention}.output"),
        ("wide", f"{prefix}.intermediate"),
        ("narrow", f"{prefix}.output"),
    ):
        found[f"{part}.dense.weight"] = _matrix(constants, f"{name}.{source}").T
    found[f"{prefix}.intermediate.dense.bias"] = constants[f"{name}.gelu_bias"]
    for source, bias, part in (
        ("attended", "dense", f"{attention}.output"),
        ("out", "narrow", f"{prefix}.output"),
    ):
        found[f"{part}.LayerNorm.weight"] = constants[f"{name}.{source}.gamma"]
        found[f"{part}.LayerNorm.bias"] = constants[f"{name}.{source}.beta"]
        # Older graphs added the bias where they added the residual.
        at = bias if f"{name}.{bias}.bias" in constants else source
        found[f"{part}.dense.bias"] = constants[f"{name}.{at}.bias"]
    return found


def _matrix(constants: dict[str, Any], name: str) -> Array:
    """An int8 matrix times its scales, with the rows that int8 spared."""
    apart = f"{name}.outliers" in constants
    source = f"{name}.rest" if apart else name
    matrix: Array = constants[f"{source}.weight"].astype(np.float32)
    if f"{source}.scale" in constants:
        matrix = matrix * constants[f"{source}.scale"]
    if apart:
        matrix[constants[f"{name}.outliers"]] = constants[f"{name}.large_weight"]
    return matrix
