"""Put files in place so that no crash, full disk or second run loses work.

Everything is written under a temporary name, synced and only then renamed: at any moment there is
either the old file, whole, or the new one, whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from moderation.errors import OutputError

Content = bytes | Callable[[IO[bytes]], None]
"""What a file is to hold: bytes, or a function that writes them, for what is too big to hold."""

LEFT_BEHIND_AFTER = 60.0
"""Seconds after which a temporary file of a process that has ended is swept away."""


def write_together(
    contents: Mapping[Path, Content], before_renaming: Callable[[], None] = lambda: None
) -> None:
    """Put several files in place together: all are on the disk before the first is renamed.

    They are written in the order given and renamed in the reverse one: name the file first that
    the others explain, and where it stands they stand already. ``before_renaming`` is called
    between the two and again before each is renamed, and may raise to stop.

    Raises:
        OutputError: when the disk is full or a file cannot be written; nothing has changed then.
    """
    staged: dict[Path, Path] = {}
    replaced: dict[Path, Path | None] = {}
    path = next(iter(contents))
    _sweep(contents)
    try:
        for path, content in contents.items():
            staged[path] = _stage(path, content)
        before_renaming()
        for path, temporary in reversed(staged.items()):
            aside = _set_aside(path)
            replaced[path] = aside
            try:
                before_renaming()
            except BaseException:  # this one was not replaced: nothing of it is to be put back
                del replaced[path]
                if aside is not None:
                    aside.unlink(missing_ok=True)
                raise
            temporary.replace(path)
        for folder in {path.parent for path in contents}:
            sync_folder(folder)
    except BaseException as error:  # also Ctrl-C: files that belong together stay together
        _put_back(replaced)
        if not isinstance(error, OSError):
            raise
        raise OutputError(_not_written(path, error)) from error
    finally:
        for temporary in [*staged.values(), *filter(None, replaced.values())]:
            temporary.unlink(missing_ok=True)


def mode_of(path: Path) -> int:
    """Keep an existing file's permissions; give a new one what the user's umask allows."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file itself durable, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _not_written(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError) and path.exists():
        # Windows lets nobody replace a file that a program has open.
        return (
            f"Cannot write {path}: {error.strerror}. It may be open in another program. Nothing "
            "was changed. Close it there, or choose another place with --output."
        )
    return (
        f"Cannot write {path}: {error.strerror}. Nothing was changed. "
        "Close the file elsewhere, free some space, or choose another place with --output."
    )


def _stage(path: Path, content: Content) -> Path:
    """Write next to ``path``, since a rename is atomic only within one file system."""
    prefix = f".{path.name}.{os.getpid()}."
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".partial", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode_of(path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _set_aside(path: Path) -> Path | None:
    """Keep a second name for a file that is about to be replaced; None where there is none."""
    if not path.exists():
        return None
    aside = path.with_name(f".{path.name}.{os.getpid()}.old.partial")
    aside.unlink(missing_ok=True)
    try:
        aside.hardlink_to(path)
    except OSError:
        if path.is_dir():
            raise
        shutil.copy2(path, aside)  # a file system without links
    return aside


def _put_back(replaced: Mapping[Path, Path | None]) -> None:
    for path, aside in replaced.items():
        if aside is not None:
            aside.replace(path)
        elif not path.is_dir():
            path.unlink(missing_ok=True)


def _sweep(paths: Mapping[Path, Content]) -> None:
    """Remove what a killed command left beside these files; never what one is writing now."""
    for path in paths:
        ours = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.[^.]+\.partial")
        with contextlib.suppress(OSError):
            for found in path.parent.glob(".*.partial"):
                match = ours.fullmatch(found.name)
                if match and _is_left_behind(found, int(match[1])):
                    found.unlink(missing_ok=True)


def _is_left_behind(path: Path, process: int) -> bool:
    return time.time() - path.lstat().st_mtime > LEFT_BEHIND_AFTER and not is_alive(process)


def is_alive(process: int) -> bool:
    """Tell whether a process runs; on Windows, where nobody can be asked, that it does not."""
    if sys.platform == "win32":  # there, signal 0 is no question but Ctrl-C
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
