"""Training frames with a part of each clip forged: the twins that show what a fake keeps of its source."""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.datasets import FrameStore
from vtl_desktop.training.forgery import FORGERS, KINDS, moving_masks

LONGEST = 64
"""Longer clips are forged in pieces, as forgers hold many copies of what they are given: frames."""


def forged(
    frames: NDArray[np.uint8], clip: NDArray[np.int32], seed: int, without: Collection[str] = ()
) -> NDArray[np.uint8]:
    """Each clip forged in one way, borrowing from another clip.

    What is done to a clip depends on the seed, its number and which clips there are, not on where they lie.

    Args:
        frames: uint8 [n, S, S, 3]; the frames of a clip lie beside each other.
        clip: int32 [n], which clip a frame is of; never negative, no number twice.
        seed: decides everything.
        without: kinds of forgery that are never made, of `forgery.FORGERY_KINDS`; other words are passed over, as a
            recipe names what it leaves out of the views in the same list.

    Returns:
        uint8 [n, S, S, 3]: `frames` unchanged outside of a blob that drifts through each clip; all of them unchanged
        where every kind is left out.
    """
    names = [name for kind, forgers in KINDS.items() if kind not in without for name in forgers]
    out = frames.copy()
    if not names or not len(frames):
        return out
    spans = FrameStore(frames, clip, 1.0).spans()
    numbers = clip[spans[:, 0]]
    by_number = np.argsort(numbers)

    def forge(place: int) -> None:
        rng = np.random.default_rng([seed, int(numbers[by_number[place]])])
        first, end = spans[by_number[place]]
        # Never itself, unless it is the only one.
        lent = spans[by_number[(place + rng.integers(1, max(len(spans), 2))) % len(spans)]]
        forger = FORGERS[names[rng.integers(len(names))]]
        for rows in np.array_split(np.arange(first, end), -(-(end - first) // LONGEST)):
            borrowed = lent[0] + (rows - first) % (lent[1] - lent[0])
            masks = moving_masks(len(rows), frames.shape[1], frames.shape[2], rng)
            out[rows] = forger(frames[rows], frames[borrowed], masks, rng)

    # OpenCV and numpy let go of the interpreter while they work.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(forge, range(len(spans))):
            pass
    return out
