"""How fast the same weights are through Detoxify and through us, in one run.

The weights are random but of BERT-base's size, in Detoxify's own checkpoint format: speed does not
depend on what the numbers are, and no weights must be fetched for it. Contenders take turns on the
same comments, so that other work on the machine hits all of them; ratios are made turn by turn.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from moderation.toxicity import Scorer, load_scorer
from moderation.toxicity.models.adding import Wish, add_model
from moderation.toxicity.models.checkpoint import read_checkpoint
from moderation.toxicity.models.reference import load_reference
from moderation.toxicity.models.verifying import sentence

BATCH = 32
CLASSES = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
MODEL = "random-base"

Work = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Something that scores comments."""

    name: str
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How many comments a second were scored, by the clock and by the processors' own time.

    The second does not count the time in which other programs had the processors.
    """

    clock: float
    busy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The turns of one contender."""

    name: str
    turns: tuple[Turn, ...]

    def times(self, other: Rate) -> tuple[list[float], list[float]]:
        """How many times the other's rates these are, turn by turn: by the clock, and busy."""
        pairs = list(zip(self.turns, other.turns, strict=True))
        clock = [ours.clock / theirs.clock for ours, theirs in pairs]
        return clock, [ours.busy / theirs.busy for ours, theirs in pairs]


def compare_models(texts: Sequence[str], turns: int, **sizes: int) -> tuple[list[Rate], str]:
    """Let Detoxify, our export of the same weights and the embedded model take turns.

    ``sizes`` are as BertConfig names them; without any it is BERT-base. Gives the rates, Detoxify
    in batches first, and a sentence on how close the export is.
    """
    with tempfile.TemporaryDirectory() as name, _models_in(Path(name) / "models"):
        path, config = random_checkpoint(Path(name), **sizes)
        checked = sentence(add_model(Wish(name=MODEL, checkpoint=path, config=config)).check)
        detoxify = load_reference(read_checkpoint(path), config).detoxify
        path.unlink()
        contenders = _contenders(detoxify, load_scorer(MODEL), load_scorer())
        for one in contenders:
            one.work(texts[:2])
        return _take_turns(contenders, texts, turns), checked


def print_models(rates: Sequence[Rate], checked: str) -> None:
    """Print a table: comments a second, and how many times Detoxify's rate in batches that is."""
    heads = ("comments/s", "times", "lowest to highest", "times, busy")
    print(f"\n{'model':<46}{heads[0]:>12}{heads[1]:>8}{heads[2]:>20}{heads[3]:>13}")
    for rate in rates:
        clock, busy = rate.times(rates[0])
        typical = statistics.median(turn.clock for turn in rate.turns)
        spread = f"{min(clock):.1f} to {max(clock):.1f}"
        print(
            f"{rate.name:<46}{typical:>12,.1f}{statistics.median(clock):>8.1f}{spread:>20}"
            f"{statistics.median(busy):>13.1f}"
        )
    print("\nTimes: the first line's rate, by the clock; busy: by the processors' own time.")
    print(f"{checked}.")
    print("The weights are random, of BERT-base's size; speed does not depend on their values.")


def random_checkpoint(folder: Path, **sizes: int) -> tuple[Path, Path]:
    """Write a checkpoint with random weights, and a folder with configuration and tokenizer."""
    import torch  # noqa: PLC0415 - two seconds and a gigabyte
    from transformers import BertConfig, BertForSequenceClassification  # noqa: PLC0415

    config = BertConfig(num_labels=len(CLASSES), **sizes)
    base = folder / "base"
    config.save_pretrained(base)
    source = files("moderation.toxicity").joinpath("compact").joinpath("tokenizer.json")
    tokenizer = source.read_text(encoding="utf-8")
    words: dict[str, int] = json.loads(tokenizer)["model"]["vocab"]
    (base / "vocab.txt").write_text("\n".join(sorted(words, key=words.__getitem__)), "utf-8")
    described = {"tokenizer_class": "BertTokenizer", "model_max_length": 512}
    (base / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")
    torch.manual_seed(0)
    arguments = {
        "model_type": str(base),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": len(CLASSES),
    }
    settings = {"arch": {"args": arguments}, "dataset": {"args": {"classes": list(CLASSES)}}}
    state = BertForSequenceClassification(config).state_dict()
    path = folder / "random.ckpt"
    torch.save({"config": settings, "state_dict": state}, path)
    return path, base


@contextmanager
def _models_in(folder: Path) -> Iterator[None]:
    """Add models to a folder of their own, not to the user's."""
    before = os.environ.get("MODERATION_MODELS")
    os.environ["MODERATION_MODELS"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MODERATION_MODELS"]
        else:
            os.environ["MODERATION_MODELS"] = before


def _contenders(detoxify: Any, export: Scorer, embedded: Scorer) -> list[Contender]:
    def one_by_one(work: Work) -> Work:
        return lambda texts: [work([text]) for text in texts]

    def in_batches(texts: Sequence[str]) -> None:
        for start in range(0, len(texts), BATCH):
            detoxify.predict(list(texts[start : start + BATCH]))

    same = "the same weights exported"
    return [
        Contender(name=f"Detoxify.predict, batches of {BATCH}", work=in_batches),
        Contender(name="Detoxify.predict, one by one", work=one_by_one(detoxify.predict)),
        Contender(name=f"{same}, one by one", work=one_by_one(export.score)),
        Contender(name=f"{same}, all at once", work=export.score),
        Contender(name="the embedded model, one by one", work=one_by_one(embedded.score)),
        Contender(name="the embedded model, all at once", work=embedded.score),
    ]


def _take_turns(contenders: Sequence[Contender], texts: Sequence[str], turns: int) -> list[Rate]:
    taken: dict[str, list[Turn]] = {one.name: [] for one in contenders}
    for _ in range(turns):
        for one in contenders:
            taken[one.name].append(_turn(one.work, texts))
    return [Rate(name=name, turns=tuple(found)) for name, found in taken.items()]


def _turn(work: Work, texts: Sequence[str]) -> Turn:
    started, busy = time.perf_counter(), time.process_time()
    work(texts)
    clock, busy = time.perf_counter() - started, time.process_time() - busy
    return Turn(clock=len(texts) / clock, busy=len(texts) / busy)
