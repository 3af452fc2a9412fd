"""Makes a kept model from a checkpoint: graph, tokenizer, Detoxify's own scores, manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from moderation import __version__
from moderation.errors import ModelUnavailable
from moderation.toxicity.models.checkpoint import Checkpoint
from moderation.toxicity.models.graph import Channels, build_graph
from moderation.toxicity.models.manifest import (
    GRAPH,
    MANIFEST,
    REFERENCE,
    SEALED,
    TOKENIZER,
    Check,
    Manifest,
    Precision,
    Seal,
    Source,
    seal,
)
from moderation.toxicity.models.onnx_scorer import load_exported
from moderation.toxicity.models.reference import Reference, versions
from moderation.toxicity.models.verifying import (
    Scored,
    check,
    detoxify_scores,
    is_good,
    probe_texts,
    sentence,
)

SPARED_CHANNELS = (0, 16, 64)
"""How many channels of a matrix int8 spares: more at each attempt that was not close enough."""

TEXTS_TO_FIND_LARGE_CHANNELS = 48

OnStep = Callable[[str], None]
"""Told in a sentence what is being done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made of a checkpoint.

    Without a ``precision`` int8 is tried, and full precision kept where int8 is not close enough
    to Detoxify.
    """

    name: str
    languages: tuple[str, ...]
    precision: Precision | None = None
    url: str = ""


def export_model(
    checkpoint: Checkpoint, reference: Reference, order: Order, folder: Path, on_step: OnStep
) -> Manifest:
    """Write the model's files into ``folder``, checked against Detoxify.

    Raises ModelUnavailable when its scores are too far from Detoxify's; then the folder is not to
    be used.
    """
    (folder / TOKENIZER).write_text(reference.tokenizer_json(), encoding="utf-8")
    on_step("Asking Detoxify for its scores.")
    expected = detoxify_scores(reference.predict, probe_texts())
    expected.write(folder / REFERENCE)
    blank = _manifest(checkpoint, reference, order)
    tried: list[str] = []
    for precision, spared in _attempts(order.precision, reference, expected):
        on_step(f"Writing the graph in {_described(precision, spared)}, to check it on Detoxify.")
        _write_graph(reference, precision, spared, folder)
        found = replace(blank, precision=precision, files=_seals(folder))
        result = check(load_exported(folder, found), expected)
        if is_good(result, precision):
            note = f"int8 was tried first. {tried[-1]}." if tried and precision != "int8" else ""
            found = replace(found, check=result, note=note)
            (folder / MANIFEST).write_text(found.to_json(), encoding="utf-8")
            return found
        tried.append(sentence(result))
    raise ModelUnavailable(
        f"The model '{order.name}' was not kept: in {precision} it does not give Detoxify's "
        f"scores. {tried[-1]}. {_advice(order.precision)}"
    )


def _described(precision: Precision, spared: Mapping[str, Channels]) -> str:
    most = max((channels.size for channels in spared.values()), default=0)
    return f"{precision} but for {most} channels of each matrix" if most else precision


def _advice(asked: Precision | None) -> str:
    if asked is None or asked == "fp32":
        return "Please report this with the checkpoint's configuration."
    return "Try --precision fp32, which is Detoxify's own arithmetic and some times slower."


def _attempts(
    asked: Precision | None, reference: Reference, expected: Scored
) -> Iterator[tuple[Precision, Mapping[str, Channels]]]:
    if asked in {"fp32", "fp16"}:
        yield asked, {}
        return
    yield "int8", {}
    parts = {
        part
        for names in reference.architecture.layers
        for part in (names.query, names.key, names.attended, names.wide, names.narrow)
    }
    step = max(1, len(expected.texts) // TEXTS_TO_FIND_LARGE_CHANNELS)
    largest = reference.largest_inputs(parts, expected.texts[::step])
    for count in SPARED_CHANNELS[1:]:
        yield (
            "int8",
            {
                part: np.sort(np.argsort(-values, kind="stable")[:count]).astype(np.int64)
                for part, values in largest.items()
            },
        )
    if asked is None:
        yield "fp32", {}


def _write_graph(
    reference: Reference, precision: Precision, spared: Mapping[str, Channels], folder: Path
) -> None:
    labels = len(reference.labels)
    graph = build_graph(reference.weights(), reference.architecture, labels, precision, spared)
    (folder / GRAPH).write_bytes(graph.SerializeToString(deterministic=True))


def _seals(folder: Path) -> dict[str, Seal]:
    return {name: seal(folder / name) for name in SEALED}


def _manifest(checkpoint: Checkpoint, reference: Reference, order: Order) -> Manifest:
    start, end = reference.special_tokens()
    return Manifest(
        name=order.name,
        model_class=checkpoint.model_class,
        precision="int8",
        labels=reference.labels,
        languages=order.languages,
        window_tokens=reference.window_tokens,
        stride_tokens=reference.window().stride,
        start_tokens=start,
        end_tokens=end,
        source=Source(file=checkpoint.path.name, sha256=checkpoint.sha256, url=order.url),
        check=Check(texts=0, largest_difference=0.0, same_flags=0.0),
        made_by=f"moderation {__version__}; {versions()}",
        files={},
    )
