"""A training run on a tiny model: resuming, exporting, measuring, the card."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install torch")
pytest.importorskip("transformers", reason="training needs transformers")
pytest.importorskip("onnx", reason="training needs onnx")

import onnx
import torch
from tokenizers import BertWordPieceTokenizer, Tokenizer
from transformers import BertConfig, BertForSequenceClassification

from moderation.toxicity.compact import load_folder
from training import export, metrics, train
from training.__main__ import FROM_BASE, begin
from training.card import model_card
from training.corpus import Targets
from training.emoji import EMOJI, tokenizer_json
from training.examples import LABELS
from training.graph import Shape, build_graph
from training.quickening import quicken, windows_of
from training.released import load_released

if TYPE_CHECKING:
    from training.train import Encoded

CARD = Path(__file__).parents[1] / "moderation" / "toxicity" / "compact"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "you", "are", "a", "fool", "friend", "kind"]
SETTINGS = train.Settings(
    epochs=2.0, batch_tokens=64, batch_texts=4, checkpoint_steps=20, half_precision=False
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base model, in the shape of the real one."""
    folder = tmp_path_factory.mktemp("base")
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
        num_labels=len(LABELS),
    )
    torch.manual_seed(3)
    BertForSequenceClassification(config).save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    BertWordPieceTokenizer(vocab=vocabulary).save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    described = {"tokenizer_class": "BertTokenizerFast", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "special_tokens_map.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def encoded(base: Path) -> Encoded:
    """Texts whose only toxic word is 'fool'."""
    draw = random.Random(5)
    texts = [" ".join(draw.choices(WORDS[5:], k=draw.randint(1, 12))) for _ in range(160)]
    values = tuple((float("fool" in text),) * len(LABELS) for text in texts)
    weights = ((1.0,) * len(LABELS),) * len(texts)
    goals = Targets(
        texts=tuple(texts),
        values=values,
        weights=weights,
        twins=((3, 90), (7, 8)),
        imitated=tuple(n % 2 == 0 for n in range(len(texts))),
    )
    return train.encode(goals, train.load_tokenizer(base, 32))


class PowerCutError(Exception):
    """What stops a run in the tests."""


def cut_at(step: int) -> Callable[[str], None]:
    """Make a report that stops the run when it is told of a step."""

    def report(line: str) -> None:
        if line.startswith(f"step {step}/"):
            raise PowerCutError

    return report


def quiet(line: str) -> None:
    """Take a report and do nothing."""


def test_a_stopped_run_ends_with_the_same_weights(
    base: Path, encoded: Encoded, tmp_path: Path
) -> None:
    """A run stopped twice and taken up again equals one that was not, to the last bit."""
    whole = train.train(
        train.load_base(base), encoded, SETTINGS, tmp_path / "a" / "checkpoint.pt", quiet
    )
    resumed = tmp_path / "b" / "checkpoint.pt"
    for step in (20, 60):
        with pytest.raises(PowerCutError):
            train.train(train.load_base(base), encoded, SETTINGS, resumed, cut_at(step))
    again = train.train(train.load_base(base), encoded, SETTINGS, resumed, quiet)
    assert again.steps == whole.steps > 60
    other = again.model.state_dict()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, other[name]), name


def test_a_checkpoint_of_other_settings_is_refused(
    base: Path, encoded: Encoded, tmp_path: Path
) -> None:
    """A run is not continued with settings that it was not begun with."""
    path = tmp_path / "checkpoint.pt"
    short = train.Settings(epochs=0.1, batch_tokens=64, half_precision=False)
    train.train(train.load_base(base), encoded, short, path, quiet)
    with pytest.raises(ValueError, match="other settings"):
        train.train(train.load_base(base), encoded, SETTINGS, path, quiet)


def test_twins_come_along_in_the_same_batch(encoded: Encoded) -> None:
    """Every text is learnt from once an epoch, a twin with the first of its pair."""
    named = [number for batch in train.batches(encoded, SETTINGS, 0) for number in batch]
    assert sorted([*named, *encoded.twins.values()]) == list(range(160))
    longest = 1 + max(map(len, encoded.tokens))
    for batch in train.batches(encoded, SETTINGS, 0):
        assert len(batch) <= SETTINGS.batch_texts
        assert len(batch) * min(map(len, encoded.tokens)) <= SETTINGS.batch_tokens + longest


