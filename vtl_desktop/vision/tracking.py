"""A nearly right registration made exact, by tracking points from the suspect into the source laid over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import GreyPicture
from vtl_desktop.vision.fitting import MODELS, NOT_FITTED, Fitted, errors, refit
from vtl_desktop.vision.geometry import Matrix, Points, apply, whole_picture, zoom
from vtl_desktop.vision.opencv import cv2

POINTS = 500
WINDOW = 15
ROUNDS = 2
FEWEST = 40
"""Tracked points under which the first matrix is kept."""

LOOSE = 4.0
"""Times as far off a point may be at first: the first matrix is right to a few pixels only."""

CLOSE = (1.5, 0.6)
"""Pixels of the suspect, at working size, within which a tracked point agrees, in each round."""


def refine(pairs: Sequence[tuple[GreyPicture, GreyPicture]], start: Matrix) -> Fitted | None:
    """Makes a matrix exact.

    Args:
        pairs: suspect and source in grey, each side of one size; the source already reversed where the suspect is.
        start: takes suspect pixels to source pixels, right to a few pixels.

    Returns:
        The stiffest model that explains the tracked points, or None where too few could be tracked.
    """
    matrix, found = start, None
    suspect_size = (pairs[0][0].shape[1], pairs[0][0].shape[0])
    source_size = (pairs[0][1].shape[1], pairs[0][1].shape[0])
    flat = [_flattened(suspect) for suspect, _ in pairs]
    for tolerance in CLOSE:
        tracked = [track(suspect, source, matrix) for suspect, (_, source) in zip(flat, pairs, strict=True)]
        before = np.concatenate([before for before, _ in tracked])
        after = np.concatenate([after for _, after in tracked])
        if len(before) < FEWEST:
            return None
        limit = tolerance * zoom(matrix)
        plain = whole_picture(suspect_size, source_size)
        candidates = [(NOT_FITTED, plain)]
        for name, fit in MODELS:
            near = refit(fit, matrix, before, after, LOOSE * limit)
            candidates.append((name, refit(fit, near, before, after, limit)))
        counts = [int((errors(candidate, before, after) < limit).sum()) for _, candidate in candidates]
        if max(counts) < FEWEST:
            return None
        enough = max(0.97 * max(counts), max(counts) - 0.03 * len(before))
        name, matrix = next(tried for tried, count in zip(candidates, counts, strict=True) if count >= enough)
        found = Fitted(matrix, name, before, after, limit, tracked=True)
    return found


def track(suspect: GreyPicture, source: GreyPicture, matrix: Matrix) -> tuple[Points, Points]:
    """Points of the suspect and where they are found in the source.

    Args:
        suspect: grey with its local contrast evened out (as `_flattened` does); source: plain grey.
        matrix: suspect to source, right to a few pixels.

    Returns:
        float64 [n, 2] each, in pixels of the suspect and of the source.
    """
    size = (suspect.shape[1], suspect.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = _flattened(cv2.warpPerspective(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    inside = cv2.warpPerspective(
        np.full(source.shape, 255, np.uint8), matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    inside = cv2.erode(inside, np.ones((WINDOW, WINDOW), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    corners = cv2.goodFeaturesToTrack(suspect, POINTS, 0.01, 7, mask=inside)
    if corners is None:
        return np.empty((0, 2)), np.empty((0, 2))
    settings = {
        "winSize": (WINDOW, WINDOW),
        "maxLevel": 2,
        "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.005),
    }
    there, ok, _ = cv2.calcOpticalFlowPyrLK(suspect, laid, corners, None, **settings)
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(laid, suspect, there, None, **settings)
    kept = (ok.ravel() > 0) & (ok_back.ravel() > 0)
    kept &= np.linalg.norm(back - corners, axis=2).ravel() < 0.3
    return corners[kept, 0].astype(np.float64), apply(matrix, there[kept, 0].astype(np.float64))


def _flattened(grey: GreyPicture) -> NDArray[np.uint8]:
    """Local mean and contrast evened out, so that gain, colour, bands and shadows do not pull the tracks."""
    values = grey.astype(np.float32)
    rest = values - cv2.boxFilter(values, -1, (31, 31))
    spread = np.sqrt(np.maximum(cv2.boxFilter(rest * rest, -1, (31, 31)), 0))
    return np.clip(128 + 40 * rest / (spread + 4), 0, 255).astype(np.uint8)
