"""The drawing in docs/architecture.md is the program: rooms, imports, tests and docstrings."""

import ast
import re
from pathlib import Path

import pytest

from .conftest import PROJECT

PACKAGE = PROJECT / "moderation"
ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text()
ROOMS = sorted(
    path.stem
    for path in PACKAGE.iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").exists()) and not path.stem.startswith("__")
)
EVERYTHING = "everything"
TEST_FILES = sorted((PROJECT / "tests").glob("test_*.py"))


def allowed_imports() -> dict[str, set[str] | str]:
    """The table 'Who may import whom', as data."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", ARCHITECTURE, re.MULTILINE)
    allowed: dict[str, set[str] | str] = {}
    for rooms, imports in rows:
        named = set(re.findall(r"`(\w+)`", imports))
        if imports.startswith("everything above"):
            named = set(allowed) - named
        for room in re.findall(r"`(\w+)`", rooms):
            allowed[room] = EVERYTHING if imports.strip() == EVERYTHING else named
    return allowed


def imports_of(room: str) -> set[str]:
    """The rooms that a room's files import, at the top or inside functions."""
    path = PACKAGE / room
    files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("moderation."):
                found.add((node.module or "").split(".")[1])
            elif isinstance(node, ast.Import):
                names = (alias.name for alias in node.names)
                found |= {name.split(".")[1] for name in names if name.startswith("moderation.")}
    return found - {room}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    """Imports go one way, as drawn."""
    allowed = allowed_imports()[room]
    assert allowed == EVERYTHING or imports_of(room) <= set(allowed)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_in_the_drawing(room: str) -> None:
    """A newcomer finds each module in the tree of docs/architecture.md."""
    assert re.search(rf"^    {room}(\.py|/) ", ARCHITECTURE, re.MULTILINE)


def test_only_the_command_prints_and_exits() -> None:
    """The library never writes to the screen and never ends the program."""
    for file in PACKAGE.rglob("*.py"):
        if file.parent.name in {"cli", "terminal"} or file.name == "__main__.py":
            continue
        names = {n.id for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Name)}
        assert not names & {"print", "exit", "breakpoint"}, file


@pytest.mark.parametrize(
    "file", sorted((PROJECT / "tests").glob("test_*.py")), ids=lambda f: f.stem
)
def test_every_test_says_what_behaviour_it_holds(file: Path) -> None:
    """A docstring of a sentence, so that a failure reads as one."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            docstring = ast.get_docstring(node)
            assert docstring, f"{file.name}: {node.name}"
            assert docstring.rstrip()[-1] in ".?!", f"{file.name}: {node.name}"


def test_the_project_speaks_only_of_itself() -> None:
    """No path of the machine that it was made on, outside of what tests look for."""
    for file in [*PROJECT.glob("*.*"), *PACKAGE.rglob("*.py"), *(PROJECT / "docs").glob("*.md")]:
        if file.is_file():
            assert "/work/" not in file.read_text(errors="replace"), file
