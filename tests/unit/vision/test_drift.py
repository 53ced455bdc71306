"""A place over time, from key moments."""

from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.localization import Registration, Uncertainty
from vtl_desktop.vision.drift import Drift, Key, drift_of
from vtl_desktop.vision.geometry import apply, outline

SIZE = (640, 360)
PICTURE = np.zeros((360, 640, 3), np.uint8)


def matrix_at(time: float, *, moving: bool = True) -> np.ndarray:
    """A slow zoom with a pan."""
    share, left = (0.9 - 0.03 * time, 12 * time) if moving else (0.9, 10.0)
    return np.array([[share, 0, left], [0, share, 8], [0, 0, 1]])


def key(time: float, matrix: np.ndarray, *, inliers: int = 90, off: float = 0.0) -> Key:
    shifted = matrix + np.array([[0, 0, off], [0, 0, 0], [0, 0, 0]])
    known = Uncertainty(0.1, 0.2)
    return Key(time, Registration(tuple(shifted.ravel()), False, inliers, "keypoints", 1.0, known))


def apart(drift: Drift, time: float) -> float:
    corners = outline(SIZE)
    there = apply(drift.at(time).array, corners)
    return float(np.linalg.norm(there - apply(matrix_at(time), corners), axis=1).max())


def test_between_key_moments_the_corners_move_smoothly() -> None:
    drift = drift_of([key(time, matrix_at(time)) for time in (0.0, 1, 2, 3, 4)], PICTURE, PICTURE)
    assert drift is not None
    assert max(apart(drift, time) for time in np.linspace(-0.3, 4.3, 40)) < 0.05
    assert drift.at(1.5).inliers == 90
    assert drift.at(1.5).uncertainty == Uncertainty(0.1, 0.2)


def test_a_place_that_stands_still_is_not_followed() -> None:
    random = np.random.default_rng(1)
    keys = [key(time, matrix_at(0, moving=False), off=float(random.normal(0, 0.4))) for time in range(8)]
    assert drift_of(keys, PICTURE, PICTURE) is None


def test_a_wrong_key_moment_is_left_out() -> None:
    keys = [key(time, matrix_at(time), off=60.0 if time == 3 else 0.0) for time in range(7)]
    drift = drift_of(keys, PICTURE, PICTURE)
    assert drift is not None
    assert len(drift.times) == 6
    assert apart(drift, 3.0) < 1.5


@pytest.mark.parametrize("inliers", [0, 12])
def test_places_that_are_not_trusted_are_not_followed(inliers: int) -> None:
    assert drift_of([key(time, matrix_at(time), inliers=inliers) for time in range(5)], PICTURE, PICTURE) is None


def test_a_place_that_jumps_about_is_not_followed() -> None:
    random = np.random.default_rng(2)
    keys = [key(time, matrix_at(0, moving=False), off=float(random.uniform(-40, 40))) for time in range(9)]
    assert drift_of(keys, PICTURE, PICTURE) is None


def test_a_turning_picture_keeps_its_shape_between_key_moments() -> None:
    def turned(time: float) -> np.ndarray:
        angle = 0.1 * time
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * 0.7
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = turn, np.array([320, 180]) - turn @ np.array([320, 180])
        return matrix

    drift = drift_of([key(time, turned(time)) for time in (0.0, 0.5, 1, 1.5, 2)], PICTURE, PICTURE)
    assert drift is not None
    there = apply(drift.at(0.75).array, outline(SIZE))
    assert np.linalg.norm(there - apply(turned(0.75), outline(SIZE)), axis=1).max() < 0.1
