"""Packed files are read where they lie, and what was made to hurt is refused with the figures."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import pickle
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import polars
import pytest

from moderation.files import UnreadablePage, open_file
from moderation.files.archives import FREE_GROWTH
from moderation.sources import find_pages, read_page

from .conftest import PAGE
from .reading_files import read_file, read_found

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TABLE = "id,comment\n" + "".join(f"{n},this is number {n * n}\n" for n in range(30_000))
PACKINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gz", gzip.compress),
    ("zst", zstd.compress),
    ("nothing-that-is-known", gzip.compress),
]


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS, ids=lambda value: str(value)[:8])
def test_packed_files_are_read(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """Whatever their suffix; the hash is that of the bytes on the disk."""
    path = tmp_path / f"c.csv.{suffix}"
    path.write_bytes(pack(TABLE.encode()))
    was = read_file(path)
    assert len(was.comments) == 30_000
    assert was.finished[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert was.finished[0].id == path.name


def test_a_packed_page_is_read_in_a_folder(tmp_path: Path) -> None:
    """By the suffix inside, as an unpacked one would be."""
    for name in ("a.txt.gz", "notes.md.gz", "b.gz"):
        (tmp_path / name).write_bytes(gzip.compress(PAGE.encode()))
    found = find_pages([tmp_path])
    assert [page.id for page in found.pages] == ["a.txt.gz", "b.gz"]
    assert [skipped.reason for skipped in found.skipped] == [
        "files ending in .md are not read as pages"
    ]
    assert read_page(found.pages[0]).document.text == PAGE


def test_packed_parquet_is_unpacked_to_the_disk_first(tmp_path: Path) -> None:
    """It has to be jumped in; in an archive too."""
    file = io.BytesIO()
    polars.DataFrame({"comment": ["One", "Two"]}).write_parquet(file)
    (tmp_path / "c.parquet.gz").write_bytes(gzip.compress(file.getvalue()))
    assert read_file(tmp_path / "c.parquet.gz").texts == ["One", "Two"]
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.parquet", file.getvalue())
    (page,) = find_pages([tmp_path / "c.zip"]).pages
    assert read_found(page).texts == ["One", "Two"]


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS[:2], ids=lambda value: str(value)[:4])
def test_damage_says_how_far_it_was_read(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    """Cut off in a download, or bad on the disk; the comments before are kept."""
    packed = pack(TABLE.encode())
    path = tmp_path / f"c.csv.{suffix}"
    path.write_bytes(packed[: len(packed) // 2])
    was = read_file(path)
    assert 1000 < len(was.comments) < 30_000
    assert "data is damaged or cut off" in was.failure
    assert "bytes could be read" in was.failure
    assert was.warnings[-1] == "the table breaks off and was not read to its end"
    path.write_bytes(packed[:20])
    assert "damaged or cut off" in read_file(path).failure
    with pytest.raises(UnreadablePage, match="damaged or cut off"):
        read_page(find_pages([path]).pages[0])


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS[:2], ids=lambda value: str(value)[:4])
def test_a_bomb_is_refused_with_its_figures(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    """A small file that unpacks to a huge one is stopped long before its end."""
    path = tmp_path / f"c.csv.{suffix}"
    path.write_bytes(
        pack(b"id,comment\n" + (b"1,%s\n" % (b"o" * 49_997)) * (2 * FREE_GROWTH // 50_000))
    )
    was = read_file(path)
    assert "as a zip bomb does" in was.failure
    assert "500 times" in was.failure


def archive(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def test_members_of_an_archive_are_files_of_their_own(tmp_path: Path) -> None:
    """Taken and passed over as if they lay in a folder, with the archive before their names."""
    member = gzip.compress(b"x")
    archive(
        tmp_path / "a.zip",
        sub__b_txt=PAGE,
        c_csv="id,comment\n1,One\n",
        pic_png=b"\x89PNG",
        read_me="notes",
        _hidden="x",
        old_gz=member,
        inner_zip=archive(tmp_path / "inner.zip", x_txt=PAGE).read_bytes(),
    )
    (tmp_path / "inner.zip").unlink()
    for named in (tmp_path, tmp_path / "a.zip"):
        found = find_pages([named])
        assert [page.id.removeprefix("a.zip/") for page in found.pages] == [
            "c.csv",
            "inner.zip",
            "old.gz",
            "sub/b.txt",
        ]
        assert {Path(skipped.source).name: skipped.reason for skipped in found.skipped} == {
            "pic.png": "it is a PNG picture",
            "read.me": "files ending in .me are not read as pages",
            ".hidden": "hidden files and folders are not read",
        }
        assert not found.missing
    table, *packed, page = found.pages
    for one in packed:  # they may hold pages: not to be passed over in silence
        with pytest.raises(UnreadablePage, match="an archive inside an archive; unpack it first"):
            read_page(one)
    assert read_found(table).texts == ["One"]
    assert table.source == f"{tmp_path.as_posix()}/a.zip/c.csv"
    read = read_page(page)
    assert read.document.text == PAGE
    assert read.sha256 == hashlib.sha256(PAGE.encode()).hexdigest()


@pytest.mark.parametrize("name", ["./pages/c.csv", "pages/./c.csv"])
def test_a_dot_for_a_folder_hides_nothing(tmp_path: Path, name: str) -> None:
    """Some programs write names so; nothing is ever unpacked to them."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(name, "id,comment\n1,One\n")
    (page,) = find_pages([tmp_path / "a.zip"]).pages
    assert read_found(page).texts == ["One"]


