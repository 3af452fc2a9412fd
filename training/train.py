"""Trains the model: a MiniLM-L6 encoder with six outputs, on soft labels.

The run is a function of its settings and data: no dropout, batches in an order drawn from the seed,
so that a run that was stopped and taken up again ends with the weights of one that was not.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

from training.corpus import Targets
from training.emoji import teach_emoji, tokenizer_json
from training.examples import LABELS
from training.graph import Array

Report = Callable[[str], None]

REPORT_STEPS = 20
RANKED = (0.003, 0.997)
"""Between these shares it is learnt which of two comments is the worse one."""
BERT_UNUSED = (slice(1, 100), slice(104, 999))
"""Where the word pieces without use stand in BERT's vocabulary: there emoji are put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every knob of the training run; stored in its checkpoints and in the model card."""

    seed: int = 20261123
    epochs: float = 1.2
    learning_rate: float = 2e-4
    layer_decay: float = 0.95
    weight_decay: float = 0.01
    warm_up: float = 0.085
    constant: float = 0.45
    """Share of the steps after which the learning rate falls linearly to a fiftieth."""
    batch_tokens: int = 4096
    batch_texts: int = 128
    text_tokens: int = 128
    average_decay: float = 0.99
    average_steps: int = 5
    """The running average takes the weights in after every so many steps."""
    toxicity_weight: float = 2.0
    consistency: float = 1.0
    """How much it counts when two texts that differ in the identity named score differently."""
    rehearsal: float = 1.0
    """Share of the data sets learnt from; a run that goes on from another needs less of them."""
    made: float = 1.0
    """Share of the generated texts learnt from."""
    imitation: float = 0.3
    """How much it counts when a talk comment's logit is not the one that its target says."""
    checkpoint_steps: int = 100
    half_precision: bool = True
    threads: int = 2
    """Each batch is dealt out to so many threads; the sum of their gradients makes the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Tokenised texts with their targets, one row a text.

    ``twins`` gives for the first text of a pair the place of the second, which must score alike.
    """

    tokens: tuple[tuple[int, ...], ...]
    values: torch.Tensor
    weights: torch.Tensor
    twins: dict[int, int]
    imitated: torch.Tensor
    """1 for each text whose toxicity is also learnt as a logit, else 0."""

    def lengths(self) -> dict[int, int]:
        """Give the tokens of each text, but for those that come along as another's twin."""
        second = set(self.twins.values())
        return {
            number: max(len(row), len(self.tokens[self.twins.get(number, number)]))
            for number, row in enumerate(self.tokens)
            if number not in second
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished training run."""

    model: BertForSequenceClassification
    steps: int
    seconds: float


def as_mapping(settings: Settings) -> dict[str, Any]:
    """Give the settings as plain values."""
    return asdict(settings)


def load_base(folder: Path) -> BertForSequenceClassification:
    """Load the base encoder with a new six-label output layer and without dropout.

    Dropout costs a quarter of the time of a step on a processor, and makes a resumed run differ.
    """
    torch.manual_seed(0)
    model = BertForSequenceClassification.from_pretrained(
        folder,
        num_labels=len(LABELS),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        classifier_dropout=0.0,
        problem_type="multi_label_classification",
    )
    assert isinstance(model, BertForSequenceClassification)
    teach_emoji(model, folder)
    return model


def load_start(model: BertForSequenceClassification, weights: Path) -> dict[str, Any]:
    """Put the weights of an earlier run's checkpoint, its running average, into ``model``.

    Gives what the model card says of that run. A checkpoint from before there were emoji knows
    nothing of them: there the model's own stay.
    """
    kept: dict[str, Any] = torch.load(weights, weights_only=True)
    average = kept["average"]
    if "emoji" not in kept:
        name = "bert.embeddings.word_embeddings.weight"
        for unused in BERT_UNUSED:
            average[name][unused] = model.state_dict()[name][unused]
    model.load_state_dict(average)
    return {
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "steps": kept["step"],
        "texts": kept["texts"],
        "minutes": round(kept["seconds"] / 60, 1),
        "settings": kept["settings"],
    }


def blend(
    model: BertForSequenceClassification, start: dict[str, torch.Tensor], share: float
) -> None:
    """Make the weights ``share`` the model's and the rest those that its run started from.

    What was just learnt costs some of what was known; between the two lie weights that keep most
    of both (Wortsman et al. 2022, WiSE-FT).
    """
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.lerp_(start[name], 1 - share)


def load_tokenizer(folder: Path, tokens: int | None) -> Tokenizer:
    """Load the base's tokenizer with emoji, unpadded, cutting at ``tokens`` (None: never)."""
    tokenizer = Tokenizer.from_str(tokenizer_json(folder))
    if tokens is not None:
        tokenizer.enable_truncation(tokens)
    return tokenizer


def encode(targets: Targets, tokenizer: Tokenizer) -> Encoded:
    """Tokenise the texts once for the whole run."""
    encodings = tokenizer.encode_batch(list(targets.texts))
    return Encoded(
        tokens=tuple(tuple(e.ids) for e in encodings),
        values=torch.tensor(targets.values, dtype=torch.float32),
        weights=torch.tensor(targets.weights, dtype=torch.float32),
        twins=dict(targets.twins),
        imitated=torch.tensor(targets.imitated, dtype=torch.float32),
    )


def logits_of(
    model: BertForSequenceClassification, rows: Sequence[Sequence[int]], settings: Settings
) -> Array:
    """Give the six logits of each row of tokens; batches are those of training."""
    nothing = torch.zeros(len(rows), 0)
    data = Encoded(
        tokens=tuple(map(tuple, rows)),
        values=nothing,
        weights=nothing,
        twins={},
        imitated=nothing,
    )
    found = np.zeros((len(rows), len(LABELS)), np.float32)

    def run(batch: list[int]) -> None:
        torch.set_num_threads(1)
        ids, mask = _padded([rows[n] for n in batch])
        with torch.inference_mode(), _half(settings):
            found[batch] = model(input_ids=ids, attention_mask=mask).logits.float().numpy()

    model.eval()
    with ThreadPoolExecutor(settings.threads) as pool:
        list(pool.map(run, batches(data, settings, 0)))
    return found


def batches(data: Encoded, settings: Settings, epoch: int) -> list[list[int]]:
    """Group texts of like length into batches, in an order that seed and epoch alone decide.

    Of twins only the first is named; the second belongs to the same batch.
    """
    draw = random.Random(settings.seed * 1000 + epoch)
    lengths = data.lengths()
    order = sorted(lengths, key=lambda i: (lengths[i] + draw.random() * 3, i))
    grouped: list[list[int]] = [[]]
    rows = longest = 0
    for number in order:
        added = 2 if number in data.twins else 1
        longest = max(longest, lengths[number])
        full = rows + added > settings.batch_texts
        if grouped[-1] and (full or longest * (rows + added) > settings.batch_tokens):
            grouped.append([])
            rows, longest = 0, lengths[number]
        grouped[-1].append(number)
        rows += added
    draw.shuffle(grouped)
    return grouped


def schedule(settings: Settings, step: int, total: int) -> float:
    """Give the learning rate's factor: up, level, then down to a fiftieth at the last step."""
    done = step / max(1, total)
    if done < settings.warm_up:
        return done / settings.warm_up
    if done < settings.constant:
        return 1.0
    return max(0.02, (1 - done) / (1 - settings.constant))


@dataclass(slots=True, kw_only=True)
class _State:
    """What changes from step to step, and is kept in the checkpoint."""

    model: BertForSequenceClassification
    optimiser: torch.optim.AdamW
    average: dict[str, torch.Tensor]
    step: int = 0
    seconds: float = 0.0


def train(
    model: BertForSequenceClassification,
    data: Encoded,
    settings: Settings,
    checkpoint: Path,
    report: Report,
) -> Run:
    """Train from the last checkpoint, or from the start when there is none.

    The model returned holds the running average of the weights.
    Raises ValueError when the checkpoint was made with other settings or data.
    """
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    state = _State(model=model, optimiser=_optimiser(model, settings), average=average)
    if checkpoint.exists():
        _resume(checkpoint, state, settings, len(data.tokens))
        report(f"going on from step {state.step}")
    _run_steps(state, data, settings, checkpoint, report)
    model.load_state_dict(state.average)
    model.eval()
    return Run(model=model, steps=state.step, seconds=state.seconds)


def _run_steps(
    state: _State, data: Encoded, settings: Settings, checkpoint: Path, report: Report
) -> None:
    begun, spent, started = state.step, state.seconds, time.monotonic()
    losses: list[float] = []
    state.model.train()
    total = max(1, int(len(batches(data, settings, 0)) * settings.epochs))
    with ThreadPoolExecutor(settings.threads) as pool:
        for step, batch in _steps(data, settings, begun, total):
            for group in state.optimiser.param_groups:
                group["lr"] = group["peak"] * schedule(settings, step, total)
            losses.append(_step(state, data, batch, settings, pool))
            state.step = step + 1
            state.seconds = spent + time.monotonic() - started
            if state.step % settings.average_steps == 0 or state.step == total:
                _update_average(state, settings)
            if state.step % settings.checkpoint_steps == 0 or state.step == total:
                _save(checkpoint, state, settings, len(data.tokens))
            if state.step % REPORT_STEPS == 0:
                recent = losses[-100:]
                pace = (state.seconds - spent) / (state.step - begun)
                mean = sum(recent) / len(recent)
                report(f"step {state.step}/{total} loss {mean:.4f} {pace:.2f} s a step")


def _optimiser(model: BertForSequenceClassification, settings: Settings) -> torch.optim.AdamW:
    depth = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        if name.startswith("bert.embeddings"):
            level = 0
        elif name.startswith("bert.encoder.layer."):
            level = 1 + int(name.split(".")[3])
        else:
            level = depth + 1
        peak = settings.learning_rate * settings.layer_decay ** (depth + 1 - level)
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.append({"params": [parameter], "lr": 0.0, "peak": peak, "weight_decay": decay})
    return torch.optim.AdamW(groups, fused=True)


def _steps(
    data: Encoded, settings: Settings, begun: int, total: int
) -> Iterator[tuple[int, list[int]]]:
    step = 0
    epoch = 0
    while step < total:
        for batch in batches(data, settings, epoch):
            if step >= total:
                return
            if step >= begun:
                yield step, batch
            step += 1
        epoch += 1


def _step(
    state: _State,
    data: Encoded,
    batch: Sequence[int],
    settings: Settings,
    pool: ThreadPoolExecutor,
) -> float:
    # A thread for each part, and not PyTorch's own threads inside each operation: those wait for
    # each other thousands of times a step, which trebles its time when the machine has other work.
    parts = [batch[start :: settings.threads] for start in range(settings.threads)]
    texts = len(batch) + sum(number in data.twins for number in batch)
    scale = texts * (len(LABELS) + settings.toxicity_weight - 1)
    work = [
        pool.submit(_gradients, state.model, data, _Part(rows=tuple(part), scale=scale), settings)
        for part in parts
        if part
    ]
    results = [job.result() for job in work]
    for position, parameter in enumerate(state.model.parameters()):
        parameter.grad = results[0][1][position]
        for _, gradients in results[1:]:
            parameter.grad += gradients[position]
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
    state.optimiser.step()
    return sum(loss for loss, _ in results)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The share of a batch that one thread works on, and what the batch's loss is divided by."""

    rows: tuple[int, ...]
    scale: float


def _gradients(
    model: BertForSequenceClassification, data: Encoded, part: _Part, settings: Settings
) -> tuple[float, tuple[torch.Tensor, ...]]:
    torch.set_num_threads(1)
    firsts = [place for place, number in enumerate(part.rows) if number in data.twins]
    numbers = [*part.rows, *(data.twins[part.rows[place]] for place in firsts)]
    ids, mask = _padded([data.tokens[i] for i in numbers])
    with _half(settings):
        logits = model(input_ids=ids, attention_mask=mask).logits
    logits = logits.float()
    index = torch.tensor(numbers)
    weights = data.weights[index].clone()
    weights[:, 0] *= settings.toxicity_weight
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, data.values[index], reduction="none"
    )
    apart = torch.nn.functional.smooth_l1_loss(
        logits[firsts], logits[len(part.rows) :], reduction="sum"
    )
    wrong = (each * weights).sum() + settings.consistency * apart
    off = off_the_ranking(logits[:, 0], data.values[index, 0]) * data.imitated[index]
    loss = (wrong + settings.imitation * off.sum()) / part.scale
    return float(loss.detach()), torch.autograd.grad(loss, list(model.parameters()))


