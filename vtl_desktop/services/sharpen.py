"""Registered pictures of two videos, small and frame by frame: to the frame, and whether the same things move."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.sharpening import along, sharpened, similarity
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.lumas import read_lumas
from vtl_desktop.vision.geometry import resize_matrix
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.shared_motion import shared_motion

Greys = NDArray[np.float32]
"""Levels, [n, h, w]."""

Times = NDArray[np.float64]
"""Seconds, [n]."""

_Pictures = tuple[Greys, Times, Greys, Times, NDArray[np.bool_]]

FRAMES = 900
"""Compared at most of each file: all of half a minute, fewer a second of longer ones."""

STRETCH = 10.0
"""Seconds in which movement is compared, at `MOMENTS` moments."""

MOMENTS = 16

_LONG_SIDE = 96
_FINER = 1.5
_LONGEST = 120.0
"""Seconds; longer videos keep the alignment that codes and motion tracks gave."""

_BETTER = 0.005
"""By how much more alike frames have to be for another alignment, of 1."""

_QUIET = 1.5
_STRONGEST = 25.0
"""Levels: what deviates more counts as this much, so that a flash or a forged face does not outweigh all the rest."""


class Sharpener:
    """Aligns candidates of one suspect; its frames are read once, when they are first needed."""

    def __init__(self, suspect: Path, facts: MediaFacts, cancel: CancelToken) -> None:
        """Reads nothing yet.

        Args:
            suspect: the file.
            facts: of it.
            cancel: may end it.
        """
        self._path, self._facts, self._cancel = suspect, facts, cancel
        factor = _LONG_SIDE / max(facts.width, facts.height)
        self._size = max(round(facts.width * factor), 8), max(round(facts.height * factor), 8)
        self._step = facts.duration / FRAMES
        self._own: tuple[Greys, Times] | None = None
        self._last: tuple[object, tuple[Greys, Times, NDArray[np.bool_]]] | None = None

    def sharpened(self, candidate: Candidate) -> Candidate:
        """The candidate, aligned by what moves in its registered pictures, where that pairs frames that are more alike.

        It stays as it is where the place is not trusted, a file is too long, the source's is away, or nothing moves.

        Raises:
            MediaError: the suspect can no longer be read.
            Cancelled: when told to stop.
        """
        registration, duration = candidate.registration, self._facts.duration
        if registration is None or self._left_alone(candidate):
            return candidate
        pictures = self._pictures(candidate, registration)
        if pictures is None:
            return candidate
        own, times, other, source_times, inside = pictures
        alike = similarity(_deviations(own[:, inside]), _deviations(other[:, inside]), quiet=_QUIET)
        segments = sharpened(
            alike, times, source_times, suspect_duration=duration, source_duration=candidate.source.duration
        )
        if not segments:
            return candidate
        before = along(candidate.alignment.segments, alike, times, source_times)
        if along(segments, alike, times, source_times) < before + _BETTER:
            return candidate
        return _realigned(candidate, Alignment(segments), duration)

    def movement(self, candidate: Candidate) -> float | None:
        """The share of what moves that moves alike in both, see `vision.shared_motion`.

        Moments of one stretch of the longest segment are taken: a cut between two shots does not pass for movement as
        easily.

        Returns:
            0 to 1; None where too little moves, nothing is aligned or placed, or as for `sharpened`.
        """
        registration, segments = candidate.registration, candidate.alignment.segments
        if registration is None or not segments or self._left_alone(candidate):
            return None
        pictures = self._pictures(candidate, registration)
        if pictures is None:
            return None
        own, times, other, source_times, inside = pictures
        longest = max(segments, key=lambda segment: segment.duration)
        middle, reach = (longest.suspect_start + longest.suspect_end) / 2, min(longest.duration, STRETCH) / 2
        rows = np.flatnonzero(np.abs(times - middle) <= reach)
        if not len(rows):
            return None
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, MOMENTS).astype(np.int64))]
        shown = [frame_nearest(source_times, longest.source_time(float(time))) for time in times[rows]]
        return shared_motion(own[rows], other[shown], inside)

    def _left_alone(self, candidate: Candidate) -> bool:
        registration = candidate.registration
        unplaced = registration is None or not registration.trusted or self._facts.is_image
        return unplaced or max(self._facts.duration, candidate.source.duration) > _LONGEST

    def _pictures(self, candidate: Candidate, registration: Registration) -> _Pictures | None:
        """The suspect's frames and times, the source's laid over them and theirs, and where both have pixels."""
        if self._own is None:
            greys, times = read_lumas(self._path, *self._size, step=self._step, cancel=self._cancel)
            self._own = _soft(greys), times
        key = candidate.source.id, registration.matrix
        if self._last is None or self._last[0] != key:
            try:
                self._last = key, self._laid_over(candidate, registration)
            except MediaError:
                return None
        other, source_times, inside = self._last[1]
        if inside.sum() < _LONG_SIDE or len(source_times) < 2:
            return None
        return *self._own, other, source_times, inside

    def _laid_over(self, candidate: Candidate, registration: Registration) -> tuple[Greys, Times, NDArray[np.bool_]]:
        """The source's frames in the suspect's small pixels, their times, and where they have any pixels."""
        full, source = (self._facts.width, self._facts.height), candidate.source
        # About as fine as what is wanted of them, once laid over.
        zoom = min(_LONG_SIDE * _FINER / max(source.width, source.height), 1.0)
        size = max(round(source.width * zoom), 8), max(round(source.height * zoom), 8)
        step = source.duration / FRAMES
        greys, times = read_lumas(Path(source.path), *size, step=step, cancel=self._cancel)
        to_suspect = np.linalg.inv(resize_matrix(full, self._size))
        matrix = resize_matrix((source.width, source.height), size) @ registration.array @ to_suspect
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpPerspective(np.full(size[::-1], 255, np.uint8), matrix, self._size, flags=flags) == 255
        inside = cv2.erode(there.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
        over = [cv2.warpPerspective(grey, matrix, self._size, flags=flags) for grey in greys]
        return _soft(np.asarray(over, np.float32)), times, inside


def _realigned(candidate: Candidate, alignment: Alignment, duration: float) -> Candidate:
    """The candidate with another alignment; its best pair is the one nearest to where it was that is aligned."""
    moment = candidate.best_suspect_time
    source_time = alignment.source_time(moment)
    if source_time is None:
        longest = max(alignment.segments, key=lambda segment: segment.duration)
        moment = (longest.suspect_start + longest.suspect_end) / 2
        source_time = longest.source_time(moment)
    return replace(
        candidate,
        alignment=alignment,
        best_suspect_time=moment,
        best_source_time=source_time,
        matched_share=min(alignment.covered / duration, 1.0) if duration > 0 else 1.0,
    )


def _soft(greys: Greys) -> Greys:
    return np.stack([cv2.GaussianBlur(grey, (0, 0), 1.0) for grey in greys])


def _deviations(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """What differs from what stands still, without what brightens the whole picture: [n, pixels].

    What stands still is the median over time, so that a second shot, or another source's, does not blur it.
    """
    away = greys - np.median(greys, axis=0)
    away -= np.median(away, axis=1, keepdims=True)
    return np.clip(away, -_STRONGEST, _STRONGEST)
