"""Where a forger forges: regions of many shapes that move through a clip, one or two at a time."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.forgery.masks import moving_masks

Masks = NDArray[np.bool_]


def forged_regions(count: int, height: int, width: int, rng: np.random.Generator) -> Masks:
    """One mask a frame: blobs, boxes, ellipses, ragged outlines or figures; sometimes two.

    Args:
        count: frames.
        height, width: of the masks, in pixels.
        rng: decides everything.

    Returns:
        bool [count, height, width]; a frame's mask may be empty where the region is out of sight.
    """
    out = _one(count, height, width, rng)
    if rng.random() < 0.2:
        out |= _one(count, height, width, rng)
    if rng.random() < 0.08:
        # It comes or goes within the clip.
        first, last = sorted(rng.integers(0, count + 1, 2))
        if last - first > count // 3:
            out[:first], out[last:] = False, False
    return out


def _one(count: int, height: int, width: int, rng: np.random.Generator) -> Masks:
    kind = rng.choice(["blob", "polygon", "ragged", "figure"], p=[0.45, 0.2, 0.2, 0.15])
    low, high = (0.05, 0.2) if rng.random() < 0.3 else (0.16, 0.5)
    if kind == "blob":
        return moving_masks(count, height, width, rng, low=low, high=high)
    shape = {"polygon": _polygon, "ragged": _ragged, "figure": _figure}[kind](rng)
    size = rng.uniform(low, high) * min(height, width) * 1.3
    position = rng.uniform(0.15, 0.85, 2) * (width, height)
    velocity = rng.uniform(-0.004, 0.004, 2) * (width, height)
    angle, spin = rng.uniform(-0.4, 0.4), rng.uniform(-0.02, 0.02)
    out = np.zeros((count, height, width), np.uint8)
    side = shape.shape[0]
    for index in range(count):
        turn = angle + spin * index
        scale = size / side
        cosine, sine = np.cos(turn) * scale, np.sin(turn) * scale
        matrix = np.array([[cosine, -sine, 0], [sine, cosine, 0]])
        matrix[:, 2] = position + velocity * index - matrix[:, :2] @ (side / 2, side / 2)
        out[index] = cv2.warpAffine(shape, matrix, (width, height), flags=cv2.INTER_LINEAR) > 127
    return out.astype(bool)


def _polygon(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A box, an ellipse or a convex polygon: uint8 [128, 128]."""
    out = np.zeros((128, 128), np.uint8)
    across, down = rng.uniform(20, 62, 2)
    pick = rng.random()
    if pick < 0.35:
        cv2.rectangle(out, (round(64 - across), round(64 - down)), (round(64 + across), round(64 + down)), 255, -1)
    elif pick < 0.7:
        cv2.ellipse(out, (64, 64), (round(across), round(down)), 0, 0, 360, 255, -1)
    else:
        points = rng.uniform(4, 124, (int(rng.integers(4, 9)), 2)).astype(np.int32)
        cv2.fillPoly(out, [cv2.convexHull(points)], 255)
    return out


def _ragged(rng: np.random.Generator) -> NDArray[np.uint8]:
    """The middle of a landscape of noise: uint8 [128, 128]."""
    noise = cv2.GaussianBlur(rng.standard_normal((128, 128)).astype(np.float32), (0, 0), float(rng.uniform(5, 14)))
    y, x = np.mgrid[0:128, 0:128].astype(np.float32)
    hill = 1 - np.hypot(x - 64, y - 64) / 62
    land = (hill + rng.uniform(0.15, 0.4) * noise / (noise.std() + 1e-6) > rng.uniform(0.25, 0.45)) & (hill > 0)
    number, labels, stats, _ = cv2.connectedComponentsWithStats(land.astype(np.uint8))
    if number < 2:
        return _polygon(rng)
    return (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8) * 255


def _figure(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Head, body and limbs, roughly: uint8 [128, 128]."""
    out = np.zeros((128, 128), np.uint8)
    cv2.circle(out, (64, 20), round(rng.uniform(9, 15)), 255, -1)
    cv2.ellipse(out, (64, 60), (round(rng.uniform(12, 20)), round(rng.uniform(26, 32))), 0, 0, 360, 255, -1)
    for hip, foot in (((58, 82), (50, 124)), ((70, 82), (78, 124)), ((54, 42), (30, 74)), ((74, 42), (98, 74))):
        end = (round(foot[0] + rng.uniform(-14, 14)), round(foot[1] + rng.uniform(-14, 3)))
        cv2.line(out, hip, end, 255, round(rng.uniform(7, 13)))
    return out