def _padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids, mask


def _half(settings: Settings) -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16, enabled=settings.half_precision)


def off_the_ranking(logits: torch.Tensor, goals: torch.Tensor) -> torch.Tensor:
    """How far each logit is from its goal's.

    Cross entropy hardly tells .003 from .03, and so not which of two harmless comments comes nearer
    to abuse; their logits do. Beyond ``RANKED`` all are alike.
    """
    low, high = (float(torch.tensor(share).logit()) for share in RANKED)
    wanted = torch.logit(goals, eps=RANKED[0])
    beyond = ((wanted <= low) & (logits < low)) | ((wanted >= high) & (logits > high))
    off = torch.nn.functional.smooth_l1_loss(logits, wanted, reduction="none")
    return off.masked_fill(beyond, 0.0)


def _update_average(state: _State, settings: Settings) -> None:
    # Short at first: the early weights are not worth remembering.
    updates = state.step // settings.average_steps
    decay = min(settings.average_decay, (1 + updates) / (10 + updates))
    with torch.no_grad():
        for name, value in state.model.state_dict().items():
            if value.is_floating_point():
                state.average[name].lerp_(value, 1 - decay)


def _save(checkpoint: Path, state: _State, settings: Settings, texts: int) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    partial = checkpoint.with_suffix(".partial")
    kept = {
        "model": state.model.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "average": state.average,
        "settings": asdict(settings),
        "step": state.step,
        "seconds": state.seconds,
        "texts": texts,
        "emoji": True,
    }
    torch.save(kept, partial)
    partial.replace(checkpoint)


def _resume(checkpoint: Path, state: _State, settings: Settings, texts: int) -> None:
    kept: dict[str, Any] = torch.load(checkpoint, weights_only=True)
    if kept["settings"] != asdict(settings) or kept["texts"] != texts:
        raise ValueError(
            f"{checkpoint} was made with other settings or data; use them again, or delete it"
        )
    state.model.load_state_dict(kept["model"])
    state.optimiser.load_state_dict(kept["optimiser"])
    state.average.update(kept["average"])
    state.step, state.seconds = int(kept["step"]), float(kept["seconds"])
