"""Two plain measures of how far two pictures are apart: their blurred difference, and how far SSIM is from 1."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.training.comparators.comparator import Measure

_STEADIES_LIGHT, _STEADIES_CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""C1 and C2 of Wang et al. 2004."""


def difference(blur: float) -> Measure:
    """The absolute difference, mean over the colours, in grey levels, blurred.

    Args:
        blur: standard deviation in pixels at working size; 0 for none.
    """
    return partial(_difference, blur)


def dissimilarity(window: float) -> Measure:
    """1 - SSIM (Wang et al. 2004) of the grey pictures, 0 to 2.

    Args:
        window: standard deviation of the Gaussian window, pixels at working size; 1.5 in the paper.
    """
    return partial(_dissimilarity, window)


def _difference(blur: float, suspect: Picture, source: Picture, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    apart = cv2.absdiff(suspect, source).astype(np.float32).mean(2) * inside
    return _blurred(apart, blur) if blur else apart


def _dissimilarity(window: float, suspect: Picture, source: Picture, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in (suspect, source))
    # Where the source has no pixels, both are the suspect: nothing can be told apart there.
    b = np.where(inside, b, a)
    mean_a, mean_b = _blurred(a, window), _blurred(b, window)
    variance_a = _blurred(a * a, window) - mean_a**2
    variance_b = _blurred(b * b, window) - mean_b**2
    shared = _blurred(a * b, window) - mean_a * mean_b
    light = (2 * mean_a * mean_b + _STEADIES_LIGHT) / (mean_a**2 + mean_b**2 + _STEADIES_LIGHT)
    structure = (2 * shared + _STEADIES_CONTRAST) / (variance_a + variance_b + _STEADIES_CONTRAST)
    return np.asarray(1 - light * structure, np.float32) * inside


def _blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return cv2.GaussianBlur(values, (0, 0), sigma).astype(np.float32, copy=False)
