"""Comments made of several sentences, and texts without a letter.

The sentences of Jigsaw comments are at hand in far greater number than whole comments. Several of
them in a row have a comment's length, and the teacher, which learnt from all of Jigsaw, says what
they are. Texts of nothing but marks and figures are clean: without any, a row of question marks
reads as an outcry.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.examples import NO_LABELS, Example, all_labels

SENTENCES = "jigsaw_sentences"
"""The set of which comments are composed."""

TEACHER_ALONE = 2.0
"""The weight that makes the teacher's judgement count as much as a gold label."""

_MOST_WORDS = 88
_ABUSIVE_COMMENTS = 0.4
_MARKS = ("?", "!", ".", "…", "-", "*", "?!", "!?", ",", "=", "/", "~", "#", '"', "^", ":", ";")
_FACES = (":)", ":(", ";)", ":D", "^^", "<3", "+1", "#1", "100%", "$20", "24/7", "---", "(...)")


def composed(clean: Sequence[Example], seed: int, count: int) -> list[Example]:
    """Put sentences together to comments, two in five with abusive ones among them."""
    draw = random.Random(seed)
    sentences = [e for e in clean if e.source == SENTENCES]
    abusive = [e.text for e in sentences if (e.labels[0] or 0.0) > 0.5]
    harmless = [e.text for e in sentences if (e.labels[0] or 0.0) <= 0.5]
    made = []
    for _ in range(count if abusive and harmless else 0):
        parts = draw.choices(harmless, k=draw.randint(1, 5))
        if draw.random() < _ABUSIVE_COMMENTS:
            parts += draw.choices(abusive, k=draw.randint(1, 2))
        draw.shuffle(parts)
        text = " ".join(" ".join(parts).split()[:_MOST_WORDS])
        made.append(Example(text=text, labels=NO_LABELS, source="composed", weight=TEACHER_ALONE))
    return made


def marks(seed: int, count: int) -> list[Example]:
    """Make texts of marks and figures only, none of them abusive."""
    draw = random.Random(seed)
    return [
        Example(text=_without_letters(draw), labels=all_labels(0.0), source="generated_marks")
        for _ in range(count)
    ]


def _without_letters(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.45:
        return draw.choice(_MARKS) * draw.randint(1, 40)
    if kind < 0.65:  # what is left of a text in letters that somebody's program did not know
        return " ".join("?" * draw.randint(1, 9) for _ in range(draw.randint(2, 30)))
    if kind < 0.85:
        figures = [f"{draw.randint(0, 10 ** draw.randint(1, 6)):,}" for _ in range(3)]
        return draw.choice((" ", ", ", "/", "-", ".")).join(figures[: draw.randint(1, 3)])
    return " ".join(draw.choice((*_FACES, *_MARKS)) for _ in range(draw.randint(1, 6)))
