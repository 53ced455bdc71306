"""From the mask of one frame to its spots: connected marked pixels, specks left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import CHANGED_THRESHOLD, Mask
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, PixelBox, Spot
from vtl_desktop.vision.opencv import cv2

NEAR = 0.02
"""Pieces no farther apart than this share of the shorter side are one spot: the letters of a caption."""

SPECK = 2e-4
SPECK_PIXELS = 12
"""A spot smaller than this share of the picture, or than so many pixels, is a speck and left out."""

MINOR = 0.2
"""Of a spot of both kinds, the one that takes less than this share of it is but the rim of the other."""

MINGLED = 0.5
"""Share of the smaller box that lies in the other kind's from which the two are not told apart."""

COUNTED_SIDE = 200
"""Pixels of the shorter side at which what is connected is found out."""

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
    found: list[Spot] = []
    if graphics is None:
        found = [_measured(grey, piece, CHANGED) for piece in _pieces(marked)]
    else:
        both: dict[str, NDArray[np.bool_]] = {}
        for piece in _pieces(marked):
            laid_over = piece.marked & graphics[piece.rows, piece.columns]
            over = np.count_nonzero(laid_over) / np.count_nonzero(piece.marked)
            altered = piece.marked & ~laid_over
            if over > 1 - MINOR or over < MINOR or _mingled(laid_over, altered):
                # Nearly all of one kind, the rest being its rim; or the two cannot be told apart here.
                found.append(_measured(grey, piece, ADDED_GRAPHICS if over > 0.5 else ALTERED_CONTENT))
                continue
            for kind, part in ((ADDED_GRAPHICS, laid_over), (ALTERED_CONTENT, altered)):
                both.setdefault(kind, np.zeros_like(marked))[piece.rows, piece.columns] |= part
        for kind, part in both.items():
            found += [_measured(grey, piece, kind) for piece in _pieces(part)]
    found.sort(key=lambda spot: -spot.weight)
    return tuple(found[:MOST_SPOTS])


def _mingled(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Whether two kinds lie in each other's midst instead of beside each other."""
    (x, y, width, height), (u, v, across, down) = (cv2.boundingRect(part.astype(np.uint8)) for part in (one, other))
    shared = max(min(x + width, u + across) - max(x, u), 0) * max(min(y + height, v + down) - max(y, v), 0)
    return shared > MINGLED * min(width * height, across * down)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What belongs together: the rows and columns it lies in, and its pixels there, bool [rows, columns]."""

    rows: slice
    columns: slice
    marked: NDArray[np.bool_]


def _pieces(marked: NDArray[np.bool_]) -> list[_Piece]:
    """What belongs together and is no speck; of very many, the largest."""
    reach = max(round(NEAR * min(marked.shape) / 2), 1)
    least = max(SPECK * marked.size, SPECK_PIXELS)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    # Widened by the reach, every n-th pixel still tells what is connected, and a marked pixel's own is one of them.
    every = min(max(min(marked.shape) // COUNTED_SIDE, 1), reach + 1)
    wide = cv2.dilate(marked.astype(np.uint8), kernel)[::every, ::every]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(wide), connectivity=8)
    # Widened, each has more pixels than it really has: what is too small now is too small anyway.
    areas = stats[1:, cv2.CC_STAT_AREA] * every**2
    likely = [int(k) + 1 for k in np.argsort(-areas)[: 4 * MOST_SPOTS] if areas[k] >= least]
    pieces = []
    for number in likely:
        left, top, width, height, _ = (int(value) for value in stats[number])
        rows, columns = (slice(start * every, (start + size) * every) for start, size in ((top, height), (left, width)))
        there = np.repeat(np.repeat(labels[top : top + height, left : left + width] == number, every, 0), every, 1)
        own = marked[rows, columns]
        own = own & there[: own.shape[0], : own.shape[1]]
        if np.count_nonzero(own) >= least:
            pieces.append(_Piece(rows, columns, own))
    return pieces


def _measured(grey: GreyPicture, piece: _Piece, kind: str) -> Spot:
    own = piece.marked.astype(np.uint8)
    left, top, width, height = cv2.boundingRect(own)
    moments = cv2.moments(own, binaryImage=True)
    area = moments["m00"]
    strength = cv2.mean(grey[piece.rows, piece.columns], own)[0]
    return Spot(
        kind,
        PixelBox(piece.columns.start + left, piece.rows.start + top, width, height),
        round(piece.columns.start + moments["m10"] / area, 1),
        round(piece.rows.start + moments["m01"] / area, 1),
        area / grey.size,
        round(strength, 1),
    )
