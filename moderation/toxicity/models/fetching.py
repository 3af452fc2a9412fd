"""Gets a released checkpoint as detoxify does, and the configuration and tokenizer of its base.

The only files here that use the network. A checkpoint goes where PyTorch keeps them, so that one
that Detoxify has fetched is not fetched again.
"""

from __future__ import annotations

import contextlib
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.catalogue import Release
from moderation.toxicity.models.checkpoint import require_hash

CONNECT_SECONDS = 10.0
HUB = "https://huggingface.co"
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

OnProgress = Callable[[int, int], None]
"""Told the bytes that have come, and how many will; 0 where the server does not say."""


def fetch_checkpoint(release: Release, on_progress: OnProgress = lambda done, total: None) -> Path:
    """Give the released checkpoint's file, downloading it where it is not there yet.

    The file is only ever there whole, and with the SHA-256 that its name begins.

    Raises ModelUnavailable with what was tried, and the way for a machine without network.
    """
    path = checkpoints_folder() / release.file
    if path.exists():
        require_hash(path)
        return path
    partial = path.with_name(f"{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _download(release.url, partial, on_progress)
        require_hash(partial)
        partial.replace(path)
    except (OSError, ModelUnavailable) as error:  # urllib's errors are OSErrors
        raise ModelUnavailable(
            f"The weights of Detoxify's model '{release.name}' could not be had: {release.url} "
            f"gave: {_without_stop(error)}; and {path} is not there. {_by_hand(release)}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return path


def checkpoints_folder() -> Path:
    """The folder in which PyTorch keeps downloaded checkpoints (``torch.hub.get_dir``)."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or f"{cache}/torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def config_folder(base: str, checkpoint: Path, given: Path | None = None) -> Path:
    """Find a local folder with the configuration and tokenizer of the model that ``base`` names.

    The ``given`` one and no other; else, in this order: the folder that ``base`` names, as it
    stands or beside the checkpoint; the checkpoint's own folder; the hub's cache; the hub.

    Raises ModelUnavailable when there is none.
    """
    if given is not None:
        return _given(given, base)
    for folder in (Path(base), checkpoint.parent / base, checkpoint.parent):
        if (folder / "config.json").is_file():
            return folder
    return _from_hub(base, checkpoint)


def _given(folder: Path, base: str) -> Path:
    if (folder / "config.json").is_file():
        return folder
    raise ModelUnavailable(
        f"There is no config.json in {folder}. The folder after --config must hold config.json "
        f"and the tokenizer's files of the model '{base}'."
    )


def _download(url: str, partial: Path, on_progress: OnProgress) -> None:
    done = 0
    with _open(url) as source, partial.open("wb") as file:
        total = int(source.headers.get("Content-Length") or 0)
        while block := source.read(1 << 20):
            file.write(block)
            done += len(block)
            on_progress(done, total)
    if total and done != total:
        raise OSError(f"the connection ended after {done:,} of {total:,} bytes")


def _by_hand(release: Release) -> str:
    return (
        f"For a machine without network there are two ways. Where there is one: moderation models "
        f"add {release.name}, then moderation models export FILE --model {release.name}; carry "
        f"FILE here, and: moderation models add FILE. Or download {release.file} from that "
        f"address, and config.json and the tokenizer's files from "
        f"{HUB}/{release.base}/tree/main into a folder; carry both here, and: moderation models "
        f"add {release.name} --checkpoint {release.file} --config FOLDER"
    )


def _without_stop(error: Exception) -> str:
    return str(error).rstrip(".")


def _from_hub(base: str, checkpoint: Path) -> Path:
    url = f"{HUB}/{base}"
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - comes with transformers

        with contextlib.suppress(OSError, ValueError):
            return _complete(snapshot_download(base, local_files_only=True))
        _require_network(url)
        return _complete(
            snapshot_download(base, allow_patterns=list(CONFIG_FILES), etag_timeout=CONNECT_SECONDS)
        )
    except Exception as error:  # the hub's client raises many kinds, httpx's among them
        raise ModelUnavailable(
            f"The configuration and tokenizer of '{base}' could not be had for {checkpoint}: they "
            f"are not beside it, not in the cache, and {url} gave: {_without_stop(error)}. On a "
            f"machine without network: download config.json and the tokenizer's files from "
            f"{url}/tree/main elsewhere, carry them here in a folder, and name it with "
            f"--config FOLDER."
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
