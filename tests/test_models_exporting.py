"""Models of all four architectures, added from small checkpoints, give Detoxify's scores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.exporting import Order, export_model
from moderation.toxicity.models.manifest import MANIFEST, Manifest, Precision
from moderation.toxicity.models.onnx_scorer import ExportedScorer, load_exported

from .checkpoints import KINDS, LABELS, SENTENCES, make_checkpoint, theirs

pytest.importorskip(
    "detoxify", reason="the detoxify package is not installed: pip install detoxify"
)

TEXTS = [
    "",
    " ",
    "you are a fool",
    "hello 😀 friend 👳🏾‍♂️",
    "שלום עולם you fool",
    "مرحبا بالعالم",
    "\u202eabc\u202c",
    "fool " * 2_000,
    "a" * 10_000,
    ("the council met on monday . " * 400)[:10_000],
    "[CLS] you </s> <mask>",
    *SENTENCES,
    *(f"{one} {two}" for one in SENTENCES for two in SENTENCES),
]
"""More than 150 texts, so that one flag in 200 more or less can be told from none."""

LARGEST_DIFFERENCE: dict[Precision, float] = {"fp32": 1e-4, "fp16": 0.02, "int8": 0.02}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small models run faster so, and machines with other work much faster."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=KINDS)
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Original:
    """A small checkpoint of each kind, with Detoxify's own scores of the texts."""
    return Original(tmp_path_factory.mktemp(request.param), request.param)


class Original:
    """A checkpoint, what Detoxify gives for the texts, and exports that were made of it."""

    def __init__(self, folder: Path, kind: str) -> None:
        from moderation.toxicity.models.checkpoint import read_checkpoint
        from moderation.toxicity.models.reference import load_reference

        self.folder, self.kind = folder, kind
        made = make_checkpoint(folder, kind, outputs=16 if kind == "roberta" else len(LABELS))
        detoxify: Any = theirs(made)
        self.expected: list[dict[str, float]] = [detoxify.predict(text) for text in TEXTS]
        self.checkpoint = read_checkpoint(made.path)
        self.reference = load_reference(self.checkpoint, made.config)
        self.exports: dict[Precision | None, tuple[Path, Manifest]] = {}

    def export(self, precision: Precision | None) -> tuple[Path, Manifest]:
        """Export the checkpoint, once for each precision."""
        if precision not in self.exports:
            folder = self.folder / str(precision)
            folder.mkdir()
            order = Order(name="small", languages=("en",), precision=precision)
            made = export_model(self.checkpoint, self.reference, order, folder, lambda step: None)
            self.exports[precision] = folder, made
        return self.exports[precision]

    def scorer(self, precision: Precision | None) -> ExportedScorer:
        """Load an export."""
        return load_exported(*self.export(precision))


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_scores_are_detoxifys(original: Original, precision: Precision) -> None:
    """Every label of every text is within the stated distance, and the texts are flagged alike."""
    found = original.scorer(precision).score_starts(TEXTS)
    same = 0
    for ours, expected in zip(found, original.expected, strict=True):
        assert ours == pytest.approx(expected, abs=LARGEST_DIFFERENCE[precision])
        same += (max(ours.values()) >= 0.5) == (max(expected.values()) >= 0.5)
    assert same >= 0.995 * len(TEXTS)


def test_detoxifys_scores_differ_enough_to_tell(original: Original) -> None:
    """The random weights do tell texts apart: otherwise equal scores would mean nothing."""
    for label in LABELS:
        scores = [row[label] for row in original.expected]
        assert max(scores) - min(scores) > 0.05


def test_company_does_not_change_a_score(original: Original) -> None:
    """A text scores the same to the last bit alone, in any batch and at any place in it."""
    scorer = original.scorer("int8")
    together = scorer.score(TEXTS)
    assert scorer.score(TEXTS[::-1])[::-1] == together
    assert [row for text in TEXTS for row in scorer.score([text])] == together


