"""Takes the pictures in docs/screenshots: ``python -m benchmarks.screenshots``.

Writes a few pages of invented comments ('glorb' stands for a slur), scans them with a table of its
own terms, opens `moderation review` on the queue and photographs the main states in Chromium,
driven by Playwright. The two are in the extra ``[test]`` and in Debian's package ``chromium``.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PAGES = 9
COMMENTS_OF_A_PAGE = 34
WIDE = (1280, 800)
NARROW = (320, 720)
STARTS_WITHIN = 20.0
"""Seconds until the program has printed its address."""

TERMS = """term,forms,category,target,severity,ambiguity,hit,miss
glorb,glorbs|glorbly,nationality,people from over there,3,never innocent,a glorb,a globe
"""
NAMES = (
    "Rosalind P.|old_harbour|M. Okafor|Wren|Giorgos|Nightbus 42|Hetty|D. Lindqvist|tidewick_tom|"
    "Lorna V.|Samira|A. Castellano|grumpy at no. 9|ثريا|Jun|Big Ferry Fan"
).split("|")
CIVIL = (
    "I read the whole of it twice and still do not know what it costs.",
    "My mother scrubbed those steps for thirty years.",
    "Thank you to the crew, who stayed until the last of us was home.",
    "The timetable in the hall is from last winter.",
    "There were swans on the slipway this morning.",
    "I should like to hear from the harbour master before we decide.",
    "It was warm, it was on time, and the tea was free.",
    "We had the same in Larkhollow, and it took eleven years.",
)
RUDE = (
    "What an idiotic, useless lot you are.",
    "You are a liar and everybody in this town knows it.",
    "Shut up and go back to your hole, you pathetic little man.",
    "Only a complete moron would believe a word of this.",
    "I hope the whole rotten council sinks with its boat.",
    "You make me sick, you smug fool.",
    "Stupid. Stupid from the first line to the last.",
    "Nobody wants to hear your rubbish, so crawl away and be quiet.",
)
SLURS = (
    "Send the glorbs back on the first boat.",
    "Typical glorb, always the first to complain.",
    "Of course a glorb gets the flat with the view.",
)
TOLD = (
    "I heard somebody at the stop call the new family “glorbs”, and not one of us said a word. I "
    "did not either, and I have been ashamed of it all week."
)
COPIED = (
    "The ferry is for the people who were born here and for nobody else, and I have said so at "
    "every meeting for five years. Every glorb who comes off it should pay double."
)
STORY = (
    "I have kept the chandler’s shop on the quay since 1986, and I have seen four bridges promised "
    "and none built. The ferry has always been late and we have always waited for it, with a flask "
    "and a newspaper, and nobody died of it.\n\n    Whoever wrote this article is a liar and a "
    "fool, and the people who agree with him are worse: ignorant, stupid, spiteful little people. "
    "You disgust me, every one of you. And before the usual glorbs come out to tell me how lucky I "
    "am: I was born here, and I shall be carried out of here past the same steps.\n\n    As for "
    "the tea on board, that was always good. I will talk to anybody who sits down beside me about "
    "the weather and the price of rope."
)
ARABIC = "الجسر القديم أغلق منذ أحد عشر عاما، والبلدية لا تفعل شيئا. متى يفتح؟ (The old bridge)"

OPEN_SLURS = "verdict=undecided&reason=lexicon"

Scheme = Literal["light", "dark"]


def main(
    only: Annotated[str, typer.Option(help="Take only pictures whose name has this in it.")] = "",
) -> None:
    """Take the pictures anew."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra

    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        _make_queue(folder)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        _decide_some(browser, folder)
        for picture in _pictures(browser, folder):
            if only in picture.stem:
                print(f"{picture.name}: {picture.stat().st_size / 1024:,.0f} KiB")
        browser.close()


def _pictures(browser: Browser, folder: Path) -> Iterator[Path]:
    """Every state, in one session of Ada's."""
    with _program(folder, "Ada") as address:
        story = _id_of(address, "chandler")
        for scheme in ("light", "dark"):
            yield _picture(browser, address, story, f"desk-{scheme}", scheme=scheme)
        yield _picture(browser, address, story, "unmasked", keys="m")
        yield _picture(browser, address, story, "grey", chosen={"tone": "grey"})
        copy = _id_of(address, "pay double")
        yield _picture(browser, address, copy, "near-duplicates", keys="gc")
        yield _picture(browser, address, _id_of(address, "(The old bridge)"), "right-to-left")
        yield _picture(browser, address, story, "narrow", size=NARROW)
        yield _picture(browser, address, "", "list", query=f"view=list&{OPEN_SLURS}", keys="jjxjx")
        yield _picture(browser, address, "", "bands", query="view=bands", size=(1280, 1060))
        yield _picture(browser, address, story, "keys", keys="?")
        yield _conflict(browser, folder, address)
    yield _not_saved(browser, folder)


def _picture(  # noqa: PLR0913 - one for each thing that a picture varies
    browser: Browser,
    address: str,
    comment: str,
    name: str,
    *,
    query: str = "",
    keys: str = "",
    size: tuple[int, int] = WIDE,
    scheme: Scheme = "light",
    chosen: dict[str, str] | None = None,
) -> Path:
    page = _opened(browser, size, scheme, chosen)
    page.goto(f"{address}?{query or f'id={comment}'}")
    _settled(page)
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    return _taken(page, name)


