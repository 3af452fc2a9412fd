"""What the page asks, read from a query or a body; anything unknown or out of range is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeVar, cast

from moderation.errors import UsageError
from moderation.records import HUMAN_VERDICTS, HumanVerdict
from moderation.review_desk.values import ORDERS, VERDICT_FILTERS, Filters

LONGEST_NOTE: Final = 4_000
LONGEST_NAME: Final = 80
"""Characters."""

_JOINERS: Final = re.compile(
    r"(?<=\w)[\u200c\u200d](?=\w)|(?<=[\u0900-\u0dff])[\u200c\u200d](?=\w)"
)
"""Signs without a width that Persian and Indic names need between letters."""

_STRONGEST_TERM: Final = 4
_SHOWN_OF_A_VALUE: Final = 60

Value = TypeVar("Value")


class BadRequest(ValueError):
    """Something in a request is unknown or out of range; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Decisions that the page asks for; ``note`` is None where it leaves the notes alone."""

    ids: tuple[str, ...] = ()
    verdict: HumanVerdict | Literal[""] = ""
    note: str | None = None
    seen: Mapping[str, int] | None = None
    whole_group: bool = False


class Query:
    """A query, of which each name is taken once; `finished` refuses what nobody took."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            if name in self._values:
                raise BadRequest(f"The address says '{_shown(name)}' twice. Leave one of them out.")
            self._values[name] = value

    def text(self, name: str) -> str:
        """A text, empty when it is not there."""
        return self._values.pop(name, "")

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        return self._number(name, int, default, low, high)

    def share(self, name: str, default: float) -> float:
        """A number from 0 to 1."""
        return self._number(name, float, default, 0.0, 1.0)

    def choice(self, name: str, known: Iterable[str], default: str = "") -> str:
        """One of the words that are known."""
        known = tuple(known)
        value = self._values.pop(name, default)
        if value != default and value not in known:
            words = ", ".join(filter(None, known)) or "none here"
            raise BadRequest(f"'{_shown(value)}' is not known for '{name}'. Known: {words}.")
        return value

    def finished(self) -> None:
        """Refuse what is left over: a filter that does nothing must not look as if it did."""
        for name in self._values:
            raise BadRequest(f"The address says '{_shown(name)}', which is not known here.")

    def _number(
        self, name: str, kind: Callable[[str], Value], default: Value, low: Value, high: Value
    ) -> Value:
        text = self._values.pop(name, "")
        if not text:
            return default
        try:
            value = kind(text)
        except ValueError:
            value = cast("Value", math.nan)
        if not low <= value <= high:  # type: ignore[operator]
            raise BadRequest(
                f"'{name}' must be a number from {low} to {high}, not '{_shown(text)}'."
            )
        return value


def filters_of(query: Query, labels: Iterable[str]) -> Filters:
    """Take the filters out of a query; ``labels`` are those that the model has.

    Raises:
        BadRequest: naming a value that is unknown or out of range.
    """
    low, high = query.share("low", 0.0), query.share("high", 1.0)
    if low > high:
        raise BadRequest(f"'low' ({low}) must not be above 'high' ({high}).")
    texts = ("search", "reason", "target", "page", "language", "author", "group")
    return Filters(
        **{name: query.text(name) for name in texts},
        severity=query.whole("severity", 0, 0, _STRONGEST_TERM),
        label=query.choice("label", labels),
        low=low,
        high=high,
        verdict=query.choice("verdict", VERDICT_FILTERS),
        order=cast("Any", query.choice("order", ORDERS, "priority")),
    )


def body_of(content: bytes, known: Iterable[str]) -> dict[str, Any]:
    """Read a JSON object with no other keys than those ``known``.

    Raises:
        BadRequest: when it is none, or has a key that is not known.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRequest("What was sent is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest("What was sent must be an object with names and values.")
    known = tuple(known)
    for name in body:
        if name not in known:
            raise BadRequest(f"'{_shown(name)}' is not known here. Known: {', '.join(known)}.")
    return body


def decisions_of(content: bytes) -> Asked:
    """Read what ``POST decisions`` sends.

    Raises:
        BadRequest: naming what is missing or wrong.
    """
    body = body_of(content, (field.name for field in fields(Asked)))
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise BadRequest("'ids' must be a list of the ids of comments.")
    whole_group = body.get("whole_group", False)
    if not isinstance(whole_group, bool):
        raise BadRequest("'whole_group' must be true or false.")
    return Asked(
        ids=tuple(dict.fromkeys(ids)),
        verdict=_verdict(body),
        note=note_of(body),
        seen=_seen(body),
        whole_group=whole_group,
    )


def note_of(body: Mapping[str, Any]) -> str | None:
    """A note, None where there is none.

    Raises:
        BadRequest: when it is no text, or too long.
    """
    note = body.get("note")
    if note is None:
        return None
    if not isinstance(note, str):
        raise BadRequest("'note' must be text, or null to leave the note as it is.")
    if len(note) > LONGEST_NOTE:
        raise BadRequest(
            f"A note can have {LONGEST_NOTE:,} characters; this one has {len(note):,}. Shorten it."
        )
    return note


def band_of(content: bytes) -> tuple[str, HumanVerdict, str | None]:
    """Read what ``POST band`` sends: the name of the frozen rows, the verdict and the note.

    Raises:
        BadRequest: naming what is missing or wrong.
    """
    body = body_of(content, ("ids_token", "verdict", "note"))
    verdict = _verdict(body)
    if not verdict:
        raise BadRequest("A band needs a verdict. Undo takes it back.")
    return text_of(body, "ids_token"), verdict, note_of(body)


def name_of(content: bytes) -> str:
    """Read what ``POST reviewer`` sends.

    Raises:
        BadRequest: when it is no name.
    """
    try:
        return reviewer_name(text_of(body_of(content, ("name",)), "name"))
    except UsageError as error:
        raise BadRequest(str(error)) from error


def reviewer_name(name: str) -> str:
    """A reviewer's name on one line; empty is allowed.

    Raises:
        UsageError: when it is too long, or holds a sign that parts several names in the queue.
    """
    plain = " ".join(name.split())
    if len(plain) > LONGEST_NAME:
        raise UsageError(f"A reviewer's name can have {LONGEST_NAME} characters. Shorten it.")
    if "|" in plain or not _JOINERS.sub("", plain).isprintable():
        raise UsageError(
            "A reviewer's name cannot hold the sign | or a character that cannot be seen."
        )
    return plain


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A text that must be there.

    Raises:
        BadRequest: when it is not, or is no text.
    """
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"'{name}' must be there and be text.")
    return value


def change_of(body: Mapping[str, Any], name: str) -> int | None:
    """A number of changes, None where there is none.

    Raises:
        BadRequest: when it is no whole number.
    """
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"'{name}' must be a whole number.")
    return value


def _seen(body: Mapping[str, Any]) -> dict[str, int] | None:
    seen = body.get("seen")
    if seen is None:
        return None
    if not isinstance(seen, dict):
        raise BadRequest("'seen' must give a whole number for each id.")
    numbers = {name: change_of(seen, name) for name in seen}
    return {name: number for name, number in numbers.items() if number is not None}


def _verdict(body: Mapping[str, Any]) -> HumanVerdict | Literal[""]:
    verdict = body.get("verdict")
    if verdict == "":
        return ""
    for known in HUMAN_VERDICTS:
        if verdict == known:
            return known
    words = ", ".join(HUMAN_VERDICTS)
    raise BadRequest(f"'verdict' must be one of {words}, or empty to take a decision back.")


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN_OF_A_VALUE else f"{value[:_SHOWN_OF_A_VALUE]}…"
