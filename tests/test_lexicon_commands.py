"""The commands for those who keep the terms: list, show, check, try, and a desk's own table."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.cli.lexicon import lexicon_app
from moderation.editing import check_table, find_term, lexicon_with_term, near_terms, try_terms
from moderation.errors import ModerationError, UsageError
from moderation.lexicon import available_languages, load_lexicon
from moderation.pipeline import scan
from moderation.reading import separated_pages
from moderation.sources import find_pages

from .conftest import WordScorer

HEAD = "term,forms,category,target,severity,ambiguity,excused_by,hit,miss\n"
GLORBAK = (
    "glorbak,glorbaks | glorbaki,ethnicity,Martians,3,,glorbak street,"
    "They are glorbaks.,A house in Glorbak Street.\n"
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one of the commands; gives exit code, output and errors."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lexicon", *map(str, arguments)])
        try:
            code = lexicon_app(standalone_mode=False) or 0
        except ModerationError as error:
            code = error.exit_code
            sys.stderr.write(str(error))
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a table and give its path."""

    def write(content: str | bytes, name: str = "en-desk.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Table = Callable[..., Path]


def mistakes(path: Path) -> list[str]:
    """Each mistake of a table with its place."""
    return [f"{remark.place}: {remark.what}" for remark in check_table(path).mistakes]


def warnings(path: Path) -> list[str]:
    """Each warning with its place."""
    return [f"{remark.place}: {remark.what}" for remark in check_table(path).warnings]


# list and show


def test_the_list_says_first_how_many_and_from_which_tables(run: Run) -> None:
    """An editor sees what was chosen before the terms come."""
    code, output, _ = run("list", "--language", "en", "--category", "age")
    head, _, *lines = output.splitlines()
    terms = [line for line in lines[2:] if line]
    assert code == 0
    assert head.startswith(f"{len(terms)} of ")
    assert "from 1 table: en" in head
    assert all("age" in line for line in terms)


def test_the_list_as_json_holds_everything(run: Run) -> None:
    """A program gets the terms with all their cells, and the lexicon's version."""
    _, output, _ = run("list", "-l", "tr", "--severity", "4", "--json")
    listed = json.loads(output)
    assert {term["severity"] for term in listed["terms"]} == {4}
    assert {"forms", "excused_by", "hit", "miss"} <= set(listed["terms"][0])
    assert sum(listed["tables"].values()) == len(load_lexicon().terms)
    assert listed["lexicon"] == load_lexicon().version


@pytest.mark.parametrize("wrong", [("--language", "xx"), ("--category", "colour")])
def test_a_list_of_nothing_known_is_wrong_usage(run: Run, wrong: tuple[str, str]) -> None:
    """A misspelled filter is an error that names the choices, not an empty list."""
    code, _, errors = run("list", *wrong)
    assert code == 2
    assert "Known: " in errors


def test_a_term_is_shown_with_its_examples_and_what_is_found_in_them(
    run: Run, table: Table
) -> None:
    """All cells, then the hit and the miss with the tool's own verdict."""
    code, output, _ = run("show", "glorbaki", "--terms", table(HEAD + GLORBAK))
    assert code == 0
    for part in ("glorbak (en)", "Martians", "3 of 4", "glorbak | glorbaks | glorbaki"):
        assert part in output
    assert "'glorbaks' is found as glorbak, severity 3" in output
    assert output.rstrip().endswith("→ nothing is found")


def test_an_unknown_term_is_answered_with_those_near_it(run: Run, table: Table) -> None:
    """A slip of the finger is not the end of the search."""
    code, _, errors = run("show", "glorbakk", "--terms", table(HEAD + GLORBAK))
    assert code == 2
    assert "Near it: glorbak" in errors


def test_a_term_is_found_by_its_forms_too() -> None:
    """Its own name goes first; capitals make no difference."""
    lexicon = load_lexicon(["en"])
    term = lexicon.terms[0]
    assert find_term(lexicon, term.forms[-1].upper())[0].term == term.term
    assert near_terms(["glorbak"], "xyz") == []


# check


@pytest.mark.parametrize("language", available_languages())
def test_our_own_tables_are_clean(language: str) -> None:
    """No mistake and no doubt: a warning that is always there would be read by nobody."""
    path = Path(__file__).parents[1] / "moderation" / "lexicon" / "terms" / f"{language}.csv"
    check = check_table(path)
    assert (check.is_own, check.mistakes, check.warnings) == (False, (), ())
    assert check.rows == check.terms > 60


def test_a_good_table_of_a_desk_is_clean(table: Table, run: Run) -> None:
    """Nothing to say, and exit code 0."""
    path = table(HEAD + GLORBAK)
    assert (mistakes(path), warnings(path)) == ([], [])
    code, output, _ = run("check", path)
    assert code == 0
    assert "1 row, read as a desk's own table, laid over ours; 0 mistakes, 0 warnings." in output


def test_every_mistake_is_told_with_line_and_column(table: Table, run: Run) -> None:
    """Not the first alone: an editor mends all of them in one go."""
    path = table(
        HEAD + "\n"
        '"bl/rf","blarfs\n| b",colour,Martians,5,maybe,,,\n'
        "blorp,,ethnicity,,3,,,,\n" + GLORBAK + "glorbak,,,,2,,,,\n"
        "blurb,,ethnicity\n"
    )
    assert mistakes(path) == [
        "line 3, column 'term' (1): 'bl/rf' may hold letters, digits, spaces, hyphens, * and [abc]"
        " only; write | between forms",
        "line 3, column 'forms' (2): 'b' is too short to look for",
        "line 3, column 'category' (3): 'colour' is none of: ethnicity, nationality, religion,"
        " caste, gender, sexuality, disability, age, political, general insult, profanity, threat",
        "line 3, column 'severity' (5): '5' is not a whole number from 1 (mild) to 4 (extreme)",
        "line 3, column 'ambiguity' (6): 'maybe' is none of: never innocent, often innocent,"
        " reclaimed",
        "line 5, column 'target' (4): it is empty, and a new term needs it",
        "line 7, column 'term' (1): 'glorbak' stands in line 6 already",
        "line 7, column 'category' (3): it is empty, and a new term needs it",
        "line 7, column 'target' (4): it is empty, and a new term needs it",
        "line 8: 3 cells where the head has 9 columns; a comma inside a cell needs quotation marks"
        " around the cell",
    ]
    code, output, _ = run("check", path)
    assert code == 1
    assert f"{path}, line 5, column 'target' (4): mistake: it is empty," in output
    assert "10 mistakes" in output


def test_a_check_as_json_holds_the_places_as_numbers(table: Table, run: Run) -> None:
    """A program can jump to the cell."""
    code, output, _ = run("check", table(HEAD + "blarf,,ethnicity,,3,,,,\n"), "--json")
    (mistake,) = json.loads(output)["mistakes"]
    assert code == 1
    assert (mistake["line"], mistake["column"], mistake["column_number"]) == (2, "target", 4)


def test_a_broken_quote_does_not_hide_the_rest(table: Table) -> None:
    """The next line is taken for a row again."""
    path = table(HEAD + 'blarf,"blarfs,ethnicity,Martians,3,,,,\nblorp,,colour,Martians,3,,,,\n')
    first, second = mistakes(path)
    assert first.startswith("line 2: this is not a CSV row: a quotation mark is opened here")
    assert second.startswith("line 3, column 'category' (3)")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "a PNG picture"),
        (bytes(range(256)) * 20, "binary data"),
        (HEAD.encode("utf-16"), "it is in UTF-16"),
        ("term;severity\nblärf;2\n".encode("cp1252"), "byte 16 is not UTF-8"),
        (b"term;severity\nblarf;2\n", "its cells are parted by semicolons"),
        (b"term\tseverity\nblarf\t2\n", "its cells are parted by tabulators"),
        (b"glorbak,glorbaks,ethnicity\n", "column 'term': it is missing"),
        (b"term,sevrity\nblarf,2\n", "there is no such column; did you mean 'severity'?"),
        (b"term,term\nblarf,blarf\n", "it stands there twice"),
        (b"term,,severity\nblarf,,2\n", "the column 2 has no name"),
        (b"term,forms\nbl\0arf,\n", "may hold letters"),
        (b"term\n" + b'"a\n' * 3000, "1,000 rows are broken"),
        (b"term,category\r\nblarf,age\r\n", "it is empty, and a new term needs it"),
    ],
)
def test_a_file_of_any_content_gives_an_answer(table: Table, content: bytes, says: str) -> None:
    """What people save by accident is told for what it is, without a traceback."""
    assert any(says in mistake for mistake in mistakes(table(content)))


