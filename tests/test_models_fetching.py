"""Downloads, from a server on this machine; and what is said where there is no network."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.catalogue import CATALOGUE, Release
from moderation.toxicity.models.fetching import (
    checkpoints_folder,
    config_folder,
    fetch_checkpoint,
)

CONTENT = b"some weights " * 100_000
DIGITS = hashlib.sha256(CONTENT).hexdigest()[:8]


class Server(BaseHTTPRequestHandler):
    """Serves one file whole, half or changed, by the first part of its path."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(self.path)
        kind = self.path.split("/")[1]
        if kind == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        body = {"half": CONTENT[: len(CONTENT) // 2], "changed": b"S" + CONTENT[1:]}
        self.wfile.write(body.get(kind, CONTENT))

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """A running server; gives the paths that it was asked for, its address first."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Server,), {"asked": []}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found: list[str] = server.RequestHandlerClass.asked  # type: ignore[attr-defined]
    found.append(f"http://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def release(url: str) -> Release:
    """A release that lies somewhere else."""
    return Release(name="small", url=url, base="nobody/base", languages=("en",), megabytes=1)


def test_a_download_is_kept_and_not_made_again(asked: list[str]) -> None:
    """The file goes where PyTorch keeps such files, and is asked for once."""
    wanted = release(f"{asked[0]}/whole/weights-{DIGITS}.ckpt")
    told: list[tuple[int, int]] = []
    path = fetch_checkpoint(wanted, lambda done, total: told.append((done, total)))
    assert path == checkpoints_folder() / f"weights-{DIGITS}.ckpt"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch_checkpoint(wanted) == path
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("kind", "said"),
    [("missing", "404"), ("half", "ended after|bytes"), ("changed", "SHA-256")],
)
def test_what_did_not_come_whole_is_not_kept(
    asked: list[str], kind: str, said: str, tmp_path: Path
) -> None:
    """An error page, half a file and a changed file are all refused, and leave nothing behind."""
    with pytest.raises(ModelUnavailable, match=said):
        fetch_checkpoint(release(f"{asked[0]}/{kind}/weights-{DIGITS}.ckpt"))
    assert [path for path in (tmp_path / "torch").rglob("*") if path.is_file()] == []


def test_a_damaged_file_of_an_earlier_download_is_named(asked: list[str]) -> None:
    """What Detoxify, or a full disk, left in the cache is checked like a new download."""
    path = checkpoints_folder() / f"weights-{DIGITS}.ckpt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    with pytest.raises(ModelUnavailable, match=rf"{path.name} is damaged"):
        fetch_checkpoint(release(f"{asked[0]}/whole/{path.name}"))


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every connection goes to a closed port, and nothing is in the caches."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


@pytest.mark.parametrize("name", CATALOGUE)
def test_weights_that_cannot_be_had(no_network: Path, name: str) -> None:
    """Without a network the error says at once what was tried, and both ways around it."""
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        fetch_checkpoint(CATALOGUE[name])
    assert time.monotonic() - started < 5
    message = str(caught.value)
    assert "https://github.com/unitaryai/detoxify/releases/download/" in message
    assert f"moderation models export FILE --model {name}" in message
    assert f"moderation models add {name} --checkpoint {CATALOGUE[name].file}" in message
    assert f"https://huggingface.co/{CATALOGUE[name].base}/tree/main" in message
    assert [path for path in no_network.rglob("*") if path.is_file()] == []


def test_the_catalogue_is_detoxifys() -> None:
    """Names and addresses are those that the detoxify package has."""
    detoxify = pytest.importorskip("detoxify.detoxify", reason="detoxify is not installed")
    assert {one.name: one.url for one in CATALOGUE.values()} == detoxify.MODEL_URLS


def test_configuration_beside_the_checkpoint_is_found(tmp_path: Path) -> None:
    """A folder that the checkpoint names, one beside it, and its own, in this order."""
    checkpoint = tmp_path / "a.ckpt"
    (tmp_path / "config.json").write_text("{}")
    assert config_folder("nobody/base", checkpoint) == tmp_path
    beside = tmp_path / "nobody" / "base"
    beside.mkdir(parents=True)
    (beside / "config.json").write_text("{}")
    assert config_folder("nobody/base", checkpoint) == beside
    assert config_folder(str(beside), tmp_path / "b" / "b.ckpt") == beside


def test_a_given_folder_is_the_only_one_looked_at(tmp_path: Path) -> None:
    """Whoever names a folder gets that one, or an error that says what it must hold."""
    (tmp_path / "config.json").write_text("{}")
    given = tmp_path / "given"
    given.mkdir()
    with pytest.raises(ModelUnavailable, match=r"no config\.json in .*given.*'nobody/base'"):
        config_folder("nobody/base", tmp_path / "a.ckpt", given)
    (given / "config.json").write_text("{}")
    assert config_folder("nobody/base", tmp_path / "a.ckpt", given) == given


def test_configuration_that_cannot_be_had(no_network: Path) -> None:
    """A checkpoint alone, of a model on the hub, is answered with the files to bring."""
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        config_folder("nobody/no-such-model", no_network / "a.ckpt")
    assert time.monotonic() - started < 20
    assert "https://huggingface.co/nobody/no-such-model/tree/main" in str(caught.value)
    assert "--config FOLDER" in str(caught.value)
