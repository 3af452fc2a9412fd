"""What puts a comment into the queue: thresholds with names, and the reasons they give.

Pure: a scored comment in, a verdict out; no model, no data frame. Only `load_policy` touches the
disk, to read one small file.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from moderation.errors import PolicyError
from moderation.folding import EVASIVE_STEPS
from moderation.records import Outcome, Reason, ScoredComment, TermMatch, Verdict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = ("lenient", "standard", "strict")

SEVERITIES = {1: "mild", 2: "moderate", 3: "severe", 4: "extreme"}

_NAMES_OF_CATEGORIES = {
    "general insult": "insult",
    "political": "political insult",
    "profanity": "profanity",
    "threat": "threat",
}
"""What a term is called in a reason; every other category names a group, and its term a slur."""

_STRONGEST_SCORE = 90
_STRENGTH_OF_SEVERITY = {1: 30, 2: 50, 3: 70, 4: 90}
_FURTHER_REASON = 2
_EVASIVE_SPELLING = 4
_WORST = 100

_RECORDED_SETTINGS = (
    "name",
    "thresholds",
    "severity",
    "second_sign",
    "queue_unchecked",
    "version",
)
"""What a receipt says of the policy of its scan."""

_NOT_IN_A_REMARK = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every setting that decides what is flagged.

    ``thresholds`` maps a model label to the score from which it flags. ``severity`` is the mildest
    severity of a term that flags. ``second_sign`` is the score that makes an ambiguous term count.
    ``queue_unchecked`` puts comments that could not be judged into the queue as well.
    ``places`` says where each key stands (``file:line``), for messages.
    """

    name: str
    thresholds: Mapping[str, float]
    severity: int
    second_sign: float
    queue_unchecked: bool
    version: str
    places: Mapping[str, str]

    def require_labels(self, labels: Iterable[str], model: str) -> None:
        """Check that the model gives every score that the policy asks for.

        Raises:
            PolicyError: naming file, line and key of the first label that the model lacks.
        """
        known = set(labels)
        for label in self.thresholds:
            if label not in known:
                place = self.places.get(f"toxicity.{label}", f"policy {self.name}")
                raise PolicyError(
                    f"{place}: the model {model} has no label '{label}' (key toxicity.{label}). "
                    f"Its labels are {', '.join(sorted(known))}."
                )


def load_policy(name: str | Path) -> Policy:
    """Load a preset by its name, or a TOML file by its path.

    Raises:
        PolicyError: for an unknown name, an unreadable file, an unknown key, or a value out of
            range; the message names file, line and key.
    """
    text, shown_as = _policy_text(str(name))
    return _PolicyFile(text, shown_as).policy()


def policy_text(name: str | Path) -> str:
    """The TOML of a preset or file, as it stands, to start one's own policy from."""
    return _policy_text(str(name))[0]


def annotated_policy(name: str | Path, measured_effect: Callable[[str, float], str | None]) -> str:
    """A policy's TOML, checked, with what each threshold was measured to give written beside it.

    ``measured_effect`` gives that for a label and a threshold, or None where it was not measured.

    Raises:
        PolicyError: as `load_policy` does.
    """
    policy = load_policy(name)
    lines = policy_text(name).split("\n")
    for label, threshold in policy.thresholds.items():
        index = int(policy.places[f"toxicity.{label}"].rpartition(":")[2]) - 1
        # A line that says more than this one setting, or has a remark already, is left alone.
        if re.fullmatch(rf"\s*{label}\s*=\s*[\d.]+\s*", lines[index]):
            effect = measured_effect(label, threshold) or "not measured"
            lines[index] = f"{lines[index].strip():<24}# {effect}"
    return "\n".join(lines)


