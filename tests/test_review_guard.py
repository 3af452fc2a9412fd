"""Who may speak to the review page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.review_page.guard import HEADERS, Detour, Guard, Passage, Refusal, Visit

PORT = 43_210
OURS = f"http://127.0.0.1:{PORT}"
TOKEN = "a-secret-word"
FROM_OUR_PAGE = {
    "host": f"127.0.0.1:{PORT}",
    "origin": OURS,
    "sec-fetch-site": "same-origin",
    "content-type": "application/json",
}


@pytest.fixture
def guard() -> Guard:
    """A guard of a fixed port with a known secret word."""
    return Guard(PORT, TOKEN)


def visit(
    path: str = f"/{TOKEN}/", method: str = "GET", host: str = f"127.0.0.1:{PORT}", **headers: str
) -> Visit:
    """A request, its headers named with underscores."""
    named = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return Visit(method=method, path=path, headers={"host": [host]} | named)


def post(path: str = f"/{TOKEN}/api/decisions", /, **changed: str | None) -> Visit:
    """A post of our own page, with some headers changed or (None) left out."""
    headers = FROM_OUR_PAGE | {name.replace("_", "-"): value for name, value in changed.items()}
    kept = {name: [value] for name, value in headers.items() if value is not None}
    return Visit(method="POST", path=path, headers=kept)


def status(judged: Passage | Detour | Refusal) -> int:
    """The status of a refusal; 200 for what may pass and 303 for what is sent on."""
    if isinstance(judged, Refusal):
        assert judged.sentence.endswith(".")
        assert TOKEN not in judged.sentence
        return judged.status
    return 200 if isinstance(judged, Passage) else 303


def test_our_own_page_may_pass_and_loses_its_secret_word(guard: Guard) -> None:
    """What stands behind the guard sees addresses without it."""
    assert guard.judge(visit()) == Passage(path="/")
    assert guard.judge(visit(f"/{TOKEN}/api/rows/c1")) == Passage(path="/api/rows/c1")
    assert guard.judge(visit(host=f"localhost:{PORT}")) == Passage(path="/")
    assert guard.judge(visit(host=f"LOCALHOST:{PORT}")) == Passage(path="/")
    assert guard.judge(post()) == Passage(path="/api/decisions")


def test_an_address_without_its_last_stroke_is_sent_on(guard: Guard) -> None:
    """The page's own addresses are relative to it."""
    assert guard.judge(visit(f"/{TOKEN}")) == Detour(path=f"/{TOKEN}/")


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", f"example.org:{PORT}", "127.0.0.1", "localhost", "127.0.0.1:80", ""),
        *(f"127.0.0.2:{PORT}", f"0.0.0.0:{PORT}", f"[::1]:{PORT}", f"127.0.0.1.nip.io:{PORT}"),
        *(f"localhost.:{PORT}", f"127.0.0.1:{PORT}@example.org", f"2130706433:{PORT}"),
    ],
)
def test_another_name_for_this_machine_is_refused(guard: Guard, host: str) -> None:
    """A site whose name was pointed at 127.0.0.1 (DNS rebinding) gets nothing, token or not."""
    assert status(guard.judge(visit(host=host))) == 403


def test_two_hosts_or_none_are_refused(guard: Guard) -> None:
    """Of two values nobody knows which one the browser meant."""
    twice = {"host": [f"127.0.0.1:{PORT}", f"127.0.0.1:{PORT}"]}
    assert status(guard.judge(Visit(method="GET", path=f"/{TOKEN}/", headers=twice))) == 403
    assert status(guard.judge(Visit(method="GET", path=f"/{TOKEN}/", headers={}))) == 403


