"""The second course: the encoder learns what it says itself and what the tally says, summed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install torch")
pytest.importorskip("transformers", reason="training needs transformers")
pytest.importorskip("sklearn", reason="training needs scikit-learn")

import torch
from transformers import BertConfig, BertForSequenceClassification

from training import train
from training.examples import LABELS, Example
from training.second_course import Settings, second_course
from training.tally import fit_tally

FIRST = train.Settings(batch_tokens=64, batch_texts=8, half_precision=False, warm_up=0.0)
START, END, SLUR, OTHER = 1, 2, 5, 6


@pytest.fixture
def model() -> BertForSequenceClassification:
    """A tiny encoder that has learnt nothing."""
    config = BertConfig(
        vocab_size=40,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=len(LABELS),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(5)
    return BertForSequenceClassification(config)


def lessons(count: int) -> tuple[list[Example], train.Encoded]:
    """Texts of which those with one piece are toxic."""
    draw = np.random.default_rng(3)
    rows = [[*draw.integers(7, 40, 6).tolist(), SLUR if n % 2 else OTHER] for n in range(count)]
    values = tuple((float(n % 2),) * len(LABELS) for n in range(count))
    weights = ((1.0,) * len(LABELS),) * count
    texts = tuple(f"text {n}" for n in range(count))
    examples = [Example(text=text, labels=values[n], source="s") for n, text in enumerate(texts)]
    encoded = train.Encoded(
        tokens=tuple((START, *row, END) for row in rows),
        values=torch.tensor(values),
        weights=torch.tensor(weights),
        twins={0: 1},
        imitated=torch.zeros(count),
    )
    return examples, encoded


def test_the_encoder_comes_near_the_sum(
    model: BertForSequenceClassification, tmp_path: Path
) -> None:
    """Afterwards its logits of toxicity are nearer to the sum than they were, the others stay."""
    examples, encoded = lessons(3000)
    rows = [row[1:-1] for row in encoded.tokens]
    before = train.logits_of(model, encoded.tokens, FIRST)
    tally = fit_tally(rows, encoded.values[:, 0].numpy(), np.ones(3000, np.float32))
    course = Settings(tally_share=1.0, texts=1.0, learning_rate=1e-2)
    run = second_course(
        model, examples, encoded, course, FIRST, tmp_path / "kept.pt", lambda line: None
    )
    after = train.logits_of(run.model, encoded.tokens, FIRST)
    wanted = before[:, 0] + tally.logits(rows)
    assert np.abs(after[2:, 0] - wanted[2:]).mean() < 0.5 * np.abs(before[:, 0] - wanted).mean()
    assert np.abs(after[:, 1:] - before[:, 1:]).mean() < 0.3


def test_a_share_of_the_texts_is_taught_and_twins_stay_together(
    model: BertForSequenceClassification, tmp_path: Path
) -> None:
    """Of texts that are all twins, an even number is taught."""
    examples, encoded = lessons(80)
    examples = [replace(one, twin=f"twin {n // 2}") for n, one in enumerate(examples)]
    said: list[str] = []
    second_course(
        model,
        examples,
        encoded,
        Settings(texts=0.5),
        FIRST,
        tmp_path / "kept.pt",
        said.append,
    )
    (scoring,) = (line for line in said if line.startswith("scoring"))
    taught = int(scoring.split()[1])
    assert 0 < taught < 80
    assert taught % 2 == 0


def test_logits_do_not_depend_on_the_batches(model: BertForSequenceClassification) -> None:
    """Texts of all lengths, each as alone."""
    rows = [(START, *range(7, 7 + n), END) for n in (1, 9, 3, 20, 2)]
    together = train.logits_of(model, rows, FIRST)
    alone = [train.logits_of(model, [row], FIRST)[0] for row in rows]
    assert together == pytest.approx(np.array(alone), abs=1e-5)
