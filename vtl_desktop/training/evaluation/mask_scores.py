"""How good masks are: against the truth, over time, and on pairs that lie beside each other."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.vision.laying import LaidOver

Truth = NDArray[np.bool_]


def iou(mask: GreyPicture, truth: Truth) -> float:
    """Overlap of what is marked with what was changed, 0 to 1; 1 where neither is anything.

    Args:
        mask: uint8 [height, width]; above 127 counts as marked.
        truth: bool, the same shape.
    """
    marked = mask > CHANGED_THRESHOLD
    union = int((marked | truth).sum())
    return int((marked & truth).sum()) / union if union else 1.0


def falsely_marked(mask: GreyPicture, truth: Truth) -> float:
    """Share of the picture that is marked and was not changed, 0 to 1."""
    return float(((mask > CHANGED_THRESHOLD) & ~truth).mean())


def flicker(masks: NDArray[np.uint8], truth: Truth) -> tuple[float, float]:
    """How much masks change from frame to frame where the truth does not.

    Args:
        masks: uint8 [frames, height, width], frames in a row, two at least.
        truth: bool, the same shape.

    Returns:
        The mean change of such a pixel from one frame to the next, of 255, 0 to 1; and the share of such pixels that
        begin or cease to be marked. Not a number where there is no such pixel.
    """
    still = truth[1:] == truth[:-1]
    if not still.any():
        return math.nan, math.nan
    grey = np.abs(masks[1:].astype(np.int16) - masks[:-1])[still].mean() / 255
    marked = masks > CHANGED_THRESHOLD
    return float(grey), float((marked[1:] != marked[:-1])[still].mean())


def displaced(pair: LaidOver, right: float, down: float) -> LaidOver:
    """The pair with its source laid beside its place.

    Args:
        pair: laid over each other.
        right, down: by how many pixels at working size.

    Returns:
        The source has pixels only where the moved one has.
    """
    height, width = pair.inside.shape
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    source = cv2.warpAffine(pair.source, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    known = cv2.warpAffine(pair.inside.astype(np.uint8) * np.uint8(255), matrix, (width, height))
    return LaidOver(pair.suspect, source.astype(np.uint8, copy=False), known == 255)
