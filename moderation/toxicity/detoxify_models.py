"""Detoxify's models, and checkpoints in its format, through the ``detoxify`` package.

What its own loader does otherwise is mended here: a checkpoint is read without running code from
it, a local one is loaded without a network, a long text is read in overlapping windows where
Detoxify cuts it in silence, and one text gives a list of one.

The names of the release files and of the models come from detoxify 0.5.4, ``detoxify/detoxify.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from moderation.errors import ModelUnavailable

INSTALL = "python -m pip install -c constraints.txt '.[detoxify]'  (in the project's folder)"
MULTILINGUAL = frozenset({"en", "fr", "es", "it", "pt", "tr", "ru"})
MULTILINGUAL_TOKENIZER = "XLMRobertaTokenizer"
RENAMED = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
WINDOW_TOKENS = 512
OVERLAP_TOKENS = 128
WINDOWS_AT_ONCE = 16
CONNECT_SECONDS = 10.0
CONFIG_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "special_tokens_map.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetoxifyScorer:
    """One of Detoxify's models, loaded; a ``Scorer``."""

    name: str
    revision: str
    labels: tuple[str, ...]
    languages: frozenset[str]
    model: Any
    tokenizer: Any

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts; see ``Scorer.score``.

        Each text's windows of up to 512 tokens run by themselves, so that a text's scores do not
        depend on the other texts.
        """
        return [self._score_one(text) for text in texts]

    def _score_one(self, text: str) -> dict[str, float]:
        best = [0.0] * len(self.labels)
        pending = self._windows(text)
        while group := list(islice(pending, WINDOWS_AT_ONCE)):
            for tokens in group:
                row = self._run(tokens)
                best = [max(pair) for pair in zip(best, row, strict=True)]
        return dict(zip(self.labels, best, strict=True))

    def _windows(self, text: str) -> Iterator[list[int]]:
        encoded = self.tokenizer(
            text,
            truncation=True,
            max_length=WINDOW_TOKENS,
            stride=OVERLAP_TOKENS,
            return_overflowing_tokens=True,
            return_token_type_ids=False,
        )
        yield from encoded["input_ids"]

    def _run(self, tokens: list[int]) -> list[float]:
        import torch  # noqa: PLC0415 - two seconds and a gigabyte

        with torch.no_grad():
            logits = self.model(input_ids=torch.tensor([tokens])).logits
        row: list[float] = torch.sigmoid(logits)[0].tolist()
        return row


def load_detoxify(name: str) -> DetoxifyScorer:
    """Load one of Detoxify's five models by name, or a checkpoint file by path.

    Raises ModelUnavailable when the package is missing, or the weights, the configuration or the
    tokenizer can be had neither from this machine nor from the network.
    """
    package = _package()
    path = Path(name) if name not in package.MODEL_URLS else _named_checkpoint(name, package)
    loaded = _read_checkpoint(path)
    arguments = loaded["config"]["arch"]["args"]
    folder = _config_folder(str(arguments["model_type"]), path)
    model, tokenizer = _build(
        package, {**arguments, "model_type": str(folder)}, loaded["state_dict"]
    )
    model.eval()
    classes = loaded["config"]["dataset"]["args"]["classes"]
    knows_many = arguments["tokenizer_name"].startswith(MULTILINGUAL_TOKENIZER)
    return DetoxifyScorer(
        name=name if name in package.MODEL_URLS else path.name,
        revision=file_sha256(path)[:12],
        labels=tuple(RENAMED.get(label, label) for label in classes),
        languages=MULTILINGUAL if knows_many else frozenset({"en"}),
        model=model,
        tokenizer=tokenizer,
    )


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file without holding it in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _package() -> Any:
    try:
        from detoxify import detoxify  # noqa: PLC0415 - imports torch and transformers
    except ImportError as error:
        raise ModelUnavailable(
            f"Detoxify's models need the detoxify package, which is not installed ({error}). "
            f"Install it with: {INSTALL}"
        ) from error
    return detoxify


# --- weights ------------------------------------------------------------------------------------


def _named_checkpoint(name: str, package: Any) -> Path:
    import torch  # noqa: PLC0415

    url: str = package.MODEL_URLS[name]
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not path.exists():
        _download(name, url, path)
    return path


def _download(name: str, url: str, path: Path) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _open(url) as source, partial.open("wb") as file:
            while block := source.read(1 << 20):
                file.write(block)
        expected = path.stem.rpartition("-")[2]
        if not file_sha256(partial).startswith(expected):
            raise OSError(f"what came does not have the expected SHA-256 ({expected}…)")
        partial.replace(path)
    except OSError as error:  # urllib's errors are all of this kind
        raise ModelUnavailable(
            f"The weights of Detoxify's model '{name}' could not be had: {url} gave: {error}; and "
            f"{path} is not there. On a machine without network: download that file "
            f"elsewhere, copy "
            f"it here, put config.json and the tokenizer's files of its base model beside it, and "
            f"pass its path: --model {path.name}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _read_checkpoint(path: Path) -> dict[str, Any]:
    import torch  # noqa: PLC0415

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelUnavailable(
            f"{path} was not loaded: it holds more than weights and plain settings, and loading it "
            f"could run code from the file. {str(error).splitlines()[0]}"
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise ModelUnavailable(f"{path} could not be read as a checkpoint: {error}") from error
    problem = _problem(loaded)
    if problem:
        raise ModelUnavailable(f"{path} is not a checkpoint in Detoxify's format: {problem}.")
    checked: dict[str, Any] = loaded
    return checked


NEEDED = (
    "state_dict",
    "config.arch.args.model_type",
    "config.arch.args.model_name",
    "config.arch.args.tokenizer_name",
    "config.arch.args.num_classes",
    "config.dataset.args.classes",
)


def _problem(loaded: Any) -> str | None:
    for path in NEEDED:
        place = loaded
        for part in path.split("."):
            if not isinstance(place, dict) or part not in place:
                return f"it has no {path}"
            place = place[part]
    return None


# --- configuration and tokenizer ----------------------------------------------------------------


def _config_folder(model_type: str, checkpoint: Path) -> Path:
    """Find a local folder with the base model's configuration and tokenizer.

    In this order: the folder that ``model_type`` names, as it stands or beside the checkpoint; the
    checkpoint's own folder; the hub's cache; the hub.
    """
    for folder in (Path(model_type), checkpoint.parent / model_type, checkpoint.parent):
        if (folder / "config.json").is_file():
            return folder
    return _from_hub(model_type, checkpoint)


def _from_hub(model_type: str, checkpoint: Path) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    url = f"https://huggingface.co/{model_type}"
    try:
        with contextlib.suppress(OSError, ValueError):
            return _complete(snapshot_download(model_type, local_files_only=True))
        _require_network(url)
        return _complete(
            snapshot_download(
                model_type, allow_patterns=list(CONFIG_FILES), etag_timeout=CONNECT_SECONDS
            )
        )
    except Exception as error:  # the hub's client raises many kinds, httpx's among them
        raise ModelUnavailable(
            f"The configuration and tokenizer of '{model_type}' could not be had for {checkpoint}: "
            f"they are not beside it, not in the cache, and {url} gave: {error}. On "
            f"a machine without "
            f"network: download config.json and the tokenizer's files from {url}/tree/main "
            f"elsewhere, put them into {checkpoint.parent}, and pass --model {checkpoint} again."
        ) from error


def _complete(folder: str) -> Path:
    if not (Path(folder) / "config.json").is_file():
        raise FileNotFoundError(f"no config.json in {folder}")
    return Path(folder)


def _require_network(url: str) -> None:
    # The hub's client tries again for half a minute; one look says the same.
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}:
        raise OSError("HF_HUB_OFFLINE is set")
    with _open(url):
        pass


def _open(url: str) -> Any:
    # An opener of its own: the module's shared one would keep the first call's proxy settings.
    return urllib.request.build_opener().open(url, timeout=CONNECT_SECONDS)


def _build(package: Any, arguments: dict[str, Any], state: dict[str, Any]) -> tuple[Any, Any]:
    folder = arguments["model_type"]
    try:
        found: tuple[Any, Any] = package.get_model_and_tokenizer(**arguments, state_dict=state)
    except Exception as error:  # a wrong folder fails anywhere in transformers
        raise ModelUnavailable(
            f"The checkpoint's model could not be built from the configuration and tokenizer in "
            f"{folder}: {error}"
        ) from error
    return found
