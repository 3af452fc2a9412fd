"""Files that a command writes beside its work: a preview's rows, a tuned policy."""

from __future__ import annotations

from pathlib import Path

from moderation.errors import OutputError, UsageError
from moderation.review_queue.writing import write_together


def write_side_file(path: Path, content: str, opening: str) -> None:
    """Write a text as UTF-8, over nothing but an earlier file of the same kind.

    ``opening`` is how every file of that kind begins, ``content`` too.

    Raises:
        UsageError: when the folder does not exist, or another file stands there.
        OutputError: when it cannot be written; nothing has changed then.
    """
    if not path.parent.is_dir():
        raise UsageError(f"The folder {path.parent} does not exist. Choose another --output.")
    if path.exists() and not _begins_with(path, opening):
        raise UsageError(
            f"{path} stands there already and is no earlier file of this command. It was left as "
            "it is. Choose another file with --output."
        )
    write_together({path: content.encode("utf-8")})


def _begins_with(path: Path, opening: str) -> bool:
    start = opening.encode("utf-8")
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(start)) in {start, b""}
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}.") from error
