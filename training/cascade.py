"""Puts a first look into the model's graph, so that most texts cost a fraction of a run.

The first look is a small convolutional net over the word embeddings that the graph reads anyway.
Where it is sure that a text is harmless, the encoder does not run. With its bound at -1e9, as
``compact`` sets it, it is never sure, and the scores are those of the encoder, bit for bit. All of
it is one graph with an ``If`` node: no second program, and the same scores in any company.

A cheap model before a dear one follows Viola & Jones 2001, "Rapid Object Detection using a Boosted
Cascade of Simple Features"; a convolution over words with the highest answer kept follows Kim 2014,
"Convolutional Neural Networks for Sentence Classification". A second exit after the encoder's first
layer was tried and left out: it settled no more than this does at the same number of misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.graph import Array

SETTLED_SHARE = 0.1
"""A settled text gets this share of the scores that the first look guesses: so it stands behind the
texts that the encoder read, and below every number of a preset."""

BOUND = "first_look_bound"
"""An optional input: how little suspect a text must be to be settled. At -1e9 none is."""

WIDER_APART = 2
"""So far apart are the three answers that each of the wider filters reads."""

_WORD = "word"
_INT8_STEPS = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """Weights of the first look: words, then three of them at a time, then seven outputs.

    ``table`` is width by features, ``filters`` is filters by features by 3. ``wider`` is more
    filters by filters by 3: it reads the answers of the first at every second place, so seven words
    in all. ``out`` is outputs by twice all filters: their highest and their summed answers. The
    outputs are the labels' logits and, last, how suspect the text is. ``oddness`` weighs each word
    piece; a text in which the weights come to ``most_odd`` is never settled.
    """

    table: Array
    table_bias: Array
    filters: Array
    filters_bias: Array
    wider: Array
    wider_bias: Array
    out: Array
    out_bias: Array
    oddness: npt.NDArray[np.int8]
    most_odd: int
    bound: float


@dataclass(slots=True)
class _Part:
    """Nodes and constants of one graph under a common prefix."""

    prefix: str
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def node(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        full = f"{self.prefix}.{name}"
        self.nodes.append(helper.make_node(kind, list(inputs), [full], name=full, **attributes))
        return full

    def constant(self, name: str, value: npt.ArrayLike, kind: type = np.float32) -> str:
        full = f"{self.prefix}.{name}"
        array: npt.NDArray[np.generic] = np.ascontiguousarray(np.asarray(value, kind))
        self.constants.append(numpy_helper.from_array(array, full))
        return full

    def matrix(self, name: str, value: Array) -> str:
        """Keep a matrix in eight bits; ONNX Runtime unpacks it once, as it loads."""
        scale = max(float(np.abs(value).max()), 1e-8) / _INT8_STEPS
        packed = self.constant(f"{name}.int8", np.rint(value / scale), np.int8)
        floats = self.node("Cast", [packed], f"{name}.floats", to=TensorProto.FLOAT)
        return self.node("Mul", [floats, self.constant(f"{name}.scale", scale)], name)

    def answers(self, name: str, source: str, filters: Array, bias: Array, apart: int) -> str:
        """What filters over three places answer that lie ``apart`` from each other."""
        weights = [self.matrix(name, filters), self.constant(f"{name}_bias", bias)]
        found = self.node(
            "Conv",
            [source, *weights],
            f"{name}.found",
            kernel_shape=[3],
            pads=[apart, apart],
            dilations=[apart],
        )
        return self.node("Relu", [found], f"{name}.answers")

    def scores(self, logits: str, labels: int) -> str:
        """What the first look says: a small share of the logits' scores."""
        ends = [self.constant(n, [v], np.int64) for n, v in (("from", 0), ("to", labels))]
        axis = self.constant("label_axis", [1], np.int64)
        kept = self.node("Slice", [logits, *ends, axis], "label_logits")
        share = self.constant("share", SETTLED_SHARE)
        return self.node("Mul", [self.node("Sigmoid", [kept], "sigmoid"), share], "scores")

    def below(self, logits: str, labels: int, bound: str) -> str:
        """Whether the last output, how suspect the text is, lies below the bound."""
        suspect = self.node(
            "Gather", [logits, self.constant("last", labels, np.int64)], "suspect", axis=1
        )
        return self.node("Less", [suspect, bound], "below")


