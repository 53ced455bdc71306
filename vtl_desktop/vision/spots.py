"""From the mask of one frame to its spots: connected marked pixels, specks left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import CHANGED_THRESHOLD, Mask
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, Box, Spot
from vtl_desktop.vision.opencv import cv2

NEAR = 0.02
"""Pieces no farther apart than this share of the shorter side are one spot: the letters of a caption."""

SPECK = 2e-4
SPECK_PIXELS = 12
"""A spot smaller than this share of the picture, or than so many pixels, is a speck and left out."""

MINOR = 0.2
"""Of a spot of both kinds, the one that takes less than this share of it is but the rim of the other."""

MOST_SPOTS = 32
"""Of one frame, the weightiest."""


@dataclass(frozen=True, slots=True)
class FrameSpots:
    """What one mask marks.

    Attributes:
        share: of the picture's area above `CHANGED_THRESHOLD`, 0 to 1, specks included.
        kinds: of that, added graphics and altered content; None where the method does not tell.
        spots: the weightiest first.
    """

    share: float
    kinds: tuple[float, float] | None
    spots: tuple[Spot, ...]


def spots_of(mask: Mask) -> FrameSpots:
    """The spots of a mask.

    Where the mask tells added graphics from altered content, a pixel is of the kind that is marked more strongly there.
    """
    marked = mask.picture > CHANGED_THRESHOLD
    pixels = marked.size
    share = float(np.count_nonzero(marked)) / pixels
    graphics: NDArray[np.bool_] | None = None
    kinds = None
    if mask.graphics is not None and mask.altered is not None:
        graphics = marked & (mask.graphics >= mask.altered)
        laid_over = float(np.count_nonzero(graphics)) / pixels
        kinds = (laid_over, share - laid_over)
    if share == 0:
        return FrameSpots(0.0, kinds, ())
    return FrameSpots(share, kinds, _spots(mask.picture, marked, graphics))


def _spots(grey: GreyPicture, marked: NDArray[np.bool_], graphics: NDArray[np.bool_] | None) -> tuple[Spot, ...]:
    labels, count = _labelled(marked)
    if graphics is None:
        found = _measured(grey, labels, count, CHANGED)
    else:
        areas = np.bincount(labels[marked], minlength=count).astype(np.float64)
        over = np.bincount(labels[graphics], minlength=count) / np.maximum(areas, 1)
        # A spot that is nearly all of one kind is of that kind; one of both is two.
        whole = np.where(over > 1 - MINOR, 1, np.where(over < MINOR, 0, -1))[labels]
        laid_over = marked & ((whole == 1) | ((whole == -1) & graphics))
        found = []
        for kind, part in ((ADDED_GRAPHICS, laid_over), (ALTERED_CONTENT, marked & ~laid_over)):
            if part.any():
                found += _measured(grey, *_labelled(part), kind)
    found.sort(key=lambda spot: -spot.weight)
    return tuple(found[:MOST_SPOTS])


def _labelled(marked: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Numbers of what belongs together, int32 [height, width], 0 for what is not marked; and the highest number + 1."""
    reach = max(round(NEAR * min(marked.shape) / 2), 1)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(marked.astype(np.uint8), kernel), connectivity=8)
    return np.where(marked, labels, 0), count


def _measured(grey: GreyPicture, labels: NDArray[np.int32], count: int, kind: str) -> list[Spot]:
    """A spot for each number that is no speck."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns]
    areas = np.bincount(numbers, minlength=count)
    least = max(SPECK * labels.size, SPECK_PIXELS)
    spots = []
    strength = np.bincount(numbers, grey[rows, columns], count)
    x, y = np.bincount(numbers, columns, count), np.bincount(numbers, rows, count)
    ends = _ends(numbers, rows, columns, count)
    for number in np.flatnonzero(areas >= least):
        area = float(areas[number])
        left, right, top, bottom = (int(value) for value in ends[number])
        spots.append(
            Spot(
                kind,
                Box(left, top, right - left + 1, bottom - top + 1),
                round(float(x[number] / area), 1),
                round(float(y[number] / area), 1),
                area / labels.size,
                round(float(strength[number] / area), 1),
            )
        )
    return spots


def _ends(
    numbers: NDArray[np.int32], rows: NDArray[np.intp], columns: NDArray[np.intp], count: int
) -> NDArray[np.int64]:
    """First and last column, first and last row of each number: int64 [count, 4]."""
    ends = np.zeros((count, 4), np.int64)
    for place, values in ((0, columns), (2, rows)):
        ends[:, place] = np.iinfo(np.int64).max
        ends[:, place + 1] = -1
        np.minimum.at(ends[:, place], numbers, values)
        np.maximum.at(ends[:, place + 1], numbers, values)
    return ends
