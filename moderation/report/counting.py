"""Make the findings from the material: plain counting, each row and each comment once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from moderation.measures import Share, agreement
from moderation.records import HumanVerdict
from moderation.report.curves import curve
from moderation.report.findings import (
    Check,
    Curve,
    DayOfWork,
    Distribution,
    Findings,
    MissRate,
    Origins,
    PageFindings,
    ReasonFindings,
    Rows,
    Scanned,
)
from moderation.report.material import Material
from moderation.report.sentences import counted
from moderation.review_queue.cells import from_cell
from moderation.review_queue.decision_log import LogEntry
from moderation.review_queue.decisions import JOINED
from moderation.review_queue.judgements import PairAgreement
from moderation.review_queue.reading import ROW
from moderation.review_queue.reasons import code_in_words
from moderation.review_queue.states import GONE, NOT_FLAGGED, words_of

if TYPE_CHECKING:
    import polars

STEPS = 40
"""Bars of a distribution: each is 0.025 wide."""

NO_NAME = "no name given"


def findings_of(material: Material) -> Findings:
    """Count everything that a report says of a queue."""
    return _Counting(material).findings()


class _Counting:
    """One queue being counted; holds what several figures need."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.receipt = material.receipt
        self.frame = material.table.frame
        sample = self.receipt.get("audit_sample") or {}
        self.sample = sample
        self.sample_ids = frozenset(sample.get("ids", ()))
        self.outcomes = _outcomes(material)
        self.judged = {
            id_: is_hit(decision.verdict)
            for id_, decision in material.decisions.decisions.items()
            if not decision.decided_with and counts(decision.verdict)
        }
        self.queue_judged = {
            id_: hit for id_, hit in self.judged.items() if id_ not in self.sample_ids
        }
        self.flagged_judged = {
            id_: hit
            for id_, hit in self.queue_judged.items()
            if self.outcomes.get(id_) != "not_checked"
        }

    def findings(self) -> Findings:
        scanned, rows, origins = self._scanned(), self._rows(), self._origins()
        material = self.material
        return Findings(
            queue=material.name,
            scanned=scanned,
            finished_at=str(self.receipt.get("finished_at", "")),
            rows=rows,
            fanned_out=sum(
                bool(decision.decided_with) for decision in material.decisions.decisions.values()
            ),
            origins=origins,
            checks=tuple(self._checks(scanned, rows, origins)),
            precision=share_of_hits(self.flagged_judged.values()),
            pages=self._pages(),
            reasons=self._reasons(),
            distributions=self._distributions(),
            priority_curve=self._priority_curve(),
            label_curves=self._label_curves(),
            pairs=pairs_of_reviewers(material.log),
            days=days_of_work(material.log),
            miss_rate=self._miss_rate(),
            not_checked_because=dict(self.receipt.get("not_checked_because", {})),
            pages_failed=_reasons_by_file(self.receipt.get("pages_failed", ())),
            files_skipped=_reasons_by_file(self.receipt.get("files_skipped", ())),
            settings=dict(_flattened(self.receipt.get("settings", {}))),
            gaps=(*material.gaps, *self._more_gaps()),
        )

    def _scanned(self) -> Scanned | None:
        if not self.receipt:
            return None
        counts = self.receipt["comments"]
        return Scanned(
            found=counts["found"],
            flagged=counts["flagged"],
            passed=counts["passed"],
            not_checked=counts["not_checked"],
            pages=len(self.receipt["pages"]),
        )

    def _rows(self) -> Rows:
        decided = self.material.decisions
        in_conflict = {conflict.comment_id for conflict in decided.conflicts}
        unknown = {one.row for one in decided.unknown}
        outcomes: Counter[str] = Counter(damaged=len(self.material.table.problems))
        for id_, row in self.frame.select("id", ROW).iter_rows():
            if id_ in in_conflict:
                outcomes["conflicts"] += 1
            elif row in unknown:
                outcomes["unknown"] += 1
            elif decision := decided.decisions.get(id_):
                outcomes[decision.verdict] += 1
            else:
                outcomes["undecided"] += 1
        return Rows(**outcomes)

    def _origins(self) -> Origins | None:
        if self.material.scores is None:
            return None
        found: Counter[str] = Counter()
        ids = set()
        for id_, state in self.frame.select("id", "state").iter_rows():
            ids.add(id_)
            found[self._origin(id_, words_of(state))] += 1
        unchecked = {"not_checked"} if self._setting("policy", "queue_unchecked", True) else set()
        wanted = {"flagged", *unchecked}
        without = sum(
            outcome in wanted and id_ not in ids for id_, outcome in self.outcomes.items()
        )
        return Origins(**found, without_row=without)

    def _origin(self, id_: str, states: Collection[str]) -> str:
        for state in (GONE, NOT_FLAGGED):
            if state in states:
                return state.replace(" ", "_")
        outcome = self.outcomes.get(id_, "other")
        if id_ in self.sample_ids and outcome == "passed":
            return "audit_sample"
        return outcome if outcome != "passed" else "other"

    def _checks(
        self, scanned: Scanned | None, rows: Rows, origins: Origins | None
    ) -> Iterable[Check]:
        if scanned is not None:
            yield Check(
                sentence=(
                    f"{counted(scanned.found, 'comment')} found = {scanned.flagged:,} flagged + "
                    f"{scanned.passed:,} passed + {scanned.not_checked:,} not checked"
                ),
                holds=scanned.found == scanned.flagged + scanned.passed + scanned.not_checked,
            )
            on_pages = sum(page["comments"]["found"] for page in self.receipt["pages"])
            yield Check(
                sentence=f"{counted(scanned.pages, 'page')} with {counted(on_pages, 'comment')}",
                holds=on_pages == scanned.found,
            )
        readable = self.frame.height
        yield Check(sentence=_sum_of_rows(rows), holds=rows.all == readable + rows.damaged)
        if origins is not None:
            yield Check(
                sentence=_sum_of_origins(readable, origins),
                holds=_all_of(origins) == readable and origins.without_row == 0,
            )

    def _pages(self) -> tuple[PageFindings, ...]:
        found = [
            PageFindings(
                source=page["source"],
                found=page["comments"]["found"],
                flagged=page["comments"]["flagged"],
                not_checked=page["comments"]["not_checked"],
            )
            for page in self.receipt.get("pages", ())
        ]
        return tuple(
            sorted(found, key=lambda page: (-page.flagged, -page.not_checked, page.source))
        )

    def _reasons(self) -> tuple[ReasonFindings, ...]:
        """Count rows, not matches: a comment with five slurs is one row."""
        import polars  # noqa: PLC0415

        if self.material.scores is None:
            return ()
        ids = self.frame.get_column("id").unique().implode()
        code = polars.col("reasons").list.eval(polars.element().struct.field("code")).list.unique()
        rows: Counter[str] = Counter()
        judged: defaultdict[str, list[bool]] = defaultdict(list)
        frame = self.material.scores.frame
        wanted = frame.filter(polars.col("id").is_in(ids)).select("id", code.alias("codes"))
        for id_, codes in wanted.iter_rows():
            rows.update(codes)
            if (hit := self.queue_judged.get(id_)) is not None:
                for one in codes:
                    judged[one].append(hit)
        return tuple(
            ReasonFindings(
                code=code, words=code_in_words(code), rows=count,
                precision=share_of_hits(judged[code]),
            )
            for code, count in sorted(rows.items(), key=lambda item: (-item[1], item[0]))
        )  # fmt: skip

    def _distributions(self) -> tuple[Distribution, ...]:
        if self.material.scores is None:
            return ()
        thresholds = self._setting("policy", "thresholds", {})
        return tuple(
            distribution(label, self.material.scores.frame, thresholds.get(label))
            for label in self.material.scores.labels
        )

    def _priority_curve(self) -> Curve:
        priorities = dict(self.frame.select("id", "priority").iter_rows())
        judged = [
            (number, hit)
            for id_, hit in self.flagged_judged.items()
            if (number := _number(priorities.get(id_, ""))) is not None
        ]
        return curve("priority", judged, None)

    def _label_curves(self) -> tuple[Curve, ...]:
        if self.material.scores is None:
            return ()
        thresholds = self._setting("policy", "thresholds", {})
        curves = []
        for label in self.material.scores.labels:
            scores = dict(self.material.scores.frame.select("id", label).iter_rows())
            judged = [
                (score, hit)
                for id_, hit in self.flagged_judged.items()
                if (score := scores.get(id_)) is not None
            ]
            curves.append(curve(label, judged, thresholds.get(label)))
        return tuple(curves)

    def _miss_rate(self) -> MissRate | None:
        if not self.sample_ids:
            return None
        hits = [self.judged[id_] for id_ in self.sample_ids if id_ in self.judged]
        return MissRate(
            share=share_of_hits(hits),
            asked=len(self.sample_ids),
            drawn_from=int(self.sample.get("drawn_from", 0)),
        )

    def _more_gaps(self) -> Iterable[str]:
        if self.receipt and not self.sample_ids:
            yield (
                "the miss rate is unknown: nobody has judged a sample of the comments that passed. "
                "'moderation scan --audit-sample 200' puts one into the queue."
            )
        if self.material.log and not pairs_of_reviewers(self.material.log):
            yield "no comment was judged by two people, so their agreement is unknown."

    def _setting(self, section: str, key: str, default: Any) -> Any:
        return self.receipt.get("settings", {}).get(section, {}).get(key, default)