def test_on_the_usual_port_browsers_leave_it_out() -> None:
    """``Host: 127.0.0.1`` is then our own."""
    guard = Guard(80, TOKEN)
    assert guard.judge(visit(host="127.0.0.1")) == Passage(path="/")
    assert guard.judge(visit(host="localhost:80")) == Passage(path="/")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "", "//", "/favicon.ico", "/a-secret-wor/", "/a-secret-word2/", "/A-SECRET-WORD/"),
        *(f"//{TOKEN}/", f"/../{TOKEN}/", f"http://example.org/{TOKEN}/", "*", "/\ud800/"),
        *("/api/summary", f"/{TOKEN}%2f", "/open/", f"/open/{TOKEN}", "/é/"),
    ],
)
def test_without_the_secret_word_there_is_nothing(guard: Guard, path: str) -> None:
    """Not even whether something else would be there."""
    judged = guard.judge(visit(path))
    assert isinstance(judged, Refusal)
    assert judged.status == 404
    assert "copy the whole of it from the window" in judged.sentence


@given(st.text(max_size=40))
def test_no_other_word_is_the_secret_word(word: str) -> None:
    """Whatever stands in its place."""
    if word.partition("/")[0] not in {TOKEN, "open"}:
        assert status(Guard(PORT, TOKEN).judge(visit(f"/{word}"))) == 404


def test_each_start_has_a_secret_word_of_its_own() -> None:
    """Of 24 random bytes."""
    words = {Guard(PORT).token for _ in range(20)}
    assert len(words) == 20
    assert all(len(word) >= 32 for word in words)


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": None},
        {"origin": "null"},
        {"origin": "http://example.org"},
        {"origin": f"http://localhost:{PORT}"},
        {"origin": f"https://127.0.0.1:{PORT}"},
        {"origin": "http://127.0.0.1:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_post_of_another_site_is_refused(guard: Guard, changed: dict[str, str | None]) -> None:
    """Also that of another program on this machine, which browsers call the same site."""
    assert status(guard.judge(post(**changed))) == 403


def test_a_browser_that_does_not_say_where_a_post_comes_from_still_says_its_origin(
    guard: Guard,
) -> None:
    """Older ones send no Sec-Fetch-Site."""
    assert status(guard.judge(post(sec_fetch_site=None))) == 200


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_what_a_form_could_send_is_refused(guard: Guard, kind: str | None) -> None:
    """A form of another site cannot send JSON."""
    assert status(guard.judge(post(content_type=kind))) == 415


def test_json_may_name_its_encoding(guard: Guard) -> None:
    """In any case."""
    assert status(guard.judge(post(content_type="Application/JSON; charset=utf-8"))) == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_every_other_method_must_come_from_our_page_too(guard: Guard, method: str) -> None:
    """Only reading is ever allowed without an origin."""
    assert status(guard.judge(visit(method=method))) == 403


def test_the_page_may_be_opened_from_a_link_elsewhere(guard: Guard) -> None:
    """A person who follows a link in a chat gets the page; the site gets nothing of it."""
    followed = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    document = followed | {"sec_fetch_dest": "document"}
    assert status(guard.judge(visit(**document))) == 200
    assert status(guard.judge(visit(**followed | {"sec_fetch_dest": "iframe"}))) == 403
    assert status(guard.judge(visit(f"/{TOKEN}/api/summary", **document))) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
def test_another_site_cannot_read(guard: Guard, site: str) -> None:
    """Neither the page nor what it asks for."""
    assert status(guard.judge(visit(sec_fetch_site=site, sec_fetch_mode="no-cors"))) == 403


def test_a_reading_request_with_a_foreign_origin_is_refused(guard: Guard) -> None:
    """No other origin has any business here."""
    assert status(guard.judge(visit(origin="http://example.org"))) == 403
    assert status(guard.judge(visit(origin=OURS))) == 200


def test_the_opening_address_leads_to_the_page_once(guard: Guard) -> None:
    """Whoever reads it in the list of programs afterwards finds nothing there."""
    path = guard.opening_address().removeprefix(OURS)
    assert TOKEN not in path
    assert status(guard.judge(visit("/open/guess"))) == 404
    assert status(guard.judge(visit(path, host="example.org"))) == 403
    assert guard.judge(visit(path)) == Detour(path=f"/{TOKEN}/")
    assert status(guard.judge(visit(path))) == 404


def test_the_policy_lets_nothing_in_but_our_own_files() -> None:
    """No inline script, no style attribute, no frame, no form, no other site."""
    policy = HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    for rule in ("frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"):
        assert rule in policy
