"""One writer at a time, and a word about programs that have the queue open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moderation.errors import OutputError
from moderation.review_queue.writing import mode_of

PATIENCE = 15.0
"""Seconds that a second command waits for the first."""


@contextmanager
def locked(queue: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the queue for one command; another one waits up to ``patience`` seconds.

    The lock is a hidden file beside the queue. The system frees it when its holder ends, however
    it ends.

    Raises:
        OutputError: when another command holds the queue for longer, or no lock can be had here.
    """
    import filelock  # noqa: PLC0415 - only who writes needs it

    # Who may write the queue may lock it, whoever made the lock file.
    lock = filelock.FileLock(queue.with_name(f".{queue.name}.lock"), mode=mode_of(queue))
    try:
        lock.acquire(timeout=patience)
    except filelock.Timeout as error:
        raise OutputError(
            f"Another command is writing {queue}. It was waited for during {patience:.0f} seconds, "
            "and nothing was changed. Try again when it has ended."
        ) from error
    except (OSError, NotImplementedError) as error:
        raise OutputError(
            f"{queue} cannot be locked against other commands: {error}. Nothing was changed. "
            "Choose another place with --output."
        ) from error
    try:
        yield
    finally:
        lock.release()


def opened_elsewhere(queue: Path) -> str:
    """Say in a sentence who has the queue open in a spreadsheet; empty when nobody seems to.

    LibreOffice leaves ``.~lock.NAME#`` beside a file that it has open, Excel ``~$NAME``. Either may
    be left over from a crash, so this is no ground to refuse.
    """
    who = _libreoffice_user(queue)
    if who is None and not queue.with_name(f"~${queue.name}").exists():
        return ""
    by = f" by {who}" if who else ""
    return (
        f"{queue.name} is open in a spreadsheet{by}. Saving it there would bring the old rows "
        "back; recorded decisions are safe in the log. Close it there without saving, and open it "
        "again."
    )


def _libreoffice_user(queue: Path) -> str | None:
    """The name in LibreOffice's lock file, which may be empty; None when there is no such file.

    The file is one line: name, account, machine, time, profile, separated by commas.
    """
    try:
        line = queue.with_name(f".~lock.{queue.name}#").read_text("utf-8", errors="replace")
    except OSError:
        return None
    fields = [*line.split(","), "", "", "", ""]
    person = fields[0].strip() or fields[1].strip()
    since = f" since {fields[3].strip()}" if fields[3].strip() else ""
    return f"{person}{since}".strip()


Stamp = tuple[int, int, int]
"""What changes when a file is saved."""


def stamp(path: Path) -> Stamp | None:
    """The file's time, size and number; None when there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
