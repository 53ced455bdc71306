"""Frames of the source told apart."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from vtl_desktop.core.localization import Registration
from vtl_desktop.vision.geometry import resize_matrix
from vtl_desktop.vision.locking import at_size, disagreement
from vtl_desktop.vision.photometry import Rendition

Maker = Callable[..., np.ndarray]


def frames(scene: Maker) -> list[np.ndarray]:
    """A disc that moves by 6 pixels a frame over a still picture."""
    pictures = []
    for step in range(5):
        picture = scene(1)
        cv2.circle(picture, (200 + 6 * step, 180), 30, (250, 250, 250), -1, cv2.LINE_AA)
        pictures.append(picture)
    return pictures


def test_the_frame_that_is_shown_disagrees_least(scene: Maker, compressed: Maker) -> None:
    sources = frames(scene)
    suspect = compressed(sources[3])
    suspect[20:140, 20:180] = scene(2)[20:140, 20:180]
    costs = disagreement(suspect, sources, Registration((1, 0, 0, 0, 1, 0, 0, 0, 1)), Rendition())
    assert costs.argmin() == 3


def test_a_registration_at_another_size_shows_the_same() -> None:
    full = Registration(tuple(float(v) for v in resize_matrix((640, 360), (1280, 720)).ravel()), inliers=77)
    small = at_size(full, (640, 360), (320, 180))
    assert np.allclose(small.array, resize_matrix((320, 180), (1280, 720)))
    assert small.inliers == 77
    assert at_size(full, (640, 360), (640, 360)) is full
