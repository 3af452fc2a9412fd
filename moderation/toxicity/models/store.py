"""The folder of the models that were added, and which of them scans use.

Each model is a folder of its own, made elsewhere and moved here whole: a model is there or it is
not. The folder is the user's cache folder for this tool, or what ``MODERATION_MODELS`` names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity.models.catalogue import CATALOGUE
from moderation.toxicity.models.manifest import MANIFEST, SEALED, Manifest, manifest_from, seal

ENVIRONMENT = "MODERATION_MODELS"
EMBEDDED = "compact"
EMBEDDED_QUICK = "compact-quick"
"""The embedded model with a first look that settles what is plainly harmless."""
OURS = (EMBEDDED, EMBEDDED_QUICK)
CHOICE = ".choice.json"
STAGING = ".adding-"
LEFT_OVER_SECONDS = 86_400

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel:
    """A model in the folder. Where its manifest cannot be read, ``problem`` says why."""

    name: str
    folder: Path
    manifest: Manifest | None
    problem: str = ""


def models_folder() -> Path:
    """Give the folder of the added models; it need not be there yet."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path  # noqa: PLC0415 - not needed to ask for --help

    return user_cache_path("comment-moderation", appauthor=False) / "models"


def require_name(name: str) -> str:
    """Give a name back that a model may have, which is also a folder's on every system.

    Raises UsageError for any other.
    """
    if name in OURS or not _NAME.fullmatch(name):
        raise UsageError(
            f"A model cannot be named '{name}'. Use up to 64 small letters, digits, dots, hyphens "
            f"and underscores, beginning with a letter or digit; '{EMBEDDED}' is the embedded one."
        )
    return name


def kept_models() -> list[KeptModel]:
    """Give all added models, by name; damaged ones with the problem."""
    folder = models_folder()
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name))
    return [_read(path) for path in sorted(found)]


def kept_model(name: str) -> KeptModel | None:
    """Give an added model, damaged or not; None when there is none of this name."""
    folder = models_folder() / name
    return _read(folder) if _NAME.fullmatch(name) and folder.is_dir() else None


def whole_model(name: str) -> KeptModel | None:
    """Give an added model whose files are all as its manifest says; None when there is none.

    Raises ModelUnavailable for one that is damaged: scores of it would be worth nothing.
    """
    kept = kept_model(name)
    if kept is None:
        return None
    problem = kept.problem or _damage(kept)
    if problem:
        raise ModelUnavailable(
            f"The model '{name}' in {kept.folder} is damaged: {problem}. Add it again: moderation "
            f"models remove {name}, then moderation models add {name}."
        )
    return kept


def require_free(name: str) -> None:
    """Refuse a name that is taken, before any work is done for it."""
    if (models_folder() / require_name(name)).exists():
        raise UsageError(
            f"There is a model '{name}' already. To replace it, remove it first: moderation models "
            f"remove {name}."
        )


@contextmanager
def staging() -> Iterator[Path]:
    """Give an empty folder beside the models, in which one is made; afterwards it is gone."""
    root = models_folder()
    root.mkdir(parents=True, exist_ok=True)
    _clear_left_overs(root)
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_left_overs(root: Path) -> None:
    """Delete what a process that was killed left behind; a living one takes no day."""
    for path in root.glob(f"{STAGING}*"):
        if time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def keep(staged: Path, name: str) -> Path:
    """Move a finished folder to its place and give that.

    Raises UsageError when another of the name came in between.
    """
    require_free(name)
    place = models_folder() / name
    staged.chmod(0o755)
    staged.replace(place)
    return place


def remove(name: str) -> None:
    """Delete a model; scans that used it use the others that were chosen, or the embedded one.

    Raises UsageError when there is none of this name.
    """
    kept = kept_model(name)
    if kept is None:
        raise UsageError(f"There is no added model '{name}'. {known_sentence()}")
    choose([chosen for chosen in chosen_names() if chosen != name])
    # Out of its place at once, so that nobody meets half of a model.
    with staging() as folder:
        kept.folder.replace(folder / name)


def require_usable(name: str) -> None:
    """Refuse to choose what no scan could use.

    Raises UsageError when there is no such model here, ModelUnavailable when it is damaged.
    """
    if name in OURS or whole_model(name) is not None:
        return
    if name in CATALOGUE:
        raise UsageError(
            f"Detoxify's model '{name}' is not added yet. Add it first: moderation models add "
            f"{name}."
        )
    raise UsageError(f"There is no model '{name}'. {known_sentence()}")


def only_model() -> str:
    """Give the name of the one added model.

    Raises UsageError when there is none, or more than one.
    """
    names = [kept.name for kept in kept_models()]
    if not names:
        raise UsageError("No model was added yet. Add one first: moderation models add NAME.")
    if len(names) > 1:
        raise UsageError(f"Say which model with --model: {', '.join(names)}.")
    return names[0]


def choose(names: Sequence[str]) -> None:
    """Remember which models scans use, the first preferred; none for the embedded one."""
    place = models_folder() / CHOICE
    if not names or list(names) == [EMBEDDED]:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f"{CHOICE}.{os.getpid()}")
    partial.write_text(json.dumps(list(names)), encoding="utf-8")
    partial.replace(place)


def chosen_names() -> tuple[str, ...]:
    """Give the models that were chosen, as ``choose`` got them; the embedded one without a choice.

    Raises ModelUnavailable when what was remembered cannot be read.
    """
    place = models_folder() / CHOICE
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (EMBEDDED,)
    except (OSError, ValueError):
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise ModelUnavailable(
            f"{place}, which names the model to use, cannot be read. Choose again: moderation "
            f"models use {EMBEDDED}."
        )
    return tuple(found)


def known_sentence() -> str:
    """Name the models that can be used now."""
    names = [*OURS, *(kept.name for kept in kept_models())]
    return f"The models here are {', '.join(names)}; moderation models list shows all."


def _read(folder: Path) -> KeptModel:
    try:
        manifest = manifest_from((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        problem = "its manifest is missing or cannot be read"
    except ValueError as error:
        problem = str(error)
    else:
        return KeptModel(name=folder.name, folder=folder, manifest=manifest)
    return KeptModel(name=folder.name, folder=folder, manifest=None, problem=problem)


def _damage(kept: KeptModel) -> str:
    for name in SEALED:
        expected = kept.manifest.files[name] if kept.manifest else None
        try:
            if seal(kept.folder / name) != expected:
                return f"{name} is not as it was when the model was added"
        except OSError as error:
            return f"{name} cannot be read ({error.strerror})"
    return ""
