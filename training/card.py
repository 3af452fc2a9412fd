"""Writes the model card from what was measured; no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SET_NAMES = {
    "jigsaw_heldout": "Jigsaw 2018 comments, held-out split",
    "wiki_nonfuzzed": "Wikipedia comments of the unintended-bias test set",
    "wiki_context_heldout": "Wikipedia talk comments at their natural base rate, held-out split",
    "annotators_heldout": "Jigsaw annotator sample, held-out half (gold: most raters)",
    "surge_toxicity": "surge_toxicity (social media)",
    "hatemojicheck": "HatemojiCheck (functional tests with emoji)",
    "templates_heldout": "identity templates, held-out identities and templates",
    "generated_heldout": "generated sentences of held-out templates",
    "functions": "sentences written one by one: negation, counter-speech, quotation and the like",
    "reader_comments_flagged": "reader comments of saved pages, unlabelled: all flags counted",
    "civil_heldout": "newspaper comments of the span evaluation, marked by most raters",
    "disguise_clean": "toxic comments as written",
    "disguise_misspelt": "the same, misspelt by people",
}


def model_card(measured: Mapping[str, Any]) -> str:
    """Write the card, in Markdown, from the contents of ``measured.json``."""
    parts = (
        _heading(measured),
        _quality(measured),
        _thresholds(measured),
        _identity(measured),
        _calibration(measured),
        _patterns(measured),
        _first_look(measured),
        _data(measured["made"]),
        _failures(measured),
    )
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _span(found: Mapping[str, Any], digits: int = 3) -> str:
    return f"{found['value']:.{digits}f} ({found['low']:.{digits}f} to {found['high']:.{digits}f})"


def _percent(found: Mapping[str, Any]) -> str:
    return f"{found['value']:.2%} ({found['low']:.2%} to {found['high']:.2%})"


def _heading(measured: Mapping[str, Any]) -> str:
    made, int8 = measured["made"], measured["int8"]
    settings = made["settings"]
    return f"""
# Model card: `compact`, revision {made["revision"]}

Written by `training/card.py` from `measured.json` on {made["on"]}. All figures are of the
shipped int8 file. Figures in brackets are 95 % bootstrap intervals over texts.

**What it is.** A transformer encoder (all-MiniLM-L6-v2, Apache-2.0: 6 layers, 384 wide, uncased
English word pieces) trained to give six scores for an English text, with Detoxify's labels:
toxicity, severe_toxicity, obscene, threat, insult, identity_attack. Matrices in seven bits with
one scale a column, rounded for the inputs that texts give them (GPTQ); embeddings in eight bits
with one scale a row; activations quantised as each text runs.

**What it is for.** To put comments in an order in which people look at them. **Not for**
deciding about a comment or a person without a human, nor for languages other than English.

**How it was made.** `{_command(made)}`: {made["steps"]} steps ({settings["epochs"]} epochs)
over {made["texts"]:,} texts in {made["minutes"]} minutes on {made["machine"]} that did other
work as well; seed {settings["seed"]}; AdamW, peak learning rate {settings["learning_rate"]},
layer decay {settings["layer_decay"]}; soft labels, those of talk-page comments as logits too
(weight {settings.get("imitation", 0.0)}); teacher tox-block 0.1.2 (MIT) at half weight
where a set has no label; texts that differ in the identity named are drawn together (weight
{settings["consistency"]}); running average of the weights. Training data hash
`{made["training_data"][:16]}`. {_start(made)} {_second_course(made)} {made.get("note", "")}

