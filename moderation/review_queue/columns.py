"""The one place that knows the queue's columns: their names, their order and who fills them."""

from __future__ import annotations

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
"""The model labels that have a column of their own, in Detoxify's words."""

REVIEWER_COLUMNS = ("decision", "note", "reviewer", "decided_at")
"""What people fill in; a scan leaves these empty and never overwrites them."""

COLUMNS = (
    "id",
    "priority",
    *REVIEWER_COLUMNS,
    "text",
    "reasons",
    "source",
    "number",
    "author",
    "posted_at",
    "language",
    *LABELS,
    "terms",
    "scored_by",
)
