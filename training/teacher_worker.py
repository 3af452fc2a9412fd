"""Runs inside the teacher's own interpreter: texts in, label scores out, both as JSON lines.

tox-block 0.1.2 (MIT; a BiLSTM trained on all of Jigsaw 2018) wants TensorFlow with the old Keras,
which does not go together with the packages of the other steps. Only this file imports it:
``TF_USE_LEGACY_KERAS=1 python teacher_worker.py TEXTS.jsonl SCORES.jsonl``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(texts_path: str, scores_path: str) -> None:
    """Score every text of one file and write the six scores of each to the other."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    from tox_block import prediction  # type: ignore[import-not-found]  # noqa: PLC0415
    from tox_block.config import config  # type: ignore[import-not-found]  # noqa: PLC0415

    lines = Path(texts_path).read_text(encoding="utf-8").split("\n")
    texts = [json.loads(line) for line in lines if line]
    # Its own make_predictions runs batches of 32 and logs every text.
    encoded = prediction._encoder.transform(pd.DataFrame(texts, columns=["text"]))
    scores = np.asarray(prediction._model.predict(encoded, batch_size=1024, verbose=0), float)
    for column, label in enumerate(config.LIST_CLASSES):
        low, high = config.RESCALE_PROBA[label]
        scores[:, column] = np.clip((scores[:, column] - low) / (high - low), 0.0, 1.0)
    rows = "".join(json.dumps([round(value, 5) for value in row]) + "\n" for row in scores.tolist())
    Path(scores_path).write_text(rows, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
