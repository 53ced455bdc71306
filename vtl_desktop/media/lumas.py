"""A whole video as small grey pictures, for what only asks how things move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.media.container import no_frames
from vtl_desktop.media.indexed import IndexedVideo
from vtl_desktop.media.pictures import Converter

_EARLY = 2e-3
"""Seconds that a frame may come too soon after the one before: containers round their times."""


def read_lumas(
    path: Path, width: int, height: int, *, step: float, cancel: CancelToken
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Decodes a video once, from beginning to end, without making full pictures of its frames.

    Args:
        path: of the video.
        width, height: of the small pictures, pixels.
        step: least time between two of them, seconds; 0 for all.
        cancel: may end it.

    Returns:
        Brightness averaged over areas, upright, 0 to 255, float32 [n, height, width], and the frames' times, seconds,
        ascending, float64 [n], n >= 1.

    Raises:
        MissingMedia, UnreadableMedia, NoPicture: see `IndexedVideo`.
        Cancelled: when told to stop.
    """
    video = IndexedVideo(path)
    lumas: list[NDArray[np.float32]] = []
    times: list[float] = []
    try:
        convert = Converter(video.first, video.orientation)
        for decoded in video.decode_all():
            cancel.check()
            time = float(video.index.times[decoded.index])
            if times and time < times[-1] + step - _EARLY:
                continue
            try:
                lumas.append(convert.luma(decoded.frame, width, height))
            except FrameUnavailable:
                continue
            times.append(time)
    finally:
        video.close()
    if not lumas:
        raise no_frames(path)
    return np.stack(lumas), np.array(times, np.float64)