def counts(verdict: HumanVerdict) -> bool:
    """Whether a verdict says anything of a flag; 'unsure' does not."""
    return verdict != "unsure"


def is_hit(verdict: HumanVerdict) -> bool:
    """Whether the flag was worth a person's look."""
    return verdict in {"remove", "escalate"}


def share_of_hits(hits: Iterable[bool]) -> Share:
    """The hits of all that were judged."""
    judged = list(hits)
    return Share(hits=sum(judged), trials=len(judged))


def distribution(label: str, frame: polars.DataFrame, threshold: float | None) -> Distribution:
    """Spread a label's scores over steps of equal width; a score of 1 is in the last."""
    scores = frame.get_column(label).drop_nulls()
    steps = (scores * STEPS).floor().clip(0, STEPS - 1).cast(int)
    by_step = dict(steps.value_counts().iter_rows())
    return Distribution(
        label=label,
        counts=tuple(by_step.get(step, 0) for step in range(STEPS)),
        scored=len(scores),
        threshold=threshold,
        reaching=0 if threshold is None else int((scores >= threshold).sum()),
    )


def days_of_work(log: Iterable[LogEntry]) -> tuple[DayOfWork, ...]:
    """Decisions by the day (UTC) on which they entered the log, and by reviewer."""
    decided = Counter(
        (entry.recorded_at[:10], name)
        for entry in log
        if entry.action != "taken back"
        for name in _people(entry) or [NO_NAME]
    )
    return tuple(
        DayOfWork(day=day, reviewer=reviewer, decided=count)
        for (day, reviewer), count in sorted(decided.items())
    )


