"""The embedded model: a small transformer in int8, run by ONNX Runtime.

How it was made, what it was measured to do and where it fails stands in ``compact/MODEL_CARD.md``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moderation.errors import ModelUnavailable
from moderation.toxicity.windows import Window, windows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MOST_THREADS = 8
WINDOWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactScorer:
    """The embedded model, loaded; a ``Scorer``.

    Each window of text is a run of its own, on as many threads as there are processors. Int8
    scales are taken over all that a run is given, so two texts in one run would move each other's
    scores; alone, a text's scores do not depend on its company, bit for bit, and nothing is spent
    on padding.
    """

    revision: str
    labels: tuple[str, ...]
    languages: frozenset[str]
    window: Window
    session: InferenceSession
    tokenizer: Tokenizer
    start_token: int
    end_token: int
    threads: int
    name: str = "compact"

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts; see ``Scorer.score``.

        A text without a single token (empty, white space) scores 0 for every label. Memory does
        not grow with the number or the length of the texts, but for the results.
        """
        best = [[0.0] * len(self.labels) for _ in texts]
        with ThreadPoolExecutor(self.threads) as pool:
            pending = self._windows(texts)
            while group := list(islice(pending, WINDOWS_AT_ONCE)):
                scores = pool.map(self._run, (tokens for _, tokens in group))
                for (number, _), row in zip(group, scores, strict=True):
                    best[number] = [max(pair) for pair in zip(best[number], row, strict=True)]
        return [dict(zip(self.labels, row, strict=True)) for row in best]

    def _windows(self, texts: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
        for number, text in enumerate(texts):
            for tokens in windows(text, self._encode, self.window):
                yield number, tokens

    def _encode(self, text: str) -> Sequence[int]:
        # A lone surrogate, as a broken file may hold, is no text to the tokenizer.
        text = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _run(self, tokens: Sequence[int]) -> list[float]:
        import numpy  # noqa: PLC0415 - not needed to ask for --help

        ids = numpy.array([[self.start_token, *tokens, self.end_token]], dtype=numpy.int64)
        row: list[float] = self.session.run(["scores"], {"input_ids": ids})[0][0].tolist()
        return row


def load_compact() -> CompactScorer:
    """Load the embedded model from the package's own files.

    Raises ModelUnavailable when the files or ONNX Runtime are missing, with the command that mends
    the installation.
    """
    with as_file(files("moderation.toxicity").joinpath("compact")) as folder:
        try:
            return load_folder(folder)
        except (ImportError, OSError) as error:
            raise ModelUnavailable(
                f"The embedded model could not be loaded from {folder}: {error}. The installation "
                "is damaged; install the package again."
            ) from error


def load_folder(folder: Path) -> CompactScorer:
    """Load a model from a folder with ``model.onnx``, ``tokenizer.json`` and ``config.json``.

    Raises OSError when a file cannot be read and ImportError when ONNX Runtime is missing.
    """
    from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415 - slow to import
    from tokenizers import Tokenizer  # noqa: PLC0415

    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    options = SessionOptions()
    # Texts are spread over threads by us; more threads inside a run only get in the way.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = (folder / "model.onnx").read_bytes()
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    special = config["start_token"], config["end_token"]
    start, end = (_token(tokenizer, token) for token in special)
    return CompactScorer(
        revision=config["revision"],
        labels=tuple(config["labels"]),
        languages=frozenset(config["languages"]),
        window=Window(
            tokens=config["window_tokens"] - len(special), stride=config["stride_tokens"]
        ),
        session=InferenceSession(model, options, providers=["CPUExecutionProvider"]),
        tokenizer=tokenizer,
        start_token=start,
        end_token=end,
        threads=min(MOST_THREADS, processors()),
    )


def _token(tokenizer: Tokenizer, token: str) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise OSError(f"its tokenizer.json has no token {token}")
    return found


def processors() -> int:
    """Count the processors that this process may use."""
    # In a container these are fewer than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
