"""Parts of a picture that may be the whole source."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.core.media import Box
from vtl_desktop.vision.inner_rectangles import lasting_rectangles, without_bars

Maker = Callable[..., np.ndarray]
SIZE = 192


def moving(scene: Maker, seed: int, count: int = 6) -> np.ndarray:
    """Squares of a slowly panning scene, uint8 [count, SIZE, SIZE, 3]."""
    wide = scene(seed, width=SIZE + 80, height=SIZE)
    return np.stack([wide[:, 12 * i : 12 * i + SIZE] for i in range(count)])


def pasted(back: np.ndarray, front: np.ndarray, box: Box) -> np.ndarray:
    out = back.copy()
    left, top, right, bottom = (round(edge * SIZE) for edge in (box.x0, box.y0, box.x1, box.y1))
    for shown, picture in zip(out, front, strict=True):
        shown[top:bottom, left:right] = cv2.resize(picture, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return out


@pytest.mark.parametrize(
    "box",
    [Box(0.1, 0.3, 0.65, 0.85), Box(0.45, 0.0, 1.0, 0.55), Box(0.62, 0.62, 1.0, 1.0), Box(0.0, 0.34, 1.0, 0.66)],
    ids=["inside", "at the top right", "in a corner", "a band"],
)
def test_finds_what_was_pasted(scene: Maker, box: Box) -> None:
    pictures = pasted(moving(scene, 1), moving(scene, 2), box)
    assert max(found.overlap(box) for found in lasting_rectangles(pictures)) > 0.9


def test_finds_it_after_compression(scene: Maker, compressed: Maker) -> None:
    box = Box(0.2, 0.25, 0.75, 0.8)
    large = [cv2.resize(p, (400, 300)) for p in pasted(moving(scene, 3), moving(scene, 4), box)]
    pictures = np.stack([cv2.resize(compressed(p, 40), (SIZE, SIZE), interpolation=cv2.INTER_AREA) for p in large])
    assert lasting_rectangles(pictures)[0].overlap(box) > 0.9


def test_no_more_than_asked_for_and_none_twice(scene: Maker) -> None:
    pictures = pasted(moving(scene, 1), moving(scene, 2), Box(0.1, 0.3, 0.65, 0.85))
    found = lasting_rectangles(pictures, count=3)
    assert len(found) <= 3
    assert all(a.overlap(b) < 0.75 for i, a in enumerate(found) for b in found[:i])


def test_a_flat_picture_has_none() -> None:
    assert lasting_rectangles(np.full((3, SIZE, SIZE, 3), 90, np.uint8)) == []
    assert without_bars(np.full((3, SIZE, SIZE, 3), 90, np.uint8)) is None


def test_what_bars_leave_free(scene: Maker, compressed: Maker) -> None:
    box = Box(0.125, 0.25, 0.875, 0.75)
    pictures = np.stack([compressed(p) for p in pasted(np.zeros((6, SIZE, SIZE, 3), np.uint8), moving(scene, 5), box)])
    found = without_bars(pictures)
    assert found is not None
    assert found.overlap(box) > 0.9


def test_a_bar_that_does_not_last_is_none(scene: Maker) -> None:
    pictures = moving(scene, 6)
    assert without_bars(pictures) is None
    pictures[0, :40] = 0
    assert without_bars(pictures) is None
