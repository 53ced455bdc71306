"""Whether the same things move in the suspect and in a candidate, at the moments that the alignment pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.media import Picture
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.services.localize import STRETCH, Localizer
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.shared_motion import Greys, shared_motion

MOMENTS = 8
_LONG_SIDE = 160


def movement(suspect: str | Path, candidate: Candidate) -> float | None:
    """The share of what moves that moves alike in both, see `vision.shared_motion`.

    A few moments of one stretch of the longest segment are laid over each other: within a stretch one registration
    holds, and a cut between two shots does not pass for movement as easily.

    Args:
        suspect: the file.
        candidate: aligned.

    Returns:
        0 to 1; None where too little moves, nothing is aligned, or the source's file is not at hand.
    """
    if not candidate.alignment.segments:
        return None
    longest = max(candidate.alignment.segments, key=lambda segment: segment.duration)
    if longest.duration <= 0:
        return None
    pairs: list[tuple[Greys, Greys, NDArray[np.bool_]]] = []
    try:
        with Localizer(suspect, candidate.source.path, candidate) as localizer:
            for moment in _moments(longest):
                pair = localizer.registered_pair(moment)
                pairs.append((_small(pair.suspect.picture), _small(pair.warped), _small_mask(pair.inside)))
    except MediaError:
        # The source's file is away or damaged: what codes say still counts.
        return None
    own, other, inside = (np.stack(parts) for parts in zip(*pairs, strict=True))
    return shared_motion(own, other, np.asarray(inside.all(axis=0), np.bool_))


def _moments(segment: Segment) -> NDArray[np.float64]:
    """Moments of the suspect inside the middle stretch of a segment, seconds."""
    parts = max(int(np.ceil(segment.duration / STRETCH)), 1)
    length = segment.duration / parts
    begin = segment.suspect_start + parts // 2 * length
    return begin + (np.arange(MOMENTS) + 0.5) / MOMENTS * length


def _size(height: int, width: int) -> tuple[int, int]:
    factor = _LONG_SIDE / max(height, width)
    return max(round(width * factor), 1), max(round(height * factor), 1)


def _small(picture: Picture) -> Greys:
    small = cv2.resize(picture, _size(*picture.shape[:2]), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _small_mask(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cv2.resize(inside.astype(np.uint8), _size(*inside.shape), interpolation=cv2.INTER_AREA) > 0
