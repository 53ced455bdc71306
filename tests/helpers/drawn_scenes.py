"""Videos of drawn scenes, and codes of them that need no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tests.helpers.numbered_video import make_video
from vtl_desktop.core.hashing import pack_bits

WIDTH, HEIGHT = 320, 180
Picture = np.ndarray


class Thumbnails:
    """Codes that say where a small grey picture is brighter than its neighbour: no network, no training."""

    bits, input_size = 512, 64

    def encode(self, frames: np.ndarray, *, alone: bool = False, cancel: object = None) -> np.ndarray:
        del alone, cancel
        small = [
            cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), (17, 32), interpolation=cv2.INTER_AREA) for f in frames
        ]
        return pack_bits((np.diff(np.stack(small).astype(int), axis=2) > 0).reshape(len(frames), -1))


def scene(seed: int) -> Picture:
    """Soft blotches and hard boxes, RGB."""
    random = np.random.default_rng(seed)
    soft = cv2.resize(
        random.normal(0, 1, (9, 16, 3)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    picture = 120 + 45 * soft
    for _ in range(40):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        cv2.rectangle(picture, (x, y), (x + 30, y + 20), random.integers(0, 255, 3).tolist(), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


def video(path: Path, change: Callable[[Picture], Picture], seed: int) -> Path:
    plain = scene(seed)

    def picture(number: int, *_: int) -> Picture:
        # A light that wanders, so that frames differ.
        lit = cv2.circle(plain.copy(), (20 + 6 * number, 90), 12, (250, 250, 240), -1)
        return np.ascontiguousarray(change(lit))

    shape = picture(0).shape
    return make_video(path, count=40, rate=20.0, size=(shape[1], shape[0]), picture=picture).path
