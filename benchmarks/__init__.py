"""Speed and quality, each printed by ``python -m benchmarks.NAME``."""
