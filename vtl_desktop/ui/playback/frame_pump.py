"""A video decoded off the GUI thread: the newest wanted frame first, then those that playback will want next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from vtl_desktop.core.media import Frame, MediaFacts
from vtl_desktop.ui.playback.latest_pump import LatestPump, Wish

READY_BYTES = 96 << 20
"""Memory for frames that are decoded and converted ahead, a video: twelve pictures of 1080p."""

MOST_READY = 24
LEAST_READY = 4

NEAR_GROUP_START = 48
"""Frames. Farther into a keyframe group, the group before is not decoded on the mere chance of stepping back."""

TELL_DECODED_SECONDS = 0.25


class Video(Protocol):
    """What a pump needs of `media.VideoFile`."""

    facts: MediaFacts
    times: NDArray[np.float64]
    keyframes: NDArray[np.bool_]

    def frame(self, index: int) -> Frame: ...
    def cached_ranges(self) -> tuple[tuple[float, float], ...]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """What is known of an opened video: facts and the time of every frame (float64 [n], seconds from the first)."""

    facts: MediaFacts
    times: NDArray[np.float64]

    def frame_end(self, index: int) -> float:
        """When a frame leaves the screen, seconds."""
        if index + 1 < len(self.times):
            return float(self.times[index + 1])
        return max(self.facts.duration, float(self.times[-1]))


class FramePump(LatestPump):
    """The thread that owns one video. `opened` carries a `Reel`; the value of an `Answer` is a `Frame`."""

    def __init__(self, open_video: Callable[[], Video], *, name: str, parent: QObject | None = None) -> None:
        self._work = _Work()
        super().__init__(
            open_video, self._work.describe, self._work.compute, name=name, ahead=self._work.ahead, parent=parent
        )
        self.opened.connect(self._set_keep)

    @property
    def decoded(self) -> tuple[tuple[float, float], ...]:
        """Stretches of time, seconds, whose frames are decoded, as of a moment ago."""
        return self._work.decoded

    def _set_keep(self, reel: Reel) -> None:
        size = max(reel.facts.width * reel.facts.height * 3, 1)
        self.keep(min(max(READY_BYTES // size, LEAST_READY), MOST_READY))


class _Work:
    """What the pump's thread calls."""

    def __init__(self) -> None:
        self.decoded: tuple[tuple[float, float], ...] = ()
        self._keyframes: NDArray[np.int64] = np.zeros(1, np.int64)
        self._count = 0
        self._told = 0.0

    def describe(self, video: Video) -> Reel:
        self._count = len(video.times)
        self._keyframes = np.flatnonzero(video.keyframes)
        return Reel(video.facts, video.times)

    def compute(self, video: Video, index: int) -> Frame:
        frame = video.frame(index)
        if time.monotonic() - self._told > TELL_DECODED_SECONDS:
            self._told = time.monotonic()
            self.decoded = video.cached_ranges()
        return frame

    def ahead(self, wish: Wish) -> Iterator[int]:
        """Playing: what comes next that way. Standing: the neighbours, for the step that is likely to follow, and the
        end of the keyframe group before, so that stepping back into it does not wait for all of it to be decoded."""
        if wish.index is None:
            return
        index, last = wish.index, self._count - 1
        if wish.direction > 0:
            yield from range(index + 1, min(index + MOST_READY, last + 1))
        elif wish.direction < 0:
            yield from range(index - 1, max(index - MOST_READY, -1), -1)
        else:
            yield from (k for k in (index + 1, index - 1, index + 2, index - 2) if 0 <= k <= last)
            before = int(self._keyframes[: np.searchsorted(self._keyframes, index, "right")].max(initial=0)) - 1
            if before >= 0 and index - before <= NEAR_GROUP_START:
                yield before
