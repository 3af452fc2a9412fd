"""The application behind the page: its routes, and what holds for every answer.

`answers` knows what to say, `guard` who may ask. Here it becomes HTTP: questions to the desk run in
threads, every answer carries the guard's headers, and no error says more than its kind and place.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from moderation.errors import ModerationError, OutputError
from moderation.review_desk.values import UnknownComment
from moderation.review_page.answers import Answers
from moderation.review_page.asking import BadRequest, Query
from moderation.review_page.guard import HEADERS, Detour, Guard, Passage, Refusal, Visit
from moderation.review_page.shell import assets, shell

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from moderation.review_desk.desk import Desk
    from moderation.review_page.views import Json

LONGEST_BODY: Final = 1_000_000
"""Bytes of what the page may send at once."""

_JSON: Final = "application/json"
_logger = logging.getLogger(__name__)

_SENTENCES: Final = {
    404: "There is nothing at this address of the review page.",
    405: "This address of the review page cannot be used in that way.",
    413: f"That is more than {LONGEST_BODY:,} bytes at once. Decide fewer comments at a time.",
    500: (
        "Something went wrong in the program behind this page. What it had confirmed before is "
        "saved. Try again; if it happens again, press Ctrl-C in the window in which 'moderation "
        "review' runs, and start it anew."
    ),
}


def application(desk: Desk, guard: Guard) -> ASGIApp:
    """Make the application for one desk; nobody gets past its guard."""
    inner = Starlette(
        routes=_routes(desk),
        exception_handlers={
            BadRequest: _refusing(400),
            UnknownComment: _refusing(404),
            OutputError: _refusing(500),
            ModerationError: _refusing(409),
            HTTPException: _http_error,
            Exception: _failed,
        },
    )
    inner.router.redirect_slashes = False
    return _Fenced(inner, guard)


def _routes(desk: Desk) -> list[Route]:
    answers = Answers(desk)
    files = assets()

    def page(_: Request) -> Response:
        return Response(
            shell(reviewer=desk.reviewer, queue=desk.queue.name), media_type="text/html"
        )

    async def asset(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return Response(file.content, headers={"content-type": file.media_type})

    return [
        Route("/", page),
        Route("/assets/{name}", asset),
        Route("/api/summary", _get(lambda _, query: _without(query, answers.summary))),
        Route("/api/facets", _get(lambda _, query: answers.facets(query))),
        Route("/api/rows", _get(lambda _, query: answers.rows(query))),
        Route("/api/rows/{id}", _get(answers.row)),
        Route(
            "/api/rows/{id}/around",
            _get(lambda name, query: _without(query, lambda: answers.around(name))),
        ),
        Route("/api/histogram", _get(lambda _, query: answers.histogram(query))),
        Route("/api/band", _either(answers.band, answers.decide_band), methods=["GET", "POST"]),
        Route("/api/changes", _get(lambda _, query: answers.changes(query))),
        Route("/api/decisions", _post(answers.decide), methods=["POST"]),
        Route("/api/notes", _post(answers.note), methods=["POST"]),
        Route("/api/undo", _post(answers.undo), methods=["POST"]),
        Route("/api/redo", _post(answers.redo), methods=["POST"]),
        Route("/api/reviewer", _post(answers.name_reviewer), methods=["POST"]),
    ]


def _get(answer: Callable[[str, Query], Json]) -> Callable[[Request], Response]:
    """A route that reads; the framework runs what is not async in a thread."""

    def endpoint(request: Request) -> Response:
        query = Query(request.query_params.multi_items())
        return _json_response(answer(request.path_params.get("id", ""), query))

    return endpoint


def _without(query: Query, answer: Callable[[], Json]) -> Json:
    query.finished()
    return answer()


def _post(answer: Callable[[bytes], Json]) -> Callable[[Request], Awaitable[Response]]:
    """A route that changes something: the body is read here, the rest is done in a thread."""

    async def endpoint(request: Request) -> Response:
        content = await _body(request)
        return await run_in_threadpool(lambda: _json_response(answer(content)))

    return endpoint


def _either(
    reading: Callable[[Query], Json], writing: Callable[[bytes], Json]
) -> Callable[[Request], Awaitable[Response]]:
    read, write = _get(lambda _, query: reading(query)), _post(writing)

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            return await write(request)
        return await run_in_threadpool(read, request)

    return endpoint


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LONGEST_BODY:
            raise HTTPException(413)
    return bytes(content)


def _json_response(content: Any, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Half a surrogate pair is no UTF-8, but written with a backslash it is JSON.
    return Response(text.encode("utf-8", "backslashreplace"), status, media_type=_JSON)


def _refusing(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(_: Request, error: Exception) -> Response:
        return _json_response({"error": str(error)}, status)

    return handler


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    sentence = _SENTENCES.get(error.status_code, _SENTENCES[404])
    response = _json_response({"error": sentence}, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _failed(*_: object) -> Response:
    return _json_response({"error": _SENTENCES[500]}, 500)


class _Fenced:
    """Asks the guard first, adds its headers to every answer, and lets no error out."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        sender = _Sender(send)
        try:
            await self._answer(scope, receive, sender)
        except ClientDisconnect:
            return
        except Exception as error:
            # Neither its text nor a traceback is logged: both can hold a comment's words.
            _logger.error("%s", _account(error, scope))
            if not sender.has_started:
                await (await _failed())(scope, receive, sender)

    async def _answer(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        judged = self._guard.judge(_visit(scope))
        if isinstance(judged, Passage):
            inner = {**scope, "path": judged.path, "raw_path": b"", "root_path": ""}
            await self._app(inner, receive, sender)
        elif isinstance(judged, Detour):
            await RedirectResponse(judged.path, 303)(scope, receive, sender)
        else:
            await _refusal(judged, scope["path"])(scope, receive, sender)


class _Sender:
    """Sends an answer with the guard's headers; knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
        await self._send(message)


def _refusal(refusal: Refusal, path: str) -> Response:
    """A program is told in JSON, a person who typed an address in plain text."""
    if "/api/" in path:
        return _json_response({"error": refusal.sentence}, refusal.status)
    return Response(f"{refusal.sentence}\n", refusal.status, media_type="text/plain")


def _visit(scope: Scope) -> Visit:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return Visit(method=scope["method"], path=scope["path"], headers=headers)


def _account(error: Exception, scope: Scope) -> str:
    """Say of an error what it was and where, and none of the words that it holds."""
    ours = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in extract_tb(error.__traceback__)
        if "moderation" in Path(frame.filename).parts
    ]
    place = ours[-1] if ours else "outside of this program"
    return f"{scope['method']} on the review page failed: {type(error).__name__} at {place}."
