"""Pictures made by code: busy enough for keypoints, smooth enough to be resized."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest


def make_scene(seed: int = 0, width: int = 480, height: int = 360) -> np.ndarray:
    """A picture of random discs, boxes and soft texture, RGB."""
    random = np.random.default_rng(seed)
    soft = random.normal(0, 1, (height // 8, width // 8, 3)).astype(np.float32)
    picture = 120 + 40 * cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(70):
        colour = tuple(float(value) for value in random.integers(20, 235, 3))
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        size = int(random.integers(6, 40))
        if random.random() < 0.5:
            cv2.circle(picture, (x, y), size // 2, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (x, y), (x + size, y + size // 2), colour, -1)
    return cv2.GaussianBlur(np.clip(picture, 0, 255).astype(np.uint8), (0, 0), 0.8)


def recode(picture: np.ndarray, quality: int = 60) -> np.ndarray:
    """The picture after lossy compression."""
    _, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


@pytest.fixture(scope="session")
def scene() -> Callable[..., np.ndarray]:
    return make_scene


@pytest.fixture(scope="session")
def compressed() -> Callable[..., np.ndarray]:
    return recode