def policy_toml(
    policy: Policy, opening: Sequence[str] = (), remarks: Mapping[str, str] | None = None
) -> str:
    """A policy as a TOML file that `load_policy` takes.

    ``opening`` are lines of remarks at the top; ``remarks`` holds one for a key, such as
    ``toxicity.insult``, to stand behind its value. Numbers are written with all their digits.
    """
    remarks = remarks or {}
    values = {f"toxicity.{label}": repr(limit) for label, limit in policy.thresholds.items()}
    values |= {
        "lexicon.severity": str(policy.severity),
        "lexicon.second_sign": repr(policy.second_sign),
        "not_checked.queue": str(policy.queue_unchecked).lower(),
    }
    lines = [*map(_toml_remark, opening), f"name = {_toml_text(policy.name)}"]
    for section in ("toxicity", "lexicon", "not_checked"):
        lines += ["", f"[{section}]"]
        for key, value in values.items():
            if key.startswith(f"{section}."):
                setting = f"{_toml_key(key.removeprefix(f'{section}.'))} = {value}"
                remark = remarks.get(key)
                lines.append(f"{setting:<24}{_toml_remark(remark)}" if remark else setting)
    return "\n".join(lines) + "\n"


def policy_of_settings(settings: Mapping[str, Any]) -> Policy:
    """The policy of a scan, from the entry ``settings["policy"]`` of its receipt.

    Raises:
        PolicyError: when the entry is not that of this tool.
    """
    try:
        entry = settings["policy"]
        known = {key: entry[key] for key in _RECORDED_SETTINGS}
        known["thresholds"] = {label: float(limit) for label, limit in known["thresholds"].items()}
        return Policy(**known, places={})
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise PolicyError(
            "The receipt does not say under which policy the queue was made. Name it with --policy."
        ) from error


