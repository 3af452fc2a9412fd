"""The folder of the added models, and the choice among them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from moderation.errors import ModelUnavailable, UsageError
from moderation.toxicity.models.manifest import GRAPH, MANIFEST, REFERENCE, TOKENIZER
from moderation.toxicity.models.store import (
    CHOICE,
    choose,
    chosen_names,
    kept_model,
    kept_models,
    models_folder,
    only_model,
    remove,
    require_free,
    require_name,
    require_usable,
    staging,
    whole_model,
)


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wish of the user's, models lie where the system keeps what can be had again."""
    monkeypatch.delenv("MODERATION_MODELS")
    folder = models_folder()
    assert folder.is_absolute()
    assert folder.parts[-1] == "models"
    assert "comment-moderation" in folder.parts


def test_the_folder_can_be_named(tmp_path: Path) -> None:
    """MODERATION_MODELS names another folder, which need not be there yet."""
    assert models_folder() == tmp_path / "models"
    assert kept_models() == []
    assert chosen_names() == ("compact",)


def test_added_models_are_listed_by_name(added: Path) -> None:
    """Each has its manifest, and files that are as the manifest says."""
    assert [kept.name for kept in kept_models()] == ["seven", "small"]
    kept = whole_model("small")
    assert kept is not None
    assert kept.manifest is not None
    assert kept.manifest.languages == ("en",)
    assert kept.folder == added / "small"
    assert whole_model("other") is None


@pytest.mark.parametrize(
    "name", ["compact", "compact-quick", "", "..", "../x", "A", "a/b", "-a", "a b", "x" * 65]
)
def test_names_that_no_folder_should_have_are_refused(name: str) -> None:
    """A model's name is a folder's, on every system, and never leads out of the models' folder."""
    with pytest.raises(UsageError, match="cannot be named"):
        require_name(name)


@pytest.mark.parametrize("name", ["..", "../small", "small/../small", ""])
def test_a_name_that_leads_elsewhere_finds_nothing(added: Path, name: str) -> None:
    """Looking up and removing take names, not paths."""
    assert kept_model(name) is None
    with pytest.raises(UsageError, match="no added model"):
        remove(name)
    assert (added / "small").is_dir()


def test_a_name_that_is_taken_is_refused(added: Path) -> None:
    """A model is never replaced in passing."""
    with pytest.raises(UsageError, match="moderation models remove small"):
        require_free("small")


@pytest.mark.parametrize("file", [GRAPH, TOKENIZER, REFERENCE])
def test_a_changed_file_is_found(added: Path, file: str) -> None:
    """A model whose files are not as they were is not used, and the error says how to mend it."""
    place = added / "small" / file
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match=f"damaged: {file}.*models remove small"):
        whole_model("small")
    place.unlink()
    with pytest.raises(ModelUnavailable, match=f"{file} cannot be read"):
        whole_model("small")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 99}', "newer version"),
        ('{"format": 1}', "cannot be read"),
        ('{"format": 1, "precision": "int3"}', "int3"),
    ],
)
def test_a_damaged_manifest_is_listed_as_such(added: Path, content: str, problem: str) -> None:
    """One damaged model does not hide the others, and says what is wrong with it."""
    (added / "small" / MANIFEST).write_text(content)
    seven, small = kept_models()
    assert seven.manifest is not None
    assert small.manifest is None
    assert problem in small.problem
    with pytest.raises(ModelUnavailable, match=problem):
        whole_model("small")


def test_a_model_of_no_manifest_can_be_removed(added: Path) -> None:
    """What is damaged can be taken away."""
    (added / "small" / MANIFEST).unlink()
    remove("small")
    assert [kept.name for kept in kept_models()] == ["seven"]


def test_the_choice_is_remembered(added: Path) -> None:
    """Chosen models stay chosen, in their order, until another choice."""
    choose(["seven", "small"])
    assert chosen_names() == ("seven", "small")
    choose(["compact"])
    assert chosen_names() == ("compact",)
    assert not (added / CHOICE).exists()


def test_removing_a_chosen_model_ends_its_choice(added: Path) -> None:
    """Scans go on with the others that were chosen, and at last with the embedded model."""
    choose(["small", "seven"])
    remove("small")
    assert chosen_names() == ("seven",)
    remove("seven")
    assert chosen_names() == ("compact",)


@pytest.mark.parametrize("content", ["", "{}", "[]", "[1]"])
def test_a_choice_that_cannot_be_read_is_an_error(added: Path, content: str) -> None:
    """Scanning with another model than was chosen would be silent; so it is said."""
    (added / CHOICE).write_text(content)
    with pytest.raises(ModelUnavailable, match="moderation models use compact"):
        chosen_names()


def test_only_what_is_here_can_be_used(added: Path) -> None:
    """A name that no scan could use is answered with what to do."""
    require_usable("compact")
    require_usable("compact-quick")
    require_usable("small")
    with pytest.raises(UsageError, match="moderation models add original"):
        require_usable("original")
    with pytest.raises(UsageError, match="compact, compact-quick, seven, small"):
        require_usable("other")


def test_one_model_need_not_be_named(added: Path) -> None:
    """With one added model there is no doubt; with none or two the error says what to do."""
    with pytest.raises(UsageError, match="--model: seven, small"):
        only_model()
    remove("seven")
    assert only_model() == "small"
    remove("small")
    with pytest.raises(UsageError, match="moderation models add NAME"):
        only_model()


def test_nothing_is_left_of_what_failed(added: Path) -> None:
    """What was begun and not finished is gone, and so is what a killed process left a day ago."""
    old, new = added / ".adding-old", added / ".adding-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (time.time() - 200_000,) * 2)
    made: list[Path] = []
    with pytest.raises(RuntimeError):
        _fail_half_way(made)
    assert made[0].parent == added
    assert not made[0].exists()
    assert not old.exists()
    assert new.exists()
    assert [kept.name for kept in kept_models()] == ["seven", "small"]


def _fail_half_way(made: list[Path]) -> None:
    with staging() as folder:
        made.append(folder)
        (folder / "half").write_text("x")
        raise RuntimeError


def test_the_manifest_is_plain_json(added: Path) -> None:
    """Other programs can read what a model is."""
    found = json.loads((added / "seven" / MANIFEST).read_text(encoding="utf-8"))
    assert found["format"] == 1
    assert found["languages"] == ["en", "es", "fr", "it", "pt", "ru", "tr"]
