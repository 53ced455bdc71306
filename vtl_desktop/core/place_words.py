"""A place in words: what was done to a source's picture to become the suspect's."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Size = tuple[int, int]

EDGE = 0.01
"""Share of a side by which an edge may lie beside another and count as on it: codecs pad and players cut that much."""

LEAST_SCALE = 0.01
LEAST_STRETCH = 0.015
LEAST_TURN = 0.5
LEAST_SKEW = 1.0
LEAST_PERSPECTIVE = 0.005
"""What is not worth a word: relative, relative, degrees, degrees, and share of the picture's diagonal by which a corner
leaves the place that straight, parallel edges would have."""

UNEVEN = 1.5
"""Bars on two sides may differ by this factor; beyond, the rest of the picture shows something else."""


def in_words(matrix: NDArray[np.float64], mirrored: bool, suspect: Size, source: Size) -> str:
    """What was done to the picture, for instance "mirrored, cropped to 71% of the source's picture, turned 6 degrees".

    Shares are of areas: "cropped to" of the source's picture that the suspect shows, "fills" of the suspect's picture
    that shows the source. "Scaled" is in pixels of the files.

    Args:
        matrix: suspect's pixels to the source's, float64 [3, 3].
        mirrored: whether that reverses left and right.
        suspect, source: (width, height) in pixels.

    Returns:
        Without full stop; "whole picture, unchanged place" where nothing was done.
    """
    back = np.asarray(np.linalg.inv(matrix), np.float64)
    shared = clipped(_through(back, _outline(source)), suspect)
    if len(shared) < 3:
        return "outside the source's picture"
    words = ["mirrored"] if mirrored else []
    shown = _area(_through(matrix, shared)) / (source[0] * source[1])
    fills = _area(shared) / (suspect[0] * suspect[1])
    place = []
    if shown < 1 - 2 * EDGE:
        place.append(f"cropped to {shown:.0%} of the source's picture")
    framed = _framed(shared, suspect, fills)
    if framed:
        place.append(framed)
    across, down, angle, skew = _parts(back, shared.mean(axis=0), matrix, mirrored)
    bent = _bent(matrix, shared, suspect)
    forms = _forms(across, down, angle, skew, bent)
    if not place and not forms:
        return ", ".join([*words, "whole picture, unchanged place"])
    if not place:
        # A turned or tilted picture may lose its corners to the edge and still be meant as the whole.
        place = ["whole picture"]
    return ", ".join([*words, *place, *forms])


def clipped(polygon: Points, size: Size) -> Points:
    """The part of a convex polygon that lies inside a picture: float64 [n, 2], empty where none does."""
    limits = ((0, -0.5, 1), (1, -0.5, 1), (0, size[0] - 0.5, -1), (1, size[1] - 0.5, -1))
    for axis, border, sign in limits:
        kept: list[Points] = []
        for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            inner, outer = (here[axis] - border) * sign, (there[axis] - border) * sign
            if inner >= 0:
                kept.append(here)
            if inner * outer < 0:
                kept.append(here + (there - here) * inner / (inner - outer))
        if len(kept) < 3:
            return np.empty((0, 2))
        polygon = np.array(kept)
    return polygon


def _forms(across: float, down: float, angle: float, skew: float, bent: float) -> list[str]:
    words = []
    # Where one side was stretched, the other tells by how much the picture was made larger or smaller.
    stretched = bent < LEAST_PERSPECTIVE and max(across / down, down / across) - 1 >= LEAST_STRETCH
    scale = min(across, down) if stretched else math.sqrt(across * down)
    if abs(scale - 1) >= LEAST_SCALE:
        words.append(f"scaled to {scale:.0%}")
    if bent >= LEAST_PERSPECTIVE:
        # Stretch and skew are then different from place to place: they belong to the perspective.
        words.append("in perspective, as filmed off a screen")
    elif stretched:
        more = max(across / down, down / across) - 1
        words.append(f"stretched by {more:.0%} in {'width' if across > down else 'height'}")
    if abs(angle) >= LEAST_TURN:
        amount = f"{abs(angle):.1f}".removesuffix(".0")
        words.append(f"turned {amount} degrees {'clockwise' if angle > 0 else 'counter-clockwise'}")
    if abs(skew) >= LEAST_SKEW and bent < LEAST_PERSPECTIVE:
        words.append(f"skewed by {abs(skew):.0f} degrees")
    return words


def _framed(shared: Points, suspect: Size, fills: float) -> str:
    """What lies around the source's picture in the suspect's; empty where it reaches all edges."""
    low = (shared.min(axis=0) + 0.5) / suspect
    high = 1 - (shared.max(axis=0) + 0.5) / suspect
    free = np.array([low[0], high[0], low[1], high[1]])
    sides = free > EDGE
    even = [max(pair) <= UNEVEN * min(pair) + EDGE for pair in (free[:2], free[2:])]
    if list(sides) == [False, False, True, True] and even[1]:
        return f"bars above and below (fills {fills:.0%} of the picture)"
    if list(sides) == [True, True, False, False] and even[0]:
        return f"bars left and right (fills {fills:.0%} of the picture)"
    return f"set into a larger picture (fills {fills:.0%} of it)" if sides.any() else ""


def _parts(back: NDArray, middle: Points, matrix: NDArray, mirrored: bool) -> tuple[float, float, float, float]:
    """Scale across and down (suspect pixels a source pixel), turn clockwise and skew in degrees, at a point.

    Args:
        back: source to suspect; matrix: suspect to source.
        middle: the point, float64 [2], in the suspect.
    """
    at = _through(matrix, middle[None])[0]
    right = (_through(back, at[None] + [[0.5, 0]]) - _through(back, at[None] - [[0.5, 0]]))[0]
    below = (_through(back, at[None] + [[0, 0.5]]) - _through(back, at[None] - [[0, 0.5]]))[0]
    if mirrored:
        right = -right
    across = float(np.linalg.norm(right))
    down = abs(float(right[0] * below[1] - right[1] * below[0])) / across
    skew = math.degrees(math.atan2(float(right @ below) / across, down))
    return across, down, math.degrees(math.atan2(right[1], right[0])), skew


def _bent(matrix: NDArray, shared: Points, suspect: Size) -> float:
    """How far perspective moves the corners, as a share of the suspect's diagonal."""
    middle = shared.mean(axis=0)
    depth = shared @ matrix[2, :2] + matrix[2, 2]
    there = float(middle @ matrix[2, :2] + matrix[2, 2])
    # Relative to the middle, a point is moved by its distance times the relative change of depth.
    moved = np.linalg.norm(shared - middle, axis=1) * np.abs(depth / there - 1)
    return float(moved.max()) / math.hypot(*suspect)


def _area(polygon: Points) -> float:
    x, y = polygon.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _outline(size: Size) -> Points:
    right, bottom = size[0] - 0.5, size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]], np.float64)


def _through(matrix: NDArray[np.float64], points: Points) -> Points:
    taken = points @ matrix[:, :2].T + matrix[:, 2]
    return taken[:, :2] / taken[:, 2:]