def test_a_semicolon_table_is_checked_all_the_same(table: Table) -> None:
    """The German Excel's table has its other mistakes told too."""
    told = mistakes(table("term;forms;category;target;severity\nblarf;;age;x;9\n"))
    assert any("line 2, column 'severity' (5): '9' is not" in mistake for mistake in told)


def test_a_whole_table_needs_what_ours_need(table: Table) -> None:
    """Named like one of ours, its terms must have hit, miss and source."""
    told = mistakes(table(HEAD + "glorbak,,ethnicity,Martians,3,,,,\n", "en.csv"))
    assert [mistake.partition(":")[0] for mistake in told] == [
        "line 2, column 'source'",
        "line 2, column 'hit' (8)",
        "line 2, column 'miss' (9)",
    ]


def test_a_table_must_say_its_language(table: Table) -> None:
    """By its name or by a column; a word that is no code is not taken for one."""
    row = "glorbak,ethnicity,Martians,3"
    head = "term,category,target,severity"
    assert "its language cannot be told" in mistakes(table(f"{head}\n{row}\n", "terms.csv"))[0]
    assert mistakes(table(f"{head},language\n{row},en\n", "terms.csv")) == []
    told = mistakes(table(f"{head},language\n{row},English\n", "terms.csv"))
    assert told == [
        "line 2, column 'language' (5): 'English' is no language's code, such as en or hi"
    ]


