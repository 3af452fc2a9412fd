"""The machine that a figure comes from, in one line to stand beside it."""

from __future__ import annotations

import platform
from pathlib import Path


def machine() -> str:
    """Name the processors and the Python version."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = f"{len(names)} × {names[0].partition(':')[2].strip()}" if names else model
    return f"{model}, Python {platform.python_version()}"
