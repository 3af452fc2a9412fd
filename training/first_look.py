"""Trains the first look: a small net that learns from the finished model's own scores.

It learns what the encoder says of the training texts, and how suspect a text is: whether any score
comes near a threshold of the strictest preset. Below which suspicion a text is settled is chosen on
texts that neither learnt from: the highest bound at which no preset loses more flags than
``MOST_LOST``.
"""

from __future__ import annotations

import random
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training.cascade import WIDER_APART, FirstLook
from training.examples import LABELS
from training.graph import Array
from training.train import RANKED

MOST_LOST = 0.005
"""Share of a preset's flags that the first look may lose."""

BOUNDS = tuple(step / 10 for step in range(-80, 1))
MOST_ODD = 6
REPORT_STEPS = 300

Tokens = Sequence[Sequence[int]]
Thresholds = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every knob of the first look's training."""

    seed: int = 1
    features: int = 64
    filters: int = 128
    wider: int = 128
    epochs: int = 4
    batch_tokens: int = 6000
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    warm_up_steps: int = 100
    near: float = 0.7
    """A text is suspect when a score reaches this share of its threshold."""
    suspicion_weight: float = 2.0
    ranking_weight: float = 0.5
    """How much it counts when the logit of toxicity is not the model's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Texts as the model reads them: token rows, and its scores of each."""

    tokens: tuple[tuple[int, ...], ...]
    scores: Array


