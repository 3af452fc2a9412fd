"""The review page's server as a person starts it: a real process on a real port."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from moderation.output import write_results
from moderation.pipeline import scan
from moderation.review_desk.desk import open_desk
from moderation.review_desk.values import CannotDecide
from moderation.review_page.answers import Answers
from moderation.review_page.guard import HEADERS
from moderation.review_queue.locking import locked

from .conftest import PROJECT, Run, WordScorer, as_nobody
from .reviewing import SECONDS, Server, decisions_in, log_of, opened

pytestmark = pytest.mark.slow

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> glorbly \u202etxet desrever\u202c "
    "=HYPERLINK(1) {{ 7*7 }} ${1} \"'`"
)
TEXTS = [
    *(f"Comment number {number}, glorbly enough to be looked at." for number in range(1, 9)),
    HOSTILE,
    "الجسر مغلق glorbly منذ ثلاثة أيام ولا أحد يهتم بالأمر",
]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a queue of ten rows, one of them hostile, and what lies beside it."""
    folder = tmp_path_factory.mktemp("scanned")
    comments = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(TEXTS, start=1))
    page = f"The council met.\n\nIt will meet again.\n\n\n\n{comments}\n\nComments are closed."
    (folder / "pages").mkdir()
    (folder / "pages" / "bridge.txt").write_text(page, encoding="utf-8")
    policy = folder / "words.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.5\ninsult = 0.5\n[lexicon]\nseverity = 4\n")
    queue = folder / "work" / "queue.csv"
    queue.parent.mkdir()
    write_results(scan([folder / "pages"], policy=policy, model=WordScorer()), queue)
    return queue.parent


@pytest.fixture
def queue(scanned: Path, tmp_path: Path) -> Path:
    """The queue for one test alone."""
    return Path(shutil.copytree(scanned, tmp_path / "work")) / "queue.csv"


@dataclass
class Page:
    """A running server, and a browser's view of it."""

    server: Server
    client: httpx.Client

    @property
    def address(self) -> str:
        return self.server.address

    @property
    def origin(self) -> str:
        return "/".join(self.address.split("/")[:3])

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    @property
    def token(self) -> str:
        return self.address.split("/")[3]

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(f"{self.address}{path}", **options)

    def json(self, path: str, **params: Any) -> dict[str, Any]:
        response = self.get(path, params=params)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        ours = {"origin": self.origin, "sec-fetch-site": "same-origin"}
        return self.client.post(f"{self.address}{path}", json=body, headers=ours | (headers or {}))

    def decide(self, *ids: str, verdict: str = "remove", **more: Any) -> dict[str, Any]:
        response = self.post("api/decisions", ids=list(ids), verdict=verdict, **more)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def ids(self, **filters: Any) -> list[str]:
        return [row["id"] for row in self.json("api/rows", **filters)["rows"]]


@contextmanager
def opened_page(queue: Path, *options: str, **environment: str) -> Iterator[Page]:
    """The page of a queue, and a client that speaks to it."""
    with opened(queue, *options, **environment) as server, httpx.Client(timeout=SECONDS) as client:
        yield Page(server=server, client=client)


@pytest.fixture
def page(queue: Path) -> Iterator[Page]:
    """The open page of the queue."""
    with opened_page(queue, "--reviewer", "Ann") as page:
        yield page


@pytest.fixture(scope="module")
def looking(scanned: Path) -> Iterator[Page]:
    """The open page of a queue about which nobody decides."""
    with opened_page(scanned / "queue.csv", "--reviewer", "Ann") as page:
        yield page
    assert log_of(scanned / "queue.csv") == []


def test_a_moderator_decides_through_the_page(page: Page, queue: Path) -> None:
    """Look, decide, undo, redo, and find it in the file after Ctrl-C."""
    assert page.json("api/summary")["undecided"] == 10
    first, second = page.ids()[:2]
    shown = page.json(f"api/rows/{first}")
    assert (shown["position"], shown["previous"], shown["next"]) == (0, None, second)
    assert "".join(one["text"] for one in shown["row"]["segments"])
    done = page.decide(first, note="too much", seen={first: 0})
    assert [one["verdict"] for one in done["rows"] if one["id"] == first] == ["remove"]
    assert log_of(queue)[-1]["note"] == "too much"
    assert done["summary"]["can_undo"]
    assert done["sentence"].endswith(".")
    page.post("api/undo")
    assert page.json(f"api/rows/{first}")["row"]["standing"]["verdict"] == ""
    page.post("api/redo")
    standing = page.json(f"api/rows/{first}")["row"]["standing"]
    assert (standing["verdict"], standing["reviewer"]) == ("remove", "Ann")
    code, output, errors = page.server.end()
    assert (code, errors) == (0, "")
    assert decisions_in(queue)[first] == "remove"
    assert f"Queue: {queue}" in output


