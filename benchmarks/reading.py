"""How fast tables and exports are read, and in how much memory: `python -m benchmarks.reading`.

Comments are made, 50,000 and then 1,000,000 of them, written in each format and read in a process
of its own, as the pass reads them. The peak is that of the whole process. For Parquet it holds the
pages of the file that the system keeps mapped.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from moderation.exports import read_export
from moderation.files import open_file
from moderation.sources import find_pages
from moderation.tables import read_table

FEW, MANY = 50_000, 1_000_000
WORDS_A_COMMENT = 40
COMMENTS_A_POST = 50

Row = tuple[int, str, str]
"""A comment's id, author and text."""


def made_comments(count: int) -> Iterator[Row]:
    """Give comments of made-up words, the same in every run."""
    rng = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(5000)]
    for number in range(count):
        yield number, rng.choice(words), " ".join(rng.choices(words, k=WORDS_A_COMMENT))


def write_csv(path: Path, count: int) -> None:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(("id", "author", "comment"))
        csv.writer(file).writerows(made_comments(count))


def write_gzip(path: Path, count: int) -> None:
    """Write a packed CSV file."""
    with gzip.open(path, "wt", newline="", encoding="utf-8", compresslevel=1) as file:
        csv.writer(file).writerow(("id", "author", "comment"))
        csv.writer(file).writerows(made_comments(count))


def write_json_lines(path: Path, count: int) -> None:
    """Write JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for number, author, text in made_comments(count):
            file.write(json.dumps({"id": number, "author": author, "comment": text}) + "\n")


def write_parquet(path: Path, count: int) -> None:
    """Write a Parquet file of a single row group, the hardest to read in slices."""
    import polars  # noqa: PLC0415

    frame = polars.DataFrame(
        list(made_comments(count)), schema=["id", "author", "comment"], orient="row"
    )
    frame.write_parquet(path, row_group_size=count)


def write_wordpress(path: Path, count: int) -> None:
    """Write a WordPress export with fifty comments a post."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0"?><rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>\n'
        )
        for number, author, text in made_comments(count):
            if number % COMMENTS_A_POST == 0:
                closing = "</item>\n" if number else ""
                file.write(f"{closing}<item><wp:post_id>{number}</wp:post_id>\n")
            file.write(
                f"<wp:comment><wp:comment_id>{number + 1}</wp:comment_id><wp:comment_author>"
                f"{escape(author)}</wp:comment_author><wp:comment_content><![CDATA[{text}]]>"
                "</wp:comment_content></wp:comment>\n"
            )
        file.write("</item></channel></rss>\n")


FORMATS: dict[str, Callable[[Path, int], None]] = {
    "CSV": write_csv,
    "CSV, gzip": write_gzip,
    "JSON lines": write_json_lines,
    "Parquet": write_parquet,
    "WordPress": write_wordpress,
}


def read(path: Path) -> None:
    """Read a file and print its comments, the seconds, and the peak in MB."""
    start = time.perf_counter()
    found = 0
    (page,) = find_pages([path]).pages
    with open_file(page) as opened:
        reader = read_table if opened.kind.family == "table" else read_export
        for portion in reader(opened):
            found += len(portion.comments)
    seconds = time.perf_counter() - start
    print(json.dumps([found, seconds, peak_kilobytes() / 1024]))


def peak_kilobytes() -> int:
    """Give the peak of this process; that of ``getrusage`` begins with its parent's on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measured(path: Path) -> tuple[int, float, float]:
    """Read a file in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reading", "--read", str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found, seconds, megabytes = json.loads(answer)
    return found, seconds, megabytes


def main() -> None:
    """Write, read and print, a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", type=Path, help="read one file and print the figures as JSON")
    parser.add_argument("--many", type=int, default=MANY, help="comments of the large files")
    options = parser.parse_args()
    if options.read is not None:
        read(options.read)
        return
    print(f"{'format':<12} {'comments a second':>18} {'peak at ' + format(FEW, ','):>16} ", end="")
    print(f"{'at ' + format(options.many, ','):>14}")
    with tempfile.TemporaryDirectory(prefix="moderation-benchmark-") as folder:
        path = Path(folder) / "comments"
        for name, write in FORMATS.items():
            write(path, FEW)
            _, _, small = measured(path)
            write(path, options.many)
            found, seconds, large = measured(path)
            if found != options.many:
                raise SystemExit(f"{name}: {found:,} comments read, {options.many:,} written")
            print(f"{name:<12} {found / seconds:>18,.0f} {small:>13,.0f} MB {large:>11,.0f} MB")


if __name__ == "__main__":
    main()
