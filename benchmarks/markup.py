"""How well and how fast comments are found in HTML, beside trafilatura and resiliparse.

    python -m benchmarks.markup [--pages ../shared/pages] [--half all|first|second]

``python -m benchmarks.separator`` prints the same tables at its end. The pages belong to their
sites and are not part of this project; without them nothing is measured.

*What is right.* People marked on each page the whole text of its comments, not single ones. Those
were made from it: elements of the page whose text is in what people marked, with the text that
resiliparse renders of each. For 275 of the 278 pages with comments there are such items, the gold
of ``numbered_raw`` and ``unnumbered_raw``. A comment found is right in two ways:

* *same comment*: its words are those of the gold item once the lines around it are cut that name
  its writer or date or are links (``moderation.separator.heads``, which knows no HTML). The gold
  has such lines in it where a page's classes did not say what they are. A subject line before the
  words is right where people marked it, whether or not the item has it;
* *gold's cut*: it equals the gold item as it stands, or the gold's own body of it.

White space is folded. The bar is for the first. Each item is matched once; what is found beyond
them is wrong, and so are the 12 items of the gold that are an empty form's ('Posted by: |').

*Comments part.* The F1 of the words (with their counts) of all comments, with writers and dates,
against what people marked; median and mean over the pages with comments.

*False alarms.* Pages without comments on which a reader's comment is seen. Notices of other sites
(pingbacks) that are labelled so are none.

trafilatura's comments are the elements of its XML. resiliparse does not part comments: its rows
are the text that it adds with ``comments=True`` and, for single comments, that text through our
separator of plain text.
"""

from __future__ import annotations

import argparse
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.separator import in_half, load, table, verdict
from moderation.markup import separate_html
from moderation.separator import separate
from moderation.separator.heads import read_head

Page = Mapping[str, Any]

COMMENT_BAR = 0.95
MEDIAN_BAR = 0.96
MEAN_BAR = 0.88
ALARM_BAR = 0.015
MILLISECONDS_BAR = 10.0
LONGEST_HEAD = 160
NUMBER_LINE = re.compile(r"[\s#.()\d]+")
DATE_GLUED_TO_NUMBER = re.compile(r"on .{5,40}\d\d ?[ap]m\d+ ")
SMILEYS = re.compile(r"(?:\s*[:;8xX=][-o^']?[)(DPpd|/\\*\]O]+)+")


class Answer(NamedTuple):
    """What a program finds on a page: single comments, all their text, and replies' parents."""

    comments: list[str]
    part: str
    parents: list[int | None]
    false_alarm: bool


Program = Callable[[str], Answer]


def ours(html: str) -> Answer:
    """Return what this project finds."""
    page = separate_html(html)
    places = {comment.id: place for place, comment in enumerate(page.comments)}
    words: list[str] = []
    for comment in page.comments:
        words += (comment.author or "", comment.posted_at or "", comment.text)
    return Answer(
        [comment.text for comment in page.comments],
        "\n".join(words),
        [places.get(comment.parent_id or "") for comment in page.comments],
        any(comment.kind == "comment" for comment in page.comments),
    )


def trafilatura(html: str) -> Answer:
    """Return the elements of what trafilatura takes for comments."""
    document: Any = import_module("trafilatura").bare_extraction(html, include_comments=True)
    etree: Any = import_module("lxml.etree")
    body = getattr(document, "commentsbody", None)
    elements = [] if body is None else body.iter("p", "head", "quote", "item", "code")
    texts = [
        etree.tostring(e, method="text", encoding="unicode", with_tail=False) for e in elements
    ]
    comments = [text for text in texts if text.strip()]
    part = getattr(document, "comments", None) or ""
    return Answer(comments, part, [None] * len(comments), bool(part.strip()))


def resiliparse(html: str) -> Answer:
    """Return the text that resiliparse adds for comments, parted by our separator of text."""
    extract_plain_text: Any = import_module("resiliparse.extract.html2text").extract_plain_text
    with_comments = extract_plain_text(html, main_content=True, comments=True)
    without = Counter(extract_plain_text(html, main_content=True, comments=False).split("\n"))
    part = []
    for line in with_comments.split("\n"):
        if without[line] > 0:
            without[line] -= 1
        elif line.strip():
            part.append(line)
    found = separate(with_comments, whole_items=False).comments
    return Answer(
        [comment.text for comment in found], "\n".join(part), [None] * len(found), bool(part)
    )


