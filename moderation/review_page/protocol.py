"""HTTP as uvicorn reads it, but with our headers on what it answers by itself."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from moderation.review_page.guard import HEADERS

_SENTENCE: Final = "This is no request that a browser would make.\n"


class Protocol(H11Protocol):
    """Answers what is no HTTP with the same headers as everything else."""

    def send_400_response(self, _message: str) -> None:
        """Refuse bytes that no application ever sees, and hang up."""
        headers = {
            **HEADERS,
            "content-type": "text/plain; charset=utf-8",
            "content-length": str(len(_SENTENCE)),
            "connection": "close",
        }
        lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {headers[name]}" for name in headers)]
        self.transport.write("\r\n".join([*lines, "", _SENTENCE]).encode())
        self.transport.close()
