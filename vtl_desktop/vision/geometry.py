"""Matrices between pictures.

A pixel's coordinates are those of its centre: the centre of the top left pixel is (0, 0), as OpenCV has it. A picture
of width w therefore reaches from -0.5 to w - 0.5, and halving it takes x to (x + 0.5) / 2 - 0.5, not to x / 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Box
from vtl_desktop.vision.opencv import cv2

Matrix = NDArray[np.float64]
"""float64 [3, 3]; takes (x, y, 1) of one picture to the other's, up to a factor."""

Points = NDArray[np.float64]
"""float64 [n, 2]: x, y."""

Size = tuple[int, int]
"""(width, height) in pixels."""

SCALES = (0.2, 5.0)
"""Scales that are believed, against laying the whole source over the whole suspect."""

SQUEEZED = 3.0
"""One side may be scaled this much more than another; films for a wide screen are squeezed by 2 at most."""

TILTED = 3.0
"""The farthest corner may lie this much deeper than the nearest: a screen filmed from its side, not along its face."""

UPRIGHT_ENOUGH = 0.35
"""Sine of the least angle at a corner: 20 degrees."""


def resize_matrix(old: Size, new: Size) -> Matrix:
    """What resizing a picture of size `old` to size `new` does to the coordinates of a pixel."""
    across, down = new[0] / old[0], new[1] / old[1]
    return np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1]], np.float64)


def mirror_matrix(width: int) -> Matrix:
    """Left-right reversal of a picture of that width."""
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def whole_picture(suspect: Size, source: Size, *, mirrored: bool = False) -> Matrix:
    """The suspect shows the whole source, scaled to its own size."""
    matrix = resize_matrix(suspect, source)
    return mirror_matrix(source[0]) @ matrix if mirrored else matrix


def apply(matrix: Matrix, points: Points) -> Points:
    """Points taken through a matrix.

    Args:
        points: float [n, 2].

    Returns:
        float64 [n, 2]; infinite where a point goes to the horizon.
    """
    taken = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return taken[:, :2] / taken[:, 2:]


def outline(size: Size) -> Points:
    """The corners of a picture, clockwise from the top left: float64 [4, 2]."""
    left, top, right, bottom = -0.5, -0.5, size[0] - 0.5, size[1] - 0.5
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def coverage(matrix: Matrix, suspect: Size, source: Size) -> float:
    """Share of the suspect's picture that lies inside the source's picture, 0 to 1 (to about 1 %)."""
    steps = 48
    x = (np.arange(steps) + 0.5) / steps * suspect[0] - 0.5
    y = (np.arange(steps) + 0.5) / steps * suspect[1] - 0.5
    taken = apply(matrix, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    with np.errstate(invalid="ignore"):
        inside = (taken >= -0.5) & (taken <= np.array(source) - 0.5)
    return float(inside.all(axis=1).mean())


def plausible(matrix: Matrix, suspect: Size, source: Size, *, mirrored: bool) -> bool:
    """Whether a picture can have been laid over another that way by an edit.

    Refused are matrices that fold the picture or turn it inside out (its outline is then no convex quadrangle), mirror
    it against what is claimed, scale it by more than `SCALES` either way, squeeze one side against another beyond
    `SQUEEZED`, skew a corner to less than `UPRIGHT_ENOUGH`, or tilt the picture beyond `TILTED`.
    """
    if not np.isfinite(matrix).all() or abs(matrix[2, 2]) < 1e-12:
        return False
    corners = outline(suspect)
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    if depth.min() * depth.max() <= 0 or np.abs(depth).max() > TILTED * np.abs(depth).min():
        return False
    taken = apply(matrix, corners)
    sides = np.roll(taken, -1, axis=0) - taken
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not ((turns < 0).all() if mirrored else (turns > 0).all()):
        return False
    lengths = np.linalg.norm(sides, axis=1)
    scales = lengths / np.array([suspect[0], suspect[1], suspect[0], suspect[1]])
    if lengths.min() <= 0 or scales.max() > SQUEEZED * scales.min():
        return False
    if (np.abs(turns) / (lengths * np.roll(lengths, -1))).min() < UPRIGHT_ENOUGH:
        return False
    # The two files may have any resolutions: what counts is the scale against laying the whole over the whole.
    relative = np.sqrt(scales[0] * scales[1] * (suspect[0] * suspect[1]) / (source[0] * source[1]))
    return bool(SCALES[0] <= relative <= SCALES[1])


def zoom(matrix: Matrix) -> float:
    """Source pixels a suspect pixel, but at least 1: a tolerance is meant in the coarser picture's pixels."""
    return max(1.0, float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2])))))


def shared_boxes(matrix: Matrix, suspect: Size, source: Size) -> tuple[Box, Box] | None:
    """The parts of both pictures that show the same: upright boxes around where they lie over each other.

    Args:
        matrix: suspect's pixels to the source's.
        suspect, source: sizes.

    Returns:
        Of the suspect and of the source; None where the pictures do not meet.
    """
    frame = apply(matrix, outline(suspect)).astype(np.float32)
    if not np.isfinite(frame).all():
        return None
    area, shared = cv2.intersectConvexConvex(frame, outline(source).astype(np.float32))
    if area <= 0 or shared is None:
        return None
    corners = np.asarray(shared, np.float64).reshape(-1, 2)
    return _box(apply(np.asarray(np.linalg.inv(matrix), np.float64), corners), suspect), _box(corners, source)


def _box(points: Points, size: Size) -> Box:
    low = np.clip((points.min(axis=0) + 0.5) / size, 0, 1)
    high = np.clip((points.max(axis=0) + 0.5) / size, 0, 1)
    return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
