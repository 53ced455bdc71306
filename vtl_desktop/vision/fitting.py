"""Models that take points of one picture to points of another, from the stiffest to the freest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.vision.geometry import Matrix, Points, apply
from vtl_desktop.vision.opencv import cv2

Fit = Callable[[Points, Points], Matrix | None]


def fit_upright(before: Points, after: Points) -> Matrix | None:
    """Shift, and scale across and down apart: crops, bars, insets, squeezes. At least 2 points."""
    if len(before) < 2:
        return None
    mean_before, mean_after = before.mean(axis=0), after.mean(axis=0)
    from_mean = before - mean_before
    spread = (from_mean**2).sum(axis=0)
    if spread.min() < 1e-6:
        return None
    scale = (from_mean * (after - mean_after)).sum(axis=0) / spread
    shift = mean_after - scale * mean_before
    return np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]], [0, 0, 1]], np.float64)


def fit_turned(before: Points, after: Points) -> Matrix | None:
    """Shift, turn and one scale, with or without reversal, whichever the points show. At least 2 points."""
    if len(before) < 2:
        return None
    mean_before, mean_after = before.mean(axis=0), after.mean(axis=0)
    x, y = (before - mean_before).T
    u, v = (after - mean_after).T
    total = float((x * x + y * y).sum())
    if total < 1e-6:
        return None
    straight = np.array([(x * u + y * v).sum(), (x * v - y * u).sum()]) / total
    reverse = np.array([(x * u - y * v).sum(), (x * v + y * u).sum()]) / total
    if np.abs(straight).sum() >= np.abs(reverse).sum():
        turn = np.array([[straight[0], -straight[1]], [straight[1], straight[0]]])
    else:
        turn = np.array([[reverse[0], reverse[1]], [reverse[1], -reverse[0]]])
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = mean_after - turn @ mean_before
    return matrix


def fit_affine(before: Points, after: Points) -> Matrix | None:
    """Any linear change and a shift. At least 3 points."""
    if len(before) < 3:
        return None
    left = np.column_stack([before, np.ones(len(before))])
    solution, _, rank, _ = np.linalg.lstsq(left, after, rcond=None)
    if rank < 3:
        return None
    matrix = np.eye(3)
    matrix[:2] = solution.T
    return matrix


def fit_perspective(before: Points, after: Points) -> Matrix | None:
    """A homography. At least 4 points."""
    if len(before) < 4:
        return None
    matrix, _ = cv2.findHomography(before.astype(np.float32), after.astype(np.float32), 0)
    return None if matrix is None else np.asarray(matrix, np.float64)


MODELS: tuple[tuple[str, Fit], ...] = (
    ("upright", fit_upright),
    ("turned", fit_turned),
    ("affine", fit_affine),
    ("perspective", fit_perspective),
)


NOT_FITTED = "whole picture"
"""The name of the one place that has nothing to be fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A matrix and what it was fitted to.

    Attributes:
        matrix: first picture to second.
        model: a name of `MODELS`, or `NOT_FITTED`.
        before, after: all points, those that disagree too, float64 [n, 2] each.
        tolerance: pixels of the second picture within which a point agrees.
        tracked: the points were followed from picture to picture; keypoints pair up by chance too.
    """

    matrix: Matrix
    model: str
    before: Points
    after: Points
    tolerance: float
    tracked: bool


def errors(matrix: Matrix, before: Points, after: Points) -> NDArray[np.float64]:
    """Distance of each point from where the matrix takes its partner: float64 [n], in pixels of the second picture."""
    return np.nan_to_num(np.linalg.norm(apply(matrix, before) - after, axis=1), nan=np.inf)


def refit(fit: Fit, matrix: Matrix, before: Points, after: Points, tolerance: float) -> Matrix:
    """A model fitted again and again to the points within `tolerance` pixels of it, until they stay the same."""
    chosen = errors(matrix, before, after) < tolerance
    for _ in range(8):
        better = fit(before[chosen], after[chosen]) if chosen.any() else None
        if better is None:
            return matrix
        matrix = better
        now = errors(matrix, before, after) < tolerance
        if (now == chosen).all():
            break
        chosen = now
    return matrix
