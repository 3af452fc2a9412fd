"""The report adds up, says what it rests on, and opens anywhere without asking anybody."""

import csv
import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.measures import Share
from moderation.records import Comment, Decision, Outcome, Reason, ScoredComment, Verdict
from moderation.report import Findings, findings_of, read_material
from moderation.report.counting import days_of_work, pairs_of_reviewers
from moderation.report.curves import MOST_POINTS, at, curve
from moderation.report.findings import DayOfWork, MissRate, Origins, Rows
from moderation.report.sentences import percent, share_with_interval
from moderation.review_queue import COLUMNS
from moderation.review_queue.cells import to_cell
from moderation.review_queue.decision_log import Action, LogEntry, append
from moderation.review_queue.reasons import code_in_words
from moderation.scores import scores_bytes

from .conftest import PROJECT, Run, program

LABELS = ("toxicity", "insult")
THRESHOLDS = {"toxicity": 0.7}
CSS = (PROJECT / "moderation" / "report" / "page.css").read_text()
HOSTILE_NAMES = (
    "<script>alert(1)</script>.txt",
    '"><img src=http://example.org/x onerror=alert(1)>.txt',
    "$\\frac{1}{0}$ 100 % $x.txt",
    "{{ 7 * 7 }}{% for %}.txt",
    "]]></style></svg><b>.txt",
    "\u202egpj.exe\u202c \u0634\u0643\u0631\u0627.txt",
    "a\x1b[2J\nb.txt",
)


def name(number: int) -> str:
    return f"c{number:016x}"


