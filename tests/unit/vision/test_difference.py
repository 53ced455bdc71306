"""What the fitted difference marks, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.vision.difference import fitted_difference

Maker = Callable[..., np.ndarray]
EVERYWHERE = np.ones((360, 480), bool)


def overlap(grey: np.ndarray, true: np.ndarray) -> float:
    said = grey > CHANGED_THRESHOLD
    return float((said & true).sum() / (said | true).sum())


@pytest.mark.parametrize("quality", [25, 60, 95])
def test_a_compressed_copy_is_clean(quality: int, scene: Maker, compressed: Maker) -> None:
    grey = fitted_difference(compressed(scene(1), quality), scene(1), EVERYWHERE)
    assert (grey > CHANGED_THRESHOLD).mean() < 0.002


def test_noise_blur_and_grey_are_clean(scene: Maker) -> None:
    source = scene(2)
    noisy = np.clip(source + np.random.default_rng(0).normal(0, 15, source.shape), 0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(source, (0, 0), 2.5)
    grey = np.repeat(cv2.cvtColor(source, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    for suspect in (noisy, blurred, grey):
        assert (fitted_difference(suspect, source, EVERYWHERE) > CHANGED_THRESHOLD).mean() < 0.002


def test_half_a_pixel_of_misplacement_is_clean(scene: Maker, compressed: Maker) -> None:
    source = scene(3)
    moved = cv2.warpAffine(source, np.array([[1, 0, 0.5], [0, 1, 0.4]]), (480, 360), borderMode=cv2.BORDER_REPLICATE)
    assert (fitted_difference(compressed(moved), source, EVERYWHERE) > CHANGED_THRESHOLD).mean() < 0.005


@pytest.mark.parametrize("quality", [40, 90])
def test_a_replaced_region_is_marked(quality: int, scene: Maker, compressed: Maker) -> None:
    source, true = scene(4), np.zeros((360, 480), np.uint8)
    cv2.ellipse(true, (230, 170), (80, 60), 20, 0, 360, 1, -1)
    suspect = np.where(true[..., None] > 0, scene(5), source)
    grey = fitted_difference(compressed(suspect, quality), source, EVERYWHERE)
    assert overlap(grey, true > 0) > 0.75


def test_a_caption_is_marked(scene: Maker, compressed: Maker) -> None:
    source, true = scene(6), np.zeros((360, 480), bool)
    true[290:335] = True
    suspect = source.copy()
    suspect[true] = (20, 20, 160)
    assert overlap(fitted_difference(compressed(suspect), source, EVERYWHERE), true) > 0.8


def test_outside_the_source_nothing_is_claimed(scene: Maker) -> None:
    inside = EVERYWHERE.copy()
    inside[:, :200] = False
    warped = np.where(inside[..., None], scene(7), 0).astype(np.uint8)
    grey = fitted_difference(scene(7), warped, inside)
    assert not grey[:, :200].any()
    assert (grey > CHANGED_THRESHOLD).mean() < 0.002


def test_nothing_inside_gives_an_empty_mask(scene: Maker) -> None:
    grey = fitted_difference(scene(8), np.zeros((360, 480, 3), np.uint8), np.zeros((360, 480), bool))
    assert grey.shape == (360, 480)
    assert not grey.any()


@pytest.mark.parametrize(("width", "height"), [(1281, 721), (97, 61), (33, 200)])
def test_the_mask_has_the_suspects_size(width: int, height: int, scene: Maker) -> None:
    picture = scene(9, width, height)
    grey = fitted_difference(picture, picture.copy(), np.ones((height, width), bool))
    assert grey.shape == (height, width)
    assert grey.dtype == np.uint8
    assert not (grey > CHANGED_THRESHOLD).any()


def test_another_picture_altogether_is_changed_nearly_everywhere(scene: Maker) -> None:
    assert (fitted_difference(scene(10), scene(11), EVERYWHERE) > CHANGED_THRESHOLD).mean() > 0.6
