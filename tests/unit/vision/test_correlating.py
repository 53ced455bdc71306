"""Places of pictures that are too soft for keypoints."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.vision.geometry import apply, mirror_matrix, outline
from vtl_desktop.vision.registration import CORRELATION, register

Maker = Callable[..., np.ndarray]
CROP = np.array([[0.75, 0, 62.0], [0, 0.75, 40], [0, 0, 1]])


def soft(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    shown = cv2.warpPerspective(picture, matrix, (480, 360), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return cv2.GaussianBlur(shown, (0, 0), 8)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_that_is_very_soft_is_placed_but_not_trusted(scene: Maker, mirrored: bool) -> None:
    source = cv2.GaussianBlur(scene(1), (0, 0), 20)
    true = mirror_matrix(480) @ CROP if mirrored else CROP
    found = register(soft(source, true), source, mirrored=mirrored)
    assert (found.method, found.inliers, found.mirrored) == (CORRELATION, 0, mirrored)
    assert not found.trusted
    assert found.uncertainty is None
    corners = outline((480, 360))
    apart = apply(np.linalg.inv(true) @ found.array, corners) - corners
    assert np.linalg.norm(apart, axis=1).max() < 6


def test_another_scene_is_not_placed(scene: Maker) -> None:
    assert all(register(soft(scene(2), CROP), scene(seed)).method != CORRELATION for seed in (3, 4, 5))


def test_black_pictures_are_not_placed() -> None:
    assert register(np.zeros((90, 160, 3), np.uint8), np.zeros((180, 320, 3), np.uint8)).method != CORRELATION
