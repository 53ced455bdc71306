"""A video, or stretches of it, as small grey pictures, for what only asks how things move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.media.indexed import Decoded, IndexedVideo
from vtl_desktop.media.pictures import Converter

Window = tuple[float, float]
"""From and to, seconds."""

_EARLY = 2e-3
"""Seconds that a frame may come too soon after the one before: containers round their times."""


def lumas(
    path: Path, width: int, height: int, *, windows: Sequence[Window], step: float, cancel: CancelToken
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decodes stretches of a video, without making full pictures of its frames.

    Args:
        path: of the video.
        width, height: of the small pictures, pixels.
        windows: what to decode, ascending; those that touch are decoded as one.
        step: least time between two frames, seconds; 0 for all.
        cancel: may end it.

    Yields:
        A frame's time, seconds, and its brightness averaged over areas, upright, 0 to 255, float32 [height, width]; in
        the order of time. Frames that cannot be decoded are left out.

    Raises:
        MissingMedia, UnreadableMedia, NoPicture: see `IndexedVideo`.
        Cancelled: when told to stop.
    """
    video = IndexedVideo(path)
    try:
        convert = Converter(video.first, video.orientation)
        due = -np.inf
        for decoded in _decoded(video, merged(windows)):
            cancel.check()
            time = float(video.index.times[decoded.index])
            if time < due:
                continue
            try:
                picture = convert.luma(decoded.frame, width, height)
            except FrameUnavailable:
                continue
            due = time + step - _EARLY
            yield time, picture
    finally:
        video.close()


def merged(windows: Sequence[Window]) -> list[Window]:
    """Windows in order, those that touch or overlap made one."""
    kept: list[Window] = []
    for start, end in sorted(windows):
        if kept and start <= kept[-1][1]:
            kept[-1] = kept[-1][0], max(kept[-1][1], end)
        else:
            kept.append((start, end))
    return kept


def _decoded(video: IndexedVideo, windows: list[Window]) -> Iterator[Decoded]:
    times = video.index.times
    running, reached = video.decode_all(), 0
    for start, end in windows:
        first, last = frame_at(times, start), frame_at(times, end)
        group = video.group(first)
        if video.group_start(group) > reached:
            running = video.decode_from(group)
        for decoded in running:
            reached = decoded.index + 1
            if decoded.index >= first:
                yield decoded
            if decoded.index >= last:
                break