def test_silencing_what_is_not_there_is_a_mistake(table: Table) -> None:
    """Else an editor believes a term silenced that still flags."""
    known = load_lexicon(["en"]).terms[-1].term
    path = table(f"term,severity\n{known},0\n{known}qx,0\n")
    (told,) = mistakes(path)
    assert told.startswith("line 3, column 'term' (1): there is no such term to silence; did you")


def test_a_term_of_another_language_is_pointed_out(table: Table) -> None:
    """A row in the wrong table is not taken for a new term without a word."""
    german = next(
        term.term
        for term in load_lexicon(["de"]).terms
        if not find_term(load_lexicon(["en"]), term.term)
    )
    assert "it is known in de" in mistakes(table(f"term,severity\n{german},3\n"))[0]


def test_doubts_are_told_and_are_no_mistakes(table: Table, run: Run) -> None:
    """What is well written and may still be wrong: exit code 0, but somebody should look."""
    path = table(
        HEAD
        + "council,gl*b*a*k*,general insult,Martians,2,,council | !!,You council!,No council.\n"
        "blarf,glorbak,ethnicity,Martians,3,,,,\n"
        "glorbak,,ethnicity,Martians,3,,,A calm text.,A calm text.\n"
        "zimwag,,ethnicity,Martians,3,,,You zimwag.,He is a zimwag.\n"
    )
    assert mistakes(path) == []
    assert warnings(path) == [
        "line 2, column 'forms' (2): the pattern 'gl*b*a*k*' has more than 3 stars and may be slow",
        "line 2, column 'excused_by' (7): 'council' is a form of the term: it excuses itself",
        "line 2, column 'excused_by' (7): '!!' has no letter and excuses nothing",
        "line 2, column 'hit' (8): 'council' does not hit this text",
        "line 3, column 'hit' (8): the term has no text that it must hit",
        "line 3, column 'miss' (9): the term has no text that it must miss",
        "line 4, column 'forms' (2): 'glorbak' is a form of 'blarf' too",
        "line 4, column 'hit' (8): 'glorbak' does not hit this text",
        "line 5, column 'miss' (9): 'zimwag' hits this text",
    ]
    assert run("check", path)[0] == 0


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("gardener,,general insult,x,2,,,,", "'gardener'"),
        ("glorbak,gl*ss,general insult,x,2,,,,", "'glass'"),
        ("glorbak,berlin,general insult,x,2,,,,", "'berlin'"),
        ("glorbak,nicht,general insult,x,2,,,,", "'nicht'"),
    ],
)
def test_a_form_that_is_an_ordinary_word_or_name_is_a_warning(
    table: Table, row: str, word: str
) -> None:
    """A list must not cry wolf: English words, names, patterns, small words of other languages."""
    (told,) = (warning for warning in warnings(table(HEAD + row + "\n")) if "ordinary" in warning)
    assert word in told


