"""Files in object storage: listed and read as those on a disk, under the same ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moderation.output import write_results
from moderation.pipeline import scan, searched_folders
from moderation.reading import read_portions
from moderation.records import PassedOver
from moderation.sources import FoundPages, find_pages
from moderation.sources.remote import local_path

from .conftest import PAGE, PROJECT, Run, WordScorer

TREE = {
    "a.txt": PAGE,
    "2024/may/b.txt": PAGE.replace("glorbly", "gently"),
    "2024/notes.xyz": "A file of another kind.",
    "empty.txt": "",
    ".git/config": "hidden",
    "photo.png": "no picture",
}


@pytest.fixture
def bucket() -> Iterator[str]:
    """The address of a folder in fsspec's own storage in memory."""
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install fsspec")
    files = fsspec.filesystem("memory")
    files.pipe({f"/bucket/pages/{name}": text.encode() for name, text in TREE.items()})
    yield "memory://bucket/pages"
    files.rm("/bucket", recursive=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same files on the disk."""
    for name, text in TREE.items():
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pages"


def read(found: FoundPages) -> tuple[list[Any], list[PassedOver], list[PassedOver]]:
    """Portions, failures and what was passed over."""
    failures: list[PassedOver] = []
    skipped: list[PassedOver] = [*found.skipped]
    return [*read_portions(found, failures.append, skipped.append)], failures, skipped


def test_a_remote_folder_reads_as_one_on_the_disk(bucket: str, folder: Path) -> None:
    """The same comments with the same ids; the paths shown are addresses."""
    here, failed_here, skipped_here = read(find_pages([folder]))
    there, failed_there, skipped_there = read(find_pages([bucket]))
    assert [one.comments for one in there] == [one.comments for one in here]
    assert [one.finished[0].sha256 for one in there] == [one.finished[0].sha256 for one in here]
    assert [one.finished[0].source for one in there] == [
        "memory:///bucket/pages/2024/may/b.txt",
        "memory:///bucket/pages/a.txt",
    ]

    def named(passed: list[PassedOver]) -> set[tuple[str, str]]:
        return {(one.source.partition("pages/")[2], one.reason) for one in passed}

    assert named(failed_there) == named(failed_here) == {("empty.txt", "the file is empty")}
    assert named(skipped_there) == named(skipped_here)


def test_a_queue_goes_on_when_its_pages_move(
    bucket: str, folder: Path, tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """A decision of a scan of the disk stands after one of the storage."""
    queue = tmp_path / "queue.csv"
    write_results(scan([folder], policy=word_policy, model=words), queue)
    (row,) = scan([folder], policy=word_policy, model=words).rows
    text = queue.read_text(encoding="utf-8-sig")
    place = text.index(row.scored.comment.id)
    header = text.partition("\n")[0].split(",")
    line = text[place:].partition("\n")[0]
    cells = line.split(",")
    cells[header.index("decision")] = "remove"
    queue.write_text(text.replace(line, ",".join(cells)), encoding="utf-8-sig")
    written = write_results(scan([bucket], policy=word_policy, model=words), queue)
    assert written.account.as_json()["after"] == 1
    assert ",remove," in queue.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("end", "ids"),
    [
        ("/a.txt", ["a.txt"]),
        ("/*.txt", ["a.txt", "empty.txt"]),
        ("/2024/", ["may/b.txt", "notes.xyz"]),
        ("/2024/notes.xyz", ["notes.xyz"]),
        ("/**/b.txt", ["b.txt"]),
    ],
)
def test_files_folders_and_patterns_are_found(bucket: str, end: str, ids: list[str]) -> None:
    """As those of the disk are; what a file holds is seen when it is fetched."""
    assert [page.id for page in find_pages([bucket + end]).pages] == ids


def test_a_file_reached_twice_is_read_once(bucket: str) -> None:
    """Under the id of the wider folder, whichever was named first."""
    found = find_pages([f"{bucket}/2024", bucket, f"{bucket}/*.txt"])
    assert [page.id for page in found.pages if page.id.endswith(".txt")] == [
        "2024/may/b.txt",
        "a.txt",
        "empty.txt",
    ]


def test_a_file_that_was_named_is_read_whatever_it_is_called(bucket: str) -> None:
    """One that lay in a folder is not, and that is told."""
    assert len(read(find_pages([f"{bucket}/2024/notes.xyz"]))[0]) == 1
    portions, _, skipped = read(find_pages([f"{bucket}/2024"]))
    assert len(portions) == 1
    assert [one.source for one in skipped] == ["memory:///bucket/pages/2024/notes.xyz"]


def test_a_file_that_goes_meanwhile_is_a_failure(bucket: str) -> None:
    """The others are read."""
    found = find_pages([bucket])
    gone = replace(found.pages[1].remote, address="memory://bucket/pages/gone.txt")  # type: ignore[type-var]
    pages = (replace(found.pages[1], remote=gone), *found.pages[2:])
    portions, failures, _ = read(FoundPages(pages=pages, skipped=(), missing=()))
    assert [one.reason for one in failures] == [
        "there is no such file, folder or bucket",
        "the file is empty",
    ]
    assert len(portions) == 1


def test_a_long_name_can_be_fetched(bucket: str) -> None:
    """Storage takes longer names than a disk does; the id is the whole name."""
    import fsspec

    name = "ü" * 400 + ".txt"
    fsspec.filesystem("memory").pipe(f"/bucket/pages/{name}", PAGE.encode())
    (portion,) = read(find_pages([f"{bucket}/{name}"]))[0]
    assert portion.finished[0].id == name
    assert portion.finished[0].source == f"memory:///bucket/pages/{name}"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("memory://bucket/nowhere", "there is no such file or folder"),
        ("memory://bucket/pages/*.pdf", "no file matches this pattern"),
        ("memory://bucket/pictures", "the folder holds nothing that can be read"),
        ("nowhere://bucket/pages", "there is no kind of storage called nowhere://"),
    ],
)
def test_what_is_not_there_is_told(bucket: str, address: str, reason: str) -> None:
    """With the reason, as for a path on the disk."""
    import fsspec

    fsspec.filesystem("memory").pipe("/bucket/pictures/photo.png", b"")
    missing = find_pages([address]).missing
    assert [one.reason for one in missing] == [reason]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """In one sentence that says what to install."""
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install fsspec")

    def missing(address: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "url_to_fs", missing)
    code, _, errors = run("scan", "s3://bucket/pages")
    assert code == 2
    assert errors == (
        "Error: There is nothing to read. s3://bucket/pages: s3:// needs a package that is not "
        "installed: pip install fsspec s3fs (Install s3fs to access S3).\n"
    )


def test_a_refusal_says_what_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage's own words come last."""
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install fsspec")

    def refused(address: str) -> None:
        raise PermissionError("The AWS Access Key Id you provided does not exist")

    monkeypatch.setattr(fsspec, "url_to_fs", refused)
    (missing,) = find_pages(["s3://bucket/pages"]).missing
    assert missing.reason.startswith("access was refused; check the credentials of this machine")
    assert missing.reason.endswith("The AWS Access Key Id you provided does not exist")


def test_an_address_of_the_disk_is_a_path(folder: Path) -> None:
    """``file://`` gives what the path gives."""
    assert local_path(folder.as_uri()) == str(folder)
    assert find_pages([folder.as_uri()]) == find_pages([folder])
    assert [*searched_folders([folder.as_uri()])] == [folder.as_posix()]
    odd = folder / "what? #1 100%25.txt"
    assert local_path(odd.as_uri()) == str(odd)
    assert local_path(folder.as_uri().replace("file://", "FILE://localhost")) == str(folder)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///C:/saved%20pages/a.txt", "C:\\saved pages\\a.txt"),
        ("file://localhost/c:/pages", "C:\\pages"),
        ("file://C:/pages", "C:\\pages"),
        ("file://server/share/pages", "\\\\server\\share\\pages"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*nturl2path:DeprecationWarning")
def test_an_address_on_windows_names_its_drive(
    monkeypatch: pytest.MonkeyPatch, address: str, path: str
) -> None:
    """As Windows itself turns addresses into paths, on whatever system this test runs."""
    windows = pytest.importorskip("nturl2path")
    monkeypatch.setattr("moderation.sources.remote.url2pathname", windows.url2pathname)
    assert local_path(address) == path


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 of this machine's own, reached through the variables that a user would set."""
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install s3fs")
    reason = "moto is not installed: pip install 'moto[server]'"
    servers = pytest.importorskip("moto.server", reason=reason)
    server = servers.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    import boto3  # type: ignore[import-untyped]

    yield boto3.client("s3")
    server.stop()


@pytest.mark.slow
def test_a_bucket_reads_as_a_folder(
    object_store: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The samples from S3 come to the same comments; without credentials that is said."""
    object_store.create_bucket(Bucket="bucket")
    for page in sorted((PROJECT / "samples").glob("*.txt")):
        object_store.upload_file(str(page), "bucket", f"pages/{page.name}")
    code, out, _ = run("scan", "s3://bucket/pages", "-q", "-o", tmp_path / "there.csv")
    assert (code, out) == run("scan", PROJECT / "samples/*.txt", "-q", "-o", tmp_path / "here.csv")[
        :2
    ]
    code, _, errors = run("scan", "s3://bucket/nowhere", "-o", tmp_path / "queue.csv")
    assert (code, errors) == (
        2,
        "Error: There is nothing to read. s3://bucket/nowhere: there is no such file or folder.\n",
    )
    import s3fs  # type: ignore[import-untyped]

    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    s3fs.S3FileSystem.clear_instance_cache()
    code, _, errors = run("scan", "s3://bucket/pages", "-o", tmp_path / "queue.csv")
    assert code == 2
    assert "access was refused; check the credentials" in errors
    assert "Traceback" not in errors
