"""Pages are read and separated one by one; what fails is heard of."""

import json
from pathlib import Path

import pytest

from moderation.errors import UsageError
from moderation.reading import require_pages, separated_pages
from moderation.records import PassedOver
from moderation.sources import find_pages


def test_a_page_comes_with_its_comments(pages: Path) -> None:
    """And can be written as plain data."""
    (page,) = separated_pages(find_pages([pages]), lambda failure: None)
    data = json.loads(json.dumps(page.as_json()))
    assert [comment["number"] for comment in data["comments"]] == [1, 2]


def test_failures_are_heard_and_do_not_stop_the_rest(pages: Path) -> None:
    """An empty file and a missing path are two failures; the good page is read."""
    (pages / "empty.txt").touch()
    heard: list[PassedOver] = []
    found = find_pages([pages, pages / "nowhere"])
    assert len(list(separated_pages(found, heard.append))) == 1
    assert [failure.reason for failure in heard] == [
        "there is no such file or folder",
        "the file is empty",
    ]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    """With the reason for each path."""
    with pytest.raises(UsageError, match=r"nothing to read. .*holds no text pages"):
        require_pages(find_pages([tmp_path]))
