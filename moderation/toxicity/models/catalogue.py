"""Detoxify's five released models: names, files and languages.

From detoxify 0.5.4, ``detoxify/detoxify.py`` and its README.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RELEASES = "https://github.com/unitaryai/detoxify/releases/download"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A released checkpoint.

    Its file name ends in the first digits of its SHA-256. ``base`` is the model on the hub that
    has its configuration and tokenizer; ``megabytes`` is about how much is downloaded.
    """

    name: str
    url: str
    base: str
    languages: tuple[str, ...]
    megabytes: int

    @property
    def file(self) -> str:
        """The checkpoint's file name."""
        return self.url.rpartition("/")[2]


ENGLISH = ("en",)
SEVEN = ("en", "es", "fr", "it", "pt", "ru", "tr")

_ALL = (
    ("original", "v0.1-alpha/toxic_original-c1212f89.ckpt", "bert-base-uncased", 440),
    ("unbiased", "v0.3-alpha/toxic_debiased-c7548aa0.ckpt", "roberta-base", 500),
    ("multilingual", "v0.4-alpha/multilingual_debiased-0b549669.ckpt", "xlm-roberta-base", 1_120),
    ("original-small", "v0.1.2/original-albert-0e1d6498.ckpt", "albert-base-v2", 50),
    ("unbiased-small", "v0.1.2/unbiased-albert-c8519128.ckpt", "albert-base-v2", 50),
)

CATALOGUE: Mapping[str, Release] = {
    name: Release(
        name=name,
        url=f"{RELEASES}/{file}",
        base=base,
        languages=SEVEN if name == "multilingual" else ENGLISH,
        megabytes=megabytes,
    )
    for name, file, base, megabytes in _ALL
}
"""Every released model by its name."""
