"""How well and how fast comments are found: bars, floors and figures on pages with gold answers.

    python -m benchmarks.separator [--pages ../shared/pages] [--half all|first|second]

At its end stand the figures on HTML, from ``benchmarks.markup``.

The pages belong to their sites and are not part of this project; without them there are only the
figures of speed. A comment is right when its text equals the gold item or the gold body once white
space is folded. The halves are drawn by a hash of the page's number, so that one can be kept unseen
while the separator is changed.
"""

from __future__ import annotations

import argparse
import bisect
import gzip
import hashlib
import json
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from moderation.separator import separate

Page = Mapping[str, Any]

GOLD_SETS = ("numbered", "numbered_raw", "unnumbered", "unnumbered_raw")
VARIANTS = ("indentation stripped", "n)", "#n", "no blank lines")
BIG_PAGE_COMMENTS = 100_000
BIG_PAGE_SECONDS = 5.0
ORDINARY_PAGE_MILLISECONDS = 1.0


class Found(NamedTuple):
    """A comment as any of the programs finds it; ``parent`` is a place in the list of comments."""

    number: int | None
    start: int
    end: int
    level: int = 0
    parent: int | None = None


Program = Callable[[str], list[Found]]


def ours(text: str) -> list[Found]:
    """Return what the separator finds."""
    comments = separate(text).comments
    places = {comment.id: place for place, comment in enumerate(comments)}
    return [
        Found(
            comment.number,
            comment.start,
            comment.end,
            comment.level,
            places[comment.parent_id] if comment.parent_id is not None else None,
        )
        for comment in comments
    ]


_ANY_NUMBER = re.compile(r"^[ \t]*(?:#(\d{1,6})|(\d{1,6})[.)])[ \t]", re.M)
_INDENTED_NUMBER = re.compile(r"^( +)(\d{1,6})\.[ \t]")
_HEADING = re.compile(r"comment|respons|repl(?:y|ies)|thoughts|kommentar|antwort|gedanken", re.I)
_CLOSING = re.compile(
    r"^\W*(?:comments are closed|leave a|post a|add a|schreibe|kommentar|got something|subscribe)",
    re.I,
)


def floor_b1(text: str) -> list[Found]:
    """Floor B1: every line that begins with ``n.``, ``n)`` or ``#n`` begins a comment."""
    starts = [(int(m[1] or m[2]), m.start(), m.end()) for m in _ANY_NUMBER.finditer(text)]
    stops = [*(start for _, start, _ in starts[1:]), len(text)][: len(starts)]
    return [
        _trimmed(text, number, begin, stop)
        for (number, _, begin), stop in zip(starts, stops, strict=True)
    ]


def floor_b2(text: str) -> list[Found]:
    """Floor B2: the last indented run; an item ends where the indentation falls back."""
    return _last_run(text)[0]


def floor_b3(text: str) -> list[Found]:
    """Floor B3: as B2, but only near a heading, a closing line or after two blank lines."""
    found, above, below, blank_lines = _last_run(text)
    near = (
        blank_lines >= 2
        or any(_HEADING.search(line) and len(line) < 160 for line in above)
        or any(_CLOSING.match(line) for line in below)
    )
    return found if near else []


