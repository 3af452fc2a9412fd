"""Decisions as a shell script of WP-CLI's ``wp comment`` commands.

Nothing that a stranger wrote stands in the script, not even in a remark: an id of the site is let
in only as plain digits, a queue id only in its own form. So no comment text can run, in any shell.

Source: WP-CLI's command reference, ``wp comment approve|trash|spam|status <id>…``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from moderation.records import HumanVerdict

Removal = Literal["trash", "spam"]
"""What becomes of a comment that is to be removed; both can be undone on the site."""

OPENING: Final = "#!/bin/sh\n# Decisions of a moderation queue, for WP-CLI.\n"
"""How every script begins."""

# 64 bits unsigned, as WordPress keeps ids; a zero in front would make two spellings of one id.
_SITE_ID = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_WITHOUT_ID = "have no id of the site"
_NO_DIGITS = "have an id that is not plain digits"
_AMBIGUOUS = "share their id with another comment, as numbers do that count within a page"
_REPEATED = "stand on another saved page too and are handled there"
_QUEUE_ID = re.compile(r"c[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteComment:
    """A decided comment and the id by which the site knows it, which may be anything yet.

    ``saying`` is who says what: the same on two saved pages is one comment of the site.
    """

    id: str
    row: int
    site_id: str
    verdict: HumanVerdict
    saying: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteIds:
    """The ids by which a site knows comments, by the comments' own.

    ``shared`` are those that stand beside different comments, decided or not: they are no ids then.
    """

    by_comment: Mapping[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The script's text and how many commands it holds.

    ``left_out`` counts decided comments without a command of their own by the reason; ``unapplied``
    are those of them whose decision the script does not carry out.
    """

    text: str
    commands: int
    left_out: Mapping[str, int]

    @property
    def unapplied(self) -> int:
        """Decisions that are lost on the site unless somebody looks to them."""
        return sum(count for reason, count in self.left_out.items() if reason != _REPEATED)


def script(comments: Sequence[SiteComment], shared: Collection[str], removed: Removal) -> Script:
    """Write the script; what cannot be applied for certain is left out and counted.

    ``shared`` are ids that stand beside different comments. Comments to escalate, or of which
    people are unsure, are remarks, since nothing is to be done to them yet.
    """
    left_out: Counter[str] = Counter()
    lines: list[str] = []
    for comment in _applicable(comments, shared, left_out):
        place = f"row {comment.row}, {_queue_id(comment.id)}"
        if comment.verdict == "approve":
            lines.append(f'apply approve approved {comment.site_id} "$@"  # {place}')
        elif comment.verdict == "remove":
            lines.append(f'apply {removed} {removed} {comment.site_id} "$@"  # {place}')
        else:
            lines.append(f"# {comment.verdict}: comment {comment.site_id}, {place}")
    commands = sum(line.startswith("apply ") for line in lines)
    return Script(
        text=f"{OPENING}{_HEAD}{_joined(lines)}{_TAIL}", commands=commands, left_out=dict(left_out)
    )


def _applicable(
    comments: Iterable[SiteComment], shared: Collection[str], left_out: Counter[str]
) -> Iterable[SiteComment]:
    """The comments whose id on the site is beyond doubt, in their order."""
    by_site_id: defaultdict[str, list[SiteComment]] = defaultdict(list)
    for comment in comments:
        if not comment.site_id:
            left_out[_WITHOUT_ID] += 1
        elif _SITE_ID.fullmatch(comment.site_id) is None:
            left_out[_NO_DIGITS] += 1
        else:
            by_site_id[comment.site_id].append(comment)
    for site_id, same in by_site_id.items():
        if site_id in shared or len({(one.verdict, one.saying) for one in same}) > 1:
            left_out[_AMBIGUOUS] += len(same)
        else:
            if len(same) > 1:
                left_out[_REPEATED] += len(same) - 1
            yield same[0]


def _queue_id(id_: str) -> str:
    return id_ if _QUEUE_ID.fullmatch(id_) else "an id of another form"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


_HEAD: Final = """\
#
# Run it where WordPress is installed. This only says what it would do:
#
#     sh decisions.sh --dry-run
#
# Every other argument goes to wp, such as --path=/var/www/site or --url=example.org:
#
#     sh decisions.sh --path=/var/www/site
#
# Each line at the end is one call, so that one that fails does not stop the others. A comment that
# is already as it should be counts as done. Nothing is deleted for good: what is put into the trash
# or marked as spam can be brought back in WordPress. The remarks name row and id in the queue.
set -eu

dry_run=no
if [ "${1-}" = --dry-run ]; then
    dry_run=yes
    shift
elif ! command -v wp >/dev/null 2>&1; then
    echo "The program wp (WP-CLI, https://wp-cli.org) is not on the PATH. Nothing was done." >&2
    exit 127
fi

applied=0
failed=0

# apply VERB AFTERWARDS ID ARGUMENTS; AFTERWARDS is the status that WordPress gives it then.
apply() {
    verb=$1 afterwards=$2 id=$3
    shift 3
    if [ "$dry_run" = yes ]; then
        echo "wp comment $verb $id"
    elif wp comment "$verb" "$id" "$@" </dev/null; then
        applied=$((applied + 1))
    elif [ "$(wp comment status "$id" "$@" </dev/null)" = "$afterwards" ]; then
        echo "Comment $id has the status '$afterwards' already."
        applied=$((applied + 1))
    else
        echo "Not done: wp comment $verb $id" >&2
        failed=$((failed + 1))
    fi
}

"""
_TAIL: Final = """
if [ "$dry_run" = no ]; then
    echo "Comments done: $applied. Not done: $failed."
fi
[ "$failed" -eq 0 ]
"""
