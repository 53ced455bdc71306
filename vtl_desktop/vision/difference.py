"""The fitted difference: what still differs once place, colours and sharpness of the source are made the suspect's.

Each pixel's difference is judged against what the frame itself shows to be normal there: compression and noise change
busy places more than plain ones, and a small error of place changes edges most. The pixels' surprise is then gathered
over a neighbourhood, since an edit covers a region and noise does not.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import GreyPicture, Picture
from vtl_desktop.vision.geometry import Size
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.photometry import Rendition, fit_rendition
from vtl_desktop.vision.regions import mark_regions

WORKING_SIDE = 360
THIRDS = np.full((1, 3), 1 / 3, np.float32)
FINE = 1.0
"""Blur, in pixels at working size, before comparing."""

GATHER = 3.0
DECISION = 3.0
"""Gathered surprise, in units of the frame's own, that counts as changed."""

UTMOST = 6.0
"""A pixel's surprise counts no more than this, so that few pixels cannot mark a neighbourhood."""

USUAL = 1.5
"""Times the median difference at a pixel's slope: where surprise begins."""

LEAST = 1.8
"""Grey levels: a difference smaller than this is never a surprise."""

MOST = 14.0
"""Grey levels: where the usual difference on plain ground is larger, it is no copy: most of the picture was changed."""


def fitted_difference(
    suspect: Picture, warped_source: Picture, inside: NDArray[np.bool_], *, rendition: Rendition | None = None
) -> GreyPicture:
    """What was changed, without any network.

    Args:
        suspect: RGB.
        warped_source: RGB, the source laid over the suspect, same size.
        inside: bool [height, width], where the source has pixels.
        rendition: how the source was rendered in the suspect; None to find out from this pair.

    Returns:
        Grey, uint8 [height, width]: 0 unchanged or unknown ... 255 surely changed; above 127 counts as changed.
    """
    height, width = suspect.shape[:2]
    grey = mark_regions(surprise(suspect, warped_source, inside, rendition=rendition), DECISION)
    if grey.shape != (height, width):
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(inside, grey, 0).astype(np.uint8)


def surprise(
    suspect: Picture, warped_source: Picture, inside: NDArray[np.bool_], *, rendition: Rendition | None = None
) -> NDArray[np.float32]:
    """How much more a neighbourhood differs than this frame's unchanged parts do: float32, at working size."""
    suspect, warped_source, inside = _at_working_size(suspect, warped_source, inside)
    if not inside.any():
        return np.zeros(inside.shape, np.float32)
    rendition = rendition or fit_rendition([(suspect, warped_source, inside)])
    return cv2.GaussianBlur(unusual(*rendition.apply(suspect, warped_source), inside), (0, 0), GATHER)


def unusual(
    suspect: NDArray[np.float32], source: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Each pixel's difference, in units of what is normal in this frame at its slope.

    Args:
        suspect, source: float32 [height, width, 3], 0 to 255, made alike (see `photometry.Rendition.apply`).
        inside: bool [height, width], where the source has pixels.

    Returns:
        float32 [height, width], 0 to `UTMOST`; 0 at the border of the source and outside.
    """
    a, b = cv2.GaussianBlur(suspect, (0, 0), FINE), cv2.GaussianBlur(source, (0, 0), FINE)
    apart = cv2.subtract(a, b)
    difference = cv2.sqrt(cv2.transform(cv2.multiply(apart, apart), THIRDS))
    normal = _normal(difference, _slope(b), inside)
    known = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
    return np.where(known, np.minimum(difference / normal, UTMOST), 0).astype(np.float32)


def working_size(size: Size) -> Size:
    """The size at which pictures of a size are compared."""
    factor = WORKING_SIDE / min(size)
    return size if factor >= 1 else (round(size[0] * factor), round(size[1] * factor))


def _at_working_size(
    suspect: Picture, warped: Picture, inside: NDArray[np.bool_]
) -> tuple[Picture, Picture, NDArray[np.bool_]]:
    full = (suspect.shape[1], suspect.shape[0])
    size = working_size(full)
    if size == full:
        return suspect, warped, inside
    return (
        cv2.resize(suspect, size, interpolation=cv2.INTER_AREA),
        cv2.resize(warped, size, interpolation=cv2.INTER_AREA),
        cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0,
    )


def _slope(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Change a pixel, in grey levels, the largest nearby."""
    grey = cv2.transform(picture, THIRDS)
    slope = cv2.magnitude(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    )
    return cv2.dilate(slope, np.ones((3, 3), np.uint8))


def _normal(
    difference: NDArray[np.float32], slope: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The difference that is normal for a pixel: the median at its slope, never less than at a lower slope."""
    edges = np.array([0, 0.5, 1, 2, 4, 8, 16, 32, 256], np.float32)
    some = inside[::2, ::3]
    values, slopes = difference[::2, ::3][some], slope[::2, ::3][some]
    middles, medians = [], []
    for low, high in pairwise(edges):
        here = values[(slopes >= low) & (slopes < high)]
        if len(here) >= 60:
            middles.append((low + min(high, 64)) / 2)
            medians.append(float(np.median(here)))
    if not middles:
        middles, medians = [0.0], [float(np.median(values)) if len(values) else LEAST]
    normal = np.interp(slope, middles, np.maximum.accumulate(medians)).astype(np.float32)
    return np.clip(normal * USUAL, LEAST, MOST + slope)
