"""Garbage collection is held back, and comes back as it was."""

import gc

import pytest

from moderation.memory import without_collection


def test_collection_rests_and_comes_back() -> None:
    """Also when something fails meanwhile."""

    def fail() -> None:
        with without_collection():
            assert not gc.isenabled()
            raise KeyError

    assert gc.isenabled()
    with pytest.raises(KeyError):
        fail()
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_so() -> None:
    """It is not switched on behind anybody's back."""
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
