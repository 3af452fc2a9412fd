"""Put a pass's results on the disk: the queue, its receipt and its scores, all or none."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path

from moderation.pipeline import ScanResult
from moderation.review_queue import QueuePaths, check_output, queue_bytes, write_together
from moderation.scores import scores_bytes


def write_results(result: ScanResult, queue: Path) -> QueuePaths:
    """Write the three files of a pass.

    Raises:
        QueueExists: when a queue with decisions has appeared there meanwhile.
        OutputError: when something cannot be written; nothing has changed then.
    """
    check_output(queue)
    paths = QueuePaths.beside(queue)
    queue_content = queue_bytes(result.rows)
    scores_content = scores_bytes(
        ((one.scored, one.verdict) for one in result.judged), result.labels
    )
    receipt = result.receipt.as_json() | {
        "finished_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "files": {
            paths.queue.name: {"sha256": _hash(queue_content), "replaces": _hash_of(paths.queue)},
            paths.scores.name: {"sha256": _hash(scores_content)},
        },
    }
    receipt_content = json.dumps(receipt, ensure_ascii=False, indent=2).encode() + b"\n"
    # The queue comes last: where it stands, the files that explain it stand already.
    write_together(
        {paths.scores: scores_content, paths.receipt: receipt_content, paths.queue: queue_content}
    )
    return paths


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(path: Path) -> str | None:
    return _hash(path.read_bytes()) if path.exists() else None