PROGRAMS: Mapping[str, tuple[str, Program]] = {
    "ours": ("moderation", ours),
    "trafilatura": ("trafilatura", trafilatura),
    "resiliparse": ("resiliparse", resiliparse),
}


@dataclass(slots=True)
class Tally:
    """Counts over pages."""

    same: int = 0
    exact: int = 0
    found: int = 0
    gold: int = 0
    replies: int = 0
    replies_right: int = 0
    pages: int = 0
    perfect: int = 0
    part_scores: list[float] = field(default_factory=list)
    negatives: int = 0
    alarms: int = 0
    milliseconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add_comments(self, page: Page, gold: Page, answer: Answer) -> None:
        """Count the single comments of a page."""
        matches, exact = _matches(gold, fold(page["gold_comments"]), answer.comments)
        self.same += len(matches)
        self.exact += exact
        self.found += len(answer.comments)
        self.gold += len(gold["comments"])
        self.pages += 1
        if len(matches) == len(answer.comments) == len(gold["comments"]):
            self.perfect += 1
        else:
            self.wrong.append(page["id"])
        places = {item["i"]: place for place, item in enumerate(gold["comments"])}
        for place, item in enumerate(gold["comments"]):
            if item["parent"] in places:
                self.replies += 1
                child, parent = matches.get(place), matches.get(places[item["parent"]])
                if child is not None and parent is not None:
                    self.replies_right += answer.parents[child] == parent

    def f1(self, right: int) -> float:
        """Return F1 of single comments."""
        return 2 * right / max(1, self.found + self.gold)


def _matches(gold: Page, marked: str, comments: Sequence[str]) -> tuple[dict[int, int], int]:
    """Return which comment is which gold item, and how many equal it as the gold cuts it."""
    wanted: dict[str, list[int]] = {}
    exact: set[tuple[int, str]] = set()
    for place, item in enumerate(gold["comments"]):
        for text, is_exact in wordings(gold["text"], item).items():
            wanted.setdefault(text, []).append(place)
            if is_exact:
                exact.add((place, text))
    matches: dict[int, int] = {}
    right = 0
    for number, comment in enumerate(comments):
        text = fold(comment)
        if text not in wanted:
            subject, _, words = comment.partition("\n")
            text = fold(words) if fold(subject) in marked else text
        free = [place for place in wanted.get(text, ()) if place not in matches]
        if free:
            place = free[0]
            matches[place] = number
            right += text == fold(comment) and (place, text) in exact
    return matches, right


def wordings(text: str, item: Page) -> dict[str, bool]:
    """Return the texts that are a gold item's words, and for each whether the gold cuts it so."""
    start, end = item["start"], item["end"]
    body_start, body_end = item["bstart"], item["bend"]
    if body_start is None or not start <= body_start <= body_end <= end:
        body_start, body_end = start, end
    exact = {fold(text[start:end]): True, fold(text[body_start:body_end]): True}
    starts, ends = {start, body_start}, {end, body_end}
    lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"[^\n]+", text[start:end])]
    for first, last in lines:
        if last > body_start:
            if not is_head(text[max(first, body_start) : last].strip()):
                break
            starts.add(last)
    for first, last in reversed(lines):
        if first < body_end:
            if not is_head(text[first:last].strip()):
                break
            ends.add(first)
    smileys = SMILEYS.match(text, body_end, end)
    if smileys is not None:
        ends.add(smileys.end())  # Pictures in the page, which the gold's body leaves out.
    cut = {fold(text[a:b]): False for a in starts for b in ends if a < b}
    return {**cut, **exact}


def is_head(line: str) -> bool:
    """Tell whether a line only names a writer, a date or a number, or is a link."""
    if len(line) > LONGEST_HEAD:
        return False
    return (
        NUMBER_LINE.fullmatch(line) is not None
        or DATE_GLUED_TO_NUMBER.match(line) is not None
        or read_head(line, opens_item=True) is not None
    )


def fold(text: str) -> str:
    """Return a text with its white space folded."""
    return " ".join(text.split())


def word_f1(found: str, wanted: str) -> float:
    """Return the F1 of words, with their counts."""
    ours, gold = Counter(re.findall(r"\w+", found)), Counter(re.findall(r"\w+", wanted))
    common = sum((ours & gold).values())
    return 2 * common / max(1, sum(ours.values()) + sum(gold.values()))


