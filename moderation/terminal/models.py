"""The models that there are, what was added, and how far an addition has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from moderation.terminal.texts import text
from moderation.toxicity.loading import embedded_offer
from moderation.toxicity.models.catalogue import CATALOGUE
from moderation.toxicity.models.store import EMBEDDED, OURS, models_folder
from moderation.toxicity.models.verifying import sentence
from moderation.toxicity.routing import JOINER

if TYPE_CHECKING:
    from moderation.toxicity.models.manifest import Manifest
    from moderation.toxicity.models.store import KeptModel

_HEAD = ("", "model", "state", "languages", "labels", "precision", "size", "from Detoxify")


def _console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def models_json(kept: Sequence[KeptModel], chosen: str) -> dict[str, Any]:
    """Give everything about the models as plain data."""
    added = {one.name: one for one in kept}
    return {
        "folder": str(models_folder()),
        "scans_use": chosen.split(JOINER),
        "embedded": EMBEDDED,
        "added": [_as_json(one) for one in kept],
        "can_be_added": [name for name in CATALOGUE if name not in added],
    }


def _as_json(one: KeptModel) -> dict[str, Any]:
    manifest = one.manifest
    if manifest is None:
        return {"name": one.name, "problem": one.problem}
    return {
        "name": one.name,
        "revision": manifest.revision,
        "languages": list(manifest.languages),
        "labels": list(manifest.labels),
        "precision": manifest.precision,
        "bytes": manifest.size,
        "largest_difference": manifest.check.largest_difference,
        "same_flags": manifest.check.same_flags,
        "checkpoint": manifest.source.file,
        "checkpoint_sha256": manifest.source.sha256,
        "made_by": manifest.made_by,
        "note": manifest.note,
        "problem": one.problem,
    }


def show_models(kept: Sequence[KeptModel], chosen: str) -> None:
    """Show every model in a line, those that scans use with their place in the order."""
    console = _console()
    used = chosen.split(JOINER)
    rows = [_HEAD, *_rows(kept, used)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(text("  ".join(cells).rstrip(), "" if number else "bold"))
    console.print(text(_use_sentence(kept, used)))
    console.print(text(f"Added models lie in {models_folder()}."))


def _rows(kept: Sequence[KeptModel], used: Sequence[str]) -> Iterator[tuple[str, ...]]:
    def place(name: str) -> str:
        return str(used.index(name) + 1) if name in used else ""

    languages, labels = embedded_offer()
    ours = "embedded", " ".join(languages), str(len(labels)), "int8", "", ""
    for name in OURS:
        yield (place(name), name, *ours)
    added = {one.name for one in kept}
    for one in kept:
        yield (place(one.name), one.name, *_added_cells(one))
    for release in CATALOGUE.values():
        if release.name not in added:
            size = f"{release.megabytes:,} MB to fetch"
            yield ("", release.name, "not added", " ".join(release.languages), "", "", size, "")


def _added_cells(one: KeptModel) -> tuple[str, ...]:
    manifest = one.manifest
    if manifest is None:
        return (f"damaged: {one.problem}", "", "", "", "", "")
    return (
        "added",
        " ".join(manifest.languages),
        str(len(manifest.labels)),
        manifest.precision,
        f"{manifest.size / 1e6:,.0f} MB",
        f"{manifest.check.largest_difference:.1g}",
    )


def _use_sentence(kept: Sequence[KeptModel], used: Sequence[str]) -> str:
    known = {one.name: one.manifest.languages for one in kept if one.manifest is not None}
    known |= dict.fromkeys(OURS, embedded_offer()[0])
    said, taken = [], set[str]()
    for name in used:
        languages = sorted(set(known.get(name, ())) - taken)
        taken |= set(languages)
        said.append(f"{name} for {', '.join(languages) or 'nothing'}")
    return f"Scans use {'; '.join(said)}."


def show_use(kept: Sequence[KeptModel], chosen: str) -> None:
    """Say which model judges which language from now on."""
    _console().print(text(_use_sentence(kept, chosen.split(JOINER))))


def show_added(manifest: Manifest, chosen: str) -> None:
    """Say what was added, how close it is to Detoxify, and how to use it."""
    console = _console()
    console.print(
        text(
            f"The model '{manifest.name}' is added: {manifest.precision}, "
            f"{manifest.size / 1e6:,.0f} MB, for {', '.join(manifest.languages)}."
        )
    )
    console.print(text(f"{sentence(manifest.check)}."))
    if manifest.note:
        console.print(text(manifest.note, "yellow"))
    used = (
        f" Scans that name no model use {chosen}." if manifest.name in chosen.split(JOINER) else ""
    )
    console.print(
        text(
            f"Scan with it: moderation scan PAGES --model {manifest.name}; or always: moderation "
            f"models use {manifest.name}.{used}"
        )
    )


class AddingShown:
    """A context that tells on standard error what is being done, with a bar for a download."""

    def __init__(self) -> None:
        self._console = _console(stderr=True)
        self._bar: Progress | None = None

    def __enter__(self) -> AddingShown:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop_bar()

    def step(self, sentence: str) -> None:
        """Say what is being done now."""
        self._stop_bar()
        self._console.print(text(sentence))

    def progress(self, done: int, total: int) -> None:
        """Show how much of a download has come; ``total`` is 0 where nobody knows it."""
        if not self._console.is_terminal:
            return
        if self._bar is None:
            columns = BarColumn(), DownloadColumn(), TimeRemainingColumn()
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task("", total=total or None)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
