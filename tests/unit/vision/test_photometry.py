"""Colours and sharpness brought from the source to the suspect."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.vision.photometry import Rendition, fit_colours, fit_rendition

Maker = Callable[..., np.ndarray]


def turned_hue(picture: np.ndarray) -> np.ndarray:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(int)
    hsv[..., 0] = (hsv[..., 0] + 9) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * 0.7, 0, 255)
    hsv[..., 2] = np.clip(hsv[..., 2] * 1.1 - 12, 0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "nothing": lambda picture: picture.copy(),
    "exposure": lambda picture: np.clip(picture * 0.8 + 20, 0, 255).astype(np.uint8),
    "white balance": lambda picture: np.clip(picture * np.array([1.1, 1.0, 0.8]), 0, 255).astype(np.uint8),
    "grey": lambda picture: np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2),
    "hue": turned_hue,
    "gamma": lambda picture: (255 * (picture / 255) ** 0.7).astype(np.uint8),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_all_colours_is_undone_even_where_a_fifth_was_replaced(name: str, scene: Maker) -> None:
    source, other = scene(1), scene(2)
    suspect = CHANGES[name](source)
    inside = np.ones(source.shape[:2], bool)
    suspect[100:240, 150:310] = other[100:240, 150:310]
    rendered = fit_colours([(suspect, source, inside)])(source.astype(np.float32))
    kept = np.ones_like(inside)
    kept[100:240, 150:310] = False
    assert np.abs(rendered - CHANGES[name](source))[kept].mean() < 4


def test_hardly_any_overlap_leaves_the_colours_alone(scene: Maker) -> None:
    inside = np.zeros((360, 480), bool)
    inside[:8, :8] = True
    rendered = fit_colours([(scene(1) // 2, scene(1), inside)])(scene(1).astype(np.float32))
    assert np.array_equal(rendered, scene(1))


@pytest.mark.parametrize("blur", [1.5, 2.8])
def test_a_blur_of_the_suspect_is_found(blur: float, scene: Maker) -> None:
    source = scene(3)
    suspect = cv2.GaussianBlur(source, (0, 0), blur)
    fitted = fit_rendition([(suspect, source, np.ones((360, 480), bool))])
    assert fitted.blur_source == pytest.approx(blur, abs=0.7)
    assert fitted.blur_suspect == 0


def test_a_source_that_is_softer_than_the_suspect_blurs_the_suspect(scene: Maker) -> None:
    sharp = scene(4)
    fitted = fit_rendition([(sharp, cv2.GaussianBlur(sharp, (0, 0), 2.1), np.ones((360, 480), bool))])
    assert fitted.blur_suspect > 1
    assert fitted.blur_source == 0


def test_an_untouched_pair_is_left_alone(scene: Maker) -> None:
    fitted = fit_rendition([(scene(5), scene(5), np.ones((360, 480), bool))])
    assert (fitted.blur_suspect, fitted.blur_source) == (Rendition().blur_suspect, Rendition().blur_source)
