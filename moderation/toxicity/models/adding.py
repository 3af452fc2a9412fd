"""Adds a model: fetched or from a file, read, exported, checked and kept. All of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moderation.errors import UsageError
from moderation.toxicity.models.catalogue import CATALOGUE
from moderation.toxicity.models.checkpoint import read_checkpoint
from moderation.toxicity.models.exporting import OnStep, Order, export_model
from moderation.toxicity.models.fetching import OnProgress, config_folder, fetch_checkpoint
from moderation.toxicity.models.manifest import Manifest, Precision
from moderation.toxicity.models.reference import languages_of, load_reference, require_packages
from moderation.toxicity.models.store import keep, require_free, require_name, staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a user asks for.

    Without a ``checkpoint`` the name must be one of Detoxify's models, which is downloaded. With
    one of these names a checkpoint must be that model's own file. ``config`` is the folder with
    the configuration and the tokenizer of the checkpoint's base. ``languages`` are ISO 639-1
    codes; empty for what the model's kind knows.
    """

    name: str
    checkpoint: Path | None = None
    config: Path | None = None
    languages: tuple[str, ...] = ()
    precision: Precision | None = None


def add_model(
    wish: Wish,
    on_step: OnStep = lambda sentence: None,
    on_progress: OnProgress = lambda done, total: None,
) -> Manifest:
    """Add a model and give its manifest. Needs the extra ``[detoxify]``.

    Raises:
        UsageError: the name is taken or unknown, or there is no such file or folder.
        ModelUnavailable: something cannot be had here, is unsafe to load, or does not give
            Detoxify's scores after the export.
    """
    require_free(require_name(wish.name))
    _require_files(wish)
    require_packages()
    release = CATALOGUE.get(wish.name)
    path = wish.checkpoint
    if path is None:
        assert release is not None  # _require_files has seen to it
        on_step(f"Fetching {release.file} ({release.megabytes:,} MB).")
        path = fetch_checkpoint(release, on_progress)
    on_step(f"Reading {path.name}.")
    checkpoint = read_checkpoint(path)
    folder = config_folder(checkpoint.base, path, wish.config)
    reference = load_reference(checkpoint, folder)
    order = Order(
        name=wish.name,
        languages=wish.languages or (release.languages if release else languages_of(checkpoint)),
        precision=wish.precision,
        url="" if wish.checkpoint or not release else release.url,
    )
    with staging() as staged:
        manifest = export_model(checkpoint, reference, order, staged, on_step)
        keep(staged, wish.name)
    return manifest


def _require_files(wish: Wish) -> None:
    release = CATALOGUE.get(wish.name)
    if wish.checkpoint is None:
        if release is None:
            raise UsageError(
                f"'{wish.name}' is none of Detoxify's models ({', '.join(CATALOGUE)}) and no file. "
                f"To add a checkpoint of your own: moderation models add {wish.name} --checkpoint "
                "FILE --config FOLDER."
            )
    elif not wish.checkpoint.is_file():
        raise UsageError(f"There is no checkpoint file {wish.checkpoint}.")
    elif release is not None and wish.checkpoint.name != release.file:
        raise UsageError(
            f"The name '{wish.name}' is for Detoxify's own file {release.file}, and "
            f"{wish.checkpoint} is another. Give a model of your own another name."
        )
    if wish.config is not None and not wish.config.is_dir():
        raise UsageError(f"There is no folder {wish.config}.")
