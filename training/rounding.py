"""Rounds a matrix to a few steps so that what it makes of real inputs changes least.

Rounding each weight to the nearest step errs in each by itself, and the errors add up. Here rows
are rounded one after the other, and those still to come take back what each rounding did to the
products: GPTQ (Frantar et al. 2023, "GPTQ: Accurate Post-Training Quantization for Generative
Pre-trained Transformers"), with one scale a column.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int8]

DAMPING = 0.01
"""Share of the inputs' mean square that is added to each, so that the system can be solved."""


def nearest(weight: Array, scale: Array, steps: int) -> Whole:
    """Round each weight (inputs by outputs) to the nearest step of its column's scale."""
    found: Whole = np.clip(np.rint(weight / scale), -steps, steps).astype(np.int8)
    return found


def rounded(weight: Array, scale: Array, steps: int, moments: Array) -> Whole:
    """Round a weight matrix (inputs by outputs) to whole steps of each column's ``scale``.

    ``moments`` is inputs by inputs: the sum of the products of real inputs with each other.
    """
    square = moments.astype(np.float64)
    square += (DAMPING * np.trace(square) / len(square) + 1e-9) * np.eye(len(square))
    # The upper Cholesky factor of the inverse holds, row by row, how later rows make up for one.
    factor = np.linalg.cholesky(np.linalg.inv(square)).T
    left = weight.astype(np.float64).copy()
    found = np.zeros(weight.shape, np.int8)
    for row in range(len(left)):
        found[row] = nearest(left[row].astype(np.float32), scale, steps)
        error = (left[row] - found[row] * scale) / factor[row, row]
        left[row + 1 :] -= np.outer(factor[row, row + 1 :], error)
    return found
