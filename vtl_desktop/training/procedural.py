"""Pictures made by formula, without limit: dead leaves, 1/f noise, collages. Square RGB uint8 [S, S, 3]."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def dead_leaves(size: int, rng: np.random.Generator) -> Picture:
    """Discs, boxes and triangles of power-law sizes falling on each other, some shaded, over a gradient."""
    big = size * 2
    canvas = np.full((big, big, 3), rng.uniform(0, 255, 3), np.float32)
    canvas += np.linspace(-1, 1, big, dtype=np.float32)[:, None, None] * rng.uniform(-60, 60, 3)
    for _ in range(int(rng.integers(20, 120))):
        radius = big * 0.5 * float(rng.power(0.35)) ** 1.5 + 3
        centre = rng.uniform(0, big, 2)
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.choice([3, 4, 5, 24]))))
        points = centre + radius * np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(0.4, 1, 2)
        cv2.fillPoly(canvas, [points.astype(np.int32)], rng.uniform(0, 255, 3).tolist(), cv2.LINE_AA)
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 255).astype(np.uint8)


def one_over_f(size: int, rng: np.random.Generator) -> Picture:
    """Noise whose spectrum falls as in photographs, three correlated colours."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    frequency[0, 0] = 1 / size
    slope = rng.uniform(0.9, 1.7)
    planes = []
    for _ in range(3):
        phase = np.exp(2j * np.pi * rng.random(frequency.shape))
        plane = np.fft.irfft2(phase / frequency**slope, s=(size, size))
        planes.append((plane - plane.mean()) / (plane.std() + 1e-9))
    mixed = np.stack(planes, -1) @ (np.eye(3) * 0.5 + rng.uniform(-0.4, 0.8, (3, 3)))
    return np.clip(127 + mixed * rng.uniform(25, 60) + rng.uniform(-50, 50, 3), 0, 255).astype(np.uint8)


def collage(size: int, rng: np.random.Generator, pictures: NDArray[np.uint8]) -> Picture:
    """A grid of pieces of other pictures [n, S, S, 3], cut at random lines."""
    out = pictures[rng.integers(len(pictures))].copy()
    across = np.sort(rng.integers(0, size, int(rng.integers(1, 3))))
    down = np.sort(rng.integers(0, size, int(rng.integers(0, 3))))
    for top, bottom in zip([0, *down], [*down, size], strict=True):
        for left, right in zip([0, *across], [*across, size], strict=True):
            if bottom - top < 4 or right - left < 4 or rng.random() < 0.3:
                continue
            piece = pictures[rng.integers(len(pictures))]
            out[top:bottom, left:right] = cv2.resize(piece, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return out


def procedural_pictures(count: int, size: int, seed: int, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`count` pictures, a third of each kind: uint8 [count, size, size, 3]."""
    rng = np.random.default_rng(seed)
    made = []
    for index in range(count):
        kind = index % 3
        if kind == 0:
            made.append(dead_leaves(size, rng))
        elif kind == 1:
            made.append(one_over_f(size, rng))
        else:
            made.append(collage(size, rng, pictures))
    return np.stack(made) if made else np.zeros((0, size, size, 3), np.uint8)
