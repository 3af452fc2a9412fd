"""Gives a finished model its first look: scores to learn from, training, bound, graph.

Each step is kept in the work folder and taken up there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

from moderation.toxicity.compact import CompactScorer, load_folder
from training import first_look
from training.cascade import FirstLook, with_first_look, without_first_look
from training.evaluate import PRESETS
from training.export import write
from training.first_look import Windows
from training.graph import Array

Report = Callable[[str], None]

_ALWAYS = 1e9


def quicken(
    folder: Path,
    texts: Sequence[str],
    held_out: Callable[[CompactScorer], Mapping[str, Windows]],
    work: Path,
    report: Report,
) -> dict[str, Any]:
    """Put a first look into the model in ``folder``; give what the model card says of it.

    It learns from ``texts``; its bound is chosen on the windows that ``held_out`` gives for the
    model without a first look.
    """
    work.mkdir(parents=True, exist_ok=True)
    plain = without_first_look(onnx.load(folder / "model.onnx"))
    onnx.save(plain, folder / "model.onnx")
    scorer = load_folder(folder)
    look = _learnt(scorer, plain, texts, work, report)
    report("choosing how little suspect a text must be to be settled")
    groups = held_out(scorer)
    every = Windows(
        tokens=tuple(row for one in groups.values() for row in one.tokens),
        scores=np.concatenate([one.scores for one in groups.values()]),
    )
    ends = scorer.start_token, scorer.end_token
    suspects = suspects_of(plain, look, every.tokens, ends)
    bound, lost = first_look.choose_bound(suspects, every.scores, PRESETS)
    shares = np.split(suspects < bound, np.cumsum([len(one.tokens) for one in groups.values()]))
    settled = {name: round(float(hit.mean()), 4) for name, hit in zip(groups, shares, strict=False)}
    made = with_first_look(plain, replace(look, bound=bound))
    write(folder / "model.onnx", made.SerializeToString(deterministic=True))
    revision = describe(folder)
    report(f"revision {revision}: settles texts less suspect than {bound}")
    return {
        "revision": revision,
        "settings": asdict(first_look.Settings()),
        "texts": len(texts),
        "bound": bound,
        "windows": len(suspects),
        "lost": {name: {"lost": some, "flagged": total} for name, (some, total) in lost.items()},
        "settled": settled,
    }


def windows_of(scorer: CompactScorer, texts: Sequence[str]) -> Windows:
    """Cut texts into windows and score each with the whole model."""
    rows = tuple(tokens for _, tokens in scorer.windows_of(texts))
    with ThreadPoolExecutor(scorer.threads) as pool:
        scores = np.array([*pool.map(scorer.score_window, rows)], np.float32)
    return Windows(tokens=rows, scores=scores)


def describe(folder: Path) -> str:
    """Write the graph's revision into ``config.json``; give it."""
    revision = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()[:12]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["revision"] = revision
    write(folder / "config.json", (json.dumps(config, indent=2) + "\n").encode())
    return revision


def suspects_of(
    plain: onnx.ModelProto, look: FirstLook, rows: Sequence[Sequence[int]], ends: tuple[int, int]
) -> Array:
    """Say how suspect the first look finds each window; 1e9 for one too odd to be settled.

    ``ends`` are the tokens that mark beginning and end.
    """
    made = with_first_look(plain, replace(look, bound=_ALWAYS))
    asked = ["first_look.suspect", "first_look.oddity"]
    made.graph.output.extend(
        helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in asked
    )
    options = SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (first, last), found = ends, []
    for row in rows:
        ids = np.array([[first, *row, last]], np.int64)
        suspect, odd = session.run(asked, {"input_ids": ids})
        found.append(_ALWAYS if odd.item() >= look.most_odd else suspect.item())
    return np.array(found, np.float32)


def _learnt(
    scorer: CompactScorer,
    plain: onnx.ModelProto,
    texts: Sequence[str],
    work: Path,
    report: Report,
) -> FirstLook:
    """The first look's weights, from the work folder where this model's are there already."""
    settings = first_look.Settings()
    kept = work / f"first_look_{_mark(plain, settings)}.npz"
    words = _embeddings(plain)
    if not kept.exists():
        report(f"scoring {len(texts):,} training texts for the first look")
        seen = windows_of(scorer, texts)
        look = first_look.learn(seen, words, PRESETS["strict"], settings, report)
        values = {one.name: getattr(look, one.name) for one in fields(look)}
        np.savez(kept, **values)
    with np.load(kept) as file:
        weights = {name: file[name] for name in file.files}
    weights |= {"most_odd": int(weights["most_odd"]), "bound": float(weights["bound"])}
    weights["oddness"] = first_look.oddness(scorer.tokenizer.get_vocab(), len(words))
    return FirstLook(**weights)


def _mark(plain: onnx.ModelProto, settings: first_look.Settings) -> str:
    """Tell models by their weights, and first looks by their settings."""
    digest = hashlib.sha256(repr(settings).encode())
    for one in sorted(plain.graph.initializer, key=lambda one: one.name):
        digest.update(one.name.encode() + numpy_helper.to_array(one).tobytes())
    return digest.hexdigest()[:8]


def _embeddings(plain: onnx.ModelProto) -> Array:
    found = {one.name: one for one in plain.graph.initializer if one.name.startswith("words")}
    scales: Array = numpy_helper.to_array(found["words.scale"])
    words: Array = numpy_helper.to_array(found["words"]).astype(np.float32) * scales
    return words