def test_a_killed_server_has_lost_nothing(queue: Path) -> None:
    """What was answered is on the disk before the answer, and the next start shows it."""
    with opened_page(queue) as page:
        ids = page.ids()
        for name in ids[:3]:
            page.decide(name, verdict="escalate")
            logged = {entry["id"] for entry in log_of(queue)}
            assert name in logged
        page.server.process.send_signal(signal.SIGKILL)
        page.server.process.wait()
    with opened_page(queue) as page:
        assert page.json("api/summary")["verdicts"]["escalate"] >= 3
        assert page.json(f"api/rows/{ids[2]}")["row"]["standing"]["verdict"] == "escalate"
        page.server.end()
    assert decisions_in(queue)[ids[0]] == "escalate"


def test_a_server_killed_between_decisions_keeps_all_that_it_answered(queue: Path) -> None:
    """Whatever it was doing; what was not answered is there whole or not at all."""
    answered: list[str] = []
    with opened_page(queue) as page, ThreadPoolExecutor(4) as pool:
        ids = page.ids()

        def decide(name: str) -> None:
            with contextlib.suppress(httpx.HTTPError):
                page.decide(name, verdict="unsure", note="x" * 2_000)
                answered.append(name)

        work = [pool.submit(decide, name) for name in ids]
        while len(answered) < 3:
            time.sleep(0.001)
        page.server.process.kill()
        for one in work:
            one.result()
    logged = {entry["id"] for entry in log_of(queue) if entry["verdict"] == "unsure"}
    assert set(answered) <= logged
    with opened_page(queue) as page:
        assert page.json("api/summary")["verdicts"]["unsure"] >= len(answered)
        assert page.json("api/summary")["rows"] == 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_writes_the_queue(page: Page, queue: Path, number: int) -> None:
    """Ctrl-C, a polite kill, and the window that is closed."""
    name = page.ids()[0]
    page.decide(name, verdict="approve")
    code, output, errors = page.server.end(number)
    assert (code, errors) == (0, "")
    assert decisions_in(queue)[name] == "approve"
    assert "Closed." in output


def test_two_signals_end_at_once(page: Page, queue: Path) -> None:
    """And still leave a whole file."""
    name = page.ids()[0]
    page.decide(name)
    page.server.process.send_signal(signal.SIGINT)
    code, _, _ = page.server.end(signal.SIGINT)
    assert code in {0, 130}
    assert log_of(queue)[-1]["id"] == name
    assert len(decisions_in(queue)) == 10


def test_a_queue_that_cannot_be_written_at_the_end_is_said(page: Page, queue: Path) -> None:
    """With where the decisions are."""
    name = page.ids()[0]
    page.decide(name)
    with locked(queue):  # as another command does while it writes
        page.server.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        code, _, errors = page.server.end()
    assert code == 130
    assert "Nothing is lost: each decision is in the log" in errors
    assert log_of(queue)[-1]["id"] == name
    with opened_page(queue) as again:
        assert again.json(f"api/rows/{name}")["row"]["standing"]["verdict"] == "remove"


def test_two_servers_on_one_queue_see_each_other(queue: Path) -> None:
    """Neither overwrites the other; who comes second is told."""
    with (
        opened_page(queue, "--reviewer", "Ann") as ann,
        opened_page(queue, "--reviewer", "Bo") as bo,
    ):
        assert ann.token != bo.token
        name = ann.ids()[0]
        revision = bo.json("api/summary")["revision"]
        ann.decide(name, verdict="remove", seen={name: 0})
        refused = bo.decide(name, verdict="approve", seen={name: 0})["refused"]
        assert [(one["id"], one["verdict"], one["reviewer"]) for one in refused] == [
            (name, "remove", "Ann")
        ]
        assert refused[0]["excerpt"]
        assert bo.json("api/changes", since=revision)["changed"]
        assert bo.json(f"api/rows/{name}")["row"]["standing"]["verdict"] == "remove"
        ann.server.end()
        bo.server.end()
    assert decisions_in(queue)[name] == "remove"