def test_an_often_innocent_term_is_no_false_alarm(table: Table) -> None:
    """It waits for a second sign, so that an ordinary word may stand in it."""
    path = table(HEAD + "gardener,,general insult,x,2,often innocent,,You gardener.,A gardener.\n")
    assert warnings(path) == []


def test_a_missing_file_is_wrong_usage(tmp_path: Path, run: Run) -> None:
    """Exit code 2, and the path in the message."""
    code, _, errors = run("check", tmp_path / "nowhere.csv")
    assert code == 2
    assert "nowhere.csv cannot be read" in errors


# try


def test_a_new_term_is_tried_on_real_comments(run: Run, pages: Path) -> None:
    """The account adds up, and the match is shown in its context."""
    code, output, _ = run("try", "harmless", "--on", pages)
    assert code == 0
    assert output.startswith("2 comments found = 1 touched + 1 untouched.")
    assert "…First comment, quite [harmless].…" in output
    assert "     1 of      2  " in output


def test_pages_that_a_shell_wrote_out_are_all_read(run: Run, pages: Path) -> None:
    """`--on *.txt` gives the option one page and the command the others."""
    (pages / "second.txt").write_text((pages / "bridge.txt").read_text())
    _, output, _ = run("try", "harmless", "--on", *sorted(pages.glob("*.txt")))
    assert output.startswith("4 comments found = 2 touched + 2 untouched.")


def test_what_is_tried_can_be_had_as_json(run: Run, pages: Path) -> None:
    """Counts, pages and examples with their parts."""
    trial = json.loads(run("try", "harmles|harmless", "--on", pages, "-s", "4", "--json")[1])
    assert trial["found"] == trial["touched"] + trial["untouched"] == 2
    (example,) = trial["examples"]
    assert (example["match"], example["severity"], example["number"]) == ("harmless", 4, 1)


def test_a_comment_cannot_command_the_terminal(run: Run, pages: Path) -> None:
    """Escape sequences and bidirectional controls of a stranger are written out."""
    page = pages / "bridge.txt"
    page.write_text(page.read_text().replace("quite harmless", "quite \x1b[31m \u202eharmless"))
    _, output, _ = run("try", "harmless", "--on", pages)
    assert "\x1b[31m" not in output
    assert "⟦U+001B⟧[31m ⟦U+202E⟧" in output


def test_an_ambiguous_term_waits_and_is_counted_apart(run: Run, pages: Path) -> None:
    """A word that needs a second sign touches nothing by itself."""
    output = run("try", "harmless", "--on", pages, "--ambiguity", "often innocent")[1]
    assert "= 0 touched + 2 untouched" in output
    assert "In 1 more, only an ambiguous word" in output


