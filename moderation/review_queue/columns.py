"""The one place that knows the queue's columns: their names, their order and who fills them."""

from __future__ import annotations

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
"""The model labels that have a column of their own, in Detoxify's words."""

REVIEWER_COLUMNS = ("decision", "note", "reviewer", "decided_at")
"""What people fill in; a scan never overwrites what they wrote."""

STANDING_COLUMNS = ("state", "group", "decided_under", "decided_with")
"""What the queue itself says of a row, made anew whenever it is written.

``state`` says in words what a person should know of the row's standing (see `states`); ``group``
is the same for near-duplicates and empty for a comment that has none; ``decided_under`` names the
tool, model, lexicon and policy under which the row was decided, and shows thereby that the decision
is in the log; ``decided_with`` is the id of the near-duplicate whose decision the row took over.
"""

SCANNED_COLUMNS = (
    "priority",
    "text",
    "reasons",
    "source",
    "number",
    "author",
    "posted_at",
    "language",
    *LABELS,
    "terms",
)
"""What a scan says of a comment. People may delete these; the next scan writes them again."""

COLUMNS = (
    "id",
    "priority",
    *REVIEWER_COLUMNS,
    "state",
    "text",
    "reasons",
    "source",
    "number",
    "author",
    "posted_at",
    "group",
    "language",
    *LABELS,
    "terms",
    "scored_by",
    "decided_under",
    "decided_with",
)