def test_twins_are_drawn_together(base: Path, encoded: Encoded, tmp_path: Path) -> None:
    """The more consistency counts, the less the scores of a pair differ."""
    abusive = encoded.values[:, 0] > 0.5
    pairs = zip(abusive.nonzero().flatten(), (~abusive).nonzero().flatten(), strict=False)
    paired = replace(encoded, twins={int(one): int(other) for one, other in pairs})
    first, second = next(iter(paired.twins.items()))
    apart = []
    for consistency in (0.0, 10.0):
        settings = replace(SETTINGS, consistency=consistency, learning_rate=1e-3, epochs=6.0)
        path = tmp_path / str(consistency)
        model = train.train(train.load_base(base), paired, settings, path, quiet).model
        with torch.no_grad():
            logits = [
                model(input_ids=torch.tensor([encoded.tokens[number]])).logits
                for number in (first, second)
            ]
        apart.append(float((logits[0] - logits[1]).abs().max()))
    assert apart[1] < apart[0] / 2


def test_a_run_goes_on_from_an_earlier_ones_weights(
    base: Path, encoded: Encoded, tmp_path: Path
) -> None:
    """The average of an earlier run's weights is where a later run begins."""
    path = tmp_path / "checkpoint.pt"
    run = train.train(train.load_base(base), encoded, SETTINGS, path, quiet)
    model = train.load_base(base)
    train.load_start(model, path)
    for name, value in run.model.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_logits_are_held_to_their_goals_where_a_ranking_is_known() -> None:
    """A plainly harmless text may score as low as it likes; between the bounds logits count."""
    goals = torch.tensor([0.0, 1.0, 0.0, 0.5, 0.03])
    logits = torch.tensor([-20.0, 20.0, -4.0, 0.0, -6.0])
    off = train.off_the_ranking(logits, goals)
    assert off[:2].tolist() == [0.0, 0.0]
    assert off[3] == 0.0
    assert off[2] > 0.5
    assert off[4] > 0.5


def test_a_run_that_is_taken_up_again_knows_what_it_began_from(base: Path, tmp_path: Path) -> None:
    """Also where other weights are at hand by then: it blends with those that it began from."""
    kept = tmp_path / "start.pt"
    first, second = train.load_base(base), train.load_base(base)
    assert begin(first, FROM_BASE, kept) is None
    before = {name: value.clone() for name, value in first.state_dict().items()}
    with torch.no_grad():
        second.classifier.bias += 1.0
    assert begin(second, str(tmp_path / "no such checkpoint"), kept) is None
    assert all(torch.equal(before[name], value) for name, value in second.state_dict().items())


def test_blended_weights_lie_between(base: Path) -> None:
    """Half and half is the middle; the whole share changes nothing."""
    first, second = train.load_base(base), train.load_base(base)
    before = {name: value.clone() for name, value in first.state_dict().items()}
    with torch.no_grad():
        second.classifier.bias += 2.0
    after = {name: value.clone() for name, value in second.state_dict().items()}
    train.blend(second, before, 1.0)
    assert all(torch.equal(value, after[name]) for name, value in second.state_dict().items())
    train.blend(second, before, 0.5)
    middle = (before["classifier.bias"] + after["classifier.bias"]) / 2
    assert torch.allclose(second.classifier.bias, middle)


