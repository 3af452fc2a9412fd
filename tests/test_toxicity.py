"""The scorers' front door, and the embedded model through it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity import LABELS, Scorer, load_scorer, measured_effect, scorer_names
from moderation.toxicity.compact import load_folder

CASES = Path(__file__).parent / "cases" / "toxicity"
PACKAGE = Path(__file__).parents[1] / "moderation" / "toxicity" / "compact"
THRESHOLD = 0.5


def cases(name: str) -> list[str]:
    """Read a file of texts."""
    found: list[str] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """The embedded model, loaded once."""
    return load_scorer()


def test_it_says_what_it_is(scorer: Scorer) -> None:
    """Name, revision, labels and languages are there to be written beside each score."""
    assert scorer.name == "compact"
    assert len(scorer.revision) >= 8
    assert scorer.labels == LABELS
    assert scorer.languages == {"en"}


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_as_many_results_as_texts(scorer: Scorer, count: int) -> None:
    """None, one and many texts give as many results, each with every label between 0 and 1."""
    results = scorer.score(["You are a fool."] * count)
    assert len(results) == count
    for result in results:
        assert tuple(result) == LABELS
        assert all(type(value) is float and 0.0 <= value <= 1.0 for value in result.values())


def test_results_keep_the_order_of_the_texts(scorer: Scorer) -> None:
    """A result stands where its text stood, whatever the texts' lengths."""
    texts = ["You are an idiot.", "Lovely " * 60, "You are an idiot.", "Thanks!", "Lovely " * 200]
    results = scorer.score(texts)
    assert results == [scorer.score([text])[0] for text in texts]
    assert results[0]["insult"] > results[1]["insult"]


def test_company_does_not_change_a_score(scorer: Scorer) -> None:
    """A text scores the same to the last bit alone, in any batch and at any place in it."""
    texts = cases("abusive.json") + cases("harmless.json") + ["word " * 300]
    together = scorer.score(texts)
    assert scorer.score(texts[::-1])[::-1] == together
    assert [row for text in texts for row in scorer.score([text])] == together
    assert scorer.score(texts) == together


@pytest.fixture(scope="module")
def quick() -> Scorer:
    """The embedded model with its first look."""
    return load_scorer("compact-quick")


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0", "?", "????? ?? ?????", "...!!", "(—)"])
def test_a_text_without_words_scores_nothing(scorer: Scorer, quick: Scorer, text: str) -> None:
    """Empty texts and those of white space and punctuation get a score too, and it is 0."""
    for one in (scorer, quick):
        assert one.score([text]) == [dict.fromkeys(LABELS, 0.0)]


@pytest.mark.parametrize("text", ["🖕", "8", "$", "中", "é"])
def test_a_letter_figure_or_symbol_is_judged(scorer: Scorer, text: str) -> None:
    """What may mean something goes to the model."""
    assert max(scorer.score([text])[0].values()) > 0


def test_the_first_look_settles_harmless_texts_low(scorer: Scorer, quick: Scorer) -> None:
    """Most harmless texts are settled, and then no score of theirs reaches a preset's numbers."""
    texts = [
        "The bus was late again this morning, but the driver was friendly.",
        "I think the council should repair the bridge before winter.",
        "Thanks for the recipe, we had it on Sunday.",
    ]
    for settled, full in zip(quick.score(texts), scorer.score(texts), strict=True):
        assert settled != full
        assert max(settled.values()) <= 0.1
        assert max(full.values()) < 0.25


@pytest.mark.parametrize("text", cases("abusive.json"))
def test_the_first_look_leaves_abuse_to_the_encoder(
    scorer: Scorer, quick: Scorer, text: str
) -> None:
    """Abuse is read by the encoder, with or without a swear word: the scores are its own."""
    assert quick.score([text]) == scorer.score([text])


def test_with_and_without_first_look_are_two_models(scorer: Scorer, quick: Scorer) -> None:
    """They have the same weights and different names, so that their scores are not mixed up."""
    assert scorer.revision == quick.revision
    assert (scorer.name, quick.name) == ("compact", "compact-quick")


def test_short_and_long_texts_keep_their_places(quick: Scorer) -> None:
    """Texts that are made into tokens together and those read in chunks, in more than one group."""
    texts = ["Good. " * 3_000, "You are an idiot.", "", "Thanks!"] + ["Thanks!"] * 600 + ["Hello."]
    results = quick.score(texts)
    some = [0, 1, 2, 3, 300, 600, 604]
    assert [results[place] for place in some] == [quick.score([texts[p]])[0] for p in some]


