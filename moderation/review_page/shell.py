"""The page's own files: read once when the server starts, so that a name is never a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from moderation import __version__

_PAGE: Final = "index.html"

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that the page asks for."""

    content: bytes
    media_type: str


def assets() -> dict[str, Asset]:
    """Every file of the page but the page itself, by its name."""
    folder = resources.files(__package__) / "page"
    found: dict[str, Asset] = {}
    for file in folder.iterdir():
        suffix = file.name[file.name.rfind(".") :]
        if file.is_file() and suffix in _MEDIA_TYPES and not file.name.startswith("."):
            found[file.name] = Asset(content=file.read_bytes(), media_type=_MEDIA_TYPES[suffix])
    return found


def shell(*, reviewer: str, queue: str) -> str:
    """The page as HTML, without a single comment: its scripts ask for those."""
    import jinja2  # noqa: PLC0415 - the server is up before it is needed

    template = (resources.files(__package__) / "page" / _PAGE).read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(
        reviewer=reviewer, queue=queue, version=__version__
    )