class Desk:
    """A queue with everything beside it, made of one line for each comment."""

    def __init__(self, folder: Path) -> None:
        self.queue = folder / "queue.csv"
        self.receipt = folder / "queue.receipt.json"
        self.scores = folder / "queue.scores.parquet"
        self.log = folder / "queue.decisions.jsonl"
        self.scored: list[tuple[ScoredComment, Verdict]] = []
        self.rows: list[dict[str, str]] = []
        self.sample: list[str] = []

    def comment(
        self,
        decision: str | None = None,
        score: float = 0.9,
        outcome: Outcome = "flagged",
        source: str = "a.txt",
        **cells: str,
    ) -> str:
        """Add a comment; it gets a row unless its decision is None."""
        id_ = name(len(self.scored) + 1)
        comment = Comment(id=id_, document_id=source, number=1, start=0, end=5, text="glorb")
        reasons = {
            "flagged": (Reason(code="toxicity.toxicity", detail="toxicity", value=score),),
            "not_checked": (Reason(code="not_checked.language", detail="unknown language"),),
        }.get(outcome, ())
        is_scored = outcome != "not_checked"
        scored = ScoredComment(
            comment=comment,
            source=source,
            language="en",
            toxicity={"toxicity": score, "insult": score / 2} if is_scored else {},
            status="scored" if is_scored else "unsupported_language",
        )
        verdict = Verdict(
            comment_id=id_,
            outcome=outcome,
            priority=round(90 * score),
            reasons=reasons,
        )
        self.scored.append((scored, verdict))
        if decision is not None:
            row = {"id": id_, "priority": str(verdict.priority), "decision": decision}
            self.rows.append(row | {"source": source} | cells)
        return id_

    def write(self, parts: Sequence[str] = ("receipt", "scores")) -> Path:
        """Write the queue and what else was asked for."""
        with self.queue.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in self.rows:
                writer.writerow([to_cell(row.get(column, "")) for column in COLUMNS])
        if "scores" in parts:
            self.scores.write_bytes(scores_bytes(self.scored, LABELS))
        if "receipt" in parts:
            self.receipt.write_text(json.dumps(self._receipt()), encoding="utf-8")
        return self.queue

    def findings(self, parts: Sequence[str] = ("receipt", "scores")) -> Findings:
        return findings_of(read_material(self.write(parts)))

    def _receipt(self) -> dict[str, Any]:
        sources = sorted({scored.source for scored, _ in self.scored})
        passed = self._counts()["passed"]
        return {
            "settings": {
                "tool": "moderation 9",
                "policy": {"name": "desk", "thresholds": THRESHOLDS, "queue_unchecked": True},
            },
            "comments": self._counts(),
            "not_checked_because": {"unknown language": self._counts()["not_checked"]},
            "pages_failed": [{"source": "broken.txt", "reason": "it is no text"}],
            "files_skipped": [],
            "pages": [{"source": one, "comments": self._counts(one)} for one in sources],
            "finished_at": "2026-11-23T23:54:53+00:00",
            "audit_sample": {"asked": len(self.sample), "drawn_from": passed, "ids": self.sample},
        }

    def _counts(self, source: str = "") -> dict[str, int]:
        outcomes = [v.outcome for s, v in self.scored if not source or s.source == source]
        kinds: tuple[Outcome, ...] = ("flagged", "passed", "not_checked")
        return {"found": len(outcomes)} | {kind: outcomes.count(kind) for kind in kinds}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk with something for every figure."""
    for number in range(60):
        score = 0.7 + number / 200
        desk.comment("remove" if number % 3 or number > 40 else "approve", score)
    for number in range(20):
        id_ = desk.comment("remove" if number == 3 else "approve", 0.1, "passed", "b.txt")
        desk.sample.append(id_)
    for number, source in enumerate(HOSTILE_NAMES):
        desk.comment("", 0.8, source=source, reviewer=f"person {number}")
    desk.comment("approve", outcome="not_checked", source="c.txt")
    append(desk.log, [entry(id_, "remove", "Ana") for id_ in map(name, range(1, 9))])
    append(desk.log, [entry(name(1), "remove", "Ana | <b>Bo</b>")])
    append(desk.log, [entry(name(2), "remove", "Ana", "in conflict")])
    append(desk.log, [entry(name(2), "approve", "<b>Bo</b>", "in conflict")])
    return desk


def entry(
    id_: str, verdict: Any, reviewer: str, action: Action = "decided", day: str = "2026-11-20"
) -> LogEntry:
    return LogEntry(
        recorded_at=f"{day}T09:00:00+00:00",
        action=action,
        decision=Decision(comment_id=id_, verdict=verdict, reviewer=reviewer),
        decided_under="moderation 9",
        recorded_by="moderation 9",
    )


def test_every_row_and_every_comment_is_counted_once(desk: Desk) -> None:
    """The sums come out, by verdict and by why a row is there."""
    for decision in ("approve", "remove", "escalate", "unsure", "", "glorb?", "approve | remove"):
        desk.comment(decision)
    desk.comment("remove", state="gone")
    desk.comment("approve", outcome="passed", state="no longer flagged")
    desk.comment("", outcome="not_checked")
    desk.comment(None, outcome="passed")
    desk.sample.append(desk.comment("", outcome="passed"))
    findings = desk.findings()
    assert findings.rows == Rows(
        approve=2, remove=2, escalate=1, unsure=1, undecided=3, conflicts=1, unknown=1
    )
    assert findings.origins == Origins(
        flagged=7, not_checked=1, gone=1, no_longer_flagged=1, audit_sample=1
    )
    assert [check.holds for check in findings.checks] == [True] * 4
    assert findings.checks[0].sentence == (
        "12 comments found = 8 flagged + 3 passed + 1 not checked"
    )


def test_a_row_that_was_deleted_is_missed(desk: Desk) -> None:
    """A flagged comment without a row is lost work, and the report says that it does not add up."""
    desk.comment("approve")
    desk.comment(None)
    last = desk.findings().checks[-1]
    assert not last.holds
    assert last.sentence == (
        "1 readable row = 1 flagged + 0 not checked; 1 flagged comment without a row"
    )


def test_precision_rests_on_peoples_own_verdicts_of_flags(desk: Desk) -> None:
    """Unsure, undecided, carried over, unchecked and sampled rows count for neither side."""
    for decision in ("remove", "escalate", "approve", "unsure", ""):
        desk.comment(decision)
    desk.comment("remove", decided_with=name(1))
    desk.comment("remove", outcome="not_checked")
    desk.sample.append(desk.comment("remove", outcome="passed"))
    findings = desk.findings()
    assert findings.precision == Share(hits=2, trials=3)
    assert findings.fanned_out == 1
    by_code = {reason.code: reason for reason in findings.reasons}
    assert by_code["toxicity.toxicity"].rows == 6
    assert by_code["toxicity.toxicity"].precision == Share(hits=2, trials=3)
    assert by_code["not_checked.language"].precision == Share(hits=1, trials=1)


def test_the_miss_rate_comes_from_the_sample_alone(desk: Desk) -> None:
    """Hits among the unflagged comments that were judged, and what that means for all of them."""
    for number in range(100):
        decision = "remove" if number < 4 else "approve" if number < 80 else ""
        desk.sample.append(desk.comment(decision, 0.1, "passed"))
    for _ in range(900):
        desk.comment(None, 0.1, "passed")
    miss = desk.findings().miss_rate
    assert miss == MissRate(share=Share(hits=4, trials=80), asked=100, drawn_from=1000)
    assert miss.waiting == 20
    assert miss.missed == (20, 122)


def test_what_is_missing_beside_the_queue_is_said(desk: Desk) -> None:
    """The queue alone still gives a report, with what it could not tell."""
    desk.comment("approve")
    findings = desk.findings(parts=())
    assert findings.rows.approve == 1
    gaps = " ".join(findings.gaps)
    assert "no receipt queue.receipt.json" in gaps
    assert "There is no scores file" in gaps
    assert "no log queue.decisions.jsonl" in gaps


def test_a_broken_receipt_is_no_end(desk: Desk) -> None:
    """A file that was cut off costs its figures and nothing else."""
    desk.comment("approve")
    desk.write()
    desk.receipt.write_text('{"comments": {"fou')
    findings = findings_of(read_material(desk.queue))
    assert findings.scanned is None
    assert any("queue.receipt.json cannot be read" in gap for gap in findings.gaps)


def test_agreement_is_of_people_who_judged_for_themselves() -> None:
    """Joined rows count, in agreement and in conflict; a later change by another does not."""
    log = [
        entry("a", "remove", "Ana | Bo"),
        entry("b", "remove", "Ana"),
        entry("b", "remove", "Ana", "in conflict"),
        entry("b", "approve", "Bo", "in conflict"),
        entry("b", "approve", "Ana | Bo", "changed"),
        entry("c", "approve", "Ana"),
        entry("c", "remove", "Bo", "changed"),
        entry("d", "approve", "Ana"),
        entry("d", "approve", "Ana", "taken back"),
    ]
    (pair,) = pairs_of_reviewers(log)
    assert (pair.first, pair.second) == ("Ana", "Bo")
    assert (pair.agreement.pairs, pair.agreement.equal) == (2, 1)


def test_work_is_counted_by_day_and_person() -> None:
    """What was taken back is no work done, and work without a name is work."""
    log = [
        entry("a", "remove", "Ana"),
        entry("b", "remove", ""),
        entry("c", "remove", "Ana", day="2026-11-21"),
        entry("c", "remove", "Ana", "taken back", day="2026-11-21"),
    ]
    assert days_of_work(log) == (
        DayOfWork(day="2026-11-20", reviewer="Ana", decided=1),
        DayOfWork(day="2026-11-20", reviewer="no name given", decided=1),
        DayOfWork(day="2026-11-21", reviewer="Ana", decided=1),
    )


@given(
    st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), max_size=400),
    st.floats(0, 1),
)
def test_a_curve_agrees_with_plain_counting(
    judged: list[tuple[float, bool]], threshold: float
) -> None:
    """Each point is what its threshold gives; the mildest finds everything."""
    made = curve("toxicity", judged, threshold)
    for point in made.points:
        reaching = [hit for score, hit in judged if score >= point.threshold]
        assert point.precision == Share(hits=sum(reaching), trials=len(reaching))
        assert point.recall == Share(hits=sum(reaching), trials=made.hits)
    if made.points:
        assert made.points[-1].recall.value == 1
        assert made.in_force is not None
        thresholds = [point.threshold for point in made.points]
        assert thresholds == sorted(set(thresholds), reverse=True)
        assert all(point in made.points for point in at(made.points, [0.9, 0.5, 0.1]))
    else:
        assert made.missing.startswith("A curve needs ")


def test_a_long_curve_keeps_its_ends() -> None:
    """A page stays small; strictest and mildest point stay."""
    made = curve("priority", [(number, number % 3 > 0) for number in range(5000)], None)
    assert len(made.points) == MOST_POINTS
    assert (made.points[0].threshold, made.points[-1].threshold) == (4999, 0)


def test_too_few_decisions_draw_nothing() -> None:
    """A staircase of chance is not shown; what is missing is."""
    made = curve("toxicity", [(0.9, True)] * 12 + [(0.8, False)], 0.7)
    assert made.points == ()
    assert made.missing == "A curve needs 9 more that you approve."


def test_scores_are_spread_whole(busy: Desk) -> None:
    """Every scored comment stands in one bar, and those that reach the threshold are counted."""
    toxicity, insult = busy.findings().distributions
    assert sum(toxicity.counts) == toxicity.scored == 60 + 20 + len(HOSTILE_NAMES)
    assert (toxicity.threshold, toxicity.reaching) == (0.7, 60 + len(HOSTILE_NAMES))
    assert (insult.threshold, insult.reaching) == (None, 0)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.034, "3.4 %"), (0.5, "50 %"), (0.999, "99.9 %")],
)
def test_shares_read_as_people_write_them(share: float, words: str) -> None:
    """A decimal only where it tells something."""
    assert percent(share).replace("\u00a0", " ") == words


def test_figures_come_with_what_they_rest_on() -> None:
    """A share has its interval, a reason a name that is no code."""
    words = share_with_interval(Share(hits=9, trials=10)).replace("\u00a0", " ")
    assert words == "90 % (60 to 98 %)"
    assert share_with_interval(Share(hits=0, trials=0)) == "–"
    assert code_in_words("lexicon.political_insult") == "word list: political insult"


def page_of(desk: Desk) -> str:
    pytest.importorskip("matplotlib")
    from moderation.report.page import page

    return page(desk.findings())


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_asks_nobody_for_anything(busy: Desk) -> None:
    """No script, no outside address, no style but the one that its own policy lets in."""
    html = page_of(busy)
    elements = _Elements(html).found
    assert {tag for tag, _ in elements}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "embed", "image", "base", "form"}
    )
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        assert "style" not in attributes
        assert not any(key.startswith("on") or key == "src" for key in attributes)
        for key in ("href", "xlink:href"):
            assert (attributes.get(key) or "#")[:1] == "#"
            assert key not in attributes or (attributes[key] or "")[1:] in ids
    style = html.partition("<style>")[2].partition("</style>")[0]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{allowed}'" in html
    assert "url(http" not in style
    assert "@import" not in style
    assert re.findall(r"url\((?!#)", html) == []


def test_names_from_outside_are_shown_and_obeyed_in_nothing(busy: Desk) -> None:
    """Markup, templates, formulas and control characters in names stay names."""
    html = page_of(busy)
    shown = " ".join(_Elements(html).texts)
    assert "<script>alert(1)</script>.txt" in shown
    assert "$\\frac{1}{0}$ 100 % $x.txt" in shown
    assert "{{ 7 * 7 }}{% for %}.txt" in shown
    assert "⟦U+202E⟧gpj.exe" in shown
    assert "<b>Bo</b>" in shown
    assert not {"\x1b", "\x00"} & set(html)


def test_the_page_holds_no_comment(busy: Desk) -> None:
    """It goes to people who need not read abuse."""
    assert "glorb" not in page_of(busy)


def test_a_screen_reader_finds_its_way(busy: Desk) -> None:
    """A language, one main heading, sections with headings, a text and a table for each drawing."""
    html = page_of(busy)
    elements = _Elements(html).found
    assert elements[0] == ("html", {"lang": "en", "data-moderation-report": None})
    tags = [tag for tag, _ in elements]
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("section") == tags.count("h2")
    drawings = [a for _, a in elements if a.get("role") == "img"]
    assert len(drawings) == tags.count("svg") == 8
    assert all(len(drawing["aria-label"] or "") > 30 for drawing in drawings)
    assert tags.count("table") >= 6
    assert all(a.get("scope") in {"col", "row"} for tag, a in elements if tag == "th")


def test_the_same_findings_give_the_same_page(busy: Desk) -> None:
    """No time of day, no random names, so that two reports can be compared."""
    assert page_of(busy) == page_of(busy)


def test_a_report_on_nothing_is_a_report(desk: Desk) -> None:
    """A queue without rows or decisions says so and breaks nothing."""
    html = page_of(desk)
    assert "not known: no sample was judged" in html
    assert "0 rows" in html


PALETTES = {
    kind: dict(re.findall(r"--([\w-]+): (#\w+);", block))
    for kind, block in zip(
        ("light", "dark", "print"), re.findall(r":root \{(.*?)\}", CSS, re.DOTALL), strict=True
    )
}


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("kind", PALETTES)
def test_everything_can_be_read(kind: str) -> None:
    """WCAG AA: 4.5 to 1 for text on what it stands on, 3 to 1 for what a drawing is read from."""
    colours = PALETTES[kind]
    for ground in ("paper", "sheet"):
        for text in ("ink", "muted", "accent", "good", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for bar in ("approve", "remove", "escalate", "unsure", "open"):
        assert contrast(colours["on-bar"], colours[bar]) >= 4.5, bar
    assert contrast(colours["on-flagged"], colours["flagged"]) >= 4.5
    for mark in ("flagged", "rest", "first", "second", "third", "fourth", "fifth"):
        assert contrast(colours[mark], colours["sheet"]) >= 3, mark


def test_the_terminal_shows_the_main_figures(busy: Desk, run: Run) -> None:
    """Counts, progress, precision and the miss rate with its interval, without the extra."""
    code, output, _ = run("report", busy.write())
    output = output.replace("\u00a0", " ")
    assert code == 0
    assert "88 comments found = 67 flagged + 20 passed + 1 not checked" in output
    assert "Miss rate: 5.0 % (0.9 to 24 %) of the comments that were let through" in output
    assert "Of 60 flagged rows that were judged" in output
    assert "<b>Bo</b> and Ana judged 2 comments both and agreed on 1" in output


def test_the_page_is_written_and_written_again(busy: Desk, tmp_path: Path, run: Run) -> None:
    """A report replaces an earlier report, and nothing else."""
    pytest.importorskip("matplotlib")
    queue, output = busy.write(), tmp_path / "report.html"
    for _ in range(2):
        code, shown, _ = run("report", queue, "-o", output)
        assert (code, shown) == (0, f"Report: {output}\n")
    code, _, errors = run("report", queue, "-o", queue)
    assert code == 2
    assert "It was left as it is" in errors


def test_without_the_extra_the_error_says_how_to_get_it(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command to install it, and what works without it."""
    from moderation.report import page

    findings = busy.findings()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'comment-moderation\[report\]'"):
        page.page(findings)


