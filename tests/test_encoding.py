"""Bytes of any origin become text, and what was unusual about them is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.encoding import NotText, StreamDecoder, decode

GERMAN = "„Größe“ – das ist doch völlig übertrieben!\n" * 3
RUSSIAN = "Мост закрыт до весны, и никто не знает почему. Это решение городского совета.\n" * 4


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", GERMAN),
        ("utf-8-sig", GERMAN),
        ("utf-16", GERMAN),
        ("utf-16-le", "Plain words, no mark.\n" * 3),
        ("utf-16-be", "Plain words, no mark.\n" * 3),
        ("utf-32", GERMAN),
        ("cp1252", GERMAN),
        ("cp1251", RUSSIAN),
    ],
)
def test_text_is_read_in_the_encoding_it_was_written_in(encoding: str, text: str) -> None:
    """Marked, unmarked, Western and Cyrillic pages all give their text."""
    assert decode(text.encode(encoding)).text == text


def test_utf8_needs_no_remark() -> None:
    """The ordinary case says nothing."""
    assert decode(GERMAN.encode()).warning == ""


def test_an_older_encoding_is_named() -> None:
    """A guess is never silent."""
    assert decode(GERMAN.encode("cp1252")).warning == "it is not UTF-8; read as Windows-1252"


def test_damaged_utf8_is_read_with_the_damage_shown() -> None:
    """One bad byte costs one character, not the page, and its place is told."""
    decoded = decode("Grüße, ".encode() + b"\xff" + " schöne Grüße".encode())
    assert decoded.text == "Grüße, \N{REPLACEMENT CHARACTER} schöne Grüße"
    assert "the first at position 9" in decoded.warning


def test_a_stray_zero_byte_does_not_make_a_page_binary() -> None:
    """Text with a few NUL bytes is still text."""
    assert decode(b"Some words\0 and some more words of a comment.").text.startswith("Some words\0")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "a PNG picture"),
        (b"%PDF-1.7 text", "a PDF document"),
        (bytes(range(256)) * 4, "binary data"),
        (b"\0" * 1000, "binary data"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, name: str) -> None:
    """A picture is not read as a very strange comment."""
    with pytest.raises(NotText, match=name):
        decode(data)


def test_line_ends_are_folded() -> None:
    """Pages from Windows and old Macs have the same lines as any other."""
    assert decode(b"a\r\nb\rc\n").text == "a\nb\nc\n"


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_a_refusal(data: bytes) -> None:
    """No input raises anything but the one error that callers expect."""
    try:
        decoded = decode(data)
    except NotText:
        return
    assert "\r" not in decoded.text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0")))
def test_utf8_text_comes_back(text: str) -> None:
    """What is valid UTF-8 and no binary file is read exactly."""
    try:
        decoded = decode(text.encode())
    except NotText:
        return
    assert decoded.encoding != "utf-8" or decoded.text == text


@settings(max_examples=80)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r"), min_size=20),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.integers(1, 20),
)
def test_a_stream_is_read_as_the_whole_is(text: str, encoding: str, size: int) -> None:
    """Wherever blocks end, in the middle of a character or of a line end too."""
    data = text.encode(encoding)
    decoder = StreamDecoder()
    blocks = [decoder.decode(data[:16])]
    blocks += [decoder.decode(data[place : place + size]) for place in range(16, len(data), size)]
    blocks.append(decoder.decode(b"", final=True))
    assert "".join(blocks) == decode(data).text
    assert decoder.warning == ""


def test_a_stream_that_turns_out_to_be_older_is_read_on() -> None:
    """Plain ASCII tells nothing; the first other byte does, and is said."""
    decoder = StreamDecoder()
    read = decoder.decode(b"plain " * 20) + decoder.decode("Grüße an alle".encode("cp1252"))
    assert read == "plain " * 20 + "Grüße an alle"
    assert (decoder.encoding, decoder.warning) == (
        "cp1252",
        "it is not UTF-8; read as Windows-1252",
    )


def test_a_declared_encoding_is_believed_where_it_can_be() -> None:
    """A wide one shows itself; Latin-1 is what Windows writes under that name."""
    assert StreamDecoder("koi8-r").decode("Привет".encode("koi8-r"), final=True) == "Привет"
    assert StreamDecoder("ISO-8859-1").decode("“ja”".encode("cp1252"), final=True) == "“ja”"
    decoder = StreamDecoder("utf-16")
    assert decoder.decode("Grüße".encode(), final=True) == "Grüße"
    assert decoder.warning == "it says that its encoding is 'utf-16', which it is not"