@pytest.mark.parametrize(
    "text",
    [
        "😀🔪👳🏾",
        "שלום עולם",
        "مرحبا بالعالم",
        "\u202eabc\u202c",
        "a\u200bb",
        "\x00",
        "\ud800",
        "中文" * 9,
        "a" * 10_000,
        "1. " * 4_000,
    ],
    ids=[
        "emoji",
        "hebrew",
        "arabic",
        "override",
        "zero-width",
        "nul",
        "surrogate",
        "han",
        "long word",
        "digits",
    ],
)
def test_odd_texts_get_valid_scores(scorer: Scorer, text: str) -> None:
    """No text that a page may hold makes it fail."""
    (result,) = scorer.score([text])
    assert all(0.0 <= value <= 1.0 for value in result.values())


@pytest.mark.parametrize("place", [0, 3_000, 9_900])
def test_an_insult_anywhere_in_a_long_comment_counts(scorer: Scorer, place: int) -> None:
    """A comment of 10,000 characters is read to its end, not cut at the model's window."""
    calm = "The road past the station was closed for repairs during the whole of last week. " * 125
    cut = calm.rfind(" ", 0, place + 1) + 1
    text = f"{calm[:cut]}You are a fucking idiot, shut up. {calm[cut:]}"
    assert scorer.score([calm])[0]["toxicity"] < THRESHOLD
    assert scorer.score([text])[0]["toxicity"] > THRESHOLD


@pytest.mark.parametrize("text", cases("harmless.json"))
def test_harmless_texts_stay_below_the_middle(scorer: Scorer, text: str) -> None:
    """Politics, identities, disagreement and counter-speech are not taken for abuse."""
    assert max(scorer.score([text])[0].values()) < THRESHOLD


@pytest.mark.parametrize("text", cases("abusive.json"))
def test_abusive_texts_reach_the_middle(scorer: Scorer, text: str) -> None:
    """Insults, threats, dehumanising and exclusion are seen, with or without a swear word."""
    assert scorer.score([text])[0]["toxicity"] >= THRESHOLD


def test_scoring_needs_no_torch() -> None:
    """Importing, loading and scoring load neither PyTorch nor transformers."""
    code = (
        "import sys; from moderation.toxicity import load_scorer; heavy = {'onnxruntime', 'numpy', "
        "'torch', 'transformers', 'tokenizers'}; assert not heavy & set(sys.modules), 'at import'; "
        "load_scorer().score(['hello']); assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A misspelt model name is answered with the names that there are."""
    with pytest.raises(UsageError) as caught:
        load_scorer("compcat")
    assert all(name in str(caught.value) for name in ("'compcat'", *scorer_names()))


def test_the_package_data_is_small_and_complete() -> None:
    """All that ships with the model stays within 25 MB, the model card included."""
    sizes = {path.name: path.stat().st_size for path in PACKAGE.iterdir()}
    assert set(sizes) == {
        "model.onnx",
        "tokenizer.json",
        "config.json",
        "measured.json",
        "MODEL_CARD.md",
    }
    assert sum(sizes.values()) <= 25_000_000


def test_the_card_is_about_the_weights_that_ship(scorer: Scorer) -> None:
    """Card, measurements and weights name the same revision."""
    measured = json.loads((PACKAGE / "measured.json").read_text(encoding="utf-8"))
    assert measured["made"]["revision"] == scorer.revision
    assert scorer.revision in (PACKAGE / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_a_threshold_says_what_it_was_measured_to_give() -> None:
    """Precision, recall and base rate are told for measured labels, nothing for others."""
    said = measured_effect("toxicity", 0.5)
    assert said is not None
    assert all(word in said for word in ("precision", "recall", "base rate of 5%", "n = "))
    assert measured_effect("severe_toxicity", 0.5) is None
    assert measured_effect("no such label", 0.5) is None


def test_a_damaged_folder_is_an_error(tmp_path: Path) -> None:
    """A model folder without its files is reported, not loaded half."""
    with pytest.raises(OSError, match=r"config\.json"):
        load_folder(tmp_path)


def test_model_errors_are_ours() -> None:
    """What cannot be had is a ModelUnavailable, which the command turns into exit code 2."""
    assert ModelUnavailable("x").exit_code == 2