def _last_run(text: str) -> tuple[list[Found], list[str], list[str], int]:
    """Return the last indented run, three lines above and below it, and the blank lines before."""
    lines, position = [], 0
    for line in text.split("\n"):
        lines.append((position, line))
        position += len(line) + 1
    runs: list[list[int]] = []
    indent = 0
    for index, (_, line) in enumerate(lines):
        match = _INDENTED_NUMBER.match(line)
        margin = len(line) - len(line.lstrip(" "))
        if match and (not runs or not indent or margin < indent):
            runs.append([index])
            indent = margin
        elif match and margin == indent:
            runs[-1].append(index)
        elif line.strip() and margin < max(indent, 1):
            indent = 0
    if not runs:
        return [], [], [], 0
    run = runs[-1]
    margin = len(lines[run[0]][1]) - len(lines[run[0]][1].lstrip(" "))
    last = next(
        (
            index
            for index in range(run[-1] + 1, len(lines))
            if lines[index][1].strip()
            and len(lines[index][1]) - len(lines[index][1].lstrip(" ")) <= margin
        ),
        len(lines),
    )
    stops = [lines[index][0] for index in run[1:]]
    stops.append(lines[last][0] if last < len(lines) else len(text))
    found = []
    for index, stop in zip(run, stops, strict=True):
        match = _INDENTED_NUMBER.match(lines[index][1])
        if match:
            found.append(_trimmed(text, int(match[2]), lines[index][0] + match.end(), stop))
    blank_lines = 0
    while run[0] - blank_lines > 0 and not lines[run[0] - blank_lines - 1][1].strip():
        blank_lines += 1
    above = [line for _, line in lines[: run[0]] if line.strip()][-3:]
    below = [line for _, line in lines[last:] if line.strip()][:3]
    return found, above, below, blank_lines


def _trimmed(text: str, number: int, start: int, stop: int) -> Found:
    """Return a comment without the white space around it."""
    content = text[start:stop]
    start += len(content) - len(content.lstrip())
    return Found(number, start, start + len(content.strip()))


PROGRAMS: Mapping[str, Program] = {
    "ours": ours,
    "B1": floor_b1,
    "B2": floor_b2,
    "B3": floor_b3,
}


@dataclass(slots=True)
class Tally:
    """Counts over pages: items right, found and in the gold, for texts, numbers and replies."""

    right: int = 0
    found: int = 0
    gold: int = 0
    numbers_right: int = 0
    numbers_found: int = 0
    numbers_gold: int = 0
    replies_right: int = 0
    replies: int = 0
    pages: int = 0
    perfect: int = 0
    wrong_pages: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Return F1 of exact texts."""
        return 2 * self.right / max(1, self.found + self.gold)

    @property
    def numbers_f1(self) -> float:
        """Return F1 of numbers found at their place."""
        return 2 * self.numbers_right / max(1, self.numbers_found + self.numbers_gold)

    @property
    def perfect_share(self) -> float:
        """Return the share of pages on which every comment is right and none is added."""
        return self.perfect / max(1, self.pages)

    def add(self, name: str, text: str, gold: Sequence[Page], found: Sequence[Found]) -> None:
        """Count one page."""
        matches = _matches(text, gold, found)
        self.right += len(matches)
        self.found += len(found)
        self.gold += len(gold)
        self.pages += 1
        if len(matches) == len(gold) == len(found):
            self.perfect += 1
        else:
            self.wrong_pages.append(name)
        places = {
            (item["num"], start)
            for item in gold
            if item["num"] is not None
            for start in {item["start"], item["bstart"]}
        }
        self.numbers_right += sum((item.number, item.start) in places for item in found)
        self.numbers_found += sum(item.number is not None for item in found)
        self.numbers_gold += sum(item["num"] is not None for item in gold)
        by_name = {item["i"]: place for place, item in enumerate(gold)}
        for place, item in enumerate(gold):
            if item.get("level", item["depth"]) and item["parent"] in by_name:
                self.replies += 1
                match = matches.get(place)
                parent = matches.get(by_name[item["parent"]])
                if match is not None and parent is not None and found[match].parent == parent:
                    self.replies_right += 1


def _matches(text: str, gold: Sequence[Page], found: Sequence[Found]) -> dict[int, int]:
    """Return which found comment equals which gold one, each used once."""
    wanted: dict[str, list[int]] = {}
    for place, item in enumerate(gold):
        for start, end in {(item["start"], item["end"]), (item["bstart"], item["bend"])}:
            if start is not None:
                wanted.setdefault(_fold(text[start:end]), []).append(place)
    matches: dict[int, int] = {}
    for number, comment in enumerate(found):
        for place in wanted.get(_fold(text[comment.start : comment.end]), ()):
            if place not in matches:
                matches[place] = number
                break
    return matches


def _fold(text: str) -> str:
    """Return a text with its white space folded."""
    return " ".join(text.split())


def variant(page: Page, kind: str) -> tuple[str, list[dict[str, Any]]]:
    """Return a page written another way, with its gold answer moved along exactly."""
    text: str = page["text"]
    if kind == "indentation stripped":
        edits = [(m.start(), m.end(), "") for m in re.finditer(r"(?m)^[ \t]+", text)]
    elif kind == "no blank lines":
        edits = [(m.start(), m.end(), "\n") for m in re.finditer(r"\n(?:[ \t]*\n)+", text)]
    else:
        edits = []
        for item in page["comments"]:
            match = re.compile(r"(\d+)\.").match(text, item["num_start"] or 0)
            if item["num"] is not None and match:
                edits.append((match.start(), match.end(), kind.replace("n", match[1])))
    moved = _Edited(text, sorted(edits))
    gold = [
        {**item, **{key: moved.at(item[key]) for key in ("start", "end", "bstart", "bend")}}
        for item in page["comments"]
    ]
    return moved.text, gold


class _Edited:
    """A text after edits, and where its old positions went."""

    def __init__(self, text: str, edits: Sequence[tuple[int, int, str]]) -> None:
        pieces, last, shift = [], 0, 0
        self._starts: list[int] = []
        self._moves: list[tuple[int, int, int]] = []
        for start, end, new in edits:
            pieces += [text[last:start], new]
            self._starts.append(start)
            self._moves.append((end, start + shift, len(new)))
            shift += len(new) - (end - start)
            last = end
        self.text = "".join([*pieces, text[last:]])

    def at(self, position: int) -> int:
        """Return the new place of an old position."""
        place = bisect.bisect_right(self._starts, position) - 1
        if place < 0:
            return position
        end, start, length = self._moves[place]
        if position >= end:
            return start + length + position - end
        return start + min(length, position - self._starts[place])


def load(path: Path) -> list[Page]:
    """Return the pages of a gold file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def in_half(page: Page, half: str) -> bool:
    """Tell whether a page belongs to a half; a page and its raw rendering are in the same."""
    if half == "all":
        return True
    number = str(page["id"]).lstrip("RN")
    second = hashlib.sha256(number.encode()).digest()[0] % 2 == 1
    return second == (half == "second")