def _toml_text(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return re.sub("[\ud800-\udfff]", "\ufffd", written)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_text(key)


def _toml_remark(text: str) -> str:
    """A remark ends with its line, and may hold no control character."""
    return f"# {_NOT_IN_A_REMARK.sub(' ', text)}".rstrip()


def _policy_text(name: str) -> tuple[str, str]:
    if name in PRESETS:
        preset = resources.files("moderation") / "presets" / f"{name}.toml"
        return preset.read_text(encoding="utf-8"), f"{name}.toml"
    try:
        return Path(name).read_text(encoding="utf-8-sig"), name
    except FileNotFoundError as error:
        raise PolicyError(
            f"There is no policy '{name}': it is neither a preset ({', '.join(PRESETS)}) nor a "
            "file. 'moderation policy standard' prints one to start from."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"The policy file {name} cannot be read: {error}.") from error


def judge(scored: ScoredComment, policy: Policy) -> Verdict:
    """Decide whether a person should look at a comment, keeping every detector's reason."""
    lexicon, faint = _lexicon_reasons(scored, policy)
    evidence = [*lexicon, *_toxicity_reasons(scored, policy)]
    unchecked = _unchecked_reasons(scored)
    outcome: Outcome = "flagged" if evidence else "not_checked" if unchecked else "passed"
    # What is too faint to flag by itself still helps the person who looks at a flagged comment.
    reasons = [*evidence, *(faint if evidence else ()), *unchecked]
    return Verdict(
        comment_id=scored.comment.id,
        outcome=outcome,
        priority=_priority(scored, policy, evidence),
        reasons=tuple(reasons),
    )


def flagging_matches(scored: ScoredComment, policy: Policy) -> tuple[TermMatch, ...]:
    """The terms that flag a comment by themselves, worst first; the first match of each."""
    groups = _by_term(scored.matches)
    return tuple(group[0] for group in groups if _flags(scored, policy, group[0]))


def _toxicity_reasons(scored: ScoredComment, policy: Policy) -> list[Reason]:
    over = [
        (label, scored.toxicity[label], threshold)
        for label, threshold in policy.thresholds.items()
        if label in scored.toxicity and scored.toxicity[label] >= threshold
    ]
    return [
        Reason(
            code=f"toxicity.{label}",
            detail=label.replace("_", " "),
            value=score,
            threshold=threshold,
        )
        for label, score, threshold in sorted(over, key=lambda item: -item[1])
    ]


def _lexicon_reasons(scored: ScoredComment, policy: Policy) -> tuple[list[Reason], list[Reason]]:
    """Reasons that flag, worst first, and those too faint to do so alone."""
    firm: list[Reason] = []
    faint: list[Reason] = []
    for matches in _by_term(scored.matches):
        flags = _flags(scored, policy, matches[0])
        (firm if flags else faint).append(_term_reason(matches, policy, flags))
    return firm, faint


def _flags(scored: ScoredComment, policy: Policy, match: TermMatch) -> bool:
    return match.severity >= policy.severity and (
        not _is_ambiguous(match) or _has_second_sign(scored, policy, match)
    )


def _by_term(matches: Iterable[TermMatch]) -> list[list[TermMatch]]:
    """Group the matches of one term used in one way, worst group first."""
    groups: dict[tuple[str, str, str], list[TermMatch]] = {}
    for match in matches:
        groups.setdefault((match.language, match.term, match.context), []).append(match)
    return sorted(groups.values(), key=lambda group: (-group[0].severity, group[0].start))


def _is_evasive(match: TermMatch) -> bool:
    """Tell a disguise from a capital letter or an accent."""
    return not EVASIVE_STEPS.isdisjoint(match.via)


def _is_ambiguous(match: TermMatch) -> bool:
    return match.context == "ambiguous"


def _has_second_sign(scored: ScoredComment, policy: Policy, match: TermMatch) -> bool:
    """A second sign is another term in plain use, or a model that is at least uneasy."""
    other_term = any(other.term != match.term and not other.context for other in scored.matches)
    return other_term or max(scored.toxicity.values(), default=0.0) >= policy.second_sign


def _term_reason(matches: list[TermMatch], policy: Policy, flags: bool) -> Reason:
    first = matches[0]
    return Reason(
        code=lexicon_code(first),
        detail=_term_detail(matches, flags),
        value=float(first.severity),
        threshold=float(policy.severity),
        start=first.start,
        end=first.end,
    )


def _term_detail(matches: list[TermMatch], flags: bool) -> str:
    first = matches[0]
    about = f"{first.category}: {first.target}" if first.target else first.category
    notes = [about, SEVERITIES[first.severity]]
    if first.context:
        notes.append(first.context)
    if _is_evasive(first):
        disguises = ", ".join(step for step in first.via if step in EVASIVE_STEPS)
        notes.append(f'written to evade "{first.term}": {disguises}')
    if not flags:
        notes.append("too faint to flag by itself")
    times = f" ×{len(matches)}" if len(matches) > 1 else ""
    return f'{_kind_of_term(first)} "{first.text}"{times} ({", ".join(notes)})'


def lexicon_code(match: TermMatch) -> str:
    """The code of the reason that a term gives: ``lexicon.slur``, ``lexicon.political_insult``."""
    return f"lexicon.{_kind_of_term(match).replace(' ', '_')}"


def _kind_of_term(match: TermMatch) -> str:
    return _NAMES_OF_CATEGORIES.get(match.category, "slur")


def _unchecked_reasons(scored: ScoredComment) -> list[Reason]:
    if scored.status == "scored":
        return []
    code = "language" if scored.status == "unsupported_language" else "failed"
    return [Reason(code=f"not_checked.{code}", detail=scored.error)]


def _priority(scored: ScoredComment, policy: Policy, evidence: list[Reason]) -> int:
    if not evidence:
        return 0
    strongest = max(_strength(reason, scored) for reason in evidence)
    further = _FURTHER_REASON * (len(evidence) - 1)
    evasive = _EVASIVE_SPELLING if any(map(_is_evasive, scored.matches)) else 0
    return min(_WORST, round(strongest) + further + evasive)


def _strength(reason: Reason, scored: ScoredComment) -> float:
    if reason.value is None:
        return 0
    if reason.code.startswith("toxicity."):
        return _STRONGEST_SCORE * reason.value
    strength = _STRENGTH_OF_SEVERITY[int(reason.value)]
    span = (reason.start, reason.end)
    context = next(m.context for m in scored.matches if (m.start, m.end) == span)
    # Quoted and reclaimed terms are often harmless: shown, but behind the others.
    return strength / 2 if context in {"mentioned", "reclaimed"} else strength


class _PolicyFile:
    """A policy in the making: checks each key and value of a TOML file and says where it failed."""

    def __init__(self, text: str, shown_as: str) -> None:
        self.text = text
        self.shown_as = shown_as
        self.table = self._parse()

    def policy(self) -> Policy:
        self._refuse_unknown("", {"name", "toxicity", "lexicon", "not_checked"})
        self._refuse_unknown("lexicon", {"severity", "second_sign"})
        self._refuse_unknown("not_checked", {"queue"})
        if "toxicity" not in self.table:
            # Without this a slip of the pen would switch the model off and say nothing.
            raise PolicyError(f"{self.shown_as}: the table [toxicity] is missing; it may be empty.")
        thresholds = {label: self._share("toxicity", label) for label in self._section("toxicity")}
        name = self.table.get("name", Path(self.shown_as).stem)
        if not isinstance(name, str):
            raise self._error("name", "must be text")
        return Policy(
            name=name,
            thresholds=thresholds,
            severity=self._severity(),
            second_sign=self._share("lexicon", "second_sign", default=1.0),
            queue_unchecked=self._truth("not_checked", "queue", default=True),
            version=hashlib.sha256(self.text.encode()).hexdigest()[:8],
            places={f"toxicity.{label}": self._place(f"toxicity.{label}") for label in thresholds},
        )

    def _parse(self) -> dict[str, Any]:
        try:
            table: dict[str, Any] = tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:  # the parser's own error is a ValueError
            raise PolicyError(f"{self.shown_as}: this is not valid TOML: {error}.") from error
        return table

    def _section(self, name: str) -> dict[str, Any]:
        section = self.table.get(name, {})
        if not isinstance(section, dict):
            raise self._error(name, f"must be a table, written [{name}]")
        return section

    def _refuse_unknown(self, section: str, known: set[str]) -> None:
        for key in self._section(section) if section else self.table:
            if key not in known:
                full = f"{section}.{key}" if section else key
                raise self._error(full, f"is unknown; known here: {', '.join(sorted(known))}")

    def _share(self, section: str, key: str, default: float = 0.0) -> float:
        value = self._section(section).get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise self._error(f"{section}.{key}", f"must be a number from 0 to 1, not {value!r}")
        return float(value)

    def _severity(self) -> int:
        value = self._section("lexicon").get("severity", 1)
        if not isinstance(value, int) or isinstance(value, bool) or value not in SEVERITIES:
            raise self._error("lexicon.severity", f"must be 1, 2, 3 or 4, not {value!r}")
        return value

    def _truth(self, section: str, key: str, default: bool) -> bool:
        value = self._section(section).get(key, default)
        if not isinstance(value, bool):
            raise self._error(f"{section}.{key}", f"must be true or false, not {value!r}")
        return value

    def _error(self, key: str, problem: str) -> PolicyError:
        return PolicyError(f"{self._place(key)}: the key '{key}' {problem}.")

    def _place(self, key: str) -> str:
        return f"{self.shown_as}:{_line_of(key, self.text)}"


def _line_of(key: str, text: str) -> int:
    """Find a key's line, which no TOML reader tells: its table's header first, then the key.

    A key written as a dotted one or in an inline table is found by its last word.
    """
    section, _, name = key.rpartition(".")
    current, fallback = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        if header := re.match(r"\s*\[\s*([\w.\"' -]+?)\s*\]", line):
            current = header[1].strip("\"'")
            if current == key:
                return number
        elif re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line) and current == section:
            return number
        elif re.search(rf"(?<!\w){re.escape(name)}(?!\w)[\"']?\s*=", line):
            fallback = number
    return fallback
