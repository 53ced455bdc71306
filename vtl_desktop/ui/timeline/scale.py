"""Arithmetic of the timeline: time to pixels, round numbers for axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

_TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Seconds of the suspect along a stretch of pixels.

    Attributes:
        left, right: pixels of 0 and of the end.
        duration: seconds.
    """

    left: float
    right: float
    duration: float

    def x(self, moment: float) -> float:
        if self.duration <= 0:
            return self.left
        return self.left + moment / self.duration * (self.right - self.left)

    def moment(self, x: float) -> float:
        """Seconds at a pixel, kept inside the duration."""
        if self.right <= self.left:
            return 0.0
        return min(max((x - self.left) / (self.right - self.left), 0.0), 1.0) * self.duration

    def ticks(self, least_pixels: float) -> tuple[float, ...]:
        """Round moments at least so many pixels apart."""
        if self.duration <= 0 or self.right <= self.left:
            return (0.0,)
        least = least_pixels * self.duration / (self.right - self.left)
        step = next((step for step in _TIME_STEPS if step >= least), math.ceil(least / 3600) * 3600)
        return tuple(number * step for number in range(int(self.duration / step + 1e-9) + 1))


def tick_words(moment: float, *, tenths: bool = False) -> str:
    """For instance 0:07, with tenths 0:07.5, 1:02:07."""
    seconds, tenth = divmod(round(moment * 10), 10)
    tail = f".{tenth}" if tenths else ""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}:{minutes:02}:{seconds % 60:02}{tail}"
    return f"{minutes}:{seconds % 60:02}{tail}"


def round_top(value: float) -> int:
    """The round number of bits at or above a distance, for the end of its axis."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return int(next(factor * power for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if factor * power >= value))
