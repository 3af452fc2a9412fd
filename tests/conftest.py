"""What several test files share: a scorer without weights, and small pages."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation.cli import main

from .checkpoints import make_checkpoint

PROJECT = Path(__file__).parents[1]
SHARED_PAGES = PROJECT.parent / "shared" / "pages"

PAGE = """The town council met on Monday.

It will meet again in spring, and the bridge stays closed until then.



  1. First comment, quite harmless.

  2. Second comment, glorbly enough to be looked at.

Comments are closed."""


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees, or changes, the models that were added on this machine."""
    monkeypatch.setenv("MODERATION_MODELS", str(tmp_path / "models"))


@pytest.fixture(scope="session")
def added_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small models as 'moderation models add' keeps them: 'small' for English, 'seven'."""
    pytest.importorskip("detoxify", reason="detoxify is not installed: pip install detoxify")
    import torch

    from moderation.toxicity.models.adding import Wish, add_model

    folder = tmp_path_factory.mktemp("added")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small models run faster so, and much faster beside other work
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODERATION_MODELS", str(folder))
        for name, kind in (("small", "bert"), ("seven", "xlm-roberta")):
            made = make_checkpoint(tmp_path_factory.mktemp(name), kind)
            add_model(Wish(name=name, checkpoint=made.path, config=made.config))
    torch.set_num_threads(threads)
    return folder


@pytest.fixture
def added(added_once: Path, tmp_path: Path) -> Path:
    """The folder of this test's added models, with 'small' and 'seven' in it."""
    shutil.copytree(added_once, tmp_path / "models")
    return tmp_path / "models"


Result = tuple[int, str, str]
"""What a command gave: exit code, output, errors."""

Run = Callable[..., Result]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process."""

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["moderation", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        output = capfd.readouterr()
        return int(exit_.value.code or 0), output.out, output.err

    return run


class WordScorer:
    """A scorer for tests of the machinery: 'glorbly' is toxic, everything else is not."""

    name = "words"
    revision = "1"
    labels = ("toxicity", "insult")
    languages = frozenset({"en"})

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score by one invented word; raise on another, as a broken model would."""
        if any("explode" in text for text in texts):
            raise RuntimeError("no such weights")
        return [{"toxicity": 0.9 if "glorbly" in text else 0.1, "insult": 0.05} for text in texts]


@pytest.fixture
def words() -> WordScorer:
    """A scorer that needs no model."""
    return WordScorer()


@pytest.fixture
def word_policy(tmp_path: Path) -> Path:
    """A policy for `WordScorer`'s labels."""
    path = tmp_path / "words.toml"
    path.write_text("[toxicity]\ntoxicity = 0.5\ninsult = 0.5\n[lexicon]\nseverity = 4\n")
    return path


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with one page of two comments."""
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "bridge.txt").write_text(PAGE, encoding="utf-8")
    return folder


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Work without root's right to read and write everything, below a test's own folder."""
    user = os.geteuid()
    if user == 0:
        for path in [folder, *list(folder.parents)[:3]]:
            if path != Path(tempfile.gettempdir()):  # others need it as it is
                path.chmod(0o755)
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def program(name: str) -> str:
    """Find a program that a test drives; skip without it, but fail in CI, which installs it."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} must be installed in CI")
        pytest.skip(f"{name} is not installed")
    return found
