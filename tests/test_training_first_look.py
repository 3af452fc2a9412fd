"""The first look: its graph, its training, and the bound below which it settles a text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install torch")
pytest.importorskip("onnx", reason="training needs onnx")

import onnx
import onnxruntime

from training import first_look
from training.cascade import (
    BOUND,
    SETTLED_SHARE,
    FirstLook,
    with_first_look,
    without_first_look,
)
from training.examples import LABELS
from training.graph import Shape, build_graph

PIECES, WIDTH = 40, 16
PACKAGE = Path(__file__).parents[1] / "moderation" / "toxicity" / "compact"
WORDS = np.random.default_rng(8).standard_normal((PIECES, WIDTH)).astype(np.float32)
LIMITS = {"toxicity": 0.5, "threat": 0.25}


@pytest.fixture(scope="module")
def plain() -> onnx.ModelProto:
    """A tiny model with random weights, without a first look."""
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=PIECES,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=len(LABELS),
    )
    weights = {
        name: value.numpy()
        for name, value in BertForSequenceClassification(config).state_dict().items()
        if value.is_floating_point()
    }
    shape = Shape(layers=2, heads=2, width=WIDTH, window=64)
    return build_graph(weights, shape, LABELS, int8=True)


@pytest.fixture(scope="module")
def look() -> FirstLook:
    """A first look that has learnt that the piece 7 is suspect; piece 9 is an odd one."""
    draw = np.random.default_rng(4)
    rows = [tuple(draw.integers(5, PIECES, draw.integers(1, 9)).tolist()) for _ in range(600)]
    abusive = np.array([7 in row for row in rows], np.float32)
    scores = np.stack([0.02 + 0.9 * abusive] * len(LABELS), axis=1)
    settings = first_look.Settings(
        features=8, filters=8, wider=8, epochs=40, batch_tokens=300, learning_rate=0.03
    )
    lessons = first_look.Windows(tokens=tuple(rows), scores=scores)
    learnt = first_look.learn(lessons, WORDS, LIMITS, settings, lambda line: None)
    oddness = np.zeros(PIECES, np.int8)
    oddness[9] = learnt.most_odd
    return replace(learnt, oddness=oddness)


def with_words(plain: onnx.ModelProto, look: FirstLook, bound: float) -> onnx.ModelProto:
    """The model with the word embeddings that the look learnt with, and the look."""
    made = onnx.ModelProto()
    made.CopyFrom(plain)
    scale = np.abs(WORDS).max(axis=1, keepdims=True) / 127
    values = {"words": np.rint(WORDS / scale).astype(np.int8), "words.scale": scale}
    for one in made.graph.initializer:
        if one.name in values:
            one.CopyFrom(onnx.numpy_helper.from_array(values[one.name], one.name))
    return with_first_look(made, replace(look, bound=bound))


def run(model: onnx.ModelProto, row: list[int], **inputs: float) -> np.ndarray:
    """The scores of one row of pieces."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given = {name: np.array(value, np.float32) for name, value in inputs.items()}
    scores = session.run(["scores"], {"input_ids": np.array([[2, *row, 3]]), **given})[0][0]
    assert isinstance(scores, np.ndarray)
    return scores


def test_the_first_look_settles_what_is_not_suspect(
    plain: onnx.ModelProto, look: FirstLook
) -> None:
    """A plain text gets the first look's scores; a suspect or odd one those of the encoder."""
    made = with_words(plain, look, bound=-1.0)
    for row, settled in (([5, 6, 8], True), ([5, 7, 8], False), ([5, 9, 8], False)):
        scores, encoder = run(made, row), run(made, row, **{BOUND: -1e9})
        assert np.allclose(scores, encoder) == (not settled), row
        if settled:
            assert scores.max() <= SETTLED_SHARE / 2


def test_without_a_bound_the_scores_are_the_encoders(
    plain: onnx.ModelProto, look: FirstLook
) -> None:
    """Taken out or switched off, the first look leaves the scores as they were, bit for bit."""
    made = with_first_look(plain, replace(look, bound=-1.0))
    taken_out = without_first_look(made)
    onnx.checker.check_model(taken_out)
    for row in ([5, 6, 8], [7, 7], [30]):
        assert np.array_equal(run(made, row, **{BOUND: -1e9}), run(plain, row))
        assert np.array_equal(run(taken_out, row), run(plain, row))


def test_the_graph_gives_what_the_net_was_taught(plain: onnx.ModelProto, look: FirstLook) -> None:
    """Where the first look settles everything, the suspect piece still scores higher."""
    made = with_words(plain, look, bound=1e9)
    assert run(made, [5, 7, 8])[0] > 0.7 * SETTLED_SHARE
    assert run(made, [5, 6, 8])[0] < 0.3 * SETTLED_SHARE


def test_the_bound_is_the_highest_that_keeps_the_flags() -> None:
    """One flag in two hundred may be lost, and no more, by any preset."""
    scores = np.zeros((1000, len(LABELS)), np.float32)
    scores[:400, 0] = 0.9
    suspects = np.where(scores[:, 0] > 0, 3.0, -5.0).astype(np.float32)
    suspects[:2], suspects[2:10] = -4.25, -2.25
    bound, lost = first_look.choose_bound(suspects, scores, {"one": LIMITS})
    assert (bound, lost) == (-2.3, {"one": (2, 400)})
    suspects[:3] = -9.0
    bound, lost = first_look.choose_bound(suspects, scores, {"one": LIMITS})
    assert (bound, lost) == (-1e9, {"one": (0, 400)})


def test_suspicion_is_the_highest_share_of_a_threshold() -> None:
    """A label without a threshold never makes a text suspect."""
    row = dict.fromkeys(LABELS, 0.0) | {"toxicity": 0.2, "threat": 0.2, "severe_toxicity": 0.9}
    scores = np.array([[row[label] for label in LABELS]], np.float32)
    assert first_look.suspicion(scores, LIMITS)[0] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("piece", "weight"),
    [
        ("house", 0),
        ("##ing", 0),
        ("[UNK]", 6),
        ("[CLS]", 0),
        ("[", 0),
        ("д", 6),
        ("##語", 6),
        ("🤡", 2),
        ("k", 1),
        ("a", 0),
        ("##4", 1),
        ("*", 1),
    ],
)
def test_odd_pieces_are_weighed(piece: str, weight: int) -> None:
    """What a disguise is made of counts; plain words and their endings do not."""
    assert first_look.oddness({piece: 0}, 1)[0] == weight


def test_the_shipped_graph_has_a_first_look() -> None:
    """What ships can be taken apart again, so that training can go on from it."""
    made = onnx.load(PACKAGE / "model.onnx")
    taken_out = without_first_look(made)
    assert [node.op_type for node in made.graph.node].count("If") == 1
    assert not any(node.name.startswith("first_look") for node in taken_out.graph.node)
    measured = json.loads((PACKAGE / "measured.json").read_text(encoding="utf-8"))
    bound = next(one for one in made.graph.initializer if one.name == BOUND)
    found = float(onnx.numpy_helper.to_array(bound))
    assert found == pytest.approx(measured["made"]["first_look"]["bound"])