def _conflict(browser: Browser, folder: Path, address: str) -> Path:
    """Ben decides a comment, with a reason, while Ada reads it."""
    told = _id_of(address, "not one of us")
    ada = _opened(browser, WIDE, "light")
    ada.goto(f"{address}?id={told}")
    _settled(ada)
    ada.keyboard.press("n")
    ada.keyboard.type("It is quoted, and condemned.")
    ada.keyboard.press("Escape")
    with _program(folder, "Ben") as other:
        ben = _opened(browser, WIDE, "light")
        ben.goto(f"{other}?id={told}")
        _settled(ben)
        ben.keyboard.press("n")
        ben.keyboard.type("We print that word nowhere.")
        ben.keyboard.press("Escape")
        ben.keyboard.press("2")
        ben.get_by_text("Undo").first.wait_for()
        ada.keyboard.press("1")
        ada.get_by_text("Somebody was here before you").wait_for()
        ben.context.close()
    return _taken(ada, "conflict")


def _not_saved(browser: Browser, folder: Path) -> Path:
    """The program is gone when Ada decides."""
    with _program(folder, "Ada") as address:
        page = _opened(browser, WIDE, "light")
        page.goto(f"{address}?id={_id_of(address, 'chandler')}")
        _settled(page)
        page.keyboard.press("n")
        page.keyboard.type("See the second paragraph.")
        page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.get_by_text("Not saved yet:").wait_for()
    return _taken(page, "not-saved")


def _opened(
    browser: Browser, size: tuple[int, int], scheme: Scheme, chosen: dict[str, str] | None = None
) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    if chosen:
        kept = json.dumps(json.dumps(chosen))
        page.add_init_script(f"localStorage.setItem('moderation-review', {kept})")
    return page


def _settled(page: Page) -> None:
    """Until the comment is there and what is around it."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


def _taken(page: Page, name: str) -> Path:
    page.wait_for_timeout(200)
    picture = PICTURES / f"{name}.png"
    page.screenshot(path=picture)
    page.context.close()
    return picture


def _decide_some(browser: Browser, folder: Path) -> None:
    """A colleague has worked on the queue before."""
    with _program(folder, "Ben") as address:
        page = _opened(browser, WIDE, "light")
        for number, key in ((6, "1"), (7, "2"), (8, "4"), (9, "3")):
            reason = "" if key == "1" else "&reason=lexicon"
            page.goto(f"{address}?view=list&page=pages/ferry-{number}.txt{reason}")
            _settled(page)
            for tick in page.locator("#rows input").all()[::2]:
                tick.check()
            page.keyboard.press(key)
            page.get_by_text("Undo").first.wait_for()
        page.context.close()


def _id_of(address: str, words: str) -> str:
    """The first comment in which the words stand."""
    query = urllib.parse.urlencode({"search": f'"{words}"', "limit": 1})
    with urllib.request.urlopen(f"{address}api/rows?{query}") as answer:
        found: dict[str, Any] = json.load(answer)
    return str(found["rows"][0]["id"])


@contextmanager
def _program(folder: Path, reviewer: str) -> Iterator[str]:
    """`moderation review` on the queue; gives its address."""
    command = [sys.executable, "-m", "moderation", "review", "queue.csv", "--no-browser"]
    log = folder / f"{reviewer}.txt"
    with log.open("w") as output:
        program = subprocess.Popen(
            [*command, "--reviewer", reviewer], cwd=folder, env=_surroundings(), stdout=output
        )
    try:
        yield _address(log)
    finally:
        program.terminate()
        program.wait()


def _address(log: Path) -> str:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if found := re.search(r"http://\S+/", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise TimeoutError(log.read_text())


def _surroundings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


def _make_queue(folder: Path) -> None:
    """Invented pages, scanned."""
    seed = random.Random(6)
    (folder / "pages").mkdir()
    for number in range(PAGES):
        path = folder / "pages" / f"ferry-{number + 1}.txt"
        path.write_text(_page_text(number, seed), encoding="utf-8")
    terms = folder / "en-desk.csv"
    terms.write_text(TERMS, encoding="utf-8")
    command = [sys.executable, "-m", "moderation", "scan", "pages", "-o", "queue.csv"]
    command += ["--terms", terms.name, "--audit-sample", "60"]
    run = subprocess.run(
        command, check=False, cwd=folder, env=_surroundings(), capture_output=True, text=True
    )
    if run.returncode not in {0, 1} or not (folder / "queue.csv").exists():
        raise RuntimeError(run.stderr)


def _page_text(number: int, seed: random.Random) -> str:
    texts = [_comment(seed) for _ in range(COMMENTS_OF_A_PAGE)]
    special = {
        0: [STORY, TOLD],
        1: [COPIED, ARABIC],
        2: [COPIED.replace("five", "six")],
        3: [COPIED.upper()],
    }
    for place, text in enumerate(special.get(number, []), start=5):
        texts[place] = text
    comments = [
        f"  {place}. {seed.choice(NAMES)}\n    June {seed.randint(10, 28)}, 2026 at "
        f"{seed.randint(7, 11)}:{seed.randint(10, 59)} am\n\n    {text}\n"
        for place, text in enumerate(texts, start=1)
    ]
    title = f"The ferry, part {number + 1}"
    head = f"{title}\n\nThe council has put off the bridge again.\n\n"
    return "\n".join([f"{head}{len(texts)} Responses to “{title}”\n", *comments])


def _comment(seed: random.Random) -> str:
    kinds = seed.choices((CIVIL, RUDE, SLURS), weights=(5, 6, 2), k=seed.randint(1, 3))
    return " ".join(dict.fromkeys(seed.choice(kind) for kind in kinds))


if __name__ == "__main__":
    typer.run(main)
