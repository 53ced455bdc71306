"""Parts of a suspect's picture that may be the whole source: what bars leave free, and rectangles with lasting edges.

Whoever pastes a video into another, films a screen, or adds bars leaves straight edges that stay where they are while
the pictures move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Box

_FLAT = 7.0
"""A row or column of a bar: brightness varies along it by less than this (standard deviation, of 255), at any time."""

_LEAST_BAR = 0.03
_SIDE = 0.25
"""Shortest side of a rectangle, as a share of the picture's."""

_LARGEST = 0.85
_LINES = 14
_CAP = 20.0
"""Brightness steps above this count no more than this: a few strong ones must not make a line."""

_SUPPORT = 3.0


def without_bars(pictures: NDArray[np.uint8]) -> Box | None:
    """What flat bars at the borders leave free, over all pictures of a video.

    Args:
        pictures: RGB, uint8 [n, S, S, 3], n >= 1, spread over the video.

    Returns:
        The box, or None where no bar is at least 3 % of the side, or hardly anything is left.
    """
    grey = _grey(pictures)
    rows, columns = grey.std(axis=2).max(axis=0) < _FLAT, grey.std(axis=1).max(axis=0) < _FLAT
    top, bottom = _margins(rows)
    left, right = _margins(columns)
    box = Box(left, top, 1 - right, 1 - bottom)
    if max(left, right, top, bottom) < _LEAST_BAR or min(box.width, box.height) < 0.15:
        return None
    return box


def _margins(flat: NDArray[np.bool_]) -> tuple[float, float]:
    """Shares of the side that are flat from either end."""
    if flat.all():
        return 0.0, 0.0
    return float(np.argmin(flat)) / len(flat), float(np.argmin(flat[::-1])) / len(flat)


def lasting_rectangles(pictures: NDArray[np.uint8], *, count: int = 4) -> list[Box]:
    """Rectangles whose sides stay, the surest first.

    Args:
        pictures: RGB, uint8 [n, S, S, 3], n >= 1, spread over the video.
        count: at most this many.
    """
    grey = _grey(pictures)
    upright, lying = _lasting(grey), _lasting(grey.transpose(0, 2, 1))
    size = grey.shape[1]
    xs, ys = _best_lines(upright), _best_lines(lying)
    boxes = _boxes(xs, ys, size)
    if not len(boxes):
        return []
    score = _scores(boxes, _sums(upright), _sums(lying), size)
    order = np.argsort(-score, kind="stable")
    chosen: list[Box] = []
    for place in order[score[order] > _SUPPORT]:
        box = Box(*(float(v) / size for v in boxes[place]))
        if all(box.overlap(other) < 0.75 for other in chosen):
            chosen.append(box)
        if len(chosen) == count:
            break
    return chosen


def _grey(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pictures.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def _lasting(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far the step to the left neighbour exceeds the steps around it, everywhere, lastingly.

    Args:
        grey: [n, S, S].

    Returns:
        float32 [S, S]; column x is the border between columns x - 1 and x; column 0 is 0.
    """
    step = np.zeros(grey.shape[1:], np.float32)
    step[:, 1:] = np.minimum(np.abs(np.diff(grey, axis=2)), _CAP).mean(axis=0)
    around = step.copy()
    for shift in (-4, -3, 3, 4):
        around += np.roll(step, shift, axis=1)
    return np.asarray(step - (around - step) / 4, np.float32)


def _best_lines(lasting: NDArray[np.float32]) -> list[int]:
    """Places of the longest, strongest lines, the two borders of the picture among them."""
    size = lasting.shape[0]
    sums = _sums(lasting)
    best = np.zeros(size)
    for share in (0.3, 0.5, 0.75, 1.0):
        length = int(size * share)
        best = np.maximum(best, ((sums[length:] - sums[:-length]) / length).max(axis=0) * share**0.25)
    chosen: list[int] = []
    for place in np.argsort(-best, kind="stable"):
        if all(abs(int(place) - other) > 2 for other in chosen) and 3 < place < size - 3:
            chosen.append(int(place))
        if len(chosen) == _LINES:
            break
    return sorted([0, *chosen, size])


def _sums(lasting: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums from the top: float64 [S + 1, S]."""
    return np.concatenate([np.zeros((1, lasting.shape[1])), np.cumsum(lasting, axis=0, dtype=np.float64)])


def _boxes(xs: list[int], ys: list[int], size: int) -> NDArray[np.int64]:
    """All rectangles between the lines that are neither small nor nearly everything: int64 [n, 4], x0 y0 x1 y1."""
    least = _SIDE * size
    across = [(a, b) for i, a in enumerate(xs) for b in xs[i + 1 :] if b - a >= least]
    down = [(a, b) for i, a in enumerate(ys) for b in ys[i + 1 :] if b - a >= least]
    boxes = np.array([(a, c, b, d) for a, b in across for c, d in down], np.int64).reshape(-1, 4)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return boxes[area <= _LARGEST * size * size]


def _scores(
    boxes: NDArray[np.int64], upright: NDArray[np.float64], lying: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Of each rectangle its weakest side inside the picture, and a little of the mean of these sides."""
    x0, y0, x1, y1 = boxes.T
    sides = np.full((len(boxes), 4), np.nan)
    for number, (place, start, end, sums) in enumerate(
        ((x0, y0, y1, upright), (x1, y0, y1, upright), (y0, x0, x1, lying), (y1, x0, x1, lying))
    ):
        inside = (place > 0) & (place < size)
        column = np.where(inside, place, 0)
        mean = (sums[end, column] - sums[start, column]) / (end - start)
        # An edge may fall between two borders: the neighbour's share counts.
        sides[inside, number] = mean[inside]
    shown = (~np.isnan(sides)).sum(axis=1)
    weakest = np.nanmin(sides, axis=1)
    mean = np.nanmean(sides, axis=1)
    # Few sides inside the picture are easily met by chance.
    return (0.7 * weakest + 0.3 * mean) * np.array([0, 0.45, 0.7, 0.9, 1.0])[shown]