def browse(folder: Path, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a real browser that has no network and tells everything it does."""
    return subprocess.run(
        [
            program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr", f"--user-data-dir={folder / 'profile'}", *options,
            page.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=180,
    )  # fmt: skip


def complaints(result: subprocess.CompletedProcess[str]) -> list[str]:
    """What the browser's console says of the page."""
    return [line for line in result.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.slow
def test_a_browser_opens_the_page_and_has_no_complaint(busy: Desk, tmp_path: Path) -> None:
    """Its own policy lets in all that it needs, nothing in it runs, and every drawing is there."""
    page = tmp_path / "report.html"
    page.write_text(page_of(busy), encoding="utf-8")
    result = browse(tmp_path, page, "--dump-dom")
    assert complaints(result) == []
    assert result.stdout.count("<svg") == 8
    assert "Where the comments went" in result.stdout
    # The same eyes see a page that breaks its policy.
    broken = tmp_path / "broken.html"
    broken.write_text(page.read_text(encoding="utf-8").replace(":root {", ":root  {", 1))
    assert complaints(browse(tmp_path, broken, "--dump-dom")) != []


@pytest.mark.slow
def test_a_browser_prints_the_page(busy: Desk, tmp_path: Path) -> None:
    """A head of desk takes it to a meeting on paper."""
    page, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(page_of(busy), encoding="utf-8")
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 12