def test_a_port_that_is_taken_is_said(run: Run, queue: Path) -> None:
    """With what to do about it, before anything is opened."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, _, errors = run("review", queue, "--port", str(port), "--no-browser")
    assert code == 2
    assert f"Port {port} is taken" in errors
    assert "leave --port out" in errors


def test_the_port_can_be_chosen(queue: Path) -> None:
    """And can be used again at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):
        with opened_page(queue, "--port", str(port)) as page:
            assert page.origin == f"http://127.0.0.1:{port}"
            page.json("api/summary")
            assert page.server.end()[0] == 0


def test_a_queue_that_is_not_there_is_said(run: Run, tmp_path: Path) -> None:
    """With the exit code of a wrong command."""
    code, _, errors = run("review", tmp_path / "none.csv", "--no-browser")
    assert code == 2
    assert "There is no queue at" in errors


def test_only_this_machine_is_served(looking: Page) -> None:
    """No other address of it has the port open."""
    port = looking.port
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", port)) != 0


ROUTES = [
    *(("GET", ""), ("GET", "assets/none.js"), ("GET", "nothing/here"), ("GET", "api/summary")),
    *(("GET", "api/rows"), ("GET", "api/rows?verdict=maybe"), ("GET", "api/rows/c1")),
    *(("GET", "api/rows/c1/around"), ("GET", "api/facets"), ("GET", "api/changes?since=0")),
    *(("GET", "api/histogram"), ("GET", "api/band?label=toxicity"), ("POST", "api/decisions")),
    *(("POST", "api/band"), ("POST", "api/rows"), ("PUT", "api/rows"), ("DELETE", "api/band")),
    *(("OPTIONS", "api/decisions"), ("HEAD", ""), ("HEAD", "api/rows"), ("TRACE", "api/rows")),
    *(("GET", "assets/..%2findex.html"), ("GET", "assets/%2e%2e/server.py"), ("GET", "api/undo")),
]


@pytest.mark.parametrize("token", [True, False], ids=["with the word", "without it"])
def test_every_answer_carries_the_same_headers(looking: Page, token: bool) -> None:
    """Errors too, whatever the method."""
    address = looking.address if token else f"{looking.origin}/"
    for method, path in ROUTES:
        ours = {"origin": looking.origin, "content-type": "application/json"}
        response = looking.client.request(method, f"{address}{path}", headers=ours, content=b"{")
        assert response.status_code < 500, (method, path)
        for name, value in HEADERS.items():
            assert response.headers[name] == value, (method, path)
        assert "server" not in response.headers
        assert "access-control-allow-origin" not in response.headers
        if method == "HEAD":
            assert response.content == b""
        elif response.status_code >= 400 and "api/" in path:
            assert response.json()["error"].endswith("."), (method, path)
        if not token:
            assert response.status_code == 404


def test_what_is_no_http_is_answered_with_the_same_headers(looking: Page) -> None:
    """The application never sees it."""
    port = looking.port
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"GARBAGE\r\n\r\n")
        answer = raw.recv(10_000).decode()
    assert answer.startswith("HTTP/1.1 400")
    assert "content-security-policy: default-src 'none'" in answer.lower()


def test_another_site_gets_nothing(looking: Page) -> None:
    """Neither by its own name for this machine, nor by a post, nor by a form."""
    name = looking.ids()[0]
    body = {"ids": [name], "verdict": "remove"}
    rebound = looking.get("api/rows", headers={"host": "evil.example"})
    assert rebound.status_code == 403
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
    ):
        assert looking.post("api/decisions", headers=headers, **body).status_code == 403
    no_origin = looking.client.post(f"{looking.address}api/decisions", json=body)
    assert no_origin.status_code == 403
    form = looking.post("api/decisions", headers={"content-type": "text/plain"}, **body)
    assert form.status_code == 415


