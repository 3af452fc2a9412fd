"""A model as one file: out of one machine, into another, and never anywhere else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity import load_scorer
from moderation.toxicity.models.carrying import add_file, export_file, is_carried
from moderation.toxicity.models.manifest import MANIFEST, REFERENCE
from moderation.toxicity.models.store import kept_models, remove

Members = dict[str, bytes]


@pytest.fixture
def carried(added: Path, tmp_path: Path) -> Path:
    """The model 'small' in a file, on a machine where it is not."""
    path = tmp_path / "small.model"
    export_file("small", path)
    remove("small")
    return path


def rewritten(path: Path, change: Callable[[Members], None]) -> Path:
    """Write the file anew, its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    other = path.with_name("other.model")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return other


def with_manifest(**changes: Any) -> Callable[[Members], None]:
    """A change of some of the manifest's values."""

    def change(members: Members) -> None:
        members[MANIFEST] = json.dumps({**json.loads(members[MANIFEST]), **changes}).encode()

    return change


def test_a_carried_model_scores_alike(added: Path, tmp_path: Path) -> None:
    """Out and in again, a model is the same to the last bit."""
    before = load_scorer("small")
    export_file("small", tmp_path / "file")
    remove("small")
    manifest = add_file(tmp_path / "file")
    after = load_scorer("small")
    texts = ["you are a fool", ""]
    assert after.revision == before.revision == manifest.revision
    assert after.score(texts) == before.score(texts)


def test_a_carried_file_is_known_by_what_it_holds(carried: Path, tmp_path: Path) -> None:
    """Neither a text nor another archive is taken for one, whatever their names."""
    assert is_carried(carried)
    assert not is_carried(tmp_path / "missing")
    (tmp_path / "text").write_text("no archive")
    assert not is_carried(tmp_path / "text")


def test_no_file_is_written_over(added: Path, tmp_path: Path) -> None:
    """An export never destroys what stands there."""
    place = tmp_path / "kept"
    place.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        export_file("small", place)
    assert place.read_text() == "mine"


def test_only_an_added_model_is_exported(added: Path, tmp_path: Path) -> None:
    """An unknown name is answered with the known ones, and no file is begun."""
    with pytest.raises(UsageError, match="seven, small"):
        export_file("original", tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_taken_name_is_refused(carried: Path) -> None:
    """A carried model does not replace one that is there."""
    add_file(carried)
    with pytest.raises(UsageError, match="moderation models remove small"):
        add_file(carried)


EVIL = {
    "a member that leads out": lambda m: m.update({"../../evil": b"x"}),
    "an absolute member": lambda m: m.update({"/evil": b"x"}),
    "a member too many": lambda m: m.update({"more.txt": b"x"}),
    "a member missing": lambda m: m.pop(REFERENCE),
    "a name that leads out": with_manifest(name="../../evil"),
    "an empty name": with_manifest(name=""),
    "the embedded model's name": with_manifest(name="compact"),
    "a manifest that is none": lambda m: m.update({MANIFEST: b"\xff"}),
    "a manifest of a newer tool": with_manifest(format=99),
    "files without hashes": with_manifest(files={}),
    "a graph that is another": lambda m: m.update({"model.onnx": b"x" * len(m["model.onnx"])}),
    "a graph that is longer": lambda m: m.update({"model.onnx": m["model.onnx"] + b"x"}),
    "a graph that is shorter": lambda m: m.update({"model.onnx": m["model.onnx"][:-1]}),
    "other scores": lambda m: m.update({REFERENCE: m[REFERENCE].replace(b"0.5", b"0.9")}),
}


@pytest.mark.parametrize("change", EVIL.values(), ids=EVIL.keys())
def test_a_file_that_was_changed_is_refused(
    carried: Path, change: Callable[[Members], None], tmp_path: Path
) -> None:
    """Nothing of it is kept, and nothing is written anywhere else."""
    before = {path for path in tmp_path.rglob("*") if path.name != "other.model"}
    with pytest.raises((ModelUnavailable, UsageError)):
        add_file(rewritten(carried, change))
    after = {path for path in tmp_path.rglob("*") if path.name != "other.model"}
    assert after == before
    assert [kept.name for kept in kept_models()] == ["seven"]


def test_a_statement_of_a_huge_size_is_refused(carried: Path) -> None:
    """A small file cannot make the disk full."""

    def change(members: Members) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["files"]["model.onnx"]["size"] = 1 << 40
        members[MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(ModelUnavailable, match="too large"):
        add_file(rewritten(carried, change))


def test_a_model_that_scores_otherwise_here_is_refused(carried: Path) -> None:
    """The check against Detoxify travels: scores that do not fit the model are found out."""
    import hashlib

    def change(members: Members) -> None:
        reference = json.loads(members[REFERENCE])
        for row in reference["scores"]:
            row["toxicity"] = 1 - row["toxicity"]
        members[REFERENCE] = json.dumps(reference).encode()
        manifest = json.loads(members[MANIFEST])
        digest = hashlib.sha256(members[REFERENCE]).hexdigest()
        manifest["files"][REFERENCE] = {"size": len(members[REFERENCE]), "sha256": digest}
        members[MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(ModelUnavailable, match=r"on this machine .* does not give Detoxify's"):
        add_file(rewritten(carried, change))


@pytest.mark.parametrize("keep", [0, 10, 1_000])
def test_a_file_that_was_cut_is_refused(carried: Path, keep: int) -> None:
    """What a broken copy left is named as damaged."""
    carried.write_bytes(carried.read_bytes()[:keep])
    with pytest.raises(ModelUnavailable, match="was not added"):
        add_file(carried)
