"""A place that changes over time: a slow zoom, a pan inside the source's picture, a turning picture.

Key moments are registered one by one; between them the suspect's corners move on a smooth curve. A place that stands
still is not followed, as single registrations are off by a little, each in another direction: masks would tremble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Picture
from vtl_desktop.vision.geometry import Matrix, Size, apply, coverage, outline, plausible
from vtl_desktop.vision.opencv import cv2

FEWEST_KEYS = 3
"""Registered key moments under which no curve is drawn."""

MOVED = 0.004
"""Share of the suspect's diagonal that a corner has to move for its place to change: 4 pixels of 854 x 480."""

SURELY = 4.0
"""The same in standard errors of the place."""

ROUGH = 0.2
"""A key moment may lie off the curve through its neighbours by this share of all movement; such leaps are mistakes."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A registered moment.

    Attributes:
        time: of the suspect, seconds.
        registration: of its frame alone.
    """

    time: float
    registration: Registration


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Where the suspect's corners lie in the source's picture, over time.

    Attributes:
        times: of the key moments, seconds of the suspect, ascending, float64 [n].
        corners: of the suspect's outline in the source's pixels, float64 [n, 4, 2].
        like: a registration to take the rest from (inliers, method).
        suspect, source: sizes in pixels.
    """

    times: NDArray[np.float64]
    corners: NDArray[np.float64]
    like: Registration
    suspect: Size
    source: Size

    def at(self, time: float) -> Registration:
        """The place at a moment of the suspect; before the first and after the last key moment it goes on evenly."""
        there = _curve(self.times, self.corners.reshape(len(self.times), 8), time).reshape(4, 2)
        corners = outline(self.suspect).astype(np.float32)
        matrix = np.asarray(cv2.getPerspectiveTransform(corners, there.astype(np.float32)), np.float64)
        return replace(
            self.like,
            matrix=tuple(float(value) for value in (matrix / matrix[2, 2]).ravel()),
            coverage=coverage(matrix, self.suspect, self.source),
        )


def drift_of(keys: Sequence[Key], suspect: Picture, source: Picture) -> Drift | None:
    """The curve through key moments.

    Args:
        keys: at ascending times; those that are not trusted are left out, and those far off the curve of the others.
        suspect, source: any frames, for the sizes.

    Returns:
        None where the place stands still, jumps about, or too few key moments are known.
    """
    sizes = (suspect.shape[1], suspect.shape[0]), (source.shape[1], source.shape[0])
    known = [key for key in keys if key.registration.trusted and _lies_well(key.registration, *sizes)]
    if len(known) < FEWEST_KEYS:
        return None
    times = np.array([key.time for key in known])
    corners = np.array([apply(key.registration.array, outline(sizes[0])) for key in known])
    sigma = np.array([key.registration.uncertainty.worst if key.registration.uncertainty else 0.0 for key in known])
    pixel = _source_pixels(known[len(known) // 2].registration.array, sizes[0])
    kept = _smooth(times, corners)
    if kept.sum() < max(FEWEST_KEYS, 0.6 * len(keys)):
        return None
    times, corners, sigma = times[kept], corners[kept], sigma[kept]
    moved = float(np.linalg.norm(np.ptp(corners, axis=0), axis=1).max()) / pixel
    if moved < max(MOVED * float(np.hypot(*sizes[0])), SURELY * float(np.median(sigma))):
        return None
    middle = known[len(known) // 2].registration
    uncertain = [key.registration.uncertainty for key in known if key.registration.uncertainty]
    worst = max(uncertain, key=lambda each: each.worst) if uncertain else None
    fewest = min(key.registration.inliers for key in known)
    return Drift(times, corners, replace(middle, inliers=fewest, uncertainty=worst), *sizes)


def _lies_well(registration: Registration, suspect: Size, source: Size) -> bool:
    return plausible(registration.array, suspect, source, mirrored=registration.mirrored)


def _source_pixels(matrix: Matrix, suspect: Size) -> float:
    """Source pixels a suspect pixel, over the whole picture."""
    taken = apply(matrix, outline(suspect))
    return max(float(np.linalg.norm(taken[2] - taken[0])) / float(np.hypot(*suspect)), 1e-9)


def _smooth(times: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which key moments lie on the curve through their neighbours: bool [n]."""
    flat = corners.reshape(len(times), 8)
    limit = ROUGH * float(np.ptp(flat, axis=0).max())
    rows = np.arange(len(times))
    while len(rows) > FEWEST_KEYS:
        off = _off(times[rows], flat[rows])
        if off.max() <= limit:
            break
        # A leap spoils its neighbours' curves too: what goes is the one without which the rest is smoothest.
        suspected = np.flatnonzero(off > limit)
        left = [np.delete(rows, place) for place in suspected]
        rows = min(left, key=lambda others: float(_off(times[others], flat[others]).max()))
    return np.isin(np.arange(len(times)), rows)


def _off(times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each lies off the parabola through the three nearest others (a line through two): float64 [n]."""
    off = np.zeros(len(times))
    for row, time in enumerate(times):
        others = np.delete(np.arange(len(times)), row)
        near = others[np.argsort(np.abs(times[others] - time))[:3]]
        # Lagrange's weights.
        weights = [
            np.prod([(time - times[other]) / (times[one] - times[other]) for other in near if other != one])
            for one in near
        ]
        off[row] = float(np.abs(np.array(weights) @ values[near] - values[row]).max())
    return off


def _curve(times: NDArray[np.float64], values: NDArray[np.float64], time: float) -> NDArray[np.float64]:
    """Cubic Hermite through the points with three-point slopes (Catmull and Rom 1974): float64 [values' width]."""
    # At the ends too the slope is that of a parabola: programs begin and end a movement gently.
    slopes = np.gradient(values, times, axis=0, edge_order=2)
    if time <= times[0]:
        return values[0] + slopes[0] * (time - times[0])
    if time >= times[-1]:
        return values[-1] + slopes[-1] * (time - times[-1])
    row = int(np.searchsorted(times, time, side="right")) - 1
    step = times[row + 1] - times[row]
    s = (time - times[row]) / step
    start, end = 2 * s**3 - 3 * s**2 + 1, 3 * s**2 - 2 * s**3
    leave, arrive = s**3 - 2 * s**2 + s, s**3 - s**2
    at_start, at_end = start * values[row], end * values[row + 1]
    return at_start + at_end + step * (leave * slopes[row] + arrive * slopes[row + 1])
