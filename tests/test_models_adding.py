"""Adding a model from beginning to end: all of it or nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity import load_scorer
from moderation.toxicity.models.adding import Wish, add_model
from moderation.toxicity.models.catalogue import CATALOGUE
from moderation.toxicity.models.store import kept_models, models_folder

from .checkpoints import SmallCheckpoint, make_checkpoint
from .conftest import PROJECT

pytest.importorskip("detoxify", reason="detoxify is not installed: pip install detoxify")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallCheckpoint:
    """A small checkpoint, made once."""
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint"))


def test_it_loads_with_no_network_at_all(made: SmallCheckpoint, tmp_path: Path) -> None:
    """Detoxify asks the hub for the configuration that a local checkpoint names; ours does not."""
    code = (
        "import pathlib, socket, sys\n"
        "def refuse(*arguments): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from moderation.toxicity.models.adding import Wish, add_model\n"
        "path, config = map(pathlib.Path, sys.argv[1:])\n"
        "add_model(Wish(name='mine', checkpoint=path, config=config))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"}
    environment |= {"HF_HOME": str(tmp_path / "hub")}
    environment.pop("HF_HUB_OFFLINE", None)
    arguments = [sys.executable, "-c", code, str(made.path), str(made.config)]
    subprocess.run(arguments, env=environment, check=True)
    assert [kept.name for kept in kept_models()] == ["mine"]
    assert load_scorer("mine").score(["you are a fool"])[0]["insult"] > 0.0


def test_the_steps_are_told(made: SmallCheckpoint) -> None:
    """Somebody who waits learns what for, in sentences; wished languages are kept."""
    told: list[str] = []
    wish = Wish(
        name="mine",
        checkpoint=made.path,
        config=made.config,
        languages=("de",),
        precision="fp32",
    )
    manifest = add_model(wish, told.append)
    assert all(sentence.endswith(".") for sentence in told)
    assert len(told) == 3
    assert manifest.languages == ("de",)
    assert manifest.precision == "fp32"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(name="mine"), "--checkpoint FILE --config FOLDER"),
        (Wish(name="mine", checkpoint=Path("no.ckpt")), r"no checkpoint file no\.ckpt"),
        (Wish(name="original", config=Path("nowhere")), "no folder nowhere"),
        (Wish(name="compact", checkpoint=Path("no.ckpt")), "cannot be named 'compact'"),
        (Wish(name="../mine", checkpoint=Path("no.ckpt")), "cannot be named"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(wish: Wish, said: str) -> None:
    """What the user can mend is said before any work is done."""
    with pytest.raises(UsageError, match=said):
        add_model(wish)
    assert not models_folder().exists()


def test_a_released_name_is_for_the_released_file(made: SmallCheckpoint, tmp_path: Path) -> None:
    """Nothing else passes for Detoxify's model: not by its name, and not by its file's name."""
    with pytest.raises(UsageError, match=r"toxic_original-c1212f89\.ckpt"):
        add_model(Wish(name="original", checkpoint=made.path, config=made.config))
    posing = tmp_path / CATALOGUE["original"].file
    shutil.copy(made.path, posing)
    with pytest.raises(ModelUnavailable, match="its name says c1212f89"):
        add_model(Wish(name="original", checkpoint=posing, config=made.config))
    assert kept_models() == []


def test_a_configuration_of_another_model_is_refused(made: SmallCheckpoint, tmp_path: Path) -> None:
    """Weights that the configuration asks for and the file lacks would be random numbers."""
    folder = tmp_path / "other"
    shutil.copytree(made.config, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 4}))
    with pytest.raises(ModelUnavailable, match="lacks 16 weights"):
        add_model(Wish(name="mine", checkpoint=made.path, config=folder))
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
    with pytest.raises(ModelUnavailable, match="could not be built"):
        add_model(Wish(name="mine", checkpoint=made.path, config=folder))
    assert kept_models() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_name": "GPT2LMHeadModel"}, "GPT2LMHeadModel"),
        ({"tokenizer_name": "pipeline"}, "pipeline"),
    ],
)
def test_other_classes_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """A checkpoint cannot name any object of transformers, as it can with Detoxify."""
    made = make_checkpoint(tmp_path / "made", **changes)
    with pytest.raises(ModelUnavailable, match=rf"names the class {said}"):
        add_model(Wish(name="mine", checkpoint=made.path, config=made.config))


@pytest.mark.parametrize(("setting", "said"), [({"hidden_act": "relu"}, "activation 'relu'")])
def test_settings_that_the_graph_cannot_follow_are_refused(
    made: SmallCheckpoint, tmp_path: Path, setting: dict[str, str], said: str
) -> None:
    """Better no export than one that computes something else."""
    folder = tmp_path / "other"
    shutil.copytree(made.config, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **setting}))
    with pytest.raises(ModelUnavailable, match=said):
        add_model(Wish(name="mine", checkpoint=made.path, config=folder))


@pytest.mark.parametrize("package", ["detoxify", "onnx"])
def test_a_missing_package_gives_the_install_command(
    made: SmallCheckpoint, tmp_path: Path, package: str
) -> None:
    """Without the extra the error gives the command that installs it."""
    (tmp_path / f"{package}.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = (
        "import pathlib, sys\n"
        "from moderation.errors import ModelUnavailable\n"
        "from moderation.toxicity.models.adding import Wish, add_model\n"
        "path, config = map(pathlib.Path, sys.argv[1:])\n"
        "try:\n    add_model(Wish(name='mine', checkpoint=path, config=config))\n"
        "except ModelUnavailable as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(made.path), str(made.config)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pip install -c constraints.txt '.[detoxify]'" in said
    assert package in said


def test_a_checkpoint_that_was_not_added_can_be_tried(tmp_path: Path) -> None:
    """Its path in place of a name runs it with PyTorch, and gives the added model's scores."""
    made = make_checkpoint(tmp_path / "made", outputs=16)
    shutil.copytree(made.config, made.path.parent, dirs_exist_ok=True)
    tried = load_scorer(str(made.path))
    add_model(Wish(name="mine", checkpoint=made.path, precision="fp32"))
    added = load_scorer("mine")
    assert tried.name == "bert.ckpt"
    assert tried.labels == added.labels
    texts = ["", "you are a fool", "hello friend , what a lovely day " * 100]
    for slow, quick in zip(tried.score(texts), added.score(texts), strict=True):
        assert slow == pytest.approx(quick, abs=1e-4)
