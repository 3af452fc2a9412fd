"""What is kept beside a model's graph: where it came from, how it is run, how it was checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

FORMAT = 1
"""Raised when an older program could not use what a newer one writes."""

Precision = Literal["int8", "fp32", "fp16"]
"""int8 is for processors, fp16 for graphics cards, fp32 is Detoxify's own arithmetic."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

GRAPH, TOKENIZER, REFERENCE = "model.onnx", "tokenizer.json", "reference.json"
SEALED = (GRAPH, TOKENIZER, REFERENCE)
"""The files of a model besides its manifest, which names the size and hash of each."""

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The checkpoint that a model was made from; ``url`` is empty for a file of one's own."""

    file: str
    sha256: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A file's size in bytes and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How far a model's scores are from Detoxify's own on ``texts`` texts.

    ``largest_difference`` is over all texts and labels; ``same_flags`` the share of texts of
    which every label is on the same side of 0.5.
    """

    texts: int
    largest_difference: float
    same_flags: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a kept model.

    ``window_tokens`` is the most tokens of one run, with the special ones, which are
    ``start_tokens`` and ``end_tokens``; ``stride_tokens`` is how far windows lie apart.
    ``made_by`` names the packages and versions that made and checked it; ``note`` says what the
    user should know of it, if anything.
    """

    name: str
    model_class: str
    precision: Precision
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    window_tokens: int
    stride_tokens: int
    start_tokens: tuple[int, ...]
    end_tokens: tuple[int, ...]
    source: Source
    check: Check
    made_by: str
    files: Mapping[str, Seal]
    note: str = ""

    @property
    def revision(self) -> str:
        """The start of the graph's hash: two models of one name and revision score alike."""
        return self.files[GRAPH].sha256[:12]

    @property
    def size(self) -> int:
        """Bytes of all files but the manifest."""
        return sum(seal.size for seal in self.files.values())

    def to_json(self) -> str:
        """Write the manifest as text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"


def manifest_from(text: str) -> Manifest:
    """Read a manifest back.

    Raises ValueError, with a sentence's end for a message, when it is none or of a newer program.
    """
    try:
        found = json.loads(text)
        if found["format"] > FORMAT:
            raise ValueError("its manifest was written by a newer version of this tool")
        return _manifest(found)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"its manifest cannot be read ({error!r})") from error


def _manifest(found: dict[str, Any]) -> Manifest:
    if found["precision"] not in PRECISIONS:
        raise ValueError(f"its manifest names the precision '{found['precision']}'")
    missing = [name for name in SEALED if name not in found["files"]]
    if missing:
        raise ValueError(f"its manifest does not name {' and '.join(missing)}")
    return Manifest(
        name=str(found["name"]),
        model_class=str(found["model_class"]),
        precision=found["precision"],
        labels=tuple(map(str, found["labels"])),
        languages=tuple(map(str, found["languages"])),
        window_tokens=int(found["window_tokens"]),
        stride_tokens=int(found["stride_tokens"]),
        start_tokens=tuple(map(int, found["start_tokens"])),
        end_tokens=tuple(map(int, found["end_tokens"])),
        source=Source(**found["source"]),
        check=Check(**found["check"]),
        made_by=str(found["made_by"]),
        files={name: Seal(**found["files"][name]) for name in SEALED},
        note=str(found["note"]),
    )


def seal(path: Path) -> Seal:
    """Measure a file without holding it in memory.

    Raises OSError when it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return Seal(size=size, sha256=digest.hexdigest())