**Int8 against full precision** on {int8["n"]:,} texts: the difference of a score is
{int8["p99_each_score"]:.4f} at the 99th percentile of scores, {int8["mean"]:.5f} on average and
{int8["max"]:.4f} at most; the largest of a text's six is {int8["p99"]:.4f} at the 99th percentile
of texts.
"""


def _command(made: Mapping[str, Any]) -> str:
    named = ("epochs", "learning_rate", "rehearsal", "made", "text_tokens")
    settings = {name: made["settings"][name] for name in named if name in made["settings"]}
    options = settings | {"blend": made["blend"]}
    written = (f"--{name.replace('_', '-')} {value}" for name, value in options.items())
    return " ".join(("python -m training", *written))


def _start(made: Mapping[str, Any]) -> str:
    before = made.get("start")
    if not before:
        return "From the base weights, in one go."
    if "released" in before:
        return (
            f"It went on from the released weights (revision `{before['released']}`, in seven "
            f"bits). The weights are {made['blend']:.0%} those that came out and else those that "
            "went in (after WiSE-FT)."
        )
    rate, share = before["settings"]["learning_rate"], made["settings"]["rehearsal"]
    return (
        f"It went on from the weights of an earlier run (checkpoint `{before['sha256'][:16]}`: "
        f"{before['steps']} steps over {before['texts']:,} texts, peak learning rate {rate}) and "
        f"learnt from {share:.0%} of the data sets and all that is generated. The weights are "
        f"{made['blend']:.0%} those that came out and else those that went in (after WiSE-FT)."
    )


def _second_course(made: Mapping[str, Any]) -> str:
    course = made.get("second_course")
    if not course:
        return ""
    return (
        f"Then a second course of {course['steps']} steps taught the encoder the sum of its own "
        f"logit of toxicity and {course['tally_share']} of that of a logistic regression over word "
        f"pieces and pairs of them (`training/tally.py`), on {course['texts']:.0%} of the texts, "
        f"peak learning rate {course['learning_rate']}."
    )


def _first_look(measured: Mapping[str, Any]) -> str:
    look, names = measured["made"]["first_look"], tuple(measured["presets"])
    settings = look["settings"]
    lost = ", ".join(
        f"{found['lost']} of {found['flagged']:,} by {name}" for name, found in look["lost"].items()
    )
    settled = ", ".join(
        f"{SET_NAMES.get(name, name.replace('_', ' '))} {share:.0%}"
        for name, share in look["settled"].items()
    )
    text = f"""
## The first look of `compact-quick`

