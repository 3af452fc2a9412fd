"""Who may speak to the page: nobody but the browser that was given its address.

Three fences, one behind the other. The server listens on 127.0.0.1 alone. ``Host`` must name this
machine, so that a stranger's site cannot reach it under a name of its own (DNS rebinding). And the
address holds a secret word that only the terminal and the browser know. What changes anything must
come from our own page besides: ``Origin`` and ``Sec-Fetch-Site`` say so, and no form of another
site can send JSON.

Pure: facts about a request in, an answer out.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HOST: Final = "127.0.0.1"
"""The only address that the server listens on."""

_NAMES: Final = (HOST, "localhost")
_USUAL_PORT: Final = 80
"""The port that a browser leaves out of ``Host`` and ``Origin``."""

_CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_NOTHING_ALLOWED: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "midi", "payment", "usb"),
    )
)

HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": _NOTHING_ALLOWED,
    "cache-control": "no-store",
}
"""What every answer carries, errors too."""

_NO_SUCH_ADDRESS: Final = (
    "There is nothing at this address. The review page has a long secret word in its address: copy "
    "the whole of it from the window in which 'moderation review' runs. It is a new one each time "
    "that the command is started."
)
_WRONG_HOST: Final = (
    "This page answers only to the browser of this machine, at the address that 'moderation "
    "review' printed."
)
_OTHER_SITE: Final = (
    "This was not asked for by the review page itself, so nothing was done. Open the page at the "
    "address that 'moderation review' printed and try again there."
)
_NOT_JSON: Final = "What is sent to this address must be JSON (Content-Type: application/json)."

_ONLY_READING: Final = frozenset({"GET", "HEAD"})
_OPENING: Final = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request says of itself, before its body is read.

    ``path`` is decoded, ``headers`` holds all values of each header, by its name in lower case.
    """

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]

    def header(self, name: str) -> str | None:
        """The value of a header, None without it; of several nothing can be believed."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else "" if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that ends a request; ``sentence`` is for a person, not for a program."""

    status: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A request that may go on: ``path`` is the address without its secret word."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """A request that is sent on to ``path``, which has the secret word in it."""

    path: str


class Guard:
    """Holds the secret word, and checks each request before anything else looks at it."""

    def __init__(self, port: int, token: str = "") -> None:
        self.token = token or secrets.token_urlsafe(24)
        self._port = port
        self._opening_word = ""

    @property
    def address(self) -> str:
        """The page's address, for the person at the terminal."""
        return f"http://{HOST}:{self._port}/{self.token}/"

    def opening_address(self) -> str:
        """An address that leads to the page once.

        Programs show what they were started with to everybody on the machine, a browser too. This
        address is of no use to who reads it there afterwards.
        """
        self._opening_word = secrets.token_urlsafe(24)
        return f"http://{HOST}:{self._port}/{_OPENING}/{self._opening_word}"

    def judge(self, visit: Visit) -> Passage | Detour | Refusal:
        """Let a request through without its secret word, send it on, or refuse it."""
        host = (visit.header("host") or "").lower()
        if host not in self._hosts():
            return Refusal(status=403, sentence=_WRONG_HOST)
        first, slash, rest = visit.path.removeprefix("/").partition("/")
        if first == _OPENING and visit.method in _ONLY_READING:
            return self._opened(rest)
        if not _are_same(first, self.token):
            return Refusal(status=404, sentence=_NO_SUCH_ADDRESS)
        if refusal := _stranger(visit, f"http://{host}", is_page=not rest):
            return refusal
        return Passage(path=f"/{rest}") if slash else Detour(path=f"/{self.token}/")

    def _hosts(self) -> frozenset[str]:
        ports = {f":{self._port}"} | ({""} if self._port == _USUAL_PORT else set())
        return frozenset(f"{name}{port}" for name in _NAMES for port in ports)

    def _opened(self, word: str) -> Detour | Refusal:
        expected, self._opening_word = self._opening_word, ""
        if expected and _are_same(word, expected):
            return Detour(path=f"/{self.token}/")
        self._opening_word = expected  # a wrong word uses nothing up
        return Refusal(status=404, sentence=_NO_SUCH_ADDRESS)


def _stranger(visit: Visit, ours: str, *, is_page: bool) -> Refusal | None:
    """Refuse what another site asked for; only the page itself may be opened from elsewhere."""
    if visit.header("origin") not in ({None, ours} if visit.method in _ONLY_READING else {ours}):
        return Refusal(status=403, sentence=_OTHER_SITE)
    site = visit.header("sec-fetch-site")
    if visit.method in _ONLY_READING:
        if site in {None, "none", "same-origin"} or (is_page and _is_opened(visit)):
            return None
        return Refusal(status=403, sentence=_OTHER_SITE)
    if site not in {None, "same-origin"}:
        return Refusal(status=403, sentence=_OTHER_SITE)
    kind = (visit.header("content-type") or "").partition(";")[0].strip().lower()
    return None if kind == "application/json" else Refusal(status=415, sentence=_NOT_JSON)


def _is_opened(visit: Visit) -> bool:
    """Tell a link that a person followed from what a site asks for behind their back."""
    return (
        visit.header("sec-fetch-mode") == "navigate"
        and visit.header("sec-fetch-dest") == "document"
    )


def _are_same(given: str, secret: str) -> bool:
    """Compare in a time that tells nothing of how much of the word was right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())
