"""A nearly right matrix made exact."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from vtl_desktop.vision.tracking import refine

Maker = Callable[..., np.ndarray]


def grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def test_an_error_of_two_pixels_is_taken_out(scene: Maker, compressed: Maker) -> None:
    source = scene(1)
    true = np.array([[0.8, 0, 40.3], [0, 0.8, 22.6], [0, 0, 1]])
    suspect = cv2.warpPerspective(source, true, (480, 360), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    start = true + np.array([[0, 0, 1.6], [0, 0, -1.2], [0, 0, 0]])
    found = refine([(grey(compressed(suspect)), grey(source))], start)
    assert found is not None
    assert np.abs(found.matrix - true)[:2, 2].max() < 0.15


def test_the_whole_picture_is_preferred_where_it_explains_the_points(scene: Maker, compressed: Maker) -> None:
    source = scene(2)
    start = np.array([[1.002, 0, -0.4], [0, 0.999, 0.3], [0, 0, 1]])
    found = refine([(grey(compressed(source)), grey(source))], start)
    assert found is not None
    assert np.allclose(found.matrix, np.eye(3))


def test_flat_pictures_cannot_be_tracked() -> None:
    flat = np.full((200, 300), 90, np.uint8)
    assert refine([(flat, flat)], np.eye(3)) is None