def test_without_the_secret_word_a_person_is_told_where_to_find_it(looking: Page) -> None:
    """In plain words, and nothing of the queue."""
    response = looking.client.get(f"{looking.origin}/")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/plain")
    assert "copy the whole of it" in response.text
    assert looking.token not in response.text


def test_the_page_holds_no_comment_and_no_script_of_its_own(looking: Page) -> None:
    """Its scripts ask for the comments, and the policy lets in no others."""
    response = looking.get("")
    assert response.headers["content-type"].startswith("text/html")
    assert "glorbly" not in response.text
    assert 'data-reviewer="Ann"' in response.text
    assert 'data-queue="queue.csv"' in response.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", response.text)
    for name in set(re.findall(r'(?:src|href)="\./assets/([^"]+)"', response.text)):
        asset = looking.get(f"assets/{name}")
        assert asset.status_code == 200, name
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert asset.headers["content-type"].startswith(kind[name.rpartition(".")[2]])


@pytest.mark.parametrize(
    "path",
    [
        *("../server.py", "..%2fserver.py", "%2e%2e%2fserver.py", "..%5cserver.py", "index.html"),
        *("/etc/passwd", "%2fetc%2fpasswd", "main.js%00.css", "main.js/", "", "."),
        *("....//server.py", "C:%5cwindows%5cwin.ini"),
    ],
)
def test_a_name_is_never_a_path(looking: Page, path: str) -> None:
    """Only what was listed at the start is there."""
    port = looking.port
    with socket.create_connection(("127.0.0.1", port)) as raw:
        # As it stands: a well-behaved client would tidy the path first.
        target = f"/{looking.token}/assets/{path}"
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert raw.recv(10_000).startswith(b"HTTP/1.1 404")


def test_a_hostile_comment_stays_text(looking: Page) -> None:
    """It comes as JSON, whose type no browser takes for markup, with its controls written out."""
    [name] = looking.ids(search="onerror")
    response = looking.get(f"api/rows/{name}")
    assert response.headers["content-type"] == "application/json"
    row = response.json()["row"]
    text = "".join(one["text"] for one in row["segments"])
    assert "<script>alert(1)</script>" in text
    assert "⟦U+202E⟧txet" in text
    assert "\u202e" not in response.text
    [arabic] = looking.ids(search="الجسر")
    assert looking.json(f"api/rows/{arabic}")["row"]["dir"] == "rtl"


def test_unknown_comments_and_values_are_refused_in_a_sentence(looking: Page) -> None:
    """With what was wrong."""
    missing = looking.get("api/rows/c0000000000000000")
    assert missing.status_code == 404
    assert missing.json()["error"].endswith(".")
    wrong = looking.get("api/rows", params={"order": "random"})
    assert wrong.status_code == 400
    assert "'random'" in wrong.json()["error"]
    unknown = looking.post("api/decisions", ids=["c0000000000000000"], verdict="remove")
    assert unknown.status_code == 404


def test_too_much_at_once_is_refused(looking: Page) -> None:
    """Whether or not the length was announced."""
    ours = {"origin": looking.origin, "content-type": "application/json"}
    address = f"{looking.address}api/decisions"
    announced = looking.client.post(address, content=b" " * 1_000_001, headers=ours)
    assert announced.status_code == 413
    pieces = (b" " * 100_000 for _ in range(11))
    assert looking.client.post(address, content=pieces, headers=ours).status_code == 413
    assert looking.json("api/summary")["undecided"] == 10


def test_a_band_decides_the_rows_that_were_counted(page: Page, queue: Path) -> None:
    """Not one that somebody decided meanwhile; one undo takes it all back."""
    bins = page.json("api/histogram", label="toxicity", bins=10)["bins"]
    assert sum(one["undecided"] for one in bins) == 9  # the model does not know Arabic
    band = page.json("api/band", label="toxicity", low=0.5, high=1, size=3)
    total = band["total_undecided"]
    assert len(band["sample"]) == 3
    assert band["sample"][0]["segments"]
    own = page.ids()[0]
    page.decide(own, verdict="approve")
    done = page.post("api/band", ids_token=band["ids_token"], verdict="remove", note=None).json()
    assert [one["id"] for one in done["refused"]] == [own]
    assert done["count"] == total - 1
    page.post("api/undo")
    assert page.json("api/summary")["verdicts"].get("remove", 0) == 0
    assert page.json(f"api/rows/{own}")["row"]["standing"]["verdict"] == "approve"
    late = page.post("api/band", ids_token="forgotten", verdict="remove", note=None)
    assert late.status_code == 400


