"""Files in object storage and other far places, by fsspec: listed, and fetched to this disk.

An address is ``s3://bucket/pages`` and the like. Each kind of storage needs a package of its own,
which fsspec names; none is imported before such an address is used. Nothing is ever written there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.request import url2pathname

from moderation.files import RemoteFile
from moderation.records import PassedOver

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)

PACKAGES: Final = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
    "sftp": "paramiko",
}
"""The package that each common kind of storage needs beside fsspec."""

NO_PAGES_INSIDE: Final = frozenset(
    ".avif .bmp .css .doc .docx .eot .gif .ico .jpeg .jpg .js .mjs .m4a .map .mov .mp3 .mp4 .ogg "
    ".otf .pdf .png .svg .tif .tiff .ttf .wav .webm .webp .woff .woff2".split()
)
"""Endings of what saved pages bring along, which it would be waste to fetch. All else is fetched,
and looked at as on a disk."""


class Unreachable(Exception):
    """A file or a place that cannot be had; the message says why, without the address."""


@dataclass(slots=True, kw_only=True)
class RemoteListing:
    """What an address came to, as `find_pages` tells it of local paths."""

    files: list[RemoteFile] = field(default_factory=list)
    skipped: list[PassedOver] = field(default_factory=list)
    missing: list[PassedOver] = field(default_factory=list)


def is_remote(path: str) -> bool:
    """Tell an address from a path on this machine; ``file://`` is one.

    >>> [is_remote(path) for path in ("s3://bucket/pages", "file:///pages", "C:/pages", "pages")]
    [True, False, False, False]
    """
    return bool(_ADDRESS.match(path)) and not path.lower().startswith("file://")


def local_path(path: str) -> str:
    """Give the path of a ``file://`` address, as this system writes it; every other as it is.

    >>> page = Path("saved pages/a.txt").absolute()
    >>> local_path(page.as_uri()) == str(page), local_path("saved%20pages/a.txt")
    (True, 'saved%20pages/a.txt')
    """
    if not path.lower().startswith("file://"):
        return path
    host, slash, rest = path[len("file://") :].partition("/")
    if not host or host.lower() == "localhost":
        return url2pathname(slash + rest)
    if host[1:] in {":", "|"}:  # file://C:/pages, with a slash too few
        return url2pathname(f"/{host}{slash}{rest}")
    return url2pathname(f"//{host}{slash}{rest}")


def search_remote(address: str) -> RemoteListing:
    """List the files at an address: a file, a folder with all below it, or a pattern.

    Never raises: what cannot be had is among the ``missing``, with a reason for people.
    """
    listing = RemoteListing()
    try:
        files, path = _storage(address)
        if any(mark in path for mark in "*?["):
            _add_matches(listing, files, path, address)
        elif not _add_existing(listing, files, path):
            _miss(listing, address, "there is no such file or folder")
    except Exception as error:  # each kind of storage raises errors of its own
        _miss(listing, address, _said(error, address))
    return listing


def fetch(file: RemoteFile, target: Path) -> None:
    """Copy a file to this disk.

    Raises:
        Unreachable: when it cannot be had.
        OSError: when it cannot be written here.
    """
    try:
        files, path = _storage(file.address)
        files.get_file(path, str(target))
    except Exception as error:
        if isinstance(error, OSError) and error.filename == str(target):
            raise
        raise Unreachable(_said(error, file.address)) from error


def require_storage(address: str) -> None:
    """Check that this machine has what an address of this kind needs.

    Raises:
        Unreachable: when a package is missing; the message names it.
    """
    try:
        _storage(address)
    except ImportError as error:
        raise Unreachable(_said(error, address)) from error
    except Exception:  # whatever else is wrong is said of each file
        return


def _storage(address: str) -> tuple[Any, str]:
    """Give the file system of an address, and the address as that knows it."""
    import fsspec  # noqa: PLC0415 - an extra

    files, path = fsspec.url_to_fs(address)
    return files, str(path).rstrip("/")


def _add_existing(listing: RemoteListing, files: Any, path: str) -> bool:
    below: Mapping[str, Mapping[str, Any]] = files.find(path, detail=True)
    inside = {name: info for name, info in below.items() if name != path}
    if inside:
        _add_folder(listing, files, path, inside)
        return True
    if path in below:
        _add_file(listing, files, path, below[path])
        return True
    return False


def _add_matches(listing: RemoteListing, files: Any, pattern: str, address: str) -> None:
    matches: Iterable[str] = sorted(files.glob(pattern))
    if "/." not in pattern:
        matches = [match for match in matches if not _hidden(PurePosixPath(match).parts)]
    if not matches:
        _miss(listing, address, "no file matches this pattern")
    for match in matches:
        _add_existing(listing, files, match)


def _add_file(listing: RemoteListing, files: Any, path: str, info: Mapping[str, Any]) -> None:
    place = PurePosixPath(path)
    listing.files.append(
        RemoteFile(
            address=files.unstrip_protocol(path),
            id=place.name,
            folder=place.parent.name,
            is_named=True,
            size=int(info.get("size") or 0),
        )
    )


def _add_folder(
    listing: RemoteListing, files: Any, folder: str, inside: Mapping[str, Mapping[str, Any]]
) -> None:
    before = len(listing.files)
    hidden: dict[str, None] = {}
    for path, info in sorted(inside.items()):
        page_id = path[len(folder) :].lstrip("/")
        suffix = PurePosixPath(page_id).suffix.lower()
        address = files.unstrip_protocol(path)
        if name := _hidden(page_id.split("/")):
            hidden[f"{address[: -len(page_id)]}{name}"] = None
        elif suffix in NO_PAGES_INSIDE:
            _skip(listing, address, f"files ending in {suffix} are not read as pages")
        else:
            listing.files.append(
                RemoteFile(
                    address=address,
                    id=page_id,
                    folder=PurePosixPath(folder).name,
                    is_named=False,
                    size=int(info.get("size") or 0),
                )
            )
    for address in hidden:
        _skip(listing, address, "hidden files and folders are not read")
    if len(listing.files) == before:
        _miss(listing, files.unstrip_protocol(folder), "the folder holds nothing that can be read")


def _hidden(parts: Iterable[str]) -> str:
    """Give the path down to the first part that is hidden, or nothing."""
    upper: list[str] = []
    for part in parts:
        upper.append(part)
        if part.startswith("."):
            return "/".join(upper)
    return ""


def _skip(listing: RemoteListing, source: str, reason: str) -> None:
    listing.skipped.append(PassedOver(source=source, reason=reason))


def _miss(listing: RemoteListing, source: str, reason: str) -> None:
    listing.missing.append(PassedOver(source=source, reason=reason))


def _said(error: Exception, address: str) -> str:
    """Say for people what a storage's error means."""
    kind = address.partition("://")[0].lower()
    names = {type(one).__name__ for one in _causes(error)}
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ImportError):
        package = PACKAGES.get(kind, "")
        wanted = f"fsspec {package}" if package else "fsspec, and what it names:"
        return f"{kind}:// needs a package that is not installed: pip install {wanted} ({text})"
    if isinstance(error, ValueError) and "Protocol not known" in text:
        return f"there is no kind of storage called {kind}://"
    if isinstance(error, FileNotFoundError):
        return "there is no such file, folder or bucket"
    if isinstance(error, PermissionError) or names & _NO_CREDENTIALS:
        return (
            "access was refused; check the credentials of this machine (for S3 the variables "
            f"AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY): {text}"
        )
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the storage answered: {text}"


_NO_CREDENTIALS: Final = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"}
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