@pytest.mark.parametrize("count", [0, 1, 3])
def test_as_many_results_as_texts(original: Original, count: int) -> None:
    """None, one and many texts give as many results, each with every label by its common name."""
    results = original.scorer("int8").score(["you are a fool"] * count)
    assert [tuple(row) for row in results] == [LABELS] * count
    assert all(type(score) is float for row in results for score in row.values())


def test_a_long_text_is_read_to_its_end(original: Original) -> None:
    """What stands beyond 512 tokens counts, where Detoxify cuts it off in silence."""
    scorer = original.scorer("fp32")
    start = "hello friend , what a lovely day for the town " * 100
    text = start + "you are a fool " * 100
    assert scorer.score_starts([text]) == scorer.score_starts([start + "!"])
    (whole,), (first,) = scorer.score([text]), scorer.score_starts([text])
    assert whole != first
    assert all(whole[label] >= first[label] for label in LABELS)


def test_windows_of_equal_length_run_together(original: Original) -> None:
    """As on a graphics card: batches without padding give the scores of single runs."""
    from dataclasses import replace

    scorer = original.scorer("fp32")
    together = replace(scorer, together=64).score(TEXTS)
    for ours, alone in zip(together, scorer.score(TEXTS), strict=True):
        assert ours == pytest.approx(alone, abs=1e-5)


def test_the_manifest_says_what_was_made(original: Original) -> None:
    """Labels, sizes, hashes, versions and the check stand in a file that can be read back."""
    from moderation.toxicity.models.manifest import manifest_from, seal

    folder, made = original.export("int8")
    assert manifest_from((folder / MANIFEST).read_text(encoding="utf-8")) == made
    assert made.labels == LABELS
    assert made.window_tokens == 512
    assert made.source.sha256 == seal(original.checkpoint.path).sha256
    assert all(seal(folder / name) == stated for name, stated in made.files.items())
    assert made.check.texts > 200
    assert made.check.largest_difference <= 0.02
    assert "detoxify 0." in made.made_by


def test_the_same_checkpoint_gives_the_same_file(original: Original, tmp_path: Path) -> None:
    """The revision is the graph's hash, so making it again must give the same bytes."""
    order = Order(name="small", languages=("en",), precision="int8")
    again = export_model(
        original.checkpoint, original.reference, order, tmp_path, lambda step: None
    )
    assert again.revision == original.export("int8")[1].revision


def test_scoring_needs_neither_torch_nor_network(original: Original) -> None:
    """Loading and scoring an added model import no PyTorch and open no connection."""
    folder, _ = original.export("int8")
    code = (
        "import socket, sys, pathlib\n"
        "def refuse(*arguments): raise AssertionError('a connection')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from moderation.toxicity.models.manifest import manifest_from\n"
        "from moderation.toxicity.models.onnx_scorer import load_exported\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "manifest = manifest_from((folder / 'manifest.json').read_text('utf-8'))\n"
        "assert load_exported(folder, manifest).score(['you fool'])\n"
        "heavy = {'torch', 'transformers', 'onnx', 'detoxify'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)


def test_a_lone_surrogate_is_scored(original: Original) -> None:
    """What a broken file may hold does not stop a scan."""
    (row,) = original.scorer("int8").score(["you \ud800 fool"])
    assert all(0.0 <= score <= 1.0 for score in row.values())


def test_a_wrong_export_is_not_kept(original: Original, tmp_path: Path) -> None:
    """An export whose scores are not Detoxify's is refused with how far they are."""
    from dataclasses import replace

    wrong = replace(original.reference, architecture=_shifted(original))
    order = Order(name="small", languages=("en",), precision="fp32")
    with pytest.raises(ModelUnavailable, match=r"was not kept: in fp32 .*On 2\d\d texts") as caught:
        export_model(original.checkpoint, wrong, order, tmp_path, lambda step: None)
    assert "Please report" in str(caught.value)
    assert not (tmp_path / MANIFEST).exists()


def _shifted(original: Original) -> Any:
    """The architecture with its layers in another number, as a mistake of ours would have it."""
    from dataclasses import replace

    architecture = original.reference.architecture
    return replace(architecture, layers=architecture.layers[:-1])