@pytest.fixture(scope="module")
def trained(
    base: Path, encoded: Encoded, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A trained and exported tiny model: the package folder and the Detoxify checkpoint."""
    folder = tmp_path_factory.mktemp("trained")
    run = train.train(train.load_base(base), encoded, SETTINGS, folder / "checkpoint.pt", quiet)
    export.calibrated(run.model, {"toxicity": export.Line(slope=1.5, offset=-0.2)})
    export.export_compact(run.model, base, folder / "compact", "0" * 64, encoded.tokens[:20])
    return folder / "compact", export.export_detoxify(run.model, base, folder / "detoxify")


def test_the_exported_model_has_learnt(trained: tuple[Path, Path]) -> None:
    """The exported files load as a scorer that tells the toxic word from the others."""
    scorer = load_folder(trained[0])
    fool, friend = scorer.score(["you are a fool", "you are a friend"])
    assert fool["toxicity"] > friend["toxicity"]


def test_int8_stays_near_full_precision(trained: tuple[Path, Path]) -> None:
    """The shipped graph and the one in full precision agree within 0.02."""
    texts = ["you are a fool", "friend", "kind kind fool", "a fool are you kind friend"]
    small, full = load_folder(trained[0]), load_folder(trained[0].with_name("compact_fp32"))
    for one, other in zip(small.score(texts), full.score(texts), strict=True):
        assert list(one.values()) == pytest.approx(list(other.values()), abs=0.02)


def test_released_weights_are_read_back(trained: tuple[Path, Path], base: Path) -> None:
    """A run can go on from what ships: read back, the int8 weights give the scores they gave."""
    model = train.load_base(base)
    told = load_released(model, trained[0] / "model.onnx")
    assert len(told["released"]) == 12
    scorer = load_folder(trained[0])
    tokens = [5, 6, 7, 8]
    ids = torch.tensor([[scorer.start_token, *tokens, scorer.end_token]])
    with torch.no_grad():
        found = torch.sigmoid(model.eval()(input_ids=ids).logits)[0].tolist()
    assert found == pytest.approx(scorer.score_window(tuple(tokens)), abs=0.02)


def test_a_first_look_is_kept_for_its_own_model_only(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    """The same model takes up what was learnt; another one learns anew."""
    folder = tmp_path / "compact"
    shutil.copytree(trained[0], folder)
    texts = ["you are a fool", "you are kind", "friend", "a kind friend"] * 5
    said: list[str] = []

    def once() -> dict[str, Any]:
        said.clear()
        return quicken(
            folder,
            texts,
            lambda scorer: {"some": windows_of(scorer, texts[:4])},
            tmp_path,
            said.append,
        )

    first = once()
    assert any(line.startswith("scoring") for line in said)
    assert once()["revision"] == first["revision"]
    assert not any(line.startswith("scoring") for line in said)
    graph = onnx.load(trained[0] / "model.onnx")
    bias = next(one for one in graph.graph.initializer if one.name == "logits.bias")
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + 1, bias.name))
    onnx.save(graph, folder / "model.onnx")
    once()
    assert any(line.startswith("scoring") for line in said)


def test_detoxify_gives_the_same_scores(trained: tuple[Path, Path]) -> None:
    """Detoxify loads the exported checkpoint and scores as the full-precision graph does."""
    detoxify = pytest.importorskip("detoxify", reason="the detoxify package is not installed")
    path, texts = trained[1], ["you are a fool", "friend", "you are kind"]
    theirs = detoxify.Detoxify(checkpoint=str(path)).predict(texts)
    ours = load_folder(trained[0].with_name("compact_fp32")).score(texts)
    for label in LABELS:
        assert [row[label] for row in ours] == pytest.approx(theirs[label], abs=1e-4)


def test_the_graph_equals_the_model(base: Path) -> None:
    """The graph built by hand computes what PyTorch computes."""
    import onnxruntime

    model = train.load_base(base)
    weights = {n: v.numpy() for n, v in model.state_dict().items() if v.is_floating_point()}
    shape = Shape(layers=2, heads=2, width=16, window=64)
    graph = build_graph(weights, shape, LABELS, int8=False)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    ids = np.array([[2, 5, 6, 7, 8, 3]])
    with torch.no_grad():
        expected = torch.sigmoid(model.eval()(input_ids=torch.tensor(ids)).logits).numpy()
    assert session.run(None, {"input_ids": ids})[0] == pytest.approx(expected, abs=1e-5)


def test_auc_counts_ties_half() -> None:
    """The AUC is right on a case that can be counted by hand."""
    scores, gold = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True])
    assert metrics.auc(scores, gold) == pytest.approx(3.5 / 4)


def test_calibration_recovers_a_known_line() -> None:
    """Scores that are off by a known line are put right."""
    draw = np.random.default_rng(1)
    logits = draw.normal(-1, 2, 20_000)
    gold = draw.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1.0)))
    slope, offset = metrics.fit_line(logits, gold, float(gold.mean()))
    assert (slope, offset) == pytest.approx((0.5, -1.0), abs=0.06)


def test_thresholds_are_stated_at_the_base_rate() -> None:
    """Precision follows from recall, false positives and the base rate."""
    positives, negatives = np.array([0.2, 0.8]), np.array([0.1] * 9 + [0.7])
    row = next(
        row for row in metrics.threshold_rows(positives, negatives, 0.5) if row["threshold"] == 0.5
    )
    assert row["recall"] == 0.5
    assert row["false_positive_rate"] == 0.1
    assert row["precision"] == pytest.approx(0.25 / 0.3, abs=1e-4)


def test_the_card_contains_the_figures() -> None:
    """The shipped card is what the shipped measurements give, figure by figure."""
    measured: dict[str, Any] = json.loads((CARD / "measured.json").read_text(encoding="utf-8"))
    card = (CARD / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert model_card(measured) == card
    for found in measured["auc"].values():
        assert f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})" in card
    for path, digest in measured["made"]["files"].items():
        assert path in card
        assert digest[:16] in card


def test_emoji_have_places_of_their_own(tmp_path: Path) -> None:
    """An emoji is cut off from its neighbours and takes an unused piece; others stay unknown."""
    pieces = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "great", "idiot", "[CLS]", "[SEP]"]
    tokenizer = BertWordPieceTokenizer(vocab={piece: n for n, piece in enumerate(pieces)})
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    made = Tokenizer.from_str(tokenizer_json(tmp_path))
    first, last = EMOJI[0], EMOJI[-1]
    ids = made.encode(f"Great{first}{first} idiot{last}", add_special_tokens=False).ids
    assert ids == [4, 1, 1, 5, 3]


def test_emoji_fit_into_the_unused_pieces() -> None:
    """BERT's vocabulary has 994 unused pieces; no emoji is listed twice."""
    assert len(set(EMOJI)) == len(EMOJI) <= 994