def test_what_stands_around_a_comment_can_be_asked(looking: Page) -> None:
    """Before, after and of the same kind."""
    name = looking.ids(search='"number 2"')[0]
    around = looking.json(f"api/rows/{name}/around")
    assert "number 1" in "".join(one["text"] for one in around["before"]["segments"])
    assert "number 3" in "".join(one["text"] for one in around["after"]["segments"])
    assert set(around) >= {"parent", "group", "same_author", "same_text"}


def test_the_reviewer_can_be_named_on_the_page(queue: Path) -> None:
    """From then on the name stands beside each decision."""
    with opened_page(queue) as page:
        assert page.json("api/summary")["reviewer"] == ""
        assert page.post("api/reviewer", name=" Bo ").json()["reviewer"] == "Bo"
        name = page.ids()[0]
        page.decide(name)
        assert log_of(queue)[-1]["reviewer"] == "Bo"
        assert page.post("api/reviewer", name="a|b").status_code == 400


def test_a_note_stands_by_itself(page: Page) -> None:
    """And is found by a filter."""
    name = page.ids()[0]
    assert page.post("api/notes", id=name, note="ask the editor", seen=0).status_code == 200
    assert page.ids(verdict="noted") == [name]


def test_nothing_that_is_printed_holds_a_comment_or_an_address(page: Page) -> None:
    """Neither what was read nor what was decided; the secret word only where it was announced."""
    for name in page.ids():
        page.json(f"api/rows/{name}", whole=1)
        page.decide(name, note="a private note")
    page.get("api/rows", params={"search": "glorbly", "order": "wrong"})
    page.post("api/decisions", ids=["glorbly"], verdict="glorbly")
    announced = "".join(page.server.printed)
    _, output, errors = page.server.end()
    assert errors == ""
    for word in ("glorbly", "private", "search", "api/", "<script"):
        assert word not in output
    assert output.count(page.token) == announced.count(page.token) == 1


def test_many_questions_at_once_are_all_answered(page: Page) -> None:
    """And decisions among them."""
    ids = page.ids()

    def ask(number: int) -> int:
        if number % 4 == 0:
            page.decide(ids[number % 10], verdict=("remove", "approve")[number % 8 == 0])
        return page.get(f"api/rows/{ids[number % 10]}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(40))) == {200}


def test_a_browser_is_opened_at_an_address_that_works_once(queue: Path, tmp_path: Path) -> None:
    """The list of programs shows it to everybody on the machine, so it must be worth nothing."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new\nmv {seen}.new {seen}\n')
    browser.chmod(0o755)
    with opened_page(queue, BROWSER=f"{browser} %s") as page:
        ends = time.monotonic() + SECONDS
        while not seen.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        address = seen.read_text().strip()
        assert page.token not in address
        assert page.client.get(address, follow_redirects=True).url == page.address
        assert page.client.get(address).status_code == 404


def test_without_a_browser_the_person_is_told(queue: Path) -> None:
    """And everything else works."""
    with opened_page(queue, BROWSER="", DISPLAY="", WAYLAND_DISPLAY="") as page:
        assert page.json("api/summary")["rows"] == 10
        code, _, errors = page.server.end()
    assert code == 0
    assert "No browser could be opened" in errors


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_decided(queue: Path) -> None:
    """At the start and at each try."""
    with opened_page(queue) as page:
        name = page.ids()[0]
    queue.parent.chmod(0o555)
    with as_nobody(queue.parent):
        queue.parent.stat()
        desk = open_desk(queue)
        answers = Answers(desk)
        assert answers.summary()["read_only"].endswith(".")
        with pytest.raises(CannotDecide):
            answers.decide(json.dumps({"ids": [name], "verdict": "remove"}).encode())
        desk.close()
    assert log_of(queue) == []


def test_help_imports_neither_server_nor_frames() -> None:
    """It answers at once."""
    heavy = "'starlette', 'uvicorn', 'polars', 'jinja2', 'asyncio'"
    code = (
        "import sys, moderation.cli\n"
        f"found = [name for name in ({heavy}) if name in sys.modules]\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
