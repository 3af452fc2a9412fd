"""A kept model as one file, to carry to a machine without network; and back into a model.

The file is a zip archive with four members of fixed names. Nothing is ever written where a member's
name points: each goes to the place of its own that is known here, up to the size that the manifest
states, and counts only with the hash that the manifest states.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity.models.manifest import (
    MANIFEST,
    REFERENCE,
    SEALED,
    Manifest,
    Seal,
    manifest_from,
    seal,
)
from moderation.toxicity.models.onnx_scorer import load_exported
from moderation.toxicity.models.store import (
    keep,
    known_sentence,
    require_free,
    require_name,
    staging,
    whole_model,
)
from moderation.toxicity.models.verifying import check, is_good, read_scored, sentence

LARGEST_MANIFEST = 1 << 20
LARGEST_FILE = 1 << 32
"""Bytes; more than any of these models has, so that a few kilobytes cannot fill a disk."""


def export_file(name: str, path: Path) -> Manifest:
    """Write a kept model into one file.

    Raises UsageError when there is no such model or the file is there already, ModelUnavailable
    when the model is damaged, OSError when the file cannot be written.
    """
    kept = whole_model(name)
    if kept is None or kept.manifest is None:
        raise UsageError(f"There is no added model '{name}' to export. {known_sentence()}")
    if path.exists():
        raise UsageError(f"{path} is there already; nothing was written. Name another file.")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member in (MANIFEST, *SEALED):
                archive.write(kept.folder / member, member)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return kept.manifest


def is_carried(path: Path) -> bool:
    """Tell whether a file is one that ``export_file`` wrote, by its members' names."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return MANIFEST in archive.namelist()


def add_file(path: Path) -> Manifest:
    """Keep the model that a file carries, checked again on this machine.

    Raises ModelUnavailable when the file is damaged, holds anything else, or its model does not
    give Detoxify's scores here; UsageError when the model's name is taken.
    """
    with staging() as folder:
        try:
            manifest = _unpack(path, folder)
        except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise ModelUnavailable(
                f"{path} was not added: {error}. Write it again where the model is: moderation "
                "models export FILE."
            ) from error
        _check_here(path, folder, manifest)
        keep(folder, manifest.name)
    return manifest


def _unpack(path: Path, folder: Path) -> Manifest:
    with zipfile.ZipFile(path) as archive:
        if sorted(archive.namelist()) != sorted((MANIFEST, *SEALED)):
            raise ValueError("it does not hold the four files of a model and nothing else")
        if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise ValueError("its manifest is too large to be one")
        text = archive.read(MANIFEST).decode("utf-8")
        manifest = manifest_from(text)
        require_free(require_name(manifest.name))
        for member in SEALED:
            _unpack_member(archive, member, manifest.files[member], folder / member)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def _unpack_member(archive: zipfile.ZipFile, member: str, stated: Seal, place: Path) -> None:
    if stated.size > LARGEST_FILE:
        raise ValueError(f"its {member} is too large")
    left = stated.size
    with archive.open(member) as source, place.open("wb") as file:
        while block := source.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise ValueError(f"its {member} is larger than its manifest says")
            file.write(block)
    if seal(place) != stated:
        raise ValueError(f"its {member} is not as its manifest says")


def _check_here(path: Path, folder: Path, manifest: Manifest) -> None:
    """Another processor may multiply int8 otherwise; and the two may not belong together."""
    try:
        found = check(load_exported(folder, manifest), read_scored(folder / REFERENCE))
    except ValueError as error:
        raise ModelUnavailable(f"{path} was not added: {error}.") from error
    if not is_good(found, manifest.precision):
        raise ModelUnavailable(
            f"{path} was not added: on this machine its model does not give Detoxify's scores. "
            f"{sentence(found)}. Make it anew here, or with --precision fp32 where it was made."
        )
