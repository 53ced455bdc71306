"""From how surprising each place is to which regions were changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.vision.opencv import cv2

REACH = 6
"""Pixels within which the strongest surprise sets the border."""

FLANK = 0.5
"""A region ends where the surprise falls to this share of the strongest nearby: blur spreads a step both ways alike."""

WEAK = 0.4
"""Surprise, in units of the decision, under which nothing belongs to a region."""

SEEDED = 0.2
"""Share of a region that must reach the decision itself; of the rest, only what reaches it is marked."""

HOLE = 0.1
"""Holes in a region up to this share of the picture belong to it: what was replaced by something alike."""


def mark_regions(surprise: NDArray[np.float32], decision: float) -> GreyPicture:
    """Marks regions that hold at least one place where the surprise reaches the decision.

    Args:
        surprise: float32 [height, width], 0 or more.
        decision: what counts as changed.

    Returns:
        Grey, uint8 [height, width]: above `CHANGED_THRESHOLD` in regions, at most that elsewhere.
    """
    strength = surprise / decision
    kernel = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    border = np.maximum(FLANK * cv2.dilate(strength, kernel), WEAK)
    within = strength > border
    count, labels = cv2.connectedComponents(within.astype(np.uint8))
    certain = within & (strength > 1)
    areas = np.bincount(labels.ravel(), minlength=count)
    seeds = np.bincount(labels[certain], minlength=count)
    kept = (seeds > 0) & (seeds >= SEEDED * areas)
    kept[0] = False
    region = kept[labels] | certain
    holes = _holes(region)
    grey = np.clip(strength / border * (CHANGED_THRESHOLD + 0.5), 0, 255)
    grey = np.where(region, np.maximum(grey, CHANGED_THRESHOLD + 1), np.minimum(strength * 64, CHANGED_THRESHOLD))
    grey[holes] = CHANGED_THRESHOLD + 33
    return grey.astype(np.uint8)


def _holes(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What a region encloses on all sides, within the picture."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~region).astype(np.uint8), connectivity=4)
    height, width = region.shape
    left, top, across, down, area = stats.T
    enclosed = (left > 0) & (top > 0) & (left + across < width) & (top + down < height)
    enclosed &= area < HOLE * height * width
    enclosed[0] = False
    return enclosed[labels]
