"""Names in, a scorer out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity.models.catalogue import CATALOGUE
from moderation.toxicity.models.store import (
    EMBEDDED,
    OURS,
    chosen_names,
    kept_models,
    known_sentence,
    whole_model,
)
from moderation.toxicity.routing import JOINER, route
from moderation.toxicity.scorer import Scorer

DEVICES = ("cpu", "cuda")


def scorer_names() -> tuple[str, ...]:
    """Give the names that ``load_scorer`` knows besides those of models of one's own."""
    return (*OURS, *CATALOGUE)


def load_scorer(name: str = EMBEDDED, device: str = "cpu") -> Scorer:
    """Load a toxicity model by name, or from a Detoxify checkpoint file.

    Args:
        name: ``compact`` for the embedded model, ``compact-quick`` for it with a first look;
            the name of a model that was added; several names
            joined with ``+``, each for the languages that those before it do not know; or the
            path of a file in Detoxify's checkpoint format, which needs PyTorch.
        device: ``cpu``, or ``cuda`` for an added model in half or full precision on a graphics
            card.

    Raises:
        UsageError: there is no such name, file or device.
        ModelUnavailable: the model is not added, damaged, or cannot be run here.
    """
    if device not in DEVICES:
        raise UsageError(f"There is no device '{device}'. The devices are {', '.join(DEVICES)}.")
    path = Path(name)
    if name not in scorer_names() and path.is_file():
        from moderation.toxicity.models.torch_scorer import load_unadded  # noqa: PLC0415 - PyTorch

        return load_unadded(path, device)
    return route([_load_named(part, device) for part in dict.fromkeys(name.split(JOINER))])


def chosen_model() -> str:
    """Give the name under which ``load_scorer`` has what was chosen for scans.

    That is what ``moderation models use`` chose, or the embedded model; and after it, for
    languages that it does not know, every other added model that knows them and has its labels.

    Raises ModelUnavailable when the choice cannot be read.
    """
    names = list(chosen_names())
    offers = _offers()
    known = set[str]().union(*(offers[name].languages for name in names if name in offers))
    labels = offers[names[0]].labels if names[0] in offers else frozenset()
    for name, offer in offers.items():
        if labels and labels <= offer.labels and offer.languages - known:
            names.append(name)
            known |= offer.languages
    return JOINER.join(names)


def embedded_offer() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the languages and the labels of the embedded model, without loading it."""
    path = files("moderation.toxicity").joinpath("compact").joinpath("config.json")
    config = json.loads(path.read_text(encoding="utf-8"))
    return tuple(config["languages"]), tuple(config["labels"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What a model knows and gives."""

    languages: frozenset[str]
    labels: frozenset[str]


def _offers() -> dict[str, _Offer]:
    """Tell what each usable model offers, without loading it; the embedded one comes last."""
    found = {
        kept.name: (kept.manifest.languages, kept.manifest.labels)
        for kept in kept_models()
        if kept.manifest is not None
    }
    return {
        name: _Offer(languages=frozenset(languages), labels=frozenset(labels))
        for name, (languages, labels) in [*found.items(), *_embedded_offers()]
    }


def _embedded_offers() -> list[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    return [(name, embedded_offer()) for name in OURS]


def _load_named(name: str, device: str) -> Scorer:
    if name in OURS:
        if device != "cpu":
            raise ModelUnavailable(
                "The embedded model runs on processors only; leave --device out, or name an added "
                "model with --model."
            )
        from moderation.toxicity.compact import load_compact  # noqa: PLC0415 - ONNX Runtime

        return load_compact(name)
    kept = whole_model(name)
    if kept is not None and kept.manifest is not None:
        from moderation.toxicity.models.onnx_scorer import load_exported  # noqa: PLC0415

        return load_exported(kept.folder, kept.manifest, device)
    if name in CATALOGUE:
        raise ModelUnavailable(
            f"Detoxify's model '{name}' is not added yet. Add it once: moderation models add "
            f"{name}. That needs the extra [detoxify] and a network, or a file from a machine "
            "that has both: moderation models add FILE."
        )
    raise UsageError(
        f"There is no model named '{name}' and no checkpoint file at that path. {known_sentence()} "
        f"Detoxify's models, which can be added, are {', '.join(CATALOGUE)}; a path must point to "
        "a file in Detoxify's checkpoint format."
    )