def table(rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns."""
    rows = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  " + "  ".join(cells).rstrip())
    print()


def verdict(value: float, bar: float) -> str:
    """Say whether a figure reaches its bar."""
    return "ok" if round(value, 4) >= bar else "short"


def measure(pages: Iterable[tuple[str, str, Sequence[Page]]], program: Program) -> Tally:
    """Count one program's answers over pages."""
    tally = Tally()
    for name, text, gold in pages:
        tally.add(name, text, gold, program(text))
    return tally


def report_gold(folder: Path, half: str, names: Sequence[str], *, show_pages: bool) -> None:
    """Print the figures on pages with numbered and unnumbered comments."""
    bars = {
        "numbered": (0.985, 0.93),
        "numbered_raw": (0.975, 0.90),
        "unnumbered": (0.85, None),
        "unnumbered_raw": (0.85, None),
    }
    rows = [["set", "pages", "program", "numbers F1", "text F1", "page right", "bars", ""]]
    replies, replies_right = 0, 0
    for name in GOLD_SETS:
        pages = [page for page in load(folder / f"{name}.jsonl.gz") if in_half(page, half)]
        for program in names if name.startswith("numbered") else ["ours"]:
            tally = measure(_as_they_are(pages), PROGRAMS[program])
            bar, page_bar = bars[name]
            passed = verdict(tally.f1, bar)
            if page_bar is not None and verdict(tally.perfect_share, page_bar) == "short":
                passed = "short"
            is_ours = program == "ours"
            rows.append(
                [
                    name,
                    str(len(pages)),
                    program,
                    f"{tally.numbers_f1:.3f}" if name.startswith("numbered") else "–",
                    f"{tally.f1:.3f}",
                    f"{tally.perfect_share:.3f}",
                    (f"{bar} / {page_bar}" if page_bar else f"{bar}") if is_ours else "",
                    passed if is_ours else "",
                ]
            )
            if is_ours and name.startswith("numbered"):
                replies += tally.replies
                replies_right += tally.replies_right
            if is_ours and show_pages:
                print(f"  {name}: not wholly right: {' '.join(tally.wrong_pages)}")
    table(rows)
    share = replies_right / max(1, replies)
    print(f"  replies with the right parent: {replies_right} of {replies}", end="")
    print(f" = {share:.3f}; bar 0.90: {verdict(share, 0.90)}\n")


def _as_they_are(pages: Iterable[Page]) -> Iterator[tuple[str, str, Sequence[Page]]]:
    """Yield pages as ``measure`` takes them."""
    for page in pages:
        yield str(page["id"]), page["text"], page["comments"]


def report_variants(folder: Path, half: str, names: Sequence[str]) -> None:
    """Print the figures on the numbered pages written in other ways."""
    pages = [page for page in load(folder / "numbered.jsonl.gz") if in_half(page, half)]
    rows = [["made from numbered", "program", "numbers F1", "text F1", "page right", "bars", ""]]
    for kind in VARIANTS:
        made = [(str(page["id"]), *variant(page, kind)) for page in pages]
        for program in names:
            tally = measure(made, PROGRAMS[program])
            passed = (
                "ok"
                if "short" not in (verdict(tally.f1, 0.95), verdict(tally.perfect_share, 0.75))
                else "short"
            )
            rows.append(
                [
                    kind,
                    program,
                    f"{tally.numbers_f1:.3f}",
                    f"{tally.f1:.3f}",
                    f"{tally.perfect_share:.3f}",
                    "0.95 / 0.75" if program == "ours" else "",
                    passed if program == "ours" else "",
                ]
            )
    table(rows)


def report_negatives(folder: Path, half: str, names: Sequence[str], *, show_pages: bool) -> None:
    """Print on how many pages without comments some are found."""
    pages = [page for page in load(folder / "negatives.jsonl.gz") if in_half(page, half)]
    rows = [["pages without comments", "program", "with a false comment", "bar", ""]]
    for program in names:
        false = [str(page["id"]) for page in pages if PROGRAMS[program](page["text"])]
        is_ours = program == "ours"
        rows.append(
            [
                str(len(pages)),
                program,
                str(len(false)),
                "at most 1" if is_ours else "",
                ("ok" if len(false) <= 1 else "short") if is_ours else "",
            ]
        )
        if is_ours and show_pages:
            print(f"  negatives with a false comment: {' '.join(false)}")
    table(rows)


def report_short(folder: Path, names: Sequence[str]) -> None:
    """Print on how many short pages the numbers are right, and how many traps fired."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    manifest = [json.loads(line) for line in lines]
    rows = [["short pages", "program", "sequences right", "traps fired", "bar", ""]]
    for program in names:
        right = fired = traps = 0
        for entry in manifest:
            found = PROGRAMS[program]((folder / entry["file"]).read_text(encoding="utf-8"))
            numbers = [item.number for item in found if not item.level and item.number is not None]
            right += numbers == entry["expect"]
            empty = not (entry["expect"] or entry["unnumbered"] or entry["orphan_nested"])
            if empty or entry["listicle"]:
                traps += 1
                fired += bool(found) if empty else numbers != entry["expect"]
        is_ours = program == "ours"
        passed = "ok" if right >= len(manifest) - 1 and fired == 0 else "short"
        rows.append(
            [
                str(len(manifest)),
                program,
                str(right),
                f"{fired} of {traps}",
                f"{len(manifest) - 1} and 0" if is_ours else "",
                passed if is_ours else "",
            ]
        )
    table(rows)


def report_time(folder: Path | None) -> None:
    """Print the time for ordinary pages and for a very large one."""
    rows = [["pages", "median length", "median ms", "mean ms", "bar", ""]]  # of processor time
    for name in (*GOLD_SETS, "negatives") if folder is not None else ():
        assert folder is not None
        texts = [page["text"] for page in load(folder / f"{name}.jsonl.gz")]
        times = []
        for text in texts:
            started = time.process_time()
            separate(text)
            times.append((time.process_time() - started) * 1000)
        median = statistics.median(times)
        rows.append(
            [
                name,
                f"{statistics.median(map(len, texts)):,.0f}",
                f"{median:.2f}",
                f"{statistics.mean(times):.2f}",
                f"{ORDINARY_PAGE_MILLISECONDS:.0f} ms",
                "ok" if median <= ORDINARY_PAGE_MILLISECONDS else "short",
            ]
        )
    if len(rows) > 1:
        table(rows)
    rows = [["made page", "size", "comments", "seconds", "processor", "bar", ""]]
    for label, make, count in (
        ("one line a comment", plain_page, BIG_PAGE_COMMENTS // 10),
        ("one line a comment", plain_page, BIG_PAGE_COMMENTS),
        ("head, date, 'Reply'", headed_page, BIG_PAGE_COMMENTS // 10),
        ("head, date, 'Reply'", headed_page, BIG_PAGE_COMMENTS),
    ):
        text = make(count)
        started, used = time.perf_counter(), time.process_time()
        found = separate(text).receipt.found
        seconds, used = time.perf_counter() - started, time.process_time() - used
        rows.append(
            [
                label,
                f"{len(text) / 1e6:.1f} MB",
                f"{found:,}",
                f"{seconds:.2f}",
                f"{used:.2f}",
                f"{BIG_PAGE_SECONDS:.0f} s",
                "ok" if seconds < BIG_PAGE_SECONDS and found == count else "short",
            ]
        )
    table(rows)


def plain_page(count: int) -> str:
    """Return a page of numbered comments without heads, about 200 characters each."""
    items = (
        f"  {number}. I read this twice and comment {number} is what came of it."
        f"{' More words.' * (6 + number % 13)}\n\n"
        for number in range(1, count + 1)
    )
    return f"Title\n\nAn article.\n\n{count} Comments\n\n{''.join(items)}Leave a Reply\n"


def headed_page(count: int) -> str:
    """Return a page of numbered comments with heads and links, about 200 characters each."""
    items = (
        f"  {number}. Reader {number} says:\n"
        f"    July {number % 28 + 1}, 2012 at 10:{number % 60:02d} am\n\n"
        f"    I read this and thank you.{' More words.' * (3 + number % 13)}\n\n    Reply\n\n"
        for number in range(1, count + 1)
    )
    return f"Title\n\nAn article.\n\n{count} Comments\n\n{''.join(items)}Leave a Reply\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description="Measure the separator on pages with gold answers."
    )
    parser.add_argument("--pages", type=Path, default=Path("../shared/pages"))
    parser.add_argument("--half", choices=("all", "first", "second"), default="all")
    parser.add_argument("--only", nargs="*", choices=tuple(PROGRAMS), default=list(PROGRAMS))
    parser.add_argument(
        "--show-pages", action="store_true", help="name the pages that are not right"
    )
    options = parser.parse_args(arguments)
    gold = options.pages / "gold"
    if not gold.is_dir():
        print(f"No pages with gold answers at {options.pages}: only speed is measured.\n")
        report_time(None)
        return 0
    print(f"Pages with gold answers, half: {options.half}\n")
    report_gold(gold, options.half, options.only, show_pages=options.show_pages)
    report_variants(gold, options.half, options.only)
    report_negatives(gold, options.half, options.only, show_pages=options.show_pages)
    report_short(options.pages / "short", options.only)
    report_time(gold)
    if (options.pages / "html").is_dir():
        import_module("benchmarks.markup").report(options.pages, options.half)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
