"""The review page in a real browser, driven as a moderator would: by keyboard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, expect, sync_playwright
from playwright.sync_api import Page as Tab

from moderation.output import write_results
from moderation.pipeline import scan
from moderation.review_queue.recording import record_decisions

from .conftest import WordScorer, program
from .reviewing import Server, decisions_in, log_of, opened, save_in_spreadsheet

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "cases" / "review"
SETTLED = 250
"""Milliseconds after which a comment has stood long enough to be decided."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, the machine's own."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a queue: plain comments, hostile ones, a slur, near-duplicates, Arabic."""
    folder = tmp_path_factory.mktemp("review")
    pages = folder / "pages"
    pages.mkdir()
    for page in ("bridge.txt", "market.txt"):
        shutil.copyfile(CASES / page, pages / page)
    endless = f"It goes on endlessly{' glorbly' * 13_000}"
    article = f"The council met.\n\nIt met long.\n\n\n\n  1. {endless}\n\n  2. Yes.\n"
    (pages / "endless.txt").write_text(article, encoding="utf-8")
    policy = folder / "words.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.5\ninsult = 0.5\n[lexicon]\nseverity = 2\n")
    result = scan([pages], policy=policy, model=WordScorer(), terms=[CASES / "en-desk.csv"])
    (folder / "work").mkdir()
    write_results(result, folder / "work" / "queue.csv")
    return folder / "work"


@pytest.fixture
def queue(scanned: Path, tmp_path: Path) -> Path:
    """A queue of one's own."""
    folder = tmp_path / "work"
    shutil.copytree(scanned, folder)
    return folder / "queue.csv"