def test_a_table_is_tried_with_what_it_silences(
    run: Run, pages: Path, table: Table, tmp_path: Path
) -> None:
    """The difference to the lexicon as it is: what would be found, and what no longer would."""
    known = next(
        term.term
        for term in load_lexicon(["en"]).terms
        if (term.ambiguity, term.forms[1:]) == ("never innocent", ()) and term.term.isalpha()
    )
    page = pages / "bridge.txt"
    page.write_text(page.read_text().replace("harmless", f"harmless, {known}"))
    path = table(f"{HEAD}{known},,,,0,,,,\ncouncil,,general insult,x,2,,,,\n")
    code, output, _ = run("try", "--table", path, "--on", pages)
    assert code == 0
    assert "= 0 touched + 2 untouched" in output
    assert "In 1, something that is found today would no longer be." in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Name the term to try"),
        (("glorbak",), "Name the pages"),
        (("g", "--on", "."), "too short to look for"),
        (("glorbak", "--on", "nowhere.txt"), "There is nothing to read"),
        (("glorbak", "--category", "colour", "--on", "."), "is none of"),
    ],
)
def test_what_cannot_be_tried_is_wrong_usage(
    run: Run, arguments: tuple[str, ...], says: str
) -> None:
    """Exit code 2 and a sentence."""
    code, _, errors = run("try", *arguments)
    assert code == 2
    assert says in errors


def test_a_term_that_is_known_is_not_new() -> None:
    """What it flags is flagged already; the message points to it."""
    term = load_lexicon(["en"]).terms[0]
    with pytest.raises(UsageError, match="already, as the term"):
        lexicon_with_term(f"glorbak|{term.forms[-1]}")


def test_a_table_with_mistakes_cannot_be_tried(run: Run, pages: Path, table: Table) -> None:
    """The first mistake is named, and the command that names all."""
    code, _, errors = run("try", "--table", table(HEAD + "blarf,,,,3,,,,\n"), "--on", pages)
    assert code == 2
    assert "line 2, column 'category'" in errors
    assert "moderation lexicon check" in errors


def test_a_page_that_cannot_be_read_is_named(run: Run, pages: Path) -> None:
    """Could-not-check is never clean: exit code 1."""
    (pages / "broken.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    code, output, errors = run("try", "harmless", "--on", pages)
    assert code == 1
    assert "2 comments found" in output
    assert "broken.txt" in errors


def test_only_so_many_examples_are_kept(pages: Path) -> None:
    """A word that stands everywhere does not fill the memory; the rest is counted."""
    (pages / "bridge.txt").write_text(
        "An article about a bridge that is closed until spring.\n\n\n\n"
        + "\n\n".join(f"  {n}. A remark, glorbak, about it." for n in range(1, 31))
        + "\n\nComments are closed.\n"
    )
    tried = lexicon_with_term("glorbak")
    trial = try_terms(load_lexicon(), tried, separated_pages(find_pages([pages]), print))
    assert trial.touched == len(trial.examples) + trial.more_examples == 30
    for example in trial.examples:
        assert example.before + example.match + example.after == "A remark, glorbak, about it."


# a desk's own table in the pass


def test_a_desks_own_table_is_used_in_the_pass_and_named_with_each_score(
    pages: Path, words: WordScorer, word_policy: Path, table: Table
) -> None:
    """Its term flags, and scored_by tells that it was there and by its hash which it was."""
    path = table("term,category,target,severity\nharmless,general insult,x,4\n")
    plain = scan([pages], policy=word_policy, model=words)
    own = scan([pages], policy=word_policy, model=words, terms=[path])
    assert [one.verdict.outcome for one in plain.judged] == ["passed", "flagged"]
    assert [one.verdict.outcome for one in own.judged] == ["flagged", "flagged"]
    first = next(iter(own.judged)).scored.scored_by
    assert "+1 own " in first
    assert own.receipt.settings["lexicon"]["version"] in first
    path.write_text("term,category,target,severity\nharmless,general insult,x,3\n")
    changed = scan([pages], policy=word_policy, model=words, terms=[path])
    assert next(iter(changed.judged)).scored.scored_by != first


def test_a_table_that_cannot_be_used_stops_the_pass_before_it_begins(
    pages: Path, words: WordScorer, word_policy: Path, table: Table
) -> None:
    """Half a word list would be worse than none."""
    with pytest.raises(UsageError, match="line 2, column 'severity'"):
        scan([pages], policy=word_policy, model=words, terms=[table(HEAD + "blarf,,age,x,9,,,,\n")])
