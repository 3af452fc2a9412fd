"""The four architectures of Detoxify's models: their sizes, and how their weights are named.

BERT, RoBERTa, XLM-RoBERTa and ALBERT do the same arithmetic in the same order; they differ in the
names of their weights, in where positions start, and in ALBERT using one layer's weights for all.
Names as in transformers 4 and 5, ``modeling_bert.py``, ``modeling_roberta.py`` and
``modeling_albert.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moderation.errors import ModelUnavailable

FAMILIES: Mapping[str, str] = {
    "BertForSequenceClassification": "bert",
    "RobertaForSequenceClassification": "roberta",
    "XLMRobertaForSequenceClassification": "roberta",
    "AlbertForSequenceClassification": "albert",
}
"""The classes that a checkpoint may name, and the prefix of their weights."""

ACTIVATIONS: Mapping[str, str] = {
    "gelu": "exact",
    "gelu_new": "tanh",
    "gelu_pytorch_tanh": "tanh",
}
"""What a configuration may call its activation, and which of GELU's two formulas that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNames:
    """The prefixes of one layer's weights; each has a ``.weight`` and a ``.bias``."""

    query: str
    key: str
    value: str
    attended: str
    attended_norm: str
    wide: str
    narrow: str
    narrow_norm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """All that the graph must know of a model besides its weights.

    ``positions`` is how many tokens fit, special ones included; ``first_position`` the row of the
    position table that the first token gets; ``layers`` the weights' names layer by layer, where
    one name may come again; ``head`` the one or two matrices from the first token to the logits.
    """

    prefix: str
    heads: int
    width: int
    epsilon: float
    gelu: str
    positions: int
    first_position: int
    layers: tuple[LayerNames, ...]
    head: tuple[str, str]


def architecture_of(model_class: str, config: Mapping[str, Any], source: str) -> Architecture:
    """Read the architecture from a transformers configuration.

    ``source`` names the file, for the message of ``ModelUnavailable``, which is raised for a class
    or a setting that the graph cannot follow.
    """
    prefix = FAMILIES.get(model_class)
    if prefix is None:
        raise ModelUnavailable(
            f"{source} holds a {model_class}, which this tool cannot export. It can export "
            f"{', '.join(FAMILIES)}."
        )
    _refuse_unknown_settings(config, source)
    offset = int(config["pad_token_id"]) + 1 if prefix == "roberta" else 0
    return Architecture(
        prefix=prefix,
        heads=int(config["num_attention_heads"]),
        width=int(config["hidden_size"]),
        epsilon=float(config["layer_norm_eps"]),
        gelu=ACTIVATIONS[config["hidden_act"]],
        positions=int(config["max_position_embeddings"]) - offset,
        first_position=offset,
        layers=_albert_layers(config) if prefix == "albert" else _bert_layers(prefix, config),
        head=_head(prefix),
    )


def _refuse_unknown_settings(config: Mapping[str, Any], source: str) -> None:
    positions = config.get("position_embedding_type") or "absolute"
    if positions != "absolute":
        raise ModelUnavailable(
            f"{source} has {positions} positions, which this tool cannot export; only absolute "
            "ones, as Detoxify's own models have."
        )
    if config["hidden_act"] not in ACTIVATIONS:
        raise ModelUnavailable(
            f"{source} has the activation '{config['hidden_act']}', which this tool cannot "
            f"export. It can export {', '.join(ACTIVATIONS)}."
        )


def _head(prefix: str) -> tuple[str, str]:
    if prefix == "roberta":
        return "classifier.dense", "classifier.out_proj"
    return ("bert.pooler.dense" if prefix == "bert" else "albert.pooler"), "classifier"


def _bert_layers(prefix: str, config: Mapping[str, Any]) -> tuple[LayerNames, ...]:
    bases = (f"{prefix}.encoder.layer.{n}" for n in range(int(config["num_hidden_layers"])))
    return tuple(
        LayerNames(
            query=f"{base}.attention.self.query",
            key=f"{base}.attention.self.key",
            value=f"{base}.attention.self.value",
            attended=f"{base}.attention.output.dense",
            attended_norm=f"{base}.attention.output.LayerNorm",
            wide=f"{base}.intermediate.dense",
            narrow=f"{base}.output.dense",
            narrow_norm=f"{base}.output.LayerNorm",
        )
        for base in bases
    )


def _albert_layers(config: Mapping[str, Any]) -> tuple[LayerNames, ...]:
    """ALBERT's layers share weights in groups; a group may hold several layers in a row."""
    count, groups = int(config["num_hidden_layers"]), int(config.get("num_hidden_groups", 1))
    names = []
    for number in range(count):
        group = f"albert.encoder.albert_layer_groups.{number * groups // count}"
        for inner in range(int(config.get("inner_group_num", 1))):
            base = f"{group}.albert_layers.{inner}"
            names.append(
                LayerNames(
                    query=f"{base}.attention.query",
                    key=f"{base}.attention.key",
                    value=f"{base}.attention.value",
                    attended=f"{base}.attention.dense",
                    attended_norm=f"{base}.attention.LayerNorm",
                    wide=f"{base}.ffn",
                    narrow=f"{base}.ffn_output",
                    narrow_norm=f"{base}.full_layer_layer_norm",
                )
            )
    return tuple(names)
