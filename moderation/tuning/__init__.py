"""What a desk's own decisions say about its policy.

    tuning = tune(Path("queue.csv"), Goal(precision=0.8))

``evidence`` brings decisions, today's scores and the policy together, ``precision`` counts how
often each reason and each term was right, ``search`` finds thresholds, ``validation`` says from
held-out decisions what they will give, ``proposal`` chooses among them, ``policy_file`` writes the
choice down.

Decisions exist for flagged comments only, so thresholds are raised from them and never lowered:
what a lower one would bring, an audit sample can say, or `moderation preview` and a person.
"""

from moderation.tuning.evidence import Evidence, FlaggedRow, LeftOut
from moderation.tuning.policy_file import policy_file_text, write_policy
from moderation.tuning.precision import Precision, precision_of_reasons, precision_of_terms
from moderation.tuning.proposal import Choice, Goal, Proposal, Refusal, Tuning, tune
from moderation.tuning.validation import ENOUGH, Estimate

__all__ = [
    "ENOUGH",
    "Choice",
    "Estimate",
    "Evidence",
    "FlaggedRow",
    "Goal",
    "LeftOut",
    "Precision",
    "Proposal",
    "Refusal",
    "Tuning",
    "policy_file_text",
    "precision_of_reasons",
    "precision_of_terms",
    "tune",
    "write_policy",
]
