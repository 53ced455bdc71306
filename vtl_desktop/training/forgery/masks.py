"""Where a forger forges: a blob that drifts and turns slowly through the clip."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]


def moving_masks(
    count: int,
    height: int,
    width: int,
    rng: np.random.Generator,
    *,
    low: float = 0.12,
    high: float = 0.4,
) -> Masks:
    """One mask a frame.

    Args:
        count: frames.
        height: of the masks, in pixels.
        width: of the masks, in pixels.
        rng: decides size, shape, place and motion.
        low: least extent of the blob, as a fraction of the picture's.
        high: greatest extent.

    Returns:
        bool [count, height, width]; no mask is empty.
    """
    reach = rng.uniform(low, high, 2) / 2 * (width, height)
    position = rng.uniform(0.25, 0.75, 2) * (width, height)
    velocity = rng.uniform(-0.004, 0.004, 2) * (width, height)
    turn, spin = rng.uniform(0, math.pi), rng.uniform(-0.02, 0.02)
    waves = [(3, rng.uniform(0.05, 0.2), rng.uniform(0, 6.3)), (5, rng.uniform(0, 0.12), rng.uniform(0, 6.3))]
    angles = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    radius = 1 + sum(size * np.sin(k * angles + phase) for k, size, phase in waves)
    outline = np.stack([reach[0] * radius * np.cos(angles), reach[1] * radius * np.sin(angles)], axis=1)
    masks = np.zeros((count, height, width), np.uint8)
    for index in range(count):
        angle = turn + spin * index
        rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        centre = np.clip(position + velocity * index, (0.1 * width, 0.1 * height), (0.9 * width, 0.9 * height))
        cv2.fillPoly(masks[index], [np.round(outline @ rotation.T + centre).astype(np.int32)], 1)
        # A blob of less than a pixel still marks its place.
        masks[index, int(centre[1]), int(centre[0])] = 1
    return masks.astype(bool)