def test_a_page_in_an_archive_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """An open file cannot; its path can."""
    archive(tmp_path / "a.zip", b_txt=PAGE)
    (page,) = find_pages([tmp_path]).pages
    assert read_page(pickle.loads(pickle.dumps(page))).document.text == PAGE


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"[Content_Types].xml": "x", "word/document.xml": "y"}, "an office document"),
        ({"mimetype": "application/epub+zip"}, "an office document or an e-book"),
    ],
)
def test_office_documents_are_no_archives_of_pages(
    tmp_path: Path, members: dict[str, str], reason: str
) -> None:
    """They are named, with what to do about it."""
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    (missing,) = find_pages([tmp_path / "a.xlsx"]).missing
    assert reason in missing.reason


def test_a_damaged_archive_is_reported(tmp_path: Path) -> None:
    """One that lost its end, and one with a bad member."""
    whole = archive(tmp_path / "a.zip", b_txt=PAGE * 50).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:-30])
    (missing,) = find_pages([tmp_path]).missing
    assert missing.reason.startswith("the zip archive is damaged or cut off")
    (tmp_path / "a.zip").write_bytes(whole[:60] + b"\xff\xff\xff" + whole[63:])
    found = find_pages([tmp_path])
    with pytest.raises(UnreadablePage, match=r"the zip data is damaged or cut off: .* be read"):
        read_page(found.pages[0])


def test_an_encrypted_member_is_reported(tmp_path: Path) -> None:
    """With its name; the others are read."""
    data = bytearray(archive(tmp_path / "a.zip", a_txt=PAGE, b_txt=PAGE).read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.rindex(mark) + offset
        struct.pack_into("<H", data, place, struct.unpack_from("<H", data, place)[0] | 1)
    (tmp_path / "a.zip").write_bytes(data)
    found = find_pages([tmp_path])
    assert [page.id for page in found.pages] == ["a.zip/a.txt"]
    (missing,) = found.missing
    assert missing.source.endswith("a.zip/b.txt")
    assert missing.reason == "it is encrypted; unpack it first"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """By what it says of itself; and by what comes out, if it lies."""
    path = archive(tmp_path / "a.zip", a_txt=b"a" * (2 * FREE_GROWTH))
    (missing,) = find_pages([path]).missing
    assert "as a zip bomb does" in missing.reason
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02") + 24
    struct.pack_into("<I", data, place, 100)
    path.write_bytes(data)
    (page,) = find_pages([path]).pages
    with pytest.raises(UnreadablePage):
        read_page(page)


def test_names_that_climb_are_refused_and_said(tmp_path: Path) -> None:
    """Nothing is written where an archive says, and it is no clean read."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../../evil.txt", PAGE)
    found = find_pages([tmp_path / "a.zip"])
    assert [missed.reason for missed in found.missing] == [
        "its name leads out of the archive; unpack it first"
    ]
    assert not (tmp_path.parent / "evil.txt").exists()


def test_random_damage_is_an_error_and_nothing_else(tmp_path: Path) -> None:
    """Dozens of files with bytes turned: read, or refused with a reason."""
    rng = random.Random(7)
    whole = archive(tmp_path / "a.zip", a_txt=PAGE, b_csv=TABLE[:2000]).read_bytes()
    packed = gzip.compress(TABLE[:9000].encode()), zstd.compress(TABLE[:9000].encode())
    for number in range(40):
        for name, content in (("a.zip", whole), ("b.gz", packed[0]), ("c.zst", packed[1])):
            damaged = bytearray(content)
            for _ in range(1 + number % 3):
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            (tmp_path / name).write_bytes(damaged)
        for page in find_pages([tmp_path]).pages:
            with contextlib.suppress(UnreadablePage), open_file(page) as opened:
                family = opened.kind.family
                assert family in {"table", "text"}
                was = read_found(page) if family == "table" else read_page(page)
                assert was


def test_zlib_is_told_apart_from_gzip(tmp_path: Path) -> None:
    """A bare zlib stream is no kind that is known, and says so."""
    (tmp_path / "a.z").write_bytes(zlib.compress(TABLE.encode()))
    (skipped,) = find_pages([tmp_path]).skipped
    assert skipped.reason == "it is binary data of an unknown kind"