def pairs_of_reviewers(log: Iterable[LogEntry]) -> tuple[PairAgreement, ...]:
    """How far two people agree on the comments that both have judged, each by the first word.

    A decision that one person changes later for another's is no second judgement: the second saw
    the first, and would have said nothing had they agreed.
    """
    by_comment: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in log:
        people = _people(entry)
        if entry.action in {"decided", "in conflict"} or len(people) > 1:
            for name in people:
                by_comment[entry.decision.comment_id].setdefault(name, entry.decision.verdict)
    answers: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for verdicts in by_comment.values():
        for first, second in combinations(sorted(verdicts), 2):
            answers[first, second].append((verdicts[first], verdicts[second]))
    return tuple(
        PairAgreement(first=first, second=second, agreement=agreement(pairs))
        for (first, second), pairs in sorted(answers.items())
    )


def _people(entry: LogEntry) -> list[str]:
    """Who stands behind an entry: several people where joined rows agree."""
    return [name.strip() for name in entry.decision.reviewer.split(JOINED) if name.strip()]


def _outcomes(material: Material) -> dict[str, str]:
    if material.scores is None:
        return {}
    return dict(material.scores.frame.select("id", "outcome").iter_rows())


def _sum_of_rows(rows: Rows) -> str:
    parts = [
        f"{rows.approve:,} approve",
        f"{rows.remove:,} remove",
        f"{rows.escalate:,} escalate",
        f"{rows.unsure:,} unsure",
        f"{rows.undecided:,} undecided",
        f"{rows.conflicts:,} in conflict",
        f"{rows.unknown:,} with an unknown word",
    ]
    if rows.damaged:
        parts.append(f"{rows.damaged:,} damaged")
    return f"{counted(rows.all, 'row')} = {' + '.join(parts)}"


def _sum_of_origins(readable: int, origins: Origins) -> str:
    parts = [f"{origins.flagged:,} flagged", f"{origins.not_checked:,} not checked"]
    parts += [
        f"{count:,} {words}"
        for count, words in (
            (origins.audit_sample, "of the audit sample"),
            (origins.gone, "gone from their page"),
            (origins.no_longer_flagged, "no longer flagged"),
            (origins.other, "of other origin"),
        )
        if count
    ]
    missing = (
        f"; {counted(origins.without_row, 'flagged comment')} without a row"
        if origins.without_row
        else ""
    )
    return f"{counted(readable, 'readable row')} = {' + '.join(parts)}{missing}"


def _all_of(origins: Origins) -> int:
    return (
        origins.flagged
        + origins.not_checked
        + origins.audit_sample
        + origins.gone
        + origins.no_longer_flagged
        + origins.other
    )


def _number(cell: str) -> float | None:
    """A priority as it was written, or as a spreadsheet may have changed it."""
    try:
        return float(from_cell(cell).strip().replace(",", "."))
    except ValueError:
        return None


def _reasons_by_file(files: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {file["source"]: file["reason"] for file in files}


def _flattened(settings: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for key, value in settings.items():
        name = f"{above}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{name}: ")
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value))
        elif isinstance(value, bool):
            yield name, "yes" if value else "no"
        else:
            yield name, str(value)