`--model compact-quick` has the same weights, and looks first: before the encoder runs, a small
convolutional net over its word embeddings reads each window of text ({settings["features"]}
features a word, {settings["filters"]} filters over three words and {settings["wider"]} over seven,
learnt from the encoder's scores of {look["texts"]:,} training texts). A window that it finds less
suspect than {look["bound"]} in log-odds is settled: it gets a tenth of the scores that the first
look guesses, and the encoder does not run. A window with an unknown word piece, letters of another
alphabet, three emoji, or six single letters, figures or signs is never settled.

The bound is the highest, in steps of a tenth, at which no preset loses more than 0.5 % of its flags
over {look["windows"]:,} held-out windows: it loses {lost}. Settled there: {settled}.

What it changes in whole texts; the bound was chosen on most of these sets:
"""
    rows = [
        (
            SET_NAMES[name],
            f"{row['auc_quick']:.3f}" if "auc" in row else "–",
            f"{row['auc']:.3f}" if "auc" in row else "–",
            *(_changed(row["presets"][one]) for one in names),
            f"{row['n']:,}",
        )
        for name, row in measured["quick"].items()
        if name in SET_NAMES
    ]
    head = (
        "set",
        "AUC with it",
        "AUC of `compact`",
        *(f"flags, {name}" for name in names),
        "texts",
    )
    return f"{text.strip()}\n\n{_table(head, rows)}"


def _changed(found: Mapping[str, int]) -> str:
    return f"{found['flagged']:,}: {found['lost']} lost, {found['won']} won"


def _quality(measured: Mapping[str, Any]) -> str:
    rows = [
        (SET_NAMES[name], _span(found), f"{found['n']:,}", f"{found['positive']:,}")
        for name, found in measured["auc"].items()
    ]
    labels = [
        (
            label,
            _span(found),
            found["positive"],
            f"{found['negative']:,}",
            _span(found["within_toxic"]),
        )
        for label, found in measured["label_auc"].items()
    ]
    return "\n\n".join(
        [
            "## Telling abuse from the rest (AUC)",
            _table(("set, scored by toxicity", "AUC", "texts", "toxic"), rows),
            "Other labels: positives are newspaper and talk-page comments that "
            "most raters marked so, "
            "negatives talk-page comments that are not; the last column compares within abusive "
            "newspaper comments only, which is far harder. severe_toxicity has no "
            "gold labels here.",
            _table(("label", "AUC", "positive", "negative", "within abusive comments"), labels),
        ]
    )


def _thresholds(measured: Mapping[str, Any]) -> str:
    rows = []
    for label, table in measured["thresholds"].items():
        for row in table["rows"]:
            if round(row["threshold"] * 100) % 10 == 0:
                precision = "–" if row["precision"] is None else f"{row['precision']:.2f}"
                rows.append(
                    (
                        label,
                        row["threshold"],
                        precision,
                        f"{row['recall']:.2f}",
                        f"{row['false_positive_rate']:.2%}",
                        f"{table['n']:,}",
                        table["positive"],
                    )
                )
    names = tuple(measured["presets"])
    limits = [
        (label, *(measured["presets"][name][label] for name in names))
        for label in measured["presets"]["standard"]
    ]
    flags = _by_preset(measured["false_positives"], names)
    found = _by_preset(measured["found"], names)
    return "\n\n".join(
        [
            "## What a threshold gives",
            f"Precision is stated for a base rate of {measured['base_rate']:.0%}. "
            f"Toxicity was measured "
            "on Wikipedia talk comments (Jigsaw), the other labels with the "
            "positives and negatives "
            "above. `measured.json` has every hundredth.",
            _table(
                (
                    "label",
                    "threshold",
                    "precision",
                    "recall",
                    "false positives",
                    "texts",
                    "positive",
                ),
                rows,
            ),
            "The policy's presets flag a comment when any label reaches its threshold:",
            _table(("label", *names), limits),
            "How many harmless texts they flag. Reader comments are unlabelled: some of those "
            "flagged deserve it. The thresholds were chosen with a look at them and at the Jigsaw, "
            "unintended-bias and social-media sets, and so were the share of new weights and that "
            "of the tally: these rows and AUCs are not a blind test.",
            _table(("harmless texts", *names, "texts"), flags),
            "How many abusive texts they find:",
            _table(("abusive texts", *names, "texts"), found),
            "Disguises, by the standard preset:",
            _table(
                ("disguised abuse", "found", "count"),
                [
                    (SET_NAMES[name], _percent(found), f"{found['flagged']} of {found['n']:,}")
                    for name, found in measured["disguise"].items()
                ],
            ),
        ]
    )


def _by_preset(
    table: Mapping[str, Mapping[str, Any]], names: Sequence[str]
) -> list[tuple[str, ...]]:
    sets = table[names[0]]
    return [
        (
            SET_NAMES[one],
            *(_percent(table[name][one]) for name in names),
            f"{sets[one]['n']:,}",
        )
        for one in sets
    ]


def _identity(measured: Mapping[str, Any]) -> str:
    found = measured["identity"]
    means = found["template_means"]
    rows = [
        (
            name.replace("_", " "),
            f"{row['subgroup_auc']:.3f}",
            f"{row['bpsn_auc']:.3f}",
            f"{row['bnsp_auc']:.3f}",
            f"{means[name]['harmless']:.3f}",
            f"{means[name]['toxic']:.3f}",
            row["n"],
        )
        for name, row in found["templates"].items()
    ]
    pairs, swapped = found["counterfactual"], found["swapped_in_comments"]
    return "\n\n".join(
        [
            "## Identities",
            f"Sentences that differ only in the identity named (templates held "
            f"out): mean difference in "
            f"toxicity {_span(pairs)}, 95th percentile {pairs['p95']:.3f}, "
            f"{pairs['n']} pairs. Real "
            f"comments with their identity words swapped: {_span(swapped)}, 95th percentile "
            f"{swapped['p95']:.3f}, {swapped['n']} pairs.",
            "Templates by identity, all of them held out; 'other' are the held-out "
            "kinds of template with "
            "identities seen in training. Subgroup: harmless against toxic within "
            "the identity. BPSN: "
            "harmless of the identity against toxic of the others. BNSP: the other way round.",
            _table(
                (
                    "identity",
                    "subgroup AUC",
                    "BPSN AUC",
                    "BNSP AUC",
                    "mean, harmless",
                    "mean, toxic",
                    "texts",
                ),
                rows,
            ),
        ]
    )


def _calibration(measured: Mapping[str, Any]) -> str:
    made = measured["made"]
    lines = ", ".join(
        f"{label}: slope {line[0]}, offset {line[1]}" for label, line in made["calibration"].items()
    )
    parts = [
        "## Calibration",
        f"Toxicity is calibrated at a base rate of {measured['base_rate']:.0%} on "
        f"{' and '.join(made['calibration_sets'])} ({lines}; folded into the "
        f"last layer). The other "
        "labels are not calibrated: they are the share of raters that the training data would lead "
        "one to expect. Measured on texts that calibration did not see:",
    ]
    for name, table in measured["calibration"].items():
        rows = [
            (
                f"{row['from']:.2f} to {row['to']:.2f}",
                f"{row['mean_score']:.3f}",
                f"{row['toxic_share']:.3f}",
                row["n"],
            )
            for row in table["bands"]
        ]
        parts += [
            f"{SET_NAMES[name]}, weighed to {table['base_rate']:.0%} toxic:",
            _table(("toxicity", "mean score", "toxic share", "texts"), rows),
        ]
    return "\n\n".join(parts)


def _patterns(measured: Mapping[str, Any]) -> str:
    probes = [
        (
            row["text"],
            f"{row['toxicity']:.3f}",
            f"{row['identity_attack']:.3f}",
            f"{row['threat']:.3f}",
        )
        for row in measured["probes"]
    ]
    return "\n\n".join(
        [
            "## Patterns without swear words",
            "Generated sentences of templates kept out of training. Their kinship "
            "with the training "
            "templates makes these figures optimistic.",
            _kinds(measured["generated"]),
            "Sentences written one by one (`training/functions.tsv`), never learnt either. Few, "
            "but of no template:",
            _kinds(measured["functions"]),
            "Sentences that the first trial got wrong (never learnt):",
            _table(("text", "toxicity", "identity_attack", "threat"), probes),
        ]
    )


def _kinds(table: Mapping[str, Any]) -> str:
    rows = [
        (
            name.replace("_", " "),
            "yes" if row["toxic"] else "no",
            f"{row['flagged']:.1%}",
            f"{row['mean_toxicity']:.3f}",
            row["n"],
        )
        for name, row in table.items()
    ]
    return _table(("kind", "abusive", "flagged", "mean toxicity", "texts"), rows)


def _data(made: Mapping[str, Any]) -> str:
    rows = [
        (
            source["name"],
            source["about"],
            source["licence"],
            f"{made['counts'].get(source['name'], 0):,}",
            source["folder"],
        )
        for source in made["sources"]
    ]
    own = {
        name: count
        for name, count in made["counts"].items()
        if name not in {source["name"] for source in made["sources"]}
    }
    rows += [
        (name, "made by training/augment.py", "Apache-2.0", f"{count:,}", "–")
        for name, count in own.items()
    ]
    removed = [
        (source, name, count)
        for source, row in made["removed"].items()
        for name, count in row.items()
    ]
    files = [(path, f"`{digest[:16]}`") for path, digest in made["files"].items()]
    total = sum(count for _, _, count in removed)
    return "\n\n".join(
        [
            "## Data",
            _table(("set", "what", "licence", "texts used", "folder"), rows),
            f"Removed before training because half of its six-word shingles, or all "
            f"of a shorter text, "
            f"stand in an evaluation text: {total:,} texts.",
            _table(("training set", "evaluation set", "removed"), removed),
            "Files read, with the first 16 digits of their SHA-256:",
            _table(("file", "SHA-256"), files),
        ]
    )


def _failures(measured: Mapping[str, Any]) -> str:
    within = measured["label_auc"]
    return f"""
## Known failures

- The labels beside toxicity tell abuse from harmless text, but one kind of abuse from another
  only weakly: among abusive comments the AUC is {within["insult"]["within_toxic"]["value"]:.2f}
  for insult and {within["identity_attack"]["within_toxic"]["value"]:.2f} for identity_attack.
  severe_toxicity was learnt from another model's scores alone.
- All clean comments that it learnt from are Wikipedia talk, short sentences and generated text.
  Reader comments of newspapers that nobody found toxic were not to be had.
- A stretched or run-together word of more than 100 characters is one unknown piece to the
  tokenizer.
- Its vocabulary has the 804 commonest emoji; the others are all the same unknown piece. What an
  emoji stands for was learnt from few texts, most of them hateful.
- Coarse words in friendly use ('fuck yeah, great article', 'you crack me up') are flagged, and so
  are denials that name the insult ('Nobody here is a clown').
- Short compliments with a misspelt or rare word ('you look stunnig!', 'you are a clone of your
  dad!', 'You are a hoot') may score above 0.9.
- The identity named still moves the score of threats and counter-speech in new wordings;
  harmless and neutral sentences hardly at all.
- Calibration holds on Jigsaw; on other sets scores between 0.2 and 0.8 are too high.
- The first look of `compact-quick` sees seven words at a time: what is abusive only by a longer
  context may be settled as harmless. It costs most where abuse is hard to see, as in the generated
  sentences above.
- Texts longer than the window get the highest of several scores, so long comments are flagged
  more often than short ones.
- Irony, and abuse that only the page around it reveals, are not seen. A quotation of abuse is
  sometimes taken for abuse.
- Texts in other languages get scores that mean nothing; the scorer says that it knows English
  only.
- Slurs that are reclaimed by those they were aimed at are often flagged, and contempt without a
  coarse word ('What planet do you live on?') is not.
"""
