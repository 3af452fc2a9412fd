"""The page brought to a browser: a port of this machine, the server, and a clean end.

Every decision is on the disk before the browser hears of it, so that no way to end loses one. What
a clean end adds is the queue file, written one last time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Final

from moderation.errors import Interrupted, OutputError, UsageError
from moderation.review_page.guard import HOST, Guard

if TYPE_CHECKING:
    import uvicorn

    from moderation.review_desk.desk import Desk

SECONDS_FOR_REQUESTS: Final = 5
"""How long an answer that is under way may take once the end was asked for."""

_SECONDS_AFTER_A_SECOND_SIGNAL: Final = 3.0
_SECONDS_BETWEEN_LOOKS: Final = 0.1
_KEEP_ALIVE: Final = 3_600
"""Seconds; a browser that finds its connection closed in that moment would lose a request."""

_NOTHING_LOST: Final = (
    "Nothing is lost: each decision is in the log beside the queue, and the next command on it "
    "puts it into the file."
)

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port of this machine that is ours, and the guard of what is asked there."""

    socket: socket.socket
    guard: Guard

    @property
    def address(self) -> str:
        """The page's address."""
        return self.guard.address


def listen(port: int = 0) -> Listener:
    """Take a port of 127.0.0.1, any free one for 0.

    Raises:
        UsageError: when it is taken, or may not be used.
    """
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(_why_not(port, error)) from error
    return Listener(socket=listener, guard=Guard(listener.getsockname()[1]))


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken, perhaps by a review page that is open already. Close that one "
            "with Ctrl-C, choose another --port, or leave --port out to take any free one."
        )
    reason = error.strerror or str(error)
    return f"Port {port} cannot be used: {reason}. Leave --port out to take any free one."


def prepare() -> None:
    """Begin to import what the server needs, while the queue is being read."""

    def import_all() -> None:
        # What cannot be had is said where it is needed.
        with contextlib.suppress(ImportError):
            import jinja2  # noqa: F401, PLC0415
            import uvicorn  # noqa: F401, PLC0415

            from moderation.review_page import protocol, server  # noqa: F401, PLC0415

    threading.Thread(target=import_all, name="preparing the server", daemon=True).start()


def serve(desk: Desk, listener: Listener, when_ready: Callable[[], None]) -> None:
    """Serve the page until a signal ends it, then write the queue one last time.

    ``when_ready`` is called when the page can be opened. The first signal lets the answers that
    are under way finish; a second one waits for nothing but a write that has begun.

    Raises:
        OutputError: when the last write failed; the decisions are in the log all the same.
        Interrupted: when a second signal came before that write was done.
    """
    ending = _Ending()
    with ending.listening():
        try:
            server = _server(desk, listener, when_ready)
            ending.server = server
            server.should_exit = ending.times > 0
            server.run(sockets=[listener.socket])
        finally:
            _close(desk, ending)


class _Ending:
    """How often somebody asked for the end."""

    def __init__(self) -> None:
        self.times = 0
        self.server: uvicorn.Server | None = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Count the signals that ask for the end, instead of dying of them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        # What was told to outlive its terminal (nohup) goes on doing so.
        heard = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._note) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.times += 1
        if self.server is not None:
            self.server.should_exit = True
            self.server.force_exit = self.times > 1


def _server(desk: Desk, listener: Listener, when_ready: Callable[[], None]) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415 - a tenth of a second that no other command should pay

    from moderation.review_page.protocol import Protocol  # noqa: PLC0415
    from moderation.review_page.server import application  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Leaves the signals to us: uvicorn would raise them again and be killed by them."""

        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            when_ready()

    return Server(
        uvicorn.Config(
            application(desk, listener.guard),
            http=Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",  # its errors show tracebacks, and those can show comments
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=SECONDS_FOR_REQUESTS,
        )
    )


def _close(desk: Desk, ending: _Ending) -> None:
    """Close the desk in a thread, so that a signal is heard while it waits for the file."""
    failure: list[BaseException] = []

    def close() -> None:
        try:
            desk.close()
        except BaseException as error:  # it is raised again where it is waited for
            failure.append(error)

    closing = threading.Thread(target=close, name="closing the desk", daemon=True)
    closing.start()
    while closing.is_alive() and ending.times < 2:
        closing.join(_SECONDS_BETWEEN_LOOKS)
    closing.join(_SECONDS_AFTER_A_SECOND_SIGNAL)
    if closing.is_alive():
        raise Interrupted(f"Ended before {desk.queue} was written once more. {_NOTHING_LOST}")
    if failure and isinstance(failure[0], OutputError):
        raise OutputError(f"{failure[0]} {_NOTHING_LOST}") from failure[0]
    if failure:
        raise failure[0]


def open_browser(listener: Listener, when_missing: Callable[[], None]) -> None:
    """Open the page in a browser of this machine, without waiting for it.

    ``when_missing`` is called, in whatever thread, where none can be opened. A browser that would
    take over the terminal counts as none.
    """

    def open_it() -> None:
        import webbrowser  # noqa: PLC0415

        opened = False
        with contextlib.suppress(webbrowser.Error, OSError):
            opened = _has_a_screen() and webbrowser.open(listener.guard.opening_address())
        if not opened:
            when_missing()

    threading.Thread(target=open_it, name="opening the browser", daemon=True).start()


def _has_a_screen() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(map(os.environ.get, ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")))
