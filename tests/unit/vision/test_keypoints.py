"""Keypoints and their pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vtl_desktop.vision.keypoints import Keypoints, find_orb, find_sift, pair_up, working_grey, working_size

Maker = Callable[..., np.ndarray]


@pytest.mark.parametrize(
    ("size", "expected"), [((1920, 1080), (853, 480)), ((640, 360), (640, 360)), ((320, 240), (427, 320))]
)
def test_pictures_are_looked_at_in_a_like_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(size) == expected


def test_a_strip_is_not_blown_up() -> None:
    assert max(working_size((2000, 20))) <= 960


@pytest.mark.parametrize("find", [find_orb, find_sift])
def test_a_picture_pairs_with_itself(find: Callable[[np.ndarray], Keypoints], scene: Maker) -> None:
    found = find(working_grey(scene(1)))
    suspect, source = pair_up(found, found)
    assert len(suspect) > 100
    assert np.array_equal(suspect, source)


@pytest.mark.parametrize("find", [find_orb, find_sift])
def test_a_flat_picture_has_none(find: Callable[[np.ndarray], Keypoints]) -> None:
    none = find(np.full((300, 300), 80, np.uint8))
    assert len(none.places) == 0
    assert len(pair_up(none, none)[0]) == 0
