"""Runs a kept model with ONNX Runtime: no PyTorch, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.errors import ModelUnavailable
from moderation.toxicity.compact import MOST_THREADS, processors
from moderation.toxicity.models.manifest import GRAPH, TOKENIZER, Manifest
from moderation.toxicity.windows import Window, windows

if TYPE_CHECKING:
    import numpy
    import numpy.typing as npt
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

DEVICES = ("cpu", "cuda")
WINDOWS_AT_ONCE = 512
TOGETHER_ON_CUDA = 64
CHUNK_CHARACTERS = 65_536
"""A text up to this length is given to the tokenizer whole, as Detoxify does."""

Tokens = tuple[int, ...]
Numbered = tuple[int, Tokens]
"""A window's tokens after the number of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedScorer:
    """A kept model, loaded; a ``Scorer``.

    On a processor each window is a run of its own, on as many threads as there are processors:
    int8 scales are taken over all that a run is given, so alone a text's scores do not depend on
    its company, and nothing is spent on padding. On a graphics card windows of equal length run
    ``together``, which needs no padding either.
    """

    name: str
    revision: str
    labels: tuple[str, ...]
    languages: frozenset[str]
    window: Window
    session: InferenceSession
    tokenizer: Tokenizer
    start_tokens: Tokens
    end_tokens: Tokens
    threads: int
    together: int

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts; see ``Scorer.score``.

        A text without a single token gets the scores that Detoxify gives to an empty one. Memory
        does not grow with the number or the length of the texts, but for the results.
        """
        return self._score(len(texts), self._windows(texts))

    def score_starts(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score only what Detoxify reads of each text: its first window."""
        firsts = ((n, next(self._windows_of(text))) for n, text in enumerate(texts))
        return self._score(len(texts), firsts)

    def _score(self, count: int, pending: Iterator[Numbered]) -> list[dict[str, float]]:
        import numpy  # noqa: PLC0415 - not needed to ask for --help

        best = numpy.zeros((count, len(self.labels)), numpy.float32)
        with ThreadPoolExecutor(self.threads) as pool:
            while group := list(islice(pending, WINDOWS_AT_ONCE)):
                batches = list(self._batches(group))
                rows = pool.map(self._run, ([tokens for _, tokens in one] for one in batches))
                for batch, scores in zip(batches, rows, strict=True):
                    for (number, _), row in zip(batch, scores, strict=True):
                        # Unlike max(), this keeps a score that is no number, which is no 0 either.
                        best[number] = numpy.maximum(best[number], row)
        return [dict(zip(self.labels, row, strict=True)) for row in best.tolist()]

    def _windows(self, texts: Iterable[str]) -> Iterator[Numbered]:
        for number, text in enumerate(texts):
            for tokens in self._windows_of(text):
                yield number, tokens

    def _windows_of(self, text: str) -> Iterator[Tokens]:
        found = windows(text, self._encode, self.window, CHUNK_CHARACTERS)
        yield next(found, ())
        yield from found

    def _batches(self, group: list[Numbered]) -> Iterator[list[Numbered]]:
        """Put windows of equal length together, the longest first, so that no thread ends late."""

        def length(one: Numbered) -> int:
            return len(one[1])

        for _, equal in groupby(sorted(group, key=length, reverse=True), key=length):
            while batch := list(islice(equal, self.together)):
                yield batch

    def _encode(self, text: str) -> Sequence[int]:
        # A lone surrogate, as a broken file may hold, is no text to the tokenizer.
        text = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _run(self, batch: Sequence[Tokens]) -> npt.NDArray[numpy.float32]:
        import numpy  # noqa: PLC0415

        rows = [(*self.start_tokens, *tokens, *self.end_tokens) for tokens in batch]
        ids = numpy.array(rows, dtype=numpy.int64)
        scores: npt.NDArray[numpy.float32] = self.session.run(["scores"], {"input_ids": ids})[0]
        return scores


def load_exported(folder: Path, manifest: Manifest, device: str = "cpu") -> ExportedScorer:
    """Load a model from its folder.

    Raises ModelUnavailable when a file is missing or damaged, or the device cannot be had.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - slow to import

    if device == "cuda":
        require_cuda(manifest.name, manifest.precision)
    try:
        session = _session(folder / GRAPH, device)
        tokenizer = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
    except Exception as error:  # ONNX Runtime and tokenizers have exceptions of their own
        raise ModelUnavailable(
            f"The model '{manifest.name}' in {folder} could not be loaded: "
            f"{str(error).splitlines()[0]}"
        ) from error
    if device == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        raise ModelUnavailable(
            "ONNX Runtime could not start on the graphics card and would have used the processor: "
            "its CUDA libraries or the driver do not fit. Install what "
            "https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html names, "
            "or leave --device out."
        )
    special = len(manifest.start_tokens) + len(manifest.end_tokens)
    return ExportedScorer(
        name=manifest.name,
        revision=manifest.revision,
        labels=manifest.labels,
        languages=frozenset(manifest.languages),
        window=Window(tokens=manifest.window_tokens - special, stride=manifest.stride_tokens),
        session=session,
        tokenizer=tokenizer,
        start_tokens=manifest.start_tokens,
        end_tokens=manifest.end_tokens,
        threads=min(MOST_THREADS, processors()) if device == "cpu" else 1,
        together=1 if device == "cpu" else TOGETHER_ON_CUDA,
    )


def require_cuda(name: str, precision: str) -> None:
    """Refuse a graphics card that cannot be used, or a model that is not made for one."""
    from onnxruntime import get_available_providers  # noqa: PLC0415

    if "CUDAExecutionProvider" not in get_available_providers():
        raise ModelUnavailable(
            "--device cuda needs ONNX Runtime for NVIDIA cards, and what is installed here is for "
            "processors. On a machine with such a card: python -m pip uninstall onnxruntime, then "
            "python -m pip install onnxruntime-gpu. Or leave --device out."
        )
    if precision == "int8":
        raise ModelUnavailable(
            f"The model '{name}' is kept in int8, which is for processors. For a graphics card "
            f"add it again in half precision: moderation models remove {name}, then moderation "
            f"models add {name} --precision fp16."
        )


def _session(path: Path, device: str) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415

    options = SessionOptions()
    # Texts are spread over threads by us; more threads inside a run only get in the way.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    if device == "cuda":
        providers.insert(0, "CUDAExecutionProvider")
    return InferenceSession(str(path), options, providers=providers)
