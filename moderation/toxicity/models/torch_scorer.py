"""Runs a checkpoint that was not added, with PyTorch: for a look at it, many times as slow."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.checkpoint import read_checkpoint
from moderation.toxicity.models.fetching import config_folder
from moderation.toxicity.models.onnx_scorer import CHUNK_CHARACTERS
from moderation.toxicity.models.reference import Reference, languages_of, load_reference
from moderation.toxicity.windows import windows


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointScorer:
    """A checkpoint in Detoxify's format, loaded; a ``Scorer``."""

    name: str
    revision: str
    languages: frozenset[str]
    reference: Reference

    @property
    def labels(self) -> tuple[str, ...]:
        """The checkpoint's labels, by their common names."""
        return self.reference.labels

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts; see ``Scorer.score``.

        Each window of a text runs by itself, so that its scores do not depend on other texts.
        """
        return [_score(self.reference, text) for text in texts]


def load_unadded(path: Path, device: str = "cpu") -> CheckpointScorer:
    """Load a checkpoint file.

    Raises ModelUnavailable when it cannot be loaded, or is to run on a graphics card.
    """
    if device != "cpu":
        raise ModelUnavailable(
            f"--device {device} is for models that were added. Add this one: moderation models add "
            f"NAME --checkpoint {path} --precision fp16, and scan with --model NAME."
        )
    checkpoint = read_checkpoint(path)
    return CheckpointScorer(
        name=path.name,
        revision=checkpoint.sha256[:12],
        languages=frozenset(languages_of(checkpoint)),
        reference=load_reference(checkpoint, config_folder(checkpoint.base, path)),
    )


def _score(reference: Reference, text: str) -> dict[str, float]:
    start, end = reference.special_tokens()
    best = np.zeros(len(reference.labels), np.float32)
    found = windows(text, _encoder(reference), reference.window(), CHUNK_CHARACTERS)
    for tokens in itertools.chain([next(found, ())], found):
        # Unlike max(), this keeps a score that is no number, which is no 0 either.
        best = np.maximum(best, _run(reference, (*start, *tokens, *end)))
    return dict(zip(reference.labels, best.tolist(), strict=True))


def _encoder(reference: Reference) -> Callable[[str], Sequence[int]]:
    def encode(text: str) -> Sequence[int]:
        # A lone surrogate, as a broken file may hold, is no text to the tokenizer.
        text = text.encode("utf-8", "replace").decode("utf-8")
        encoded = reference.detoxify.tokenizer(text, add_special_tokens=False, verbose=False)
        ids: list[int] = encoded["input_ids"]
        return ids

    return encode


def _run(reference: Reference, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
    import torch  # noqa: PLC0415 - two seconds and a gigabyte

    with torch.no_grad():
        logits = reference.detoxify.model(input_ids=torch.tensor([tokens])).logits
    row: npt.NDArray[np.float32] = torch.sigmoid(logits)[0, : len(reference.labels)].numpy()
    return row
