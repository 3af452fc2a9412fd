"""Print every figure beside its bar; see the package's first lines."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import benchmarks.lexicon
from benchmarks.lexicon.contexts import context_cases, measure_cases, measure_labelled
from benchmarks.lexicon.disguises import BARS, CARRIERS
from benchmarks.lexicon.measures import (
    FALSE_ALARMS,
    Alarms,
    Recall,
    loading_times,
    measure_alarms,
    measure_others,
    measure_recall,
    measure_speed,
    worst_cases,
)
from benchmarks.lexicon.peers import PeerFigures, measure_peers, missing
from benchmarks.lexicon.texts import TextList, innocent_texts
from moderation.lexicon import Lexicon, load_lexicon

MOST_LISTS: Final = 8
"""The other filters are asked about these: of the clean comments the first set alone."""
MOST_ALARMS: Final = 1.0
"""In 10,000 texts; of the curated traps none."""
SPEED_BAR: Final = 50_000
LOADING_BAR: Final = 0.2
WORST_SIZE: Final = 1_000_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print, part by part."""
    options = _parser().parse_args(arguments)
    lexicon = load_lexicon()
    print(f"{lexicon}, Python {platform.python_version()}, {platform.machine()}")
    print_recall(lexicon, show=options.show)
    print_others(lexicon)
    lists = list(innocent_texts(options.words, options.names, options.clean, options.npm))
    print_alarms(measure_alarms(lexicon, texts) for texts in lists)
    print_contexts(lexicon)
    print_speed(lexicon, _prose(lists))
    if not options.without_peers:
        print_peers(measure_peers(lexicon, lists[:MOST_LISTS]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lexicon",
        description=benchmarks.lexicon.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name, what in (
        ("--words", "a word list, in place of what is installed; may be repeated"),
        ("--names", "a list of names, beside what is installed; may be repeated"),
        ("--clean", "a CSV or TSV of labelled comments, in place of ours; may be repeated"),
    ):
        parser.add_argument(name, type=Path, action="append", default=[], metavar="FILE", help=what)
    parser.add_argument(
        "--npm", type=Path, default=Path("node_modules"), metavar="FOLDER", help="npm's packages"
    )
    parser.add_argument("--show", type=int, default=10, help="how many missed terms to print")
    parser.add_argument("--without-peers", action="store_true", help="measure our lexicon alone")
    return parser


def print_recall(lexicon: Lexicon, *, show: int) -> None:
    """Recall with one, two and three disguises, and for each disguise alone."""
    english = [term for term in lexicon.terms if term.language == "en"]
    slurs = [term for term in english if term.is_slur]
    print("\nRecall on disguised forms of the English terms, in sentences")
    for name, terms, mildest in (
        ("slurs, severity 2 and more", slurs, 2),
        ("all terms, severity 2 and more", english, 2),
        ("all terms", english, 1),
    ):
        for number, bar in BARS.items():
            recall = measure_recall(lexicon, name, terms, number, mildest)
            state = _state(recall.share >= bar)
            print(
                f"  {name}, {number} disguised: {recall.share:.4f}"
                f" of {len(recall.samples):,} (bar {bar:.2f}: {state})"
            )
            if mildest == 1:
                _print_misses(recall, show)


def _print_misses(recall: Recall, show: int) -> None:
    for name, (share, total) in recall.by_disguise().items():
        print(f"    {name:12} {share:.4f} of {total:,}")
    for sample in recall.missed[:show]:
        print(f"    missed: {sample.text[sample.start : sample.end]!a} {sample.disguises}")


def print_alarms(measured: Iterable[Alarms]) -> None:
    """What is found in innocent texts, every false alarm by itself."""
    print("\nFalse alarms in innocent texts (in 10,000; each is listed)")
    for alarms in measured:
        texts = alarms.texts
        if not texts.texts:
            print(f"  {texts.name}: not measured; it needs {texts.source}")
            continue
        bar = 0.0 if texts.name == "curated traps" else MOST_ALARMS
        print(
            f"  {texts.name}: {alarms.in_ten_thousand:.2f} of {len(texts.texts):,}"
            f" (bar {bar:.0f}: {_state(alarms.in_ten_thousand <= bar)});"
            f" {', '.join(f'{kind} {len(alarms.of(kind))}' for kind in FALSE_ALARMS)},"
            f" besides {len(alarms.of('stands there'))} where the term stands there"
        )
        for line in _alarm_lines(alarms):
            print(f"    {line}")


def _alarm_lines(alarms: Alarms) -> Iterator[str]:
    for found in alarms.of(*FALSE_ALARMS):
        match = found.match
        via = f" via {', '.join(match.via)}" if match.via else ""
        around = found.text[max(0, match.start - 30) : match.end + 20].replace("\n", " ")
        term = f"{match.term!r} ({match.language})"
        yield f"{found.kind}: {match.text!r} as {term}{via} in {around!r}"
    standing = sorted({found.match.text.lower() for found in alarms.of("stands there")})
    if standing:
        yield f"stands there: {', '.join(standing)}"


def print_contexts(lexicon: Lexicon) -> None:
    """Mentions and abuse told apart in our own cases, and what is marked in labelled texts."""
    print("\nContexts. Cases of our own that are read rightly (known failures are not among them)")
    for figure in measure_cases(lexicon, context_cases()):
        print(f"  {figure.name:28} {figure.marked:>3} of {figure.terms:>3}")
    print("Terms marked as mentioned or reclaimed, in texts that people found harmless and hateful")
    for harmless, hateful in measure_labelled(lexicon):
        shares = " ".join(
            f"{what} {part.marked:,} of {part.terms:,} ({part.share:.3f})"
            for what, part in (("harmless", harmless), ("hateful", hateful))
        )
        print(f"  {harmless.name}: {shares}")


def print_speed(lexicon: Lexicon, texts: Sequence[str]) -> None:
    """Comments a second on one core, the time to load, and texts made to be slow."""
    speed = measure_speed(lexicon.terms, texts)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"\nSpeed: comments of 150 characters a second on one core (bar {SPEED_BAR:,});")
    print(f"one by one, and in batches; load on the machine {load}")
    for name, alone, in_batches in (
        ("every word new at first", speed.cold, speed.cold_in_batches),
        (f"after {speed.read_before:,} others", speed.steady, speed.steady_in_batches),
        ("their words met before", speed.met, speed.met_in_batches),
    ):
        state = _state(max(alone, in_batches) >= SPEED_BAR)
        print(f"  {name:24} {alone:>9,.0f} {in_batches:>9,.0f}  {state}")
    loading, first = loading_times()
    state = _state(loading + first < LOADING_BAR)
    print(f"Loading {loading:.3f} s, first search {first:.3f} s (bar {LOADING_BAR}: {state})")
    print("Worst cases: microseconds for a character, in texts of so many")
    for case in worst_cases(lexicon, WORST_SIZE):
        note = "" if case.is_linear else "  NOT LINEAR"
        each = "  ".join(
            f"{size:>9,}: {1e6 * seconds / size:7.2f}" for size, seconds in case.seconds.items()
        )
        print(f"  {case.name:26} {each}{note}", flush=True)


def _prose(lists: Sequence[TextList]) -> Sequence[str]:
    """What the speed is measured on: real comments, where there are any."""
    comments = [text for texts in lists if texts.name.startswith("clean") for text in texts.texts]
    return comments or [line.format("neighbours") * 3 for line in CARRIERS] * 500


def print_others(lexicon: Lexicon) -> None:
    """Recall under disguises that the lexicon was not made with."""
    english = [term for term in lexicon.terms if term.language == "en"]
    print("\nOther disguises, one at a time, all English terms (no bar)")
    families = [*measure_others(lexicon, english)]
    for recall in families:
        print(f"  {recall.family:26} {recall.share:.3f} of {recall.total}")
        for sample in recall.missed[:2]:
            print(f"    missed: {sample.term}: {sample.text[sample.start : sample.end]!a}")
    share = sum(recall.share for recall in families) / len(families)
    print(f"  {'mean of the families':26} {share:.3f}")


def print_peers(measured: Iterable[PeerFigures]) -> None:
    """The other filters, one a line, on the same draw of the same texts."""
    print(
        "\nPeers. Recall of English terms: openly and under 1, 2, 3 disguises; in brackets, of the"
    )
    print("terms that the filter finds openly. Then texts a second.")
    everyone = list(measured)
    for peer in everyone:
        shares = "  ".join(
            f"{share:.3f} ({peer.kept[number]:.3f})" for number, share in peer.recall.items()
        )
        print(f"  {peer.name:24} {shares}  {peer.speed:>9,.0f}")
    print("Peers. Texts stopped in 10,000 of each innocent list, terms standing there included")
    for name in everyone[0].alarms:
        print(f"  {name}")
        for peer in everyone:
            print(f"    {peer.name:24} {peer.alarms[name]:9.1f}")
    for name in missing():
        print(f"  {name}: not measured; it is not installed")


def _state(is_reached: bool) -> str:
    return "reached" if is_reached else "NOT REACHED"


if __name__ == "__main__":
    main()
