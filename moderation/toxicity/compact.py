"""The embedded model: a small transformer in int8, run by ONNX Runtime.

How it was made, what it was measured to do and where it fails stands in ``compact/MODEL_CARD.md``.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moderation.errors import ModelUnavailable
from moderation.toxicity.windows import CHUNK_CHARACTERS, Window, overlapping, windows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

QUICK = "compact-quick"
"""The name of the embedded model with its first look: what that settles, the encoder never sees."""

MOST_THREADS = 8
TEXTS_AT_ONCE = 512
CHARACTERS_AT_ONCE = 500_000

_WORD_CHARACTER = re.compile(r"[^\W_]")
_BOUND = "first_look_bound"
_NEVER_SETTLED = -1e9

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactScorer:
    """The embedded model, loaded; a ``Scorer``.

    Under the name ``QUICK`` its graph takes a first look at each window of text, which settles what
    is plainly harmless, and the encoder reads the rest; else the encoder reads all. Each window is
    a run of its own, on as many threads as there are processors. Int8 scales are taken over all
    that a run is given, so two texts in one run would move each other's scores; alone, a text's
    scores do not depend on its company, bit for bit, and nothing is spent on padding.
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
    has_first_look: bool
    name: str = "compact"

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts; see ``Scorer.score``.

        A text without a letter, a figure or a symbol (empty, white space, punctuation) scores 0 for
        every label. Memory does not grow with the number or the length of the texts, but for the
        results.
        """
        best = [[0.0] * len(self.labels) for _ in texts]
        with ThreadPoolExecutor(self.threads) as pool:
            for group in _groups(texts):
                # All workers draw from one iterator: whoever is free takes the next window.
                waiting = iter([*self._windows(group)])
                for found in pool.map(self._run_all, [waiting] * self.threads):
                    for number, row in found:
                        best[number] = [max(pair) for pair in zip(best[number], row, strict=True)]
        return [dict(zip(self.labels, row, strict=True)) for row in best]

    def windows_of(self, texts: Sequence[str]) -> Iterator[tuple[int, Tokens]]:
        """Yield the windows of tokens in which texts are read, each with its text's place."""
        for group in _groups(texts):
            yield from self._windows(group)

    def score_window(self, tokens: Tokens) -> list[float]:
        """Give the scores of one window, in the order of ``labels``."""
        import numpy  # noqa: PLC0415 - not needed to ask for --help

        ids = numpy.array([[self.start_token, *tokens, self.end_token]], dtype=numpy.int64)
        inputs = {"input_ids": ids}
        if self.name != QUICK and self.has_first_look:
            inputs[_BOUND] = numpy.array(_NEVER_SETTLED, numpy.float32)
        row: list[float] = self.session.run(["scores"], inputs)[0][0].tolist()
        return row

    def _windows(self, group: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Tokens]]:
        """Cut texts into windows; short texts are made into tokens together, which is faster."""
        telling = [(number, _without_surrogates(text)) for number, text in group if _says(text)]
        short = [(number, text) for number, text in telling if len(text) <= CHUNK_CHARACTERS]
        encoded = self.tokenizer.encode_batch_fast(
            [text for _, text in short], add_special_tokens=False
        )
        for (number, _), tokens in zip(short, encoded, strict=True):
            for window in overlapping(tokens.ids, self.window):
                yield number, window
        for number, text in telling:
            if len(text) > CHUNK_CHARACTERS:
                for window in windows(text, self._encode, self.window):
                    yield number, window

    def _encode(self, text: str) -> Sequence[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _run_all(self, waiting: Iterator[tuple[int, Tokens]]) -> list[tuple[int, list[float]]]:
        return [(number, self.score_window(tokens)) for number, tokens in waiting]


def _groups(texts: Sequence[str]) -> Iterator[list[tuple[int, str]]]:
    """Texts with their places, so many at a time that their tokens are not many."""
    group: list[tuple[int, str]] = []
    characters = 0
    for number, text in enumerate(texts):
        if len(group) == TEXTS_AT_ONCE or (group and characters + len(text) > CHARACTERS_AT_ONCE):
            yield group
            group, characters = [], 0
        group.append((number, text))
        characters += len(text)
    if group:
        yield group


def _says(text: str) -> bool:
    """Whether there is anything in a text to judge: a letter, a figure, or a symbol as emoji are.

    A row of question marks is what some programs leave of an alphabet that they do not know.
    """
    if _WORD_CHARACTER.search(text):
        return True
    return any(unicodedata.category(character)[0] in "LMNS" for character in text)


def _without_surrogates(text: str) -> str:
    # A lone surrogate, as a broken file may hold, is no text to the tokenizer.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def load_compact(name: str = "compact") -> CompactScorer:
    """Load the embedded model from the package's own files.

    The name is what it is to be called; under ``QUICK`` it takes its first look.

    Raises ModelUnavailable when the files or ONNX Runtime are missing, with the command that mends
    the installation.
    """
    with as_file(files("moderation.toxicity").joinpath("compact")) as folder:
        try:
            return replace(load_folder(folder), name=name)
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
    session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return CompactScorer(
        revision=config["revision"],
        labels=tuple(config["labels"]),
        languages=frozenset(config["languages"]),
        window=Window(
            tokens=config["window_tokens"] - len(special), stride=config["stride_tokens"]
        ),
        session=session,
        has_first_look=any(one.name == _BOUND for one in session.get_overridable_initializers()),
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