@dataclass
class Window:
    """A browser window on the review page, and everything that it complained of or asked for."""

    tab: Tab
    address: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def part(self, name: str) -> Locator:
        """An element by its id."""
        return self.tab.locator(f"#{name}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, each on a comment that was there to be read."""
        for key in keys:
            self.tab.wait_for_timeout(SETTLED)
            self.tab.keyboard.press(key)

    @property
    def text(self) -> str:
        """The comment as it is shown."""
        return self.part("comment-text").inner_text()

    @property
    def id(self) -> str:
        """The id of the comment, as the address has it."""
        found: str = self.tab.evaluate("new URLSearchParams(location.search).get('id')")
        return found

    def has_left(self, name: str) -> None:
        """Wait until the address names another comment."""
        self.tab.wait_for_url(lambda url: name not in url)

    def is_saved(self) -> None:
        """Wait until the page says that something was saved."""
        expect(self.part("outcome")).not_to_be_empty()


@contextmanager
def window(browser: Browser, server: Server, at: str = "", **options: Any) -> Iterator[Window]:
    """Open the page in a browser profile of its own."""
    context = browser.new_context(**options)
    tab = context.new_page()
    found = Window(tab=tab, address=server.address)

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.complaints.append(message.text)

    tab.on("console", note)
    tab.on("pageerror", lambda error: found.complaints.append(str(error)))
    tab.on("request", lambda request: found.requests.append(request.url))
    tab.on("dialog", lambda dialog: found.complaints.append(f"dialog: {dialog.message}"))
    try:
        tab.goto(server.address + at)
        yield found
    finally:
        context.close()


@contextmanager
def desk(
    browser: Browser, queue: Path, at: str = "", **options: Any
) -> Iterator[tuple[Window, Server]]:
    """A server for a queue, and one window on it with a comment in it."""
    with (
        opened(queue, "--reviewer", "Ann") as server,
        window(browser, server, at, **options) as found,
    ):
        yield found, server


def shown(found: Window) -> str:
    """Wait until a comment is there; give its id."""
    expect(found.part("comment-text")).not_to_be_empty()
    return found.id


def test_a_whole_session_by_keyboard(browser: Browser, queue: Path) -> None:
    """Decide, write a note, undo, redo, skip and go back, without ever touching a mouse."""
    with desk(browser, queue) as (page, server):
        first = shown(page)
        page.press("n")
        page.tab.keyboard.type("too much: 1 2 3")
        page.press("Escape", "2")
        page.has_left(first)
        second = page.id
        assert [
            (one["id"], one["verdict"], one["note"], one["reviewer"]) for one in log_of(queue)
        ] == [(first, "remove", "too much: 1 2 3", "Ann")]
        page.press("1")
        page.has_left(second)
        page.press("z")
        page.tab.wait_for_url(lambda url: second in url)
        assert log_of(queue)[-1]["action"] == "taken back"
        page.press("y")
        page.is_saved()
        page.tab.wait_for_timeout(SETTLED)
        assert (log_of(queue)[-1]["id"], log_of(queue)[-1]["verdict"]) == (second, "approve")
        assert page.complaints == []
        server.end()
    assert {decisions_in(queue)[name] for name in (first, second)} == {"remove", "approve"}


def test_the_page_asks_who_is_reviewing(browser: Browser, queue: Path) -> None:
    """Without --reviewer it asks once, and the name stands beside each decision."""
    with opened(queue) as server, window(browser, server) as page:
        expect(page.part("reviewer-dialog")).to_be_visible()
        page.part("reviewer-name").fill("Zoë O'Neil")
        page.tab.keyboard.press("Enter")
        expect(page.part("reviewer-dialog")).not_to_be_visible()
        shown(page)
        page.press("3")
        page.is_saved()
        assert log_of(queue)[-1]["reviewer"] == "Zoë O'Neil"
        page.tab.reload()
        shown(page)
        expect(page.part("reviewer-dialog")).not_to_be_visible()


def test_two_hundred_keys_later_nothing_is_lost(browser: Browser, queue: Path) -> None:
    """Every row can be decided in one go; the page says so at the end, and the file agrees."""
    with desk(browser, queue) as (page, server):
        shown(page)
        rows = len(decisions_in(queue))
        for _ in range(rows + 1):
            if page.part("nothing").is_visible():
                break
            before = page.id
            page.press("2")
            page.has_left(before)
        expect(page.part("nothing")).to_be_visible()
        server.end()
    assert set(decisions_in(queue).values()) == {"remove"}


def test_slurs_are_masked_until_asked_for(browser: Browser, queue: Path) -> None:
    """The word is nowhere to be seen, one press shows one, the key shows all."""
    with desk(browser, queue, "?search=fenbotch") as (page, _):
        shown(page)
        mask = page.tab.locator("#comment-text button.masked").first
        expect(mask).to_have_text("f•••")
        assert "fenbotch" not in page.tab.locator("main").inner_text()
        assert "fenbotch" not in str(page.tab.locator("main").aria_snapshot())
        mask.click()
        expect(mask).to_have_text("fenbotch")
        mask.click()
        page.press("m")
        expect(mask).to_have_text("fenbotch")


def test_passages_and_terms_are_marked_in_the_text(browser: Browser, queue: Path) -> None:
    """What moved the model and what the word list knows can be told apart in the comment."""
    with desk(browser, queue, "?search=endless") as (page, _):
        shown(page)
        expect(page.tab.locator("#comment-text mark.passage").first).to_contain_text("glorbly")
        page.tab.goto(page.address + "?search=fenbotch")
        shown(page)
        expect(page.tab.locator("#comment-text mark.term").first).to_contain_text("f•••")


def test_hostile_comments_stay_text(browser: Browser, queue: Path) -> None:
    """Markup, scripts, template marks and formulas are shown letter by letter and do nothing."""
    hostile = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'
    with desk(browser, queue, "?search=hacked") as (page, _):
        shown(page)
        assert hostile in page.text
        assert "{{ 7*7 }} ${7*7}" in page.text
        assert page.tab.evaluate("window.hacked") is None
        page.press("l")
        expect(page.part("rows").locator("li").first).to_be_visible()
        assert page.tab.evaluate("window.hacked") is None
        assert page.tab.evaluate("document.images.length") == 0
        assert page.complaints == []


def test_hidden_and_bidirectional_characters_are_shown(browser: Browser, queue: Path) -> None:
    """An override cannot turn the page around: it is written out."""
    with desk(browser, queue, "?search=reversed") as (page, _):
        shown(page)
        assert "⟦U+202E⟧" in page.text
        assert "\u202e" not in page.tab.content()


def test_a_comment_of_100_000_characters_does_not_freeze_the_page(
    browser: Browser, queue: Path
) -> None:
    """It is cut with a word, the rest is one press away, and keys act at once."""
    with desk(browser, queue, "?search=endlessly") as (page, _):
        first = shown(page)
        expect(page.part("whole")).to_be_visible()
        assert len(page.text) < 30_000
        page.part("whole").get_by_role("button").click()
        expect(page.part("whole")).to_be_hidden()
        assert len(page.text) > 100_000
        page.press("4")
        page.is_saved()
        assert (log_of(queue)[-1]["id"], log_of(queue)[-1]["verdict"]) == (first, "unsure")


def test_right_to_left_comments_run_right_to_left(browser: Browser, queue: Path) -> None:
    """An Arabic comment begins at the right, and the page around it does not."""
    with desk(browser, queue, "?search=الجسر") as (page, _):
        shown(page)
        direction = "getComputedStyle(document.querySelector('{}')).direction"
        assert page.tab.evaluate(direction.format("#comment-text")) == "rtl"
        assert page.tab.evaluate(direction.format("body")) == "ltr"


def test_nothing_is_asked_of_any_other_machine(browser: Browser, queue: Path) -> None:
    """All that the page loads comes from its own program."""
    with desk(browser, queue) as (page, server):
        shown(page)
        page.press("l", "b", "b", "?")
        page.tab.wait_for_timeout(SETTLED)
        assert page.requests
        assert all(url.startswith(server.address) for url in page.requests)


def test_filters_stay_in_the_address(browser: Browser, queue: Path) -> None:
    """A reload, a bookmark or the Back button finds the same comments again."""
    with desk(browser, queue) as (page, _):
        shown(page)
        page.press("/")
        page.tab.keyboard.type("market")
        page.tab.keyboard.press("Enter")
        page.tab.wait_for_url("**search=market**")
        page.tab.reload()
        shown(page)
        expect(page.part("search")).to_have_value("market")
        assert "market" in page.tab.locator("main").inner_text().lower()


def test_two_windows_do_not_overwrite_each_other(browser: Browser, queue: Path) -> None:
    """Who comes second is shown what the first decided, and chooses."""
    with ExitStack() as stack:
        server = stack.enter_context(opened(queue, "--reviewer", "Ann"))
        one = stack.enter_context(window(browser, server))
        other = stack.enter_context(window(browser, server))
        name = shown(one)
        assert shown(other) == name
        other.tab.wait_for_timeout(SETTLED)
        # The second window has not looked at the disk yet when it decides.
        one.press("1")
        one.is_saved()
        other.tab.keyboard.press("2")
        expect(other.tab.locator(".clash")).to_be_visible()
        assert [entry["verdict"] for entry in log_of(queue)] == ["approve"]
        other.tab.get_by_role("button", name="Decide it my way").click()
        other.has_left(name)
        assert [entry["verdict"] for entry in log_of(queue)] == ["approve", "remove"]


def test_two_programs_on_one_queue(browser: Browser, queue: Path) -> None:
    """A second moderator's own program works on the same file, and each sees the other's work."""
    with ExitStack() as stack:
        ann = stack.enter_context(opened(queue, "--reviewer", "Ann"))
        bo = stack.enter_context(opened(queue, "--reviewer", "Bo"))
        one = stack.enter_context(window(browser, ann))
        other = stack.enter_context(window(browser, bo))
        name = shown(one)
        shown(other)
        one.press("1")
        one.is_saved()
        other.tab.goto(f"{bo.address}?id={name}")
        expect(other.part("standing")).to_contain_text("Ann", timeout=15_000)


def test_a_spreadsheet_saves_the_same_file(browser: Browser, queue: Path) -> None:
    """What was written there appears here, and what was decided here is not lost by it."""
    with desk(browser, queue) as (page, server):
        first = shown(page)
        ids = [name for name in decisions_in(queue) if name != first]
        page.press("1")
        page.is_saved()
        save_in_spreadsheet(queue, {ids[0]: "remove"}, reviewer="Cy")
        page.tab.goto(f"{server.address}?id={ids[0]}")
        expect(page.part("standing")).to_contain_text("Cy", timeout=15_000)
        server.end()
    record_decisions(queue)
    decisions = decisions_in(queue)
    assert (decisions[first], decisions[ids[0]]) == ("approve", "remove")


def test_a_killed_program_is_said_and_nothing_is_claimed(browser: Browser, queue: Path) -> None:
    """A decision that no program answered is kept on the page and not called saved."""
    with desk(browser, queue) as (page, server):
        first = shown(page)
        page.press("1")
        page.is_saved()
        page.has_left(first)
        second = page.id
        server.process.kill()
        server.process.wait()
        page.press("2")
        expect(page.part("banners")).to_contain_text("Not saved yet")
        assert page.id == second
    assert [entry["id"] for entry in log_of(queue)] == [first]
    with desk(browser, queue) as (page, server):
        shown(page)
        assert page.id != first
        server.end()
    assert decisions_in(queue)[first] == "approve"


def test_a_band_is_decided_in_one_go_and_undone_in_one(browser: Browser, queue: Path) -> None:
    """A range of scores, a sample of it, one verdict, one undo."""
    with desk(browser, queue, "?view=bands&label=toxicity") as (page, _):
        page.part("low").fill("0.85")
        page.part("high").fill("0.95")
        page.tab.keyboard.press("Tab")
        expect(page.part("band-dock")).to_be_visible()
        page.part("band-verdicts").get_by_role("button", name="Remove").click()
        expect(page.part("confirm-dialog")).to_be_visible()
        page.part("confirm-yes").click()
        page.is_saved()
        decided = [entry for entry in log_of(queue) if entry["action"] == "decided"]
        assert len(decided) > 1
        page.press("z")
        page.tab.wait_for_timeout(4 * SETTLED)
        back = [entry for entry in log_of(queue) if entry["action"] == "taken back"]
        assert {entry["id"] for entry in back} == {entry["id"] for entry in decided}


def test_near_duplicates_are_decided_together(browser: Browser, queue: Path) -> None:
    """One verdict for the whole group, when the box is ticked by its key."""
    with desk(browser, queue, "?search=coupon") as (page, _):
        shown(page)
        expect(page.part("group-choice")).to_be_visible()
        page.press("g", "2")
        page.is_saved()
        page.tab.wait_for_timeout(SETTLED)
        assert len({entry["id"] for entry in log_of(queue)}) == 3


def test_keys_can_be_switched_off(browser: Browser, queue: Path) -> None:
    """Who dictates must not decide by a word; the buttons still act."""
    with desk(browser, queue) as (page, _):
        first = shown(page)
        page.part("open-settings").click()
        page.tab.get_by_label("Single keys act").uncheck()
        page.tab.keyboard.press("Escape")
        page.press("1", "2", "z")
        assert page.id == first
        assert log_of(queue) == []
        page.part("verdicts").get_by_role("button", name="Approve").click()
        page.has_left(first)
        assert log_of(queue)[-1]["verdict"] == "approve"


@pytest.mark.parametrize("at", ["", "?view=list", "?view=bands&label=toxicity"])
def test_narrow_screens_and_great_zoom_need_no_sideways_scrolling(
    browser: Browser, queue: Path, at: str
) -> None:
    """320 pixels wide is a phone, and a desk at 400 percent."""
    with desk(browser, queue, at, viewport={"width": 320, "height": 640}) as (page, _):
        page.tab.wait_for_load_state("networkidle")
        page.tab.wait_for_timeout(2 * SETTLED)
        assert page.tab.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("at", ["", "?view=list", "?view=bands&label=toxicity", "?search=fenbotch"])
def test_axe_finds_no_barrier(
    browser: Browser, queue: Path, at: str, scheme: Literal["light", "dark"]
) -> None:
    """No violation of WCAG 2.2 AA, nor of good practice, that a program can find."""
    with desk(browser, queue, at, color_scheme=scheme) as (page, _):
        page.tab.wait_for_load_state("networkidle")
        page.tab.wait_for_timeout(2 * SETTLED)
        found = Axe().run(page.tab)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("at", ["", "?view=list", "?view=bands&label=toxicity"])
def test_every_control_has_a_name_and_a_size(browser: Browser, queue: Path, at: str) -> None:
    """A screen reader can say each control, and a trembling hand can hit it."""
    script = (CASES / "controls.js").read_text(encoding="utf-8")
    with desk(browser, queue, at) as (page, _):
        page.tab.wait_for_load_state("networkidle")
        page.tab.wait_for_timeout(2 * SETTLED)
        problems = page.tab.evaluate(script)
        assert problems == [], json.dumps(problems, indent=1)


def test_the_focus_is_never_lost(browser: Browser, queue: Path) -> None:
    """After each decision the next comment has it, so that a screen reader goes on reading."""
    with desk(browser, queue) as (page, _):
        for key in ("1", "2", "s", "z"):
            before = shown(page)
            page.press(key)
            page.has_left(before)
            page.tab.wait_for_timeout(SETTLED)
            assert page.tab.evaluate("document.activeElement.id") == "comment"
