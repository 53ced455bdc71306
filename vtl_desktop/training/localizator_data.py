"""Batches for the Localizator: crops of stored pairs, flipped, scaled, and laid a little wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vtl_desktop.networks.localizator_input import prepared

Frames = NDArray[np.uint8]

MARGIN = 24
"""Pixels around a crop that are read too, so that its border is no border of the picture."""


class PairCrops:
    """Draws training examples from the files that `localizator_pairs.write_pairs` makes."""

    def __init__(self, files: Sequence[Path], *, misplaced: float) -> None:
        """Args:
        files: of pairs; read when they are drawn.
        misplaced: share of the examples whose source is shifted further, by up to 2 pixels.
        """
        self._files, self._misplaced = list(files), misplaced

    def batch(self, count: int, crop: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """`count` examples, squares of `crop` pixels.

        Returns:
            Inputs float32 [count, frames, CHANNELS, crop, crop]; truth float32 [count, frames, 2, crop, crop], 0 to 1;
            where the source has pixels, bool [count, frames, 1, crop, crop].
        """
        inputs, truths = zip(*(self.example(crop, rng) for _ in range(count)), strict=True)
        images, truth = torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(truths))
        return images, truth, images[:, :, 10:11] > 0

    def example(self, crop: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One example: input [frames, CHANNELS, crop, crop] and truth [frames, 2, crop, crop]."""
        path = self._files[int(rng.integers(len(self._files)))]
        stored = np.load(path, mmap_mode="r")
        frames = _scaled(_part(stored[int(rng.integers(len(stored)))], crop, rng), crop + 2 * MARGIN)
        if rng.random() < self._misplaced:
            frames = _shifted(frames, rng)
        # How unusual a difference is is judged by what is around: it is told before the crop.
        rows = np.stack([prepared(f[..., :3], f[..., 3:6], f[..., 6] > 127) for f in frames])
        inputs = rows.transpose(0, 3, 1, 2)
        truth = (frames[..., 7:9] > 127).transpose(0, 3, 1, 2).astype(np.float32)
        inputs, truth = (rows[..., MARGIN:-MARGIN, MARGIN:-MARGIN] for rows in (inputs, truth))
        if rng.random() < 0.5:
            inputs, truth = inputs[..., ::-1], truth[..., ::-1]
        if rng.random() < 0.3:
            inputs, truth = inputs[..., ::-1, :], truth[..., ::-1, :]
        if rng.random() < 0.2:
            inputs, truth = inputs.swapaxes(2, 3), truth.swapaxes(2, 3)
        if rng.random() < 0.5:
            inputs, truth = inputs[::-1], truth[::-1]
        return np.ascontiguousarray(inputs), np.ascontiguousarray(truth)


def _part(stored: Frames, crop: int, rng: np.random.Generator) -> Frames:
    """A square of the frames that gives the crop and its margin, enlarged or made smaller in half of the cases.

    Two of three show something that was changed, where there is anything.
    """
    height, width = stored.shape[1:3]
    factor = float(np.exp(rng.uniform(np.log(0.8), np.log(1.7)))) if rng.random() < 0.5 else 1.0
    side = min(round((crop + 2 * MARGIN) / factor), height, width)
    top, left = (int(rng.integers(whole - side + 1)) for whole in (height, width))
    if rng.random() < 0.66:
        # Every eighth row and column is enough to find a place.
        ys, xs = np.nonzero(stored[0, ::8, ::8, 7:9].max(2))
        if len(ys):
            pick = int(rng.integers(len(ys)))
            off = rng.uniform(0.25, 0.75, 2) * side
            top = int(np.clip(ys[pick] * 8 - off[0], 0, height - side))
            left = int(np.clip(xs[pick] * 8 - off[1], 0, width - side))
    return np.array(stored[:, top : top + side, left : left + side])


def _scaled(frames: Frames, side: int) -> Frames:
    """Squares of another size; where the source is only partly is outside."""
    if frames.shape[1] == side:
        return frames
    way = cv2.INTER_AREA if frames.shape[1] > side else cv2.INTER_LINEAR
    out = np.empty((len(frames), side, side, frames.shape[3]), np.uint8)
    for index, frame in enumerate(frames):
        for first in (0, 3, 6):
            part = np.ascontiguousarray(frame[..., first : first + 3])
            out[index, ..., first : first + 3] = cv2.resize(part, (side, side), interpolation=way)
    out[..., 7:] = np.where(out[..., 7:] > 127, np.uint8(255), np.uint8(0))
    out[..., 6] = np.where(out[..., 6] > 254, np.uint8(255), np.uint8(0))
    return out


def _shifted(frames: Frames, rng: np.random.Generator) -> Frames:
    """The source laid a little beside its place, a little turned and scaled, the same way in all frames."""
    height, width = frames.shape[1:3]
    reach = rng.choice([0.5, 1.0, 2.0])
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-0.15, 0.15) * reach, 1 + rng.uniform(-2e-3, 2e-3) * reach
    )
    matrix[:, 2] += rng.uniform(-1, 1, 2) * reach
    out = frames.copy()
    for index, frame in enumerate(frames):
        source = np.ascontiguousarray(frame[..., 3:6])
        out[index, ..., 3:6] = cv2.warpAffine(source, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return out
