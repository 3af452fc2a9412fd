"""Builds a model's ONNX graph from its weights, node by node: in full, half precision or int8.

Built by hand and not by an exporter: the last layer is computed for the first token only, the only
one that the scores look at; the embeddings are kept in int8 with one scale a row; and the file does
not change with an exporter's version. What it computes is checked against Detoxify before it is
kept (``verifying.py``).

An int8 matrix is symmetric, one scale a column, seven bits: eight would saturate the 16-bit sums of
processors without VNNI and give other scores there. What goes into it is quantised as each text
runs, with one scale for all of it. Channels that are far larger than the rest would take that
scale for themselves; those that are named in ``spared`` are multiplied in full precision (after
Dettmers et al. 2022, LLM.int8()).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from moderation.toxicity.models.architecture import Architecture, LayerNames
from moderation.toxicity.models.manifest import Precision

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
Channels = npt.NDArray[np.int64]

MICROSOFT = "com.microsoft"
WEIGHT_STEPS = 63
EMBEDDING_STEPS = 127


def build_graph(
    weights: Weights,
    architecture: Architecture,
    labels: int,
    precision: Precision,
    spared: Mapping[str, Channels] | None = None,
) -> ModelProto:
    """Build the graph: ``input_ids`` in, ``scores`` out.

    ``input_ids`` is texts by tokens, int64, special tokens included, without padding; ``scores`` is
    texts by labels, float32, from 0 to 1: the first ``labels`` of the model's outputs. ``weights``
    are named as in the checkpoint's state. ``spared`` names, by the prefix of a matrix's weights,
    the input channels that int8 must spare.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415 - an extra

    build = _Builder(weights=weights, precision=precision, spared=spared or {})
    hidden = _embeddings(build, architecture)
    for number, names in enumerate(architecture.layers):
        only_first = number == len(architecture.layers) - 1
        hidden = _layer(build, architecture, names, f"layer{number}", hidden, only_first=only_first)
    scores = _head(build, architecture, labels, hidden)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])
    out = helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["texts", labels])
    graph = helper.make_graph(
        build.nodes, "detoxify", [ids], [out], initializer=list(build.constants.values())
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=8,
        producer_name="comment-moderation",
    )


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Collects nodes and constants; every method returns the name of what it made.

    A constant that is asked for again is kept once: ALBERT's layers share theirs.
    """

    weights: Weights
    precision: Precision
    spared: Mapping[str, Channels]
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        from onnx import numpy_helper  # noqa: PLC0415

        if name not in self.constants:
            if value.dtype == np.float32 and self.precision == "fp16":
                value = value.astype(np.float16)
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def numbers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))

    def node(
        self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any
    ) -> str:
        from onnx import helper  # noqa: PLC0415

        self.nodes.append(
            helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def product(
        self,
        source: str,
        name: str,
        parts: Sequence[str],
        *,
        bias: bool = True,
        exact: bool = False,
    ) -> str:
        """Multiply by the matrices of ``parts`` side by side, and add their biases if asked.

        An ``exact`` product is not done in int8.
        """
        key = "+".join(parts)
        matrix = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1)
        added = []
        if bias:
            values = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
            added = [self.constant(f"{key}.bias", values)]
        if self.precision == "int8" and not exact:
            return self._int8_product(source, name, key, matrix, added)
        made = self.node("MatMul", [source, self.constant(f"{key}.matrix", matrix)], name)
        return self.node("Add", [made, *added], f"{name}.sum") if added else made

    def _int8_product(
        self, source: str, name: str, key: str, matrix: Array, added: Sequence[str]
    ) -> str:
        chosen = self.spared.get(key.partition("+")[0])
        if chosen is None or not chosen.size:
            return self._int8(source, name, key, matrix, added)
        mask = np.ones(matrix.shape[0], np.float32)
        mask[chosen] = 0.0
        large = self.node(
            "Gather", [source, self.constant(f"{key}.spared", chosen)], f"{name}.large", axis=2
        )
        rows = self.constant(f"{key}.spared_rows", matrix[chosen])
        beside = self.node("MatMul", [large, rows], f"{name}.beside")
        small = self.node("Mul", [source, self.constant(f"{key}.mask", mask)], f"{name}.small")
        rest = self._int8(small, f"{name}.rest", key, matrix * mask[:, None], added)
        return self.node("Add", [rest, beside], name)

    def _int8(self, source: str, name: str, key: str, matrix: Array, added: Sequence[str]) -> str:
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8) / WEIGHT_STEPS
        steps = np.clip(np.rint(matrix / scale), -WEIGHT_STEPS, WEIGHT_STEPS).astype(np.int8)
        inputs = [
            source,
            self.constant(f"{key}.matrix", steps),
            self.constant(f"{key}.scale", scale.astype(np.float32)),
            self.constant(f"{key}.zero", np.zeros(matrix.shape[1], np.int8)),
            *added,
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, MICROSOFT)

    def residual_norm(
        self, name: str, sources: tuple[str, str], part: str, norm: str, epsilon: float
    ) -> str:
        """Add two sources and the bias of ``part``, and normalise the sum."""
        inputs = [*sources, *map(self.weight, (f"{norm}.weight", f"{norm}.bias", f"{part}.bias"))]
        return self.node("SkipLayerNormalization", inputs, name, MICROSOFT, epsilon=epsilon)


def _embeddings(build: _Builder, architecture: Architecture) -> str:
    prefix = f"{architecture.prefix}.embeddings"
    word = _words(build, build.weights[f"{prefix}.word_embeddings.weight"])
    # Every text is one segment: its embedding is added to the positions once and for all.
    segment = build.weights[f"{prefix}.token_type_embeddings.weight"][0]
    positions = build.weights[f"{prefix}.position_embeddings.weight"] + segment
    table = build.constant("places", positions[architecture.first_position :])
    zero, one, two = (build.numbers(f"number{n}", n) for n in range(3))
    size = build.node("Shape", ["input_ids"], "size")
    tokens = build.node("Slice", [size, one, two], "token_count")
    place = build.node("Slice", [table, zero, tokens, zero], "place")
    both = build.node("Add", [word, place], "word_and_place")
    norm = [build.weight(f"{prefix}.LayerNorm.{part}") for part in ("weight", "bias")]
    hidden = build.node(
        "LayerNormalization", [both, *norm], "embedded", axis=-1, epsilon=architecture.epsilon
    )
    if architecture.prefix == "albert":
        # A small matrix that costs little time, and all that follows builds on it.
        mapping = ["albert.encoder.embedding_hidden_mapping_in"]
        return build.product(hidden, "mapped", mapping, exact=True)
    return hidden


def _words(build: _Builder, table: Array) -> str:
    from onnx import TensorProto  # noqa: PLC0415

    if build.precision != "int8":
        return build.node("Gather", [build.constant("words", table), "input_ids"], "word")
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / EMBEDDING_STEPS
    steps = build.constant("words", np.rint(table / scale).astype(np.int8))
    scales = build.constant("words.scale", scale.astype(np.float32))
    rows = build.node("Gather", [steps, "input_ids"], "word_rows")
    floats = build.node("Cast", [rows], "word_floats", to=TensorProto.FLOAT)
    row_scales = build.node("Gather", [scales, "input_ids"], "word_scales")
    return build.node("Mul", [floats, row_scales], "word")


def _layer(  # noqa: PLR0913 - one call, all needed
    build: _Builder,
    architecture: Architecture,
    names: LayerNames,
    name: str,
    hidden: str,
    *,
    only_first: bool,
) -> str:
    asking, mixed = _attention(build, architecture, names, name, hidden, only_first=only_first)
    epsilon = architecture.epsilon
    dense = build.product(mixed, f"{name}.dense", [names.attended], bias=False)
    attended = build.residual_norm(
        f"{name}.attended", (dense, asking), names.attended, names.attended_norm, epsilon
    )
    wide = build.product(attended, f"{name}.wide", [names.wide], bias=False)
    gelu = "BiasGelu" if architecture.gelu == "exact" else "FastGelu"
    bias = build.weight(f"{names.wide}.bias")
    active = build.node(gelu, [wide, bias], f"{name}.active", MICROSOFT)
    narrow = build.product(active, f"{name}.narrow", [names.narrow], bias=False)
    return build.residual_norm(
        f"{name}.out", (narrow, attended), names.narrow, names.narrow_norm, epsilon
    )


def _attention(  # noqa: PLR0913 - one call, all needed
    build: _Builder,
    architecture: Architecture,
    names: LayerNames,
    name: str,
    hidden: str,
    *,
    only_first: bool,
) -> tuple[str, str]:
    """Give the tokens that ask, all or the first, and what attention makes of them."""
    asking, query, parts = hidden, [], [names.query, names.key, names.value]
    if only_first:
        zero, one = build.numbers("number0", 0), build.numbers("number1", 1)
        asking = build.node("Slice", [hidden, zero, one, one], f"{name}.first_token")
        query, parts = [build.product(asking, f"{name}.query", parts[:1])], parts[1:]
    joined = build.product(hidden, f"{name}.joined", parts)
    mixed = build.node(
        "MultiHeadAttention",
        [*query, *_split(build, architecture, joined, name, len(parts))],
        f"{name}.mixed",
        MICROSOFT,
        num_heads=architecture.heads,
    )
    return asking, mixed


def _split(
    build: _Builder, architecture: Architecture, joined: str, name: str, count: int
) -> list[str]:
    from onnx import helper  # noqa: PLC0415

    made = [f"{name}.part{number}" for number in range(count)]
    sizes = build.numbers(f"sizes{count}", *[architecture.width] * count)
    build.nodes.append(helper.make_node("Split", [joined, sizes], made, axis=-1))
    return made


def _head(build: _Builder, architecture: Architecture, labels: int, hidden: str) -> str:
    from onnx import TensorProto  # noqa: PLC0415

    current = build.node("Squeeze", [hidden, build.numbers("number1", 1)], "first_token")
    dense, out = architecture.head
    for name, part, rows in (("pooled", dense, architecture.width), ("logits", out, labels)):
        values = (
            build.constant(f"{part}.{kind}", build.weights[f"{part}.{kind}"][:rows])
            for kind in ("weight", "bias")
        )
        current = build.node("Gemm", [current, *values], name, transB=1)
        if name == "pooled":
            current = build.node("Tanh", [current], "activated")
    if build.precision == "fp16":
        current = build.node("Cast", [current], "full_logits", to=TensorProto.FLOAT)
    return build.node("Sigmoid", [current], "scores")
