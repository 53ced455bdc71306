"""A video, or stretches of it, as small grey pictures, for what only asks how things move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.media.video_file import VideoFile

Window = tuple[float, float]
"""From and to, seconds."""

_EARLY = 2e-3
"""Seconds that a frame may come too soon after the one before: containers round their times."""


def lumas(
    video: VideoFile, width: int, height: int, *, windows: Sequence[Window], step: float, cancel: CancelToken
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decodes stretches of a video, without making full pictures of its frames; not again what it has at hand.

    Args:
        video: open.
        width, height: of the small pictures, pixels.
        windows: what to decode, ascending; those that touch are decoded as one.
        step: least time between two frames, seconds; 0 for all.
        cancel: may end it.

    Yields:
        A frame's time, seconds, and its brightness averaged over areas, upright, 0 to 255, float32 [height, width]; in
        the order of time. Frames that cannot be decoded are left out.

    Raises:
        FrameUnavailable: see `VideoFile.lumas`.
        Cancelled: when told to stop.
    """
    thinned = Thinned(step)
    for start, end in merged(windows):
        first, last = frame_at(video.times, start), frame_at(video.times, end)
        for time, picture in video.lumas(first, last, width, height):
            cancel.check()
            if thinned.due(time):
                yield time, picture


class Thinned:
    """Says of frames in the order of time which to take, so that between two of them lies a least time."""

    def __init__(self, step: float) -> None:
        """Takes the least time, seconds; 0 for all frames."""
        self._step, self._due = step, -np.inf

    def due(self, time: float) -> bool:
        """Whether the frame at a time is to be taken; asked once a frame."""
        if time < self._due:
            return False
        self._due = time + self._step - _EARLY
        return True


def merged(windows: Sequence[Window]) -> list[Window]:
    """Windows in order, those that touch or overlap made one."""
    kept: list[Window] = []
    for start, end in sorted(windows):
        if kept and start <= kept[-1][1]:
            kept[-1] = kept[-1][0], max(kept[-1][1], end)
        else:
            kept.append((start, end))
    return kept
