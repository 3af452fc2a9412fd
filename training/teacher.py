"""The teacher's judgement of training texts, kept in a file so that it is asked once.

The teacher is tox-block 0.1.2 in an interpreter of its own (``teacher_worker.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

WORKER = Path(__file__).with_name("teacher_worker.py")

Scores = dict[str, list[float]]
"""For each text, six scores in the order of ``examples.LABELS``."""


class TeacherUnavailable(RuntimeError):
    """The teacher's interpreter is missing or failed."""


def teacher_scores(texts: Sequence[str], cache: Path, python: Path) -> Scores:
    """Give the teacher's six scores for each text, asking it only for texts not in ``cache``.

    Raises TeacherUnavailable when it must be asked and ``python`` cannot run it.
    """
    known = read_cache(cache)
    missing = sorted(set(texts) - set(known))
    if missing:
        fresh = _ask(missing, python)
        known.update(zip(missing, fresh, strict=True))
        _write_cache(cache, known)
    return {text: known[text] for text in texts}


def read_cache(cache: Path) -> Scores:
    """Read the kept judgements; none when there is no file."""
    if not cache.exists():
        return {}
    rows = (json.loads(line) for line in cache.read_text(encoding="utf-8").split("\n") if line)
    return {row[0]: row[1] for row in rows}


def _write_cache(cache: Path, known: Scores) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial")
    lines = "".join(json.dumps([text, scores]) + "\n" for text, scores in known.items())
    partial.write_text(lines, encoding="utf-8")
    partial.replace(cache)


def _ask(texts: Sequence[str], python: Path) -> list[list[float]]:
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "texts.jsonl", Path(folder) / "scores.jsonl"
        source.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
        try:
            subprocess.run(
                [str(python), str(WORKER), str(source), str(target)],
                check=True,
                env=environment,
                capture_output=True,
                text=True,
            )
        except FileNotFoundError as error:
            raise TeacherUnavailable(_advice(python, "there is no such program")) from error
        except subprocess.CalledProcessError as error:
            raise TeacherUnavailable(_advice(python, error.stderr[-400:])) from error
        return [json.loads(line) for line in target.read_text(encoding="utf-8").split("\n") if line]


def _advice(python: Path, what: str) -> str:
    return (
        f"The teacher could not be run with {python}: {what}. Make an interpreter for it: "
        "python -m venv TEACHER && TEACHER/bin/pip install tox-block tensorflow-cpu tf-keras "
        "keras_preprocessing, and pass --teacher-python TEACHER/bin/python."
    )