def measure(pages: Iterable[Page], gold: Mapping[str, Page], program: Program) -> Tally:
    """Count one program's answers over pages."""
    tally = Tally()
    for page in pages:
        started = time.process_time()
        answer = program(page["html"])
        tally.milliseconds.append((time.process_time() - started) * 1000)
        wanted = page["gold_comments"].strip()
        if wanted:
            tally.part_scores.append(word_f1(answer.part, wanted))
        elif page["kind"] == "negatives":
            tally.negatives += 1
            tally.alarms += answer.false_alarm
        if page["id"] in gold:
            tally.add_comments(page, gold[page["id"]], answer)
    return tally


def report(folder: Path, half: str, *, show_pages: bool = False) -> None:
    """Print the figures on HTML pages of all programs that are installed."""
    pages = load(folder / "html" / "pages.jsonl.gz")
    gold = {
        str(page["id"]): page
        for name in ("numbered_raw", "unnumbered_raw")
        for page in load(folder / "gold" / f"{name}.jsonl.gz")
    }
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    rows = [
        ["HTML", "half", "pages", "same comment F1", "gold's cut F1", "page right", "bar", ""],
    ]
    parts = [["HTML", "half", "words F1 median", "mean", "false alarms", "ms median", "mean", ""]]
    replies = ""
    for part in ("first", "second", "all") if half == "all" else (half,):
        chosen = [page for page in pages if in_half(page, part)]
        for name, (package, program) in PROGRAMS.items():
            if find_spec(package) is None:
                continue
            tally = measure(chosen, gold, program)
            rows.append(_comment_row(name, part, tally))
            parts.append(_part_row(name, part, tally))
            if name == "ours":
                replies = f"{tally.replies_right} of {tally.replies}"
                if show_pages:
                    print(f"  HTML, {part}: not wholly right: {' '.join(tally.wrong)}")
    table(rows)
    table(parts)
    print(f"  bars: words F1 {MEDIAN_BAR} / {MEAN_BAR}, false alarms {ALARM_BAR:.1%},", end="")
    print(f" {MILLISECONDS_BAR:.0f} ms a page; replies with the right parent: {replies}\n")
    missing = [name for name, (package, _) in PROGRAMS.items() if find_spec(package) is None]
    if missing:
        print(f"  not installed, so not measured: {', '.join(missing)}\n")


def _comment_row(name: str, half: str, tally: Tally) -> list[str]:
    """Return the row on single comments."""
    same = tally.f1(tally.same)
    is_ours = name == "ours"
    return [
        name,
        half,
        str(tally.pages),
        f"{same:.3f}",
        f"{tally.f1(tally.exact):.3f}",
        f"{tally.perfect / max(1, tally.pages):.3f}",
        str(COMMENT_BAR) if is_ours else "",
        verdict(same, COMMENT_BAR) if is_ours else "",
    ]


def _part_row(name: str, half: str, tally: Tally) -> list[str]:
    """Return the row on the comments part, on false alarms and on time."""
    median, mean = statistics.median(tally.part_scores), statistics.mean(tally.part_scores)
    spent = statistics.mean(tally.milliseconds)
    reached = (
        median >= MEDIAN_BAR
        and mean >= MEAN_BAR
        and tally.alarms <= ALARM_BAR * tally.negatives
        and spent <= MILLISECONDS_BAR
    )
    return [
        name,
        half,
        f"{median:.3f}",
        f"{mean:.3f}",
        f"{tally.alarms} of {tally.negatives}",
        f"{statistics.median(tally.milliseconds):.1f}",
        f"{spent:.1f}",
        ("ok" if reached else "short") if name == "ours" else "",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure how comments are found in HTML.")
    parser.add_argument("--pages", type=Path, default=Path("../shared/pages"))
    parser.add_argument("--half", choices=("all", "first", "second"), default="all")
    parser.add_argument("--show-pages", action="store_true", help="name the pages that are wrong")
    options = parser.parse_args(arguments)
    if not (options.pages / "html").is_dir():
        print(f"No HTML pages with gold answers at {options.pages}: nothing is measured.")
        return 0
    report(options.pages, options.half, show_pages=options.show_pages)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
