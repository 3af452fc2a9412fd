"""Reads a checkpoint in Detoxify's format, without running code from the file.

A checkpoint is what PyTorch pickled: ``{"config": {"arch": {"args": …}, "dataset": {"args":
{"classes": […]}}}, "state_dict": …}`` (detoxify 0.5.4, ``detoxify/detoxify.py``). Detoxify loads it
with ``weights_only=False``, which runs whatever the file says.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.manifest import seal

INSTALL = "python -m pip install -c constraints.txt '.[detoxify]'  (in the project's folder)"

NEEDED = (
    "state_dict",
    "config.arch.args.model_type",
    "config.arch.args.model_name",
    "config.arch.args.tokenizer_name",
    "config.arch.args.num_classes",
    "config.dataset.args.classes",
)

RENAMED = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
"""Old names of classes, renamed as Detoxify does."""

# Digits alone may be a date.
_HASH_IN_NAME = re.compile(r"-(?=[0-9]*[a-f])([0-9a-f]{8,64})\.[^.]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read.

    ``base`` names the model whose configuration and tokenizer it uses: a name on the hub, or a
    folder. ``outputs`` is how many numbers the model gives, of which the first are the labels':
    Detoxify's training may add others. ``state`` maps weights' names to tensors.
    """

    path: Path
    sha256: str
    base: str
    model_class: str
    tokenizer_class: str
    labels: tuple[str, ...]
    outputs: int
    state: Mapping[str, Any]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint file.

    Raises ModelUnavailable when it cannot be read, is not in Detoxify's format, holds anything that
    could run code, or is not what its name says.
    """
    sha256 = require_hash(path)
    loaded = _load(path)
    problem = _problem(loaded)
    if problem:
        raise ModelUnavailable(
            f"{path} is not a checkpoint in Detoxify's format: {problem}. A checkpoint has the "
            "weights and the configuration that Detoxify's training code writes."
        )
    arguments = loaded["config"]["arch"]["args"]
    classes = loaded["config"]["dataset"]["args"]["classes"]
    return Checkpoint(
        path=path,
        sha256=sha256,
        base=str(arguments["model_type"]),
        model_class=str(arguments["model_name"]),
        tokenizer_class=str(arguments["tokenizer_name"]),
        labels=tuple(RENAMED.get(name, name) for name in classes),
        outputs=int(arguments["num_classes"]),
        state=loaded["state_dict"],
    )


def require_hash(path: Path) -> str:
    """Give a file's SHA-256, and hold it against the digits that its name ends in, if any.

    Raises ModelUnavailable when they differ or the file cannot be read.
    """
    try:
        sha256 = seal(path).sha256
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    named = _HASH_IN_NAME.search(path.name)
    if named and not sha256.startswith(named[1]):
        raise ModelUnavailable(
            f"{path} is damaged or not what its name says: its SHA-256 begins with "
            f"{sha256[: len(named[1])]}, its name says {named[1]}. Fetch the file again."
        )
    return sha256


def _load(path: Path) -> Any:
    try:
        import torch  # noqa: PLC0415 - two seconds and a gigabyte
    except ImportError as error:
        raise ModelUnavailable(
            f"Reading {path} needs PyTorch, which is not installed ({error}). Install it with: "
            f"{INSTALL}"
        ) from error
    try:
        with torch.serialization.safe_globals(_harmless()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelUnavailable(
            f"{path} was not loaded: it holds more than weights and plain settings, and loading it "
            f"could run code from the file. {_what_it_holds(str(error))}"
        ) from error
    except Exception as error:  # what is no pickle at all fails in a dozen ways
        said = (str(error) or repr(error)).splitlines()[0]
        raise ModelUnavailable(f"{path} could not be read as a checkpoint: {said}") from error


def _harmless() -> list[Any]:
    """What a training script may leave beside the weights: numbers of numpy, which only hold bytes.

    PyTorch's own list has tensors, dictionaries and plain values.
    """
    import numpy as np  # noqa: PLC0415

    scalar = np.float64(0).__reduce__()[0]
    kinds = ("Float16", "Float32", "Float64", "Int32", "Int64", "Bool")
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        *(getattr(np.dtypes, f"{kind}DType") for kind in kinds),
    ]


def _what_it_holds(said: str) -> str:
    """Keep of PyTorch's page of advice, which tells how to run the code anyway, what was found."""
    found = re.search(r"GLOBAL ([\w.]+)", said)
    return f"What it would call is {found[1]}." if found else said.splitlines()[0]


def _problem(loaded: Any) -> str | None:
    for path in NEEDED:
        place = loaded
        for part in path.split("."):
            if not isinstance(place, Mapping) or part not in place:
                return f"it has no {path}"
            place = place[part]
    args = loaded["config"]["arch"]["args"]
    classes = loaded["config"]["dataset"]["args"]["classes"]
    if not isinstance(classes, list) or not isinstance(args["num_classes"], int):
        return "its classes are not a list, or num_classes is not a number"
    if not 0 < len(classes) <= args["num_classes"]:
        return f"it names {len(classes)} classes for {args['num_classes']} outputs"
    return None
