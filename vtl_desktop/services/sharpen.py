"""Aligning once more on registered pictures, where codes and motion tracks leave the moments in doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.media import MediaFacts, Picture
from vtl_desktop.core.sharpening import along, sharpened, similarity
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.vision.geometry import Matrix, resize_matrix
from vtl_desktop.vision.opencv import cv2

FRAMES = 900
"""Compared at most of each file: all of half a minute, fewer a second of longer ones."""

_LONG_SIDE = 96
_LONGEST = 120.0
"""Seconds; longer videos keep the alignment that codes and motion tracks gave."""

_BETTER = 0.005
"""By how much more alike frames have to be for another alignment, of 1."""

_EARLY = 2e-3
"""Seconds that a frame may come too soon after the one before: containers round their times."""

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
        self._own: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None

    def sharpened(self, candidate: Candidate) -> Candidate:
        """The candidate, aligned by what moves in its registered pictures, where that pairs frames that are more alike.

        It stays as it is where the place is not trusted, a file is too long, the source's is away, or nothing moves.

        Raises:
            MediaError: the suspect can no longer be read.
            Cancelled: when told to stop.
        """
        registration, duration = candidate.registration, self._facts.duration
        if registration is None or not registration.trusted or self._facts.is_image:
            return candidate
        if max(duration, candidate.source.duration) > _LONGEST:
            return candidate
        if self._own is None:
            with VideoFile(self._path) as suspect:
                self._own = _frames(suspect, self._size, None, self._step, self._cancel)
        own, times = self._own
        full = (self._facts.width, self._facts.height)
        matrix = registration.array @ np.linalg.inv(resize_matrix(full, self._size))
        try:
            with VideoFile(Path(candidate.source.path)) as source:
                step = candidate.source.duration / FRAMES
                other, source_times = _frames(source, self._size, matrix, step, self._cancel)
        except MediaError:
            return candidate
        inside = (other[..., 1] > 0).all(axis=0)
        inside = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
        if inside.sum() < _LONG_SIDE or len(source_times) < 2:
            return candidate
        alike = similarity(_deviations(own[..., 0][:, inside]), _deviations(other[..., 0][:, inside]), quiet=_QUIET)
        segments = sharpened(
            alike, times, source_times, suspect_duration=duration, source_duration=candidate.source.duration
        )
        before = along(candidate.alignment.segments, alike, times, source_times)
        if along(segments, alike, times, source_times) < before + _BETTER:
            return candidate
        return _realigned(candidate, Alignment(segments), duration)


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


def _frames(
    video: VideoFile, size: tuple[int, int], matrix: Matrix | None, step: float, cancel: CancelToken
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Grey levels and where there are any, float32 [n, h, w, 2], at least `step` seconds apart; and their times."""
    pictures, times = [], []
    for frame in video.frames():
        cancel.check()
        if times and frame.time < times[-1] + step - _EARLY:
            continue
        pictures.append(_grey(frame.picture, size, matrix))
        times.append(frame.time)
    return np.stack(pictures), np.array(times, np.float64)


def _grey(picture: Picture, size: tuple[int, int], matrix: Matrix | None) -> NDArray[np.float32]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if matrix is None:
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        there = np.ones_like(small)
    else:
        # Averaged to about the size wanted first, as the warp alone would skip pixels.
        shrink = max(1, int(min(grey.shape) / min(size)) // 2)
        reduced = cv2.resize(grey, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        to_reduced = resize_matrix((grey.shape[1], grey.shape[0]), (reduced.shape[1], reduced.shape[0])) @ matrix
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        small = cv2.warpPerspective(reduced, to_reduced, size, flags=flags)
        there = cv2.warpPerspective(np.full_like(reduced, 255), to_reduced, size, flags=flags) == 255
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)
    return np.stack([soft, np.asarray(there, np.float32)], axis=-1)


def _deviations(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """What differs from what stands still, without what brightens the whole picture: [n, pixels].

    What stands still is the median over time, so that a second shot, or another source's, does not blur it.
    """
    away = greys - np.median(greys, axis=0)
    away -= np.median(away, axis=1, keepdims=True)
    return np.clip(away, -_STRONGEST, _STRONGEST)