class _Net(nn.Module):
    """Word embeddings that do not change, features of each, and two rows of filters."""

    def __init__(self, embeddings: torch.Tensor, settings: Settings) -> None:
        super().__init__()
        self.spread = float(embeddings.std())
        self.words = embeddings / self.spread
        self.table = nn.Parameter(0.3 * torch.randn(embeddings.shape[1], settings.features))
        self.bias = nn.Parameter(torch.zeros(settings.features))
        self.convolution = nn.Conv1d(settings.features, settings.filters, 3, padding=1)
        self.wider = nn.Conv1d(
            settings.filters, settings.wider, 3, padding=WIDER_APART, dilation=WIDER_APART
        )
        self.out = nn.Linear(2 * (settings.filters + settings.wider), len(LABELS) + 1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        words = functional.embedding(ids, self.words)
        features = torch.relu(words @ self.table / 20 + self.bias) * mask[..., None]
        near = torch.relu(self.convolution(features.transpose(1, 2))) * mask[:, None]
        far = torch.relu(self.wider(near)) * mask[:, None]
        answers = torch.cat([near, far], 1)
        summed = answers.sum(2) / mask.sum(1, keepdim=True).sqrt() / 4
        found: torch.Tensor = self.out(torch.cat([answers.amax(2), summed], 1))
        return found


def learn(
    lessons: Windows,
    embeddings: Array,
    thresholds: Thresholds,
    settings: Settings,
    report: Callable[[str], None],
) -> FirstLook:
    """Train on windows and the model's scores of them; the bound is not chosen yet.

    ``embeddings`` is vocabulary by width: those of the model, which the first look reads.
    """
    # More threads inside each small operation wait for each other longer than they work.
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    net = _Net(torch.from_numpy(np.array(embeddings)), settings)
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    tokens, values = lessons.tokens, torch.from_numpy(np.array(lessons.scores, np.float32))
    suspect = torch.from_numpy(suspicion(lessons.scores, thresholds) >= settings.near).float()
    order = [b for epoch in range(settings.epochs) for b in _batches(tokens, settings, epoch)]
    begun = time.monotonic()
    for step, batch in enumerate(order):
        pace = min(1.0, step / settings.warm_up_steps) * (1 - step / len(order))
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * pace
        said = net(*_padded([tokens[number] for number in batch]))
        loss = (
            len(LABELS) * functional.binary_cross_entropy_with_logits(said[:, :-1], values[batch])
            + settings.suspicion_weight
            * functional.binary_cross_entropy_with_logits(said[:, -1], suspect[batch])
            + settings.ranking_weight
            * functional.smooth_l1_loss(said[:, 0], torch.logit(values[batch, 0], eps=RANKED[0]))
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % REPORT_STEPS == 0:
            spent = time.monotonic() - begun
            report(f"first look: step {step}/{len(order)} loss {loss.item():.3f} {spent:.0f} s")
    return _as_look(net)


def suspicion(scores: Array, thresholds: Thresholds) -> Array:
    """Give for each row its highest score as a share of that label's threshold."""
    limits = np.array([thresholds.get(label, np.inf) for label in LABELS], np.float32)
    found: Array = (scores / limits).max(axis=1)
    return found


def oddness(vocabulary: Mapping[str, int], size: int) -> npt.NDArray[np.int8]:
    """Weigh each word piece by how little the first look can know of it, 0 for plain words.

    An unknown piece or a letter that is not Latin alone keeps a text from being settled; so do
    three emoji, or six single letters, figures or signs such as disguised words are made of.
    """
    weights = np.zeros(size, np.int8)
    for piece, number in vocabulary.items():
        weights[number] = _odd(piece)
    return weights


def _odd(piece: str) -> int:
    if piece in ("[CLS]", "[SEP]"):
        return 0
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        return MOST_ODD
    letters = piece.removeprefix("##")
    if any(ord(one) > 0x24F and unicodedata.category(one)[0] == "L" for one in letters):
        return MOST_ODD
    if any(unicodedata.category(one) == "So" for one in letters):
        return 2
    if len(letters) == 1 and letters.isalpha():
        return int(letters not in ("deys" if piece.startswith("##") else "aimst"))
    continued_figure = piece.startswith("##") and any(one.isdigit() for one in letters)
    return int(continued_figure or letters in set("*@#$_^~|<>\\+=%"))


def lost_flags(
    suspects: Array, scores: Array, presets: Mapping[str, Thresholds], bound: float
) -> dict[str, tuple[int, int]]:
    """Count for each preset the flagged texts that the bound would settle, and all flagged."""
    settled = suspects < bound
    found = {}
    for name, thresholds in presets.items():
        flagged = suspicion(scores, thresholds) >= 1
        found[name] = int((flagged & settled).sum()), int(flagged.sum())
    return found


def choose_bound(
    suspects: Array, scores: Array, presets: Mapping[str, Thresholds]
) -> tuple[float, dict[str, tuple[int, int]]]:
    """Give the highest bound at which every preset keeps enough, and what it loses there."""
    for bound in reversed(BOUNDS):
        lost = lost_flags(suspects, scores, presets, bound)
        if all(count <= MOST_LOST * total for count, total in lost.values()):
            return bound, lost
    return -1e9, {name: (0, total) for name, (_, total) in lost.items()}


def _batches(tokens: Tokens, settings: Settings, epoch: int) -> list[list[int]]:
    draw = random.Random(epoch)
    order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]) + draw.random() * 3)
    made: list[list[int]] = [[]]
    for number in order:
        if made[-1] and len(tokens[number]) * (len(made[-1]) + 1) > settings.batch_tokens:
            made.append([])
        made[-1].append(number)
    draw.shuffle(made)
    return made


def _padded(rows: Tokens) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows)) + 2
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width)
    for number, row in enumerate(rows):
        ids[number, 1 : 1 + len(row)] = torch.tensor(row)
        mask[number, 1 : 1 + len(row)] = 1
    return ids, mask


def _as_look(net: _Net) -> FirstLook:
    """The net's weights, with what is constant in it taken into them."""
    weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    out = weights["out.weight"].copy()
    out[:, out.shape[1] // 2 :] /= 4
    return FirstLook(
        table=weights["table"] / (20 * net.spread),
        table_bias=weights["bias"],
        filters=weights["convolution.weight"],
        filters_bias=weights["convolution.bias"],
        wider=weights["wider.weight"],
        wider_bias=weights["wider.bias"],
        out=out,
        out_bias=weights["out.bias"],
        oddness=np.zeros(len(net.words), np.int8),
        most_odd=MOST_ODD,
        bound=-1e9,
    )