def with_first_look(plain: onnx.ModelProto, look: FirstLook) -> onnx.ModelProto:
    """Give the graph of ``build_graph`` with the first look put in. It takes one text a run."""
    nodes, labels = list(plain.graph.node), len(look.out) - 1
    words = 1 + next(n for n, node in enumerate(nodes) if _WORD in node.output)
    constants = {one.name: one for one in plain.graph.initializer}
    part = _Part("first_look")
    sure, early = _first_look(part, look, labels)
    branch = _branches(sure, early, nodes[words:], constants)
    made = onnx.ModelProto()
    made.CopyFrom(plain)
    graph = made.graph
    del graph.node[:], graph.initializer[:], graph.input[:], graph.output[:]
    graph.node.extend([*nodes[:words], *part.nodes, branch])
    graph.initializer.extend([*constants.values(), *part.constants])
    graph.initializer.append(numpy_helper.from_array(np.array(look.bound, np.float32), BOUND))
    graph.input.append(helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]))
    graph.input.append(helper.make_tensor_value_info(BOUND, TensorProto.FLOAT, []))
    graph.output.append(helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, labels]))
    onnx.checker.check_model(made)
    return made


def without_first_look(made: onnx.ModelProto) -> onnx.ModelProto:
    """Take the first look out again: every text runs through the encoder."""
    plain = onnx.ModelProto()
    plain.CopyFrom(made)
    graph = plain.graph
    branch = next((node for node in graph.node if node.op_type == "If"), None)
    if branch is None:
        return plain
    on = next(one.g for one in branch.attribute if one.name == "else_branch")
    words = [node for node in graph.node if not node.name.startswith("first_look")]
    kept = [one for one in graph.initializer if not one.name.startswith("first_look")]
    del graph.node[:], graph.initializer[:], graph.input[1:]
    graph.node.extend([*words, *on.node])
    graph.node[-1].output[0] = "scores"
    graph.initializer.extend([*kept, *on.initializer])
    return plain


def _branches(
    sure: str, early: str, rest: Sequence[onnx.NodeProto], constants: dict[str, onnx.TensorProto]
) -> onnx.NodeProto:
    """An If node: what the first look says, or the encoder, whose constants move into it."""
    used = [name for node in rest for name in node.input if name in constants]
    moved = [constants.pop(name) for name in dict.fromkeys(used)]
    encoder = [onnx.NodeProto.FromString(node.SerializeToString()) for node in rest]
    encoder[-1].output[0] = "encoder_scores"  # a name of its own beside the If node's
    said = helper.make_node("Identity", [early], ["first_look.said"])
    both = {
        "then_branch": helper.make_graph([said], "settled", [], [_floats("first_look.said")]),
        "else_branch": helper.make_graph(
            encoder, "encoder", [], [_floats("encoder_scores")], initializer=moved
        ),
    }
    return helper.make_node("If", [sure], ["scores"], name="first_look.if", **both)


def _floats(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def _first_look(part: _Part, look: FirstLook, labels: int) -> tuple[str, str]:
    """The first look's nodes: whether it is sure, and what it then says."""
    # The tokens between the first and the last, which mark beginning and end.
    ends = [part.constant(n, [v], np.int64) for n, v in (("begin", 1), ("end", -1), ("axis", 1))]
    inner = part.node("Slice", [_WORD, *ends], "words")
    mixed = part.node("MatMul", [inner, part.matrix("table", look.table)], "mixed")
    bias = part.constant("table_bias", look.table_bias)
    features = part.node("Relu", [part.node("Add", [mixed, bias], "biased")], "features")
    across = part.node("Transpose", [features], "across", perm=[0, 2, 1])
    near = part.answers("filters", across, look.filters, look.filters_bias, apart=1)
    far = part.answers("wider", near, look.wider, look.wider_bias, apart=WIDER_APART)
    answers = part.node("Concat", [near, far], "answers", axis=1)
    highest = part.node("ReduceMax", [answers], "highest", axes=[2], keepdims=0)
    mean = part.node("ReduceMean", [answers], "mean", axes=[2], keepdims=0)
    size = part.node("Shape", [answers], "size", start=2, end=3)
    count = part.node("Cast", [size], "count", to=TensorProto.FLOAT)
    root = part.node("Sqrt", [count], "root")
    both = part.node("Concat", [highest, part.node("Mul", [mean, root], "summed")], "both", axis=1)
    inputs = [both, part.matrix("out", look.out), part.constant("out_bias", look.out_bias)]
    logits = part.node("Gemm", inputs, "logits", transB=1)
    weights = part.node(
        "Gather", [part.constant("oddness", look.oddness, np.int8), "input_ids"], "odd_pieces"
    )
    numbers = part.node("Cast", [weights], "odd_numbers", to=TensorProto.FLOAT)
    odd = part.node("ReduceSum", [numbers, ends[2]], "oddity", keepdims=0)
    plain = part.node("Less", [odd, part.constant("most_odd", look.most_odd)], "plain")
    sure = part.node("And", [part.below(logits, labels, BOUND), plain], "sure")
    return sure, part.scores(logits, labels)
