"""Builds the ONNX graph of the model, node by node, in full precision or in int8.

Built by hand and not by an exporter, for three reasons: the last layer is computed for the first
token only (the only one that the output looks at), the embeddings are kept in int8 with one scale a
row (they are half of the weights), and the file does not change with the exporter's version.

Layout of an int8 matrix: symmetric, one scale a column, seven bits, rounded for the inputs that
texts give it (``rounding.py``). Eight would saturate the
16-bit sums of processors without VNNI and give other scores there. What goes into a matrix is
quantised as each text runs, with one scale for all of it; the few channels that are ten times as
large as the rest would take that scale for themselves, so they are multiplied in full precision
(after Dettmers et al. 2022, LLM.int8()).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from training.rounding import nearest, rounded

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
Channels = npt.NDArray[np.int64]

MICROSOFT = "com.microsoft"
WEIGHT_STEPS = 63
EMBEDDING_STEPS = 127
EPSILON = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of the encoder."""

    layers: int
    heads: int
    width: int
    window: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What goes into a product: each channel's highest absolute value, and the channels' moments.

    ``moments`` is channels by channels: the sum of their products with each other.
    """

    highest: Array
    moments: Array

    def together(self, other: Seen) -> Seen:
        """Give what was seen here and there."""
        highest = np.maximum(self.highest, other.highest)
        return Seen(highest=highest, moments=self.moments + other.moments)


@dataclass(slots=True)
class _Builder:
    """Collects nodes and constants; every method returns the name of what it made."""

    int8: bool
    outliers: Mapping[str, Channels]
    seen: Mapping[str, Seen]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any
    ) -> str:
        self.nodes.append(
            helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def product(self, source: str, name: str, weight: Array, bias: Array | None = None) -> str:
        """Multiply by a weight matrix (inputs by outputs), in int8 when the graph is."""
        added = [] if bias is None else [self.constant(f"{name}.bias", bias)]
        if not self.int8:
            made = self.node("MatMul", [source, self.constant(f"{name}.weight", weight)], name)
            return self.node("Add", [made, added[0]], f"{name}.sum") if added else made
        if name in self.outliers:
            source, weight, beside = self._set_apart(source, name, weight)
            return self.node(
                "Add", [self._int8(source, f"{name}.rest", weight, added), beside], name
            )
        return self._int8(source, name, weight, added)

    def _set_apart(self, source: str, name: str, weight: Array) -> tuple[str, Array, str]:
        chosen = self.outliers[name]
        mask = np.ones(weight.shape[0], np.float32)
        mask[chosen] = 0.0
        index = self.constant(f"{name}.outliers", chosen)
        large = self.node("Gather", [source, index], f"{name}.large", axis=2)
        # Sixteen bits are plenty beside seven, and the package is to stay small.
        halves = self.constant(f"{name}.large_weight", weight[chosen].astype(np.float16))
        rows = self.node("Cast", [halves], f"{name}.large_floats", to=TensorProto.FLOAT)
        beside = self.node("MatMul", [large, rows], f"{name}.beside")
        small = self.node("Mul", [source, self.constant(f"{name}.mask", mask)], f"{name}.small")
        return small, weight * mask[:, None], beside

    def _int8(self, source: str, name: str, weight: Array, added: Sequence[str]) -> str:
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-8) / WEIGHT_STEPS
        scale = scale.astype(np.float32)
        inputs = [
            source,
            self.constant(f"{name}.weight", self._rounded(name, weight, scale)),
            self.constant(f"{name}.scale", scale),
            self.constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8)),
            *added,
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, MICROSOFT)

    def _rounded(self, name: str, weight: Array, scale: Array) -> npt.NDArray[np.int8]:
        product = name.removesuffix(".rest")
        if product not in self.seen:
            return nearest(weight, scale, WEIGHT_STEPS)
        moments = self.seen[product].moments.copy()
        apart = self.outliers.get(product, np.zeros(0, np.int64))
        moments[apart], moments[:, apart] = 0.0, 0.0
        return rounded(weight, scale, WEIGHT_STEPS, moments)

    def sum(self, sources: Sequence[str], name: str) -> str:
        # Not Add: ONNX Runtime would fuse Add and LayerNormalization into one operation that takes
        # five times as long as the two.
        return self.node("Sum", sources, name)

    def norm(self, name: str, source: str, weights: Weights, prefix: str) -> str:
        inputs = [
            source,
            self.constant(f"{name}.gamma", weights[f"{prefix}.weight"]),
            self.constant(f"{name}.beta", weights[f"{prefix}.bias"]),
        ]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=EPSILON)

    def residual_norm(self, name: str, sources: Sequence[str], weights: Weights, part: str) -> str:
        return self.norm(name, self.sum(sources, f"{name}.sum"), weights, f"{part}.LayerNorm")


def build_graph(
    weights: Weights,
    shape: Shape,
    labels: Sequence[str],
    *,
    int8: bool,
    seen: Mapping[str, Seen] | None = None,
) -> onnx.ModelProto:
    """Build the graph: ``input_ids`` in, ``scores`` out.

    ``input_ids`` is texts by tokens, without padding; ``scores`` is texts by labels. ``weights``
    are named as in a BertForSequenceClassification checkpoint. ``seen`` is what goes into each
    product: its weights are rounded for that, and its largest channels left in full precision.
    """
    known = seen or {}
    build = _Builder(int8, outlier_channels(known), known)
    hidden = _embeddings(build, weights, shape)
    for layer in range(shape.layers):
        hidden = _layer(build, weights, shape, layer, hidden)
    scores = _head(build, weights, hidden)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])
    out = helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["texts", len(labels)])
    graph = helper.make_graph(build.nodes, "compact", [ids], [out], initializer=build.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(
        graph, opset_imports=opsets, ir_version=8, producer_name="comment-moderation training"
    )
    onnx.checker.check_model(model)
    return model


def seen_inputs(full: onnx.ModelProto, texts: Sequence[Sequence[int]]) -> dict[str, Seen]:
    """See what goes into each product of ``full``, the graph in full precision, by its name.

    ``texts`` are token rows to run it on.
    """
    sources = {node.name: node.input[0] for node in full.graph.node if node.op_type == "MatMul"}
    watched = onnx.ModelProto()
    watched.CopyFrom(full)
    names = sorted(set(sources.values()))
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, Seen] = {}
    for row in texts:
        values = session.run(names, {"input_ids": np.array([row], np.int64)})
        for name, value in zip(names, values, strict=True):
            rows = value.reshape(-1, value.shape[-1])
            one = Seen(highest=np.abs(rows).max(axis=0), moments=rows.T @ rows)
            found[name] = found[name].together(one) if name in found else one
    return {product: found[source] for product, source in sources.items()}


def outlier_channels(seen: Mapping[str, Seen], count: int = 10) -> dict[str, Channels]:
    """Find the channels with the largest values that go into the large products of each layer."""
    return {
        product: np.sort(np.argsort(-one.highest, kind="stable")[:count]).astype(np.int64)
        for product, one in seen.items()
        if product.endswith((".joined", ".wide", ".narrow"))
    }


def _embeddings(build: _Builder, weights: Weights, shape: Shape) -> str:
    prefix = "bert.embeddings"
    words = weights[f"{prefix}.word_embeddings.weight"]
    if build.int8:
        scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-8) / EMBEDDING_STEPS
        table = build.constant("words", np.rint(words / scale).astype(np.int8))
        scales = build.constant("words.scale", scale.astype(np.float32))
        rows = build.node("Gather", [table, "input_ids"], "word_rows")
        floats = build.node("Cast", [rows], "word_floats", to=TensorProto.FLOAT)
        row_scales = build.node("Gather", [scales, "input_ids"], "word_scales")
        word = build.node("Mul", [floats, row_scales], "word")
    else:
        word = build.node("Gather", [build.constant("words", words), "input_ids"], "word")
    # Every text is one segment: its embedding is added to the positions once and for all.
    segment = weights[f"{prefix}.token_type_embeddings.weight"][0]
    places = weights[f"{prefix}.position_embeddings.weight"][: shape.window] + segment
    table = build.constant("places", places)
    size = build.node("Shape", ["input_ids"], "size")
    zero, one = np.array([0], np.int64), np.array([1], np.int64)
    first, second = build.constant("zero", zero), build.constant("one", one)
    two = build.constant("two", np.array([2], np.int64))
    tokens = build.node("Slice", [size, second, two], "token_count")
    place = build.node("Slice", [table, first, tokens, first], "place")
    return build.norm(
        "embedded",
        build.node("Add", [word, place], "word_and_place"),
        weights,
        f"{prefix}.LayerNorm",
    )


def _layer(build: _Builder, weights: Weights, shape: Shape, layer: int, hidden: str) -> str:
    name, prefix = f"layer{layer}", f"bert.encoder.layer.{layer}"
    attention = f"{prefix}.attention"

    def matrix(part: str) -> Array:
        transposed: Array = weights[f"{part}.weight"].T
        return transposed

    query = hidden
    if layer == shape.layers - 1:
        bounds = [
            build.constant(f"{name}.from", np.array([0], np.int64)),
            build.constant(f"{name}.to", np.array([1], np.int64)),
            build.constant(f"{name}.axis", np.array([1], np.int64)),
        ]
        query = build.node("Slice", [hidden, *bounds], f"{name}.first_token")
        q = build.product(
            query,
            f"{name}.q",
            matrix(f"{attention}.self.query"),
            weights[f"{attention}.self.query.bias"],
        )
        parts = ["key", "value"]
    else:
        parts = ["query", "key", "value"]
    joined = build.product(
        hidden,
        f"{name}.joined",
        np.concatenate([matrix(f"{attention}.self.{part}") for part in parts], axis=1),
        np.concatenate([weights[f"{attention}.self.{part}.bias"] for part in parts]),
    )
    split = [f"{name}.{part}" for part in parts]
    sizes = build.constant(f"{name}.sizes", np.array([shape.width] * len(parts), np.int64))
    build.nodes.append(helper.make_node("Split", [joined, sizes], split, axis=-1))
    inputs = split if len(split) == 3 else [q, *split]
    mixed = build.node(
        "MultiHeadAttention", inputs, f"{name}.mixed", MICROSOFT, num_heads=shape.heads
    )
    dense = build.product(
        mixed,
        f"{name}.dense",
        matrix(f"{attention}.output.dense"),
        weights[f"{attention}.output.dense.bias"],
    )
    attended = build.residual_norm(
        f"{name}.attended", (dense, query), weights, f"{attention}.output"
    )
    wide = build.product(attended, f"{name}.wide", matrix(f"{prefix}.intermediate.dense"))
    bias = build.constant(f"{name}.gelu_bias", weights[f"{prefix}.intermediate.dense.bias"])
    active = build.node("BiasGelu", [wide, bias], f"{name}.active", MICROSOFT)
    narrow = build.product(
        active,
        f"{name}.narrow",
        matrix(f"{prefix}.output.dense"),
        weights[f"{prefix}.output.dense.bias"],
    )
    return build.residual_norm(f"{name}.out", (narrow, attended), weights, f"{prefix}.output")


def _head(build: _Builder, weights: Weights, hidden: str) -> str:
    axis = build.constant("token_axis", np.array([1], np.int64))
    first = build.node("Squeeze", [hidden, axis], "first_token")
    pooled = first
    for name, part in (("pooled", "bert.pooler.dense"), ("logits", "classifier")):
        inputs = [
            pooled,
            build.constant(f"{name}.weight", weights[f"{part}.weight"]),
            build.constant(f"{name}.bias", weights[f"{part}.bias"]),
        ]
        made = build.node("Gemm", inputs, name, transB=1)
        pooled = build.node("Tanh", [made], "activated") if name == "pooled" else made
    return build.node("Sigmoid", [pooled], "scores")
