"""The README's commands work as they stand there, in a fresh copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PROJECT, program

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
# The test that runs inside 'make test' cannot run it again; its recipe is read instead.
RECIPE_ONLY = {"make test": "make --dry-run test"}


@pytest.fixture(scope="module")
def fresh_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the project as somebody would get them, without anything that was built."""
    copy = tmp_path_factory.mktemp("fresh") / "project"
    built = shutil.ignore_patterns(".venv", ".git", "build", "dist", ".*_cache", "__pycache__")
    shutil.copytree(PROJECT, copy, ignore=built)
    return copy


@pytest.mark.slow
def test_every_command_of_the_readme_works(fresh_copy: Path) -> None:
    """In the order in which a new user meets them, from an empty folder to the last one."""
    program("make")
    # A machine of its own: not the environment in which this test runs.
    ours = str(Path(sys.executable).parent)
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != ours)
    environment = os.environ | {"PATH": path, "HF_HUB_OFFLINE": "1"}
    environment.pop("VIRTUAL_ENV", None)
    environment["PYTHON"] = sys.executable
    for command in COMMANDS:
        run = subprocess.run(
            ["bash", "-c", RECIPE_ONLY.get(command, command)],
            cwd=fresh_copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1_200,
            check=False,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}"
    assert "comments found" in (fresh_copy / "receipt.json").read_text()


@pytest.mark.slow
def test_the_python_example_works(fresh_copy: Path, tmp_path: Path) -> None:
    """The README's library example runs as it stands."""
    (example,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example)
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=fresh_copy,
        env=os.environ | {"PYTHONPATH": str(fresh_copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout


def test_every_command_is_described() -> None:
    """What `--help` lists is in the README or a guide, and each command has a sentence of help."""
    from moderation.cli import app

    described = README + (PROJECT / "docs" / "queue.md").read_text(encoding="utf-8")
    described += (PROJECT / "docs" / "lexicon.md").read_text(encoding="utf-8")
    groups = [("moderation", app)]
    groups += [
        (f"moderation {group.name}", group.typer_instance)
        for group in app.registered_groups
        if group.typer_instance is not None
    ]
    for prefix, group in groups:
        for command in group.registered_commands:
            assert command.callback is not None
            assert command.callback.__doc__
            assert f"{prefix} {command.name or command.callback.__name__}" in described


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    """No page that was renamed is still linked."""
    assert link.startswith("https://") or (PROJECT / link).exists()
