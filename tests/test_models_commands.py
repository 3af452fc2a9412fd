"""The commands on models, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .checkpoints import make_checkpoint
from .conftest import Run

pytest.importorskip("detoxify", reason="detoxify is not installed: pip install detoxify")


def test_list_before_anything_was_added(run: Run) -> None:
    """The embedded model, and those that could be added, with their languages and sizes."""
    code, out, err = run("models", "list")
    assert (code, err) == (0, "")
    assert "Scans use compact for en." in out
    for name in ("original", "unbiased", "multilingual", "original-small", "unbiased-small"):
        assert any(line.split()[:3] == [name, "not", "added"] for line in out.splitlines())


def test_list_of_added_models(run: Run, added: Path) -> None:
    """Each added model with what it is and how close to Detoxify; a damaged one with why."""
    (added / "small" / "manifest.json").write_text("")
    code, out, _ = run("models", "list")
    assert code == 0
    assert "damaged: its manifest cannot be read" in out
    assert "Scans use compact for en; seven for es, fr, it, pt, ru, tr." in out
    assert str(added) in out


def test_list_as_json(run: Run, added: Path) -> None:
    """The same for programs."""
    code, out, _ = run("models", "list", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["scans_use"] == ["compact", "seven"]
    assert [one["name"] for one in found["added"]] == ["seven", "small"]
    assert found["added"][0]["largest_difference"] <= 0.02
    assert "original" in found["can_be_added"]


def test_from_checkpoint_to_scan(run: Run, tmp_path: Path, pages: Path) -> None:
    """Add, use, scan, carry away, remove, bring back: the way of a model."""
    made = make_checkpoint(tmp_path / "made")
    code, out, err = run(
        "models", "add", "mine", "--checkpoint", made.path, "--config", made.config
    )
    assert code == 0, err
    assert "The model 'mine' is added: " in out
    assert "of Detoxify's" in out
    assert "moderation scan PAGES --model mine" in out
    assert "Asking Detoxify for its scores." in err

    code, out, _ = run("models", "use", "mine")
    assert (code, out) == (0, "Scans use mine for en.\n")
    queue = tmp_path / "queue.csv"
    code, _, err = run("scan", pages, "-o", queue)
    assert code == 0, err
    receipt = json.loads((tmp_path / "queue.receipt.json").read_text(encoding="utf-8"))
    assert receipt["settings"]["model"]["name"] == "mine"

    code, out, _ = run("models", "export", tmp_path / "mine.model")
    assert code == 0
    assert "moderation models add mine.model" in out
    code, out, _ = run("models", "remove", "mine")
    assert (code, out) == (0, "The model 'mine' is removed. Scans use compact.\n")
    code, out, _ = run("models", "add", tmp_path / "mine.model")
    assert code == 0
    assert "The model 'mine' is added" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "small", "--checkpoint", "x.ckpt"), "already"),
        (("add", "mine"), "--checkpoint FILE --config FOLDER"),
        (("add", "mine", "--checkpoint", "no.ckpt"), "no checkpoint file no.ckpt"),
        (("add", "original", "--precision", "int4"), "int8, fp32, fp16"),
        (("add", "original", "--languages", "en,xx"), "--languages names xx"),
        (("remove", "other"), "no added model 'other'"),
        (("use", "original"), "moderation models add original"),
        (("use", "small", "other"), "no model 'other'"),
        (("export", "file"), "--model: seven, small"),
        (("export", "file", "--model", "other"), "no added model 'other'"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(
    run: Run, added: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2, one sentence, and nothing changed."""
    before = sorted(added.iterdir())
    code, out, err = run("models", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert sorted(added.iterdir()) == before


def test_a_checkpoint_is_not_taken_for_a_carried_model(run: Run, tmp_path: Path) -> None:
    """Both are archives; the error gives the command for a checkpoint."""
    path = make_checkpoint(tmp_path / "made").path
    code, _, err = run("models", "add", path)
    assert code == 2
    assert f"moderation models add NAME --checkpoint {path} --config DIR" in err


def test_options_do_not_go_with_a_carried_model(run: Run, added: Path, tmp_path: Path) -> None:
    """No option is taken and then ignored."""
    run("models", "export", tmp_path / "file", "--model", "small")
    run("models", "remove", "small")
    code, _, err = run("models", "add", tmp_path / "file", "--precision", "fp32")
    assert code == 2
    assert "leave --checkpoint, --config, --languages and --precision out" in err


def test_scan_with_two_models(run: Run, added: Path, tmp_path: Path) -> None:
    """Joined with +, both judge, and the rows say which."""
    import csv

    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "page.txt").write_text(
        "The town council met on Monday.\n\nIt will meet again in spring.\n\n\n\n"
        "  1. What a lovely article this is, thank you all for it.\n\n"
        "  2. Merci pour cet article, il est vraiment très clair et bien écrit.\n\n"
        "Comments are closed.",
        encoding="utf-8",
    )
    policy = tmp_path / "all.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.0\n[lexicon]\nseverity = 4\n")
    queue = tmp_path / "queue.csv"
    code, _, err = run("scan", folder, "-o", queue, "--model", "small+seven", "-p", policy)
    assert code == 0, err
    with queue.open(encoding="utf-8-sig", newline="") as file:
        judges = {row["language"]: row["scored_by"] for row in csv.DictReader(file)}
    assert "Not checked" not in err
    assert "small " in judges["en"]
    assert "seven " in judges["fr"]


def test_preview_with_an_added_model(run: Run, added: Path, tmp_path: Path, pages: Path) -> None:
    """What the model would change is told before it is used."""
    queue = tmp_path / "queue.csv"
    run("scan", pages, "-o", queue, "--model", "compact")
    code, out, err = run("preview", "--model", "small", queue)
    assert code == 0, err
    assert "rows" in out
    code, _, err = run("preview", "--model", "small", "--device", "tpu", queue)
    assert code == 2
    assert "cpu, cuda" in err


def test_scan_on_a_graphics_card_that_is_not_there(run: Run, added: Path, pages: Path) -> None:
    """The scan does not start on the processor instead."""
    from onnxruntime import get_available_providers

    if "CUDAExecutionProvider" in get_available_providers():
        pytest.skip("this machine's ONNX Runtime is made for graphics cards")
    code, _, err = run("scan", pages, "-o", added / "q.csv", "--model", "small", "--device", "cuda")
    assert code == 2
    assert "--device cuda needs ONNX Runtime for NVIDIA cards" in err
    assert not (added / "q.csv").exists()
