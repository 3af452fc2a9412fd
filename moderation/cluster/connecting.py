"""Find a Ray cluster, or start one on this machine for as long as the work lasts."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from moderation.cluster.order import AssessedPortion, WorkOrder
from moderation.errors import ClusterError
from moderation.portions import Unread

PATIENCE: Final = 5.0
"""Seconds to wait for an answer from a cluster's address. Ray itself would try for minutes."""

ADDRESS_VARIABLE: Final = "RAY_ADDRESS"

MISSING: Final = (
    "The engine 'ray' needs Ray, which is not installed: "
    "pip install 'comment-moderation[ray]'. The engine 'local' needs nothing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster:
    """A cluster that Ray runs.

    ``address`` is as ``ray.init`` takes it (``host:port``, ``auto``, ``local``); empty, it is that
    of the environment (``RAY_ADDRESS``), else of a cluster that runs on this machine, else one is
    started here and ended with the work. ``processes`` is how many assess comments, None for one a
    processor, or one a graphics card where the brief asks for these.
    """

    address: str = ""
    processes: int | None = None

    def assessed(self, order: WorkOrder) -> Iterator[AssessedPortion | Unread]:
        """See `Cluster.assessed`.

        Raises:
            ClusterError: when the cluster cannot be had, or stops.
        """
        require_ray()
        from moderation.cluster.running import run_order  # noqa: PLC0415 - imports Ray

        with connected(self.address, self.processes):
            yield from run_order(order, self.processes)

    def as_json(self) -> Mapping[str, Any]:
        """See `Cluster.as_json`."""
        return {"name": "ray", "version": version("ray")}


def require_ray() -> None:
    """Check that Ray with Ray Data is installed.

    Raises:
        ClusterError: when it is not.
    """
    try:
        for package in ("ray", "pyarrow", "pandas"):
            version(package)
    except PackageNotFoundError as error:
        raise ClusterError(MISSING) from error


@contextmanager
def connected(address: str, processes: int | None) -> Iterator[None]:
    """Be connected to a cluster; a connection that was there before stays as it is.

    Raises:
        ClusterError: when there is no cluster at the address.
    """
    # Everything runs on the user's own machines: nothing is told to anybody else.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Its core writes to the screen past all settings of Python, mostly advice to programmers.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray  # noqa: PLC0415 - an extra, and slow to import

    if ray.is_initialized():
        yield
        return
    try:
        _connect(ray, address or os.environ.get(ADDRESS_VARIABLE, ""), processes)
        yield
    finally:  # also of a start that somebody stopped half-way
        ray.shutdown()


def _connect(ray: Any, address: str, processes: int | None) -> None:
    if address not in {"", "auto", "local"}:
        _require_answer(address)
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address != "local" and _found(ray, address, quiet):
        return
    count = max(processes or 1, os.cpu_count() or 1)
    try:
        ray.init(address="local", num_cpus=count, include_dashboard=False, **quiet)
    except Exception as error:  # Ray says no more than this of what can go wrong
        raise ClusterError(f"Ray could not be started on this machine: {error}") from error


def _found(ray: Any, address: str, quiet: Mapping[str, Any]) -> bool:
    """Connect to a cluster that is there; False where none was named and none is here."""
    try:
        ray.init(address=address or "auto", **quiet)
    except ConnectionError as error:
        if address in {"", "auto"}:
            if address:
                raise ClusterError(_nobody_at(address)) from error
            return False
        raise ClusterError(
            f"Something answers at '{address}', but does not let Ray connect. If that cluster asks "
            "for a token ('ray start' says so), set RAY_AUTH_MODE=token here and have the same "
            "token as its machines."
        ) from error
    except Exception as error:  # another version of Ray or Python, a token that is missing
        named = f"'{address}'" if address else "the cluster of this machine"
        raise ClusterError(f"Ray could not connect to {named}: {error}") from error
    return True


def _require_answer(address: str) -> None:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise ClusterError(
            f"'{address}' is no address of a Ray cluster. It is 'auto', 'local' or HOST:PORT, as "
            "'ray start --head' prints it."
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except OSError as error:
        raise ClusterError(f"{_nobody_at(address)} ({error.strerror or error})") from error


def _nobody_at(address: str) -> str:
    return (
        f"No Ray cluster answers at '{address}'. Check --ray-address and {ADDRESS_VARIABLE}, or "
        "start one there with 'ray start --head'."
    )
