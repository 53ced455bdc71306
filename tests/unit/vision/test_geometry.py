"""Pixel centres, coverage, and what is believed."""

from __future__ import annotations

from dataclasses import astuple

import cv2
import numpy as np
import pytest

from vtl_desktop.vision.geometry import (
    apply,
    coverage,
    mirror_matrix,
    outline,
    plausible,
    resize_matrix,
    shared_boxes,
    whole_picture,
)


def test_a_resize_keeps_the_outline_of_the_picture() -> None:
    assert np.allclose(apply(resize_matrix((640, 360), (320, 90)), outline((640, 360))), outline((320, 90)))


def test_the_convention_is_that_of_cv2_resize() -> None:
    ramp = np.tile(np.arange(64, dtype=np.float32), (8, 1))
    small = cv2.resize(ramp, (32, 4), interpolation=cv2.INTER_AREA)
    seen = apply(resize_matrix((32, 4), (64, 8)), np.array([[10.0, 2.0]]))
    assert small[2, 10] == pytest.approx(seen[0, 0])


def test_mirroring_twice_changes_nothing() -> None:
    assert np.allclose(mirror_matrix(641) @ mirror_matrix(641), np.eye(3))


def test_the_whole_picture_mirrored_takes_the_left_edge_to_the_right_edge() -> None:
    matrix = whole_picture((320, 180), (640, 360), mirrored=True)
    assert np.allclose(apply(matrix, np.array([[-0.5, -0.5]])), [[639.5, -0.5]])


def test_coverage_counts_what_lies_inside_the_source() -> None:
    half = np.array([[1, 0, 320], [0, 1, 0], [0, 0, 1]], np.float64)
    assert coverage(half, (640, 360), (640, 360)) == pytest.approx(0.5, abs=0.02)
    assert coverage(np.eye(3), (640, 360), (640, 360)) == 1.0


@pytest.mark.parametrize(
    ("matrix", "believed"),
    [
        (np.eye(3), True),
        (np.diag([0.5, 0.5, 1]), True),
        (np.diag([8.0, 8.0, 1]), False),
        (np.diag([0.1, 0.1, 1]), False),
        (np.diag([4.0, 1.0, 1]), False),
        (mirror_matrix(640), False),
        (np.array([[1, 0, 0], [0, 1, 0], [-0.004, 0, 1.0]]), False),
        (np.full((3, 3), np.nan), False),
        (np.zeros((3, 3)), False),
        (np.array([[1.0, 2.9, 0], [0, 1.0, 0], [0, 0, 1]]), False),
        (np.array([[1.0, 0.4, 0], [0, 1.0, 0], [0, 0, 1]]), True),
        (np.array([[1.0, 0, 0], [0.5, 0, 0], [0, 0, 1]]), False),
        (np.array([[1, 0, 0], [0, 1, 0], [-0.0008, 0, 1.0]]), True),
        (np.array([[1, 0, 0], [0, 1, 0], [-0.0013, 0, 1.0]]), False),
        (-np.eye(3), True),
    ],
)
def test_only_what_an_edit_can_do_is_believed(matrix: np.ndarray, believed: bool) -> None:
    assert plausible(matrix, (640, 360), (640, 360), mirrored=False) is believed


def test_an_outline_that_is_no_convex_quadrangle_is_not_believed() -> None:
    corners = outline((640, 360)).astype(np.float32)
    for there in ([0, 2, 1, 3], [0, 1, 3, 2]):
        matrix = cv2.getPerspectiveTransform(corners, corners[there])
        assert not plausible(matrix, (640, 360), (640, 360), mirrored=False)
        assert not plausible(matrix, (640, 360), (640, 360), mirrored=True)


def test_a_picture_upside_down_is_turned_not_mirrored() -> None:
    matrix = np.array([[-1, 0, 639], [0, -1, 359], [0, 0, 1]], np.float64)
    assert plausible(matrix, (640, 360), (640, 360), mirrored=False)
    assert not plausible(matrix, (640, 360), (640, 360), mirrored=True)


def test_a_mirrored_matrix_is_believed_where_mirroring_is_told() -> None:
    assert plausible(mirror_matrix(640), (640, 360), (640, 360), mirrored=True)


def test_the_scale_is_judged_against_the_sizes_of_both_files() -> None:
    assert plausible(whole_picture((160, 90), (1920, 1080)), (160, 90), (1920, 1080), mirrored=False)


def test_shared_boxes_of_a_crop_and_of_an_inset() -> None:
    crop = np.array([[0.5, 0, 100], [0, 0.5, 50], [0, 0, 1]])
    boxes = shared_boxes(crop, (400, 300), (400, 300))
    assert boxes is not None
    assert astuple(boxes[0]) == pytest.approx((0, 0, 1, 1), abs=1e-3)
    assert astuple(boxes[1]) == pytest.approx((0.25, 1 / 6, 0.75, 2 / 3), abs=3e-3)
    turned = shared_boxes(np.linalg.inv(crop), (400, 300), (400, 300))
    assert turned is not None
    assert astuple(turned[0]) == pytest.approx(astuple(boxes[1]), abs=3e-3)
    assert astuple(turned[1]) == pytest.approx((0, 0, 1, 1), abs=1e-3)


def test_shared_boxes_of_a_mirrored_half() -> None:
    # The suspect shows the left half of the source, mirrored, beside something else.
    matrix = mirror_matrix(400) @ np.array([[1.0, 0, 200], [0, 1, 0], [0, 0, 1]])
    boxes = shared_boxes(matrix, (400, 300), (400, 300))
    assert boxes is not None
    assert astuple(boxes[0]) == pytest.approx((0, 0, 0.5, 1), abs=1e-2)
    assert astuple(boxes[1]) == pytest.approx((0, 0, 0.5, 1), abs=1e-2)


def test_pictures_that_do_not_meet_share_nothing() -> None:
    away = np.array([[1.0, 0, 900], [0, 1, 0], [0, 0, 1]])
    assert shared_boxes(away, (400, 300), (400, 300)) is None
