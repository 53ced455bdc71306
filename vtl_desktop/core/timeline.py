"""Time: which frame belongs to a moment, and the one clock that playback follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


def frame_at(times: NDArray[np.float64], moment: float) -> int:
    """Index of the frame on screen at a moment: the last that begins at or before it.

    Args:
        times: presentation times of all frames in seconds, ascending, float64 [n], n >= 1.
        moment: seconds. Half a millisecond of tolerance absorbs the rounding of timestamps.

    Returns:
        0 for a moment before the first frame, n - 1 after the last.
    """
    index = int(np.searchsorted(times, moment + 5e-4, side="right")) - 1
    return min(max(index, 0), len(times) - 1)


def frame_nearest(times: NDArray[np.float64], moment: float) -> int:
    """Index of the frame that begins nearest to a moment, which is what an alignment means; arguments as `frame_at`."""
    index = frame_at(times, moment)
    if index + 1 < len(times) and times[index + 1] - moment < moment - times[index]:
        return index + 1
    return index


@dataclass(frozen=True, slots=True)
class Transport:
    """The clock of playback: where it was when, how fast it runs. Position is computed, ticks are never counted.

    Attributes:
        duration: seconds of the suspect.
        anchor_media: media time at the anchor, seconds.
        anchor_wall: reading of a monotonic clock at the anchor, seconds.
        rate: media seconds a wall second; may be negative.
        playing: whether time passes.
        loop: (start, end) in media seconds, or None.
    """

    duration: float
    anchor_media: float = 0.0
    anchor_wall: float = 0.0
    rate: float = 1.0
    playing: bool = False
    loop: tuple[float, float] | None = None

    def position(self, wall: float) -> float:
        """Media time at a wall time, kept inside the loop (wrapping) or the duration (stopping)."""
        if not self.playing:
            return self.anchor_media
        moved = self.anchor_media + (wall - self.anchor_wall) * self.rate
        if self.loop is not None:
            start, end = self.loop
            # A position set outside the loop plays into it and is caught from then on.
            if end > start and (moved >= end if self.rate > 0 else moved < start):
                return start + (moved - start) % (end - start)
        return min(max(moved, 0.0), self.duration)

    def at_end(self, wall: float) -> bool:
        """Playing without a loop, and there is nothing further to play."""
        if not self.playing or self.loop is not None:
            return False
        position = self.position(wall)
        return position >= self.duration if self.rate > 0 else position <= 0.0

    def play(self, wall: float) -> Transport:
        if self.playing:
            return self
        start = self.anchor_media
        if self.loop is None and self.rate > 0 and start >= self.duration:
            start = 0.0
        return replace(self, anchor_media=start, anchor_wall=wall, playing=True)

    def pause(self, wall: float) -> Transport:
        return replace(self, anchor_media=self.position(wall), anchor_wall=wall, playing=False)

    def seek(self, wall: float, moment: float) -> Transport:
        return replace(self, anchor_media=min(max(moment, 0.0), self.duration), anchor_wall=wall)

    def with_rate(self, wall: float, rate: float) -> Transport:
        if rate == 0:
            raise ValueError("a rate of 0 is a pause: call pause()")
        return replace(self, anchor_media=self.position(wall), anchor_wall=wall, rate=rate)

    def with_loop(self, wall: float, loop: tuple[float, float] | None) -> Transport:
        return replace(self, anchor_media=self.position(wall), anchor_wall=wall, loop=loop)
